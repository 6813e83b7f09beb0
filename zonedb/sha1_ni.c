/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * With the x86 SHA extensions: sha1rnds4 does four rounds, sha1nexte brings in the rotated e,
 * sha1msg1/sha1msg2 the message schedule of four words. Registers hold words in descending order:
 * abcd = {a, b, c, d} from the highest lane down.
 */
#include "zonedb/sha1.h"

#include <cpuid.h>
#include <immintrin.h>

#define CPUID7_EBX_SHA	 (1U << 29)
#define CPUID1_ECX_SSE41 (1U << 19)

bool sha1_ni_usable(void)
{
	unsigned a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & CPUID1_ECX_SSE41))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & CPUID7_EBX_SHA);
}

struct ni_state {
	__m128i abcd;
	__m128i e; /* e of the next four rounds in the highest lane, before sha1nexte */
};

/* Four rounds with the four schedule words w; F picks function and constant. sha1rnds4 wants that
 * as an immediate, hence a macro. */
#define FOUR_ROUNDS(s, w, F)                                                                       \
	do {                                                                                       \
		__m128i sum = _mm_sha1nexte_epu32((s).e, (w));                                     \
		(s).e = (s).abcd;                                                                  \
		(s).abcd = _mm_sha1rnds4_epu32((s).abcd, sum, (F));                                \
	} while (0)

/* Schedule words 16.. from the four vectors before: w[0] is the oldest and is replaced. */
static inline __m128i next_words(
	const __m128i w0, const __m128i w1, const __m128i w2, const __m128i w3)
{
	__m128i sum = _mm_xor_si128(_mm_sha1msg1_epu32(w0, w1), w2);
	return _mm_sha1msg2_epu32(sum, w3);
}

static inline void load_words(__m128i w[static 4], const uint8_t *block)
{
	const __m128i reverse = _mm_set_epi64x(0x0001020304050607LL, 0x08090a0b0c0d0e0fLL);
	for (unsigned i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(
			_mm_loadu_si128((const __m128i *)(const void *)(block + i * 16)), reverse);
}

/* Five times four rounds of one function, the schedule going on ahead of them. */
#define TWENTY_ROUNDS(s, w, first, F)                                                              \
	do {                                                                                       \
		for (unsigned i = (first); i < (first) + 5; i++) {                                 \
			if (i >= 4)                                                                \
				(w)[i % 4] = next_words((w)[i % 4], (w)[(i + 1) % 4],              \
					(w)[(i + 2) % 4], (w)[(i + 3) % 4]);                       \
			FOUR_ROUNDS(s, (w)[i % 4], F);                                             \
		}                                                                                  \
	} while (0)

static inline void compress_block(struct ni_state *state, const uint8_t *block)
{
	struct ni_state s = *state;
	__m128i w[4];
	load_words(w, block);
	/* the first e comes as it is; sha1nexte would rotate it */
	__m128i e_w = _mm_add_epi32(s.e, w[0]);
	s.e = s.abcd;
	s.abcd = _mm_sha1rnds4_epu32(s.abcd, e_w, 0);
#pragma GCC unroll 8
	for (unsigned i = 1; i < 5; i++) {
		if (i >= 4)
			w[i % 4] = next_words(w[0], w[1], w[2], w[3]);
		FOUR_ROUNDS(s, w[i % 4], 0);
	}
	TWENTY_ROUNDS(s, w, 5, 1);
	TWENTY_ROUNDS(s, w, 10, 2);
	TWENTY_ROUNDS(s, w, 15, 3);
	state->e = _mm_sha1nexte_epu32(s.e, state->e);
	state->abcd = _mm_add_epi32(state->abcd, s.abcd);
}

void sha1_compress_ni(uint32_t state[static 5], const uint8_t *block, size_t block_cnt)
{
	struct ni_state s = {
		.abcd = _mm_shuffle_epi32(
			_mm_loadu_si128((const __m128i *)(const void *)state), 0x1b),
		.e = _mm_set_epi32((int)state[4], 0, 0, 0),
	};
	for (; block_cnt > 0; block_cnt--, block += SHA1_BLOCK_LEN)
		compress_block(&s, block);
	_mm_storeu_si128((__m128i *)(void *)state, _mm_shuffle_epi32(s.abcd, 0x1b));
	state[4] = (uint32_t)_mm_extract_epi32(s.e, 3);
}
