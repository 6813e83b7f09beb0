/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigkey: what a live signature is found by.
 *
 * A sig_key names a record set as it is to be signed: zone and its keys (the image's live_id),
 * owner, type, TTL, rdata. It is 16 octets of SHA-1 over these and the directory's hash seed, so
 *   - the same RRset in a new version of its zone has the same key, and its signature stays good;
 *   - another RRset, or the same one after a change of keys, has another;
 *   - nobody outside can choose names that collide, in a bucket or altogether;
 *   - its bits are uniform: any of them serve as a hash.
 * The key of a narrow cover is made of an NSEC3 hash, which is SHA-1 already, and secret factors.
 *
 * RRsets of an image carry theirs (zonedb/image.h). Those of records made while answering are
 * computed by the functions below.
 */
#ifndef ZONEDB_SIGKEY_H
#define ZONEDB_SIGKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/limits.h"

struct sig_key {
	uint64_t v[2];
};
static_assert(sizeof(struct sig_key) == 16, "as it lies in images and rings");

static inline bool sig_key_equal(struct sig_key a, struct sig_key b)
{
	return !((a.v[0] ^ b.v[0]) | (a.v[1] ^ b.v[1]));
}

/* No key: what memory of all zeros holds. SHA-1 will not give it. */
static inline bool sig_key_is_none(struct sig_key key)
{
	return !(key.v[0] | key.v[1]);
}

/* Which of cnt buckets; depends on the high bits of v[0]. */
static inline uint32_t sig_key_bucket(struct sig_key key, uint32_t cnt)
{
	return (uint32_t)((unsigned __int128)key.v[0] * cnt >> 64);
}

/* Bits for any other purpose, independent of the bucket. */
static inline uint64_t sig_key_bits(struct sig_key key)
{
	return key.v[1];
}

/* Key of an RRset, as control puts it into the image: owner in lower case; packed rdata as in
 * zonedb/zone.h, in canonical order. */
struct sig_key sig_key_rrset(const uint64_t live_id[static 2], const uint8_t *owner, uint16_t type,
	uint32_t ttl_s, const uint8_t *packed, size_t packed_len);
/* Key of the NSEC3 record that narrowly covers a hash (RFC 5155, 7.2.2; "white lies": owner hash-1,
 * next hash+1), of the zone with this live_id. */
struct sig_key sig_key_cover(
	const uint64_t live_id[static 2], const uint8_t hash[static NSEC3_HASH_LEN]);
/* Key of the NSEC record of a name that does not exist in a compact zone (RFC 9824). name is lower
 * case wire with its root label. */
struct sig_key sig_key_compact(
	const uint64_t live_id[static 2], const uint8_t *name, size_t name_len);
/* Key of a compact zone's wildcard RRset signed with name as its owner; wildcard is its own key. */
struct sig_key sig_key_expanded(struct sig_key wildcard, const uint8_t *name, size_t name_len);

#endif
