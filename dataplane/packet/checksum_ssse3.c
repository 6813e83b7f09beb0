/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/packet/checksum.h"
#include "dataplane/packet/checksum_x86.h"

uint64_t checksum_sum_ssse3(const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;
	__m128i acc = _mm_setzero_si128(), acc2 = acc;
	if (len < CHECKSUM_BLOCK_LEN)
		return checksum_short(p, len);
	size_t block_cnt = len / CHECKSUM_BLOCK_LEN, left = block_cnt;
	for (; left >= 2; left -= 2, p += 2 * CHECKSUM_BLOCK_LEN) {
		acc = checksum_add_block(acc, checksum_load(p));
		acc2 = checksum_add_block(acc2, checksum_load(p + CHECKSUM_BLOCK_LEN));
	}
	if (left)
		acc = checksum_add_block(acc, checksum_load(p));
	acc2 = checksum_add_block(acc2, checksum_load_tail(end, len % CHECKSUM_BLOCK_LEN));
	return checksum_unbias(_mm_add_epi32(acc, acc2), block_cnt + 1);
}
