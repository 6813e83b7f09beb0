/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring_fixture: a sigrings file in a directory of its own, and records to put into it. What
 * fails here fails the test.
 */
#ifndef TESTS_UNIT_SIGRING_FIXTURE_H
#define TESTS_UNIT_SIGRING_FIXTURE_H

#include "zonedb/sigring_layout.h"

struct sigring_fixture {
	char dir[64];
	char path[96]; /* of the file */
	char err[256];
	int fd;
	struct sigring *rings;
	struct sigring_file *file; /* the same memory, for who writes what it should not */
};

void sigring_fixture_begin(struct sigring_fixture *f);
void sigring_fixture_end(struct sigring_fixture *f);

/* A well-formed request for a name of name_len octets (at least 9) below "test.", which number
 * varies; the name lies in memory of the thread, until number % 16 comes again. */
struct sigring_request sigring_fixture_request(uint64_t number, uint8_t name_len);
/* A well-formed payload: cnt signatures of sig_len octets each, under an apex of apex_len octets.
 * Octets of it; what is in it depends on seed. */
uint16_t sigring_fixture_payload(uint8_t payload[SIG_PAYLOAD_MAX], unsigned cnt, unsigned sig_len,
	uint8_t apex_len, uint32_t seed);
/* The validity times in all signatures of the payload above. */
void sigring_fixture_times(
	uint8_t *payload, unsigned cnt, unsigned sig_len, uint32_t inception, uint32_t expiration);

/* xorshift64; state not 0. */
static inline uint64_t sigring_fixture_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
