/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/key.h"
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

char *key_to_pem(const struct key *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL, *pem = NULL;
	if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		size_t len = (size_t)BIO_get_mem_data(bio, &text);
		pem = key_secret_alloc(len + 1);
		if (pem)
			memcpy(pem, text, len);
	}
	BIO_free(bio);
	return pem;
}
