/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/signer/process.h"
#include "zonedb/settings.h"

#define FD_FREE 10 /* descriptors below are moved about before a signer is executed */

/* ---- a descriptor over a socket ------------------------------------------------------------- */

union fd_control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr head;
};

/* The octet, with fd attached unless it is negative. */
static int answer(int socket_fd, int fd)
{
	char octet = SPAWNER_START;
	struct iovec iov = {&octet, 1};
	union fd_control control = {.room = {0}};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	if (fd >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		control.head = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	}
	return sendmsg(socket_fd, &msg, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int signer_spawner_receive(int spawner_fd)
{
	char octet;
	int fd;
	struct iovec iov = {&octet, 1};
	union fd_control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n = recvmsg(spawner_fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;
	if (n == 0)
		errno = EPIPE;
	else if (n > 0 && head == NULL)
		errno = ECHILD;
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

/* ---- starting signers ------------------------------------------------------------------------ */

struct spawner {
	const struct settings *settings;
	int socket_fd;
	int rings_fd;
	pid_t signer; /* 0 = none was started */
};

#define ARGUMENT_MAX 12

struct arguments {
	char *argv[ARGUMENT_MAX];
	unsigned cnt;
};

__attribute__((format(printf, 2, 3))) static void add(
	struct arguments *args, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	if (args->cnt + 1 < ARGUMENT_MAX && vasprintf(&args->argv[args->cnt], format, list) >= 0)
		args->cnt++;
	va_end(list);
}

static void add_cores(struct arguments *args, const struct setting_list *cores)
{
	char text[1024] = "";
	size_t len = 0;
	for (unsigned i = 0; i < cores->cnt && len < sizeof(text); i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%s", i ? "," : "", cores->item[i]);
	add(args, "--signer-cores=%s", text);
}

/* What a signer is to know of the settings. It reads no file. */
static void add_all(struct arguments *args, const struct settings *s)
{
	add(args, "ensignd");
	add(args, "--role=signer");
	add(args, "--zone-memory-dir=%s", s->zone_memory_dir);
	add(args, "--signer-threads=%llu", (unsigned long long)s->signer_threads);
	add(args, "--signing-threads=%llu", (unsigned long long)s->signing_threads);
	add_cores(args, &s->signer_cores);
	add(args, "--signer-pool-size=%llu", (unsigned long long)s->signer_pool_size);
	add(args, "--setuid=%s", s->signer_setuid[0] != '\0' ? s->signer_setuid : s->setuid);
	add(args, "--setgid=%s", s->setgid);
	add(args, "--loglevel=%llu", (unsigned long long)s->loglevel);
}

/* In the child: becomes the signer. */
static void become_signer(const struct spawner *s, int link_fd)
{
	static char *const environment[] = {NULL};
	struct arguments args = {.cnt = 0};
	add_all(&args, s->settings);
	int link = fcntl(link_fd, F_DUPFD, FD_FREE), rings = fcntl(s->rings_fd, F_DUPFD, FD_FREE);
	if (dup2(link, SIGNER_LINK_FD) < 0 || dup2(rings, SIGNER_RINGS_FD) < 0 ||
		close_range(SIGNER_RINGS_FD + 1, ~0U, 0) < 0)
		return;
	execve("/proc/self/exe", args.argv, environment);
}

static void end_signer(struct spawner *s)
{
	if (s->signer <= 0)
		return;
	kill(s->signer, SIGKILL);
	while (waitpid(s->signer, NULL, 0) < 0 && errno == EINTR)
		;
	s->signer = 0;
}

/* Starts a signer: control's end of its socket, or -1. */
static int start_signer(struct spawner *s)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	s->signer = fork();
	if (s->signer == 0) {
		become_signer(s, pair[1]);
		_exit(EXIT_FAILURE);
	}
	close(pair[1]);
	if (s->signer > 0)
		return pair[0];
	close(pair[0]);
	return -1;
}

static int obey(struct spawner *s)
{
	end_signer(s);
	int fd = start_signer(s);
	int r = answer(s->socket_fd, fd);
	if (fd >= 0)
		close(fd);
	return r;
}

/* ---- the process ----------------------------------------------------------------------------- */

/* Nothing of ensignd's stays open but what is needed; signals are for ensignd to act on. */
static void shed(struct spawner *s)
{
	int socket_fd = fcntl(s->socket_fd, F_DUPFD_CLOEXEC, FD_FREE);
	int rings_fd = fcntl(s->rings_fd, F_DUPFD_CLOEXEC, FD_FREE);
	dup3(socket_fd, STDERR_FILENO + 1, O_CLOEXEC);
	dup3(rings_fd, STDERR_FILENO + 2, O_CLOEXEC);
	s->socket_fd = STDERR_FILENO + 1;
	s->rings_fd = STDERR_FILENO + 2;
	close_range(STDERR_FILENO + 3, ~0U, 0);
	prctl(PR_SET_NAME, "ensignd-spawner");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

static void run(struct spawner *s)
{
	char order = 0;
	shed(s);
	for (;;) {
		ssize_t n = recv(s->socket_fd, &order, 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != 1 || order != SPAWNER_START || obey(s) < 0)
			break;
	}
	if (order == SPAWNER_QUIT)
		end_signer(s);
}

int signer_spawner_start(const struct settings *settings, int rings_fd)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		struct spawner spawner = {
			.settings = settings, .socket_fd = pair[1], .rings_fd = rings_fd};
		run(&spawner);
		_exit(EXIT_SUCCESS);
	}
	close(pair[1]);
	if (pid > 0)
		return pair[0];
	close(pair[0]);
	return -1;
}
