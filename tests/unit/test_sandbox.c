/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each case runs in a child: there is no way back out of the sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataplane/landlock.h"
#include "dataplane/sandbox.h"

enum { CANNOT_ENTER = 99, ERRNO_BASE = 10 }; /* exit codes: no sanitizer or shell uses them */

/* _exit without what a sanitizer does at calls that do not return: it may not, in the sandbox. */
static void leave(int code)
{
	syscall(SYS_exit_group, code);
}

/* Exit code of a child, or 128 + the signal that killed it. */
static int run_confined(const struct sandbox_options *opt, int (*fn)(void))
{
	pid_t pid = fork();
	if (!pid) {
		struct sandbox_report report;
		char err[SANDBOX_ERR_LEN];
		if (sandbox_enter(opt, &report, err) < 0) {
			fprintf(stderr, "%s\n", err);
			leave(CANNOT_ENTER);
		}
		leave(fn());
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static const struct sandbox_options stream = {"", "", false};
static const struct sandbox_options packet = {"", "", true};

static int do_exec(void)
{
	char *argv[] = {(char *)"/bin/true", NULL};
	return execve(argv[0], argv, argv + 1);
}

static int do_ptrace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int do_attach(void)
{
	return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

/* As if there were keys in the parent's memory. */
static int do_read_memory(void)
{
	char octet;
	struct iovec to = {&octet, 1}, from = {&octet, 1};
	return (int)process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}

static int do_fork(void)
{
	return (int)syscall(SYS_fork);
}

static int do_unshare(void)
{
	return (int)syscall(SYS_unshare, 0);
}

static void hostile_calls_kill(void **state)
{
	static int (*const hostile[])(void) = {
		do_exec, do_ptrace, do_attach, do_read_memory, do_fork, do_unshare};
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		assert_int_equal(run_confined(&stream, hostile[i]), 128 + SIGSYS);
		assert_int_equal(run_confined(&packet, hostile[i]), 128 + SIGSYS);
	}
}

static int errno_of(long result)
{
	return result < 0 ? ERRNO_BASE + errno : 0;
}

static int do_open(void)
{
	return errno_of(open("/dev/null", O_RDONLY));
}

static int do_open_memory(void)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/mem", getppid());
	return errno_of(open(path, O_RDONLY));
}

/* A descriptor of another process's database. */
static int do_take_descriptor(void)
{
	return errno_of(syscall(SYS_pidfd_open, getppid(), 0));
}

static int do_unlink(void)
{
	return errno_of(unlink("/nonexistent"));
}

static int do_socket(void)
{
	return errno_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int do_kill(void)
{
	return errno_of(kill(getppid(), 0));
}

static int do_setuid(void)
{
	return errno_of(syscall(SYS_setuid, 0));
}

static int do_mmap_exec(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return errno_of(at == MAP_FAILED ? -1 : 0);
}

static int do_clone_process(void)
{
	return errno_of(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
}

static int do_setsockopt(void)
{
	int one = 1;
	return errno_of(setsockopt(0, SOL_SOCKET, SO_DEBUG, &one, sizeof(one)));
}

/* Would take pages from under control and signer. */
static int do_remove_pages(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return errno_of(madvise(at, 4096, MADV_REMOVE));
}

static int do_truncate(void)
{
	return errno_of(ftruncate(1, 0));
}

static void calls_not_needed_are_denied(void **state)
{
	static int (*const denied[])(void) = {do_open, do_open_memory, do_take_descriptor,
		do_unlink, do_socket, do_kill, do_setuid, do_mmap_exec, do_clone_process,
		do_setsockopt, do_remove_pages, do_truncate};
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		assert_int_equal(run_confined(&stream, denied[i]), ERRNO_BASE + EPERM);
		assert_int_equal(run_confined(&packet, denied[i]), ERRNO_BASE + EPERM);
	}
}

static int do_getsockopt(void)
{
	int error;
	socklen_t len = sizeof(error);
	return errno_of(getsockopt(-1, SOL_SOCKET, SO_ERROR, &error, &len));
}

static void driver_calls_are_for_drivers(void **state)
{
	assert_int_equal(run_confined(&stream, do_getsockopt), ERRNO_BASE + EPERM);
	assert_int_equal(run_confined(&packet, do_getsockopt), ERRNO_BASE + EBADF);
}

static void unknown_user_or_group_fails(void **state)
{
	const struct sandbox_options user = {"no-such-user", "", false};
	const struct sandbox_options group = {"", "no-such-group", false};
	const struct sandbox_options number = {"12x", "", false};
	assert_int_equal(run_confined(&user, do_open), CANNOT_ENTER);
	assert_int_equal(run_confined(&group, do_open), CANNOT_ENTER);
	assert_int_equal(run_confined(&number, do_open), CANNOT_ENTER);
}

/* Landlock by itself, as a second line behind seccomp. */
static void landlock_closes_the_file_system(void **state)
{
	int abi, status, fd = landlock_open(&abi);
	if (!abi)
		skip();
	assert_true(fd >= 0);
	pid_t pid = fork();
	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (open("/dev/null", O_RDONLY) < 0 || landlock_restrict(fd) < 0)
			_exit(1);
		_exit(do_open());
	}
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), ERRNO_BASE + EACCES);
	close(fd);
}

/* Two connected sockets and an epoll of them, made before the sandbox is entered. */
static int pair[2], epoll_fd;

static void *echo_thread(void *arg)
{
	char byte = 0;
	return read(pair[1], &byte, 1) == 1 && byte == 'x' ? arg : NULL;
}

/* What the server does: threads, memory, messages, time, epoll, an end with a reset. */
static int do_work(void)
{
	struct linger linger = {.l_onoff = 1};
	struct epoll_event ev;
	pthread_t thread;
	void *result = NULL, *memory = malloc(1 << 20);
	struct timespec ts;
	if (!memory || pthread_create(&thread, NULL, echo_thread, memory))
		return 1;
	if (send(pair[0], "x", 1, MSG_NOSIGNAL) != 1 || pthread_join(thread, &result) || !result)
		return 2;
	if (syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts) || epoll_wait(epoll_fd, &ev, 1, 0) < 0)
		return 3;
	if (setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) || close(pair[0]))
		return 4;
	free(memory);
	return 0;
}

static void work_goes_on(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	skip(); /* the sanitizer makes system calls of its own for each thread */
#endif
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	epoll_fd = epoll_create1(0);
	assert_int_equal(run_confined(&stream, do_work), 0);
	assert_int_equal(run_confined(&packet, do_work), 0);
	close(pair[0]);
	close(pair[1]);
	close(epoll_fd);
}

/* ---- threads that run already -------------------------------------------------------------- */

static int to_parent[2], to_child[2];

/* Does nothing until the process ends. */
static void *bystander(void *arg)
{
	char byte;
	while (read(to_child[0], &byte, 1) < 0 && errno == EINTR)
		;
	return NULL;
}

static void child_with_bystanders(const struct sandbox_options *opt)
{
	struct sandbox_report report;
	char err[SANDBOX_ERR_LEN], byte;
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, bystander, NULL))
			leave(1);
	if (sandbox_enter(opt, &report, err) < 0 || report.thread_cnt != 3)
		leave(2);
	if (write(to_parent[1], "r", 1) != 1 || read(to_child[0], &byte, 1) < 0)
		leave(3);
	leave(0);
}

/* Value of "key:" in /proc/PID/task/TID/status; every thread must have the same. */
static void assert_threads_show(pid_t pid, const char *key, const char *value)
{
	char command[256], line[64] = "";
	snprintf(command, sizeof(command),
		"sed -n 's/^%s:[ \t]*//p' /proc/%d/task/*/status | tr '\t' ' ' | sort | uniq -c | "
		"tr -s ' '",
		key, pid);
	FILE *out = popen(command, "r");
	assert_non_null(fgets(line, sizeof(line), out));
	pclose(out);
	char expected[64];
	snprintf(expected, sizeof(expected), " 3 %s\n", value);
	assert_string_equal(line, expected);
}

static pid_t bystanders_start(const struct sandbox_options *opt)
{
	char byte;
	assert_int_equal(pipe(to_parent) | pipe(to_child), 0);
	pid_t pid = fork();
	if (!pid)
		child_with_bystanders(opt);
	close(to_parent[1]);
	assert_int_equal(read(to_parent[0], &byte, 1), 1);
	return pid;
}

static void bystanders_end(pid_t pid)
{
	int status;
	close(to_child[1]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(to_child[0]);
	close(to_parent[0]);
}

static void threads_that_run_already_are_confined(void **state)
{
	pid_t pid = bystanders_start(&packet);
	static const char *const capability_sets[] = {
		"CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb"};
	for (size_t i = 0; i < sizeof(capability_sets) / sizeof(capability_sets[0]); i++)
		assert_threads_show(pid, capability_sets[i], "0000000000000000");
	assert_threads_show(pid, "NoNewPrivs", "1");
	assert_threads_show(pid, "Seccomp", "2");
	bystanders_end(pid);
}

static void user_and_group_change_in_all_threads(void **state)
{
	if (getuid() != 0)
		skip();
	const struct sandbox_options opt = {"65533", "65532", false};
	pid_t pid = bystanders_start(&opt);
	assert_threads_show(pid, "Uid", "65533 65533 65533 65533");
	assert_threads_show(pid, "Gid", "65532 65532 65532 65532");
	assert_threads_show(pid, "Groups", "");
	assert_threads_show(pid, "CapBnd", "0000000000000000");
	bystanders_end(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_calls_kill),
		cmocka_unit_test(calls_not_needed_are_denied),
		cmocka_unit_test(driver_calls_are_for_drivers),
		cmocka_unit_test(unknown_user_or_group_fails),
		cmocka_unit_test(landlock_closes_the_file_system),
		cmocka_unit_test(work_goes_on),
		cmocka_unit_test(threads_that_run_already_are_confined),
		cmocka_unit_test(user_and_group_change_in_all_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
