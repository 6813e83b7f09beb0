/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/chain_private.h"

int dnssec_chain(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256])
{
	if (param)
		return chain_make_nsec3(zone, param, thread_cnt, err);
	return chain_make_nsec(zone, err);
}
