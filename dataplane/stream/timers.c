/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/timers.h"

#include <limits.h>

void timer_queue_init(struct timer_queue *queue, uint64_t delay_ms)
{
	queue->ring.prev = queue->ring.next = &queue->ring;
	queue->delay_ms = delay_ms;
}

void timer_cancel(struct timer *t)
{
	if (!t->next)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->prev = t->next = NULL;
}

void timer_arm(struct timer_queue *queue, struct timer *t, uint64_t now_ms)
{
	timer_cancel(t);
	if (!queue->delay_ms)
		return;
	t->armed_ms = now_ms;
	t->next = &queue->ring;
	t->prev = queue->ring.prev;
	t->prev->next = t;
	queue->ring.prev = t;
}

struct timer *timer_oldest(const struct timer_queue *queue)
{
	return queue->ring.next == &queue->ring ? NULL : queue->ring.next;
}

struct timer *timer_expired(const struct timer_queue *queue, uint64_t now_ms)
{
	struct timer *t = timer_oldest(queue);
	return t && now_ms - t->armed_ms >= queue->delay_ms ? t : NULL;
}

int timer_wait_ms(const struct timer_queue *queue, uint64_t now_ms)
{
	const struct timer *t = timer_oldest(queue);
	if (!t)
		return -1;
	uint64_t waited_ms = now_ms - t->armed_ms;
	if (waited_ms >= queue->delay_ms)
		return 0;
	uint64_t left_ms = queue->delay_ms - waited_ms;
	return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}
