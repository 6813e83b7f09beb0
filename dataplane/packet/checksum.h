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

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Folds a sum of up to 2^32 words to 16 bits. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* Unfolded sum of len octets, len a small multiple of 4: headers and addresses. */
static inline uint64_t checksum_words(const void *data, size_t len)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t word;
		memcpy(&word, (const uint8_t *)data + i, 4);
		sum += word;
	}
	return sum;
}

/* Unfolded sum of len <= 65535 octets. Reads nothing outside them. */
uint64_t checksum_sum(const void *data, size_t len);

#endif
