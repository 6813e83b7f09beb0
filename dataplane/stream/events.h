/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * events: what a stream thread's epoll knows: each event carries a struct event_source, embedded in
 * what the descriptor belongs to, and is handed to its ready().
 *
 * Level-triggered. A source may be closed by an earlier event of the same epoll_wait, its slot even
 * taken anew: ready() must bear being called when nothing is ready.
 */
#ifndef DATAPLANE_STREAM_EVENTS_H
#define DATAPLANE_STREAM_EVENTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

struct event_source {
	void (*ready)(struct event_source *source, uint64_t now_ms);
};

/* The member's container. */
#define event_container(source, type, member) ((type *)((char *)(source)-offsetof(type, member)))

/* epoll_ctl EPOLL_CTL_ADD or _MOD: what (EPOLLIN...) of fd shall be told to source. 0, or -1 with
 * errno. */
static inline int event_set(
	int epoll_fd, int op, int fd, uint32_t what, struct event_source *source)
{
	struct epoll_event ev = {.events = what, .data.ptr = source};
	return epoll_ctl(epoll_fd, op, fd, &ev);
}

#endif
