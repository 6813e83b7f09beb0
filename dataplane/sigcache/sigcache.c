/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache: finding and writing. Inserting: sigcache_insert.c.
 */
#include "dataplane/sigcache/sigcache.h"

#include "dataplane/sigcache/sigcache_layout.h"
#include "zonedb/prefetch.h"

/* ==== time ================================================================================== */

void sigcache_set_time(struct sigcache *cache, uint64_t now_s)
{
	if (cache->now_s == (uint32_t)now_s)
		return;
	uint32_t left = SIG_WEEK_S - (uint32_t)(now_s % SIG_WEEK_S);
	cache->now_s = (uint32_t)now_s;
	cache->week = sig_week(now_s);
	cache->ahead_s = left < SIG_AHEAD_S ? SIG_AHEAD_S - left : 0;
	forget_recent(cache);
}

void sigcache_allow_refreshes(struct sigcache *cache, uint32_t cnt)
{
	cache->refresh_left = cnt;
}

uint32_t sigcache_week(const struct sigcache *cache)
{
	return cache->week;
}

/* ==== finding =============================================================================== */

/* The way of the mask (not 0) whose week serves best, by what the bucket tells. */
static unsigned best_way(const struct bucket *bucket, unsigned mask, uint32_t week)
{
	static const uint8_t rank[WAY_WEEK_CNT] = {
		[WEEK_THIS] = 3, [WEEK_NEXT] = 2, [WEEK_LAST] = 1};
	unsigned best = (unsigned)__builtin_ctz(mask);
	for (mask &= mask - 1; mask; mask &= mask - 1) {
		unsigned i = (unsigned)__builtin_ctz(mask);
		if (rank[way_week(bucket, i, week)] > rank[way_week(bucket, best, week)])
			best = i;
	}
	return best;
}

/* Spots are filled field by field: one made whole and copied is read before its parts have been
 * written, which takes 20 cycles. */
bool sigcache_recall(const struct sigcache *cache, struct sig_key key, struct sigcache_spot *spot)
{
	const struct recent *recent = &cache->recent[recent_idx(key)];
	if (!recent->entry || !sig_key_equal(recent->key, key))
		return false;
	spot->entry = recent->entry;
	spot->bucket = NULL;
	return true;
}

/* Remembers an entry that finding neither marks nor proposes anything for any more. */
static inline void remember(struct sigcache *cache, const struct sigcache_entry *entry)
{
	struct recent *recent = &cache->recent[recent_idx(entry->key)];
	if (recent->last == entry)
		*recent = (struct recent){entry->key, entry, entry};
	recent->last = entry;
}

void sigcache_prefetch(const struct sigcache *cache, struct sig_key key, struct sigcache_spot *spot)
{
	spot->entry = NULL;
	spot->bucket = bucket_of(cache, key);
	prefetch_line(spot->bucket);
}

void sigcache_prefetch_entry(
	const struct sigcache *cache, struct sig_key key, struct sigcache_spot *spot)
{
	unsigned mask = matching_ways(spot->bucket, key_tag(key));
	if (!mask)
		return;
	if (mask & (mask - 1))
		spot->way = (uint8_t)best_way(spot->bucket, mask, cache->week);
	else
		spot->way = (uint8_t)__builtin_ctz(mask);
	spot->entry = entry_at(cache, spot->bucket, spot->way);
	prefetch_line(spot->entry);
	prefetch_line((const uint8_t *)spot->entry + 64);
}

static bool serves(
	const struct sigcache *cache, const struct sigcache_entry *entry, struct sig_key key)
{
	return sig_key_equal(entry->key, key) && entry->week - cache->week + 1 <= 2 &&
	       payload_holds(entry->payload, cache->now_s, SIG_LEFT_MIN_S);
}

/* Whether a signature holds all through its week, and for long enough at its end. */
static bool outlasts_week(const struct sigcache_entry *entry)
{
	uint32_t begin_s = entry->week * SIG_WEEK_S;
	return payload_holds(entry->payload, begin_s, 0) &&
	       payload_holds(entry->payload, begin_s + SIG_WEEK_S, SIG_LEFT_MIN_S);
}

/* Marks the entry found, and its namesakes of other weeks. */
static void mark_found(
	struct bucket *bucket, unsigned i, unsigned namesakes, const struct sigcache_entry *entry)
{
	if (bucket->fresh >> i & 1) {
		bucket->fresh &= (uint8_t) ~(1U << i);
		return;
	}
	bucket->used |= (uint8_t)namesakes;
	if (outlasts_week(entry))
		bucket->settled |= (uint8_t)(1U << i);
}

static bool has_next_week(const struct bucket *bucket, unsigned mask, uint32_t week)
{
	for (; mask; mask &= mask - 1)
		if (way_week(bucket, (unsigned)__builtin_ctz(mask), week) == WEEK_NEXT)
			return true;
	return false;
}

/* Seconds after the beginning of the time of asking ahead at which the key is asked for. */
static uint32_t ahead_moment(struct sig_key key)
{
	return (uint32_t)((sig_key_bits(key) >> 16 & 0xffff) * SIG_AHEAD_SPREAD_S >> 16);
}

/* The week whose signature is worth asking for when this entry was found, or 0. */
static uint32_t wanted_week(struct sigcache *cache, const struct bucket *bucket, unsigned mask,
	const struct sigcache_entry *entry)
{
	uint32_t week = 0;
	if (__builtin_expect(entry->week == cache->week && !cache->ahead_s, 1))
		return 0;
	if (entry->week == cache->week - 1)
		week = cache->week;
	else if (cache->ahead_s > ahead_moment(entry->key) && entry->week == cache->week &&
		 !has_next_week(bucket, mask, cache->week))
		week = cache->week + 1;
	if (!week || !cache->refresh_left)
		return 0;
	cache->refresh_left--;
	return week;
}

/* Whether finding the entry of a spot changes nothing: it is this week's and holds, is marked as
 * used, and nothing is to be asked for ahead. */
static inline bool is_settled(
	const struct sigcache *cache, struct sig_key key, const struct sigcache_spot *spot)
{
	const struct sigcache_entry *entry = spot->entry;
	return entry && sig_key_equal(entry->key, key) && entry->week == cache->week &&
	       !cache->ahead_s && (spot->bucket->settled >> spot->way & 1) != 0;
}

struct sigcache_hit sigcache_find_at(
	struct sigcache *cache, struct sig_key key, const struct sigcache_spot *spot)
{
	if (spot->bucket) {
		if (__builtin_expect(!is_settled(cache, key, spot), 0))
			return sigcache_find(cache, key);
		remember(cache, spot->entry);
	}
	counter_add(cache->counters, COUNTER_SIG_HITS, 1);
	return (struct sigcache_hit){spot->entry, 0};
}

__attribute__((noinline)) struct sigcache_hit sigcache_find(
	struct sigcache *cache, struct sig_key key)
{
	struct bucket *bucket = bucket_of(cache, key);
	const unsigned matches = matching_ways(bucket, key_tag(key));
	for (unsigned left = matches; left;) {
		unsigned i = best_way(bucket, left, cache->week);
		const struct sigcache_entry *entry = entry_at(cache, bucket, i);
		if (serves(cache, entry, key)) {
			mark_found(bucket, i, matches, entry);
			counter_add(cache->counters, COUNTER_SIG_HITS, 1);
			return (struct sigcache_hit){
				entry, wanted_week(cache, bucket, matches, entry)};
		}
		left &= ~(1U << i);
	}
	counter_add(cache->counters, COUNTER_SIG_MISSES, 1);
	return (struct sigcache_hit){0};
}

/* ==== writing =============================================================================== */

unsigned sigcache_len(const struct sigcache_entry *entry, unsigned owner_len)
{
	return entry->len + entry->sig_cnt * (owner_len + entry->apex_len);
}

unsigned sigcache_cnt(const struct sigcache_entry *entry)
{
	return entry->sig_cnt;
}

/* A place in an entry's payload. */
struct payload_cursor {
	const struct sigcache *cache;
	const uint8_t *pos;
	uint32_t left; /* octets in this slot */
	uint32_t next; /* slot */
};

static uint8_t *payload_copy(struct payload_cursor *c, uint8_t *dst, uint32_t len)
{
	while (len > c->left) {
		memcpy(dst, c->pos, c->left);
		dst += c->left;
		len -= c->left;
		const union slot *slot = &c->cache->slot[c->next];
		*c = (struct payload_cursor){
			c->cache, slot->more.payload, MORE_PAYLOAD_LEN, slot->more.next};
	}
	memcpy(dst, c->pos, len);
	c->pos += len;
	c->left -= len;
	return dst + len;
}

static uint8_t *write_all(const struct sigcache *cache, const struct sigcache_entry *entry,
	uint8_t *dst, const uint8_t *owner, unsigned owner_len, const uint8_t *apex)
{
	struct payload_cursor c = {cache, entry->payload, ENTRY_PAYLOAD_LEN, entry->next};
	for (unsigned i = 0; i < entry->sig_cnt; i++) {
		memcpy(dst, owner, owner_len);
		dst += owner_len;
		const uint8_t *rdlength = dst + 8;
		dst = payload_copy(&c, dst, SIG_FIXED_LEN);
		memcpy(dst, apex, entry->apex_len);
		dst += entry->apex_len;
		dst = payload_copy(&c, dst, wire_get_u16(rdlength) - 18U - entry->apex_len);
	}
	return dst;
}

uint8_t *sigcache_write(const struct sigcache *cache, const struct sigcache_entry *entry,
	uint8_t *dst, uint16_t owner, const uint8_t *apex)
{
	const uint8_t pointer[2] = {(uint8_t)(owner >> 8), (uint8_t)owner};
	return write_all(cache, entry, dst, pointer, 2, apex);
}

uint8_t *sigcache_write_far(const struct sigcache *cache, const struct sigcache_entry *entry,
	uint8_t *dst, const uint8_t *owner, unsigned owner_len, const uint8_t *apex)
{
	return write_all(cache, entry, dst, owner, owner_len, apex);
}
