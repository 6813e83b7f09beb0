/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nsec3: hashing names (RFC 5155, 5) and searching the hash-ordered chain of an image (read side).
 *
 * The chain is image_nsec3[n] sorted by hash. Hashes are uniform, so a directory of d + 1 indices
 * finds the place in O(1): directory slot i holds the index of the first record whose hash_high,
 * taken as a fraction of 2^64, is >= i / d; slot d holds n. d is chosen so that two records share a
 * slot on average.
 */
#ifndef ZONEDB_NSEC3_H
#define ZONEDB_NSEC3_H

#include "zonedb/image.h"

#define NSEC3_FLAG_OPTOUT 1 /* RFC 5155, 3.1.2.1 */

/* SHA-1 of IH(salt, name, iterations): name lower case, name_len octets with the root label. Picks
 * SHA-NI at run time where the processor has it (zonedb/sha1.h). */
void nsec3_hash(uint8_t hash[static NSEC3_HASH_LEN], const uint8_t *name, size_t name_len,
	const uint8_t *salt, size_t salt_len, unsigned iterations);

/* Index of the record that matches hash (*match = true) or of the one that covers it, the chain
 * closing on itself (*match = false). The chain has at least one record. */
uint32_t nsec3_find(
	const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN], bool *match);
/* Prefetches what nsec3_find() will touch first. */
void nsec3_prefetch(const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN]);

/* Base32hex, lower case, no padding (RFC 4648, 7). */
void nsec3_to_text(char text[static NSEC3_LABEL_LEN], const uint8_t hash[static NSEC3_HASH_LEN]);
/* Either case; -1 if a character is none of base32hex. */
int nsec3_from_text(uint8_t hash[static NSEC3_HASH_LEN], const char *text, size_t len)
	__attribute__((warn_unused_result));

#endif
