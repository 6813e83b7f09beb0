/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/sign.h"

#define WEEK_S UINT64_C(604800)

struct dnssec_window dnssec_window_at(uint64_t now_s, uint64_t margin_s, uint64_t extend_s)
{
	uint64_t thursday_s = now_s - now_s % WEEK_S;
	return (struct dnssec_window){
		.inception_s = thursday_s > margin_s ? thursday_s - margin_s : 0,
		.expiration_s = thursday_s + 2 * WEEK_S + extend_s,
		.resign_at_s = thursday_s + WEEK_S,
	};
}
