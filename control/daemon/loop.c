/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENT_MAX 64

struct loop {
	int epoll_fd;
	bool stopped;
	int event_cnt; /* of the batch being handled */
	struct epoll_event event[EVENT_MAX];
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return NULL;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll_fd < 0 ? loop_free(loop) : loop;
}

struct loop *loop_free(struct loop *loop)
{
	if (loop != NULL && loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	free(loop);
	return NULL;
}

static int control(struct loop *loop, int op, struct loop_source *source, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};
	return epoll_ctl(loop->epoll_fd, op, source->fd, &event);
}

int loop_add(struct loop *loop, struct loop_source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, source, events);
}

int loop_change(struct loop *loop, struct loop_source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct loop *loop, struct loop_source *source)
{
	control(loop, EPOLL_CTL_DEL, source, 0);
	for (int i = 0; i < loop->event_cnt; i++)
		if (loop->event[i].data.ptr == source)
			loop->event[i].data.ptr = NULL;
}

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int handle_events(struct loop *loop, int timeout_ms)
{
	int cnt = epoll_wait(loop->epoll_fd, loop->event, EVENT_MAX, timeout_ms);
	if (cnt < 0)
		return errno == EINTR ? 0 : -1;
	loop->event_cnt = cnt;
	for (int i = 0; i < cnt; i++) {
		struct loop_source *source = loop->event[i].data.ptr;
		if (source != NULL)
			source->ready(source, loop->event[i].events);
	}
	loop->event_cnt = 0;
	return 0;
}

/* However long a tick takes, events are handled between it and the next. */
int loop_run(struct loop *loop, unsigned tick_ms, void (*tick)(void *ctx), void *ctx)
{
	uint64_t due_ms = now_ms();
	while (!loop->stopped) {
		uint64_t at_ms = now_ms();
		if (at_ms >= due_ms) {
			tick(ctx);
			due_ms = at_ms + tick_ms;
		}
		if (handle_events(loop, at_ms < due_ms ? (int)(due_ms - at_ms) : 0) < 0)
			return -1;
	}
	loop->stopped = false;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
