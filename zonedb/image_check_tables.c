/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables before the body, which has been checked.
 */
#include "zonedb/dname.h"
#include "zonedb/image_check_parts.h"
#include "zonedb/lookup.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

/* ---- index --------------------------------------------------------------------------------- */

static uint64_t node_hash(const struct image_check *c, const struct image_node *node)
{
	uint8_t name[DNAME_LEN_MAX + DNAME_PAD] = {0};
	image_check_name(c, name, node);
	return dname_hash(name, c->img->hash_seed);
}

/* Full buckets in a row before bucket i (wrapping round) that send a search on to it; all of them
 * is cnt, and wrong: a search would not end. */
static uint32_t run_before_first(const struct image_bucket *bucket, uint32_t cnt)
{
	uint32_t run = 0;
	while (run < cnt && bucket[cnt - 1 - run].overflow)
		run++;
	return run;
}

/* A search for the node in slot of bucket i comes to it; run buckets before it overflow. */
static bool check_slot(struct image_check *c, const struct image_bucket *bucket, uint32_t i,
	unsigned slot, uint32_t run)
{
	const struct image_header *img = c->img;
	uint64_t pos = (uint64_t)img->index_off * IMAGE_UNIT + (uint64_t)i * sizeof(*bucket);
	struct node_ref ref = {bucket[i].node[slot]};
	if (!image_check_ref(c, &c->nodes, ref.v))
		return image_check_fail(c, "index", pos, "no node, or one twice");
	const struct image_node *node = image_node(img, ref);
	if (node->flags & NODE_GLUE)
		return image_check_fail(c, "index", pos, "glue");
	unit_map_clear(&c->nodes, ref.v);
	uint64_t hash = node_hash(c, node);
	uint32_t home = image_bucket_of(hash, img->index_bucket_cnt);
	uint32_t distance = i >= home ? i - home : i + img->index_bucket_cnt - home;
	if (bucket[i].tag[slot] != (uint16_t)hash || distance > run)
		return image_check_fail(c, "index", pos, "node cannot be found here");
	return true;
}

bool image_check_index(struct image_check *c)
{
	const struct image_header *img = c->img;
	const struct image_bucket *bucket = image_at(img, img->index_off);
	uint64_t found_cnt = 0, pos = (uint64_t)img->index_off * IMAGE_UNIT;
	uint32_t run = run_before_first(bucket, img->index_bucket_cnt);
	if (run == img->index_bucket_cnt)
		return image_check_fail(c, "index", pos, "a search would not end");
	for (uint32_t i = 0; i < img->index_bucket_cnt; i++, pos += sizeof(*bucket)) {
		if (bucket[i].used > IMAGE_BUCKET_SLOTS || bucket[i].overflow > 1 ||
			bucket[i].reserved[0] != 0 || bucket[i].reserved[1] != 0)
			return image_check_fail(c, "index", pos, "malformed bucket");
		for (unsigned slot = 0; slot < bucket[i].used; slot++)
			if (!check_slot(c, bucket, i, slot, run))
				return false;
		found_cnt += bucket[i].used;
		run = bucket[i].overflow ? run + 1 : 0;
	}
	return found_cnt == c->indexed_cnt ||
	       image_check_fail(c, "index", pos, "a name is missing");
}

/* ---- nsec3 --------------------------------------------------------------------------------- */

static bool nsec3_ascends(const struct image_nsec3 *record, const uint64_t *low, uint32_t i)
{
	const struct image_nsec3 *a = &record[i - 1], *b = &record[i];
	if (a->hash_high != b->hash_high)
		return a->hash_high < b->hash_high;
	return a->hash_mid != b->hash_mid ? a->hash_mid < b->hash_mid : low[i - 1] < low[i];
}

static bool fail_nsec3(struct image_check *c, const char *cause)
{
	return image_check_fail(c, "nsec3 table", (uint64_t)c->img->nsec3_off * IMAGE_UNIT, cause);
}

/* The line lists the records from i on that are its share. Returns the first that is not, or
 * UINT32_MAX if the line is wrong. */
static uint32_t check_line(const struct image_header *img, uint32_t line_i, uint32_t i)
{
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	const struct image_nsec3_line *line =
		(const struct image_nsec3_line *)image_at(img, img->nsec3_line_off) + line_i;
	uint32_t before = i > 0 ? i - 1 : img->nsec3_cnt - 1, used = 0;
	if (line->rrset[0] != record[before].rrset.v || line->reserved[0] != 0 ||
		line->reserved[1] != 0 || line->used > IMAGE_NSEC3_SLOTS)
		return UINT32_MAX;
	for (;; i++) {
		uint64_t place = i < img->nsec3_cnt ? image_nsec3_place(record[i].hash_high,
							      img->nsec3_line_cnt)
						    : UINT64_MAX;
		if (place >> 32 != line_i || used == IMAGE_NSEC3_SLOTS)
			break;
		if (used == line->used || line->part[used] != (uint32_t)place ||
			line->rrset[used + 1] != record[i].rrset.v)
			return UINT32_MAX;
		used++;
	}
	uint32_t listed = i;
	while (i < img->nsec3_cnt &&
		image_nsec3_place(record[i].hash_high, img->nsec3_line_cnt) >> 32 == line_i)
		i++;
	return used == line->used && line->overflow == (i > listed) ? i : UINT32_MAX;
}

/* Order and lines; that the records are the right ones the body's walk has seen. */
bool image_check_nsec3(struct image_check *c)
{
	const struct image_header *img = c->img;
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	const uint64_t *low = image_at(img, img->nsec3_low_off);
	for (uint32_t i = 1; i < img->nsec3_cnt; i++)
		if (!nsec3_ascends(record, low, i))
			return fail_nsec3(c, "not in order");
	uint32_t i = 0;
	for (uint32_t line_i = 0; line_i < img->nsec3_line_cnt && i != UINT32_MAX; line_i++)
		i = check_line(img, line_i, i);
	return img->nsec3_cnt == 0 || i == img->nsec3_cnt || fail_nsec3(c, "wrong line");
}

/* ---- order --------------------------------------------------------------------------------- */

static bool fail_order(struct image_check *c, const char *cause)
{
	return image_check_fail(c, "order table", (uint64_t)c->img->order_off * IMAGE_UNIT, cause);
}

static bool has_nsec(const struct image_node *node)
{
	for (unsigned i = 0; i < node->rrset_cnt; i++)
		if (node->rrset[i].type == RRTYPE_NSEC)
			return true;
	return false;
}

static bool same_key(struct image_order_key a, struct image_order_key b)
{
	return a.high == b.high && a.low == b.low;
}

static struct image_order_key order_key(const struct image_check *c, const struct image_node *node)
{
	uint8_t name[DNAME_LEN_MAX];
	image_check_name(c, name, node);
	return image_order_key_of(name, c->img->apex_label_cnt);
}

static bool check_owners(struct image_check *c)
{
	const struct image_header *img = c->img;
	const struct node_ref *order = image_at(img, img->order_off);
	const struct image_order_key *key = image_at(img, img->order_key_off);
	if (order[0].v != img->apex.v)
		return fail_order(c, "does not begin with the apex");
	for (uint32_t i = 0; i < img->order_cnt; i++) {
		/* nodes stand in canonical order, so their references ascend with their names */
		if (!image_check_ref(c, &c->nodes, order[i].v) ||
			(i > 0 && order[i - 1].v >= order[i].v))
			return fail_order(c, "not in canonical order");
		const struct image_node *node = image_node(img, order[i]);
		if (!has_nsec(node) || (node->flags & NODE_GLUE))
			return fail_order(c, "name without NSEC");
		if (!same_key(key[i], order_key(c, node)))
			return fail_order(c, "wrong key");
	}
	return true;
}

static bool check_padding(const struct image_order_key *key, uint64_t cnt)
{
	for (uint64_t i = cnt; i < image_order_padded(cnt); i++)
		if (image_order_number(key[i]) + 1 != 0)
			return false;
	return true;
}

static bool check_tree(struct image_check *c)
{
	const struct image_order_key *key = image_at(c->img, c->img->order_key_off);
	uint64_t cnt = c->img->order_cnt;
	for (; check_padding(key, cnt); key += image_order_padded(cnt),
		cnt = image_order_padded(cnt) / IMAGE_ORDER_FANOUT) {
		const struct image_order_key *above = key + image_order_padded(cnt);
		if (cnt <= IMAGE_ORDER_FANOUT)
			return true;
		for (uint64_t i = 0; i < image_order_padded(cnt) / IMAGE_ORDER_FANOUT; i++)
			if (!same_key(above[i], key[i * IMAGE_ORDER_FANOUT]))
				return fail_order(c, "malformed search tree");
	}
	return fail_order(c, "malformed search tree");
}

bool image_check_order(struct image_check *c)
{
	return c->img->order_cnt == 0 || (check_owners(c) && check_tree(c));
}
