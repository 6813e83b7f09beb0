/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame_fixture: frames for tests, made and checked without the code under test.
 */
#ifndef TESTS_UNIT_FRAME_FIXTURE_H
#define TESTS_UNIT_FRAME_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/packet/frame.h"

#define FRAME_FIXTURE_LEN 2048

/* Addresses: ours (served), theirs, and another of ours that is not served. */
extern const uint8_t fixture_ours4[4], fixture_theirs4[4], fixture_other4[4];
extern const uint8_t fixture_ours6[16], fixture_theirs6[16], fixture_other6[16];

/* A frame before mutation. The zero state, with family set, is a question to us on port 53. */
struct frame_spec {
	int family;	      /* 4 or 6 */
	bool vlan;	      /* tag 7, priority 3 */
	unsigned options_len; /* IPv4: octets, a multiple of 4 */
	unsigned msg_len;     /* 0 = 29, that of a question */
	bool no_udp_sum;
	unsigned padding_len; /* behind the packet, as short frames have */
};

/* A frame, with where its parts are. */
struct frame_made {
	uint8_t data[FRAME_FIXTURE_LEN];
	size_t len;
	size_t ip; /* offsets */
	size_t udp;
	size_t msg;
	size_t msg_len;
	int family;
};

void fixture_frame(struct frame_made *made, const struct frame_spec *spec);
/* Sets both checksums right again after a change. */
void fixture_frame_sum(struct frame_made *made);
/* Answers ours4 and ours6 on port 53. */
void fixture_served(struct frame_served *served);
/* Octet-wise sum of RFC 1071, big-endian, not inverted; sum: of what was added up before. */
uint16_t fixture_sum(uint32_t sum, const uint8_t *data, size_t len);
/* True if header and UDP checksum of the packet at ip are right, by fixture_sum. */
bool fixture_sums_good(const uint8_t *ip);

#endif
