/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/threads.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The call at hand. The semaphore's post and wait order the accesses of both threads. */
static struct {
	int (*fn)(void *ctx);
	void *ctx;
	int result;
	sem_t done;
} call;

static void call_handler(int sig)
{
	int saved = errno;
	call.result = call.fn(call.ctx);
	sem_post(&call.done);
	errno = saved;
}

static int call_wait(void)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += THREADS_WAIT_MS / 1000;
	while (sem_timedwait(&call.done, &until) < 0)
		if (errno != EINTR)
			return errno;
	return call.result;
}

/* In thread tid; 0 also if it has ended. */
static int call_in(pid_t tid, unsigned *cnt)
{
	if (syscall(SYS_tgkill, getpid(), tid, SIGRTMAX) < 0)
		return errno == ESRCH ? 0 : errno;
	++*cnt;
	return call_wait();
}

static int call_others(DIR *tasks, unsigned *cnt)
{
	pid_t self = (pid_t)syscall(SYS_gettid);
	for (const struct dirent *entry; (entry = readdir(tasks));) {
		pid_t tid = (pid_t)atoi(entry->d_name); /* 0 for "." and ".." */
		int rc = tid && tid != self ? call_in(tid, cnt) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

int threads_each(int (*fn)(void *ctx), void *ctx, unsigned *cnt)
{
	struct sigaction action = {.sa_handler = call_handler, .sa_flags = SA_RESTART}, before;
	*cnt = 1;
	DIR *tasks = opendir("/proc/self/task");
	if (!tasks)
		return errno;
	call.fn = fn;
	call.ctx = ctx;
	sem_init(&call.done, 0, 0);
	sigaction(SIGRTMAX, &action, &before);
	int rc = call_others(tasks, cnt);
	sigaction(SIGRTMAX, &before, NULL);
	sem_destroy(&call.done);
	closedir(tasks);
	return rc ? rc : fn(ctx);
}
