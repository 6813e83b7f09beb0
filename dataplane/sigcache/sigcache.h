/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache: live signatures of one thread, found by sig_key and week (zonedb/sigkey.h).
 *
 *      buckets                              slots of 128 octets
 *   +--------------------------+          +------------------------------------+
 *   | 8 tags | 8 slots + weeks |--------->| key, week, lengths | payload       |
 *   | used and fresh marks     |          +------------------------------------+
 *   +--------------------------+          | next slot          | rest of it    |  long entries
 *     one cache line                      +------------------------------------+
 *
 * Memory is taken once, and sigcache_populate() brings all of it in, beside a thread that is at
 * work already: a start does not wait for that, and nothing but new, populate and free allocates,
 * locks or enters the kernel. A P-256 or Ed25519 signature takes one slot; RSA-2048 three. A hit
 * costs the line of its bucket and the two of its slot. In a burst, find() comes in steps so that
 * these misses overlap:
 *
 *   sigcache_recall()           for each key: whether it was found a moment ago; else
 *   sigcache_prefetch()         for each key: asks for its bucket
 *   sigcache_prefetch_entry()   for each key: reads the bucket, asks for the slot
 *   sigcache_find_at()          for each key, where that has seen it
 *   sigcache_write()            for each hit, into the message
 *
 * Weeks. A signature is of a week: the signing window moves on Thursday 00:00 UTC, and each window
 * holds well beyond the week it is made for. Found is this week's; without one, next week's if it
 * holds already; without one, last week's while it holds for at least another hour. So at the jump
 * all signatures are there still. What else a hit tells is which week's signature is worth asking
 * for, with nobody waiting for it: next week's in the last hours of the week, each key at a moment
 * of its own; this week's if it was last week's that was found. sigcache_allow_refreshes() bounds
 * how often that is told. When the clock is set, entries are of other weeks than before, and
 * the same rules hold.
 *
 * Eviction. An entry inserted into a full cache takes the place of others, at a bounded cost: a
 * hand goes round over the buckets (CLOCK), takes out what is of no use any more or was not found
 * since it passed the last time, and clears the marks of the rest. The first find() of an entry
 * does not mark it, since that is made for the message that waited: names asked for once (floods)
 * go first. The next week's signature, made ahead, takes the place of this week's if there is no
 * free slot: nothing else in use is lost for it.
 *
 * An entry may be lost at any time (a full bucket, too), never wrong.
 *
 * Threads: a cache belongs to one thread. Entries found are valid until its next sigcache_insert().
 */
#ifndef DATAPLANE_SIGCACHE_SIGCACHE_H
#define DATAPLANE_SIGCACHE_SIGCACHE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/counters.h"
#include "zonedb/limits.h"
#include "zonedb/sigkey.h"
#include "zonedb/sigring.h"

struct sigcache;
struct sigcache_entry;

/* ==== set-up (not on the packet path) ======================================================= */

/* A cache that takes about len octets (at least SIGCACHE_LEN_MIN) of address space, huge pages if
 * the kernel gives them. counters is the thread's. NULL with err. */
#define SIGCACHE_LEN_MIN (UINT64_C(64) << 10)
struct sigcache *sigcache_new(uint64_t len, struct counters *counters, char err[static 256]);
/* Brings in all pages, about 0.2 s per GiB; what is in the cache stays. From any thread, also while
 * the owner uses the cache: the main thread calls this for each when zones are there that need it.
 * Before that, a page of the kernel may be wanted where one is touched first. 0, or -1 with errno:
 * no memory. */
int sigcache_populate(struct sigcache *cache);
/* Takes NULL. Returns NULL. */
struct sigcache *sigcache_free(struct sigcache *cache);
/* Slots there are: signatures it holds if each takes one. */
uint32_t sigcache_capacity(const struct sigcache *cache);
/* Octets it takes at most. */
uint64_t sigcache_memory(const struct sigcache *cache);
/* Slots in use. */
uint32_t sigcache_used(const struct sigcache *cache);

/* ==== time ================================================================================== */

/* The wall clock, Unix time; to be told before each burst. May step either way. */
void sigcache_set_time(struct sigcache *cache, uint64_t now_s);
/* Lets the next cnt finds that have a refresh to propose do so; 0 at first. */
void sigcache_allow_refreshes(struct sigcache *cache, uint32_t cnt);

/* ==== finding =============================================================================== */

/* Where a key's entry is likely to be; good until the next sigcache_insert() or change of time. */
struct sigcache_spot {
	const struct sigcache_entry *entry; /* NULL: nowhere */
	struct bucket *bucket;		    /* NULL: recalled, and sure */
	uint8_t way;			    /* of its bucket */
};
/* Sets the spot of an entry that was found since the last insert and change of time, as those are
 * that every answer of a zone has (its SOA's, its apex' denial); nothing needs to be prefetched for
 * it. False if it was not. */
bool sigcache_recall(const struct sigcache *cache, struct sig_key key, struct sigcache_spot *spot);
/* Asks for the bucket: the spot has that, and no entry yet. */
void sigcache_prefetch(
	const struct sigcache *cache, struct sig_key key, struct sigcache_spot *spot);
/* Looks for the entry, and asks for it. */
void sigcache_prefetch_entry(
	const struct sigcache *cache, struct sig_key key, struct sigcache_spot *spot);

struct sigcache_hit {
	const struct sigcache_entry *entry; /* NULL: not there */
	uint32_t refresh_week; /* the week whose signature is to be asked for with nobody waiting;
				  0: none */
};
struct sigcache_hit sigcache_find(struct sigcache *cache, struct sig_key key);
/* The same, looking at the spot first. */
struct sigcache_hit sigcache_find_at(
	struct sigcache *cache, struct sig_key key, const struct sigcache_spot *spot);
/* The week to ask for after a miss. */
uint32_t sigcache_week(const struct sigcache *cache);

/* ==== writing =============================================================================== */

/* Octets the RRSIG records take in a message, each with an owner of owner_len octets (2: a
 * compression pointer). */
unsigned sigcache_len(const struct sigcache_entry *entry, unsigned owner_len);
/* RRSIG records of the entry. */
unsigned sigcache_cnt(const struct sigcache_entry *entry);
/* Writes them to dst, sigcache_len(entry, 2) octets, owner in host order (0xc000 | offset). apex is
 * the signer's name, that of the zone the key is of. Returns the end of what was written. */
uint8_t *sigcache_write(const struct sigcache *cache, const struct sigcache_entry *entry,
	uint8_t *dst, uint16_t owner, const uint8_t *apex);
/* The same with an owner in full, where no pointer reaches. */
uint8_t *sigcache_write_far(const struct sigcache *cache, const struct sigcache_entry *entry,
	uint8_t *dst, const uint8_t *owner, unsigned owner_len, const uint8_t *apex);

/* ==== inserting ============================================================================= */

/* Keeps a response that sigring_response_check() has found good, for an apex of apex_len octets.
 * waited: somebody waits for it, and will find it once. Returns 0, or 1 if it found no room (a
 * cache much too small). */
int sigcache_insert(
	struct sigcache *cache, const struct sigring_response *resp, uint8_t apex_len, bool waited);
/* Buckets and slots touched by the last insert: at most SIGCACHE_STEP_MAX. */
unsigned sigcache_steps(const struct sigcache *cache);
#define SIGCACHE_STEP_MAX 256U

#endif
