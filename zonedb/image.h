/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image: one version of one zone, as the data plane reads it.
 *
 * An image is one run of bytes in shared memory: immutable once published, position-independent
 * (offsets, never pointers), in host byte order except where a field says _be or where it is wire
 * format. It is written once by image_build, checked in full by image_check before publication,
 * and from then on trusted: the read side below does no bounds checks.
 *
 *   +--------------------+ 0            image base, 64-octet aligned
 *   | struct image_header|
 *   | apex name, salt    |              wire format, lower case
 *   +--------------------+ index_off    hash index: buckets of one cache line
 *   | index buckets      |
 *   +--------------------+ nsec3_off    (NSEC3 zones) sorted hash prefixes, lines to find one by
 *   | nsec3 tables       |
 *   +--------------------+ order_off    (NSEC zones) owners of NSEC records in canonical order
 *   | order table        |              and a search tree over the start of their sort keys
 *   +--------------------+ body_off     64-octet aligned
 *   | nodes and RRsets   |              nodes in canonical order, each followed by the RRsets it
 *   |                    |              is the first to refer to (the apex also by soa_negative);
 *   |                    |              then the RRsets of the nsec3 table in its order
 *   +--------------------+ size
 *
 * Nodes are struct image_node + RRset entries + name, RRsets struct image_rrset + signature key +
 * extras + fix-ups + wire, both 8-octet aligned; a node no longer than a cache line does not cross
 * one (image_node_place()). So the body can be walked from its start without knowing references,
 * and what belongs together lies together.
 *
 * References (struct node_ref, struct rrset_ref) count units of 8 octets from the image base;
 * 0 is "none" (the header stands there).
 *
 * An RRset a live zone is to sign has the key of its signatures in front of the extras: the same
 * RRset has the same key in every version of the zone, as long as the zone's keys and parameters
 * are the same.
 *
 * RRsets are ready wire fragments. What is left to do when one is copied into a message is
 * pointed at by its fix-ups, 16-bit positions inside the fragment, grouped by what they point to:
 *
 *   owner fix-ups   the RR's owner; becomes 0xC000 | offset of the owner name in the message.
 *                   Absent in NSEC3 RRsets, whose wire carries the hashed owner itself.
 *   apex fix-ups    the tail of a name inside the zone (or above it): the stored 16-bit value
 *                   (big-endian, below 256) is an offset into the apex name; becomes
 *                   0xC000 | (offset of the apex in the message + stored value).
 *   self fix-ups    the tail of a name repeated inside the fragment: the stored value is an offset
 *                   into the fragment; becomes 0xC000 | (offset of the fragment + stored value).
 *                   A pointer reaches MSG_POINTER_MAX: behind that, in long answers over TCP, a
 *                   fragment with self fix-ups must be written out uncompressed.
 *
 * Only names in the rdata of NS, CNAME, PTR, SOA, MX and the other types of RFC 1035 are
 * compressed (RFC 3597, 4); a bare root is never replaced by a pointer.
 *
 * Who owns what: control writes, nobody writes after publication. Any number of readers.
 */
#ifndef ZONEDB_IMAGE_H
#define ZONEDB_IMAGE_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/limits.h"
#include "zonedb/sigkey.h"

#define IMAGE_MAGIC   UINT64_C(0x3147534e45474d49) /* "IMGENSG1" */
#define IMAGE_LAYOUT  4U		  /* grows with every change of the structs below */
#define IMAGE_ALIGN   64U		  /* octets: an image starts on a cache line */
#define IMAGE_UNIT    8U		  /* octets a reference counts in */
#define IMAGE_LEN_MAX (UINT64_C(1) << 35) /* octets: what a reference reaches */

struct node_ref {
	uint32_t v;
};

struct rrset_ref {
	uint32_t v;
};

enum image_flag {
	IMAGE_SIGNED = 1 << 0,	  /* RRSIGs beside the RRsets */
	IMAGE_NSEC = 1 << 1,	  /* denial by NSEC: the order table is there */
	IMAGE_NSEC3 = 1 << 2,	  /* denial by NSEC3: the nsec3 tables are there */
	IMAGE_OPTOUT = 1 << 3,	  /* some NSEC3 of the chain has the opt-out flag */
	IMAGE_PRESIGNED = 1 << 4, /* signatures came with the zone */
	IMAGE_LIVE = 1 << 5,	/* signatures are made when asked for: a key beside each RRset that
				   is to be signed, no RRSIG anywhere */
	IMAGE_NARROW = 1 << 6,	/* live NSEC3: each record spans its own hash or what it denies and
				   no more; the nsec3 table is no chain (zonedb/synth.h) */
	IMAGE_COMPACT = 1 << 7, /* live, compact denial (RFC 9824): an NSEC RRset at each name that
				   is found; with neither IMAGE_NSEC nor IMAGE_NSEC3 */
};

struct image_header {
	uint64_t magic;
	uint32_t layout;
	uint32_t header_len;	 /* octets: this struct + apex + salt, rounded to 64 */
	uint64_t size;		 /* octets of the whole image, a multiple of 64 */
	uint64_t checksum;	 /* image_checksum() over the image with this field zero */
	uint64_t hash_seed;	 /* equals the directory's (zonedb/publish.h) */
	uint64_t fingerprint[2]; /* of what it was compiled from; control's, opaque here */
	uint64_t made_at_s;	 /* Unix time of compilation */
	uint64_t resign_at_s;	 /* Unix time control compiles again at the latest; 0 = never */
	uint64_t apex_hash;	 /* dname_hash() of the apex */
	uint64_t live_id[2];	 /* live zones: digest of keys, denial and what else signatures
				    depend on, secret by the seed in it; 0 in others */
	uint32_t serial;	 /* of the SOA served */
	uint32_t flags;		 /* enum image_flag */
	struct node_ref apex;	 /* node of the apex */
	struct rrset_ref soa_negative; /* SOA (and RRSIG) with TTL min(SOA TTL, minimum):
					  the authority section of negative answers (RFC 2308, 3;
					  RFC 9077) */
	uint32_t node_cnt;
	uint32_t rrset_cnt;
	uint32_t index_off; /* units of 8 octets; the bucket array is 64-octet aligned */
	uint32_t index_bucket_cnt;
	uint32_t nsec3_off; /* units: struct image_nsec3[nsec3_cnt] */
	uint32_t nsec3_cnt;
	uint32_t nsec3_low_off;	 /* units: uint64_t[nsec3_cnt], last 8 octets of each hash */
	uint32_t nsec3_line_off; /* units: struct image_nsec3_line[nsec3_line_cnt], 64-octet aligned
				  */
	uint32_t nsec3_line_cnt;
	uint32_t order_off; /* units: struct node_ref[order_cnt], canonical order */
	uint32_t order_cnt;
	uint32_t order_key_off; /* units: the search tree over them, 64-octet aligned */
	uint32_t body_off;	/* units: first node, the apex */
	uint16_t nsec3_iterations;
	uint8_t nsec3_salt_len;
	uint8_t apex_len;	/* octets with the root label */
	uint8_t apex_label_cnt; /* without the root */
	uint8_t label_cnt_max;	/* labels below the apex of the deepest node */
	uint16_t live_sig_len;	/* live zones: octets the RRSIGs of one ordinary RRset take in a
				   message; 0 in others */
	uint8_t names[];	/* apex (apex_len), then salt (nsec3_salt_len) */
};
static_assert(offsetof(struct image_header, names) == 172, "layout 4");

/* ---- index --------------------------------------------------------------------------------- */

#define IMAGE_BUCKET_SLOTS 10

/* One cache line. A name's home bucket is hash * bucket_cnt >> 64; its tag the low 16 bits of
 * the hash. A full bucket overflows into the next one (wrapping round) and says so. */
struct image_bucket {
	alignas(64) uint16_t tag[IMAGE_BUCKET_SLOTS];
	uint32_t node[IMAGE_BUCKET_SLOTS]; /* node_ref.v */
	uint8_t used;			   /* slots filled, from 0 */
	uint8_t overflow; /* 1: a name whose home is here may lie in a following bucket */
	uint8_t reserved[2];
};
static_assert(sizeof(struct image_bucket) == 64, "one cache line");

/* Home bucket of a name. */
static inline uint32_t image_bucket_of(uint64_t hash, uint32_t bucket_cnt)
{
	return (uint32_t)((unsigned __int128)hash * bucket_cnt >> 64);
}

/* ---- nodes --------------------------------------------------------------------------------- */

enum image_node_flag {
	NODE_DELEGATION = 1 << 0, /* NS below the apex: the walk ends here */
	NODE_DNAME = 1 << 1,	  /* DNAME: the walk ends here for names below */
	NODE_GLUE = 1 << 2,	  /* below a cut: found only as additional data, not in the index */
	NODE_CNAME = 1 << 3,
	NODE_DENIAL_MATCH = 1 << 4, /* .denial is this name's own NSEC/NSEC3, not a covering one */
	NODE_WILDCARD_DENIAL_MATCH = 1 << 5, /* the same for .wildcard_denial */
	NODE_WILDCARD = 1 << 6,		     /* leftmost label is "*" */
};

#define IMAGE_DENIAL_NONE UINT32_MAX

/* Position of an RRset in a node, in ascending order of type. */
struct image_rrset_entry {
	uint16_t type;
	uint16_t reserved;
	struct rrset_ref rrset;
};

/* A name of the zone; empty non-terminals are nodes without RRsets. Nodes at and above cuts are in
 * the index; nodes below a cut (NODE_GLUE) are not: they are reached from NS RRsets' extras. */
struct image_node {
	struct node_ref parent;	  /* closest ancestor node = one label less; none at the apex */
	struct node_ref wildcard; /* node of "*." + this name, if it exists */
	uint32_t denial; /* NSEC3 zones: reference to the NSEC3 RRset that matches this name or, in
			    opt-out zones, covers it. NSEC zones: index into the order table of
			    this name's NSEC, or of the one that covers it (empty
			    non-terminals). IMAGE_DENIAL_NONE without denial, for glue, and in
			    compact zones, where the NSEC is among .rrset */
	uint32_t wildcard_denial; /* the same for the name "*." + this name; IMAGE_DENIAL_NONE at
				     delegations */
	uint8_t flags;		  /* enum image_node_flag */
	uint8_t rrset_cnt;
	uint8_t name_len;  /* octets of .name: labels below the apex, no root label */
	uint8_t label_cnt; /* labels below the apex; 0 = apex */
	uint32_t reserved;
	struct image_rrset_entry
		rrset[]; /* [rrset_cnt], then uint8_t name[name_len] in lower case */
};
static_assert(sizeof(struct image_node) == 24, "layout 4");

/* ---- rrsets -------------------------------------------------------------------------------- */

/* An address owner that belongs in the additional section when this RRset is given out. */
struct image_extra {
	struct node_ref node;  /* has an A or AAAA RRset */
	struct rrset_ref a;    /* its A RRset; none = 0 */
	struct rrset_ref aaaa; /* its AAAA RRset; none = 0 */
	uint16_t name_pos;     /* position in the fragment of the name that points there */
	uint16_t mandatory; /* 1: in-domain glue of the referral, truncate without it (RFC 9471) */
};

struct image_rrset {
	uint32_t ttl_s; /* also in the wire; here for DNAME synthesis */
	uint16_t type;
	uint16_t rr_cnt;
	uint16_t sig_cnt;	/* RRSIGs covering it; their wire follows the data's */
	uint16_t data_len;	/* octets of wire of the RRs */
	uint16_t sig_len;	/* octets of wire of the RRSIG RRs */
	uint16_t owner_fix_cnt; /* rr_cnt + sig_cnt (data's first), or 0 where the wire has its
				   owner */
	uint16_t apex_fix_cnt;
	uint16_t self_fix_cnt;
	uint16_t extra_cnt;
	uint16_t key_len; /* 16 where a live zone is to sign this RRset, else 0 */
			  /* struct sig_key key, if key_len is 16 (zonedb/sigkey.h);
			   * struct image_extra extra[extra_cnt];
			   * uint16_t fix[owner_fix_cnt + apex_fix_cnt + self_fix_cnt];
			   * uint8_t wire[data_len + sig_len]; */
};
static_assert(sizeof(struct image_rrset) == 24, "layout 4");
static_assert(sizeof(struct image_extra) == 16, "layout 4");

/* ---- nsec3 --------------------------------------------------------------------------------- */

/* One record of the NSEC3 chain, sorted by hash. The last 8 octets are in nsec3_low[]. */
struct image_nsec3 {
	uint64_t hash_high;	/* octets 0..7 of the hash as a number */
	uint32_t hash_mid;	/* octets 8..11 */
	struct rrset_ref rrset; /* the NSEC3 record with its RRSIGs */
};
static_assert(sizeof(struct image_nsec3) == 16, "layout 4");

#define IMAGE_NSEC3_SLOTS 7

/* Lines share the space of hashes evenly; each lists the records that fall into its share, so that
 * what covers a hash is found in one cache line. */
struct image_nsec3_line {
	alignas(64) uint32_t part[IMAGE_NSEC3_SLOTS]; /* where in the share a record lies
							 (image_nsec3_place), in ascending order */
	uint32_t rrset[1 + IMAGE_NSEC3_SLOTS]; /* rrset_ref.v: of the record in front of the share,
						  the chain closing on itself; then by slot */
	uint8_t used;			       /* slots filled, from 0 */
	uint8_t overflow;		       /* 1: there are more records than slots */
	uint8_t reserved[2];
};
static_assert(sizeof(struct image_nsec3_line) == 64, "one cache line");

/* Place of a hash: index of its line * 2^32 + part of the line's share, in the order of hashes. */
static inline uint64_t image_nsec3_place(uint64_t hash_high, uint32_t line_cnt)
{
	return (uint64_t)((unsigned __int128)hash_high * line_cnt >> 32);
}

/* ---- order --------------------------------------------------------------------------------- */

/* Search tree over the owners of NSEC records: level 0 holds the first 16 octets of each owner's
 * sort key (dname_sort_key(), the apex left out) as a number, in canonical order; each further
 * level every 4th of the one below, until 4 or fewer are left. A level is padded to whole cache
 * lines with keys of all ones, and level 0 comes first. */
struct image_order_key {
	uint64_t high; /* octets 0..7 */
	uint64_t low;  /* octets 8..15 */
};
#define IMAGE_ORDER_FANOUT    4U
#define IMAGE_ORDER_LEVEL_MAX 16U /* 4^16 keys are more than a count counts */
static_assert(
	IMAGE_ORDER_FANOUT * sizeof(struct image_order_key) == IMAGE_ALIGN, "one line a step");

static inline unsigned __int128 image_order_number(struct image_order_key key)
{
	return (unsigned __int128)key.high << 64 | key.low;
}

/* Keys a level of cnt keys takes, padding included. */
static inline uint64_t image_order_padded(uint64_t cnt)
{
	return (cnt + IMAGE_ORDER_FANOUT - 1) / IMAGE_ORDER_FANOUT * IMAGE_ORDER_FANOUT;
}

/* Octets of the whole tree over cnt keys. */
static inline uint64_t image_order_tree_len(uint64_t cnt)
{
	uint64_t len = 0;
	for (;; cnt = image_order_padded(cnt) / IMAGE_ORDER_FANOUT) {
		len += image_order_padded(cnt) * sizeof(struct image_order_key);
		if (cnt <= IMAGE_ORDER_FANOUT)
			return len;
	}
}

/* ---- sizes --------------------------------------------------------------------------------- */

static inline uint64_t image_round_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

static inline uint64_t image_node_len(uint8_t rrset_cnt, uint8_t name_len)
{
	return image_round_up(
		sizeof(struct image_node) + rrset_cnt * sizeof(struct image_rrset_entry) + name_len,
		IMAGE_UNIT);
}

/* Where a node of len octets stands that is to come at or behind pos. A tenth more image for a
 * TLD, and a walk there about 5 % faster than over packed nodes of two lines each. */
static inline uint64_t image_node_place(uint64_t pos, uint64_t len)
{
	bool crosses = pos % IMAGE_ALIGN + len > IMAGE_ALIGN;
	return crosses && len <= IMAGE_ALIGN ? image_round_up(pos, IMAGE_ALIGN) : pos;
}

static inline uint64_t image_rrset_len(const struct image_rrset *rrset)
{
	uint64_t fix_cnt =
		(uint64_t)rrset->owner_fix_cnt + rrset->apex_fix_cnt + rrset->self_fix_cnt;
	return image_round_up(sizeof(*rrset) + rrset->key_len +
				      rrset->extra_cnt * sizeof(struct image_extra) +
				      fix_cnt * sizeof(uint16_t) + rrset->data_len + rrset->sig_len,
		IMAGE_UNIT);
}

/* ---- accessors (no checks: the image is validated) ----------------------------------------- */

static inline const void *image_at(const struct image_header *img, uint32_t unit)
{
	return (const uint8_t *)img + (uint64_t)unit * IMAGE_UNIT;
}

static inline const uint8_t *image_apex(const struct image_header *img)
{
	return img->names;
}

static inline const uint8_t *image_salt(const struct image_header *img)
{
	return img->names + img->apex_len;
}

static inline const struct image_node *image_node(
	const struct image_header *img, struct node_ref ref)
{
	return image_at(img, ref.v);
}

static inline const uint8_t *image_node_name(const struct image_node *node)
{
	return (const uint8_t *)(node->rrset + node->rrset_cnt);
}

static inline const struct image_rrset *image_rrset(
	const struct image_header *img, struct rrset_ref ref)
{
	return image_at(img, ref.v);
}

/* Key of the RRset's signatures; only where key_len is not 0. */
static inline const struct sig_key *image_rrset_key(const struct image_rrset *rrset)
{
	return (const struct sig_key *)(rrset + 1);
}

static inline const struct image_extra *image_rrset_extra(const struct image_rrset *rrset)
{
	return (const struct image_extra *)((const uint8_t *)(rrset + 1) + rrset->key_len);
}

static inline const uint16_t *image_rrset_fix(const struct image_rrset *rrset)
{
	return (const uint16_t *)(image_rrset_extra(rrset) + rrset->extra_cnt);
}

static inline const uint8_t *image_rrset_wire(const struct image_rrset *rrset)
{
	return (const uint8_t *)(image_rrset_fix(rrset) + rrset->owner_fix_cnt +
				 rrset->apex_fix_cnt + rrset->self_fix_cnt);
}

#endif
