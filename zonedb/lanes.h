/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes: several small numbers in one word, compared at once.
 */
#ifndef ZONEDB_LANES_H
#define ZONEDB_LANES_H

#include <stdint.h>

/* Bit i set where the i-th 16-bit lane of word is zero. */
static inline unsigned zero_lanes(uint64_t word)
{
	const uint64_t low = UINT64_C(0x7fff7fff7fff7fff);
	uint64_t zero = ~(((word & low) + low) | word | low); /* top bit of each zero lane */
	/* gathers bits 15, 31, 47, 63 */
	return (unsigned)((zero >> 15) * UINT64_C(0x0000200040008001) >> 45) & 0xf;
}

/* v in each lane. */
static inline uint64_t all_lanes(uint16_t v)
{
	return UINT64_C(0x0001000100010001) * v;
}

#endif
