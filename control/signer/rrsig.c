/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/rrsig.h"

#include <string.h>

#include "control/dnssec/sign.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define ALGORITHM_FIRST	  13 /* of the curves */
#define P384_POOL_DIVISOR 8
#define RRSIG_RR_HEAD_LEN 10 /* type, class, TTL, rdlength */

int rrsig_init(struct rrsig_maker *maker, uint32_t pool_size)
{
	maker->pool_size = pool_size;
	maker->md_ctx = EVP_MD_CTX_new();
	return maker->md_ctx != NULL ? 0 : -1;
}

void rrsig_deinit(struct rrsig_maker *maker)
{
	for (unsigned i = 0; i < RRSIG_CURVE_CNT; i++) {
		ecdsa_deinit(&maker->curve[i].ecdsa);
		EVP_MD_free(maker->curve[i].md);
	}
	contexts_forget(&maker->contexts);
	EVP_MD_CTX_free(maker->md_ctx);
	tbs_deinit(&maker->tbs);
	*maker = (struct rrsig_maker){0};
}

/* ---- curves ---------------------------------------------------------------------------------- */

static int curve_init(struct rrsig_maker *maker, struct rrsig_curve *curve, unsigned algorithm)
{
	uint32_t pool_size = maker->pool_size;
	if (algorithm != ALGORITHM_FIRST)
		pool_size /= P384_POOL_DIVISOR;
	curve->md = EVP_MD_fetch(NULL, key_algorithm(algorithm)->digest, NULL);
	int r = ecdsa_init(&curve->ecdsa, algorithm, pool_size);
	maker->unlocked |= r > 0;
	if (r >= 0 && curve->md != NULL) {
		curve->ready = true;
		return 0;
	}
	ecdsa_deinit(&curve->ecdsa);
	EVP_MD_free(curve->md);
	*curve = (struct rrsig_curve){.ready = false};
	return -1;
}

/* NULL if the algorithm is no curve's, or OpenSSL does not have it. */
static struct rrsig_curve *curve_of(struct rrsig_maker *maker, unsigned algorithm)
{
	unsigned i = algorithm - ALGORITHM_FIRST;
	if (i >= RRSIG_CURVE_CNT)
		return NULL;
	struct rrsig_curve *curve = &maker->curve[i];
	return curve->ready || curve_init(maker, curve, algorithm) == 0 ? curve : NULL;
}

bool rrsig_prepare(struct rrsig_maker *maker, uint32_t algorithms)
{
	for (unsigned i = 0; i < RRSIG_CURVE_CNT; i++) {
		unsigned algorithm = ALGORITHM_FIRST + i;
		if (!(algorithms >> algorithm & 1))
			continue;
		struct rrsig_curve *curve = curve_of(maker, algorithm);
		if (curve != NULL && ecdsa_prepare(&curve->ecdsa) == 0)
			return true;
	}
	return false;
}

uint64_t rrsig_pooled_cnt(const struct rrsig_maker *maker)
{
	return maker->curve[0].ecdsa.pooled_cnt + maker->curve[1].ecdsa.pooled_cnt;
}

uint32_t rrsig_pool_cnt(const struct rrsig_maker *maker)
{
	return pool_cnt(&maker->curve[0].ecdsa.pool) + pool_cnt(&maker->curve[1].ecdsa.pool);
}

void rrsig_forget(struct rrsig_maker *maker)
{
	contexts_forget(&maker->contexts);
	for (unsigned i = 0; i < RRSIG_CURVE_CNT; i++)
		ecdsa_forget(&maker->curve[i].ecdsa);
}

/* ---- signatures ------------------------------------------------------------------------------ */

static int sign_on_curve(
	struct rrsig_maker *maker, struct rrsig_curve *curve, uint8_t *sig, const uint8_t *scalar)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;
	if (EVP_DigestInit_ex2(maker->md_ctx, curve->md, NULL) != 1 ||
		EVP_DigestUpdate(maker->md_ctx, maker->tbs.msg, maker->tbs.len) != 1 ||
		EVP_DigestFinal_ex(maker->md_ctx, digest, &len) != 1)
		return -1;
	return ecdsa_sign(&curve->ecdsa, sig, scalar, digest, len);
}

int rrsig_sign_message(struct rrsig_maker *maker, const struct keytab_set *set,
	const struct keytab_key *key, uint8_t *sig, size_t room)
{
	struct rrsig_curve *curve = curve_of(maker, key->algorithm);
	if (curve != NULL) {
		unsigned len = 2 * curve->ecdsa.num_len;
		if (len > room || sign_on_curve(maker, curve, sig, keytab_secret(set, key)) < 0)
			return -1;
		return (int)len;
	}
	struct signer *signer = contexts_signer(&maker->contexts, set, key);
	if (signer == NULL || signer->sig_len > room ||
		signer_sign(signer, sig, maker->tbs.msg, maker->tbs.len) != 0)
		return -1;
	return (int)signer->sig_len;
}

static struct tbs_signer signer_of(
	const struct keytab_set *set, const struct keytab_key *key, uint32_t week)
{
	struct dnssec_window window = dnssec_window_at(
		(uint64_t)week * SIG_WEEK_S, set->inception_margin_s, set->expiry_extend_s);
	return (struct tbs_signer){
		.inception_s = window.inception_s,
		.expiration_s = window.expiration_s,
		.tag = key->tag,
		.algorithm = key->algorithm,
	};
}

/* Adds one RRSIG to the payload. 0 or -1. */
static int add_sig(struct rrsig_maker *maker, struct sigring_response *resp,
	const struct record *record, const struct keytab_set *set, const struct keytab_key *key)
{
	uint8_t *at = maker->payload + resp->len;
	size_t room = sizeof(maker->payload) - resp->len;
	const struct tbs_signer who = signer_of(set, key, resp->week);
	if (room < SIG_FIXED_LEN || resp->sig_cnt == SIG_CNT_MAX)
		return -1;
	tbs_head(&maker->tbs, &record->what, &who);
	int sig_len = rrsig_sign_message(maker, set, key, at + SIG_FIXED_LEN, room - SIG_FIXED_LEN);
	if (sig_len < 0)
		return -1;
	wire_put_u16(at, RRTYPE_RRSIG);
	wire_put_u16(at + 2, RRCLASS_IN);
	wire_put_u32(at + 4, record->sig_ttl_s);
	wire_put_u16(at + 8, (uint16_t)(tbs_head_len(&record->what) + (unsigned)sig_len));
	memcpy(at + RRSIG_RR_HEAD_LEN, maker->tbs.msg, RRSIG_FIXED_LEN);
	resp->len = (uint16_t)(resp->len + SIG_FIXED_LEN + (unsigned)sig_len);
	resp->sig_cnt++;
	return 0;
}

enum sign_status rrsig_make(struct rrsig_maker *maker, struct sigring_response *resp,
	const struct record *record, const struct keytab_set *set, uint32_t week)
{
	resp->week = week;
	resp->key = record->key;
	resp->payload = maker->payload;
	if (record_write(&maker->tbs, record) < 0)
		return SIGN_FAILED;
	for (unsigned i = 0; i < set->key_cnt; i++)
		if (keyset_role_signs(set->key[i].role, record->what.type) &&
			add_sig(maker, resp, record, set, &set->key[i]) < 0)
			return SIGN_FAILED;
	return resp->sig_cnt > 0 ? SIGN_OK : SIGN_NO_KEY;
}
