/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/packet/checksum.h"

checksum_sum_fn *checksum_sum = checksum_sum_generic;

__attribute__((constructor)) static void pick_sum(void)
{
	const struct checksum_impl *impl = checksum_impl;
	while (!impl->usable())
		impl++;
	checksum_sum = impl->sum;
}
