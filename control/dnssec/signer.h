/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signer: one key ready to sign many messages, in one thread.
 *
 * All of OpenSSL's set-up per signature is done once: contexts are kept, hash and signature are
 * separate steps where the algorithm has a hash. Costs per signature beyond the mathematics: a
 * hash, and turning ECDSA's DER into the two numbers DNSSEC wants.
 */
#ifndef CONTROL_DNSSEC_SIGNER_H
#define CONTROL_DNSSEC_SIGNER_H

#include "control/dnssec/key.h"

struct signer {
	const struct key *key;
	const struct key_algorithm *alg;
	EVP_PKEY_CTX *pkey_ctx; /* all but EdDSA */
	const EVP_MD *md;
	EVP_MD_CTX *md_ctx;
	unsigned sig_len; /* octets of every signature */
};

/* signer_init prepares key, which must outlive the signer. 0 or -1; deinit in either case. */
int signer_init(struct signer *s, const struct key *key) __attribute__((warn_unused_result));
void signer_deinit(struct signer *s); /* the zero state is safe */
/* signer_sign writes the signature of msg, s->sig_len octets in DNSSEC's form, to sig. 0 or -1. */
int signer_sign(struct signer *s, uint8_t *sig, const uint8_t *msg, size_t msg_len)
	__attribute__((warn_unused_result));

#endif
