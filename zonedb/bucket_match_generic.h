/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bucket_match_generic: bucket_match.h with 64-bit arithmetic.
 */
#ifndef ZONEDB_BUCKET_MATCH_GENERIC_H
#define ZONEDB_BUCKET_MATCH_GENERIC_H

#include <string.h>

#include "zonedb/image.h"
#include "zonedb/lanes.h"

/* Bit i set where slot i of the bucket holds tag. */
static inline unsigned bucket_match_generic(const struct image_bucket *bucket, uint16_t tag)
{
	const uint64_t wanted = all_lanes(tag);
	/* scalars, not an array: its wide stores would stall the narrower loads behind them */
	uint64_t first, second;
	uint32_t last;
	memcpy(&first, bucket->tag, 8);
	memcpy(&second, bucket->tag + 4, 8);
	memcpy(&last, bucket->tag + 8, 4);
	unsigned slots = zero_lanes(first ^ wanted) | zero_lanes(second ^ wanted) << 4 |
			 zero_lanes(last ^ wanted) << 8;
	return slots & ((1U << bucket->used) - 1);
}

#endif
