/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * synth: denial records of live zones that no image holds, because they deny one name only: the
 * one that was asked for (read side).
 *
 *   narrow NSEC3   "white lies", as PowerDNS tells them: the record that covers hash H is
 *                  owned by H - 1 and its next hash is H + 1, its bitmap is empty. The record that
 *                  matches H, which an image has for each of its names, goes from H to H + 1.
 *   compact NSEC   RFC 9824: a name that does not exist owns an NSEC to the name that follows it
 *                  directly, its bitmap says RRSIG, NSEC and NXNAME. Names that do exist have
 *                  theirs in the image, with their types; a wildcard's is given to the names it
 *                  stands for.
 *
 * Each is written twice, by the same code: into an answer, its owner's tail a compression pointer,
 * and by the signer in canonical form (RFC 4034, 6.2), the name written out: owner_at or apex_at is
 * the offset in the message, or SYNTH_CANONICAL. Octets of the rdata are the same.
 *
 * Their keys in caches are sig_key_cover(), sig_key_compact(), sig_key_expanded() (sigkey.h).
 */
#ifndef ZONEDB_SYNTH_H
#define ZONEDB_SYNTH_H

#include "zonedb/image.h"

#define SYNTH_CANONICAL 0 /* no name stands at the start of a message */

/* Octets of the longest of each, in either form. */
#define SYNTH_COVER_MAX                                                                            \
	(1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX + 10 + 6 + NSEC3_SALT_MAX + NSEC3_HASH_LEN)
#define SYNTH_COMPACT_MAX (2 * DNAME_LEN_MAX + 10 + 19)

/* The NSEC3 that covers hash in a narrow zone. apex_at: where the apex stands in the message.
 * Returns octets. */
size_t synth_cover(uint8_t dst[static SYNTH_COVER_MAX], const struct image_header *img,
	const uint8_t hash[static NSEC3_HASH_LEN], uint16_t apex_at);
/* Octets synth_cover() writes into a message: the same for every hash. */
size_t synth_cover_len(const struct image_header *img);

/* The NSEC of a name that does not exist in a compact zone. name: lower case, name_len octets,
 * below the apex; owner_at: where it stands in the message. Returns octets. */
size_t synth_compact(uint8_t dst[static SYNTH_COMPACT_MAX], const struct image_header *img,
	const uint8_t *name, size_t name_len, uint16_t owner_at);
/* Octets synth_compact() writes into a message at most. */
#define SYNTH_COMPACT_LEN(name_len) ((name_len) + 2 + 2 + 10 + 19)

/* The NSEC of a name a wildcard of a compact zone stands for; nsec is the wildcard's own. dst has
 * room for SYNTH_EXPANDED_LEN. Returns octets. */
size_t synth_expanded(uint8_t *dst, const struct image_header *img, const struct image_rrset *nsec,
	const uint8_t *name, size_t name_len, uint16_t owner_at);
#define SYNTH_EXPANDED_LEN(nsec) ((size_t)(nsec)->data_len + 2 * DNAME_LEN_MAX)

/* ---- parts, which control makes the images' own records of ---------------------------------- */

/* hash + 1 or hash - 1, the circle closing on itself. dst may be hash. */
void synth_hash_after(
	uint8_t dst[static NSEC3_HASH_LEN], const uint8_t hash[static NSEC3_HASH_LEN]);
void synth_hash_before(
	uint8_t dst[static NSEC3_HASH_LEN], const uint8_t hash[static NSEC3_HASH_LEN]);
/* The name that follows name (lower case) directly in canonical order in a zone whose apex has
 * apex_len octets: "\000." + name where that is not too long (RFC 4471, 3.1.2); behind the last
 * name, the apex. Returns octets. */
size_t synth_next_name(
	uint8_t dst[static DNAME_LEN_MAX], const uint8_t *name, size_t name_len, size_t apex_len);

#endif
