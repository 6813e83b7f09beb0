/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * parent_ds: which DS records of a zone its parent gives out, asked over the network.
 */
#ifndef CONTROL_CLI_PARENT_DS_H
#define CONTROL_CLI_PARENT_DS_H

#include <stdbool.h>
#include <stdint.h>

#include "control/dnssec/keyset.h"

#define PARENT_DS_ERR_LEN 256

/* Keys whose DS are looked for. */
struct parent_ds_keys {
	const struct key *const *key;
	unsigned cnt;
};

struct parent_ds {
	bool has_new;	/* every server has a DS of each of these */
	bool has_old;	/* some server has one of these */
	uint32_t ttl_s; /* the largest seen; 0: no DS anywhere */
};

/* Asks each server ("address" or "address:port", IPv6 in brackets), or, server_cnt being 0, the
 * resolver of resolv.conf. apex: wire, lower case. 0, or -1 with err: one of them did not answer,
 * or not with the DS or their absence. */
int parent_ds_ask(struct parent_ds *ds, const uint8_t *apex, char *const *server,
	unsigned server_cnt, const struct parent_ds_keys *new_keys,
	const struct parent_ds_keys *old_keys, char err[static PARENT_DS_ERR_LEN])
	__attribute__((warn_unused_result));

#endif
