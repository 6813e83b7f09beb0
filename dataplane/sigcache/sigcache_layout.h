/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache_layout: what lies in a cache's memory (private to sigcache*.c and its tests).
 */
#ifndef DATAPLANE_SIGCACHE_SIGCACHE_LAYOUT_H
#define DATAPLANE_SIGCACHE_SIGCACHE_LAYOUT_H

#include <string.h>

#include "dataplane/sigcache/sigcache.h"
#include "dataplane/sigcache/sigcache_entry.h"
#include "zonedb/lanes.h"
#include "zonedb/wire.h"

/* ---- buckets ------------------------------------------------------------------------------- */

/* Entries of a bucket, and slots per bucket: with 3 expected, one of 600 signatures finds its
 * bucket full and pushes another one out. 21 octets of index for each slot. */
#define BUCKET_WAYS  8U
#define BUCKET_SLOTS 3U

/* Slot number of an entry, and the low bits of its week: enough to tell apart last, this and next
 * week's without looking at the slot. 0 = none. */
#define WAY_SLOT_MASK  ((UINT32_C(1) << 29) - 1)
#define WAY_WEEK_SHIFT 29
#define WAY_WEEK_CNT   8U

struct bucket {
	alignas(64) uint16_t tag[BUCKET_WAYS]; /* key_tag(); 0 = free */
	uint32_t way[BUCKET_WAYS];
	uint8_t used;	 /* bit i: found since the hand passed */
	uint8_t fresh;	 /* bit i: made for a waiting message, which has not found it yet */
	uint8_t settled; /* bit i: used, of a window that outlasts its week */
	uint8_t reserved[13];
};
static_assert(sizeof(struct bucket) == 64, "one cache line");

/* Never 0. */
static inline uint16_t key_tag(struct sig_key key)
{
	uint16_t tag = (uint16_t)sig_key_bits(key);
	return tag ? tag : 1;
}

/* Bit i set where way i of the bucket has the tag. */
static inline unsigned matching_ways(const struct bucket *bucket, uint16_t tag)
{
	static_assert(BUCKET_WAYS == 8, "all of them at once");
	return equal_lanes(bucket->tag, tag);
}

/* Weeks the entry of way i is ahead of week, modulo WAY_WEEK_CNT. */
static inline unsigned way_week(const struct bucket *bucket, unsigned i, uint32_t week)
{
	return ((bucket->way[i] >> WAY_WEEK_SHIFT) - week) % WAY_WEEK_CNT;
}
enum { WEEK_THIS = 0, WEEK_NEXT = 1, WEEK_LAST = WAY_WEEK_CNT - 1 }; /* others serve nobody */

/* ---- slots --------------------------------------------------------------------------------- */

#define SLOT_LEN 128U

union slot {
	alignas(64) struct sigcache_entry entry; /* the first one */
	struct {
		uint32_t next;
		uint8_t payload[124];
	} more; /* a further one */
	struct {
		uint32_t next; /* spare slot */
		uint32_t more; /* further slots of what this one was the first of, spare too */
	} spare;
};
static_assert(sizeof(union slot) == SLOT_LEN, "two cache lines");

#define ENTRY_PAYLOAD_LEN sizeof(((struct sigcache_entry *)0)->payload)
#define MORE_PAYLOAD_LEN  sizeof(((union slot *)0)->more.payload)
#define SLOTS_MAX                                                                                  \
	(1 + (SIG_PAYLOAD_MAX - ENTRY_PAYLOAD_LEN + MORE_PAYLOAD_LEN - 1) / MORE_PAYLOAD_LEN)
static_assert(SIG_FIXED_LEN + 64 <= ENTRY_PAYLOAD_LEN, "P-256 and Ed25519 take one");

static inline uint32_t slots_for(uint16_t len)
{
	if (len <= ENTRY_PAYLOAD_LEN)
		return 1;
	return 1 + (uint32_t)((len - ENTRY_PAYLOAD_LEN + MORE_PAYLOAD_LEN - 1) / MORE_PAYLOAD_LEN);
}

/* ---- cache --------------------------------------------------------------------------------- */

/* Entries found a moment ago, by some bits of their keys: what is marked as used already, and
 * leaves nothing to be wished for. */
#define RECENT_CNT 64U

struct recent {
	struct sig_key key;
	const struct sigcache_entry *entry; /* NULL: none */
	const struct sigcache_entry *last;  /* found last of those that belong here: the second time
					       in  a row it takes the place, so that names asked for
					       once  leave it alone */
};

struct sigcache {
	struct bucket *bucket;
	union slot *slot; /* [slot_cnt]; number 0 is not used */
	struct counters *counters;
	uint32_t bucket_cnt;
	uint32_t slot_cnt;
	uint32_t now_s; /* modulo 2^32, as in RRSIGs */
	uint32_t week;
	uint32_t ahead_s; /* seconds the time of asking ahead has lasted; 0 = it has not come */
	uint32_t refresh_left;
	/* inserting */
	uint32_t spare;	    /* first spare slot; 0 = none */
	uint32_t untouched; /* first slot that was never used; all behind it, too */
	uint32_t free_cnt;  /* slots of both sorts */
	uint32_t steps;
	uint64_t hand; /* next way to be looked at: bucket * BUCKET_WAYS + i */
	uint64_t map_len;
	struct recent recent[RECENT_CNT];
};

static inline unsigned recent_idx(struct sig_key key)
{
	return sig_key_bits(key) % RECENT_CNT;
}

/* An entry may go, or another one serve better. */
static inline void forget_recent(struct sigcache *cache)
{
	memset(cache->recent, 0, sizeof(cache->recent));
}

static inline struct bucket *bucket_of(const struct sigcache *cache, struct sig_key key)
{
	return &cache->bucket[sig_key_bucket(key, cache->bucket_cnt)];
}

static inline struct sigcache_entry *entry_at(
	const struct sigcache *cache, const struct bucket *bucket, unsigned i)
{
	return &cache->slot[bucket->way[i] & WAY_SLOT_MASK].entry;
}

/* Whether a signature holds from now on for at least left_s. Times are those of its first RRSIG;
 * modulo 2^32 (RFC 4034, 3.1.5). */
static inline bool payload_holds(const uint8_t *payload, uint32_t now_s, int32_t left_s)
{
	uint32_t expiration = wire_get_u32(payload + 18), inception = wire_get_u32(payload + 22);
	return (int32_t)(now_s - inception) >= 0 && (int32_t)(expiration - now_s) > left_s;
}

#endif
