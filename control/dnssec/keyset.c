/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/keyset.h"

#include <stdlib.h>

#include "zonedb/rrtype.h"

#define ALGORITHM_RSASHA1	5
#define ALGORITHM_RSASHA1_NSEC3 7

int keyset_add(struct keyset *set, struct key *key)
{
	if (set->key_cnt == KEYSET_KEY_MAX)
		return -1;
	struct key *grown = realloc(set->key, (set->key_cnt + 1) * sizeof(*grown));
	if (!grown)
		return -1;
	set->key = grown;
	set->key[set->key_cnt++] = *key;
	*key = (struct key){0};
	return 0;
}

const struct key *keyset_find(const struct keyset *set, uint64_t id)
{
	for (unsigned i = 0; i < set->key_cnt; i++)
		if (set->key[i].id == id)
			return &set->key[i];
	return NULL;
}

static bool has_active(const struct keyset *set, uint8_t algorithm, uint16_t flags)
{
	for (unsigned i = 0; i < set->key_cnt; i++)
		if (set->key[i].active && set->key[i].algorithm == algorithm &&
			set->key[i].flags == flags)
			return true;
	return false;
}

static void modulate_rsasha1(struct key *key, bool nsec3)
{
	uint8_t number = nsec3 ? ALGORITHM_RSASHA1_NSEC3 : ALGORITHM_RSASHA1;
	if (key->algorithm == ALGORITHM_RSASHA1 || key->algorithm == ALGORITHM_RSASHA1_NSEC3)
		key_set_identity(key, key->flags, number);
}

void keyset_assign_roles(struct keyset *set, bool nsec3)
{
	for (unsigned i = 0; i < set->key_cnt; i++)
		modulate_rsasha1(&set->key[i], nsec3);
	for (unsigned i = 0; i < set->key_cnt; i++) {
		struct key *key = &set->key[i];
		bool split = has_active(set, key->algorithm, KEY_FLAGS_SEP) &&
			     has_active(set, key->algorithm, KEY_FLAGS_ZSK);
		key->role = !split			  ? KEY_ROLE_CSK
			    : key->flags == KEY_FLAGS_SEP ? KEY_ROLE_KSK
							  : KEY_ROLE_ZSK;
	}
}

bool keyset_is_signing(const struct keyset *set)
{
	for (unsigned i = 0; i < set->key_cnt; i++)
		if (set->key[i].active)
			return true;
	return false;
}

bool keyset_role_signs(enum key_role role, uint16_t type)
{
	if (type == RRTYPE_CDS || type == RRTYPE_CDNSKEY)
		return true;
	return role != (type == RRTYPE_DNSKEY ? KEY_ROLE_ZSK : KEY_ROLE_KSK);
}

bool keyset_key_signs(const struct key *key, uint16_t type)
{
	return key->active && keyset_role_signs(key->role, type);
}

unsigned keyset_sig_len(const struct keyset *set, uint16_t type, unsigned apex_len)
{
	const unsigned fixed_len = 2 + 10 + 18; /* owner pointer; type to rdlength; RFC 4034, 3.1 */
	unsigned len = 0;
	for (unsigned i = 0; i < set->key_cnt; i++) {
		const struct key *key = &set->key[i];
		unsigned sig_len = key_algorithm(key->algorithm)->sig_len;
		if (keyset_key_signs(key, type))
			len += fixed_len + apex_len +
			       (sig_len ? sig_len : (unsigned)EVP_PKEY_get_size(key->pkey));
	}
	return len;
}

bool keyset_key_is_entry(const struct key *key)
{
	return key->active && key->published && key->role != KEY_ROLE_ZSK;
}

void keyset_forget_private(struct keyset *set)
{
	for (unsigned i = 0; i < set->key_cnt; i++) {
		EVP_PKEY_free(set->key[i].pkey);
		set->key[i].pkey = NULL;
	}
}

void keyset_deinit(struct keyset *set)
{
	for (unsigned i = 0; i < set->key_cnt; i++)
		key_deinit(&set->key[i]);
	free(set->key);
	*set = (struct keyset){0};
}
