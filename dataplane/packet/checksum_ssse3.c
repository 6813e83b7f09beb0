/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <immintrin.h>

#include "dataplane/packet/checksum.h"

/* pmaddwd adds pairs of signed words to 32 bits: flipping the top bit makes a word w the signed
 * number w - 0x8000, and what that took away is added back per word at the end. 65535 octets are
 * 4096 words of at most 2^15 in each of the eight places, two to a lane: 2^28, no overflow. */
#define WORD_BIAS 0x8000
#define BLOCK_LEN 16

static __m128i add_block(__m128i acc, __m128i block)
{
	const __m128i bias = _mm_set1_epi16((short)WORD_BIAS), one = _mm_set1_epi16(1);
	return _mm_add_epi32(acc, _mm_madd_epi16(_mm_xor_si128(block, bias), one));
}

static __m128i load_block(const uint8_t *data)
{
	return _mm_loadu_si128((const __m128i *)data);
}

/* The last tail_len < 16 octets before end moved to the front of a block, zeros behind them.
 * Without branches: lengths of questions vary too much for the processor to guess. At least 16
 * octets are readable before end. */
static __m128i load_tail(const uint8_t *end, size_t tail_len)
{
	/* a shuffle control of 0x80 gives zero; read from tail_len on: 16 - tail_len.., 0x80.. */
	static const uint8_t control[2 * BLOCK_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
		14, 15, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x80};
	return _mm_shuffle_epi8(
		load_block(end - BLOCK_LEN), load_block(control + BLOCK_LEN - tail_len));
}

static uint64_t lanes_sum(__m128i acc)
{
	acc = _mm_add_epi32(acc, _mm_shuffle_epi32(acc, _MM_SHUFFLE(1, 0, 3, 2)));
	acc = _mm_add_epi32(acc, _mm_shuffle_epi32(acc, _MM_SHUFFLE(2, 3, 0, 1)));
	return (uint64_t)(int64_t)_mm_cvtsi128_si32(acc);
}

/* len < 16 */
static uint64_t sum_short(const uint8_t *data, size_t len)
{
	uint64_t sum = 0;
	for (; len >= 2; len -= 2, data += 2) {
		uint16_t word;
		memcpy(&word, data, 2);
		sum += word;
	}
	return len ? sum + *data : sum;
}

uint64_t checksum_sum(const void *data, size_t len)
{
	const uint8_t *p = data, *end = p + len;
	__m128i acc = _mm_setzero_si128(), acc2 = acc;
	if (len < BLOCK_LEN)
		return sum_short(p, len);
	size_t block_cnt = len / BLOCK_LEN;
	for (size_t left = block_cnt; left > 1; left -= 2, p += 2 * BLOCK_LEN) {
		acc = add_block(acc, load_block(p));
		acc2 = add_block(acc2, load_block(p + BLOCK_LEN));
	}
	if (block_cnt & 1)
		acc = add_block(acc, load_block(p));
	acc2 = add_block(acc2, load_tail(end, len % BLOCK_LEN));
	return lanes_sum(_mm_add_epi32(acc, acc2)) + (block_cnt + 1) * (BLOCK_LEN / 2) * WORD_BIAS;
}
