/* SPDX-License-Identifier: GPL-3.0-or-later */
#define OPENSSL_SUPPRESS_DEPRECATED /* see ecdsa.h */
#include "control/signer/ecdsa.h"

#include <string.h>

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#define ALGORITHM_P256 13

/* A key on the curve with the number 1. */
static EC_KEY *key_on(int curve)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(curve);
	BIGNUM *one = BN_new();
	if (key != NULL && (one == NULL || !BN_one(one) || !EC_KEY_set_private_key(key, one))) {
		EC_KEY_free(key);
		key = NULL;
	}
	BN_free(one);
	return key;
}

int ecdsa_init(struct ecdsa *e, unsigned algorithm, uint32_t pool_size)
{
	int curve = algorithm == ALGORITHM_P256 ? NID_X9_62_prime256v1 : NID_secp384r1;
	*e = (struct ecdsa){.num_len = algorithm == ALGORITHM_P256 ? 32 : 48};
	e->key = key_on(curve);
	e->any = key_on(curve);
	e->ctx = BN_CTX_secure_new();
	e->kinv = BN_secure_new();
	e->r = BN_new();
	if (e->key == NULL || e->any == NULL || e->ctx == NULL || e->kinv == NULL || e->r == NULL)
		return -1;
	BN_set_flags(e->kinv, BN_FLG_CONSTTIME);
	return pool_size > 0 ? pool_init(&e->pool, 2 * e->num_len, pool_size) : 0;
}

void ecdsa_deinit(struct ecdsa *e)
{
	pool_deinit(&e->pool);
	EC_KEY_free(e->key);
	EC_KEY_free(e->any);
	BN_CTX_free(e->ctx);
	BN_clear_free(e->kinv);
	BN_clear_free(e->r);
	OPENSSL_cleanse(e, sizeof(*e));
}

int ecdsa_prepare(struct ecdsa *e)
{
	uint8_t *item = pool_room(&e->pool);
	BIGNUM *kinv = NULL, *r = NULL;
	if (item == NULL)
		return 1;
	int len = (int)e->num_len;
	bool made = ECDSA_sign_setup(e->any, e->ctx, &kinv, &r) == 1 &&
		    BN_bn2binpad(kinv, item, len) == len && BN_bn2binpad(r, item + len, len) == len;
	BN_clear_free(kinv);
	BN_clear_free(r);
	if (!made)
		return -1;
	pool_push(&e->pool);
	return 0;
}

static int set_key(struct ecdsa *e, const uint8_t *scalar)
{
	if (e->key_set && CRYPTO_memcmp(e->scalar, scalar, e->num_len) == 0)
		return 0;
	e->key_set = false;
	BIGNUM *number = BN_secure_new();
	bool set = number != NULL && BN_bin2bn(scalar, (int)e->num_len, number) != NULL &&
		   EC_KEY_set_private_key(e->key, number) == 1;
	BN_clear_free(number);
	if (!set)
		return -1;
	memcpy(e->scalar, scalar, e->num_len);
	e->key_set = true;
	return 0;
}

/* Takes a pair out of the pool into .kinv and .r, wherefrom it goes into one signature. */
static bool take_pair(struct ecdsa *e)
{
	uint8_t pair[2 * ECDSA_NUM_MAX];
	int len = (int)e->num_len;
	if (!pool_take(&e->pool, pair))
		return false;
	bool taken =
		BN_bin2bn(pair, len, e->kinv) != NULL && BN_bin2bn(pair + len, len, e->r) != NULL;
	OPENSSL_cleanse(pair, sizeof(pair));
	return taken;
}

static ECDSA_SIG *sign(struct ecdsa *e, const uint8_t *digest, size_t digest_len)
{
	if (!take_pair(e))
		return ECDSA_do_sign_ex(digest, (int)digest_len, NULL, NULL, e->key);
	ECDSA_SIG *sig = ECDSA_do_sign_ex(digest, (int)digest_len, e->kinv, e->r, e->key);
	BN_clear(e->kinv);
	BN_clear(e->r);
	e->pooled_cnt += sig != NULL;
	return sig;
}

int ecdsa_sign(struct ecdsa *e, uint8_t *sig, const uint8_t *scalar, const uint8_t *digest,
	size_t digest_len)
{
	if (set_key(e, scalar) < 0)
		return -1;
	ECDSA_SIG *made = sign(e, digest, digest_len);
	if (made == NULL)
		return -1;
	int len = (int)e->num_len;
	bool done = BN_bn2binpad(ECDSA_SIG_get0_r(made), sig, len) == len &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(made), sig + len, len) == len;
	ECDSA_SIG_free(made);
	return done ? 0 : -1;
}

void ecdsa_forget(struct ecdsa *e)
{
	if (e->key == NULL)
		return;
	(void)!EC_KEY_set_private_key(e->key, EC_KEY_get0_private_key(e->any));
	OPENSSL_cleanse(e->scalar, sizeof(e->scalar));
	e->key_set = false;
}
