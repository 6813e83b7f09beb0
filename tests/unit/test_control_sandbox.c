/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a process can still do in control's sandbox. Each case runs in a child, which enters it and
 * does one thing: 0 = it worked, else errno.
 */
#include "control/daemon/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/daemon/landlock.h"

struct fixture {
	char dir[64];
	char inside[96]; /* a directory that may be written in */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/ensign-test-confined-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->inside, sizeof(f->inside), "%s/inside", f->dir);
	*state = f;
	return chmod(f->dir, 0777) | mkdir(f->inside, 0777) | chmod(f->inside, 0777);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	int r = system(command);
	free(f);
	return r;
}

static const struct identity stay = {(uid_t)-1, (gid_t)-1};
static const struct identity nobody = {65534, 65534};

/* Wait status of a child that has done act() inside. */
static int status_with(struct fixture *f, const struct identity *id, bool connects,
	int (*act)(const struct fixture *f))
{
	pid_t pid = fork();
	if (pid == 0) {
		const char *const dir[] = {f->inside, "/nonexistent"};
		char err[256];
		const struct sandbox_options opt = {dir, 2, connects};
		int r = sandbox_enter(id, &opt, err) < 0 ? 255 : act(f);
		_exit(r);
	}
	int status;
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int status_of(
	struct fixture *f, const struct identity *id, int (*act)(const struct fixture *f))
{
	return status_with(f, id, false, act);
}

static void assert_errno(struct fixture *f, int (*act)(const struct fixture *f), int expected)
{
	int status = status_of(f, &stay, act);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static int write_at(const char *dir)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/file", dir);
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
	return fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 4096) < 0 || unlink(path) < 0
		       ? errno
		       : 0;
}

/* ---- acts ---------------------------------------------------------------------------------- */

static int write_inside(const struct fixture *f)
{
	return write_at(f->inside);
}

static int write_outside(const struct fixture *f)
{
	return write_at(f->dir);
}

static int read_outside(const struct fixture *f)
{
	(void)f;
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int run_program(const struct fixture *f)
{
	(void)f;
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int trace(const struct fixture *f)
{
	(void)f;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int make_process(const struct fixture *f)
{
	(void)f;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int make_socket(const struct fixture *f)
{
	(void)f;
	return socket(AF_INET, SOCK_DGRAM, 0) < 0 ? errno : 0;
}

static int make_raw_socket(const struct fixture *f)
{
	(void)f;
	return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int listen_to(const struct fixture *f)
{
	(void)f;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return fd < 0 ? 254 : listen(fd, 1) < 0 ? errno : 0;
}

static int connect_to(const struct fixture *f)
{
	const struct sockaddr_un nobody_there = {AF_UNIX, "/nonexistent/socket"};
	(void)f;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return fd < 0 ? 254
	       : connect(fd, (const struct sockaddr *)&nobody_there, sizeof(nobody_there)) < 0
		       ? errno
		       : 0;
}

static int map_code(const struct fixture *f)
{
	(void)f;
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? errno : 0;
}

static int become_root(const struct fixture *f)
{
	(void)f;
	return setresuid(0, 0, 0) < 0 ? errno : 0;
}

static void *nothing(void *arg)
{
	return arg;
}

static int make_thread(const struct fixture *f)
{
	(void)f;
	pthread_t id;
	int r = pthread_create(&id, NULL, nothing, NULL);
	return r != 0 ? r : pthread_join(id, NULL);
}

static int is_undumpable(const struct fixture *f)
{
	(void)f;
	char line[128];
	FILE *status = fopen("/proc/self/status", "r");
	while (status != NULL && fgets(line, sizeof(line), status) != NULL)
		if (strcmp(line, "NoNewPrivs:\t1\n") == 0)
			return access("/proc/self/mem", F_OK) == 0 ? 0 : errno;
	return 1;
}

/* ---- tests --------------------------------------------------------------------------------- */

static void test_unknown_names(void **state)
{
	(void)state;
	struct identity id;
	char err[256];
	assert_int_equal(identity_find(&id, "no-such-user", "", err), -1);
	assert_string_equal(err, "setuid: no user 'no-such-user'");
	assert_int_equal(identity_find(&id, "", "no-such-group", err), -1);
	assert_int_equal(identity_find(&id, "-1", "", err), -1);
}

static void test_names(void **state)
{
	(void)state;
	struct identity id;
	char err[256];
	assert_int_equal(identity_find(&id, "", "", err), 0);
	assert_int_equal(id.uid, (uid_t)-1);
	assert_int_equal(identity_find(&id, "nobody", "", err), 0);
	assert_int_equal(id.uid, 65534);
	assert_int_equal(id.gid, 65534);
	assert_int_equal(identity_find(&id, "12345", "54321", err), 0);
	assert_int_equal(id.uid, 12345);
	assert_int_equal(id.gid, 54321);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;
	assert_errno(f, make_process, EPERM);
	assert_errno(f, make_socket, EPERM);
	assert_errno(f, map_code, EPERM);
	assert_errno(f, become_root, EPERM);
}

static void test_connecting(void **state)
{
	struct fixture *f = *state;
	static const struct {
		int (*act)(const struct fixture *f);
		int expected;
	} row[] = {{make_socket, 0}, {connect_to, ENOENT}, {make_raw_socket, EPERM},
		{listen_to, EPERM}, {make_process, EPERM}};
	for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++) {
		int status = status_with(f, &stay, true, row[i].act);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), row[i].expected);
	}
}

static void test_deadly(void **state)
{
	struct fixture *f = *state;
	int (*const act[])(const struct fixture *f) = {run_program, trace};
	for (unsigned i = 0; i < sizeof(act) / sizeof(*act); i++) {
		int status = status_of(f, &stay, act[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

static bool has_landlock(void)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(landlock_limit_writes(NULL, 0));
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) == 0;
}

static void test_writing_outside(void **state)
{
	if (!has_landlock())
		skip();
	assert_errno(*state, write_outside, EACCES);
}

static void test_left(void **state)
{
	struct fixture *f = *state;
	assert_errno(f, write_inside, 0);
	assert_errno(f, read_outside, 0);
	assert_errno(f, make_thread, 0);
	assert_errno(f, is_undumpable, 0);
}

static int has_changed(const struct fixture *f)
{
	return getuid() == 65534 && getgid() == 65534 ? write_at(f->inside) : 1;
}

static void test_identity(void **state)
{
	if (getuid() != 0)
		skip();
	int status = status_of(*state, &nobody, has_changed);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_names),
		cmocka_unit_test(test_names),
		TEST(test_refused),
		TEST(test_connecting),
		TEST(test_deadly),
		TEST(test_writing_outside),
		TEST(test_left),
		TEST(test_identity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
