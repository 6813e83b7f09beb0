/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/key.h"

#include <openssl/crypto.h>

/* Locked octets: the texts and numbers of a few keys in work at once, some KiB each. */
#define SECRET_HEAP_LEN	 (1 << 20)
#define SECRET_BLOCK_MIN 32

/* Stands before each allocation, so that freeing it knows what to wipe. */
struct secret {
	size_t len;
	_Alignas(max_align_t) unsigned char octet[];
};

int key_memory_init(void)
{
	switch (CRYPTO_secure_malloc_init(SECRET_HEAP_LEN, SECRET_BLOCK_MIN)) {
	case 1:
		return 0;
	case 2: /* the heap is there, but mlock or mprotect refused */
		return 1;
	default:
		return -1;
	}
}

void *key_secret_alloc(size_t len)
{
	struct secret *s = OPENSSL_secure_zalloc(sizeof(*s) + len);
	if (!s)
		return NULL;
	s->len = len;
	return s->octet;
}

void *key_secret_free(void *secret)
{
	if (secret) {
		struct secret *s =
			(struct secret *)((unsigned char *)secret - offsetof(struct secret, octet));
		OPENSSL_secure_clear_free(s, sizeof(*s) + s->len);
	}
	return NULL;
}
