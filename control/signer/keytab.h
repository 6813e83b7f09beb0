/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keytab: the key sets a signer knows, by apex.
 *
 *   main thread: keytab_put(), keytab_remove(), keytab_drop_older()
 *   worker threads, around a batch of requests: keytab_enter() ... keytab_find() ... keytab_leave()
 *
 * A zone has the set control sent last and, until its image is seen published, the one before: an
 * image is signed with the set of its live_id and no other. Between keytab_enter() and
 * keytab_leave() sets neither change nor go; writers have precedence, and wait a batch at most.
 *
 * What a set holds of a private key: of ECDSA the number itself, of others the text it came as, 150
 * octets for a zone with a key of P-256. So a million zones fit, and what OpenSSL needs is made
 * when needed (ecdsa.h, contexts.h). Sets are wiped when freed.
 */
#ifndef CONTROL_SIGNER_KEYTAB_H
#define CONTROL_SIGNER_KEYTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/signer/protocol.h"

struct keytab;

struct keytab_key {
	uint32_t secret_off; /* in the set's .octet */
	uint16_t secret_len;
	uint16_t flags;
	uint16_t tag;
	uint8_t algorithm; /* as served */
	uint8_t role;	   /* enum key_role */
};

struct keytab_set {
	struct keytab_set *next;  /* of its bucket */
	struct keytab_set *older; /* what it replaces; NULL = none: then in no list of: */
	struct keytab_set *next_doubled, *prev_doubled;
	uint64_t hash;
	uint64_t id; /* no set before or after it has the same */
	uint64_t live_id[2];
	uint32_t inception_margin_s;
	uint32_t expiry_extend_s;
	uint32_t len; /* octets of all */
	uint8_t key_cnt;
	uint8_t apex_len;
	struct keytab_key key[]; /* [key_cnt], then apex, then secrets */
};

static inline const uint8_t *keytab_apex(const struct keytab_set *set)
{
	return (const uint8_t *)(set->key + set->key_cnt);
}

static inline const uint8_t *keytab_secret(
	const struct keytab_set *set, const struct keytab_key *key)
{
	return keytab_apex(set) + key->secret_off;
}

struct keytab *keytab_new(void); /* NULL: memory is out */
struct keytab *keytab_free(struct keytab *tab);

/* Takes a set. enum protocol_verdict. */
unsigned keytab_put(struct keytab *tab, const struct protocol_message *msg);
void keytab_remove(struct keytab *tab, const uint8_t *apex, size_t apex_len);
/* Looks at some zones with two sets, other ones each time, and forgets the older set of those of
 * which is_served() says that the newer one's image is published. False: these were all. */
#define KEYTAB_DROP_MAX 256 /* as many: what workers wait for meanwhile is below 1 ms */
bool keytab_drop_older(struct keytab *tab,
	bool (*is_served)(
		void *ctx, const uint8_t *apex, size_t apex_len, const uint64_t live_id[static 2]),
	void *ctx);
size_t keytab_zone_cnt(struct keytab *tab);

/* What a worker must know of the whole. */
struct keytab_state {
	uint64_t generation; /* another one: sets have gone, forget what was made of their keys */
	uint32_t algorithms; /* bit n: some zone has a key of algorithm n */
};
struct keytab_state keytab_enter(struct keytab *tab);
void keytab_leave(struct keytab *tab);
/* The set of this zone and live_id, or NULL. */
const struct keytab_set *keytab_find(const struct keytab *tab, const uint8_t *apex, size_t apex_len,
	const uint64_t live_id[static 2]);

#endif
