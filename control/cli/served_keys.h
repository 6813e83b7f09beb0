/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * served_keys: whether the servers of a zone show and use its keys as they are meant to, asked over
 * the network.
 */
#ifndef CONTROL_CLI_SERVED_KEYS_H
#define CONTROL_CLI_SERVED_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "control/cli/dns_ask.h"
#include "control/dnssec/rollover_policy.h"

struct served_key {
	const struct key *key;
	unsigned state; /* enum rollover_key_state: what it is meant to do */
};

struct served_keys {
	struct served_key key[2 * ROLLOVER_KEY_MAX];
	unsigned cnt;
};

/* Asks each of the servers for DNSKEY and SOA: a key that is shown is among the DNSKEY, one that
 * signs has made an RRSIG, others have not. apex: wire. 0: all of that holds everywhere; 1 with err
 * naming a server where it does not; -1 with err: a server did not answer. */
int served_keys_ask(const uint8_t *apex, const struct rollover_servers *servers,
	const struct served_keys *keys, char err[static DNS_ASK_ERR_LEN])
	__attribute__((warn_unused_result));

#endif
