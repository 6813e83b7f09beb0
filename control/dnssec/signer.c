/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/signer.h"

#include <string.h>

#include <openssl/rsa.h>

#include "control/dnssec/key_gost.h"

#define ECDSA_DER_MAX 112 /* SEQUENCE of two INTEGERs of up to 49 octets */

static int init_hashing(struct signer *s)
{
	s->md = s->alg->kind == KEY_GOST ? key_gost_digest()
					 : EVP_MD_fetch(NULL, s->alg->digest, NULL);
	s->pkey_ctx = EVP_PKEY_CTX_new_from_pkey(NULL, s->key->pkey, NULL);
	if (!s->md || !s->pkey_ctx || EVP_PKEY_sign_init(s->pkey_ctx) != 1 ||
		EVP_PKEY_CTX_set_signature_md(s->pkey_ctx, s->md) != 1)
		return -1;
	if (s->alg->kind == KEY_RSA &&
		EVP_PKEY_CTX_set_rsa_padding(s->pkey_ctx, RSA_PKCS1_PADDING) != 1)
		return -1;
	return 0;
}

int signer_init(struct signer *s, const struct key *key)
{
	*s = (struct signer){.key = key, .alg = key_algorithm(key->algorithm)};
	s->md_ctx = EVP_MD_CTX_new();
	s->sig_len = s->alg->sig_len ? s->alg->sig_len : (unsigned)EVP_PKEY_get_size(key->pkey);
	if (!s->md_ctx)
		return -1;
	return s->alg->digest ? init_hashing(s) : 0;
}

void signer_deinit(struct signer *s)
{
	EVP_PKEY_CTX_free(s->pkey_ctx);
	EVP_MD_CTX_free(s->md_ctx);
	EVP_MD_free((EVP_MD *)(uintptr_t)s->md); /* does nothing to the engine's */
	*s = (struct signer){0};
}

static int hash(struct signer *s, uint8_t digest[static EVP_MAX_MD_SIZE], unsigned *len,
	const uint8_t *msg, size_t msg_len)
{
	if (EVP_DigestInit_ex2(s->md_ctx, s->md, NULL) != 1 ||
		EVP_DigestUpdate(s->md_ctx, msg, msg_len) != 1 ||
		EVP_DigestFinal_ex(s->md_ctx, digest, len) != 1)
		return -1;
	return 0;
}

/* Reads a DER INTEGER at der[*pos] into num_len octets, zeros in front. 0 or -1. */
static int take_integer(
	const uint8_t *der, size_t der_len, size_t *pos, uint8_t *num, size_t num_len)
{
	if (der_len - *pos < 2 || der[*pos] != 0x02)
		return -1;
	size_t len = der[*pos + 1];
	const uint8_t *at = der + *pos + 2;
	if (len > der_len - *pos - 2)
		return -1;
	*pos += 2 + len;
	for (; len && !*at; at++)
		len--;
	if (len > num_len)
		return -1;
	memset(num, 0, num_len - len);
	memcpy(num + num_len - len, at, len);
	return 0;
}

/* RFC 6605, 4: r and s, each of half the signature's length. Lengths of both curves fit DER's short
 * form. */
static int ecdsa_from_der(uint8_t *sig, size_t sig_len, const uint8_t *der, size_t der_len)
{
	size_t pos = 2;
	if (der_len < pos || der[0] != 0x30 || der[1] != der_len - pos)
		return -1;
	if (take_integer(der, der_len, &pos, sig, sig_len / 2) ||
		take_integer(der, der_len, &pos, sig + sig_len / 2, sig_len / 2))
		return -1;
	return pos == der_len ? 0 : -1;
}

static int sign_ecdsa(struct signer *s, uint8_t *sig, const uint8_t *digest, unsigned digest_len)
{
	uint8_t der[ECDSA_DER_MAX];
	size_t der_len = sizeof(der);
	if (EVP_PKEY_sign(s->pkey_ctx, der, &der_len, digest, digest_len) != 1)
		return -1;
	return ecdsa_from_der(sig, s->sig_len, der, der_len);
}

/* RSA and GOST: OpenSSL's form is DNSSEC's. */
static int sign_plain(struct signer *s, uint8_t *sig, const uint8_t *digest, unsigned digest_len)
{
	size_t len = s->sig_len;
	if (EVP_PKEY_sign(s->pkey_ctx, sig, &len, digest, digest_len) != 1 || len != s->sig_len)
		return -1;
	return 0;
}

static int sign_eddsa(struct signer *s, uint8_t *sig, const uint8_t *msg, size_t msg_len)
{
	size_t len = s->sig_len;
	if (EVP_DigestSignInit_ex(s->md_ctx, NULL, NULL, NULL, NULL, s->key->pkey, NULL) != 1 ||
		EVP_DigestSign(s->md_ctx, sig, &len, msg, msg_len) != 1 || len != s->sig_len)
		return -1;
	return 0;
}

int signer_sign(struct signer *s, uint8_t *sig, const uint8_t *msg, size_t msg_len)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	if (s->alg->kind == KEY_EDDSA)
		return sign_eddsa(s, sig, msg, msg_len);
	if (hash(s, digest, &digest_len, msg, msg_len))
		return -1;
	return s->alg->kind == KEY_ECDSA ? sign_ecdsa(s, sig, digest, digest_len)
					 : sign_plain(s, sig, digest, digest_len);
}
