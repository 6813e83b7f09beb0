/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/image_build_parts.h"
#include "zonedb/image_check.h"
#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

struct writer {
	const struct image_build *b;
	uint8_t *image;
	uint64_t pos;
	uint64_t rrset_i;
	uint64_t hash[DNAME_LABEL_CNT_MAX + 1]; /* of the names on the way to the newest node */
	struct delay delay;			/* of the index */
	uint32_t extras_last;			/* newest fragment with extras; 0 = none */
};

static void *at_unit(const struct writer *w, uint32_t unit)
{
	return w->image + (uint64_t)unit * IMAGE_UNIT;
}

/* Owner of an NSEC3 record. */
static const uint8_t *nsec3_owner(const struct zone *zone, const uint8_t *hash,
	uint8_t name[static 1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX])
{
	name[0] = NSEC3_LABEL_LEN;
	nsec3_to_text((char *)name + 1, hash);
	memcpy(name + 1 + NSEC3_LABEL_LEN, zone->apex, zone->apex_len);
	return name;
}

static struct sig_key key_of(
	const struct zone *zone, uint32_t owner_idx, const struct fragment_source *src)
{
	uint8_t name[1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX];
	const struct zone_rrset *rrset = src->rrset;
	const uint8_t *owner = src->nsec3_hash != NULL ? nsec3_owner(zone, src->nsec3_hash, name)
						       : zone->node[owner_idx].owner;
	return sig_key_rrset(
		zone->live_id, owner, rrset->type, src->ttl_s, rrset->rdata, rrset->rdata_len);
}

/* Extras name RRsets that may not have been written yet: fragments that have some are chained
 * through their first one's .a until all nodes are there. */
static void chain_extras(struct writer *w, struct image_extra *first)
{
	first->a.v = w->extras_last;
	w->extras_last = (uint32_t)(w->pos / IMAGE_UNIT);
}

static void write_extras(struct writer *w)
{
	const struct image_header *img = (const struct image_header *)w->image;
	while (w->extras_last != 0) {
		const struct image_rrset *rrset = at_unit(w, w->extras_last);
		struct image_extra *extra = (struct image_extra *)image_rrset_extra(rrset);
		w->extras_last = extra->a.v;
		for (unsigned i = 0; i < rrset->extra_cnt; i++) {
			const struct image_node *node = image_node(img, extra[i].node);
			extra[i].a = lookup_rrset(node, RRTYPE_A);
			extra[i].aaaa = lookup_rrset(node, RRTYPE_AAAA);
		}
	}
}

/* Writes the fragment that belongs at w->pos. */
static void write_fragment(struct writer *w, uint32_t owner_idx, const struct fragment_source *src)
{
	struct fragment *f = w->b->fragment;
	if (!build_fragment(w->b, owner_idx, src))
		return; /* the first pass would have said so */
	for (unsigned i = 0; i < f->head.extra_cnt; i++)
		f->extra[i].node.v = w->b->node_ref[f->extra[i].node.v];
	if (f->head.extra_cnt > 0)
		chain_extras(w, &f->extra[0]);
	if (f->head.key_len > 0)
		f->key = key_of(w->b->zone, owner_idx, src);
	fragment_write(f, w->image + w->pos);
	w->pos += image_rrset_len(&f->head);
}

/* Writes an RRset if it is the first of its kind, which then belongs here. */
static uint32_t write_rrset(struct writer *w, uint32_t owner_idx, const struct fragment_source *src)
{
	uint32_t ref = w->b->rrset_ref[w->rrset_i++];
	if ((uint64_t)ref * IMAGE_UNIT == w->pos)
		write_fragment(w, owner_idx, src);
	return ref;
}

static struct image_bucket *bucket_at(const struct writer *w, uint32_t i)
{
	return (struct image_bucket *)at_unit(w, w->b->head.index_off) + i;
}

static void index_put(const struct writer *w, struct delayed item)
{
	const struct image_header *head = &w->b->head;
	uint32_t i = image_bucket_of(item.hash, head->index_bucket_cnt);
	while (bucket_at(w, i)->used == IMAGE_BUCKET_SLOTS) {
		bucket_at(w, i)->overflow = 1;
		i = i + 1 == head->index_bucket_cnt ? 0 : i + 1;
	}
	struct image_bucket *bucket = bucket_at(w, i);
	bucket->tag[bucket->used] = (uint16_t)item.hash;
	bucket->node[bucket->used++] = item.value;
}

/* Hashes a node, whose ancestors have been hashed, and puts it into the index. */
static void index_node(struct writer *w, const struct zone_node *node, struct node_ref ref)
{
	const struct image_header *head = &w->b->head;
	uint8_t label[DNAME_LABEL_MAX + 1 + DNAME_PAD] = {0};
	struct delayed item = {.hash = head->apex_hash, .value = ref.v};
	if (node->label_cnt > 0) {
		memcpy(label, node->owner, node->owner[0] + 1U);
		item.hash = dname_hash_label(w->hash[node->label_cnt - 1], label);
	}
	w->hash[node->label_cnt] = item.hash;
	__builtin_prefetch(bucket_at(w, image_bucket_of(item.hash, head->index_bucket_cnt)), 1);
	if (delay_swap(&w->delay, &item))
		index_put(w, item);
}

static uint32_t node_ref_of(const struct image_build *b, uint32_t idx)
{
	return idx == ZONE_NODE_NONE ? 0 : b->node_ref[idx];
}

/* A node's denial as the image says it: in NSEC3 zones by the record itself. */
static uint32_t denial_of(const struct image_build *b, uint32_t denial)
{
	bool by_record = b->zone->nsec3_cnt > 0 && denial != IMAGE_DENIAL_NONE;
	return by_record ? b->rrset_ref[b->nsec3_first + denial] : denial;
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
		.denial = denial_of(b, node->denial),
		.wildcard_denial = denial_of(b, node->wildcard_denial),
		.flags = node->flags,
		.rrset_cnt = rrset_cnt,
		.name_len = name_len,
		.label_cnt = node->label_cnt,
	};
	memcpy(out->rrset + rrset_cnt, node->owner, name_len);
	w->pos = (uint64_t)ref.v * IMAGE_UNIT + image_node_len(rrset_cnt, name_len);
	struct image_rrset_entry *entry = out->rrset;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next) {
		struct fragment_source src = source_of(b->zone, rrset);
		entry->type = rrset->type;
		(entry++)->rrset.v = write_rrset(w, idx, &src);
	}
	if (!(node->flags & NODE_GLUE))
		index_node(w, node, ref);
}

static void write_negative_soa(struct writer *w)
{
	struct fragment_source src = source_of_negative_soa(w->b->zone);
	if ((uint64_t)w->b->head.soa_negative.v * IMAGE_UNIT == w->pos)
		write_fragment(w, 0, &src);
}

/* Puts the i-th record into its line; *line_i is the last one begun. */
static void line_put(const struct writer *w, uint32_t i, uint64_t *line_i)
{
	const struct image_header *head = &w->b->head;
	const struct image_nsec3 *record = at_unit(w, head->nsec3_off);
	struct image_nsec3_line *line = at_unit(w, head->nsec3_line_off);
	uint64_t place = image_nsec3_place(record[i].hash_high, head->nsec3_line_cnt);
	for (; *line_i <= place >> 32; (*line_i)++)
		line[*line_i].rrset[0] = i > 0 ? record[i - 1].rrset.v : 0;
	line += place >> 32;
	if (line->used == IMAGE_NSEC3_SLOTS) {
		line->overflow = 1;
		return;
	}
	line->part[line->used] = (uint32_t)place;
	line->rrset[++line->used] = record[i].rrset.v;
}

/* The records stand in their table. */
static void write_nsec3_lines(const struct writer *w)
{
	const struct image_header *head = &w->b->head;
	const struct image_nsec3 *last = at_unit(w, head->nsec3_off);
	struct image_nsec3_line *line = at_unit(w, head->nsec3_line_off);
	uint64_t line_i = 0;
	last += head->nsec3_cnt - 1;
	for (uint32_t i = 0; i < head->nsec3_cnt; i++)
		line_put(w, i, &line_i);
	for (; line_i < head->nsec3_line_cnt; line_i++)
		line[line_i].rrset[0] = last->rrset.v;
	for (line_i = 0; line_i < head->nsec3_line_cnt && line[line_i].rrset[0] == 0; line_i++)
		line[line_i].rrset[0] = last->rrset.v;
}

static void write_nsec3(struct writer *w)
{
	const struct zone *zone = w->b->zone;
	const struct image_header *head = &w->b->head;
	struct image_nsec3 *record = at_unit(w, head->nsec3_off);
	uint64_t *low = at_unit(w, head->nsec3_low_off);
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		const uint8_t *hash = zone->nsec3[i].hash;
		struct fragment_source src = source_of_nsec3(zone, &zone->nsec3[i]);
		record[i] = (struct image_nsec3){
			.hash_high = wire_get_u64(hash),
			.hash_mid = wire_get_u32(hash + 8),
			.rrset = {write_rrset(w, 0, &src)},
		};
		low[i] = wire_get_u64(hash + 12);
	}
	write_nsec3_lines(w);
}

static void write_order_keys(const struct writer *w)
{
	const struct zone *zone = w->b->zone;
	struct image_order_key *level = at_unit(w, w->b->head.order_key_off);
	uint64_t cnt = zone->order_cnt, padded = image_order_padded(cnt);
	for (uint64_t i = 0; i < cnt; i++)
		level[i] =
			image_order_key_of(zone->node[zone->order[i]].owner, zone->apex_label_cnt);
	for (;;) {
		memset(level + cnt, 0xff, (padded - cnt) * sizeof(*level));
		if (cnt <= IMAGE_ORDER_FANOUT)
			return;
		struct image_order_key *above = level + padded;
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
	for (uint32_t i = 1; i < zone->node_cnt; i++) {
		zone_prefetch(zone, i);
		write_node(&w, i);
	}
	for (struct delayed item; delay_take(&w.delay, &item);)
		index_put(&w, item);
	write_extras(&w);
	if (zone->nsec3_cnt > 0)
		write_nsec3(&w);
	if (zone->order_cnt > 0)
		write_order(&w);
	head->checksum = image_checksum(dst, head->size);
}
