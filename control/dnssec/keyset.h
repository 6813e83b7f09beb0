/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * keyset: the keys of a zone together: which role each has, which is published, which signs what.
 *
 * Roles follow from the active keys, per algorithm (PowerDNS' rule): where both flags 257 and 256
 * are among them, 257 are KSKs and 256 are ZSKs; where not, every key of that algorithm is a CSK.
 *
 *                 signs DNSKEY   signs CDS, CDNSKEY   signs all else   stands in DNSKEY
 *   active KSK    yes            yes                  no               if published
 *   active ZSK    no             yes                  yes              if published
 *   active CSK    yes            yes                  yes              if published
 *   inactive      no             no                   no               if published
 *
 * Not thread-safe while it changes; read-only use from many threads is.
 */
#ifndef CONTROL_DNSSEC_KEYSET_H
#define CONTROL_DNSSEC_KEYSET_H

#include "control/dnssec/key.h"

/* Keys of one zone: rollovers of several algorithms at once need a handful; a signature per key and
 * RRset must fit a message. */
#define KEYSET_KEY_MAX 64

struct keyset {
	struct key *key; /* key_cnt, in the order added */
	unsigned key_cnt;
};

/* keyset_add moves *key into the set (and leaves *key empty). -1: memory is out, or
 * KEYSET_KEY_MAX reached; *key then stays the caller's. */
int keyset_add(struct keyset *set, struct key *key) __attribute__((warn_unused_result));
/* keyset_find gives the key with this id, or NULL. */
const struct key *keyset_find(const struct keyset *set, uint64_t id);
/* keyset_assign_roles sets .role of every key. RSASHA1 keys are given number 7 in zones with NSEC3
 * and 5 without (RFC 5155, 2), as PowerDNS 3 did. Call it after the last keyset_add(). */
void keyset_assign_roles(struct keyset *set, bool nsec3);
/* True if any key is active: the zone is to be signed. */
bool keyset_is_signing(const struct keyset *set);
/* True if an active key of this role makes a signature over RRsets of type. */
bool keyset_role_signs(enum key_role role, uint16_t type);
/* True if key makes a signature over RRsets of type. Roles must be assigned. */
bool keyset_key_signs(const struct key *key, uint16_t type);
/* Octets the RRSIGs over one RRset of type take in a message, of a zone whose apex has apex_len
 * octets: owner pointer, head, rdata. */
unsigned keyset_sig_len(const struct keyset *set, uint16_t type, unsigned apex_len);
/* True if key is a secure entry point to publish as CDS or CDNSKEY: active, published, KSK or CSK.
 */
bool keyset_key_is_entry(const struct key *key);
/* Frees the private halves: what is left shows keys, and says who signs what. */
void keyset_forget_private(struct keyset *set);
void keyset_deinit(struct keyset *set); /* the zero state is safe */

#endif
