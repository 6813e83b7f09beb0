/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rollover_facts: what the world looks like to a rollover: TTLs of the zone, what its servers
 * serve, what its parent has.
 */
#ifndef CONTROL_CLI_ROLLOVER_FACTS_H
#define CONTROL_CLI_ROLLOVER_FACTS_H

#include "control/cli/rollover_zone.h"

/* All facts but the time; rz->reason says why the step is not served everywhere. 0, or 1 when the
 * reason has been said: somebody did not answer. */
int rollover_facts_gather(struct rollover_zone *rz, struct rollover_facts *facts)
	__attribute__((warn_unused_result));

#endif
