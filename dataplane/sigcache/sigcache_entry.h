/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache_entry: an entry as it lies in its slot, for the cache and for the one place where most
 * signatures are written into messages (dataplane/answer/live.c).
 */
#ifndef DATAPLANE_SIGCACHE_SIGCACHE_ENTRY_H
#define DATAPLANE_SIGCACHE_SIGCACHE_ENTRY_H

#include "dataplane/sigcache/sigcache.h"
#include "zonedb/copy.h"
#include "zonedb/wire.h"

struct sigcache_entry {
	struct sig_key key;
	uint32_t week;
	uint32_t next; /* slot of the rest of the payload; 0 = none */
	uint16_t len;  /* octets of payload */
	uint8_t sig_cnt;
	uint8_t apex_len;
	uint8_t payload[100];
};

/* One RRSIG, all of it in this slot, with a signature as long as those of P-256 and Ed25519. */
#define SIGCACHE_PLAIN_SIG_LEN 64U

static inline bool sigcache_is_plain(const struct sigcache_entry *entry)
{
	return entry->sig_cnt == 1 && entry->len == SIG_FIXED_LEN + SIGCACHE_PLAIN_SIG_LEN;
}

/* Octets of a plain one in a message, its owner a pointer. */
static inline unsigned sigcache_plain_len(const struct sigcache_entry *entry)
{
	return 2 + SIG_FIXED_LEN + entry->apex_len + SIGCACHE_PLAIN_SIG_LEN;
}

/* sigcache_write() of a plain one. 16 octets of apex may be read. */
static inline void sigcache_write_plain(
	const struct sigcache_entry *entry, uint8_t *dst, uint16_t owner, const uint8_t *apex)
{
	wire_put_u16(dst, owner);
	memcpy(dst + 2, entry->payload, SIG_FIXED_LEN);
	if (entry->apex_len <= 16)
		memcpy(dst + 2 + SIG_FIXED_LEN, apex,
			16); /* more than it takes: the rest follows */
	else
		copy_short(dst + 2 + SIG_FIXED_LEN, apex, entry->apex_len);
	memcpy(dst + 2 + SIG_FIXED_LEN + entry->apex_len, entry->payload + SIG_FIXED_LEN,
		SIGCACHE_PLAIN_SIG_LEN);
}

#endif
