/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/fold.h"
#include "zonedb/image_check.h"

#define LANE_CNT 4 /* independent multiplications, so that they overlap */

/* Takes a block of IMAGE_ALIGN octets into the lanes. */
static void take_block(uint64_t lane[static LANE_CNT], const uint8_t *block)
{
	uint64_t word[2 * LANE_CNT];
	static_assert(sizeof(word) == IMAGE_ALIGN, "a block is a cache line");
	memcpy(word, block, sizeof(word));
	for (unsigned i = 0; i < LANE_CNT; i++)
		lane[i] = fold_mix(lane[i] ^ word[2 * i], word[2 * i + 1]) + word[2 * i];
}

uint64_t image_checksum(const void *base, uint64_t len)
{
	uint64_t lane[LANE_CNT] = {1, 2, 3, 4}, sum = len;
	uint8_t first[IMAGE_ALIGN];
	static_assert(
		offsetof(struct image_header, checksum) < sizeof(first), "in the first block");
	memcpy(first, base, sizeof(first));
	memset(first + offsetof(struct image_header, checksum), 0, sizeof(uint64_t));
	take_block(lane, first);
	for (uint64_t pos = IMAGE_ALIGN; pos < len; pos += IMAGE_ALIGN)
		take_block(lane, (const uint8_t *)base + pos);
	for (unsigned i = 0; i < LANE_CNT; i++)
		sum = fold_mix(sum, lane[i]);
	return sum;
}
