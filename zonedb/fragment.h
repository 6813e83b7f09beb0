/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fragment: turns one RRset of a zone into the wire fragment an image holds (build side; the form
 * is described in zonedb/image.h).
 *
 * A struct fragment is scratch for one fragment after another: fragment_build() fills it,
 * fragment_write() lays it down. Which nodes its targets are is image_build's to know: it reads
 * .target and fills .extra and, where head.key_len is not 0, .key in between.
 */
#ifndef ZONEDB_FRAGMENT_H
#define ZONEDB_FRAGMENT_H

#include "zonedb/image.h"
#include "zonedb/wire.h"
#include "zonedb/zone.h"

#define FRAGMENT_RR_MIN 12 /* octets of the shortest RR: owner pointer and header */
#define FRAGMENT_RR_MAX (RRSET_WIRE_MAX / FRAGMENT_RR_MIN) /* RRs, hence owner fix-ups */
#define FRAGMENT_FIX_MAX                                                                           \
	(RRSET_WIRE_MAX / 8) /* apex or self fix-ups: SOA and MINFO have two                       \
				 names in 16 octets at the least */
#define FRAGMENT_SUFFIX_MAX                                                                        \
	64 /* names remembered for self fix-ups: sets of name servers have a                       \
	       dozen; what is longer is compressed a little less */

/* A name in the rdata whose addresses are additional data. */
struct fragment_target {
	const uint8_t *name; /* in the zone's rdata, case as there */
	uint16_t pos;	     /* in the fragment's wire */
};

/* A name, or the tail of one, that stands in the wire. */
struct fragment_suffix {
	const uint8_t *name;
	uint16_t len;
	uint16_t pos;
};

struct fragment {
	const uint8_t *apex;
	size_t apex_len;
	struct image_rrset head;
	struct sig_key key; /* head.key_len octets */
	struct wire_writer wire;
	uint16_t target_cnt;
	uint16_t suffix_cnt;
	struct fragment_suffix suffix[FRAGMENT_SUFFIX_MAX];
	uint16_t owner_fix[FRAGMENT_RR_MAX + 1];
	uint16_t apex_fix[FRAGMENT_FIX_MAX + 1];
	uint16_t self_fix[FRAGMENT_FIX_MAX + 1];
	struct fragment_target target[FRAGMENT_RR_MAX + 1];
	struct image_extra extra[FRAGMENT_RR_MAX + 1]; /* head.extra_cnt of them */
	uint8_t buf[RRSET_WIRE_MAX];
};

/* What is built. */
struct fragment_source {
	const struct zone_rrset *rrset;
	uint32_t ttl_s;
	uint32_t sig_ttl_s;
	bool keyed; /* of a live zone, which is to sign it */
	const uint8_t
		*nsec3_hash; /* NSEC3_HASH_LEN octets, the owner of an NSEC3; NULL otherwise */
};

/* apex lower case, valid as long as the fragment is used. */
void fragment_init(struct fragment *f, const uint8_t *apex);
/* 0, or -1 if the RRset and its RRSIGs are larger than RRSET_WIRE_MAX. No extras yet. */
int fragment_build(struct fragment *f, const struct fragment_source *src)
	__attribute__((warn_unused_result));
/* Writes image_rrset_len(&f->head) octets, 8-aligned, padding included. */
void fragment_write(const struct fragment *f, void *dst);

#endif
