/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key_private: what the files of key.h share.
 */
#ifndef CONTROL_DNSSEC_KEY_PRIVATE_H
#define CONTROL_DNSSEC_KEY_PRIVATE_H

#include <openssl/bn.h>

#include "control/dnssec/key.h"

/* key_adopt makes *key of pkey, which it owns from then on, also when it returns -1: pkey does not
 * fit alg. */
int key_adopt(struct key *key, const struct key_algorithm *alg, uint16_t flags, EVP_PKEY *pkey,
	char err[static 256]) __attribute__((warn_unused_result));

/* key_check_there: 0, or -1 with err: OpenSSL lacks what keys of alg need. */
int key_check_there(const struct key_algorithm *alg, char err[static 256])
	__attribute__((warn_unused_result));

/* For cleanup(): wipes and frees *bn. */
static inline void key_bn_free(BIGNUM **bn)
{
	BN_clear_free(*bn);
}

/* For cleanup(): frees what a secret pointer points to. */
static inline void key_secret_cleanup(void *secret)
{
	key_secret_free(*(void **)secret);
}

#endif
