/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/denial.h"

#include "dataplane/answer/respond.h"
#include "zonedb/nsec3.h"

static const struct image_node *order_node(const struct image_header *img, uint32_t idx)
{
	const struct node_ref *order = image_at(img, img->order_off);
	return image_node(img, order[idx]);
}

static bool is_compact(const struct task *t)
{
	return (t->zone->img->flags & IMAGE_COMPACT) != 0;
}

static bool is_there(const struct task *t, const struct image_rrset *rrset)
{
	for (unsigned i = 0; i < t->authority_cnt; i++)
		if (t->authority[i].rrset == rrset)
			return true;
	return false;
}

/* Adds an NSEC3 record unless it is there. */
static void add_nsec3(struct task *t, uint32_t ref)
{
	const struct image_rrset *rrset = image_rrset(t->zone->img, (struct rrset_ref){ref});
	if (ref == IMAGE_DENIAL_NONE || is_there(t, rrset))
		return;
	respond_prefetch(rrset, PREFETCH_NSEC3 + t->zone->sig_len);
	respond_add_authority(t)->rrset = rrset;
}

/* Adds the NSEC record node owns unless it is there. */
static void add_nsec(struct task *t, const struct image_node *node)
{
	struct rrset_ref ref = lookup_rrset(node, RRTYPE_NSEC);
	if (ref.v == 0)
		return;
	const struct image_rrset *rrset = image_rrset(t->zone->img, ref);
	if (is_there(t, rrset))
		return;
	struct part *p = respond_add_authority(t);
	p->rrset = rrset;
	respond_owner_node(t, p, node);
}

static void add_order(struct task *t, uint32_t idx)
{
	if (idx != IMAGE_DENIAL_NONE)
		add_nsec(t, order_node(t->zone->img, idx));
}

/* The NSEC that covers the current name. */
static void add_covering_nsec(struct task *t)
{
	add_order(t, lookup_order(t->zone->img, &t->q));
}

/* Adds the match of the closest provable encloser of node and, where that is not node itself, the
 * cover of the name below it towards node. Returns the encloser. */
static const struct image_node *add_provable_encloser(struct task *t, const struct image_node *node)
{
	const struct image_node *below = NULL;
	while ((node->flags & NODE_DENIAL_MATCH) == 0 && node->parent.v != 0) {
		below = node;
		node = image_node(t->zone->img, node->parent);
	}
	add_nsec3(t, node->denial);
	if (below != NULL)
		add_nsec3(t, below->denial);
	return node;
}

/* ---- made while answering ------------------------------------------------------------------ */

static bool is_covered(const struct task *t)
{
	for (unsigned i = 0; i < t->authority_cnt; i++) {
		const struct part *p = &t->authority[i];
		if ((p->what & PART_COVER) != 0 && p->zone->img == t->zone->img &&
			memcmp(p->made->hash, t->hash, sizeof(t->hash)) == 0)
			return true;
	}
	return false;
}

/* Narrow zones: the cover of the next closer name, unless it is there. */
static __attribute__((noinline)) void add_narrow_cover(struct task *t)
{
	if (is_covered(t))
		return;
	struct part *p = respond_add_authority(t);
	p->rrset = NULL;
	p->owner_off = task_suffix_off(t, t->next_closer_idx);
	memcpy(respond_make(t, p, PART_COVER)->hash, t->hash, sizeof(t->hash));
}

/* Compact zones: the NSEC of the current name, which is missing, or which a wildcard with this NSEC
 * stands for. */
static void add_compact(struct task *t, const struct image_rrset *wildcard)
{
	struct part *p = respond_add_authority(t);
	p->rrset = wildcard;
	p->owner_off = t->sname_off;
	respond_make(t, p, wildcard != NULL ? PART_EXPANDED : PART_COMPACT);
}

/* ---- proofs -------------------------------------------------------------------------------- */

/* Has the name one label below encloser towards the current name hashed, and its cover added. */
static void hash_next_closer(struct answer *a, struct task *t, const struct image_node *encloser)
{
	unsigned below = t->q.label_cnt - t->zone->img->apex_label_cnt;
	t->next_closer_idx = (uint8_t)(below - encloser->label_cnt - 1U);
	counter_add(a->counters, COUNTER_NSEC3_HASHES, 1);
	t->flags |= TASK_HASHING;
}

void denial_nodata(struct answer *a, struct task *t, const struct image_node *node)
{
	(void)a;
	if (!t->zone->has_denial)
		return;
	if (t->zone->img->flags & IMAGE_NSEC3)
		add_provable_encloser(t, node);
	else if ((node->flags & NODE_DENIAL_MATCH) != 0 || is_compact(t))
		add_nsec(t, node);
	else
		add_order(t, node->denial);
}

static void nxdomain_nsec3(struct answer *a, struct task *t, const struct image_node *encloser)
{
	const struct image_node *provable = add_provable_encloser(t, encloser);
	add_nsec3(t, provable->wildcard_denial);
	if (provable == encloser)
		hash_next_closer(a, t, encloser);
}

void denial_nxdomain(struct answer *a, struct task *t, const struct image_node *encloser)
{
	if (!t->zone->has_denial)
		return;
	if (t->zone->img->flags & IMAGE_NSEC3) {
		nxdomain_nsec3(a, t, encloser);
		return;
	}
	if (is_compact(t)) {
		add_compact(t, NULL);
		return;
	}
	add_covering_nsec(t);
	add_order(t, encloser->wildcard_denial);
}

void denial_wildcard(struct answer *a, struct task *t, const struct image_node *encloser)
{
	if (!t->zone->has_denial)
		return;
	if (t->zone->img->flags & IMAGE_NSEC3)
		hash_next_closer(a, t, encloser);
	else if (!is_compact(t)) /* there, the answer is signed as the name's own */
		add_covering_nsec(t);
}

void denial_wildcard_nodata(struct answer *a, struct task *t, const struct image_node *encloser,
	const struct image_node *wildcard)
{
	if (!t->zone->has_denial)
		return;
	if (t->zone->img->flags & IMAGE_NSEC3) {
		add_provable_encloser(t, encloser);
		add_nsec3(t, wildcard->denial);
		hash_next_closer(a, t, encloser);
	} else if (is_compact(t)) {
		add_compact(t, image_rrset(t->zone->img, lookup_rrset(wildcard, RRTYPE_NSEC)));
	} else {
		add_covering_nsec(t);
		add_order(t, wildcard->denial);
	}
}

static struct nsec3_input next_closer(const struct task *t)
{
	const struct image_header *img = t->zone->img;
	unsigned off = t->q.label_off[t->next_closer_idx];
	return (struct nsec3_input){
		.name = t->q.wire + off,
		.salt = image_salt(img),
		.iterations = img->nsec3_iterations,
		.name_len = (uint8_t)(t->q.len - off),
		.salt_len = img->nsec3_salt_len,
	};
}

static void hash_pair(struct task *a, struct task *b)
{
	const struct nsec3_input in[2] = {next_closer(a), next_closer(b)};
	uint8_t *const hash[2] = {a->hash, b->hash};
	nsec3_hash_pair(hash, in);
	nsec3_prefetch(a->zone->img, a->hash);
	nsec3_prefetch(b->zone->img, b->hash);
}

static void hash_single(struct task *t)
{
	const struct nsec3_input in = next_closer(t);
	nsec3_hash(t->hash, in.name, in.name_len, in.salt, in.salt_len, in.iterations);
	nsec3_prefetch(t->zone->img, t->hash);
}

void denial_hash(struct task *const *task, unsigned cnt)
{
	struct task *waiting = NULL;
	for (unsigned i = 0; i < cnt; i++) {
		struct task *t = task[i];
		if ((t->flags & TASK_HASHING) == 0)
			continue;
		if (waiting != NULL)
			hash_pair(waiting, t);
		waiting = waiting != NULL ? NULL : t;
	}
	if (waiting != NULL)
		hash_single(waiting);
}

void denial_cover(struct task *t)
{
	if ((t->flags & TASK_HASHING) == 0)
		return;
	t->flags &= (uint8_t)~TASK_HASHING;
	if (t->zone->img->flags & IMAGE_NARROW)
		add_narrow_cover(t);
	else
		add_nsec3(t, nsec3_cover(t->zone->img, t->hash).v);
}
