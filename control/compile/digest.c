/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/digest.h"

#include <openssl/evp.h>
#include <string.h>

static void give_up(struct digest *digest)
{
	EVP_MD_CTX_free(digest->md);
	digest->md = NULL;
}

void digest_begin(struct digest *digest)
{
	digest->md = EVP_MD_CTX_new();
	if (digest->md != NULL && !EVP_DigestInit_ex(digest->md, EVP_sha256(), NULL))
		give_up(digest);
}

static void update(struct digest *digest, const void *octets, size_t len)
{
	if (digest->md != NULL && !EVP_DigestUpdate(digest->md, octets, len))
		give_up(digest);
}

void digest_number(struct digest *digest, uint64_t number)
{
	update(digest, &number, sizeof(number));
}

void digest_octets(struct digest *digest, const void *octets, size_t len)
{
	digest_number(digest, len);
	update(digest, octets, len);
}

void digest_text(struct digest *digest, const char *text)
{
	digest_octets(digest, text, strlen(text));
}

int digest_end(struct digest *digest, uint8_t value[static DIGEST_LEN])
{
	int ok = digest->md != NULL && EVP_DigestFinal_ex(digest->md, value, NULL);
	give_up(digest);
	return ok ? 0 : -1;
}
