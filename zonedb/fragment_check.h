/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fragment_check: proves that an RRset of an image is what zonedb/image.h says (build side; part of
 * image_check). The octets may be hostile.
 */
#ifndef ZONEDB_FRAGMENT_CHECK_H
#define ZONEDB_FRAGMENT_CHECK_H

#include "zonedb/image.h"

/* Scratch; zero state plus fragment_check_init(). */
struct fragment_check {
	const uint8_t *apex;
	size_t apex_len;
	bool apex_label[DNAME_LEN_MAX];	      /* a label of the apex starts at this offset */
	uint8_t name_len[RRSET_WIRE_MAX + 1]; /* octets, uncompressed, of the name that starts at
						 this position of the wire; 0 = none does */
};

/* apex is a valid name in lower case and outlives fc. */
void fragment_check_init(struct fragment_check *fc, const uint8_t *apex, size_t apex_len);
/* Checks the RRset at rrset, which may take room octets. nsec3_hash: the owner if it is an NSEC3,
 * else NULL. Returns NULL, or a sentence saying what is wrong. Extras' node references are not
 * looked at, their positions are. */
const char *fragment_check(struct fragment_check *fc, const struct image_rrset *rrset,
	uint64_t room, const uint8_t *nsec3_hash) __attribute__((warn_unused_result));
/* The name at pos of a checked fragment, lower case, to name; its octets. */
size_t fragment_name(const struct fragment_check *fc, uint8_t name[static DNAME_LEN_MAX],
	const struct image_rrset *rrset, uint16_t pos);

#endif
