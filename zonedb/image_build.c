/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/image_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "zonedb/image_build_parts.h"
#include "zonedb/image_layout.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

#define INDEX_FILL   6 /* names per bucket on average: one bucket in 23 overflows its 10 slots */
#define NSEC3_FILL_2 5 /* records per two lines: one line in 240 overflows its 7 slots */
#define SHARED_AHEAD 4 /* nodes the sharing table is asked for ahead */

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

/* ---- fragments ----------------------------------------------------------------------------- */

/* Node of a name below owner, a node of the zone: names below follow it in canonical order, so it
 * is near. ZONE_NODE_NONE if it does not exist. */
static uint32_t find_below(const struct zone *zone, uint32_t owner, const uint8_t *name)
{
	uint32_t step = 1, low = owner, high = owner + 1;
	while (high < zone->node_cnt && dname_cmp(zone->node[high].owner, name) < 0) {
		low = high;
		step *= 2;
		high = step < zone->node_cnt - low ? low + step : zone->node_cnt;
	}
	return zone_find_between(zone, low, high < zone->node_cnt ? high + 1 : high, name);
}

/* Adds what a target's addresses are, unless it has none or is there already. */
static void add_extra(
	const struct image_build *b, const struct fragment_target *target, uint32_t owner_idx)
{
	const struct zone *zone = b->zone;
	const struct zone_node *owner = &zone->node[owner_idx];
	struct fragment *f = b->fragment;
	struct padded_name name;
	bool service = f->head.type == RRTYPE_SVCB || f->head.type == RRTYPE_HTTPS;
	if (service && *target->name == 0)
		return; /* the owner itself (RFC 9460, 2.5.2) */
	pad_name(&name, target->name);
	bool glue = f->head.type == RRTYPE_NS && (owner->flags & NODE_DELEGATION) &&
		    dname_is_under(name.wire, owner->owner);
	uint32_t idx = glue ? find_below(zone, owner_idx, name.wire) : address_table_find(b, &name);
	if (idx == ZONE_NODE_NONE || !node_has_address(&zone->node[idx]))
		return;
	for (unsigned i = 0; i < f->head.extra_cnt; i++)
		if (f->extra[i].node.v == idx)
			return;
	f->extra[f->head.extra_cnt++] =
		(struct image_extra){.node = {idx}, .name_pos = target->pos, .mandatory = glue};
}

bool build_fragment(
	const struct image_build *b, uint32_t owner_idx, const struct fragment_source *src)
{
	if (fragment_build(b->fragment, src) != 0)
		return false;
	for (unsigned i = 0; i < b->fragment->target_cnt; i++)
		add_extra(b, &b->fragment->target[i], owner_idx);
	return true;
}

static bool is_keyed(const struct zone *zone, const struct zone_rrset *rrset)
{
	return (zone->flags & IMAGE_LIVE) != 0 && rrset->authoritative;
}

struct fragment_source source_of(const struct zone *zone, const struct zone_rrset *rrset)
{
	return (struct fragment_source){
		.rrset = rrset,
		.ttl_s = rrset->ttl_s,
		.sig_ttl_s = rrset->sig_ttl_s,
		.keyed = is_keyed(zone, rrset),
	};
}

struct fragment_source source_of_negative_soa(const struct zone *zone)
{
	struct fragment_source src = source_of(zone, zone_node_rrset(&zone->node[0], RRTYPE_SOA));
	src.ttl_s = src.sig_ttl_s = zone->negative_ttl_s;
	return src;
}

struct fragment_source source_of_nsec3(const struct zone *zone, const struct zone_nsec3 *nsec3)
{
	struct fragment_source src = source_of(zone, nsec3->rrset);
	src.nsec3_hash = nsec3->hash;
	return src;
}

/* ---- what is shared ------------------------------------------------------------------------ */

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

static bool may_share(
	const struct zone *zone, const struct zone_node *owner, const struct zone_rrset *rrset)
{
	if (rrset->sig_cnt > 0 || is_keyed(zone, rrset))
		return false;
	bool referral = rrset->type == RRTYPE_NS && (owner->flags & NODE_DELEGATION);
	return !referral || !serves_itself(owner, rrset);
}

/* ---- first pass: where everything goes ----------------------------------------------------- */

struct plan {
	struct image_build *b;
	uint64_t pos; /* octets from the image's start */
	uint64_t rrset_i;
	char *err; /* [256] */
};

/* Reserves room for a new fragment; its reference, or 0 with p->err set. */
static uint32_t plan_fragment(struct plan *p, uint32_t owner_idx, const struct fragment_source *src)
{
	if (!build_fragment(p->b, owner_idx, src)) {
		fail_at(p->err, p->b->zone->node[owner_idx].owner, src->rrset->type,
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

static bool plan_rrset(struct plan *p, uint32_t owner_idx, const struct zone_rrset *rrset)
{
	const struct zone *zone = p->b->zone;
	struct fragment_source src = source_of(zone, rrset);
	struct shared_entry *entry = NULL;
	uint32_t ref = 0;
	if (may_share(zone, &zone->node[owner_idx], rrset)) {
		entry = shared_table_find(p->b, rrset);
		if (entry == NULL)
			return fail(p->err, "out of memory");
		ref = entry->ref;
	}
	if (ref == 0)
		ref = plan_fragment(p, owner_idx, &src);
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
		ref = plan_fragment(p, 0, &src);
	}
	p->b->head.soa_negative.v = ref;
	return ref != 0;
}

unsigned node_rrset_cnt(const struct zone_node *node)
{
	unsigned cnt = 0;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next)
		cnt++;
	return cnt;
}

uint8_t node_name_len(const struct zone *zone, const struct zone_node *node)
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
		if (!plan_rrset(p, idx, rrset))
			return false;
	if (node->label_cnt > p->b->head.label_cnt_max)
		p->b->head.label_cnt_max = node->label_cnt;
	return idx > 0 || plan_negative_soa(p);
}

static bool plan_body(struct plan *p)
{
	const struct zone *zone = p->b->zone;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		zone_prefetch(zone, i);
		if (i + SHARED_AHEAD < zone->node_cnt)
			shared_table_prefetch(p->b, &zone->node[i + SHARED_AHEAD]);
		if (!plan_node(p, i))
			return false;
	}
	p->b->nsec3_first = p->rrset_i;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		struct fragment_source src = source_of_nsec3(zone, &zone->nsec3[i]);
		uint32_t ref = plan_fragment(p, 0, &src);
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
	uint32_t flags = zone->flags & (IMAGE_SIGNED | IMAGE_PRESIGNED | IMAGE_LIVE | IMAGE_NARROW |
					       IMAGE_COMPACT);
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
		.live_id = {zone->live_id[0], zone->live_id[1]},
		.live_sig_len = zone->live_sig_len,
		.serial = zone->serial,
		.flags = image_flags(zone),
		.node_cnt = zone->node_cnt,
		.index_bucket_cnt = bucket_cnt(indexed_node_cnt(zone)),
		.nsec3_cnt = zone->nsec3_cnt,
		.nsec3_line_cnt =
			nsec3 ? 1 + (uint32_t)((uint64_t)zone->nsec3_cnt * 2 / NSEC3_FILL_2) : 0,
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
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		zone_prefetch(zone, i);
		rrset_cnt += node_rrset_cnt(&zone->node[i]);
	}
	b->node_ref = malloc(zone->node_cnt * sizeof(*b->node_ref));
	b->rrset_ref = malloc(rrset_cnt * sizeof(*b->rrset_ref));
	b->fragment = malloc(sizeof(*b->fragment));
	if (b->node_ref == NULL || b->rrset_ref == NULL || b->fragment == NULL)
		return false;
	fragment_init(b->fragment, zone->apex);
	return address_table_make(b);
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
