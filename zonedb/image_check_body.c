/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The body: nodes in canonical order with their RRsets. One walk from its start proves their form
 * and notes where they stand; a second one follows what points forward.
 */
#include "zonedb/dname.h"
#include "zonedb/image_check_parts.h"
#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"
#include "zonedb/zone_finish.h"

struct body {
	struct image_check *c;
	uint64_t pos;		       /* of what comes next, in octets */
	const struct image_node *last; /* node before */
	uint32_t rrset_cnt;
	uint32_t wildcard_cnt; /* wildcards that may be found */
	uint32_t wildcard_ref_cnt;
	uint32_t order_i; /* NSEC zones: index of the last owner so far */
	uint8_t label_cnt_max;
	bool optout; /* an NSEC3 with the flag was seen */
};

static bool fail(struct body *b, const char *what, const char *cause)
{
	return image_check_fail(b->c, what, b->pos, cause);
}

static const void *here(const struct body *b)
{
	return (const uint8_t *)b->c->img + b->pos;
}

static uint64_t room(const struct body *b)
{
	return b->c->len - b->pos;
}

static bool is_zero(const struct body *b, uint64_t end)
{
	const uint8_t *octet = (const uint8_t *)b->c->img;
	for (uint64_t i = b->pos; i < end; i++)
		if (octet[i] != 0)
			return false;
	return true;
}

/* ---- RRsets -------------------------------------------------------------------------------- */

static bool is_live(const struct body *b)
{
	return b->c->img->flags & IMAGE_LIVE;
}

/* Checks the RRset that begins here and goes behind it. */
static bool take_rrset(struct body *b, const uint8_t *nsec3_hash)
{
	const char *cause = fragment_check(&b->c->fragment, here(b), room(b), nsec3_hash);
	if (cause != NULL)
		return fail(b, "RRset", cause);
	const struct image_rrset *rrset = here(b);
	if (rrset->sig_cnt > 0 && is_live(b))
		return fail(b, "RRset", "signatures in a live zone");
	unit_map_set(&b->c->rrsets, (uint32_t)(b->pos / IMAGE_UNIT));
	const uint8_t *end = image_rrset_wire(rrset) + rrset->data_len + rrset->sig_len;
	uint64_t next = b->pos + image_rrset_len(rrset);
	b->pos = (uint64_t)(end - (const uint8_t *)b->c->img);
	if (!is_zero(b, next))
		return fail(b, "RRset", "padding is not zero");
	b->pos = next;
	b->rrset_cnt++;
	return true;
}

/* Follows a reference from a node: to an RRset of this type, new here or met before, with a
 * signature key or not. */
static bool take_rrset_ref(struct body *b, struct rrset_ref ref, uint16_t type, bool keyed)
{
	if ((uint64_t)ref.v * IMAGE_UNIT == b->pos && !take_rrset(b, NULL))
		return false;
	if (!image_check_ref(b->c, &b->c->rrsets, ref.v))
		return fail(b, "node", "reference to no RRset");
	const struct image_rrset *rrset = image_rrset(b->c->img, ref);
	if (rrset->type != type)
		return fail(b, "node", "reference to an RRset of another type");
	return keyed == (rrset->key_len > 0) ||
	       fail(b, "node", "RRset without its signature key, or the reverse");
}

static bool take_rrset_refs(struct body *b, const struct image_node *node)
{
	for (unsigned i = 0; i < node->rrset_cnt; i++) {
		const struct image_rrset_entry *entry = &node->rrset[i];
		if (entry->reserved != 0 || (i > 0 && entry[-1].type >= entry->type))
			return fail(b, "node", "types are out of order");
		bool keyed = is_live(b) && zone_type_authoritative(node->flags, entry->type);
		if (keyed && (uint64_t)entry->rrset.v * IMAGE_UNIT != b->pos)
			return fail(b, "node", "signature key of another RRset");
		if (!take_rrset_ref(b, entry->rrset, entry->type, keyed))
			return false;
	}
	return true;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool has_type(const struct image_node *node, uint16_t type)
{
	for (unsigned i = 0; i < node->rrset_cnt; i++)
		if (node->rrset[i].type == type)
			return true;
	return false;
}

/* Goes to where the next node stands: here, or at the next line if it would cross one. Its parent,
 * its first field, is never 0, so zeros are a gap. */
static bool find_node(struct body *b, bool first)
{
	const struct image_node *node = here(b);
	if (room(b) >= sizeof(node->parent) && node->parent.v == 0 && !first) {
		uint64_t next = image_round_up(b->pos, IMAGE_ALIGN);
		if (!is_zero(b, next))
			return fail(b, "gap", "not zero");
		uint64_t gap = b->pos;
		b->pos = next;
		node = here(b);
		if (room(b) < sizeof(*node) ||
			image_node_place(gap, image_node_len(node->rrset_cnt, node->name_len)) !=
				next)
			return fail(b, "gap", "not called for");
	}
	if (room(b) < sizeof(*node) || room(b) < image_node_len(node->rrset_cnt, node->name_len))
		return fail(b, "node", "cut short");
	if (image_node_place(b->pos, image_node_len(node->rrset_cnt, node->name_len)) != b->pos)
		return fail(b, "node", "crosses a cache line");
	return true;
}

/* The name is a label and the parent's name. */
static bool check_name(struct body *b, const struct image_node *node)
{
	const struct image_check *c = b->c;
	const uint8_t *name = image_node_name(node);
	if (!image_check_ref(c, &c->nodes, node->parent.v))
		return fail(b, "node", "reference to no parent");
	const struct image_node *parent = image_node(c->img, node->parent);
	unsigned label_len = node->name_len > 0 ? name[0] : 0;
	if (label_len == 0 || label_len > DNAME_LABEL_MAX ||
		node->name_len != label_len + 1U + parent->name_len ||
		node->label_cnt != parent->label_cnt + 1U ||
		memcmp(name + label_len + 1, image_node_name(parent), parent->name_len) != 0)
		return fail(b, "node", "name is not one label below its parent's");
	if (node->name_len + c->img->apex_len > DNAME_LEN_MAX)
		return fail(b, "node", "name is too long");
	for (unsigned i = 1; i <= label_len; i++)
		if (name[i] >= 'A' && name[i] <= 'Z')
			return fail(b, "node", "name is not in lower case");
	return true;
}

static bool check_order(struct body *b, const struct image_node *node)
{
	uint8_t name[DNAME_LEN_MAX], last[DNAME_LEN_MAX];
	image_check_name(b->c, name, node);
	image_check_name(b->c, last, b->last);
	return dname_cmp(last, name) < 0 || fail(b, "node", "not in canonical order");
}

static bool is_wildcard(const struct image_node *node)
{
	const uint8_t *name = image_node_name(node);
	return node->name_len > 0 && name[0] == 1 && name[1] == '*';
}

#define DENIAL_FLAGS (NODE_DENIAL_MATCH | NODE_WILDCARD_DENIAL_MATCH)

/* What zone_finish() says of a node with these types and this parent. */
static bool check_flags(struct body *b, const struct image_node *node, uint8_t above)
{
	uint8_t flags = is_wildcard(node) ? NODE_WILDCARD : 0;
	if (above & (NODE_DELEGATION | NODE_DNAME | NODE_GLUE))
		flags |= NODE_GLUE;
	else if (node->label_cnt > 0 && has_type(node, RRTYPE_NS))
		flags |= NODE_DELEGATION;
	else if (has_type(node, RRTYPE_DNAME))
		flags |= NODE_DNAME;
	if (!(flags & NODE_GLUE) && has_type(node, RRTYPE_CNAME))
		flags |= NODE_CNAME;
	return (node->flags & ~DENIAL_FLAGS) == flags || fail(b, "node", "wrong flags");
}

/* NSEC3 zones: notes a reference to an NSEC3 RRset; that one stands there, take_nsec3() sees. */
static void note_denial(struct body *b, uint32_t denial)
{
	if (b->c->img->nsec3_cnt > 0 && denial != IMAGE_DENIAL_NONE)
		unit_map_set(&b->c->denials, denial);
}

/* Indices and references that answers use unseen must be there and in range. */
static bool check_denial(struct body *b, const struct image_node *node)
{
	const struct image_header *img = b->c->img;
	uint64_t cnt = img->nsec3_cnt > 0 ? b->c->len / IMAGE_UNIT : img->order_cnt;
	bool none = cnt == 0 || (node->flags & NODE_GLUE);
	bool wild_none = none || (node->flags & NODE_DELEGATION);
	/* below a DNAME nothing exists; below the longest names nothing can */
	bool wild_free =
		(node->flags & NODE_DNAME) || node->name_len + img->apex_len + 2 > DNAME_LEN_MAX;
	if (none ? node->denial != IMAGE_DENIAL_NONE : node->denial >= cnt)
		return fail(b, "node", "bad denial");
	if (node->wildcard_denial == IMAGE_DENIAL_NONE ? !wild_none && !wild_free
						       : wild_none || node->wildcard_denial >= cnt)
		return fail(b, "node", "bad denial of the wildcard");
	if ((none && (node->flags & NODE_DENIAL_MATCH)) ||
		(node->wildcard_denial == IMAGE_DENIAL_NONE &&
			(node->flags & NODE_WILDCARD_DENIAL_MATCH)))
		return fail(b, "node", "match of no denial");
	note_denial(b, node->denial);
	note_denial(b, node->wildcard_denial);
	return true;
}

/* NSEC zones: the owner at or before this name is the one it says. Nodes come in the order of
 * their names, so the table is followed along. */
static bool check_nsec_denial(struct body *b, const struct image_node *node)
{
	const struct image_header *img = b->c->img;
	const struct node_ref *order = image_at(img, img->order_off);
	uint32_t self = (uint32_t)(b->pos / IMAGE_UNIT);
	if (img->order_cnt == 0)
		return true;
	if (self != img->apex.v && b->order_i + 1 < img->order_cnt &&
		order[b->order_i + 1].v == self)
		b->order_i++;
	if (node->flags & NODE_GLUE)
		return true;
	bool match = order[b->order_i].v == self;
	return (node->denial == b->order_i && match == !!(node->flags & NODE_DENIAL_MATCH)) ||
	       fail(b, "node", "denied by another name's NSEC");
}

static bool check_wildcard(struct body *b, const struct image_node *node)
{
	const struct image_header *img = b->c->img;
	b->wildcard_ref_cnt += node->wildcard.v != 0;
	if (!is_wildcard(node) || (node->flags & NODE_GLUE))
		return true;
	b->wildcard_cnt++;
	return image_node(img, node->parent)->wildcard.v == b->pos / IMAGE_UNIT ||
	       fail(b, "node", "wildcard its parent does not know");
}

/* The node that begins here, its name and place in the tree. */
static bool check_node(struct body *b, const struct image_node *node)
{
	uint8_t above = 0;
	if (node->reserved != 0)
		return fail(b, "node", "reserved field is not zero");
	if (b->last == NULL) {
		if (node->parent.v != 0 || node->name_len != 0 || node->label_cnt != 0)
			return fail(b, "node", "the first one is not the apex");
	} else {
		if (!check_name(b, node) || !check_order(b, node))
			return false;
		above = image_node(b->c->img, node->parent)->flags;
	}
	return check_flags(b, node, above) && check_denial(b, node) && check_nsec_denial(b, node) &&
	       check_wildcard(b, node);
}

static bool take_node(struct body *b)
{
	if (!find_node(b, b->last == NULL))
		return false;
	const struct image_node *node = here(b);
	if (!check_node(b, node))
		return false;
	unit_map_set(&b->c->nodes, (uint32_t)(b->pos / IMAGE_UNIT));
	b->c->indexed_cnt += !(node->flags & NODE_GLUE);
	if (node->label_cnt > b->label_cnt_max)
		b->label_cnt_max = node->label_cnt;
	b->pos += image_node_len(node->rrset_cnt, node->name_len);
	b->last = node;
	return take_rrset_refs(b, node);
}

/* The apex has SOA and NS, and the SOA of negative answers behind its own RRsets. */
static bool take_apex(struct body *b)
{
	const struct image_header *img = b->c->img;
	if (img->apex.v != b->pos / IMAGE_UNIT)
		return fail(b, "node", "the first one is not the apex");
	if (!take_node(b))
		return false;
	if (!has_type(b->last, RRTYPE_SOA) || !has_type(b->last, RRTYPE_NS))
		return fail(b, "node", "apex without SOA or NS");
	if (!take_rrset_ref(b, img->soa_negative, RRTYPE_SOA, is_live(b)))
		return false;
	return image_rrset(img, img->soa_negative)->rr_cnt == 1 ||
	       fail(b, "node", "more than one SOA");
}

/* ---- NSEC3 RRsets -------------------------------------------------------------------------- */

/* Parameters are the zone's, the next hash is of the right length. */
static bool check_nsec3_rdata(struct body *b, const struct image_rrset *rrset)
{
	const struct image_header *img = b->c->img;
	const uint8_t *rdata = image_check_nsec3_rdata(img, rrset);
	if (rrset->rr_cnt != 1 || rdata[0] != 1 ||
		wire_get_u16(rdata + 2) != img->nsec3_iterations ||
		rdata[4] != img->nsec3_salt_len ||
		memcmp(rdata + 5, image_salt(img), img->nsec3_salt_len) != 0 ||
		rdata[5 + img->nsec3_salt_len] != NSEC3_HASH_LEN)
		return fail(b, "NSEC3", "parameters are not the zone's");
	b->optout |= rdata[1] & NSEC3_FLAG_OPTOUT;
	return true;
}

static bool take_nsec3(struct body *b, uint32_t i)
{
	const struct image_header *img = b->c->img;
	const struct image_nsec3 *record =
		(const struct image_nsec3 *)image_at(img, img->nsec3_off) + i;
	uint8_t hash[NSEC3_HASH_LEN];
	wire_put_u32(hash, (uint32_t)(record->hash_high >> 32));
	wire_put_u32(hash + 4, (uint32_t)record->hash_high);
	wire_put_u32(hash + 8, record->hash_mid);
	uint64_t low = ((const uint64_t *)image_at(img, img->nsec3_low_off))[i];
	wire_put_u32(hash + 12, (uint32_t)(low >> 32));
	wire_put_u32(hash + 16, (uint32_t)low);
	const struct image_rrset *rrset = here(b);
	if (record->rrset.v != b->pos / IMAGE_UNIT)
		return fail(b, "NSEC3", "not the one its table refers to");
	unit_map_clear(&b->c->denials, record->rrset.v);
	if (!take_rrset(b, hash) || !check_nsec3_rdata(b, rrset))
		return false;
	return is_live(b) == (rrset->key_len > 0) ||
	       fail(b, "NSEC3", "without its signature key, or the reverse");
}

/* ---- forward references -------------------------------------------------------------------- */

/* An extra leads to the node its target names, which has addresses. */
static bool check_extra(
	struct body *b, const struct image_rrset *rrset, const struct image_extra *extra)
{
	const struct image_check *c = b->c;
	uint8_t target[DNAME_LEN_MAX], name[DNAME_LEN_MAX];
	if (!image_check_ref(c, &c->nodes, extra->node.v))
		return fail(b, "RRset", "extra without node");
	const struct image_node *node = image_node(c->img, extra->node);
	size_t target_len = fragment_name(&c->fragment, target, rrset, extra->name_pos);
	size_t name_len = image_check_name(c, name, node);
	if (target_len != name_len || memcmp(target, name, name_len) != 0)
		return fail(b, "RRset", "extra is not its target");
	if (extra->a.v != lookup_rrset(node, RRTYPE_A).v ||
		extra->aaaa.v != lookup_rrset(node, RRTYPE_AAAA).v)
		return fail(b, "RRset", "extra with other addresses than its node's");
	return (extra->a.v | extra->aaaa.v) != 0 || fail(b, "RRset", "extra without addresses");
}

static bool check_extras(struct body *b)
{
	const struct image_check *c = b->c;
	for (uint64_t unit = c->img->body_off; unit < c->len / IMAGE_UNIT; unit++) {
		if (!unit_map_has(&c->rrsets, (uint32_t)unit))
			continue;
		const struct image_rrset *rrset = image_at(c->img, (uint32_t)unit);
		b->pos = unit * IMAGE_UNIT;
		for (unsigned i = 0; i < rrset->extra_cnt; i++)
			if (!check_extra(b, rrset, &image_rrset_extra(rrset)[i]))
				return false;
	}
	return true;
}

/* No node is denied by what is no NSEC3 RRset. */
static bool check_denials_met(struct body *b)
{
	for (uint64_t i = 0; i <= b->c->len / IMAGE_UNIT / 64; i++)
		if (b->c->denials.word[i] != 0)
			return fail(b, "node", "denied by no NSEC3");
	return true;
}

static bool check_end(struct body *b)
{
	const struct image_header *img = b->c->img;
	if (image_round_up(b->pos, IMAGE_ALIGN) != b->c->len || !is_zero(b, b->c->len))
		return fail(b, "body", "something follows");
	if (b->rrset_cnt != img->rrset_cnt || b->label_cnt_max != img->label_cnt_max)
		return fail(b, "body", "not what the header says");
	if (b->wildcard_ref_cnt != b->wildcard_cnt)
		return fail(b, "body", "reference to no wildcard");
	return b->optout == !!(img->flags & IMAGE_OPTOUT) ||
	       fail(b, "body", "opt-out is not what the header says");
}

bool image_check_body(struct image_check *c)
{
	const struct image_header *img = c->img;
	struct body b = {.c = c, .pos = (uint64_t)img->body_off * IMAGE_UNIT};
	if (!take_apex(&b))
		return false;
	for (uint32_t i = 1; i < img->node_cnt; i++)
		if (!take_node(&b))
			return false;
	for (uint32_t i = 0; i < img->nsec3_cnt; i++)
		if (!take_nsec3(&b, i))
			return false;
	return check_denials_met(&b) && check_end(&b) && check_extras(&b);
}
