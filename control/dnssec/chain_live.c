/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records of live zones that deny one name each: narrow NSEC3, compact NSEC.
 */
#include "control/dnssec/chain_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/synth.h"

static int out_of_memory(char err[static 256])
{
	snprintf(err, 256, "out of memory");
	return -1;
}

/* ---- narrow --------------------------------------------------------------------------------- */

/* Two items for each node: its own hash, and that of its wildcard. */
static uint32_t node_of(uint32_t item)
{
	return item / 2;
}

static bool is_wildcard(uint32_t item)
{
	return item % 2;
}

static uint32_t choose_items(const struct zone *zone, bool *chosen)
{
	uint32_t cnt = 0;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		chosen[2 * i] = !(node->flags & NODE_GLUE);
		chosen[2 * i + 1] = chain_denies_wildcard(node);
		cnt += chosen[2 * i] + chosen[2 * i + 1];
	}
	return cnt;
}

/* hash to hash + 1, with the name's types. */
static int make_match(struct zone *zone, const struct chain_link *link, struct zone_nsec3 *nsec3)
{
	uint8_t bitmap[CHAIN_BITMAP_MAX], next[NSEC3_HASH_LEN];
	unsigned bitmap_len = chain_bitmap(bitmap, &zone->node[node_of(link->item)], true);
	memcpy(nsec3->hash, link->hash, NSEC3_HASH_LEN);
	synth_hash_after(next, link->hash);
	nsec3->rrset = chain_make_record(zone, next, bitmap, bitmap_len);
	return nsec3->rrset ? 0 : -1;
}

/* hash - 1 to hash + 1, without types. */
static int make_cover(struct zone *zone, const struct chain_link *link, struct zone_nsec3 *nsec3)
{
	static const uint8_t no_types[1];
	uint8_t next[NSEC3_HASH_LEN];
	synth_hash_before(nsec3->hash, link->hash);
	synth_hash_after(next, link->hash);
	nsec3->rrset = chain_make_record(zone, next, no_types, 0);
	return nsec3->rrset ? 0 : -1;
}

static void link_item(struct zone *zone, uint32_t item, uint32_t record)
{
	struct zone_node *node = &zone->node[node_of(item)];
	if (is_wildcard(item)) {
		node->wildcard_denial = record;
		return;
	}
	node->denial = record;
	node->flags |= NODE_DENIAL_MATCH;
}

/* Owners must differ and ascend, which a cover's would not behind the match of the hash before. */
static int check_ascent(const struct zone *zone, uint32_t i, char err[static 256])
{
	if (i == 0 || memcmp(zone->nsec3[i - 1].hash, zone->nsec3[i].hash, NSEC3_HASH_LEN) < 0)
		return 0;
	snprintf(err, 256, "two names have NSEC3 hashes too close to each other: use another salt");
	return -1;
}

static int add_records(
	struct zone *zone, const struct chain_link *link, uint32_t cnt, char err[static 256])
{
	zone->nsec3 = malloc(cnt * sizeof(*zone->nsec3));
	if (!zone->nsec3)
		return out_of_memory(err);
	for (uint32_t i = 0; i < cnt; i++) {
		struct zone_nsec3 *nsec3 = &zone->nsec3[i];
		if ((is_wildcard(link[i].item) ? make_cover : make_match)(zone, &link[i], nsec3))
			return out_of_memory(err);
		if (check_ascent(zone, i, err))
			return -1;
		link_item(zone, link[i].item, i);
	}
	zone->nsec3_cnt = zone->nsec3_cap = cnt;
	return 0;
}

/* Wildcards that exist have been given their own record. */
static void take_wildcards(struct zone *zone)
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		if (node->wildcard != ZONE_NODE_NONE &&
			!(node->flags & (NODE_GLUE | NODE_DELEGATION)))
			chain_take_wildcard(zone, node);
	}
}

static int make_narrow(struct zone *zone, const struct chain_hash *hash, char err[static 256])
{
	bool *chosen = malloc(2 * (size_t)zone->node_cnt * sizeof(*chosen));
	uint32_t cnt = chosen ? choose_items(zone, chosen) : 0;
	struct chain_link *link = malloc(cnt * sizeof(*link));
	int result = -1;
	if (!chosen || !link ||
		chain_sort(link, cnt, hash->own, NSEC3_HASH_LEN, 2 * zone->node_cnt, chosen))
		out_of_memory(err);
	else
		result = add_records(zone, link, cnt, err);
	free(link);
	free(chosen);
	return result;
}

int dnssec_chain_narrow(struct zone *zone, const struct zone_nsec3_param *param,
	unsigned thread_cnt, char err[static 256])
{
	zone->nsec3_param = *param;
	struct chain_hash *hash = chain_hash_zone(zone, thread_cnt);
	if (!hash)
		return out_of_memory(err);
	int result = make_narrow(zone, hash, err);
	free(hash);
	if (result)
		return -1;
	take_wildcards(zone);
	zone->flags |= IMAGE_NSEC3 | IMAGE_NARROW | (param->optout ? IMAGE_OPTOUT : 0);
	return 0;
}

/* ---- compact -------------------------------------------------------------------------------- */

int dnssec_chain_compact(struct zone *zone, char err[static 256])
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		uint8_t next[DNAME_LEN_MAX];
		if (node->flags & NODE_GLUE)
			continue;
		size_t len = synth_next_name(next, node->owner, node->owner_len, zone->apex_len);
		if (chain_add_nsec(zone, i, next, (unsigned)len))
			return out_of_memory(err);
	}
	zone->flags |= IMAGE_COMPACT;
	return 0;
}
