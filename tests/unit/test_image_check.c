/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_check against broken images: one break each, named; then every bit of some images.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/image_use.h"
#include "tests/unit/zone_fixture.h"
#include "zonedb/image_check.h"
#include "zonedb/lookup.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define SEED 42

#define LINES                                                                                      \
	"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ 3600 NS ns1\n@ 3600 NS ns2.other.test.\n"  \
	"@ 3600 NS ns3.other.test.\nns1 300 A 192.0.2.1\nns1 300 AAAA 2001:db8::1\n"               \
	"*.wild 300 TXT w\nchild 300 NS ns.child\nchild 300 DS 1 13 2 aabb\n"                      \
	"ns.child 300 A 192.0.2.4\nd 300 DNAME d.test.\nc 300 CNAME ns1\n"

struct sample {
	struct zone zone;
	struct image_header *img;
};

/* Mutable views: the image is ours to break. */

static void *unit_at(struct sample *s, uint32_t unit)
{
	return (uint8_t *)s->img + (uint64_t)unit * IMAGE_UNIT;
}

static struct image_node *node_at(struct sample *s, const char *name)
{
	struct qname q;
	struct lookup l;
	fixture_qname(&q, &s->zone, name);
	assert_int_equal(lookup_run(&l, s->img, &q),
		s->zone.node[zone_find(&s->zone, q.wire)].flags & NODE_DELEGATION
			? LOOKUP_DELEGATION
			: LOOKUP_FOUND);
	return (struct image_node *)l.node;
}

static struct image_rrset *rrset_at(struct sample *s, const char *name, uint16_t type)
{
	return unit_at(s, lookup_rrset(node_at(s, name), type).v);
}

static uint16_t *fix_of(struct image_rrset *rrset)
{
	return (uint16_t *)image_rrset_fix(rrset);
}

static uint8_t *wire_of(struct image_rrset *rrset)
{
	return (uint8_t *)image_rrset_wire(rrset);
}

static struct image_extra *extra_of(struct image_rrset *rrset)
{
	return (struct image_extra *)image_rrset_extra(rrset);
}

static uint8_t *name_of(struct image_node *node)
{
	return (uint8_t *)image_node_name(node);
}

static struct image_bucket *bucket_of(struct sample *s)
{
	return unit_at(s, s->img->index_off);
}

/* ---- breaks -------------------------------------------------------------------------------- */

#define BREAK(name, statement)                                                                     \
	static void name(struct sample *s)                                                         \
	{                                                                                          \
		statement;                                                                         \
	}

/* header */
BREAK(magic, s->img->magic ^= 1)
BREAK(layout, s->img->layout++)
BREAK(size, s->img->size += IMAGE_ALIGN)
BREAK(seed, s->img->hash_seed++)
BREAK(flags, s->img->flags |= 1U << 31)
BREAK(both_denials, s->img->flags |= IMAGE_NSEC | IMAGE_NSEC3)
BREAK(no_denial, s->img->flags &= ~(uint32_t)(IMAGE_NSEC | IMAGE_NSEC3))
BREAK(optout, s->img->flags ^= IMAGE_OPTOUT)
BREAK(apex_len, s->img->apex_len++)
BREAK(apex_case, s->img->names[1] = 'E')
BREAK(apex_label_cnt, s->img->apex_label_cnt++)
BREAK(apex_hash, s->img->apex_hash++)
BREAK(apex_pointer, s->img->names[0] = 0xc0)
BREAK(apex_ref, s->img->apex.v += 8)
BREAK(node_cnt_less, s->img->node_cnt--)
BREAK(node_cnt_more, s->img->node_cnt++)
BREAK(rrset_cnt, s->img->rrset_cnt++)
BREAK(label_cnt_max, s->img->label_cnt_max++)
BREAK(bucket_cnt_0, s->img->index_bucket_cnt = 0)
BREAK(bucket_cnt_huge, s->img->index_bucket_cnt = UINT32_MAX)
BREAK(header_len, s->img->header_len += IMAGE_ALIGN)
BREAK(body_off, s->img->body_off += 8)
BREAK(index_off, s->img->index_off = 0)
BREAK(iterations, s->img->nsec3_iterations = NSEC3_ITERATIONS_MAX + 1)
BREAK(salt, s->img->names[s->img->apex_len] ^= 1)
/* nodes */
BREAK(node_reserved, node_at(s, "ns1")->reserved = 1)
BREAK(node_parent, node_at(s, "*.wild")->parent = s->img->apex)
BREAK(node_parent_far, node_at(s, "*.wild")->parent.v = UINT32_MAX)
BREAK(node_parent_none, node_at(s, "ns1")->parent.v = 0)
BREAK(node_label, name_of(node_at(s, "ns1"))[0] = 2)
BREAK(node_case, name_of(node_at(s, "ns1"))[1] = 'N')
BREAK(node_order, name_of(node_at(s, "ns1"))[1] = 'a')
BREAK(node_label_cnt, node_at(s, "ns1")->label_cnt++)
BREAK(node_name_len, node_at(s, "ns1")->name_len--)
BREAK(node_rrset_cnt, node_at(s, "ns1")->rrset_cnt--)
BREAK(node_delegation, node_at(s, "child")->flags &= (uint8_t)~NODE_DELEGATION)
BREAK(node_dname, node_at(s, "d")->flags &= (uint8_t)~NODE_DNAME)
BREAK(node_cname, node_at(s, "c")->flags &= (uint8_t)~NODE_CNAME)
BREAK(node_glue, node_at(s, "ns1")->flags |= NODE_GLUE)
BREAK(node_flag, node_at(s, "ns1")->flags |= 0x80)
BREAK(node_wildcard, node_at(s, "wild")->wildcard.v = 0)
BREAK(node_wildcard_other, node_at(s, "ns1")->wildcard = node_at(s, "wild")->wildcard)
BREAK(node_denial, node_at(s, "ns1")->denial = 1000)
BREAK(node_denial_none, node_at(s, "ns1")->denial = IMAGE_DENIAL_NONE)
BREAK(node_wild_denial, node_at(s, "ns1")->wildcard_denial = 1000)
BREAK(node_wild_denial_none, node_at(s, "wild")->wildcard_denial = IMAGE_DENIAL_NONE)
BREAK(node_wild_denial_cut, node_at(s, "child")->wildcard_denial = 0)
BREAK(entry_order, node_at(s, "ns1")->rrset[1].type = RRTYPE_A)
BREAK(entry_type, node_at(s, "ns1")->rrset[0].type = RRTYPE_MD)
BREAK(entry_reserved, node_at(s, "ns1")->rrset[0].reserved = 1)
BREAK(entry_ref, node_at(s, "ns1")->rrset[0].rrset.v++)
BREAK(entry_ref_far, node_at(s, "ns1")->rrset[1].rrset.v = UINT32_MAX)
BREAK(soa_negative, s->img->soa_negative = lookup_rrset(node_at(s, "@"), RRTYPE_NS))
BREAK(soa_negative_none, s->img->soa_negative.v = 0)
/* RRsets */
BREAK(rrset_type, rrset_at(s, "ns1", RRTYPE_A)->type = RRTYPE_AAAA)
BREAK(rrset_ttl, rrset_at(s, "ns1", RRTYPE_A)->ttl_s++)
BREAK(rrset_rr_cnt, rrset_at(s, "ns1", RRTYPE_A)->rr_cnt++)
BREAK(rrset_rr_cnt_0, rrset_at(s, "ns1", RRTYPE_A)->rr_cnt = 0)
BREAK(rrset_sig_cnt, rrset_at(s, "ns1", RRTYPE_A)->sig_cnt--)
BREAK(rrset_data_len, rrset_at(s, "ns1", RRTYPE_A)->data_len--)
BREAK(rrset_sig_len, rrset_at(s, "ns1", RRTYPE_A)->sig_len--)
BREAK(rrset_len_huge, rrset_at(s, "ns1", RRTYPE_A)->data_len = UINT16_MAX)
BREAK(rrset_key_len, rrset_at(s, "ns1", RRTYPE_A)->key_len = 8)
BREAK(rrset_owner_fix, fix_of(rrset_at(s, "ns1", RRTYPE_A))[0] = 1)
BREAK(rrset_owner_value, wire_of(rrset_at(s, "ns1", RRTYPE_A))[1] = 1)
BREAK(rrset_class, wire_of(rrset_at(s, "ns1", RRTYPE_A))[5] = 3)
BREAK(rrset_wire_type, wire_of(rrset_at(s, "ns1", RRTYPE_A))[3] = 2)
BREAK(rrset_rdlength, wire_of(rrset_at(s, "ns1", RRTYPE_A))[11] = 3)
BREAK(rrset_rdlength_far, wire_of(rrset_at(s, "ns1", RRTYPE_A))[10] = 0xff)
BREAK(rrset_covered, wire_of(rrset_at(s, "ns1", RRTYPE_A))[16 + 13] = 2)
BREAK(apex_fix_value, wire_of(rrset_at(s, "c", RRTYPE_CNAME))[12 + 5] = 1)
BREAK(apex_fix_far, wire_of(rrset_at(s, "c", RRTYPE_CNAME))[12 + 4] = 0xff)
BREAK(apex_fix_root, wire_of(rrset_at(s, "c", RRTYPE_CNAME))[12 + 5] = 8)
BREAK(name_label, wire_of(rrset_at(s, "c", RRTYPE_CNAME))[12] = 2)
BREAK(name_pointer, wire_of(rrset_at(s, "c", RRTYPE_CNAME))[12] = 0xc0)
BREAK(name_far, wire_of(rrset_at(s, "c", RRTYPE_CNAME))[12] = 60)
BREAK(fix_count, {
	struct image_rrset *r = rrset_at(s, "c", RRTYPE_CNAME);
	r->self_fix_cnt = r->apex_fix_cnt;
	r->apex_fix_cnt = 0;
})
/* the apex NS: owner fix-ups 3 and their signature's, one apex fix-up, one self fix-up */
static uint8_t *self_fix_value(struct sample *s)
{
	struct image_rrset *r = rrset_at(s, "@", RRTYPE_NS);
	assert_int_equal(r->self_fix_cnt, 1);
	return wire_of(r) + fix_of(r)[r->owner_fix_cnt + r->apex_fix_cnt];
}
BREAK(self_fix_forward, wire_put_u16(self_fix_value(s), 200))
BREAK(self_fix_nowhere, wire_put_u16(self_fix_value(s), 3))
BREAK(self_fix_far, wire_put_u16(self_fix_value(s), 0xffff))
BREAK(extra_ref, extra_of(rrset_at(s, "@", RRTYPE_NS))->node.v = UINT32_MAX)
BREAK(extra_other, extra_of(rrset_at(s, "@", RRTYPE_NS))->node = s->img->apex)
BREAK(extra_pos, extra_of(rrset_at(s, "@", RRTYPE_NS))->name_pos++)
BREAK(extra_mandatory, extra_of(rrset_at(s, "@", RRTYPE_NS))->mandatory = 2)
/* index */
BREAK(index_used, bucket_of(s)->used = IMAGE_BUCKET_SLOTS + 1)
BREAK(index_overflow, bucket_of(s)->overflow = 1)
BREAK(index_overflow_2, bucket_of(s)->overflow = 2)
BREAK(index_missing, bucket_of(s)->used--)
BREAK(index_tag, bucket_of(s)->tag[0] ^= 1)
BREAK(index_node, bucket_of(s)->node[0]++)
BREAK(index_node_far, bucket_of(s)->node[0] = UINT32_MAX)
BREAK(index_twice, bucket_of(s)->node[1] = bucket_of(s)->node[0])
/* order */
BREAK(order_apex, ((struct node_ref *)unit_at(s, s->img->order_off))[0].v++)
BREAK(order_swap, ((struct node_ref *)unit_at(s, s->img->order_off))[2] = ((
			  struct node_ref *)unit_at(s, s->img->order_off))[1])
BREAK(order_far, ((struct node_ref *)unit_at(s, s->img->order_off))[1].v = UINT32_MAX)
BREAK(order_key, ((struct image_order_key *)unit_at(s, s->img->order_key_off))[1].low++)
BREAK(order_pad,
	((struct image_order_key *)unit_at(s, s->img->order_key_off))[s->img->order_cnt].high = 0)
/* NSEC3 */
static struct image_nsec3 *record_of(struct sample *s)
{
	return unit_at(s, s->img->nsec3_off);
}
BREAK(nsec3_order, record_of(s)[1].hash_high = 0)
BREAK(nsec3_hash, record_of(s)[0].hash_mid ^= 1)
BREAK(nsec3_low, ((uint64_t *)unit_at(s, s->img->nsec3_low_off))[0] ^= 1)
BREAK(nsec3_ref, record_of(s)[0].rrset = record_of(s)[1].rrset)
/* The first line with records. */
static struct image_nsec3_line *line_of(struct sample *s)
{
	struct image_nsec3_line *line = unit_at(s, s->img->nsec3_line_off);
	while (line->used == 0)
		line++;
	return line;
}
BREAK(nsec3_line_before, line_of(s)->rrset[0]++)
BREAK(nsec3_line_part, line_of(s)->part[0]++)
BREAK(nsec3_line_ref, line_of(s)->rrset[1]++)
BREAK(nsec3_line_used, line_of(s)->used--)
BREAK(nsec3_line_full, line_of(s)->used = IMAGE_NSEC3_SLOTS + 1)
BREAK(nsec3_line_overflow, line_of(s)->overflow = 1)
BREAK(nsec3_line_reserved, line_of(s)->reserved[1] = 1)
BREAK(nsec3_owner, wire_of(unit_at(s, record_of(s)[0].rrset.v))[1] ^= 1)
BREAK(nsec3_iterations, wire_of(unit_at(s, record_of(s)[0].rrset.v))[35 + 10 + 3] ^= 1)

/* live zones */
BREAK(live_id, s->img->live_id[0] = s->img->live_id[1] = 0)
BREAK(live_id_of_others, s->img->live_id[1] = 1)
BREAK(live_sig_len, s->img->live_sig_len = 0)
BREAK(live_signed, s->img->flags |= IMAGE_SIGNED)
BREAK(live_presigned, s->img->flags |= IMAGE_PRESIGNED)
BREAK(live_no_more, s->img->flags &= ~(uint32_t)IMAGE_LIVE)
BREAK(live_other, {
	s->img->flags |= IMAGE_LIVE;
	s->img->flags &= ~(uint32_t)IMAGE_SIGNED;
	s->img->live_id[0] = s->img->live_sig_len = 1;
})
BREAK(narrow_other, s->img->flags |= IMAGE_NARROW)
BREAK(compact_other, s->img->flags |= IMAGE_COMPACT)
/* a signature key taken away, its room given to what may have it */
static void take_key(struct image_rrset *r)
{
	uint8_t *to = (uint8_t *)(r + 1);
	uint64_t len = image_rrset_len(r) - sizeof(*r) - r->key_len;
	memmove(to, to + r->key_len, len);
	memset(to + len, 0, r->key_len);
	r->key_len = 0;
}
BREAK(key_none, take_key(rrset_at(s, "ns1", RRTYPE_AAAA)))
BREAK(key_none_apex, take_key(rrset_at(s, "@", RRTYPE_SOA)))
BREAK(key_shared, node_at(s, "c")->rrset[0].rrset = node_at(s, "@")->rrset[0].rrset)

/* narrow */
static struct image_rrset *denial_of(struct sample *s, const char *name)
{
	return unit_at(s, node_at(s, name)->denial);
}
static uint8_t *next_hash(struct image_rrset *nsec3)
{
	return wire_of(nsec3) + 35 + 10 + 6 + 2;
}
BREAK(narrow_next, next_hash(denial_of(s, "ns1"))[19] += 2)
BREAK(narrow_next_cover, next_hash(denial_of(s, "ns1"))[19]++)
BREAK(narrow_no_match, node_at(s, "ns1")->flags &= (uint8_t)~NODE_DENIAL_MATCH)
BREAK(narrow_wild_match, node_at(s, "ns1")->flags |= NODE_WILDCARD_DENIAL_MATCH)
BREAK(narrow_wild_cover, node_at(s, "wild")->flags &= (uint8_t)~NODE_WILDCARD_DENIAL_MATCH)
BREAK(narrow_wild_next, next_hash(unit_at(s, node_at(s, "ns1")->wildcard_denial))[19]--)
/* compact */
BREAK(compact_next, wire_of(rrset_at(s, "ns1", RRTYPE_NSEC))[12 + 3]--)
BREAK(compact_next_label, wire_of(rrset_at(s, "ns1", RRTYPE_NSEC))[12 + 1]++)
BREAK(compact_type, {
	/* behind them, so that order is kept */
	node_at(s, "ns1")->rrset[2].type = RRTYPE_DNSKEY;
	rrset_at(s, "ns1", RRTYPE_DNSKEY)->type = RRTYPE_DNSKEY;
	wire_of(rrset_at(s, "ns1", RRTYPE_DNSKEY))[3] = RRTYPE_DNSKEY;
})
static void set_ttl(struct image_rrset *rrset, uint32_t ttl_s)
{
	rrset->ttl_s = ttl_s;
	wire_put_u32(wire_of(rrset) + 6, ttl_s);
}
BREAK(compact_ttl, set_ttl(rrset_at(s, "ns1", RRTYPE_NSEC), 301))
BREAK(compact_no_more, s->img->flags &= ~(uint32_t)IMAGE_COMPACT)

enum denial {
	NSEC = 1,
	NSEC3 = 2,
	ANY = NSEC | NSEC3,
	LIVE_NSEC = 4,
	LIVE_NSEC3 = 8,
	NARROW = 16,
	COMPACT = 32,
	LIVE = LIVE_NSEC | LIVE_NSEC3 | NARROW | COMPACT,
};

static const struct broken {
	const char *name;
	void (*apply)(struct sample *s);
	enum denial denial; /* images it is tried on */
	const char *err;    /* part of the message */
} breaks[] = {
#define ROW(fn, denial, err)                                                                       \
	{                                                                                          \
#		fn, fn, denial, err                                                               \
	}
	ROW(magic, ANY, "not an image"),
	ROW(layout, ANY, "not an image"),
	ROW(size, ANY, "size"),
	ROW(seed, ANY, "another directory"),
	ROW(flags, ANY, "unknown flags"),
	ROW(both_denials, ANY, "two kinds"),
	ROW(no_denial, ANY, "do not fit the flags"),
	ROW(optout, ANY, "opt-out"),
	ROW(apex_len, ANY, "malformed apex"),
	ROW(apex_case, ANY, "malformed apex"),
	ROW(apex_label_cnt, ANY, "malformed apex"),
	ROW(apex_hash, ANY, "hash of the apex"),
	ROW(apex_pointer, ANY, "malformed apex"),
	ROW(apex_ref, ANY, "not the apex"),
	ROW(node_cnt_less, ANY, ""),
	ROW(node_cnt_more, ANY, ""),
	ROW(rrset_cnt, ANY, "not what the header says"),
	ROW(label_cnt_max, ANY, "not what the header says"),
	ROW(bucket_cnt_0, ANY, "empty zone"),
	ROW(bucket_cnt_huge, ANY, "larger than the image"),
	ROW(header_len, ANY, "wrong place"),
	ROW(body_off, ANY, "wrong place"),
	ROW(index_off, ANY, "wrong place"),
	ROW(iterations, NSEC3, "too many NSEC3 iterations"),
	ROW(iterations, NSEC, "without NSEC3"),
	ROW(salt, NSEC3, "parameters"),
	ROW(node_reserved, ANY, "reserved"),
	ROW(node_parent, ANY, "one label below"),
	ROW(node_parent_far, ANY, "no parent"),
	ROW(node_parent_none, ANY, ""),
	ROW(node_label, ANY, "one label below"),
	ROW(node_case, ANY, "lower case"),
	ROW(node_order, ANY, "canonical order"),
	ROW(node_label_cnt, ANY, "one label below"),
	ROW(node_name_len, ANY, "one label below"),
	ROW(node_rrset_cnt, ANY, "one label below"),
	ROW(node_delegation, ANY, "wrong flags"),
	ROW(node_dname, ANY, "wrong flags"),
	ROW(node_cname, ANY, "wrong flags"),
	ROW(node_glue, ANY, "wrong flags"),
	ROW(node_flag, ANY, "wrong flags"),
	ROW(node_wildcard, ANY, "does not know"),
	ROW(node_wildcard_other, ANY, "no wildcard"),
	ROW(node_denial, ANY, "bad denial"),
	ROW(node_denial_none, ANY, "bad denial"),
	ROW(node_wild_denial, ANY, "bad denial of the wildcard"),
	ROW(node_wild_denial_none, ANY, "bad denial of the wildcard"),
	ROW(node_wild_denial_cut, ANY, "bad denial of the wildcard"),
	ROW(entry_order, ANY, "out of order"),
	ROW(entry_type, ANY, "another type"),
	ROW(entry_reserved, ANY, "out of order"),
	ROW(entry_ref, ANY, "no RRset"),
	ROW(entry_ref_far, ANY, "no RRset"),
	ROW(soa_negative, ANY, "another type"),
	ROW(soa_negative_none, ANY, "no RRset"),
	ROW(rrset_type, ANY, "another type"),
	ROW(rrset_ttl, ANY, "another TTL"),
	ROW(rrset_rr_cnt, ANY, "bad counts"),
	ROW(rrset_rr_cnt_0, ANY, "bad counts"),
	ROW(rrset_sig_cnt, ANY, "bad counts"),
	ROW(rrset_data_len, ANY, "wrong data_len"),
	ROW(rrset_sig_len, ANY, ""),
	ROW(rrset_len_huge, ANY, "cut short"),
	ROW(rrset_key_len, ANY, "bad counts"),
	ROW(rrset_owner_fix, ANY, "owner without fix-up"),
	ROW(rrset_owner_value, ANY, "owner without fix-up"),
	ROW(rrset_class, ANY, "type or class"),
	ROW(rrset_wire_type, ANY, "type or class"),
	ROW(rrset_rdlength, ANY, "malformed record data"),
	ROW(rrset_rdlength_far, ANY, "cut short"),
	ROW(rrset_covered, ANY, "covers another type"),
	ROW(apex_fix_value, ANY, "does not point to a label"),
	ROW(apex_fix_far, ANY, "does not point to a label"),
	ROW(apex_fix_root, ANY, "does not point to a label"),
	ROW(name_label, ANY, ""),
	ROW(name_pointer, ANY, "malformed name"),
	ROW(name_far, ANY, ""),
	ROW(fix_count, ANY, ""),
	ROW(self_fix_forward, ANY, "does not point back"),
	ROW(self_fix_nowhere, ANY, "does not point back"),
	ROW(self_fix_far, ANY, "does not point back"),
	ROW(extra_ref, ANY, "extra without node"),
	ROW(extra_other, ANY, "not its target"),
	ROW(extra_pos, ANY, "no target is"),
	ROW(extra_mandatory, ANY, "bad extra"),
	ROW(index_used, ANY, "malformed bucket"),
	ROW(index_overflow, ANY, "would not end"),
	ROW(index_overflow_2, ANY, ""),
	ROW(index_missing, ANY, "a name is missing"),
	ROW(index_tag, ANY, "cannot be found"),
	ROW(index_node, ANY, "no node"),
	ROW(index_node_far, ANY, "no node"),
	ROW(index_twice, ANY, "one twice"),
	ROW(order_apex, NSEC, ""),
	ROW(order_swap, NSEC, ""),
	ROW(order_far, NSEC, ""),
	ROW(order_key, NSEC, "wrong key"),
	ROW(order_pad, NSEC, "search tree"),
	ROW(nsec3_order, NSEC3, ""),
	ROW(nsec3_hash, NSEC3, "not its hash"),
	ROW(nsec3_low, NSEC3, "not its hash"),
	ROW(nsec3_ref, NSEC3, "not the one"),
	ROW(nsec3_line_before, NSEC3, "wrong line"),
	ROW(nsec3_line_part, NSEC3, "wrong line"),
	ROW(nsec3_line_ref, NSEC3, "wrong line"),
	ROW(nsec3_line_used, NSEC3, "wrong line"),
	ROW(nsec3_line_full, NSEC3, "wrong line"),
	ROW(nsec3_line_overflow, NSEC3, "wrong line"),
	ROW(nsec3_line_reserved, NSEC3, "wrong line"),
	ROW(nsec3_owner, NSEC3, "not its hash"),
	ROW(nsec3_iterations, NSEC3, "parameters"),
	ROW(live_id, LIVE, "without its id"),
	ROW(live_id_of_others, ANY, "without its id"),
	ROW(live_sig_len, LIVE, "without its id"),
	ROW(live_signed, LIVE, "with signatures"),
	ROW(live_presigned, LIVE, "with signatures"),
	ROW(live_no_more, LIVE, "without its id"),
	ROW(live_other, ANY, "signatures in a live zone"),
	ROW(narrow_other, ANY, "denial of a live zone"),
	ROW(narrow_other, LIVE_NSEC, "narrow without NSEC3"),
	ROW(compact_other, ANY, "denial of a live zone"),
	ROW(compact_other, LIVE_NSEC | LIVE_NSEC3 | NARROW, "two kinds"),
	ROW(narrow_next, NARROW, "no narrow NSEC3 of its own"),
	ROW(narrow_next_cover, NARROW, "no narrow NSEC3 of its own"),
	ROW(narrow_no_match, NARROW, "no narrow NSEC3 of its own"),
	ROW(narrow_wild_match, NARROW, "or the reverse"),
	ROW(narrow_wild_cover, NARROW, "or the reverse"),
	ROW(narrow_wild_next, NARROW, "for its wildcard"),
	ROW(compact_next, COMPACT, ""),
	ROW(compact_next_label, COMPACT, "farther"),
	ROW(compact_type, COMPACT, ""),
	ROW(compact_ttl, COMPACT, "TTL of negative answers"),
	ROW(compact_no_more, COMPACT, "without denial"),
	ROW(key_none, LIVE, "without its signature key"),
	ROW(key_none_apex, LIVE, "without its signature key"),
	ROW(key_shared, LIVE, "key of another"),
};

static void sample_open(struct sample *s, enum denial denial)
{
	fixture_zone(&s->zone, "example.", LINES);
	if (denial & (NSEC | LIVE_NSEC))
		fixture_nsec(&s->zone);
	else if (denial == NARROW)
		fixture_narrow(&s->zone, 1, 2, "ab", false);
	else if (denial == COMPACT)
		fixture_compact(&s->zone);
	else
		fixture_nsec3(&s->zone, 1, 2, "ab", false);
	if (denial & LIVE)
		fixture_live(&s->zone);
	else
		fixture_sign(&s->zone);
	s->img = fixture_image(&s->zone, SEED);
}

static void sample_close(struct sample *s)
{
	free(s->img);
	zone_deinit(&s->zone);
}

static void every_break_is_found(void **state)
{
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		for (unsigned denial = NSEC; denial <= COMPACT; denial *= 2) {
			struct sample s;
			char err[256] = "";
			if (!(breaks[i].denial & denial))
				continue;
			sample_open(&s, denial);
			uint64_t len = s.img->size;
			breaks[i].apply(&s);
			s.img->checksum = image_checksum(s.img, len);
			int rc = image_check(s.img, len, SEED, err);
			if (rc == 0 || strstr(err, breaks[i].err) == NULL)
				fail_msg("%s: %d \"%s\"", breaks[i].name, rc, err);
			sample_close(&s);
		}
	}
}

static void checksum_covers_every_bit_but_its_own(void **state)
{
	struct sample s;
	sample_open(&s, NSEC);
	uint64_t sum = s.img->checksum, own = offsetof(struct image_header, checksum);
	const uint64_t len = s.img->size;
	for (uint64_t i = 0; i < len * 8; i++) {
		uint8_t *octet = (uint8_t *)s.img + i / 8;
		bool counts = i / 8 < own || i / 8 >= own + sizeof(sum);
		*octet ^= (uint8_t)(1U << i % 8);
		assert_int_equal(image_checksum(s.img, len) != sum, counts);
		*octet ^= (uint8_t)(1U << i % 8);
	}
	sample_close(&s);
}

static void short_images_are_refused(void **state)
{
	struct sample s;
	char err[256];
	sample_open(&s, NSEC3);
	for (uint64_t len = 0; len < s.img->size; len += 8) {
		/* exactly as long as said: a read beyond it is one that ASan sees */
		struct image_header *cut = NULL;
		assert_int_equal(posix_memalign((void **)&cut, IMAGE_ALIGN, len), 0);
		memcpy(cut, s.img, len);
		if (len >= sizeof(*cut) && len % IMAGE_ALIGN == 0) {
			cut->size = len;
			cut->checksum = image_checksum(cut, len);
		}
		assert_int_equal(image_check(cut, len, SEED, err), -1);
		free(cut);
	}
	sample_close(&s);
}

/* Every bit flipped, the checksum put right: refused, or harmless to the read side. */
static void flipped_bits_do_no_harm(void **state)
{
	for (unsigned denial = NSEC; denial <= COMPACT; denial *= 2) {
		struct sample s;
		char err[256];
		unsigned refused_cnt = 0;
		sample_open(&s, denial);
		uint64_t len = s.img->size;
		for (uint64_t i = 0; i < len * 8; i++) {
			uint8_t *octet = (uint8_t *)s.img + i / 8;
			*octet ^= (uint8_t)(1U << i % 8);
			s.img->checksum = image_checksum(s.img, len);
			if (image_check(s.img, len, SEED, err) == 0)
				image_use(s.img);
			else
				refused_cnt++;
			*octet ^= (uint8_t)(1U << i % 8);
		}
		/* what is left is rdata and fields that are control's */
		assert_in_range(refused_cnt, len * 8 / 2, len * 8);
		sample_close(&s);
	}
}

/* The corpus of the fuzzer must be of today's layout, or it exercises nothing. */
static void corpus_of_the_fuzzer_is_valid(void **state)
{
	static const char *const names[] = {"tiny", "tiny-root", "unsigned", "nsec", "nsec-root",
		"nsec-many", "nsec3", "nsec3-root", "optout", "many", "live-nsec", "live-optout",
		"live-narrow", "live-narrow-root", "live-compact", "live-compact-root"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[4096], err[256];
		snprintf(path, sizeof(path), "%s/%s", IMAGE_CORPUS, names[i]);
		FILE *in = fopen(path, "rb");
		assert_non_null(in);
		void *img = aligned_alloc(IMAGE_ALIGN, 1 << 20);
		size_t len = fread(img, 1, 1 << 20, in);
		fclose(in);
		if (image_check(img, len, SEED, err) != 0)
			fail_msg("%s: %s (ninja image-corpus makes it anew)", names[i], err);
		assert_true(image_use(img) != 0);
		free(img);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_break_is_found),
		cmocka_unit_test(checksum_covers_every_bit_but_its_own),
		cmocka_unit_test(short_images_are_refused),
		cmocka_unit_test(flipped_bits_do_no_harm),
		cmocka_unit_test(corpus_of_the_fuzzer_is_valid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
