/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * nsec3: hashing names (RFC 5155, 5) and searching the hash-ordered chain of an image (read side).
 *
 * The chain is image_nsec3[n] sorted by hash. Hashes are uniform, so lines that share the space of
 * hashes evenly (struct image_nsec3_line) hold about the same number of records each, and what
 * covers a hash is found in one cache line; one in 37 has more records than room, and then the
 * chain itself is searched.
 */
#ifndef ZONEDB_NSEC3_H
#define ZONEDB_NSEC3_H

#include "zonedb/image.h"

#define NSEC3_FLAG_OPTOUT 1 /* RFC 5155, 3.1.2.1 */

/* SHA-1 of IH(salt, name, iterations): name lower case, name_len octets with the root label. Picks
 * SHA-NI at run time where the processor has it (zonedb/sha1.h). */
void nsec3_hash(uint8_t hash[static NSEC3_HASH_LEN], const uint8_t *name, size_t name_len,
	const uint8_t *salt, size_t salt_len, unsigned iterations);

/* The same for two names, in little more time than for one where there are no iterations. */
struct nsec3_input {
	const uint8_t *name;
	const uint8_t *salt;
	uint16_t iterations;
	uint8_t name_len;
	uint8_t salt_len;
};
void nsec3_hash_pair(uint8_t *const hash[static 2], const struct nsec3_input in[static 2]);

/* Index of the record that matches hash (*match = true) or of the one that covers it, the chain
 * closing on itself (*match = false). The chain has at least one record. */
uint32_t nsec3_find(
	const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN], bool *match);
/* The record that matches or covers hash. */
struct rrset_ref nsec3_cover(
	const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN]);
/* Prefetches what nsec3_cover() will touch. */
void nsec3_prefetch(const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN]);

/* Base32hex, lower case, no padding (RFC 4648, 7). */
void nsec3_to_text(char text[static NSEC3_LABEL_LEN], const uint8_t hash[static NSEC3_HASH_LEN]);
/* Either case; -1 if a character is none of base32hex. */
int nsec3_from_text(uint8_t hash[static NSEC3_HASH_LEN], const char *text, size_t len)
	__attribute__((warn_unused_result));

#endif
