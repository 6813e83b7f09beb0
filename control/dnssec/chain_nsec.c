/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/chain_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/records.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

/* ---- the records ---------------------------------------------------------------------------- */

static bool owns_nsec(const struct zone_node *node)
{
	return node->rrset && !(node->flags & NODE_GLUE);
}

/* zone->order: all nodes that are to own an NSEC record. */
static int list_owners(struct zone *zone)
{
	uint32_t cnt = 0;
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		cnt += owns_nsec(&zone->node[i]);
	zone->order = malloc(cnt * sizeof(zone->order[0]));
	if (!zone->order)
		return -1;
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		if (owns_nsec(&zone->node[i]))
			zone->order[zone->order_cnt++] = i;
	return 0;
}

/* RFC 4034, 4.1: next owner, type bitmap. */
int chain_add_nsec(struct zone *zone, uint32_t owner_idx, const uint8_t *next, unsigned next_len)
{
	uint8_t bitmap[CHAIN_BITMAP_MAX], *rdata;
	unsigned bitmap_len = chain_bitmap(bitmap, &zone->node[owner_idx], false);
	unsigned len = next_len + bitmap_len;
	uint8_t *packed = records_pack_one(zone, len, &rdata);
	if (!packed)
		return -1;
	memcpy(rdata, next, next_len);
	memcpy(rdata + next_len, bitmap, bitmap_len);
	return zone_rrset_add(zone, owner_idx, RRTYPE_NSEC, zone->negative_ttl_s, packed,
		       PACK_HEAD_LEN + len, 1)
		       ? 0
		       : -1;
}

int chain_make_nsec(struct zone *zone, char err[static 256])
{
	bool ok = !list_owners(zone);
	for (uint32_t i = 0; ok && i < zone->order_cnt; i++) {
		uint32_t next_idx = zone->order[i + 1 < zone->order_cnt ? i + 1 : 0];
		const struct zone_node *next = &zone->node[next_idx];
		ok = !chain_add_nsec(zone, zone->order[i], next->owner, next->owner_len);
	}
	if (!ok) {
		snprintf(err, 256, "out of memory");
		return -1;
	}
	zone->flags |= IMAGE_NSEC;
	return chain_link_nsec(zone, err);
}

/* ---- what denies what ----------------------------------------------------------------------- */

/* Owners come in the order of nodes: the last one passed denies what follows it. */
static void link_own(struct zone *zone)
{
	uint32_t passed = 0; /* owners at or before the node */
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		bool match = passed < zone->order_cnt && zone->order[passed] == i;
		passed += match;
		node->denial =
			passed && !(node->flags & NODE_GLUE) ? passed - 1 : IMAGE_DENIAL_NONE;
		node->flags &= (uint8_t)~NODE_DENIAL_MATCH;
		if (match)
			node->flags |= NODE_DENIAL_MATCH;
	}
}

/* Index into zone->order of the last owner at or before name. The apex is before all. */
static uint32_t find_owner(const struct zone *zone, const uint8_t *name)
{
	uint32_t low = 0, high = zone->order_cnt;
	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;
		if (dname_cmp(zone->node[zone->order[mid]].owner, name) <= 0)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* True if a name below node sorts before "*." + node: its label there begins below '*'. Names below
 * node follow it directly, the smallest first, so one look is enough. */
static bool has_name_before_wildcard(const struct zone *zone, uint32_t index)
{
	const struct zone_node *node = &zone->node[index], *next = node + 1;
	if (index + 1 == zone->node_cnt || next->label_cnt <= node->label_cnt)
		return false;
	const uint8_t *label = next->owner;
	for (unsigned skip = next->label_cnt - node->label_cnt - 1U; skip; skip--)
		label += label[0] + 1U;
	return label[1] < '*';
}

static uint32_t wildcard_cover(const struct zone *zone, uint32_t index)
{
	const struct zone_node *node = &zone->node[index];
	uint8_t name[DNAME_LEN_MAX];
	if (node->owner_len + 2U > DNAME_LEN_MAX)
		return IMAGE_DENIAL_NONE;
	if (!has_name_before_wildcard(zone, index))
		return node->denial;
	name[0] = 1;
	name[1] = '*';
	memcpy(name + 2, node->owner, node->owner_len);
	return find_owner(zone, name);
}

static void link_wildcards(struct zone *zone)
{
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		struct zone_node *node = &zone->node[i];
		node->flags &= (uint8_t)~NODE_WILDCARD_DENIAL_MATCH;
		node->wildcard_denial = IMAGE_DENIAL_NONE;
		if (node->flags & (NODE_GLUE | NODE_DELEGATION))
			continue;
		if (node->wildcard == ZONE_NODE_NONE)
			node->wildcard_denial = wildcard_cover(zone, i);
		else
			chain_take_wildcard(zone, node);
	}
}

void chain_take_wildcard(const struct zone *zone, struct zone_node *node)
{
	const struct zone_node *wildcard = &zone->node[node->wildcard];
	node->wildcard_denial = wildcard->denial;
	if (wildcard->flags & NODE_DENIAL_MATCH)
		node->flags |= NODE_WILDCARD_DENIAL_MATCH;
}

int chain_link_nsec(struct zone *zone, char err[static 256])
{
	if (!zone->order_cnt || zone->order[0] != 0) {
		snprintf(err, 256, "the apex has no NSEC record");
		return -1;
	}
	link_own(zone);
	link_wildcards(zone);
	return 0;
}
