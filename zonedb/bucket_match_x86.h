/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bucket_match_x86: bucket_match.h with SSE2, which every x86-64 has: 14 instructions, 50 without.
 */
#ifndef ZONEDB_BUCKET_MATCH_X86_H
#define ZONEDB_BUCKET_MATCH_X86_H

#include <emmintrin.h>

#include "zonedb/image.h"

static_assert(IMAGE_BUCKET_SLOTS > 8 && IMAGE_BUCKET_SLOTS <= 16, "two vectors of tags");

/* Bit i set where slot i of the bucket holds tag. What stands behind the tags is masked out. */
static inline unsigned bucket_match_x86(const struct image_bucket *bucket, uint16_t tag)
{
	const __m128i wanted = _mm_set1_epi16((short)tag);
	const __m128i *tags = (const __m128i *)bucket;
	__m128i low = _mm_cmpeq_epi16(_mm_load_si128(tags), wanted);
	__m128i high = _mm_cmpeq_epi16(_mm_load_si128(tags + 1), wanted);
	unsigned slots = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(low, high));
	return slots & ((1U << bucket->used) - 1);
}

#endif
