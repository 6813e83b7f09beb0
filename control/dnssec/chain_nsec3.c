/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/chain_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/parallel.h"
#include "control/dnssec/records.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

#define HASH_CHUNK_LEN 1024 /* names a thread takes at once: some 0.2 ms of work */
#define SORT_INSERTION_MAX                                                                         \
	16 /* longer buckets, which chance does not make, are sorted by qsort() */

static int out_of_memory(char err[static 256])
{
	snprintf(err, 256, "out of memory");
	return -1;
}

/* ---- hashing -------------------------------------------------------------------------------- */

struct hash_job {
	const struct zone *zone;
	struct chain_hash *hash; /* [zone->node_cnt] */
};

static void hash_name(uint8_t hash[static NSEC3_HASH_LEN], const struct zone *zone,
	const uint8_t *name, size_t len)
{
	const struct zone_nsec3_param *param = &zone->nsec3_param;
	nsec3_hash(hash, name, len, param->salt, param->salt_len, param->iterations);
}

bool chain_denies_wildcard(const struct zone_node *node)
{
	return !(node->flags & (NODE_GLUE | NODE_DELEGATION)) && node->wildcard == ZONE_NODE_NONE &&
	       node->owner_len + 2U <= DNAME_LEN_MAX;
}

static int hash_nodes(void *ctx, unsigned worker, uint64_t first, uint64_t end)
{
	const struct hash_job *job = ctx;
	uint8_t name[DNAME_LEN_MAX] = {1, '*'};
	for (uint64_t i = first; i < end; i++) {
		const struct zone_node *node = &job->zone->node[i];
		if (node->flags & NODE_GLUE)
			continue;
		hash_name(job->hash[i].own, job->zone, node->owner, node->owner_len);
		if (!chain_denies_wildcard(node))
			continue;
		memcpy(name + 2, node->owner, node->owner_len);
		hash_name(job->hash[i].wildcard, job->zone, name, node->owner_len + 2U);
	}
	return 0;
}

struct chain_hash *chain_hash_zone(const struct zone *zone, unsigned thread_cnt)
{
	struct hash_job ctx = {zone, malloc(zone->node_cnt * sizeof(*ctx.hash))};
	struct parallel_job job = {
		.item_cnt = zone->node_cnt,
		.chunk_len = HASH_CHUNK_LEN,
		.work = hash_nodes,
		.ctx = &ctx,
	};
	if (ctx.hash && parallel_run(&job, parallel_worker_cnt(&job, thread_cnt))) {
		free(ctx.hash);
		return NULL;
	}
	return ctx.hash;
}

/* ---- buckets: sorting and searching uniform hashes ------------------------------------------- */

/* Bucket of a hash among cnt: its place if hashes were spread evenly. */
static uint32_t bucket_of(const uint8_t *hash, uint32_t cnt)
{
	uint64_t high;
	memcpy(&high, hash, sizeof(high));
	return (uint32_t)((unsigned __int128)__builtin_bswap64(high) * cnt >> 64);
}

static int link_cmp(const void *a, const void *b)
{
	return memcmp(a, b, NSEC3_HASH_LEN);
}

static void sort_bucket(struct chain_link *link, uint32_t cnt)
{
	if (cnt > SORT_INSERTION_MAX) {
		qsort(link, cnt, sizeof(*link), link_cmp);
		return;
	}
	for (uint32_t i = 1; i < cnt; i++) {
		struct chain_link moving = link[i];
		uint32_t at = i;
		for (; at && link_cmp(&link[at - 1], &moving) > 0; at--)
			link[at] = link[at - 1];
		link[at] = moving;
	}
}

/* One pass to count buckets, one to fill them. start is scratch of cnt + 1 zeros. */
static void sort_links(struct chain_link *link, uint32_t cnt, uint32_t *start, const uint8_t *hash,
	size_t stride, uint32_t item_cnt, const bool *in_chain)
{
	for (uint32_t i = 0; i < item_cnt; i++)
		if (in_chain[i])
			start[bucket_of(hash + i * stride, cnt) + 1]++;
	for (uint32_t b = 0; b < cnt; b++)
		start[b + 1] += start[b];
	for (uint32_t i = 0; i < item_cnt; i++) {
		if (!in_chain[i])
			continue;
		struct chain_link *to = &link[start[bucket_of(hash + i * stride, cnt)]++];
		memcpy(to->hash, hash + i * stride, NSEC3_HASH_LEN);
		to->item = i;
	}
	/* filling moved each start to its bucket's end, which is the next one's start */
	for (uint32_t b = 0; b < cnt; b++) {
		uint32_t from = b ? start[b - 1] : 0;
		sort_bucket(link + from, start[b] - from);
	}
}

int chain_sort(struct chain_link *link, uint32_t cnt, const uint8_t *hash, size_t stride,
	uint32_t item_cnt, const bool *in_chain)
{
	uint32_t *start = calloc((size_t)cnt + 1, sizeof(*start));
	if (!start)
		return -1;
	sort_links(link, cnt, start, hash, stride, item_cnt, in_chain);
	free(start);
	return 0;
}

/* ---- which names have a record --------------------------------------------------------------- */

/* RFC 5155, 7.1: every name but glue; with opt-out, no insecure delegation and no empty
 * non-terminal that has only such below. Names below a node follow it, so going backwards each
 * has heard from all below it. Returns how many. */
static uint32_t choose_names(const struct zone *zone, bool optout, bool *in_chain)
{
	uint32_t cnt = 0;
	memset(in_chain, 0, zone->node_cnt * sizeof(*in_chain));
	for (uint32_t i = zone->node_cnt; i-- > 0;) {
		const struct zone_node *node = &zone->node[i];
		if (node->flags & NODE_GLUE)
			continue;
		if (!optout || (node->rrset && !records_is_insecure(node)))
			in_chain[i] = true;
		if (!in_chain[i])
			continue;
		cnt++;
		if (node->parent != ZONE_NODE_NONE)
			in_chain[node->parent] = true;
	}
	return cnt;
}

/* ---- the records ---------------------------------------------------------------------------- */

/* RFC 5155, 3.2: algorithm, flags, iterations, salt, next hash, type bitmap. */
static uint8_t *pack_nsec3(struct zone *zone, const uint8_t *next_hash, const uint8_t *bitmap,
	unsigned bitmap_len, unsigned *packed_len)
{
	const struct zone_nsec3_param *param = &zone->nsec3_param;
	uint8_t *at;
	unsigned len = 5U + param->salt_len + 1 + NSEC3_HASH_LEN + bitmap_len;
	uint8_t *packed = records_pack_one(zone, len, &at);
	if (!packed)
		return NULL;
	*at++ = NSEC3_SHA1;
	*at++ = param->optout ? NSEC3_FLAG_OPTOUT : 0;
	wire_put_u16(at, param->iterations);
	at += 2;
	*at++ = param->salt_len;
	memcpy(at, param->salt, param->salt_len);
	at += param->salt_len;
	*at++ = NSEC3_HASH_LEN;
	memcpy(at, next_hash, NSEC3_HASH_LEN);
	memcpy(at + NSEC3_HASH_LEN, bitmap, bitmap_len);
	*packed_len = PACK_HEAD_LEN + len;
	return packed;
}

struct zone_rrset *chain_make_record(
	struct zone *zone, const uint8_t *next_hash, const uint8_t *bitmap, unsigned bitmap_len)
{
	unsigned packed_len;
	uint8_t *packed = pack_nsec3(zone, next_hash, bitmap, bitmap_len, &packed_len);
	struct zone_rrset *rrset = packed ? zone_arena_alloc(&zone->arena, sizeof(*rrset)) : NULL;
	if (!rrset)
		return NULL;
	*rrset = (struct zone_rrset){
		.rdata = packed,
		.rdata_len = packed_len,
		.ttl_s = zone->negative_ttl_s,
		.type = RRTYPE_NSEC3,
		.rr_cnt = 1,
		.authoritative = true,
	};
	return rrset;
}

static int check_collisions(
	const struct zone *zone, const struct chain_link *link, uint32_t cnt, char err[static 256])
{
	char a[DNAME_TEXT_MAX], b[DNAME_TEXT_MAX];
	for (uint32_t i = 1; i < cnt; i++) {
		if (link_cmp(&link[i - 1], &link[i]))
			continue;
		snprintf(err, 256, "%.90s and %.90s have the same NSEC3 hash: use another salt",
			dname_to_text(a, zone->node[link[i - 1].item].owner),
			dname_to_text(b, zone->node[link[i].item].owner));
		return -1;
	}
	return 0;
}

static int add_records(
	struct zone *zone, const struct chain_link *link, uint32_t cnt, char err[static 256])
{
	uint8_t bitmap[CHAIN_BITMAP_MAX];
	unsigned bitmap_len;
	zone->nsec3 = malloc(cnt * sizeof(*zone->nsec3));
	if (!zone->nsec3)
		return out_of_memory(err);
	for (uint32_t i = 0; i < cnt; i++) {
		struct zone_nsec3 *nsec3 = &zone->nsec3[i];
		memcpy(nsec3->hash, link[i].hash, NSEC3_HASH_LEN);
		bitmap_len = chain_bitmap(bitmap, &zone->node[link[i].item], true);
		nsec3->rrset = chain_make_record(
			zone, link[i + 1 < cnt ? i + 1 : 0].hash, bitmap, bitmap_len);
		if (!nsec3->rrset)
			return out_of_memory(err);
	}
	zone->nsec3_cnt = zone->nsec3_cap = cnt;
	return 0;
}

static int make_chain(struct zone *zone, const struct chain_hash *hash, char err[static 256])
{
	bool *in_chain = malloc(zone->node_cnt * sizeof(*in_chain));
	uint32_t cnt = in_chain ? choose_names(zone, zone->nsec3_param.optout, in_chain) : 0;
	struct chain_link *link = malloc(cnt * sizeof(*link));
	int result = -1;
	if (!in_chain || !link ||
		chain_sort(link, cnt, hash->own, sizeof(*hash), zone->node_cnt, in_chain))
		out_of_memory(err);
	else if (!check_collisions(zone, link, cnt, err))
		result = add_records(zone, link, cnt, err);
	free(link);
	free(in_chain);
	return result;
}

/* ---- what denies what ------------------------------------------------------------------------ */

/* The chain with a bucket directory: bucket b holds records start[b] .. start[b + 1] - 1. */
struct directory {
	const struct zone_nsec3 *nsec3;
	uint32_t cnt;
	uint32_t *start;
};

static int directory_init(struct directory *dir, const struct zone *zone)
{
	dir->nsec3 = zone->nsec3;
	dir->cnt = zone->nsec3_cnt;
	dir->start = calloc((size_t)dir->cnt + 1, sizeof(*dir->start));
	if (!dir->start)
		return -1;
	for (uint32_t i = 0; i < dir->cnt; i++)
		dir->start[bucket_of(dir->nsec3[i].hash, dir->cnt) + 1]++;
	for (uint32_t b = 0; b < dir->cnt; b++)
		dir->start[b + 1] += dir->start[b];
	return 0;
}

/* Index of the record that matches hash, or of the one before it, the chain closing on itself. */
static uint32_t directory_find(const struct directory *dir, const uint8_t *hash, bool *match)
{
	uint32_t bucket = bucket_of(hash, dir->cnt);
	uint32_t low = dir->start[bucket], high = dir->start[bucket + 1];
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = memcmp(dir->nsec3[mid].hash, hash, NSEC3_HASH_LEN);
		if (!order) {
			*match = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*match = false;
	return low ? low - 1 : dir->cnt - 1;
}

static uint8_t flag_if(bool match, enum image_node_flag flag)
{
	return match ? (uint8_t)flag : 0;
}

static void link_node(
	const struct directory *dir, struct zone_node *node, const struct chain_hash *hash)
{
	bool match;
	node->flags &= (uint8_t) ~(NODE_DENIAL_MATCH | NODE_WILDCARD_DENIAL_MATCH);
	node->denial = node->wildcard_denial = IMAGE_DENIAL_NONE;
	if (node->flags & NODE_GLUE)
		return;
	node->denial = directory_find(dir, hash->own, &match);
	node->flags |= flag_if(match, NODE_DENIAL_MATCH);
	if (!chain_denies_wildcard(node))
		return;
	node->wildcard_denial = directory_find(dir, hash->wildcard, &match);
	node->flags |= flag_if(match, NODE_WILDCARD_DENIAL_MATCH);
}

static int link_nodes(struct zone *zone, const struct chain_hash *hash, char err[static 256])
{
	struct directory dir;
	if (directory_init(&dir, zone))
		return out_of_memory(err);
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		link_node(&dir, &zone->node[i], &hash[i]);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		if (node->wildcard != ZONE_NODE_NONE &&
			!(node->flags & (NODE_GLUE | NODE_DELEGATION)))
			chain_take_wildcard(zone, node);
	}
	free(dir.start);
	return 0;
}

int chain_link_nsec3(struct zone *zone, unsigned thread_cnt, char err[static 256])
{
	struct chain_hash *hash = chain_hash_zone(zone, thread_cnt);
	if (!hash)
		return out_of_memory(err);
	int result = link_nodes(zone, hash, err);
	free(hash);
	return result;
}

int chain_make_nsec3(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256])
{
	zone->nsec3_param = *param;
	struct chain_hash *hash = chain_hash_zone(zone, thread_cnt);
	if (!hash)
		return out_of_memory(err);
	int result = make_chain(zone, hash, err) || link_nodes(zone, hash, err) ? -1 : 0;
	free(hash);
	zone->flags |= IMAGE_NSEC3 | (param->optout ? IMAGE_OPTOUT : 0);
	return result;
}
