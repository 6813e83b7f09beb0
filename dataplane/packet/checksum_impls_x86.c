/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/packet/checksum.h"

static bool has_avx2(void)
{
	__builtin_cpu_init(); /* constructors may come before libgcc's own */
	return __builtin_cpu_supports("avx2");
}

static bool has_ssse3(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("ssse3");
}

static bool always(void)
{
	return true;
}

const struct checksum_impl checksum_impl[] = {
	{"avx2", checksum_sum_avx2, has_avx2},
	{"ssse3", checksum_sum_ssse3, has_ssse3},
	{"generic", checksum_sum_generic, always},
	{0},
};
