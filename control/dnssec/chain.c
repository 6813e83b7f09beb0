/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/chain_private.h"
#include "control/dnssec/policy.h"

int dnssec_chain(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256])
{
	if (param)
		return chain_make_nsec3(zone, param, thread_cnt, err);
	return chain_make_nsec(zone, err);
}

static int make_nsec(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256])
{
	(void)param;
	(void)thread_cnt;
	return chain_make_nsec(zone, err);
}

static int make_compact(struct zone *zone, const struct zone_nsec3_param *param,
	unsigned thread_cnt, char err[static 256])
{
	(void)param;
	(void)thread_cnt;
	return dnssec_chain_compact(zone, err);
}

int dnssec_chain_by_policy(struct zone *zone, const struct zone_policy *policy, bool live,
	unsigned thread_cnt, char err[static 256])
{
	static int (*const make[])(
		struct zone *, const struct zone_nsec3_param *, unsigned, char err[static 256]) = {
		[POLICY_NSEC] = make_nsec,
		[POLICY_NSEC3] = chain_make_nsec3,
		[POLICY_NARROW] = dnssec_chain_narrow,
		[POLICY_COMPACT] = make_compact,
	};
	return make[policy_denial(policy, live)](zone, &policy->nsec3_param, thread_cnt, err);
}
