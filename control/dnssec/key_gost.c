/* SPDX-License-Identifier: GPL-3.0-or-later */
#define OPENSSL_SUPPRESS_DEPRECATED  /* there is no provider with GOST signatures, only the engine \
				      */
#include "control/dnssec/key_gost.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "control/dnssec/key.h"

#define NUMBER_LEN 32

/* What stands before the public point in a certificate (RFC 4491, 2.3.2): key type, parameter sets
 * of curve and digest. */
static const uint8_t spki_head[] = {0x30, 0x63, 0x30, 0x1c, 0x06, 0x06, 0x2a, 0x85, 0x03, 0x02,
	0x02, 0x13, 0x30, 0x12, 0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23, 0x01, 0x06, 0x07,
	0x2a, 0x85, 0x03, 0x02, 0x02, 0x1e, 0x01, 0x03, 0x43, 0x00, 0x04, 0x40};

/* The same before the private number in PKCS #8 (RFC 5933, 2.2). */
static const uint8_t pkcs8_head[] = {0x30, 0x45, 0x02, 0x01, 0x00, 0x30, 0x1c, 0x06, 0x06, 0x2a,
	0x85, 0x03, 0x02, 0x02, 0x13, 0x30, 0x12, 0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x23,
	0x01, 0x06, 0x07, 0x2a, 0x85, 0x03, 0x02, 0x02, 0x1e, 0x01, 0x04, 0x22, 0x04, 0x20};

static_assert(sizeof(pkcs8_head) + NUMBER_LEN == KEY_GOST_DER_LEN, "head and number");

int key_gost_init(void)
{
	const unsigned parts =
		ENGINE_METHOD_PKEY_METHS | ENGINE_METHOD_PKEY_ASN1_METHS | ENGINE_METHOD_DIGESTS;
	ENGINE *engine = ENGINE_by_id("gost");
	bool ready = engine && ENGINE_init(engine) == 1 && ENGINE_set_default(engine, parts) == 1;
	ENGINE_free(engine);
	ERR_clear_error();
	return ready ? 0 : 1;
}

const EVP_MD *key_gost_digest(void)
{
	return EVP_get_digestbyname("md_gost94");
}

EVP_PKEY *key_gost_generate(void)
{
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(NID_id_GostR3410_2001, NULL);
	if (ctx && EVP_PKEY_keygen_init(ctx) == 1 &&
		EVP_PKEY_CTX_ctrl_str(ctx, "paramset", "A") == 1 &&
		EVP_PKEY_keygen(ctx, &pkey) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

EVP_PKEY *key_gost_from_der(const uint8_t *der, size_t len)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)len);
	EVP_PKEY *pkey = info ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	return pkey;
}

int key_gost_public(const EVP_PKEY *pkey, uint8_t dst[static KEY_GOST_PUBLIC_LEN])
{
	uint8_t *spki = NULL;
	int len = i2d_PUBKEY(pkey, &spki);
	bool fits = len == (int)sizeof(spki_head) + KEY_GOST_PUBLIC_LEN &&
		    memcmp(spki, spki_head, sizeof(spki_head)) == 0;
	if (fits)
		memcpy(dst, spki + sizeof(spki_head), KEY_GOST_PUBLIC_LEN);
	OPENSSL_free(spki);
	return fits ? 0 : -1;
}

/* Not by i2d_PrivateKey(): the engine takes the number from the heap for secrets and has it freed
 * as if it were any memory. */
int key_gost_der(const EVP_PKEY *pkey, uint8_t dst[static KEY_GOST_DER_LEN])
{
	const EC_KEY *ec = EVP_PKEY_get0(pkey);
	const BIGNUM *number = ec ? EC_KEY_get0_private_key(ec) : NULL;
	memcpy(dst, pkcs8_head, sizeof(pkcs8_head));
	if (!number || BN_bn2lebinpad(number, dst + sizeof(pkcs8_head), NUMBER_LEN) != NUMBER_LEN)
		return -1;
	return 0;
}
