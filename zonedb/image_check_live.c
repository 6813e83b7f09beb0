/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Denial that only live zones have, narrow and compact: a record for each name, which denies that
 * one alone. The body has been checked.
 */
#include "zonedb/dname.h"
#include "zonedb/image_check_parts.h"
#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/synth.h"
#include "zonedb/wire.h"

static bool fail(struct image_check *c, const struct image_node *node, const char *cause)
{
	uint64_t pos = (uint64_t)((const uint8_t *)node - (const uint8_t *)c->img);
	return image_check_fail(c, "node", pos, cause);
}

/* ---- narrow --------------------------------------------------------------------------------- */

/* How far a narrow NSEC3 reaches: 1 to match, 2 to cover what lies between, which leaves no types
 * to speak of; 0 is wrong. */
static unsigned span_of(const struct image_header *img, const struct image_rrset *rrset)
{
	const uint8_t *wire = image_rrset_wire(rrset);
	const uint8_t *next = image_check_nsec3_rdata(img, rrset) + 6 + img->nsec3_salt_len;
	bool has_types = next + NSEC3_HASH_LEN < wire + rrset->data_len;
	uint8_t hash[NSEC3_HASH_LEN];
	if (nsec3_from_text(hash, (const char *)wire + 1, NSEC3_LABEL_LEN) < 0)
		return 0;
	synth_hash_after(hash, hash);
	if (memcmp(hash, next, sizeof(hash)) == 0)
		return 1;
	synth_hash_after(hash, hash);
	return !has_types && memcmp(hash, next, sizeof(hash)) == 0 ? 2 : 0;
}

static bool is_match(const struct image_header *img, uint32_t denial)
{
	return span_of(img, image_rrset(img, (struct rrset_ref){denial})) == 1;
}

static bool is_cover(const struct image_header *img, uint32_t denial)
{
	return span_of(img, image_rrset(img, (struct rrset_ref){denial})) == 2;
}

/* The name has an NSEC3 of its own, and so has its wildcard, or one that covers it. */
static bool check_narrow(struct image_check *c, const struct image_node *node)
{
	const struct image_header *img = c->img;
	bool wild_match = node->flags & NODE_WILDCARD_DENIAL_MATCH;
	if (!(node->flags & NODE_DENIAL_MATCH) || !is_match(img, node->denial))
		return fail(c, node, "no narrow NSEC3 of its own");
	if (node->wildcard_denial == IMAGE_DENIAL_NONE)
		return true;
	if (wild_match != (node->wildcard.v != 0))
		return fail(c, node, "denies a wildcard that exists, or the reverse");
	return (wild_match ? is_match(img, node->wildcard_denial)
			   : is_cover(img, node->wildcard_denial)) ||
	       fail(c, node, "no narrow NSEC3 for its wildcard");
}

/* ---- compact -------------------------------------------------------------------------------- */

/* The name has an NSEC to the name directly behind it. */
static bool check_compact(struct image_check *c, const struct image_node *node)
{
	uint8_t name[DNAME_LEN_MAX], expected[DNAME_LEN_MAX];
	struct rrset_ref ref = lookup_rrset(node, RRTYPE_NSEC);
	if (ref.v == 0)
		return fail(c, node, "no NSEC of its own");
	const struct image_rrset *nsec = image_rrset(c->img, ref);
	/* behind owner and head; NSEC rdata begins with the name, uncompressed */
	const uint8_t *next = image_rrset_wire(nsec) + 2 + 10;
	size_t len = image_check_name(c, name, node);
	size_t expected_len = synth_next_name(expected, name, len, c->img->apex_len);
	if (nsec->rr_cnt != 1 || dname_len(next) != expected_len ||
		memcmp(next, expected, expected_len) != 0)
		return fail(c, node, "its NSEC goes farther than the next name");
	return nsec->ttl_s == image_rrset(c->img, c->img->soa_negative)->ttl_s ||
	       fail(c, node, "its NSEC has not the TTL of negative answers");
}

bool image_check_live(struct image_check *c)
{
	const struct image_header *img = c->img;
	bool narrow = img->flags & IMAGE_NARROW;
	if (!(img->flags & (IMAGE_NARROW | IMAGE_COMPACT)))
		return true;
	for (uint32_t unit = img->body_off; unit < c->len / IMAGE_UNIT; unit++) {
		if (!unit_map_has(&c->nodes, unit))
			continue;
		const struct image_node *node = image_node(img, (struct node_ref){unit});
		if (node->flags & NODE_GLUE)
			continue;
		if (narrow ? !check_narrow(c, node) : !check_compact(c, node))
			return false;
	}
	return true;
}
