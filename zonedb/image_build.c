/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/image_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "zonedb/dname.h"
#include "zonedb/fold.h"
#include "zonedb/fragment.h"
#include "zonedb/image_check.h"
#include "zonedb/image_layout.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define INDEX_FILL 6 /* names per bucket on average: one bucket in 23 overflows its 10 slots */
#define NSEC3_FILL 2 /* records per directory slot (zonedb/nsec3.h) */

/* An RRset without signatures met before: what it says, and where its fragment stands. Signed ones
 * are never equal, as a signature covers the owner; neither are referrals with glue inside the
 * child, as the glue belongs to one child. */
struct shared_entry {
	const struct zone_rrset *rrset;
	uint32_t ref;
	uint32_t tag; /* more of the hash: spares looking at the RRset */
};

/* Open addressing over shared_entry, doubled at three quarters. */
struct shared_table {
	struct shared_entry *entry;
	uint64_t cap; /* power of two */
	uint64_t cnt;
};

/* Nodes with addresses by name: open addressing over node index + 1. */
struct address_table {
	uint32_t *slot;
	uint64_t cap; /* power of two */
};

struct image_build {
	const struct zone *zone;
	uint64_t hash_seed;
	struct image_header head;
	uint32_t *node_ref;  /* by node index */
	uint32_t *rrset_ref; /* by RRset in the order of the walk, then those of the nsec3 table */
	struct shared_table shared;
	struct address_table address;
	struct fragment *fragment; /* scratch; .extra holds node indices until it is written */
};

/* A name in lower case with the octets the hash may read behind it. */
struct padded_name {
	uint8_t wire[DNAME_LEN_MAX + DNAME_PAD];
	size_t len;
};

static void pad_name(struct padded_name *padded, const uint8_t *name)
{
	padded->len = dname_len(name);
	dname_lower(padded->wire, name, padded->len);
	memset(padded->wire + padded->len, 0, DNAME_PAD);
}

static bool fail_at(char err[static 256], const uint8_t *owner, uint16_t type, const char *what)
{
	char name[DNAME_TEXT_MAX], type_text[12];
	snprintf(err, 256, "%s %s: %s", dname_to_text(name, owner), rrtype_to_text(type_text, type),
		what);
	return false;
}

static bool fail(char err[static 256], const char *what)
{
	snprintf(err, 256, "%s", what);
	return false;
}

/* Power of two at which cnt entries fill at most three quarters. */
static uint64_t table_cap(uint64_t cnt)
{
	uint64_t cap = 16;
	while (cap / 4 * 3 < cnt)
		cap *= 2;
	return cap;
}

/* ---- names with addresses ------------------------------------------------------------------ */

static bool has_address(const struct zone_node *node)
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

static uint32_t *address_slot(const struct image_build *b, const uint8_t *name)
{
	const struct zone *zone = b->zone;
	struct padded_name padded;
	pad_name(&padded, name);
	for (uint64_t i = dname_hash(padded.wire, b->hash_seed);; i++) {
		uint32_t *slot = &b->address.slot[i & (b->address.cap - 1)];
		if (*slot == 0)
			return slot;
		const struct zone_node *node = &zone->node[*slot - 1];
		if (node->owner_len == padded.len &&
			memcmp(node->owner, padded.wire, padded.len) == 0)
			return slot;
	}
}

static bool make_address_table(struct image_build *b)
{
	const struct zone *zone = b->zone;
	uint64_t cnt = 0;
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		cnt += has_address(&zone->node[i]);
	b->address.cap = table_cap(cnt);
	b->address.slot = calloc(b->address.cap, sizeof(uint32_t));
	if (b->address.slot == NULL)
		return false;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		if (has_address(node) && !((node->flags & NODE_GLUE) && below_dname(zone, node)))
			*address_slot(b, node->owner) = i + 1;
	}
	return true;
}

/* ---- fragments ----------------------------------------------------------------------------- */

/* Adds what a target's addresses are, unless it has none or is there already. */
static void add_extra(const struct image_build *b, const struct fragment_target *target,
	const struct zone_node *owner)
{
	struct fragment *f = b->fragment;
	bool service = f->head.type == RRTYPE_SVCB || f->head.type == RRTYPE_HTTPS;
	bool referral = f->head.type == RRTYPE_NS && (owner->flags & NODE_DELEGATION);
	if (service && *target->name == 0)
		return; /* the owner itself (RFC 9460, 2.5.2) */
	uint32_t idx = *address_slot(b, target->name);
	if (idx-- == 0)
		return;
	for (unsigned i = 0; i < f->head.extra_cnt; i++)
		if (f->extra[i].node.v == idx)
			return;
	f->extra[f->head.extra_cnt++] = (struct image_extra){
		.node = {idx},
		.name_pos = target->pos,
		.mandatory = referral && dname_is_under(b->zone->node[idx].owner, owner->owner),
	};
}

/* Fills the fragment from an RRset of owner; false if it is too large. */
static bool build_fragment(const struct image_build *b, const struct zone_node *owner,
	const struct fragment_source *src)
{
	if (fragment_build(b->fragment, src) != 0)
		return false;
	for (unsigned i = 0; i < b->fragment->target_cnt; i++)
		add_extra(b, &b->fragment->target[i], owner);
	return true;
}

static struct fragment_source source_of(const struct zone_rrset *rrset)
{
	return (struct fragment_source){
		.rrset = rrset, .ttl_s = rrset->ttl_s, .sig_ttl_s = rrset->sig_ttl_s};
}

/* The SOA of negative answers (RFC 2308, 3). */
static struct fragment_source source_of_negative_soa(const struct zone *zone)
{
	return (struct fragment_source){
		.rrset = zone_node_rrset(&zone->node[0], RRTYPE_SOA),
		.ttl_s = zone->negative_ttl_s,
		.sig_ttl_s = zone->negative_ttl_s,
	};
}

static struct fragment_source source_of_nsec3(const struct zone_nsec3 *nsec3)
{
	struct fragment_source src = source_of(nsec3->rrset);
	src.nsec3_hash = nsec3->hash;
	return src;
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
	       memcmp(a->rdata, b->rdata, a->rdata_len) == 0;
}

/* Whether a delegation's NS names a server at or below the cut. */
static bool serves_itself(const struct zone_node *owner, const struct zone_rrset *rrset)
{
	const uint8_t *packed = rrset->rdata, *end = packed + rrset->rdata_len;
	for (; packed < end; packed += 2 + wire_get_u16(packed)) {
		struct padded_name target;
		pad_name(&target, packed + 2);
		if (dname_is_under(target.wire, owner->owner))
			return true;
	}
	return false;
}

static bool may_share(const struct zone_node *owner, const struct zone_rrset *rrset)
{
	if (rrset->sig_cnt > 0)
		return false;
	bool referral = rrset->type == RRTYPE_NS && (owner->flags & NODE_DELEGATION);
	return !referral || !serves_itself(owner, rrset);
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

/* Entry that says what rrset does; if there is none, a new one with .ref 0. NULL when memory is
 * out. */
static struct shared_entry *shared_find(struct image_build *b, const struct zone_rrset *rrset)
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

/* ---- first pass: where everything goes ----------------------------------------------------- */

struct plan {
	struct image_build *b;
	uint64_t pos; /* octets from the image's start */
	uint64_t rrset_i;
	char *err; /* [256] */
};

/* Reserves room for a new fragment; its reference, or 0 with p->err set. */
static uint32_t plan_fragment(
	struct plan *p, const struct zone_node *owner, const struct fragment_source *src)
{
	if (!build_fragment(p->b, owner, src)) {
		fail_at(p->err, owner->owner, src->rrset->type,
			"RRset with signatures is larger than a message");
		return 0;
	}
	uint64_t pos = p->pos;
	p->pos += image_rrset_len(&p->b->fragment->head);
	if (p->pos > IMAGE_LEN_MAX) {
		fail(p->err, "zone is larger than an image can be");
		return 0;
	}
	p->b->head.rrset_cnt++;
	return (uint32_t)(pos / IMAGE_UNIT);
}

static bool plan_rrset(
	struct plan *p, const struct zone_node *owner, const struct zone_rrset *rrset)
{
	struct fragment_source src = source_of(rrset);
	struct shared_entry *entry = NULL;
	uint32_t ref = 0;
	if (may_share(owner, rrset)) {
		entry = shared_find(p->b, rrset);
		if (entry == NULL)
			return fail(p->err, "out of memory");
		ref = entry->ref;
	}
	if (ref == 0)
		ref = plan_fragment(p, owner, &src);
	if (entry != NULL)
		entry->ref = ref;
	p->b->rrset_ref[p->rrset_i++] = ref;
	return ref != 0;
}

static bool plan_negative_soa(struct plan *p)
{
	const struct zone_node *apex = &p->b->zone->node[0];
	struct fragment_source src = source_of_negative_soa(p->b->zone);
	uint32_t ref = 0;
	if (src.ttl_s == src.rrset->ttl_s &&
		(src.rrset->sig_cnt == 0 || src.sig_ttl_s == src.rrset->sig_ttl_s)) {
		for (const struct zone_rrset *r = apex->rrset; r != src.rrset; r = r->next)
			ref++;
		ref = p->b->rrset_ref[ref];
	} else {
		ref = plan_fragment(p, apex, &src);
	}
	p->b->head.soa_negative.v = ref;
	return ref != 0;
}

static unsigned node_rrset_cnt(const struct zone_node *node)
{
	unsigned cnt = 0;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next)
		cnt++;
	return cnt;
}

static uint8_t node_name_len(const struct zone *zone, const struct zone_node *node)
{
	return (uint8_t)(node->owner_len - zone->apex_len);
}

static bool plan_node(struct plan *p, uint32_t idx)
{
	const struct zone *zone = p->b->zone;
	const struct zone_node *node = &zone->node[idx];
	unsigned rrset_cnt = node_rrset_cnt(node);
	if (rrset_cnt > NODE_RRSET_MAX)
		return fail_at(
			p->err, node->owner, node->rrset->type, "too many types at one name");
	uint64_t len = image_node_len((uint8_t)rrset_cnt, node_name_len(zone, node));
	p->pos = image_node_place(p->pos, len);
	p->b->node_ref[idx] = (uint32_t)(p->pos / IMAGE_UNIT);
	p->pos += len;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next)
		if (!plan_rrset(p, node, rrset))
			return false;
	if (node->label_cnt > p->b->head.label_cnt_max)
		p->b->head.label_cnt_max = node->label_cnt;
	return idx > 0 || plan_negative_soa(p);
}

static bool plan_body(struct plan *p)
{
	const struct zone *zone = p->b->zone;
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		if (!plan_node(p, i))
			return false;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		struct fragment_source src = source_of_nsec3(&zone->nsec3[i]);
		uint32_t ref = plan_fragment(p, &zone->node[0], &src);
		if (ref == 0)
			return false;
		p->b->rrset_ref[p->rrset_i++] = ref;
	}
	p->b->head.size = image_round_up(p->pos, IMAGE_ALIGN);
	return true;
}

/* Denial flags say what is there. */
static uint32_t image_flags(const struct zone *zone)
{
	uint32_t flags = zone->flags & (IMAGE_SIGNED | IMAGE_PRESIGNED);
	if (zone->order_cnt > 0)
		flags |= IMAGE_NSEC;
	if (zone->nsec3_cnt > 0)
		flags |= IMAGE_NSEC3;
	/* packed: length, algorithm, flags */
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++)
		if (zone->nsec3[i].rrset->rdata[3] & NSEC3_FLAG_OPTOUT)
			return flags | IMAGE_OPTOUT;
	return flags;
}

static uint64_t padded_apex_hash(const struct image_build *b)
{
	struct padded_name apex;
	pad_name(&apex, b->zone->apex);
	return dname_hash(apex.wire, b->hash_seed);
}

static uint32_t indexed_node_cnt(const struct zone *zone)
{
	uint32_t cnt = 0;
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		cnt += !(zone->node[i].flags & NODE_GLUE);
	return cnt;
}

static uint32_t bucket_cnt(uint32_t name_cnt)
{
	return name_cnt <= IMAGE_BUCKET_SLOTS ? 1 : name_cnt / INDEX_FILL + 1;
}

static struct image_header make_head(const struct image_build *b)
{
	const struct zone *zone = b->zone;
	bool nsec3 = zone->nsec3_cnt > 0;
	return (struct image_header){
		.magic = IMAGE_MAGIC,
		.layout = IMAGE_LAYOUT,
		.hash_seed = b->hash_seed,
		.fingerprint = {zone->fingerprint[0], zone->fingerprint[1]},
		.made_at_s = zone->made_at_s,
		.resign_at_s = zone->resign_at_s,
		.apex_hash = padded_apex_hash(b),
		.serial = zone->serial,
		.flags = image_flags(zone),
		.node_cnt = zone->node_cnt,
		.index_bucket_cnt = bucket_cnt(indexed_node_cnt(zone)),
		.nsec3_cnt = zone->nsec3_cnt,
		.nsec3_dir_cnt = nsec3 ? 1 + zone->nsec3_cnt / NSEC3_FILL : 0,
		.order_cnt = zone->order_cnt,
		.nsec3_iterations = nsec3 ? zone->nsec3_param.iterations : 0,
		.nsec3_salt_len = nsec3 ? zone->nsec3_param.salt_len : 0,
		.apex_len = zone->apex_len,
		.apex_label_cnt = zone->apex_label_cnt,
	};
}

static bool plan_memory(struct image_build *b)
{
	const struct zone *zone = b->zone;
	uint64_t rrset_cnt = zone->nsec3_cnt;
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		rrset_cnt += node_rrset_cnt(&zone->node[i]);
	b->node_ref = malloc(zone->node_cnt * sizeof(*b->node_ref));
	b->rrset_ref = malloc(rrset_cnt * sizeof(*b->rrset_ref));
	b->fragment = malloc(sizeof(*b->fragment));
	if (b->node_ref == NULL || b->rrset_ref == NULL || b->fragment == NULL)
		return false;
	fragment_init(b->fragment, zone->apex);
	return make_address_table(b);
}

struct image_build *image_build_new(
	const struct zone *zone, uint64_t hash_seed, char err[static 256])
{
	struct image_build *b = calloc(1, sizeof(*b));
	if (b == NULL || (b->zone = zone, b->hash_seed = hash_seed, !plan_memory(b))) {
		fail(err, "out of memory");
		return image_build_free(b);
	}
	b->head = make_head(b);
	struct plan p = {.b = b, .err = err};
	p.pos = image_place_tables(&b->head);
	if (!plan_body(&p))
		return image_build_free(b);
	b->head.apex.v = b->node_ref[0];
	/* the sharing table has done its work; what writing needs is small */
	free(b->shared.entry);
	b->shared = (struct shared_table){0};
	return b;
}

uint64_t image_build_size(const struct image_build *build)
{
	return build->head.size;
}

struct image_build *image_build_free(struct image_build *build)
{
	if (build == NULL)
		return NULL;
	free(build->node_ref);
	free(build->rrset_ref);
	free(build->shared.entry);
	free(build->address.slot);
	free(build->fragment);
	free(build);
	return NULL;
}

/* ---- second pass: writing ------------------------------------------------------------------ */

struct writer {
	const struct image_build *b;
	uint8_t *image;
	uint64_t pos;
	uint64_t rrset_i;
	uint64_t hash[DNAME_LABEL_CNT_MAX + 1]; /* of the names on the way to the newest node */
};

static void *at_unit(const struct writer *w, uint32_t unit)
{
	return w->image + (uint64_t)unit * IMAGE_UNIT;
}

/* Writes the fragment that belongs at w->pos. */
static void write_fragment(
	struct writer *w, const struct zone_node *owner, const struct fragment_source *src)
{
	struct fragment *f = w->b->fragment;
	if (!build_fragment(w->b, owner, src))
		return; /* the first pass would have said so */
	for (unsigned i = 0; i < f->head.extra_cnt; i++)
		f->extra[i].node.v = w->b->node_ref[f->extra[i].node.v];
	fragment_write(f, w->image + w->pos);
	w->pos += image_rrset_len(&f->head);
}

/* Writes an RRset if it is the first of its kind, which then belongs here. */
static uint32_t write_rrset(
	struct writer *w, const struct zone_node *owner, const struct fragment_source *src)
{
	uint32_t ref = w->b->rrset_ref[w->rrset_i++];
	if ((uint64_t)ref * IMAGE_UNIT == w->pos)
		write_fragment(w, owner, src);
	return ref;
}

static void index_node(struct writer *w, const struct zone_node *node, struct node_ref ref)
{
	const struct image_header *head = &w->b->head;
	struct image_bucket *bucket = at_unit(w, head->index_off);
	uint8_t label[DNAME_LABEL_MAX + 1 + DNAME_PAD] = {0};
	uint64_t hash = head->apex_hash;
	if (node->label_cnt > 0) {
		memcpy(label, node->owner, node->owner[0] + 1U);
		hash = dname_hash_label(w->hash[node->label_cnt - 1], label);
	}
	w->hash[node->label_cnt] = hash;
	uint32_t i = image_bucket_of(hash, head->index_bucket_cnt);
	while (bucket[i].used == IMAGE_BUCKET_SLOTS) {
		bucket[i].overflow = 1;
		i = i + 1 == head->index_bucket_cnt ? 0 : i + 1;
	}
	bucket[i].tag[bucket[i].used] = (uint16_t)hash;
	bucket[i].node[bucket[i].used++] = ref.v;
}

static uint32_t node_ref_of(const struct image_build *b, uint32_t idx)
{
	return idx == ZONE_NODE_NONE ? 0 : b->node_ref[idx];
}

static void write_node(struct writer *w, uint32_t idx)
{
	const struct image_build *b = w->b;
	const struct zone_node *node = &b->zone->node[idx];
	uint8_t rrset_cnt = (uint8_t)node_rrset_cnt(node);
	uint8_t name_len = node_name_len(b->zone, node);
	struct node_ref ref = {b->node_ref[idx]};
	struct image_node *out = at_unit(w, ref.v);
	*out = (struct image_node){
		.parent = {node_ref_of(b, node->parent)},
		.wildcard = {node_ref_of(b, node->wildcard)},
		.denial = node->denial,
		.wildcard_denial = node->wildcard_denial,
		.flags = node->flags,
		.rrset_cnt = rrset_cnt,
		.name_len = name_len,
		.label_cnt = node->label_cnt,
	};
	memcpy(out->rrset + rrset_cnt, node->owner, name_len);
	w->pos = (uint64_t)ref.v * IMAGE_UNIT + image_node_len(rrset_cnt, name_len);
	struct image_rrset_entry *entry = out->rrset;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next) {
		struct fragment_source src = source_of(rrset);
		entry->type = rrset->type;
		(entry++)->rrset.v = write_rrset(w, node, &src);
	}
	if (!(node->flags & NODE_GLUE))
		index_node(w, node, ref);
}

static void write_negative_soa(struct writer *w)
{
	struct fragment_source src = source_of_negative_soa(w->b->zone);
	if ((uint64_t)w->b->head.soa_negative.v * IMAGE_UNIT == w->pos)
		write_fragment(w, &w->b->zone->node[0], &src);
}

static void write_nsec3(struct writer *w)
{
	const struct zone *zone = w->b->zone;
	const struct image_header *head = &w->b->head;
	struct image_nsec3 *record = at_unit(w, head->nsec3_off);
	uint64_t *low = at_unit(w, head->nsec3_low_off);
	uint32_t *dir = at_unit(w, head->nsec3_dir_off);
	uint32_t slot = 0;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		const uint8_t *hash = zone->nsec3[i].hash;
		struct fragment_source src = source_of_nsec3(&zone->nsec3[i]);
		record[i] = (struct image_nsec3){
			.hash_high = wire_get_u64(hash),
			.hash_mid = wire_get_u32(hash + 8),
			.rrset = {write_rrset(w, &zone->node[0], &src)},
		};
		low[i] = wire_get_u64(hash + 12);
		while (slot <= image_nsec3_slot(record[i].hash_high, head->nsec3_dir_cnt))
			dir[slot++] = i;
	}
	while (slot <= head->nsec3_dir_cnt)
		dir[slot++] = zone->nsec3_cnt;
}

static void write_order_keys(const struct writer *w)
{
	const struct zone *zone = w->b->zone;
	uint64_t *level = at_unit(w, w->b->head.order_key_off);
	uint64_t cnt = zone->order_cnt, padded = image_order_padded(cnt);
	for (uint64_t i = 0; i < cnt; i++) {
		uint8_t key[sizeof(uint64_t)];
		dname_sort_key(
			key, sizeof(key), zone->node[zone->order[i]].owner, zone->apex_label_cnt);
		level[i] = wire_get_u64(key);
	}
	for (;;) {
		memset(level + cnt, 0xff, (padded - cnt) * sizeof(*level));
		if (cnt <= IMAGE_ORDER_FANOUT)
			return;
		uint64_t *above = level + padded;
		for (uint64_t i = 0; i < padded / IMAGE_ORDER_FANOUT; i++)
			above[i] = level[i * IMAGE_ORDER_FANOUT];
		level = above;
		cnt = padded / IMAGE_ORDER_FANOUT;
		padded = image_order_padded(cnt);
	}
}

static void write_order(const struct writer *w)
{
	const struct zone *zone = w->b->zone;
	struct node_ref *order = at_unit(w, w->b->head.order_off);
	for (uint32_t i = 0; i < zone->order_cnt; i++)
		order[i].v = w->b->node_ref[zone->order[i]];
	write_order_keys(w);
}

void image_build_write(const struct image_build *build, void *dst)
{
	const struct zone *zone = build->zone;
	struct image_header *head = dst;
	struct writer w = {.b = build, .image = dst};
	memset(dst, 0, build->head.size);
	memcpy(head, &build->head, sizeof(*head));
	memcpy(head->names, zone->apex, zone->apex_len);
	memcpy(head->names + zone->apex_len, zone->nsec3_param.salt, head->nsec3_salt_len);
	write_node(&w, 0);
	write_negative_soa(&w);
	for (uint32_t i = 1; i < zone->node_cnt; i++)
		write_node(&w, i);
	if (zone->nsec3_cnt > 0)
		write_nsec3(&w);
	if (zone->order_cnt > 0)
		write_order(&w);
	head->checksum = image_checksum(dst, head->size);
}
