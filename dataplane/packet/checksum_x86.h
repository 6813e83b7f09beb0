/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * checksum_x86: what the SSSE3 and AVX2 sums share.
 *
 * pmaddwd adds pairs of signed words to 32 bits: flipping the top bit makes a word w the signed
 * number w - 0x8000, and what that took away is added back per word at the end. 65535 octets are
 * 4096 words of at most 2^15 in each of eight places, two to a lane: 2^28, no overflow.
 */
#ifndef DATAPLANE_PACKET_CHECKSUM_X86_H
#define DATAPLANE_PACKET_CHECKSUM_X86_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CHECKSUM_BIAS	   0x8000
#define CHECKSUM_BLOCK_LEN 16

static inline __m128i checksum_load(const uint8_t *data)
{
	return _mm_loadu_si128((const __m128i *)data);
}

static inline __m128i checksum_add_block(__m128i acc, __m128i block)
{
	const __m128i bias = _mm_set1_epi16((short)CHECKSUM_BIAS), one = _mm_set1_epi16(1);
	return _mm_add_epi32(acc, _mm_madd_epi16(_mm_xor_si128(block, bias), one));
}

/* The last tail_len < 16 octets before end moved to the front of a block, zeros behind them.
 * Without branches: lengths of questions vary too much for the processor to guess. At least 16
 * octets are readable before end. */
static inline __m128i checksum_load_tail(const uint8_t *end, size_t tail_len)
{
	/* a shuffle control of 0x80 gives zero; read so that 16 - tail_len stands first */
	static const uint8_t control[2 * CHECKSUM_BLOCK_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		11, 12, 13, 14, 15, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
	return _mm_shuffle_epi8(checksum_load(end - CHECKSUM_BLOCK_LEN),
		checksum_load(control + CHECKSUM_BLOCK_LEN - tail_len));
}

/* The four lanes together, the bias of block_cnt blocks added back. */
static inline uint64_t checksum_unbias(__m128i acc, size_t block_cnt)
{
	acc = _mm_add_epi32(acc, _mm_shuffle_epi32(acc, _MM_SHUFFLE(1, 0, 3, 2)));
	acc = _mm_add_epi32(acc, _mm_shuffle_epi32(acc, _MM_SHUFFLE(2, 3, 0, 1)));
	return (uint64_t)(int64_t)_mm_cvtsi128_si32(acc) +
	       block_cnt * (CHECKSUM_BLOCK_LEN / 2) * CHECKSUM_BIAS;
}

/* len < 16 */
static inline uint64_t checksum_short(const uint8_t *data, size_t len)
{
	uint64_t sum = 0;
	for (; len >= 2; len -= 2, data += 2) {
		uint16_t word;
		memcpy(&word, data, 2);
		sum += word;
	}
	return len ? sum + *data : sum;
}

#endif
