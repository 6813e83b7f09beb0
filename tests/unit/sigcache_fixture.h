/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache_fixture: signatures to put into a cache, and what they look like in a message.
 */
#ifndef TESTS_UNIT_SIGCACHE_FIXTURE_H
#define TESTS_UNIT_SIGCACHE_FIXTURE_H

#include "dataplane/sigcache/sigcache.h"

/* A Thursday 00:00 UTC in November 2026, and the week it begins. */
#define TEST_WEEK	  2968U
#define TEST_TIME	  (UINT64_C(2968) * SIG_WEEK_S)
#define TEST_APEX	  ((const uint8_t *)"\4test")
#define TEST_APEX_LEN	  6U
#define TEST_SIGS_LEN_MAX (SIG_PAYLOAD_MAX + SIG_CNT_MAX * (TEST_APEX_LEN + 2))

struct sig {
	struct sigring_response resp; /* its payload is the one below */
	uint8_t payload[SIG_PAYLOAD_MAX];
};

/* Key number n: all different, bits as good as random. */
struct sig_key sigcache_fixture_key(uint64_t n);
/* Fills in a signature of so many RRSIGs of sig_len octets, with the window of its week as PowerDNS
 * has it; its octets depend on the key and the week. */
void sigcache_fixture_sig(
	struct sig *sig, struct sig_key key, uint32_t week, unsigned cnt, unsigned sig_len);
/* What sigcache_write() is to write for it, in a plain reading of sigring.h. Octets. */
unsigned sigcache_fixture_expected(const struct sig *sig, uint16_t owner, uint8_t *dst);
/* The week of key n's signature (of one RRSIG of 64 octets) that is found, as a burst would; or 0.
 * One found that is none of those fails the test. */
uint32_t sigcache_fixture_week(struct sigcache *cache, uint64_t n);

#endif
