/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fold: fast 64-bit mixing of octets by folded multiplication, for checksums and tables of the
 * build side. Not cryptographic: it finds accidents, and with a secret seed keeps tables even.
 */
#ifndef ZONEDB_FOLD_H
#define ZONEDB_FOLD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FOLD_K0 UINT64_C(0x9e3779b97f4a7c15)
#define FOLD_K1 UINT64_C(0xd6e8feb86659fd93)

static inline uint64_t fold_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)(a ^ FOLD_K0) * (b ^ FOLD_K1);
	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Mixes len octets into seed. */
static inline uint64_t fold_bytes(uint64_t seed, const uint8_t *data, size_t len)
{
	uint64_t h = fold_mix(seed, len), word;
	for (; len >= 8; data += 8, len -= 8) {
		memcpy(&word, data, 8);
		h = fold_mix(h, word);
	}
	word = 0;
	memcpy(&word, data, len);
	return fold_mix(h, word);
}

#endif
