/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/lookup.h"

#include "zonedb/bucket_match.h"
#include "zonedb/prefetch.h"
#include "zonedb/wire.h"

enum lookup_state {
	STATE_APEX,    /* at the apex; the bucket of the label below it is on its way */
	STATE_PROBE,   /* .bucket is on its way */
	STATE_COMPARE, /* .candidate is on its way */
};

/* ---- the walk ------------------------------------------------------------------------------ */

static const struct image_bucket *bucket_at(const struct lookup *l)
{
	return (const struct image_bucket *)image_at(l->img, l->img->index_off) + l->bucket;
}

/* Goes for the name one label below .node; labels are left. */
static void seek_child(struct lookup *l)
{
	const uint8_t *label = l->q->wire + l->q->label_off[l->left - 1];
	l->hash = dname_hash_label(l->hash, label);
	l->bucket = image_bucket_of(l->hash, l->img->index_bucket_cnt);
	l->state = STATE_PROBE;
	prefetch_near(bucket_at(l));
}

/* What arriving at .node means. */
static enum lookup_outcome arrive(const struct lookup *l)
{
	if (l->node->flags & NODE_DELEGATION)
		return LOOKUP_DELEGATION;
	if (l->left == 0)
		return LOOKUP_FOUND;
	return l->node->flags & NODE_DNAME ? LOOKUP_DNAME : LOOKUP_RUNNING;
}

/* Takes the next slot of the bucket whose tag matches, or goes on to the next bucket. */
static enum lookup_outcome next_candidate(struct lookup *l)
{
	const struct image_bucket *bucket = bucket_at(l);
	if (l->slots != 0) {
		l->candidate.v = bucket->node[__builtin_ctz(l->slots)];
		l->slots &= (uint16_t)(l->slots - 1);
		l->state = STATE_COMPARE;
		/* a node is one line (image_node_place()), or long and rare */
		prefetch_near(image_node(l->img, l->candidate));
		return LOOKUP_RUNNING;
	}
	if (!bucket->overflow)
		return LOOKUP_MISSING;
	l->bucket = l->bucket + 1 == l->img->index_bucket_cnt ? 0 : l->bucket + 1;
	l->state = STATE_PROBE;
	prefetch_near(bucket_at(l));
	return LOOKUP_RUNNING;
}

static enum lookup_outcome probe(struct lookup *l)
{
	l->slots = (uint16_t)bucket_match(bucket_at(l), (uint16_t)l->hash);
	return next_candidate(l);
}

/* Whether node is the name one label below .node on the question's way. */
static bool is_child(const struct lookup *l, const struct image_node *node)
{
	unsigned off = l->q->label_off[l->left - 1], len = l->apex_off - off;
	return node->name_len == len && dname_same(image_node_name(node), l->q->wire + off, len);
}

static enum lookup_outcome compare(struct lookup *l)
{
	const struct image_node *node = image_node(l->img, l->candidate);
	if (!is_child(l, node))
		return next_candidate(l); /* another name with this tag */
	l->node = node;
	l->label_cnt++;
	l->left--;
	enum lookup_outcome outcome = arrive(l);
	if (outcome == LOOKUP_RUNNING)
		seek_child(l);
	return outcome;
}

void lookup_start(struct lookup *l, const struct image_header *img, const struct qname *q)
{
	l->img = img;
	l->q = q;
	l->node = image_node(img, img->apex);
	l->hash = img->apex_hash;
	l->label_cnt = 0;
	l->left = (uint8_t)(q->label_cnt - img->apex_label_cnt);
	l->apex_off = q->label_off[l->left];
	prefetch_near(l->node);
	if (l->left > 0)
		seek_child(l);
	l->state = STATE_APEX;
}

enum lookup_outcome lookup_step(struct lookup *l)
{
	enum lookup_outcome outcome = LOOKUP_RUNNING;
	if (l->state == STATE_APEX)
		outcome = arrive(l);
	if (outcome == LOOKUP_RUNNING)
		outcome = l->state == STATE_COMPARE ? compare(l) : probe(l);
	l->outcome = (uint8_t)outcome;
	return outcome;
}

struct rrset_ref lookup_rrset(const struct image_node *node, uint16_t type)
{
	for (unsigned i = 0; i < node->rrset_cnt && node->rrset[i].type <= type; i++)
		if (node->rrset[i].type == type)
			return node->rrset[i].rrset;
	return (struct rrset_ref){0};
}

/* ---- canonical order ----------------------------------------------------------------------- */

struct image_order_key image_order_key_of(const uint8_t *name, unsigned apex_label_cnt)
{
	uint8_t key[sizeof(struct image_order_key)];
	dname_sort_key(key, sizeof(key), name, apex_label_cnt);
	return (struct image_order_key){wire_get_u64(key), wire_get_u64(key + 8)};
}

/* The search tree, taken apart: level 0 has all keys. */
struct order_tree {
	const struct image_order_key *key[IMAGE_ORDER_LEVEL_MAX];
	unsigned level_cnt;
};

static void open_tree(struct order_tree *tree, const struct image_header *img)
{
	const struct image_order_key *key = image_at(img, img->order_key_off);
	uint64_t cnt = img->order_cnt;
	tree->level_cnt = 0;
	for (;;) {
		tree->key[tree->level_cnt++] = key;
		if (cnt <= IMAGE_ORDER_FANOUT)
			return;
		key += image_order_padded(cnt);
		cnt = image_order_padded(cnt) / IMAGE_ORDER_FANOUT;
	}
}

/* Number of keys below bound, which is not 0. A level's answer n says that the level below has its
 * own among the children of the n-th key here: one cache line per level. */
static uint64_t keys_below(const struct order_tree *tree, unsigned __int128 bound)
{
	uint64_t cnt = 1;
	for (unsigned level = tree->level_cnt; level > 0 && cnt > 0; level--) {
		uint64_t first = (cnt - 1) * IMAGE_ORDER_FANOUT;
		const struct image_order_key *key = tree->key[level - 1] + first;
		unsigned below = 0;
		for (unsigned i = 0; i < IMAGE_ORDER_FANOUT; i++)
			below += image_order_number(key[i]) < bound;
		cnt = first + below;
	}
	return cnt;
}

/* Order of the i-th owner against the question. */
static int owner_cmp(const struct image_header *img, uint64_t i, const struct qname *q)
{
	const struct node_ref *order = image_at(img, img->order_off);
	const struct image_node *node = image_node(img, order[i]);
	uint8_t name[DNAME_LEN_MAX];
	memcpy(name, image_node_name(node), node->name_len);
	memcpy(name + node->name_len, image_apex(img), img->apex_len);
	return dname_cmp(name, q->wire);
}

uint32_t lookup_order(const struct image_header *img, const struct qname *q)
{
	struct order_tree tree;
	unsigned __int128 key =
		image_order_number(image_order_key_of(q->wire, img->apex_label_cnt));
	if (key == 0)
		return 0; /* the apex itself */
	open_tree(&tree, img);
	/* low: owners surely before the question; high: those that may be at or before it. The key
	 * after the last one would be 0: then all that is left may be. */
	uint64_t low = keys_below(&tree, key), high = img->order_cnt;
	if (key + 1 != 0 && low < high)
		high = image_order_number(tree.key[0][low]) == key ? keys_below(&tree, key + 1)
								   : low;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (owner_cmp(img, mid, q) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return (uint32_t)(low - 1);
}
