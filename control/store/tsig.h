/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tsig: the keys of TSIG (RFC 8945), in the table tsigkeys of both schemas.
 *
 *   name        as that of a zone: lower case, no final dot
 *   algorithm   as stored, "hmac-sha256"
 *   secret      base64
 *
 * Results: 0 done, 1 no such key, -1 failure that store_error() explains.
 */
#ifndef CONTROL_STORE_TSIG_H
#define CONTROL_STORE_TSIG_H

#include <stdint.h>

struct store;

struct store_tsig_key {
	uint64_t id;
	char *name;
	char *algorithm;
	char *secret;
};

struct store_tsig_keys {
	struct store_tsig_key *key; /* by name */
	unsigned cnt;
};

/* All keys, or those of one name; none is 0 with cnt 0. The caller deinits keys, also after a
 * failure. */
int store_tsig_keys(struct store *store, const char *name, struct store_tsig_keys *keys)
	__attribute__((warn_unused_result));
/* Overwrites the secrets in memory, then frees them. The zero state is safe. */
void store_tsig_keys_deinit(struct store_tsig_keys *keys);

/* Adds a key, in place of one of this name and algorithm if there is one. */
int store_tsig_key_set(struct store *store, const char *name, const char *algorithm,
	const char *secret) __attribute__((warn_unused_result));
/* Removes those of this name. */
int store_tsig_key_remove(struct store *store, const char *name)
	__attribute__((warn_unused_result));

#endif
