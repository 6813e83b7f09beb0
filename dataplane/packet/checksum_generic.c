/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/packet/checksum.h"

uint64_t checksum_sum_generic(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t last = 0;
	uint64_t sum = checksum_words(p, len & ~(size_t)3);
	memcpy(&last, p + (len & ~(size_t)3), len & 3);
	return sum + last;
}
