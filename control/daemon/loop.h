/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * loop: the event loop of the main thread: file descriptors (epoll) and one tick.
 *
 * Everything runs in the thread that calls loop_run(). Callbacks do not block; what may (files,
 * database, zones) goes to a pool (pool.h), whose completions come back here.
 */
#ifndef CONTROL_DAEMON_LOOP_H
#define CONTROL_DAEMON_LOOP_H

#include <stdint.h>

struct loop;

/* A descriptor and whom it concerns; embedded in its owner. */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source, uint32_t events); /* EPOLL* */
};

struct loop *loop_new(void); /* NULL with errno set */
struct loop *loop_free(struct loop *loop);

/* Watches for events (EPOLLIN...). 0, or -1 with errno set. */
int loop_add(struct loop *loop, struct loop_source *source, uint32_t events)
	__attribute__((warn_unused_result));
int loop_change(struct loop *loop, struct loop_source *source, uint32_t events)
	__attribute__((warn_unused_result));
/* No callback comes for source any more, also none that is due already. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* Calls tick at least every tick_ms until loop_stop(); may be called again after it. 0, or -1 with
 * errno set. */
int loop_run(struct loop *loop, unsigned tick_ms, void (*tick)(void *ctx), void *ctx)
	__attribute__((warn_unused_result));
void loop_stop(struct loop *loop);

#endif
