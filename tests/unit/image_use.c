/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/image_use.h"

#include <stdlib.h>

#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/synth.h"
#include "zonedb/wire.h"

static void require(bool ok)
{
	if (!ok)
		abort();
}

static size_t node_name(
	const struct image_header *img, const struct image_node *node, uint8_t *name)
{
	memcpy(name, image_node_name(node), node->name_len);
	memcpy(name + node->name_len, image_apex(img), img->apex_len);
	return (size_t)node->name_len + img->apex_len;
}

static uint64_t use_extras(const struct image_header *img, const struct image_rrset *rrset)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < rrset->extra_cnt; i++) {
		const struct image_node *node = image_node(img, image_rrset_extra(rrset)[i].node);
		require(lookup_rrset(node, RRTYPE_A).v != 0 ||
			lookup_rrset(node, RRTYPE_AAAA).v != 0);
		sum += node->name_len + image_rrset_extra(rrset)[i].mandatory;
	}
	return sum;
}

/* Copies the fragment behind a question and applies its fix-ups. */
static uint64_t use_rrset(const struct image_header *img, struct rrset_ref ref)
{
	static uint8_t message[MSG_LEN_MAX];
	const struct image_rrset *rrset = image_rrset(img, ref);
	const uint16_t *fix = image_rrset_fix(rrset);
	size_t len = (size_t)rrset->data_len + rrset->sig_len;
	uint64_t sum = use_extras(img, rrset);
	if (rrset->key_len > 0)
		sum += image_rrset_key(rrset)->v[0] ^ image_rrset_key(rrset)->v[1];
	memcpy(message, image_rrset_wire(rrset), len);
	for (unsigned i = 0; i < rrset->owner_fix_cnt; i++)
		wire_put_u16(message + *fix++, 0xc00c);
	for (unsigned i = 0; i < rrset->apex_fix_cnt; i++, fix++)
		require(wire_get_u16(message + *fix) < img->apex_len);
	for (unsigned i = 0; i < rrset->self_fix_cnt; i++, fix++)
		require(wire_get_u16(message + *fix) < *fix);
	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + message[i];
	return sum;
}

static uint64_t use_nsec3(const struct image_header *img, struct rrset_ref ref)
{
	require(image_rrset(img, ref)->type == RRTYPE_NSEC3);
	return use_rrset(img, ref);
}

static uint64_t use_denial(const struct image_header *img, uint32_t denial)
{
	const struct node_ref *order = image_at(img, img->order_off);
	if (denial == IMAGE_DENIAL_NONE)
		return 0;
	if (img->flags & IMAGE_NSEC3)
		return use_nsec3(img, (struct rrset_ref){denial});
	struct rrset_ref nsec = lookup_rrset(image_node(img, order[denial]), RRTYPE_NSEC);
	require(nsec.v != 0);
	return use_rrset(img, nsec);
}

static uint64_t sum_up(const uint8_t *octet, size_t len)
{
	uint64_t sum = len;
	for (size_t i = 0; i < len; i++)
		sum = sum * 31 + octet[i];
	return sum;
}

static uint64_t use_cover(const struct image_header *img, const uint8_t *hash)
{
	uint8_t rr[SYNTH_COVER_MAX];
	size_t len = synth_cover(rr, img, hash, MSG_HEADER_LEN);
	require(len == synth_cover_len(img));
	uint64_t sum = sum_up(rr, len);
	return sum + sum_up(rr, synth_cover(rr, img, hash, SYNTH_CANONICAL));
}

static uint64_t use_compact(const struct image_header *img, const struct qname *q)
{
	uint8_t rr[SYNTH_COMPACT_MAX];
	uint64_t sum = sum_up(rr, synth_compact(rr, img, q->wire, q->len, MSG_HEADER_LEN));
	return sum + sum_up(rr, synth_compact(rr, img, q->wire, q->len, SYNTH_CANONICAL));
}

/* The NSEC of a name the wildcard stands for. */
static uint64_t use_expanded(
	const struct image_header *img, const struct image_node *wildcard, const uint8_t *apex)
{
	static uint8_t rr[MSG_LEN_MAX + 2 * DNAME_LEN_MAX];
	const struct image_rrset *nsec = image_rrset(img, lookup_rrset(wildcard, RRTYPE_NSEC));
	require(nsec->type == RRTYPE_NSEC);
	size_t len = synth_expanded(rr, img, nsec, apex, img->apex_len, SYNTH_CANONICAL);
	require(len <= SYNTH_EXPANDED_LEN(nsec));
	return sum_up(rr, len);
}

static uint64_t use_node(const struct image_header *img, const struct image_node *node)
{
	uint64_t sum = use_denial(img, node->denial) + use_denial(img, node->wildcard_denial);
	for (unsigned i = 0; i < node->rrset_cnt; i++)
		sum = sum * 31 + use_rrset(img, node->rrset[i].rrset);
	if (node->wildcard.v != 0)
		sum += image_node(img, node->wildcard)->name_len;
	if (node->wildcard.v != 0 && img->flags & IMAGE_COMPACT)
		sum += use_expanded(img, image_node(img, node->wildcard), image_apex(img));
	return sum;
}

/* What the read side finds for a name nobody knows. */
static uint64_t use_search(const struct image_header *img, const struct qname *q)
{
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	uint8_t hash[NSEC3_HASH_LEN];
	bool match;
	if (img->flags & IMAGE_NSEC) {
		uint32_t at = lookup_order(img, q);
		require(at < img->order_cnt);
		return use_denial(img, at);
	}
	if (img->flags & IMAGE_COMPACT)
		return use_compact(img, q);
	if ((img->flags & IMAGE_NSEC3) == 0)
		return 0;
	/* one round: what is searched for does not matter here */
	nsec3_hash(hash, q->wire, q->len, image_salt(img), img->nsec3_salt_len, 0);
	if (img->flags & IMAGE_NARROW)
		return use_cover(img, hash);
	uint32_t at = nsec3_find(img, hash, &match);
	require(at < img->nsec3_cnt);
	return use_nsec3(img, record[at].rrset) + match;
}

/* Asks for a name: of the node itself, or one below it. */
static uint64_t use_name(
	const struct image_header *img, const struct image_node *node, const char *below)
{
	uint8_t name[2 * DNAME_LEN_MAX];
	struct qname q;
	struct lookup l;
	size_t below_len = strlen(below);
	memcpy(name, below, below_len);
	size_t len = below_len + node_name(img, node, name + below_len);
	if (qname_read(&q, name, len) < 0)
		return 0; /* too long by the label put before */
	enum lookup_outcome outcome = lookup_run(&l, img, &q);
	require(outcome != LOOKUP_RUNNING);
	if (below_len == 0)
		require(l.node == node && outcome != LOOKUP_MISSING);
	return use_node(img, l.node) + use_search(img, &q);
}

uint64_t image_use(const struct image_header *img)
{
	const struct image_bucket *bucket = image_at(img, img->index_off);
	uint64_t sum = use_rrset(img, img->soa_negative);
	for (uint32_t i = 0; i < img->index_bucket_cnt; i++) {
		for (unsigned slot = 0; slot < bucket[i].used; slot++) {
			const struct image_node *node =
				image_node(img, (struct node_ref){bucket[i].node[slot]});
			sum += use_name(img, node, "") + use_name(img, node, "\1x") +
			       use_name(img, node, "\1*") + use_name(img, node, "\1x\2yz");
		}
	}
	return sum;
}
