/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The private key text: "Field: value" lines, numbers in base64.
 */
#include "control/dnssec/key.h"
#include "control/dnssec/key_gost.h"
#include "control/dnssec/key_private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>

/* Octets of the largest number, and of the text of a whole RSA key with eight of them. */
#define NUMBER_LEN_MAX	512
#define NUMBER_TEXT_MAX ((NUMBER_LEN_MAX + 2) / 3 * 4)
#define CONTENT_LEN_MAX (8 * (NUMBER_TEXT_MAX + 32) + 128)

/* The numbers of an RSA key: name in the text, in PowerDNS' order, and in OpenSSL. */
static const struct rsa_number {
	const char *field;
	const char *param;
} rsa_number[] = {
	{"Modulus", OSSL_PKEY_PARAM_RSA_N},
	{"PublicExponent", OSSL_PKEY_PARAM_RSA_E},
	{"PrivateExponent", OSSL_PKEY_PARAM_RSA_D},
	{"Prime1", OSSL_PKEY_PARAM_RSA_FACTOR1},
	{"Prime2", OSSL_PKEY_PARAM_RSA_FACTOR2},
	{"Exponent1", OSSL_PKEY_PARAM_RSA_EXPONENT1},
	{"Exponent2", OSSL_PKEY_PARAM_RSA_EXPONENT2},
	{"Coefficient", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
};

#define RSA_NUMBER_CNT (sizeof(rsa_number) / sizeof(rsa_number[0]))
enum { RSA_MODULUS = 0, RSA_PRIME1 = 3, RSA_PRIME2 = 4 };

/* ---- reading -------------------------------------------------------------------------------- */

/* Part of the text. */
struct span {
	const char *at;
	size_t len;
};

static struct span trim(struct span s)
{
	while (s.len && isspace((unsigned char)s.at[0]))
		s.at++, s.len--;
	while (s.len && isspace((unsigned char)s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Splits the first line off *text. */
static struct span next_line(struct span *text)
{
	const char *end = memchr(text->at, '\n', text->len);
	struct span line = {text->at, end ? (size_t)(end - text->at) : text->len};
	size_t step = line.len + (end ? 1 : 0);
	text->at += step;
	text->len -= step;
	return line;
}

/* Value of the first line with this field name; false if there is none. */
static bool find_field(struct span text, const char *name, struct span *value)
{
	size_t name_len = strlen(name);
	while (text.len) {
		struct span line = trim(next_line(&text));
		if (line.len <= name_len || line.at[name_len] != ':' ||
			strncasecmp(line.at, name, name_len) != 0)
			continue;
		*value = trim((struct span){line.at + name_len + 1, line.len - name_len - 1});
		return true;
	}
	return false;
}

/* Signs of padding at the end of base64 text; -1: more than there can be, or elsewhere, where
 * OpenSSL takes them for zeros. */
static int padding_of(struct span value)
{
	const char *first = memchr(value.at, '=', value.len);
	size_t cnt = first ? value.len - (size_t)(first - value.at) : 0;
	return cnt > 2 || (cnt == 2 && first[1] != '=') ? -1 : (int)cnt;
}

/* Base64 value of a field to dst, NUMBER_LEN_MAX octets or fewer. Returns how many, or -1. */
static int field_octets(struct span text, const char *name, uint8_t *dst, char err[static 256])
{
	struct span value;
	if (!find_field(text, name, &value) || !value.len) {
		snprintf(err, 256, "%s: missing", name);
		return -1;
	}
	if (value.len > NUMBER_TEXT_MAX) {
		snprintf(err, 256, "%s: too long", name);
		return -1;
	}
	int pad = padding_of(value);
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *octets =
		key_secret_alloc(NUMBER_TEXT_MAX);
	int len = octets && pad >= 0
			  ? EVP_DecodeBlock(octets, (const uint8_t *)value.at, (int)value.len)
			  : -1;
	if (len <= pad || len - pad > NUMBER_LEN_MAX) {
		snprintf(err, 256, "%s: not base64", name);
		return -1;
	}
	memcpy(dst, octets, (size_t)(len - pad));
	return len - pad;
}

static BIGNUM *field_number(struct span text, const char *name, char err[static 256])
{
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *octets =
		key_secret_alloc(NUMBER_LEN_MAX);
	int len = octets ? field_octets(text, name, octets, err) : -1;
	BIGNUM *number = len < 0 ? NULL : BN_secure_new();
	if (number && !BN_bin2bn(octets, len, number)) {
		BN_clear_free(number);
		return NULL;
	}
	return number;
}

/* Builds a key pair of an OpenSSL type from what is in build. */
static EVP_PKEY *pkey_from_build(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return pkey;
}

/* Whether the modulus is the product of the two primes. */
static int rsa_check_primes(BIGNUM *const number[static RSA_NUMBER_CNT], char err[static 256])
{
	BN_CTX *ctx = BN_CTX_secure_new();
	BIGNUM *product = BN_secure_new();
	bool same = ctx && product &&
		    BN_mul(product, number[RSA_PRIME1], number[RSA_PRIME2], ctx) == 1 &&
		    BN_cmp(product, number[RSA_MODULUS]) == 0;
	BN_clear_free(product);
	BN_CTX_free(ctx);
	if (same)
		return 0;
	snprintf(err, 256, "Modulus: not the product of Prime1 and Prime2");
	return -1;
}

static EVP_PKEY *rsa_from_text(
	const struct key_algorithm *alg, struct span text, char err[static 256])
{
	BIGNUM *number[RSA_NUMBER_CNT] = {NULL};
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	bool ok = build;
	for (size_t i = 0; ok && i < RSA_NUMBER_CNT; i++) {
		number[i] = field_number(text, rsa_number[i].field, err);
		ok = number[i] &&
		     OSSL_PARAM_BLD_push_BN(build, rsa_number[i].param, number[i]) == 1;
	}
	ok = ok && rsa_check_primes(number, err) == 0;
	EVP_PKEY *pkey = ok ? pkey_from_build("RSA", build) : NULL;
	OSSL_PARAM_BLD_free(build);
	for (size_t i = 0; i < RSA_NUMBER_CNT; i++)
		BN_clear_free(number[i]);
	return pkey;
}

/* The public point: private number times the base point. Returns its octets, 0 on failure, which
 * a number outside 1 .. order - 1 is. */
static size_t ecdsa_point(const EC_GROUP *group, const BIGNUM *number, uint8_t *dst, size_t max)
{
	if (BN_is_zero(number) || BN_cmp(number, EC_GROUP_get0_order(group)) >= 0)
		return 0;
	EC_POINT *point = EC_POINT_new(group);
	size_t len = 0;
	if (point && EC_POINT_mul(group, point, number, NULL, NULL, NULL) == 1)
		len = EC_POINT_point2oct(
			group, point, POINT_CONVERSION_UNCOMPRESSED, dst, max, NULL);
	EC_POINT_free(point);
	return len;
}

static EVP_PKEY *ecdsa_from_number(
	const struct key_algorithm *alg, const BIGNUM *number, char err[static 256])
{
	uint8_t point[1 + 2 * 48];
	EC_GROUP *group = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(alg->group));
	size_t point_len = group ? ecdsa_point(group, number, point, sizeof(point)) : 0;
	EC_GROUP_free(group);
	if (!point_len) {
		snprintf(err, 256, "PrivateKey: not a number of curve %s", alg->group);
		return NULL;
	}
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	if (build &&
		OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, alg->group, 0) ==
			1 &&
		OSSL_PARAM_BLD_push_octet_string(
			build, OSSL_PKEY_PARAM_PUB_KEY, point, point_len) == 1 &&
		OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number) == 1)
		pkey = pkey_from_build("EC", build);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static EVP_PKEY *ecdsa_from_text(
	const struct key_algorithm *alg, struct span text, char err[static 256])
{
	__attribute__((cleanup(key_bn_free))) BIGNUM *number =
		field_number(text, "PrivateKey", err);
	return number ? ecdsa_from_number(alg, number, err) : NULL;
}

static EVP_PKEY *eddsa_from_text(
	const struct key_algorithm *alg, struct span text, char err[static 256])
{
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *octets =
		key_secret_alloc(NUMBER_LEN_MAX);
	int len = octets ? field_octets(text, "PrivateKey", octets, err) : -1;
	if (len < 0)
		return NULL;
	if ((unsigned)len != alg->private_len) {
		snprintf(err, 256, "PrivateKey: %d octets, %s has %u", len, alg->mnemonic,
			alg->private_len);
		return NULL;
	}
	return EVP_PKEY_new_raw_private_key_ex(NULL, alg->group, NULL, octets, (size_t)len);
}

static EVP_PKEY *gost_from_text(
	const struct key_algorithm *alg, struct span text, char err[static 256])
{
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *der =
		key_secret_alloc(NUMBER_LEN_MAX);
	int len = der ? field_octets(text, "GostAsn1", der, err) : -1;
	if (len < 0)
		return NULL;
	snprintf(err, 256, "GostAsn1: not a private key of %s", alg->mnemonic);
	return key_gost_from_der(der, (size_t)len);
}

/* The algorithm of the text, once what speaks against reading it has been looked at. */
static const struct key_algorithm *algorithm_of(struct span text, char err[static 256])
{
	struct span value;
	if (find_field(text, "Private-key-format", &value) &&
		(value.len < 3 || strncasecmp(value.at, "v1.", 3) != 0)) {
		snprintf(err, 256, "Private-key-format: not v1.x");
		return NULL;
	}
	if (find_field(text, "Engine", &value)) {
		snprintf(err, 256, "Engine: keys in PKCS#11 tokens are not supported");
		return NULL;
	}
	if (!find_field(text, "Algorithm", &value)) {
		snprintf(err, 256, "Algorithm: missing");
		return NULL;
	}
	unsigned number = 0;
	for (size_t i = 0; i < value.len && i < 3 && isdigit((unsigned char)value.at[i]); i++)
		number = number * 10 + (unsigned)(value.at[i] - '0');
	const struct key_algorithm *alg = key_algorithm(number);
	if (!alg)
		snprintf(err, 256, "Algorithm: %u is not supported", number);
	return alg;
}

int key_from_content(
	struct key *key, uint16_t flags, const char *text, size_t len, char err[static 256])
{
	static EVP_PKEY *(*const read[])(
		const struct key_algorithm *, struct span, char[static 256]) = {
		[KEY_RSA] = rsa_from_text,
		[KEY_ECDSA] = ecdsa_from_text,
		[KEY_EDDSA] = eddsa_from_text,
		[KEY_GOST] = gost_from_text,
	};
	struct span all = {text, len};
	const struct key_algorithm *alg = algorithm_of(all, err);
	if (!alg || key_check_there(alg, err))
		return -1;
	snprintf(err, 256, "OpenSSL does not take the numbers of this %s key", alg->mnemonic);
	EVP_PKEY *pkey = read[alg->kind](alg, all, err);
	return pkey ? key_adopt(key, alg, flags, pkey, err) : -1;
}

/* Octets of what a base64 text stands for. */
static unsigned base64_len(struct span value)
{
	while (value.len && value.at[value.len - 1] == '=')
		value.len--;
	return (unsigned)(value.len * 3 / 4);
}

unsigned key_content_sig_len(const char *text, size_t len)
{
	char err[256];
	struct span all = {text, len}, modulus;
	const struct key_algorithm *alg = algorithm_of(all, err);
	if (!alg || alg->sig_len)
		return alg ? alg->sig_len : 0;
	return find_field(all, "Modulus", &modulus) ? base64_len(modulus) : NUMBER_LEN_MAX;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Appends "Field: base64\n" to content, of CONTENT_LEN_MAX octets. */
static void put_octets(char *content, const char *field, const uint8_t *octets, size_t len)
{
	size_t used = strlen(content);
	used += (size_t)snprintf(content + used, CONTENT_LEN_MAX - used, "%s: ", field);
	used += (size_t)EVP_EncodeBlock((uint8_t *)content + used, octets, (int)len);
	content[used] = '\n';
	content[used + 1] = '\0';
}

/* A number of the key under its field name, left-padded with zeros to at least min_len octets. */
static int put_number(
	char *content, const EVP_PKEY *pkey, const char *field, const char *param, unsigned min_len)
{
	__attribute__((cleanup(key_bn_free))) BIGNUM *number = NULL;
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *octets =
		key_secret_alloc(NUMBER_LEN_MAX);
	if (!octets || EVP_PKEY_get_bn_param(pkey, param, &number) != 1)
		return -1;
	int len = BN_num_bytes(number);
	if (len < (int)min_len)
		len = (int)min_len;
	if (len > NUMBER_LEN_MAX || BN_bn2binpad(number, octets, len) != len)
		return -1;
	put_octets(content, field, octets, (size_t)len);
	return 0;
}

static int put_rsa(char *content, const struct key *key, const struct key_algorithm *alg)
{
	for (size_t i = 0; i < RSA_NUMBER_CNT; i++)
		if (put_number(content, key->pkey, rsa_number[i].field, rsa_number[i].param, 0))
			return -1;
	return 0;
}

static int put_eddsa(char *content, const struct key *key, const struct key_algorithm *alg)
{
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *octets =
		key_secret_alloc(NUMBER_LEN_MAX);
	size_t len = NUMBER_LEN_MAX;
	if (!octets || EVP_PKEY_get_raw_private_key(key->pkey, octets, &len) != 1 ||
		len != alg->private_len)
		return -1;
	put_octets(content, "PrivateKey", octets, len);
	return 0;
}

static int put_ecdsa(char *content, const struct key *key, const struct key_algorithm *alg)
{
	return put_number(
		content, key->pkey, "PrivateKey", OSSL_PKEY_PARAM_PRIV_KEY, alg->private_len);
}

static int put_gost(char *content, const struct key *key, const struct key_algorithm *alg)
{
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *der =
		key_secret_alloc(alg->private_len);
	if (!der || key_gost_der(key->pkey, der))
		return -1;
	put_octets(content, "GostAsn1", der, alg->private_len);
	return 0;
}

static int put_private(char *content, const struct key *key, const struct key_algorithm *alg)
{
	static int (*const of_kind[])(char *, const struct key *, const struct key_algorithm *) = {
		[KEY_RSA] = put_rsa,
		[KEY_ECDSA] = put_ecdsa,
		[KEY_EDDSA] = put_eddsa,
		[KEY_GOST] = put_gost,
	};
	return of_kind[alg->kind](content, key, alg);
}

char *key_to_content(const struct key *key)
{
	const struct key_algorithm *alg = key_algorithm(key->algorithm);
	char *content = key_secret_alloc(CONTENT_LEN_MAX);
	if (!content)
		return NULL;
	snprintf(content, CONTENT_LEN_MAX, "Private-key-format: v1.2\nAlgorithm: %u (%s)\n",
		alg->number, alg->mnemonic);
	return put_private(content, key, alg) ? key_secret_free(content) : content;
}
