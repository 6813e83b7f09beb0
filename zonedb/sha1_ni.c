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

/* A chain of four rounds waits for the one before it: up to LANE_MAX independent messages go
 * through side by side, in little more time than one. */
#define LANE_MAX 2

struct lane {
	struct ni_state s;
	__m128i w[4]; /* message schedule: word vector i at [i % 4] */
};

/* Schedule words 16.. from the four vectors before: w0 is the oldest. */
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

/* Four rounds of every lane with schedule vector i; F picks function and constant. sha1rnds4 wants
 * that as an immediate, hence a macro. The first e of a block comes as it is: sha1nexte would
 * rotate it. */
#define FOUR_ROUNDS(lane, cnt, i, F)                                                               \
	do {                                                                                       \
		for (unsigned l = 0; l < (cnt); l++) {                                             \
			__m128i *w = (lane)[l].w;                                                  \
			struct ni_state *s = &(lane)[l].s;                                         \
			if ((i) >= 4)                                                              \
				w[(i) % 4] = next_words(w[(i) % 4], w[((i) + 1) % 4],              \
					w[((i) + 2) % 4], w[((i) + 3) % 4]);                       \
			__m128i sum = (i) == 0 ? _mm_add_epi32(s->e, w[0])                         \
					       : _mm_sha1nexte_epu32(s->e, w[(i) % 4]);            \
			s->e = s->abcd;                                                            \
			s->abcd = _mm_sha1rnds4_epu32(s->abcd, sum, (F));                          \
		}                                                                                  \
	} while (0)

/* Five times four rounds of one function. */
#define TWENTY_ROUNDS(lane, cnt, first, F)                                                         \
	do {                                                                                       \
		FOUR_ROUNDS(lane, cnt, (first), F);                                                \
		FOUR_ROUNDS(lane, cnt, (first) + 1, F);                                            \
		FOUR_ROUNDS(lane, cnt, (first) + 2, F);                                            \
		FOUR_ROUNDS(lane, cnt, (first) + 3, F);                                            \
		FOUR_ROUNDS(lane, cnt, (first) + 4, F);                                            \
	} while (0)

static inline __attribute__((always_inline)) void compress_block(
	struct ni_state *state, const uint8_t *const *block, const unsigned cnt)
{
	struct lane lane[LANE_MAX];
	for (unsigned l = 0; l < cnt; l++) {
		lane[l].s = state[l];
		load_words(lane[l].w, block[l]);
	}
	TWENTY_ROUNDS(lane, cnt, 0, 0);
	TWENTY_ROUNDS(lane, cnt, 5, 1);
	TWENTY_ROUNDS(lane, cnt, 10, 2);
	TWENTY_ROUNDS(lane, cnt, 15, 3);
	for (unsigned l = 0; l < cnt; l++) {
		state[l].e = _mm_sha1nexte_epu32(lane[l].s.e, state[l].e);
		state[l].abcd = _mm_add_epi32(state[l].abcd, lane[l].s.abcd);
	}
}

static inline struct ni_state load_state(const uint32_t *state)
{
	return (struct ni_state){
		.abcd = _mm_shuffle_epi32(
			_mm_loadu_si128((const __m128i *)(const void *)state), 0x1b),
		.e = _mm_set_epi32((int)state[4], 0, 0, 0),
	};
}

static inline void store_state(uint32_t *state, const struct ni_state *s)
{
	_mm_storeu_si128((__m128i *)(void *)state, _mm_shuffle_epi32(s->abcd, 0x1b));
	state[4] = (uint32_t)_mm_extract_epi32(s->e, 3);
}

void sha1_compress_ni(uint32_t state[static 5], const uint8_t *block, size_t block_cnt)
{
	struct ni_state s = load_state(state);
	for (; block_cnt > 0; block_cnt--, block += SHA1_BLOCK_LEN)
		compress_block(&s, &block, 1);
	store_state(state, &s);
}

void sha1_compress_pair_ni(
	uint32_t state[static 2][5], const uint8_t *const block[static 2], size_t block_cnt)
{
	struct ni_state s[LANE_MAX] = {load_state(state[0]), load_state(state[1])};
	const uint8_t *at[LANE_MAX] = {block[0], block[1]};
	for (; block_cnt > 0; block_cnt--) {
		compress_block(s, at, LANE_MAX);
		at[0] += SHA1_BLOCK_LEN;
		at[1] += SHA1_BLOCK_LEN;
	}
	store_state(state[0], &s[0]);
	store_state(state[1], &s[1]);
}
