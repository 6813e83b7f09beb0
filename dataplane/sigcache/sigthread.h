/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigthread: what a thread has to answer live zones with: its cache, its waiting messages, its
 * time.
 *
 *   if (t->cache) sigthread_begin(t, now)                   before each burst
 *   answer_burst()                                          finds, or parks under a place
 *   if (t->is_used) sigthread_poll(t, now, done, max)       behind it: what has been waited for
 *
 * Messages parked are kept by whoever parked them, by their places.
 *
 * Threads: one, but for sigthread_populate(), which the main thread calls.
 */
#ifndef DATAPLANE_SIGCACHE_SIGTHREAD_H
#define DATAPLANE_SIGCACHE_SIGTHREAD_H

#include "dataplane/sigcache/sigcache.h"
#include "dataplane/sigcache/sigwait.h"
#include "dataplane/sigcache/wallclock.h"

/* What the threads of a process have in common. */
struct sigthread_config {
	struct sigring *rings;	       /* NULL: no signer; live zones are answered SERVFAIL */
	const struct wallclock *clock; /* as long as the threads */
	uint64_t cache_len;	       /* octets for each */
	uint32_t place_cnt;	       /* messages of each that may wait */
};

struct sigthread {
	struct sigcache *cache; /* NULL: no signer */
	struct sigwait *wait;
	const struct wallclock *clock;
	struct counters *counters;
	uint64_t now;	   /* ticks of the thread's clock, at the start of the burst */
	bool is_used;	   /* the thread has been asked about live zones: poll */
	bool is_populated; /* main thread's */
};

/* Makes what the thread with this reader slot number needs. Counters are the thread's. 0, or -1
 * with err and the zero state. */
int sigthread_init(struct sigthread *t, const struct sigthread_config *cfg, unsigned pair,
	uint64_t ticks_per_s, struct counters *counters, char err[static 256])
	__attribute__((warn_unused_result));
/* The zero state is fine, and left behind. */
void sigthread_deinit(struct sigthread *t);

/* Brings the cache's memory in once it is clear that the thread is asked about live zones, which is
 * seen by its counters. Main thread, a few times a second. */
void sigthread_populate(struct sigthread *t);

/* Before a burst; now in ticks. */
static inline void sigthread_begin(struct sigthread *t, uint64_t now)
{
	t->now = now;
	sigcache_set_time(t->cache, wallclock_get(t->clock));
}

/* sigwait_poll(), with the time for what it inserts. */
static inline unsigned sigthread_poll(
	struct sigthread *t, uint64_t now, struct sigwait_done *done, unsigned max)
{
	sigthread_begin(t, now);
	return sigwait_poll(t->wait, now, done, max);
}

#endif
