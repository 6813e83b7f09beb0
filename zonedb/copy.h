/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * copy: a few octets, their number not known before. Compilers make a "rep movs" of memcpy() there,
 * which takes 30 cycles to begin.
 */
#ifndef ZONEDB_COPY_H
#define ZONEDB_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Copies len octets, which do not overlap: whole vectors, the last of them reaching back. */
static inline void copy_short(uint8_t *dst, const uint8_t *src, size_t len)
{
	if (len >= 16) {
		for (size_t i = 0; i + 16 < len; i += 16)
			memcpy(dst + i, src + i, 16);
		memcpy(dst + len - 16, src + len - 16, 16);
	} else if (len >= 8) {
		memcpy(dst, src, 8);
		memcpy(dst + len - 8, src + len - 8, 8);
	} else if (len >= 4) {
		memcpy(dst, src, 4);
		memcpy(dst + len - 4, src + len - 4, 4);
	} else {
		for (size_t i = 0; i < len; i++)
			dst[i] = src[i];
	}
}

#endif
