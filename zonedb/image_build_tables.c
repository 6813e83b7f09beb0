/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "zonedb/fold.h"
#include "zonedb/image_build_parts.h"
#include "zonedb/rrtype.h"

/* Power of two at which cnt entries fill at most three quarters. */
static uint64_t table_cap(uint64_t cnt)
{
	uint64_t cap = 16;
	while (cap / 4 * 3 < cnt)
		cap *= 2;
	return cap;
}

/* ---- names with addresses ------------------------------------------------------------------ */

bool node_has_address(const struct zone_node *node)
{
	return zone_node_rrset(node, RRTYPE_A) != NULL ||
	       zone_node_rrset(node, RRTYPE_AAAA) != NULL;
}

/* Names below a DNAME do not exist (RFC 6672, 2.4); below a cut they are glue. */
static bool below_dname(const struct zone *zone, const struct zone_node *node)
{
	while (node->flags & NODE_GLUE)
		node = &zone->node[node->parent];
	return node->flags & NODE_DNAME;
}

static uint64_t name_hash(const struct image_build *b, const uint8_t *name)
{
	struct padded_name padded;
	pad_name(&padded, name);
	return dname_hash(padded.wire, b->hash_seed);
}

static struct address_slot *address_at(const struct image_build *b, uint64_t hash)
{
	return &b->address.slot[hash & (b->address.cap - 1)];
}

static void address_put(const struct image_build *b, uint64_t hash, uint32_t idx)
{
	uint32_t tag = (uint32_t)(hash >> 32);
	while (address_at(b, hash)->node != 0)
		hash++;
	*address_at(b, hash) = (struct address_slot){.node = idx + 1, .tag = tag};
}

uint32_t address_table_find(const struct image_build *b, const struct padded_name *name)
{
	uint64_t hash = dname_hash(name->wire, b->hash_seed);
	uint32_t tag = (uint32_t)(hash >> 32);
	for (;; hash++) {
		const struct address_slot *slot = address_at(b, hash);
		if (slot->node == 0)
			return ZONE_NODE_NONE;
		const struct zone_node *node = &b->zone->node[slot->node - 1];
		if (slot->tag == tag && node->owner_len == name->len &&
			memcmp(node->owner, name->wire, name->len) == 0)
			return slot->node - 1;
	}
}

static uint64_t count_addresses(const struct zone *zone)
{
	uint64_t cnt = 0;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		zone_prefetch(zone, i);
		cnt += node_has_address(&zone->node[i]);
	}
	return cnt;
}

bool address_table_make(struct image_build *b)
{
	const struct zone *zone = b->zone;
	struct delay delay = {0};
	b->address.cap = table_cap(count_addresses(zone));
	b->address.slot = calloc(b->address.cap, sizeof(*b->address.slot));
	if (b->address.slot == NULL)
		return false;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		zone_prefetch(zone, i);
		if (!node_has_address(node) ||
			((node->flags & NODE_GLUE) && below_dname(zone, node)))
			continue;
		struct delayed item = {.hash = name_hash(b, node->owner), .value = i};
		__builtin_prefetch(address_at(b, item.hash));
		if (delay_swap(&delay, &item))
			address_put(b, item.hash, item.value);
	}
	for (struct delayed item; delay_take(&delay, &item);)
		address_put(b, item.hash, item.value);
	return true;
}

/* ---- sharing ------------------------------------------------------------------------------- */

static uint64_t rrset_hash(const struct image_build *b, const struct zone_rrset *rrset)
{
	uint64_t seed = fold_mix(b->hash_seed, (uint64_t)rrset->ttl_s << 16 | rrset->type);
	return fold_bytes(seed, rrset->rdata, rrset->rdata_len);
}

static bool rrset_equal(const struct zone_rrset *a, const struct zone_rrset *b)
{
	return a->type == b->type && a->ttl_s == b->ttl_s && a->rdata_len == b->rdata_len &&
	       (a->rdata == b->rdata || memcmp(a->rdata, b->rdata, a->rdata_len) == 0);
}

static void shared_put(struct shared_table *table, uint64_t hash, struct shared_entry entry)
{
	while (table->entry[hash & (table->cap - 1)].rrset != NULL)
		hash++;
	table->entry[hash & (table->cap - 1)] = entry;
}

static bool shared_grow(const struct image_build *b, struct shared_table *table)
{
	struct shared_table grown = {.cap = table_cap(table->cnt * 2), .cnt = table->cnt};
	grown.entry = calloc(grown.cap, sizeof(*grown.entry));
	if (grown.entry == NULL)
		return false;
	for (uint64_t i = 0; i < table->cap; i++)
		if (table->entry[i].rrset != NULL)
			shared_put(&grown, rrset_hash(b, table->entry[i].rrset), table->entry[i]);
	free(table->entry);
	*table = grown;
	return true;
}

struct shared_entry *shared_table_find(struct image_build *b, const struct zone_rrset *rrset)
{
	struct shared_table *table = &b->shared;
	if (table->cnt >= table->cap / 4 * 3 && !shared_grow(b, table))
		return NULL;
	uint64_t hash = rrset_hash(b, rrset);
	uint32_t tag = (uint32_t)(hash >> 32);
	for (;; hash++) {
		struct shared_entry *entry = &table->entry[hash & (table->cap - 1)];
		if (entry->rrset == NULL) {
			*entry = (struct shared_entry){.rrset = rrset, .tag = tag};
			table->cnt++;
			return entry;
		}
		if (entry->tag == tag && rrset_equal(entry->rrset, rrset))
			return entry;
	}
}

void shared_table_prefetch(const struct image_build *b, const struct zone_node *node)
{
	const struct zone_rrset *rrset = b->shared.cap > 0 ? node->rrset : NULL;
	bool live = b->zone->flags & IMAGE_LIVE;
	for (; rrset != NULL; rrset = rrset->next)
		if (rrset->sig_cnt == 0 && !(live && rrset->authoritative))
			__builtin_prefetch(
				&b->shared.entry[rrset_hash(b, rrset) & (b->shared.cap - 1)]);
}
