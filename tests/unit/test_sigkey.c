/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "zonedb/rrtype.h"
#include "zonedb/sha1.h"
#include "zonedb/sigkey.h"
#include "zonedb/wire.h"

static const uint64_t id[2] = {UINT64_C(0x0011223344556677), UINT64_C(0x8899aabbccddeeff)};
static const uint64_t other_id[2] = {UINT64_C(0x0011223344556677), UINT64_C(0x8899aabbccddeefe)};
static const uint8_t www[] = "\3www\4test";
static const uint8_t address[] = {0, 4, 192, 0, 2, 1};

static struct sig_key key_of_address(const uint64_t *live_id, uint16_t type, uint32_t ttl_s)
{
	return sig_key_rrset(live_id, www, type, ttl_s, address, sizeof(address));
}

/* What the key is, by the plainest code. */
static struct sig_key plain_key(uint8_t kind, const uint8_t *content, size_t len)
{
	static uint8_t buf[SHA1_PADDED_LEN(17 + 70000)];
	uint32_t state[5];
	uint8_t hash[SHA1_HASH_LEN];
	for (unsigned i = 0; i < 16; i++)
		buf[i] = (uint8_t)(i * 0x11);
	buf[16] = kind;
	memcpy(buf + 17, content, len);
	memcpy(state, sha1_initial_state, sizeof(state));
	sha1_compress(state, buf, sha1_pad(buf, 17 + len));
	sha1_finish(hash, state);
	return (struct sig_key){{wire_get_u64(hash), wire_get_u64(hash + 8)}};
}

static void anything_else_gives_another_key(void **state)
{
	uint8_t changed[sizeof(address)];
	struct sig_key key = key_of_address(id, RRTYPE_A, 300);
	assert_true(sig_key_equal(key, key_of_address(id, RRTYPE_A, 300)));
	assert_false(sig_key_equal(key, key_of_address(other_id, RRTYPE_A, 300)));
	assert_false(sig_key_equal(key, key_of_address(id, RRTYPE_TXT, 300)));
	assert_false(sig_key_equal(key, key_of_address(id, RRTYPE_A, 301)));
	memcpy(changed, address, sizeof(address));
	changed[5]++;
	assert_false(sig_key_equal(
		key, sig_key_rrset(id, www, RRTYPE_A, 300, changed, sizeof(changed))));
	assert_false(sig_key_equal(
		key, sig_key_rrset(id, www + 4, RRTYPE_A, 300, address, sizeof(address))));
}

static void kinds_never_meet(void **state)
{
	uint8_t hash[NSEC3_HASH_LEN] = "\3www\4test";
	struct sig_key source = key_of_address(id, RRTYPE_A, 300);
	struct sig_key keys[] = {source, sig_key_cover(id, hash), sig_key_compact(id, www, 10),
		sig_key_compact(id, hash, sizeof(hash)), sig_key_expanded(source, www, 10),
		sig_key_cover(other_id, hash), sig_key_compact(other_id, www, 10),
		sig_key_expanded(sig_key_cover(id, hash), www, 10)};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (size_t j = 0; j < i; j++)
			assert_false(sig_key_equal(keys[i], keys[j]));
}

static void every_length_is_hashed_whole(void **state)
{
	static uint8_t content[70000];
	memcpy(content, www, sizeof(www));
	wire_put_u16(content + 10, RRTYPE_TXT);
	wire_put_u32(content + 12, 3600);
	for (size_t i = 16; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 >> 3);
	for (size_t len = 0; len < sizeof(content) - 16; len = len < 300 ? len + 1 : len * 2)
		assert_true(
			sig_key_equal(sig_key_rrset(id, www, RRTYPE_TXT, 3600, content + 16, len),
				plain_key(1, content, 16 + len)));
	for (size_t len = 1; len <= DNAME_LEN_MAX; len++)
		assert_true(sig_key_equal(
			sig_key_compact(id, content, len), plain_key(3, content, len)));
}

/* Hashes that differ in one of their first 128 bits have keys that differ, and differ much. */
static void covers_are_told_apart(void **state)
{
	uint8_t hash[NSEC3_HASH_LEN] = "0123456789abcdefghi";
	struct sig_key key = sig_key_cover(id, hash);
	unsigned bucket_cnt = 0, bits_cnt = 0;
	assert_true(sig_key_equal(key, sig_key_cover(id, hash)));
	assert_false(sig_key_equal(key, sig_key_cover(other_id, hash)));
	for (unsigned bit = 0; bit < 128; bit++) {
		hash[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		struct sig_key other = sig_key_cover(id, hash);
		assert_false(sig_key_equal(key, other));
		bucket_cnt += sig_key_bucket(key, 1U << 16) != sig_key_bucket(other, 1U << 16);
		bits_cnt += (uint16_t)sig_key_bits(key) != (uint16_t)sig_key_bits(other);
		hash[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	/* half of the bits are in the other half of the key; of the rest a few may miss */
	assert_in_range(bucket_cnt, 48, 64);
	assert_in_range(bits_cnt, 24, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_else_gives_another_key),
		cmocka_unit_test(kinds_never_meet),
		cmocka_unit_test(every_length_is_hashed_whole),
		cmocka_unit_test(covers_are_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
