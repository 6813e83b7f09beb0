/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wallclock: the time of day for threads that make no system calls.
 *
 * One word, written by the main thread a few times a second, read by the others once per burst: a
 * second more or less does not matter to a signature's validity. It shares its cache line with
 * nothing.
 */
#ifndef DATAPLANE_SIGCACHE_WALLCLOCK_H
#define DATAPLANE_SIGCACHE_WALLCLOCK_H

#include <stdalign.h>
#include <stdint.h>

struct wallclock {
	alignas(64) uint64_t now_s; /* Unix time; 0 = not set yet */
};

/* Main thread. relaxed, both: nothing else is published by it, and an old second will do. */
static inline void wallclock_set(struct wallclock *clock, uint64_t now_s)
{
	__atomic_store_n(&clock->now_s, now_s, __ATOMIC_RELAXED);
}

static inline uint64_t wallclock_get(const struct wallclock *clock)
{
	return __atomic_load_n(&clock->now_s, __ATOMIC_RELAXED);
}

#endif
