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

/* Order and directory; that the records are the right ones the body's walk has seen. */
bool image_check_nsec3(struct image_check *c)
{
	const struct image_header *img = c->img;
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	const uint64_t *low = image_at(img, img->nsec3_low_off);
	const uint32_t *dir = image_at(img, img->nsec3_dir_off);
	uint64_t pos = (uint64_t)img->nsec3_off * IMAGE_UNIT, slot = 0;
	if (img->nsec3_cnt == 0)
		return true;
	for (uint32_t i = 0; i < img->nsec3_cnt; i++) {
		if (i > 0 && !nsec3_ascends(record, low, i))
			return image_check_fail(c, "nsec3 table", pos, "not in order");
		for (; slot <= image_nsec3_slot(record[i].hash_high, img->nsec3_dir_cnt); slot++)
			if (dir[slot] != i)
				return image_check_fail(c, "nsec3 table", pos, "wrong directory");
	}
	for (; slot <= img->nsec3_dir_cnt; slot++)
		if (dir[slot] != img->nsec3_cnt)
			return image_check_fail(c, "nsec3 table", pos, "wrong directory");
	return true;
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
