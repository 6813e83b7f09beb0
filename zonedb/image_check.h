/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_check: full validation of an image before it is published (build side and fuzzers).
 *
 * Everything the read side trusts is proved here: header, checksum, every offset and count of every
 * table, node, RRset, extra and fix-up; that names are well-formed, lower case and inside the zone;
 * that the index finds every node that belongs in it and nothing else; that the nsec3 table is
 * sorted and its directory right; that narrow and compact zones deny one name a record, and have a
 * record for each name; that fragments parse as the RRs they claim, with every
 * compression pointer going backwards to a valid name. Linear in the size of the image.
 */
#ifndef ZONEDB_IMAGE_CHECK_H
#define ZONEDB_IMAGE_CHECK_H

#include "zonedb/image.h"

/* Returns 0 if the len octets at base (IMAGE_ALIGN aligned) are a valid image whose hash_seed is
 * hash_seed; -1 with err naming place and cause otherwise. Never reads outside [base, base + len).
 */
int image_check(const void *base, uint64_t len, uint64_t hash_seed, char err[static 256])
	__attribute__((warn_unused_result));

/* Checksum of an image of len octets (a multiple of IMAGE_ALIGN), its .checksum field taken as 0.
 * It finds accidents, not forgery: four lanes of folded multiplication, as fast as memory. */
uint64_t image_checksum(const void *base, uint64_t len);

#endif
