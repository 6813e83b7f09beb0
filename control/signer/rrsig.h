/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rrsig: makes the signatures over a record, with all keys of a set whose role it is.
 *
 * One maker for each thread: it has buffers, OpenSSL's contexts and the pools of prepared halves
 * of ECDSA signatures (ecdsa.h), which it makes when the first key of their curve is there.
 */
#ifndef CONTROL_SIGNER_RRSIG_H
#define CONTROL_SIGNER_RRSIG_H

#include <stdbool.h>

#include "control/signer/contexts.h"
#include "control/signer/ecdsa.h"
#include "control/signer/record.h"

/* Algorithms 13 and 14. */
#define RRSIG_CURVE_CNT 2U

/* A curve as this thread signs on it. */
struct rrsig_curve {
	struct ecdsa ecdsa;
	EVP_MD *md;
	bool ready;
};

struct rrsig_maker {
	struct tbs tbs;
	struct contexts contexts;
	struct rrsig_curve curve[RRSIG_CURVE_CNT];
	EVP_MD_CTX *md_ctx;
	uint32_t pool_size; /* pairs of P-256; of P-384, whose cost 30 times as much, an eighth */
	bool unlocked;	    /* some pool could not be locked in memory */
	uint8_t payload[SIG_PAYLOAD_MAX];
};

/* 0, or -1: memory is out. The zero state before; to be deinited in either case. */
int rrsig_init(struct rrsig_maker *maker, uint32_t pool_size) __attribute__((warn_unused_result));
void rrsig_deinit(struct rrsig_maker *maker); /* the zero state is safe */

/* Signs record for a week with set. SIGN_OK with .len, .sig_cnt, .key and .payload of resp, which
 * lies in maker until the next call; or why not. */
enum sign_status rrsig_make(struct rrsig_maker *maker, struct sigring_response *resp,
	const struct record *record, const struct keytab_set *set, uint32_t week);

/* Signs the message in maker->tbs, head and all, with a key of set: the signature to sig, where
 * room octets are. Its octets, or -1. */
int rrsig_sign_message(struct rrsig_maker *maker, const struct keytab_set *set,
	const struct keytab_key *key, uint8_t *sig, size_t room)
	__attribute__((warn_unused_result));

/* Makes one pair ahead, for one of these algorithms (bit n: algorithm n); false if all that is
 * wanted is there. */
bool rrsig_prepare(struct rrsig_maker *maker, uint32_t algorithms);
/* Signatures made with a pair of the pools, and pairs there. */
uint64_t rrsig_pooled_cnt(const struct rrsig_maker *maker);
uint32_t rrsig_pool_cnt(const struct rrsig_maker *maker);
/* Forgets all keys. */
void rrsig_forget(struct rrsig_maker *maker);

#endif
