/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/packet/checksum.h"
#include "dataplane/packet/checksum_x86.h"

#define WIDE_LEN 32

static __m256i add_wide(__m256i acc, const uint8_t *data)
{
	const __m256i bias = _mm256_set1_epi16((short)CHECKSUM_BIAS), one = _mm256_set1_epi16(1);
	__m256i block = _mm256_loadu_si256((const __m256i *)data);
	return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_xor_si256(block, bias), one));
}

uint64_t checksum_sum_avx2(const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;
	__m256i wide = _mm256_setzero_si256(), wide2 = wide;
	if (len < CHECKSUM_BLOCK_LEN)
		return checksum_short(p, len);
	size_t block_cnt = len / CHECKSUM_BLOCK_LEN, left = block_cnt;
	for (; left >= 4; left -= 4, p += 2 * WIDE_LEN) {
		wide = add_wide(wide, p);
		wide2 = add_wide(wide2, p + WIDE_LEN);
	}
	if (left & 2) {
		wide = add_wide(wide, p);
		p += WIDE_LEN;
	}
	wide = _mm256_add_epi32(wide, wide2);
	__m128i acc =
		_mm_add_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
	if (left & 1)
		acc = checksum_add_block(acc, checksum_load(p));
	acc = checksum_add_block(acc, checksum_load_tail(end, len % CHECKSUM_BLOCK_LEN));
	return checksum_unbias(acc, block_cnt + 1);
}
