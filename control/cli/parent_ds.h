/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * parent_ds: which DS records of a zone its parent gives out, asked over the network.
 */
#ifndef CONTROL_CLI_PARENT_DS_H
#define CONTROL_CLI_PARENT_DS_H

#include <stdbool.h>
#include <stdint.h>

#include "control/cli/dns_ask.h"
#include "control/dnssec/rollover_policy.h"

/* Keys whose DS are looked for. */
struct parent_ds_keys {
	const struct key *key[ROLLOVER_KEY_MAX];
	unsigned cnt;
};

struct parent_ds {
	bool has_new;	/* every server has a DS of each of these */
	bool has_old;	/* some server has one of these */
	uint32_t ttl_s; /* the largest seen; 0: no DS anywhere */
};

/* Asks each of the servers or, if there are none, the system's resolver. apex: wire, lower case.
 * 0, or -1 with err: one of them did not answer, or not with DS or their absence. */
int parent_ds_ask(struct parent_ds *ds, const uint8_t *apex, const struct rollover_servers *servers,
	const struct parent_ds_keys *new_keys, const struct parent_ds_keys *old_keys,
	char err[static DNS_ASK_ERR_LEN]) __attribute__((warn_unused_result));

#endif
