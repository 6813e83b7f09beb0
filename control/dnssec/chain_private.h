/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * chain_private: what the files of chain.h share.
 */
#ifndef CONTROL_DNSSEC_CHAIN_PRIVATE_H
#define CONTROL_DNSSEC_CHAIN_PRIVATE_H

#include "control/dnssec/chain.h"

/* The two kinds of chain; results as dnssec_chain(). */
int chain_make_nsec(struct zone *zone, char err[static 256]) __attribute__((warn_unused_result));
int chain_make_nsec3(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256]) __attribute__((warn_unused_result));

/* chain_take_wildcard gives node the denial of the wildcard that exists below it. */
void chain_take_wildcard(const struct zone *zone, struct zone_node *node);

#endif
