/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache_insert: slots, eviction, inserting; each at a bounded cost (sigcache.h).
 */
#include "dataplane/sigcache/sigcache.h"

#include "dataplane/sigcache/sigcache_layout.h"
#include "zonedb/prefetch.h"

/* Ways the hand looks at for one insert, sparing those marked: about 48 entries. Then as many more
 * as it takes, sparing none, up to the second bound: enough for the slots of the longest entry. */
#define HAND_SPARING_MAX (16 * BUCKET_WAYS)
#define HAND_MAX	 (64 * BUCKET_WAYS)

static_assert(1 + BUCKET_WAYS + HAND_MAX / BUCKET_WAYS + 1 + 2 * SLOTS_MAX < SIGCACHE_STEP_MAX,
	"bucket, namesakes, the hand's buckets, slots taken out and filled");

/* ==== slots ================================================================================= */

static void slots_give(struct sigcache *cache, struct sigcache_entry *entry)
{
	union slot *slot = (union slot *)entry;
	uint32_t more = entry->next;
	cache->free_cnt += slots_for(entry->len);
	slot->spare.next = cache->spare;
	slot->spare.more = more;
	cache->spare = (uint32_t)(slot - cache->slot);
}

/* One slot; there is one. */
static uint32_t slot_take(struct sigcache *cache)
{
	uint32_t taken = cache->spare;
	cache->free_cnt--;
	cache->steps++;
	if (!taken)
		return cache->untouched++;
	uint32_t next = cache->slot[taken].spare.next, more = cache->slot[taken].spare.more;
	cache->spare = next;
	if (more) {
		uint32_t after = cache->slot[more].more.next;
		cache->slot[more].spare.next = next;
		cache->slot[more].spare.more = after;
		cache->spare = more;
	}
	return taken;
}

/* ==== taking out ============================================================================ */

static void way_drop(struct sigcache *cache, struct bucket *bucket, unsigned i)
{
	slots_give(cache, entry_at(cache, bucket, i));
	bucket->tag[i] = 0;
	bucket->way[i] = 0;
	bucket->used &= (uint8_t) ~(1U << i);
	bucket->fresh &= (uint8_t) ~(1U << i);
	bucket->settled &= (uint8_t) ~(1U << i);
	cache->steps++;
}

static void way_evict(struct sigcache *cache, struct bucket *bucket, unsigned i)
{
	way_drop(cache, bucket, i);
	counter_add(cache->counters, COUNTER_SIG_EVICTIONS, 1);
}

/* Of no use any more: of a week long gone, or last week's beside this week's. The tag stands for
 * the key here: an error loses one entry in some thousands. */
static bool is_stale(const struct bucket *bucket, unsigned i, uint32_t week)
{
	unsigned age = way_week(bucket, i, week);
	if (age != WEEK_LAST)
		return age != WEEK_THIS && age != WEEK_NEXT;
	unsigned mask = matching_ways(bucket, bucket->tag[i]);
	for (; mask; mask &= mask - 1)
		if (way_week(bucket, (unsigned)__builtin_ctz(mask), week) == WEEK_THIS)
			return true;
	return false;
}

/* The hand passes way i. */
static void hand_pass(struct sigcache *cache, struct bucket *bucket, unsigned i, bool sparing)
{
	if (!bucket->way[i])
		return;
	bool marked = bucket->used >> i & 1;
	bucket->used &= (uint8_t) ~(1U << i);
	bucket->settled &= (uint8_t) ~(1U << i);
	if (!sparing || !marked || is_stale(bucket, i, cache->week))
		way_evict(cache, bucket, i);
}

/* Makes cnt slots free. Fails in a cache that is too small for it only. */
static bool make_room(struct sigcache *cache, uint32_t cnt)
{
	const uint64_t end = (uint64_t)cache->bucket_cnt * BUCKET_WAYS;
	for (unsigned seen = 0; cache->free_cnt < cnt; seen++) {
		if (seen == HAND_MAX)
			return false;
		unsigned i = cache->hand % BUCKET_WAYS;
		cache->steps += i == 0 || seen == 0;
		hand_pass(cache, &cache->bucket[cache->hand / BUCKET_WAYS], i,
			seen < HAND_SPARING_MAX);
		cache->hand = cache->hand + 1 == end ? 0 : cache->hand + 1;
	}
	return true;
}

/* What a full bucket can do without best: a stale entry, else one not marked, else any; then the
 * marks of the others have served. */
static unsigned bucket_victim(const struct sigcache *cache, struct bucket *bucket)
{
	for (unsigned i = 0; i < BUCKET_WAYS; i++)
		if (is_stale(bucket, i, cache->week))
			return i;
	unsigned unmarked = ~(unsigned)bucket->used & ((1U << BUCKET_WAYS) - 1);
	if (unmarked)
		return (unsigned)__builtin_ctz(unmarked);
	bucket->used = bucket->settled = 0;
	return cache->hand % BUCKET_WAYS;
}

/* A free way of the bucket; made free if need be. */
static unsigned free_way(struct sigcache *cache, struct bucket *bucket)
{
	unsigned free = matching_ways(bucket, 0);
	if (free)
		return (unsigned)__builtin_ctz(free);
	unsigned victim = bucket_victim(cache, bucket);
	way_evict(cache, bucket, victim);
	return victim;
}

/* ==== inserting ============================================================================= */

/* Whether the response takes the place of this entry of its key. */
static bool replaces(const struct sigcache *cache, const struct sigring_response *resp,
	const struct sigcache_entry *entry)
{
	if (entry->week == resp->week || entry->week - cache->week + 1 > 2)
		return true;
	if (resp->week <= cache->week)
		return entry->week < resp->week;
	/* made ahead, and no slot is free: it must do already */
	return cache->free_cnt < slots_for(resp->len) &&
	       payload_holds(resp->payload, cache->now_s, 0);
}

/* Takes out what the response replaces. Returns whether that was in use. */
static bool drop_replaced(
	struct sigcache *cache, struct bucket *bucket, const struct sigring_response *resp)
{
	bool used = false;
	for (unsigned mask = matching_ways(bucket, key_tag(resp->key)); mask; mask &= mask - 1) {
		unsigned i = (unsigned)__builtin_ctz(mask);
		const struct sigcache_entry *entry = entry_at(cache, bucket, i);
		cache->steps++;
		if (!sig_key_equal(entry->key, resp->key) || !replaces(cache, resp, entry))
			continue;
		used |= bucket->used >> i & 1;
		way_drop(cache, bucket, i);
	}
	return used;
}

/* Copies the payload from off on into further slots; the number of the first. */
static uint32_t fill_more(struct sigcache *cache, const struct sigring_response *resp, uint32_t off)
{
	uint32_t first = 0, *link = &first;
	while (off < resp->len) {
		uint32_t left = resp->len - off;
		uint32_t len = left < MORE_PAYLOAD_LEN ? left : MORE_PAYLOAD_LEN;
		uint32_t number = slot_take(cache);
		union slot *slot = &cache->slot[number];
		memcpy(slot->more.payload, resp->payload + off, len);
		slot->more.next = 0;
		*link = number;
		link = &slot->more.next;
		off += len;
	}
	return first;
}

/* Puts the response into free slots; the number of the first. */
static uint32_t fill(struct sigcache *cache, const struct sigring_response *resp, uint8_t apex_len)
{
	uint32_t number = slot_take(cache);
	struct sigcache_entry *entry = &cache->slot[number].entry;
	uint32_t len = resp->len < ENTRY_PAYLOAD_LEN ? resp->len : ENTRY_PAYLOAD_LEN;
	entry->key = resp->key;
	entry->week = resp->week;
	entry->len = resp->len;
	entry->sig_cnt = resp->sig_cnt;
	entry->apex_len = apex_len;
	memcpy(entry->payload, resp->payload, len);
	entry->next = fill_more(cache, resp, len);
	return number;
}

/* Asks for what the next insert will touch in any case. */
static void prefetch_next(const struct sigcache *cache)
{
	const uint8_t *slot = (const uint8_t *)&cache->slot[cache->spare];
	prefetch_line(slot);
	prefetch_line(slot + 64);
	prefetch_line(&cache->bucket[cache->hand / BUCKET_WAYS]);
}

int sigcache_insert(
	struct sigcache *cache, const struct sigring_response *resp, uint8_t apex_len, bool waited)
{
	struct bucket *bucket = bucket_of(cache, resp->key);
	cache->steps = 1;
	forget_recent(cache);
	bool used = drop_replaced(cache, bucket, resp);
	unsigned i = free_way(cache, bucket);
	if (!make_room(cache, slots_for(resp->len)))
		return 1;
	bucket->way[i] = fill(cache, resp, apex_len) | resp->week << WAY_WEEK_SHIFT;
	bucket->tag[i] = key_tag(resp->key);
	bucket->used |= (uint8_t)(used << i);
	bucket->fresh |= (uint8_t)(waited << i);
	prefetch_next(cache);
	return 0;
}

unsigned sigcache_steps(const struct sigcache *cache)
{
	return cache->steps;
}
