/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ecdsa: signatures on one curve in one thread, of which the costly half can be made ahead.
 *
 * Of an ECDSA signature (r, s) = (x(kG) mod n, k^-1 (e + r d) mod n), r and k^-1 need neither the
 * message nor the key, and are nearly all of the work: 21 us of 23 on the machine this was written
 * on. So they are made by OpenSSL's ECDSA_sign_setup() while there is nothing else to do, k drawn
 * afresh by its DRBG for each; kept in a pool (pool.h); and used by ECDSA_do_sign_ex() for a single
 * signature, of whichever key needs the next one. With the pool empty ECDSA_do_sign_ex() makes its
 * own as it goes.
 *
 * What must not happen is that two signatures use the same k, for then both keys are known. A pair
 * leaves the pool before it is used, whatever comes of it, and pools are neither shared nor copied.
 *
 * Keys are private numbers of fixed length; no public half is needed, and changing the key costs
 * 0.2 us, so a million zones need no OpenSSL object each.
 *
 * These functions are deprecated in OpenSSL 3, which offers no other way to divide the work. They
 * stay within ecdsa.c.
 */
#ifndef CONTROL_SIGNER_ECDSA_H
#define CONTROL_SIGNER_ECDSA_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "control/signer/pool.h"

#define ECDSA_NUM_MAX 48 /* octets of a number of the larger curve, P-384 */

struct ecdsa {
	EC_KEY *key; /* has the private number last used */
	EC_KEY *any; /* for making pairs, which does not depend on its number */
	BN_CTX *ctx;
	BIGNUM *kinv, *r;	       /* a pair out of the pool */
	unsigned num_len;	       /* octets of a number of the curve */
	struct pool pool;	       /* items: k^-1, r */
	uint64_t pooled_cnt;	       /* signatures with a pair of the pool */
	uint8_t scalar[ECDSA_NUM_MAX]; /* .key's; none when .key_set is false */
	bool key_set;
};

/* algorithm: 13 or 14 (RFC 6605). pool_size: pairs kept; 0 = none. 0; 1 if the pool is not locked
 * in memory; -1: OpenSSL or the system refuses. To be deinited in either case. */
int ecdsa_init(struct ecdsa *e, unsigned algorithm, uint32_t pool_size)
	__attribute__((warn_unused_result));
void ecdsa_deinit(struct ecdsa *e); /* the zero state is safe */
/* Makes one more pair. 0; 1 if the pool is full; -1 if OpenSSL fails. */
int ecdsa_prepare(struct ecdsa *e) __attribute__((warn_unused_result));
/* Signs a digest with the private number scalar, e->num_len octets. sig gets r and s, 2 *
 * e->num_len octets (RFC 6605, 4). 0 or -1. */
int ecdsa_sign(struct ecdsa *e, uint8_t *sig, const uint8_t *scalar, const uint8_t *digest,
	size_t digest_len) __attribute__((warn_unused_result));
/* Forgets the key last used. */
void ecdsa_forget(struct ecdsa *e);

#endif
