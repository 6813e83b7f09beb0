/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sigcache_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/sigring_fixture.h"
#include "zonedb/wire.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9); /* splitmix64 */
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

struct sig_key sigcache_fixture_key(uint64_t n)
{
	return (struct sig_key){{mix(2 * n + 1), mix(2 * n + 2)}};
}

void sigcache_fixture_sig(
	struct sig *sig, struct sig_key key, uint32_t week, unsigned cnt, unsigned sig_len)
{
	uint32_t begin = (uint32_t)(week * (uint64_t)SIG_WEEK_S);
	sig->resp = (struct sigring_response){
		.week = week,
		.status = SIGN_OK,
		.sig_cnt = (uint8_t)cnt,
		.key = key,
		.payload = sig->payload,
	};
	sig->resp.len = sigring_fixture_payload(
		sig->payload, cnt, sig_len, TEST_APEX_LEN, (uint32_t)key.v[1] + week);
	sigring_fixture_times(
		sig->payload, cnt, sig_len, begin - SIG_WEEK_S, begin + 2 * SIG_WEEK_S);
}

unsigned sigcache_fixture_expected(const struct sig *sig, uint16_t owner, uint8_t *dst)
{
	struct wire_writer w = wire_writer_init(dst, TEST_SIGS_LEN_MAX);
	const uint8_t *at = sig->payload;
	for (unsigned i = 0; i < sig->resp.sig_cnt; i++) {
		unsigned sig_len = wire_get_u16(at + 8) - 18U - TEST_APEX_LEN;
		wire_write_u16(&w, owner);
		wire_write(&w, at, SIG_FIXED_LEN);
		wire_write(&w, TEST_APEX, TEST_APEX_LEN);
		wire_write(&w, at + SIG_FIXED_LEN, sig_len);
		at += SIG_FIXED_LEN + sig_len;
	}
	return (unsigned)wire_writer_len(&w);
}

uint32_t sigcache_fixture_week(struct sigcache *cache, uint64_t n)
{
	struct sig_key key = sigcache_fixture_key(n);
	struct sigcache_spot spot;
	sigcache_prefetch(cache, key, &spot);
	sigcache_prefetch_entry(cache, key, &spot);
	struct sigcache_hit hit = sigcache_find(cache, key);
	for (uint32_t week = TEST_WEEK - 5; hit.entry && week < TEST_WEEK + 5; week++) {
		struct sig sig;
		uint8_t got[TEST_SIGS_LEN_MAX], expected[TEST_SIGS_LEN_MAX];
		sigcache_fixture_sig(&sig, key, week, 1, 64);
		unsigned len = sigcache_fixture_expected(&sig, 0, expected);
		assert_int_equal(sigcache_len(hit.entry, 2), len);
		sigcache_write(cache, hit.entry, got, 0, TEST_APEX);
		if (!memcmp(got, expected, len))
			return week;
	}
	assert_null(hit.entry);
	return 0;
}
