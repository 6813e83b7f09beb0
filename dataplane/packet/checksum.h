/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * checksum: the Internet checksum (RFC 1071), for headers and for whole UDP messages.
 *
 * A sum is the one's complement sum of 16-bit words as they lie in memory, folded to 16 bits: in
 * memory order, so it is stored and compared without swapping (RFC 1071, 2B). An odd last octet
 * counts as if a zero followed it. Data whose checksum field is right sums to 0xffff.
 */
#ifndef DATAPLANE_PACKET_CHECKSUM_H
#define DATAPLANE_PACKET_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Sum of two unfolded sums. */
static inline uint64_t checksum_add(uint64_t a, uint64_t b)
{
	uint64_t sum = a + b;
	return sum + (sum < a);
}

/* Folds a sum to 16 bits. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	uint32_t low = (uint32_t)sum, high = (uint32_t)(sum >> 32);
	low += high;
	low += low < high;
	return (uint16_t)((low + (low << 16 | low >> 16)) >> 16);
}

/* Unfolded sum of len octets, a small multiple of 4: headers and addresses. */
static inline uint64_t checksum_words(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t sum = 0, word = 0;
	for (; len >= 8; len -= 8, p += 8) {
		memcpy(&word, p, 8);
		sum = checksum_add(sum, word);
	}
	if (len) {
		uint32_t half;
		memcpy(&half, p, 4);
		sum = checksum_add(sum, half);
	}
	return sum;
}

/* Unfolded sum of len <= 65535 octets; reads nothing outside them. */
typedef uint64_t checksum_sum_fn(const void *data, size_t len);

/* The fastest this processor has, picked before main. */
extern checksum_sum_fn *checksum_sum;

/* One file per instruction set; checksum_generic.c goes everywhere. */
checksum_sum_fn checksum_sum_generic, checksum_sum_ssse3, checksum_sum_avx2;

struct checksum_impl {
	const char *name;
	checksum_sum_fn *sum;
	bool (*usable)(void);
};
/* Fastest first, closed by an empty row; the last before it is always usable. */
extern const struct checksum_impl checksum_impl[];

#endif
