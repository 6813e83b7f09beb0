/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sha1: SHA-1 (RFC 3174) for hashing names by NSEC3 (RFC 5155), and nothing else: the packet path
 * may not call libcrypto, and the inputs are short enough that call overhead would dominate.
 *
 * Two compression functions, one file each: portable, and with the x86 SHA extensions. The faster
 * usable one is picked once, before main().
 */
#ifndef ZONEDB_SHA1_H
#define ZONEDB_SHA1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA1_BLOCK_LEN 64
#define SHA1_HASH_LEN  20
/* Octets the padded form of a message of len octets takes. */
#define SHA1_PADDED_LEN(len) (((len) + 9 + SHA1_BLOCK_LEN - 1) / SHA1_BLOCK_LEN * SHA1_BLOCK_LEN)

extern const uint32_t sha1_initial_state[5];

/* Takes block_cnt blocks of 64 octets into state. */
typedef void sha1_compress_fn(uint32_t state[static 5], const uint8_t *block, size_t block_cnt);

sha1_compress_fn sha1_compress_portable;
sha1_compress_fn sha1_compress_ni; /* only where sha1_ni_usable() */
bool sha1_ni_usable(void);

/* Two messages of as many blocks side by side. */
typedef void sha1_compress_pair_fn(
	uint32_t state[static 2][5], const uint8_t *const block[static 2], size_t block_cnt);

sha1_compress_pair_fn sha1_compress_pair_portable;
sha1_compress_pair_fn sha1_compress_pair_ni;

/* The ones picked for this processor. */
extern sha1_compress_fn *sha1_compress;
extern sha1_compress_pair_fn *sha1_compress_pair;

/* Pads the message of len octets at buf in place (RFC 3174, 4); buf has SHA1_PADDED_LEN(len)
 * octets. Returns blocks. */
size_t sha1_pad(uint8_t *buf, size_t len);
/* State to the octets of the hash. */
void sha1_finish(uint8_t hash[static SHA1_HASH_LEN], const uint32_t state[static 5]);

#endif
