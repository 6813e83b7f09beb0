/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * contexts: what OpenSSL needs to sign with RSA and EdDSA keys, made when a key is first used.
 *
 * A cache of fixed size, one thread's: CONTEXT_CNT contexts of up to some 10 KiB. A key whose place
 * is another's takes it over; making a context costs about one signature. (ECDSA needs none:
 * ecdsa.h.)
 */
#ifndef CONTROL_SIGNER_CONTEXTS_H
#define CONTROL_SIGNER_CONTEXTS_H

#include "control/dnssec/signer.h"
#include "control/signer/keytab.h"

#define CONTEXT_CNT 1024U

struct context {
	uint64_t set_id; /* 0 = none */
	unsigned key_idx;
	struct key key;
	struct signer signer;
};

struct contexts {
	struct context *place[CONTEXT_CNT];
};

/* The signer of a set's key, valid until the next call; NULL if it cannot be made. */
struct signer *contexts_signer(
	struct contexts *contexts, const struct keytab_set *set, const struct keytab_key *key);
void contexts_forget(struct contexts *contexts); /* all of them; the zero state is safe */

#endif
