/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rectify_rows: writes order, authority and empty non-terminals of a zone in the database
 * (control/dnssec/rectify.h). Rows that have them right are left alone, disabled ones always.
 */
#ifndef CONTROL_CLI_RECTIFY_ROWS_H
#define CONTROL_CLI_RECTIFY_ROWS_H

#include "control/cli/cli.h"

/* Rectifies zone, which has no denial to be ordered for if policy is NULL, within a transaction of
 * cli->store, which the caller commits or rolls back. *update_cnt is how many updates pdnsutil
 * would count. 0, or -1 when the reason has been said. */
int rectify_rows(struct cli *cli, const struct cli_zone *zone, const struct zone_policy *policy,
	unsigned long *update_cnt) __attribute__((warn_unused_result));

/* Gives fn every enabled row of zone whose authority is not as rectifying would have it; *row_cnt
 * is how many enabled rows there are. 0, or -1 when the reason has been said. */
int rectify_rows_wrong(struct cli *cli, const struct cli_zone *zone, store_row_fn *fn, void *ctx,
	size_t *row_cnt) __attribute__((warn_unused_result));

#endif
