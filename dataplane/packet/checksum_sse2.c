/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <immintrin.h>

#include "dataplane/packet/checksum.h"

/* pmaddwd adds pairs of signed words to 32 bits: flipping the top bit makes a word w the signed
 * number w - 0x8000, and what that took away is added back per word at the end. */
#define WORD_BIAS 0x8000

static uint64_t lanes_sum(__m128i acc)
{
	acc = _mm_add_epi32(acc, _mm_shuffle_epi32(acc, _MM_SHUFFLE(1, 0, 3, 2)));
	acc = _mm_add_epi32(acc, _mm_shuffle_epi32(acc, _MM_SHUFFLE(2, 3, 0, 1)));
	return (uint64_t)(int64_t)_mm_cvtsi128_si32(acc);
}

/* Sum of len octets, a multiple of 16. 65535 octets are 4096 words of at most 2^15 in each of the
 * eight places, two to a lane: 2^28, no overflow. */
static uint64_t sum_blocks(const uint8_t *data, size_t len)
{
	const __m128i bias = _mm_set1_epi16((short)WORD_BIAS), one = _mm_set1_epi16(1);
	__m128i acc = _mm_setzero_si128(), acc2 = acc;
	size_t i = 0;
	for (; i + 32 <= len; i += 32) {
		__m128i a = _mm_loadu_si128((const __m128i *)(data + i));
		__m128i b = _mm_loadu_si128((const __m128i *)(data + i + 16));
		acc = _mm_add_epi32(acc, _mm_madd_epi16(_mm_xor_si128(a, bias), one));
		acc2 = _mm_add_epi32(acc2, _mm_madd_epi16(_mm_xor_si128(b, bias), one));
	}
	if (i < len) {
		__m128i a = _mm_loadu_si128((const __m128i *)(data + i));
		acc = _mm_add_epi32(acc, _mm_madd_epi16(_mm_xor_si128(a, bias), one));
	}
	return lanes_sum(_mm_add_epi32(acc, acc2)) + len / 2 * WORD_BIAS;
}

/* Sum of the last 0..15 octets. */
static uint64_t sum_tail(const uint8_t *data, size_t len)
{
	uint64_t sum = 0, word = 0;
	if (len & 8) {
		memcpy(&word, data, 8);
		sum = (word & UINT32_MAX) + (word >> 32);
		data += 8;
	}
	if (len & 4) {
		uint32_t half;
		memcpy(&half, data, 4);
		sum += half;
		data += 4;
	}
	if (len & 2) {
		uint16_t quarter;
		memcpy(&quarter, data, 2);
		sum += quarter;
		data += 2;
	}
	return len & 1 ? sum + *data : sum;
}

uint64_t checksum_sum(const void *data, size_t len)
{
	size_t blocks_len = len & ~(size_t)15;
	return sum_blocks(data, blocks_len) +
	       sum_tail((const uint8_t *)data + blocks_len, len & 15);
}
