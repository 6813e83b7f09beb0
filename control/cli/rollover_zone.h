/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rollover_zone: the rollover of one zone, between the database that keeps it, the servers that are
 * asked, and the machine that decides (dnssec/rollover.h).
 *
 *   read ---> start ---> look <-----+
 *      `---------------> look       |
 *                        take_step--+
 *                        give_up
 *
 * Each change of keys and of what is remembered of them is one transaction, and made only if nobody
 * else has been there since it was read.
 *
 * Results: 0, or 1 when the reason has been said.
 */
#ifndef CONTROL_CLI_ROLLOVER_ZONE_H
#define CONTROL_CLI_ROLLOVER_ZONE_H

#include "control/cli/cli.h"
#include "control/cli/dns_ask.h"
#include "control/dnssec/rollover_policy.h"

struct rollover_zone {
	struct cli *cli;
	struct cli_zone zone;
	struct cli_zone_data data;
	struct rollover_policy policy;
	struct rollover_ages ages;
	struct rollover rollover;
	bool is_under_way;
	char stored[ROLLOVER_TEXT_MAX]; /* the rollover as it was read; empty: none */
	/* of the last look */
	enum rollover_outcome outcome;
	char reason[DNS_ASK_ERR_LEN]; /* why it is not served yet; empty: it is */
};

/* Reads the zone's keys, policy and rollover. Deinit it in both cases. */
int rollover_zone_read(struct rollover_zone *rz, struct cli *cli, const struct cli_zone *zone,
	bool write) __attribute__((warn_unused_result));
void rollover_zone_deinit(struct rollover_zone *rz);

/* Makes a new key for each that is to go and begins; algorithm NULL: that of the old key. */
int rollover_zone_start(struct rollover_zone *rz, enum rollover_kind kind,
	const struct key_algorithm *algorithm) __attribute__((warn_unused_result));
/* Asks whoever is to be asked and says in outcome how the step stands. */
int rollover_zone_look(struct rollover_zone *rz) __attribute__((warn_unused_result));
/* Takes the next step, or ends it: then it is no longer under way. */
int rollover_zone_take_step(struct rollover_zone *rz) __attribute__((warn_unused_result));
/* Takes it back: it is over, or goes the other way. A rollover that has lost keys is forgotten. */
int rollover_zone_give_up(struct rollover_zone *rz) __attribute__((warn_unused_result));

/* Brings the ages of the zone's keys up to date, in the database, too. */
int rollover_zone_note_ages(struct rollover_zone *rz) __attribute__((warn_unused_result));

/* When the step will be over, 0 if that is not known. */
uint64_t rollover_zone_until(const struct rollover_zone *rz);

#endif
