/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/key.h"
#include "control/dnssec/key_gost.h"
#include "control/dnssec/key_private.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>

/* An encrypted PEM must not make OpenSSL ask on the terminal. */
static int no_password(char *buf, int size, int writing, void *ctx)
{
	return -1;
}

/* Whether pkey is of the type, and on the curve, that alg wants. */
static bool fits(const EVP_PKEY *pkey, const struct key_algorithm *alg)
{
	char group[32] = "";
	if (alg->kind == KEY_GOST)
		return EVP_PKEY_get_id(pkey) == NID_id_GostR3410_2001;
	if (alg->kind == KEY_RSA)
		return EVP_PKEY_is_a(pkey, "RSA");
	if (alg->kind == KEY_EDDSA)
		return EVP_PKEY_is_a(pkey, alg->group);
	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) == 1 &&
	       OBJ_txt2nid(group) == EC_curve_nist2nid(alg->group);
}

int key_from_pem(struct key *key, const struct key_algorithm *alg, uint16_t flags, const char *text,
	size_t len, char err[static 256])
{
	if (key_check_there(alg, err))
		return -1;
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;
	BIO_free(bio);
	if (!pkey) {
		snprintf(err, 256, "not an unencrypted private key in PEM");
		return -1;
	}
	if (!fits(pkey, alg)) {
		snprintf(err, 256, "the key in the PEM is not one for %s", alg->mnemonic);
		EVP_PKEY_free(pkey);
		return -1;
	}
	return key_adopt(key, alg, flags, pkey, err);
}

static int write_gost(BIO *bio, const EVP_PKEY *pkey)
{
	__attribute__((cleanup(key_secret_cleanup))) uint8_t *der =
		key_secret_alloc(KEY_GOST_DER_LEN);
	if (!der || key_gost_der(pkey, der))
		return 0;
	return PEM_write_bio(bio, PEM_STRING_PKCS8INF, "", der, KEY_GOST_DER_LEN) > 0;
}

static int write_pem(BIO *bio, const struct key *key)
{
	if (key_algorithm(key->algorithm)->kind == KEY_GOST)
		return write_gost(bio, key->pkey);
	return PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL);
}

char *key_to_pem(const struct key *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL, *pem = NULL;
	if (bio && write_pem(bio, key) == 1) {
		size_t len = (size_t)BIO_get_mem_data(bio, &text);
		pem = key_secret_alloc(len + 1);
		if (pem)
			memcpy(pem, text, len);
	}
	BIO_free(bio);
	return pem;
}
