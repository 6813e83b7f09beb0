/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * timers: time-outs of a thread's connections.
 *
 * All timers of a queue wait equally long, so appending keeps the queue in order of expiry: arming,
 * re-arming and cancelling are O(1), and only the head is ever looked at. A thread has one queue
 * per kind of time-out. No clock is read here: the caller passes the time, tests any time they
 * like.
 *
 *   timer_queue --> oldest <-> ... <-> newest --+
 *        ^--------------------------------------+
 *
 * A timer is embedded in what it guards; the zero state is "not armed". One thread.
 */
#ifndef DATAPLANE_STREAM_TIMERS_H
#define DATAPLANE_STREAM_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
	struct timer *prev, *next; /* NULL = not armed */
	uint64_t armed_ms;
};

struct timer_queue {
	struct timer ring; /* head of the circular list */
	uint64_t delay_ms; /* 0 = timers of this queue are never armed */
};

/* The member's container. */
#define timer_container(timer, type, member) ((type *)((char *)(timer)-offsetof(type, member)))

void timer_queue_init(struct timer_queue *queue, uint64_t delay_ms);
/* Starts t's time anew at now_ms, which is not before the time given last. */
void timer_arm(struct timer_queue *queue, struct timer *t, uint64_t now_ms);
/* Takes t out of its queue; does nothing if it is not armed. */
void timer_cancel(struct timer *t);
/* The oldest timer, armed the longest; NULL if there is none. */
struct timer *timer_oldest(const struct timer_queue *queue);
/* The oldest timer if its time has come, still armed, else NULL. */
struct timer *timer_expired(const struct timer_queue *queue, uint64_t now_ms);
/* Milliseconds until the next expiry, 0 if it is due, -1 if nothing is armed; at most INT_MAX. */
int timer_wait_ms(const struct timer_queue *queue, uint64_t now_ms);

#endif
