/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the signer can still do in its sandbox. Each case runs in a child, which enters it and does
 * one thing: 0 = it worked, else errno.
 */
#include "control/signer/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/rand.h>

static const struct identity stay = {(uid_t)-1, (gid_t)-1};
static const struct identity nobody = {65534, 65534};

static int status_of(const struct identity *id, int (*act)(void))
{
	pid_t pid = fork();
	if (pid == 0) {
		char err[256];
		uint8_t octet;
		(void)!RAND_bytes(&octet, 1);
		(void)!confine_lock_memory();
		int r = confine_drop(id, err) < 0 || confine_calls(err) < 0 ? 255 : act();
		_exit(r);
	}
	int status;
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void assert_errno(int (*act)(void), int expected)
{
	int status = status_of(&stay, act);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

/* ---- acts ---------------------------------------------------------------------------------- */

static int open_file(void)
{
	return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
}

static int make_file(void)
{
	return open("/tmp/ensign-test-confine", O_CREAT | O_RDWR, 0600) < 0 ? errno : 0;
}

static int look_at_file(void)
{
	struct stat st;
	return stat("/etc/passwd", &st) < 0 ? errno : 0;
}

static int accept_connection(void)
{
	return accept4(0, NULL, NULL, 0) < 0 ? errno : 0;
}

static int receive_descriptor(void)
{
	struct msghdr msg = {.msg_iov = NULL};
	return recvmsg(0, &msg, 0) < 0 ? errno : 0;
}

static int map_file(void)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 0, 0);
	return p == MAP_FAILED ? errno : 0;
}

static int map_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? errno : 0;
}

static int make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mprotect(p, 4096, PROT_READ | PROT_EXEC) < 0 ? errno : 0;
}

static int become_root(void)
{
	return setresuid(0, 0, 0) < 0 ? errno : 0;
}

static int raise_core(void)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	return setrlimit(RLIMIT_CORE, &unlimited) < 0 ? errno : 0;
}

static int shrink_file(void)
{
	return ftruncate(0, 0) < 0 ? errno : 0;
}

static int signal_others(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int run_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int trace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int make_process(void)
{
	return fork() < 0 ? errno : 0;
}

static int make_socket(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0) < 0 ? errno : 0;
}

static void *nothing(void *arg)
{
	return arg;
}

static int make_thread(void)
{
	pthread_t id;
	return pthread_create(&id, NULL, nothing, NULL);
}

static int do_its_work(void)
{
	const struct timespec nap = {.tv_nsec = 1000};
	uint8_t octet[64];
	void *memory = malloc(8 << 20);
	if (memory == NULL)
		return ENOMEM;
	memset(memory, 1, 8 << 20);
	free(memory);
	if (RAND_bytes(octet, sizeof(octet)) != 1)
		return EIO;
	if (getrandom(octet, sizeof(octet), 0) != sizeof(octet))
		return errno;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	return write(STDERR_FILENO, "", 0) < 0 ? errno : 0;
}

static int has_become_nobody(void)
{
	return getpid() > 0 && do_its_work() == 0 ? 0 : 1;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void refuses(void **state)
{
	int (*const act[])(void) = {open_file, make_file, look_at_file, accept_connection,
		receive_descriptor, map_file, map_code, make_code, become_root, raise_core,
		shrink_file, signal_others};
	for (unsigned i = 0; i < sizeof(act) / sizeof(*act); i++)
		assert_errno(act[i], EPERM);
}

static void dies_of(void **state)
{
	int (*const act[])(void) = {run_program, trace, make_process, make_socket, make_thread};
	for (unsigned i = 0; i < sizeof(act) / sizeof(*act); i++) {
		int status = status_of(&stay, act[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

static void is_left_its_work(void **state)
{
	assert_errno(do_its_work, 0);
	if (getuid() != 0)
		skip();
	int status = status_of(&nobody, has_become_nobody);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The filter holds for threads that were there before. */
static void *try_to_open(void *arg)
{
	pthread_barrier_wait(arg);
	pthread_barrier_wait(arg);
	return open_file() == EPERM ? arg : NULL;
}

static int confine_with_thread(void)
{
	pthread_barrier_t barrier;
	pthread_t id;
	char err[256];
	void *result = NULL;
	pthread_barrier_init(&barrier, NULL, 2);
	if (confine_drop(&stay, err) < 0 || pthread_create(&id, NULL, try_to_open, &barrier) != 0)
		return 1;
	pthread_barrier_wait(&barrier);
	if (confine_calls(err) < 0)
		return 2;
	pthread_barrier_wait(&barrier);
	return pthread_join(id, &result) == 0 && result != NULL ? 0 : 3;
}

static void holds_for_all_threads(void **state)
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(confine_with_thread());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(dies_of),
		cmocka_unit_test(is_left_its_work),
		cmocka_unit_test(holds_for_all_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
