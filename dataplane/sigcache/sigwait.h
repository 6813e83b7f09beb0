/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigwait: messages that wait for signatures, and what they wait for; one per thread.
 *
 *      message misses                   request                          response
 *      in the cache  --park--> places ---------> ring --> signer --> ring ------> cache
 *                                ^  links  ^                                 |
 *                                +- wants -+<------------- ends -------------+
 *                                |
 *      message again <--poll-- places none of whose wants is open any more
 *
 * A message that lacks signatures is put aside by the caller, under the number of the place it gets
 * here; nothing of the message is kept here but what it wants. When all of that has been answered,
 * poll() hands the number back, and the message goes through the engine again from the start, with
 * a new look at the zone: no reference into an image survives parking. What it lacks then is most
 * likely there; if it is not (evicted, or the zone has changed), it may be parked again. The caller
 * counts the rounds, at most SIGWAIT_ROUND_MAX.
 *
 *   unsigned cnt = sigwait_poll(wait, tsc, done, max);      once per round of the loop
 *   for each done: READY: message through the engine; others: drop it or answer SERVFAIL
 *   ... in the engine: what a message lacks goes into want[] ...
 *   uint32_t place = sigwait_park(wait, tsc, zone, want, want_cnt);
 *   if (place == SIGWAIT_NONE) drop it or answer SERVFAIL
 *   else parked[place] = message;
 *
 * Merging: a signature asked for already is not asked for again, however many messages want it.
 *
 * Bounds: places (setting), wants (as many as the ring holds), links, each response and time-out
 * handled per poll. Nothing waits for room: what finds none is refused at once, in full, and
 * counted.
 *
 * Fairness: a zone may hold SIGWAIT_SHARE times as much as is free, of places and of the ring's
 * units. So one zone under a flood of new names gets two thirds at most, and the others find room
 * in what is left; n such zones leave 1/(2n + 1) to others, and a zone that holds nothing is let in
 * as long as there is anything. Zones are told apart by 10 bits of the hash of their apex.
 *
 * Signatures made ahead of time (refreshes) have nobody waiting. They are asked for while the ring
 * is less than a quarter full, else one at a time: they get through in any case, and never take
 * from those who wait.
 *
 * The signer may be dead, or its answers rubbish: wants end by time-out, and a response counts only
 * if its ticket, week, key and form are right (zonedb/sigring.h).
 *
 * Time is in ticks of any steady clock (the TSC), always the same one.
 *
 * Threads: all calls from the one thread it belongs to. No allocation, lock or system call but in
 * new and free.
 */
#ifndef DATAPLANE_SIGCACHE_SIGWAIT_H
#define DATAPLANE_SIGCACHE_SIGWAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/sigcache/sigcache.h"
#include "zonedb/counters.h"
#include "zonedb/limits.h"
#include "zonedb/sigkey.h"
#include "zonedb/sigring.h"

struct sigwait;

/* ==== set-up (not on the packet path) ======================================================= */

struct sigwait_options {
	struct counters *counters; /* the thread's */
	struct sigcache *cache;	   /* the thread's: where responses go */
	struct sigring *rings;
	unsigned pair;	    /* the thread's: publish_slot_idx() */
	uint32_t place_cnt; /* messages that may wait at once, 1 .. SIGWAIT_PLACE_MAX */
	uint64_t timeout;   /* ticks a want may be open: SIGWAIT_TIMEOUT_MS */
};

/* NULL with err: out of memory. */
struct sigwait *sigwait_new(const struct sigwait_options *opt, char err[static 256]);
/* Messages parked are the caller's. Takes NULL. Returns NULL. */
struct sigwait *sigwait_free(struct sigwait *wait);

/* ==== asking ================================================================================ */

/* One signature that is wanted. Names as in struct sigring_request, which it becomes; they are
 * copied. */
struct sigwait_want {
	struct sig_key key; /* what it will be found by */
	uint32_t week;	    /* sigcache_week(), or a hit's refresh_week */
	uint16_t type;
	uint8_t kind; /* enum sign_kind */
	uint8_t apex_len;
	uint8_t name_len;
	const uint8_t *apex;
	const uint8_t *name;
};

#define SIGWAIT_NONE UINT32_MAX
/* Numbers of places are below this: what poll() has given back rests until the next one, so that
 * the caller may look under it while messages are parked again. */
#define SIGWAIT_NUMBER_CNT(place_cnt) (2 * (place_cnt))

/* Takes a place for a message that lacks these signatures (1 .. SIGWAIT_WANT_MAX), and asks for
 * them. zone is any hash of the zone, the image's apex_hash. Returns the place, or SIGWAIT_NONE if
 * that would be too much: then nothing has been asked. */
uint32_t sigwait_park(struct sigwait *wait, uint64_t now, uint64_t zone,
	const struct sigwait_want *want, unsigned want_cnt);
/* Whether a message that lacks the signatures of these keys, of this week, would be turned away by
 * sigwait_park(), as far as can be told from the keys: then it is counted as if it had been, and
 * the rest of the work for it can be saved. */
bool sigwait_refuses(struct sigwait *wait, uint64_t zone, uint32_t week, const struct sig_key *key,
	unsigned key_cnt);
/* Asks for a signature that nobody waits for, if it has not been, and if there is room to spare. */
void sigwait_refresh(
	struct sigwait *wait, uint64_t now, uint64_t zone, const struct sigwait_want *want);

/* ==== answers =============================================================================== */

/* The best that can be said of all that a message wanted is the worst of it. */
enum sigwait_outcome {
	SIGWAIT_READY = 0, /* has come, or was overtaken by a change of the zone */
	SIGWAIT_REFUSED,   /* the signer will not make one of them, or makes no sense */
	SIGWAIT_TIMED_OUT,
};

struct sigwait_done {
	uint32_t place;
	uint8_t outcome; /* enum sigwait_outcome */
};

/* Takes in responses and time-outs, shows the signer what was asked, and gives back up to max
 * places; the others come next time. Their numbers are not used again before the next poll. Once
 * per round of the thread's loop, behind the last park(). */
unsigned sigwait_poll(struct sigwait *wait, uint64_t now, struct sigwait_done *done, unsigned max);
/* Places taken: while there are any, the thread does not sleep long. */
uint32_t sigwait_parked(const struct sigwait *wait);

#endif
