/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * For processors other than x86-64: never usable, so never called.
 */
#include "zonedb/sha1.h"

bool sha1_ni_usable(void)
{
	return false;
}

void sha1_compress_ni(uint32_t state[static 5], const uint8_t *block, size_t block_cnt)
{
	sha1_compress_portable(state, block, block_cnt);
}

void sha1_compress_pair_ni(
	uint32_t state[static 2][5], const uint8_t *const block[static 2], size_t block_cnt)
{
	sha1_compress_pair_portable(state, block, block_cnt);
}
