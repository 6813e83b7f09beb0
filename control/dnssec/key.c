/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/key.h"
#include "control/dnssec/key_gost.h"
#include "control/dnssec/key_private.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "zonedb/dname.h"

#define DNSKEY_PROTOCOL 3 /* RFC 4034, 2.1.2 */
#define DNSKEY_HEAD_LEN 4 /* flags, protocol, algorithm */

/* ---- DNSKEY --------------------------------------------------------------------------------- */

/* RFC 3110, 2: exponent length in one octet, or 0 and two; exponent; modulus. */
static int rsa_public(const EVP_PKEY *pkey, uint8_t *dst, size_t max)
{
	__attribute__((cleanup(key_bn_free))) BIGNUM *n = NULL;
	__attribute__((cleanup(key_bn_free))) BIGNUM *e = NULL;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return -1;
	size_t e_len = (size_t)BN_num_bytes(e), n_len = (size_t)BN_num_bytes(n);
	size_t head_len = e_len < 256 ? 1 : 3;
	if (head_len + e_len + n_len > max)
		return -1;
	if (head_len == 1) {
		dst[0] = (uint8_t)e_len;
	} else {
		dst[0] = 0;
		dst[1] = (uint8_t)(e_len >> 8);
		dst[2] = (uint8_t)e_len;
	}
	BN_bn2bin(e, dst + head_len);
	BN_bn2bin(n, dst + head_len + e_len);
	return (int)(head_len + e_len + n_len);
}

/* RFC 6605, 4: x and y, without the octet OpenSSL puts in front of an uncompressed point. */
static int ecdsa_public(const EVP_PKEY *pkey, uint8_t *dst, size_t want)
{
	uint8_t point[1 + 2 * 48];
	size_t len;
	if (EVP_PKEY_get_octet_string_param(
		    pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) != 1 ||
		len != want + 1 || point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return -1;
	memcpy(dst, point + 1, want);
	return (int)want;
}

static int eddsa_public(const EVP_PKEY *pkey, uint8_t *dst, size_t want)
{
	size_t len = want;
	if (EVP_PKEY_get_raw_public_key(pkey, dst, &len) != 1 || len != want)
		return -1;
	return (int)want;
}

static int gost_public(const EVP_PKEY *pkey, uint8_t *dst, size_t want)
{
	return key_gost_public(pkey, dst) ? -1 : (int)want;
}

/* max: room for RSA's, which have no fixed length. */
static int public_octets(
	const struct key_algorithm *alg, const EVP_PKEY *pkey, uint8_t *dst, size_t max)
{
	static int (*const of_kind[])(const EVP_PKEY *, uint8_t *, size_t) = {
		[KEY_RSA] = rsa_public,
		[KEY_ECDSA] = ecdsa_public,
		[KEY_EDDSA] = eddsa_public,
		[KEY_GOST] = gost_public,
	};
	return of_kind[alg->kind](pkey, dst, alg->public_len ? alg->public_len : max);
}

void key_set_identity(struct key *key, uint16_t flags, uint8_t algorithm)
{
	key->flags = flags;
	key->algorithm = algorithm;
	key->dnskey[0] = (uint8_t)(flags >> 8);
	key->dnskey[1] = (uint8_t)flags;
	key->dnskey[2] = DNSKEY_PROTOCOL;
	key->dnskey[3] = algorithm;
	key->tag = key_tag(key->dnskey, key->dnskey_len);
}

int key_adopt(struct key *key, const struct key_algorithm *alg, uint16_t flags, EVP_PKEY *pkey,
	char err[static 256])
{
	struct key made = {.pkey = pkey};
	int len = public_octets(
		alg, pkey, made.dnskey + DNSKEY_HEAD_LEN, sizeof(made.dnskey) - DNSKEY_HEAD_LEN);
	made.bits = alg->kind == KEY_RSA ? (uint16_t)EVP_PKEY_get_bits(pkey)
					 : (uint16_t)alg->bits_default;
	if (len < 0 || made.bits < alg->bits_min || made.bits > alg->bits_max) {
		snprintf(err, 256, "the key is not one of %s with %u to %u bits", alg->mnemonic,
			alg->bits_min, alg->bits_max);
		EVP_PKEY_free(pkey);
		return -1;
	}
	made.dnskey_len = (uint16_t)(DNSKEY_HEAD_LEN + len);
	key_set_identity(&made, flags, alg->number);
	*key = made;
	return 0;
}

void key_deinit(struct key *key)
{
	EVP_PKEY_free(key->pkey);
	*key = (struct key){0};
}

/* ---- making and checking ------------------------------------------------------------------- */

int key_check_there(const struct key_algorithm *alg, char err[static 256])
{
	if (key_algorithm_is_there(alg))
		return 0;
	snprintf(err, 256,
		"%s needs OpenSSL's gost engine, which is not installed (Debian: "
		"libengine-gost-openssl)",
		alg->mnemonic);
	return -1;
}

static EVP_PKEY *generate(const struct key_algorithm *alg, unsigned bits)
{
	if (alg->kind == KEY_GOST)
		return key_gost_generate();
	if (alg->kind == KEY_RSA)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	if (alg->kind == KEY_ECDSA)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", alg->group);
	return EVP_PKEY_Q_keygen(NULL, NULL, alg->group);
}

int key_generate(struct key *key, const struct key_algorithm *alg, uint16_t flags, unsigned bits,
	char err[static 256])
{
	if (key_check_there(alg, err))
		return -1;
	if (!bits)
		bits = alg->bits_default;
	if (bits < alg->bits_min || bits > alg->bits_max) {
		snprintf(err, 256, "%s takes keys of %u to %u bits, not %u", alg->mnemonic,
			alg->bits_min, alg->bits_max, bits);
		return -1;
	}
	EVP_PKEY *pkey = generate(alg, bits);
	if (!pkey) {
		snprintf(err, 256, "OpenSSL made no %s key", alg->mnemonic);
		return -1;
	}
	return key_adopt(key, alg, flags, pkey, err);
}

static int sign_and_verify(const struct key *key, const char *digest)
{
	static const uint8_t text[] = "do private and public part belong together?";
	uint8_t sig[512];
	size_t sig_len = sizeof(sig);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx &&
		 EVP_DigestSignInit_ex(ctx, NULL, digest, NULL, NULL, key->pkey, NULL) == 1 &&
		 EVP_DigestSign(ctx, sig, &sig_len, text, sizeof(text)) == 1 &&
		 EVP_MD_CTX_reset(ctx) == 1 &&
		 EVP_DigestVerifyInit_ex(ctx, NULL, digest, NULL, NULL, key->pkey, NULL) == 1 &&
		 EVP_DigestVerify(ctx, sig, sig_len, text, sizeof(text)) == 1;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* Not more than BIND verifies with (and OpenSSL, 64 bits, if the modulus is long). */
#define RSA_EXPONENT_BITS_MAX 35

/* RFC 3110, 2 leaves them open; even ones and 1 are no exponents of RSA. */
static int check_exponent(const struct key *key, char err[static 256])
{
	__attribute__((cleanup(key_bn_free))) BIGNUM *e = NULL;
	if (EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_odd(e) &&
		!BN_is_one(e) && BN_num_bits(e) <= RSA_EXPONENT_BITS_MAX)
		return 0;
	snprintf(err, 256, "PublicExponent: not an odd number from 3 to %d bits",
		RSA_EXPONENT_BITS_MAX);
	return -1;
}

/* Signing does without some of an RSA key's numbers; others may not. */
static int check_numbers(const struct key *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
	int ok = ctx && EVP_PKEY_pairwise_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok ? 0 : -1;
}

int key_check(const struct key *key, char err[static 256])
{
	const struct key_algorithm *alg = key_algorithm(key->algorithm);
	if (alg->kind == KEY_RSA && check_exponent(key, err))
		return -1;
	if (sign_and_verify(key, alg->digest) || (alg->kind == KEY_RSA && check_numbers(key))) {
		snprintf(err, 256, "private and public part of the %s key do not belong together",
			alg->mnemonic);
		return -1;
	}
	return 0;
}

/* ---- records -------------------------------------------------------------------------------- */

uint16_t key_tag(const uint8_t *dnskey, size_t len)
{
	uint32_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? dnskey[i] : (uint32_t)dnskey[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

struct ds_digest {
	unsigned number;
	const char *name;
	const EVP_MD *(*md)(void);
};

static const struct ds_digest ds_digest_table[] = {
	{1, "SHA1", EVP_sha1},
	{2, "SHA256", EVP_sha256},
	{3, "GOST R 34.11-94", key_gost_digest},
	{4, "SHA384", EVP_sha384},
};

static const struct ds_digest *ds_digest(unsigned number)
{
	for (size_t i = 0; i < sizeof(ds_digest_table) / sizeof(ds_digest_table[0]); i++)
		if (ds_digest_table[i].number == number)
			return &ds_digest_table[i];
	return NULL;
}

const char *key_digest_name(unsigned digest)
{
	const struct ds_digest *row = ds_digest(digest);
	return row && row->md() ? row->name : NULL;
}

int key_ds_rdata(uint8_t ds[static KEY_DS_MAX], const uint8_t *owner, const uint8_t *dnskey,
	size_t dnskey_len, unsigned digest)
{
	const struct ds_digest *row = ds_digest(digest);
	uint8_t text[DNAME_LEN_MAX + KEY_DNSKEY_MAX];
	size_t owner_len = dname_len(owner);
	const EVP_MD *md = row ? row->md() : NULL;
	unsigned len;
	if (!md || dnskey_len < DNSKEY_HEAD_LEN || dnskey_len > KEY_DNSKEY_MAX)
		return -1;
	memcpy(text, owner, owner_len);
	memcpy(text + owner_len, dnskey, dnskey_len);
	if (EVP_Digest(text, owner_len + dnskey_len, ds + 4, &len, md, NULL) != 1)
		return -1;
	uint16_t tag = key_tag(dnskey, dnskey_len);
	ds[0] = (uint8_t)(tag >> 8);
	ds[1] = (uint8_t)tag;
	ds[2] = dnskey[3];
	ds[3] = (uint8_t)digest;
	return (int)(4 + len);
}

const char *key_role_name(enum key_role role)
{
	static const char *const name[] = {
		[KEY_ROLE_NONE] = "none",
		[KEY_ROLE_KSK] = "KSK",
		[KEY_ROLE_ZSK] = "ZSK",
		[KEY_ROLE_CSK] = "CSK",
	};
	return name[role];
}
