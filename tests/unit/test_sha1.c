/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/sha1.h"

static void hash_with(sha1_compress_fn *compress, uint8_t hash[static SHA1_HASH_LEN],
	const void *data, size_t len)
{
	uint8_t buf[SHA1_PADDED_LEN(4096)];
	uint32_t state[5];
	memcpy(buf, data, len);
	memcpy(state, sha1_initial_state, sizeof(state));
	compress(state, buf, sha1_pad(buf, len));
	sha1_finish(hash, state);
}

static void assert_hash(sha1_compress_fn *compress, const void *data, size_t len, const char *hex)
{
	uint8_t hash[SHA1_HASH_LEN];
	char text[SHA1_HASH_LEN * 2 + 1];
	hash_with(compress, hash, data, len);
	for (unsigned i = 0; i < SHA1_HASH_LEN; i++)
		snprintf(text + i * 2, 3, "%02x", hash[i]);
	assert_string_equal(text, hex);
}

static void check_vectors(sha1_compress_fn *compress)
{
	char eights[640];
	/* RFC 3174, 7.3: tests 1, 2 and 4; and nothing */
	assert_hash(compress, "abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_hash(compress, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		"84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	for (unsigned i = 0; i < sizeof(eights); i++)
		eights[i] = (char)('0' + i % 8);
	assert_hash(compress, eights, sizeof(eights), "dea356a2cddd90c7a7ecedc5ebb563934f460452");
	assert_hash(compress, "", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void portable_agrees_with_rfc_3174(void **state)
{
	check_vectors(sha1_compress_portable);
}

static void chosen_agrees_with_rfc_3174(void **state)
{
	check_vectors(sha1_compress);
	assert_ptr_equal(
		sha1_compress, sha1_ni_usable() ? sha1_compress_ni : sha1_compress_portable);
}

static void both_agree_on_random_input(void **state)
{
	uint8_t data[1200], a[SHA1_HASH_LEN], b[SHA1_HASH_LEN];
	if (!sha1_ni_usable())
		skip();
	srand(1);
	for (size_t len = 0; len < sizeof(data); len++) {
		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)rand();
		hash_with(sha1_compress_portable, a, data, len);
		hash_with(sha1_compress_ni, b, data, len);
		assert_memory_equal(a, b, SHA1_HASH_LEN);
	}
}

static void check_pairs(sha1_compress_pair_fn *pair)
{
	uint8_t data[2][8 * SHA1_BLOCK_LEN];
	for (size_t i = 0; i < sizeof(data); i++)
		((uint8_t *)data)[i] = (uint8_t)rand();
	for (size_t block_cnt = 1; block_cnt <= 8; block_cnt++) {
		const uint8_t *const block[2] = {data[0], data[1]};
		uint32_t state[2][5], single[2][5];
		for (unsigned i = 0; i < 2; i++) {
			memcpy(state[i], sha1_initial_state, sizeof(state[i]));
			memcpy(single[i], sha1_initial_state, sizeof(single[i]));
			sha1_compress_portable(single[i], data[i], block_cnt);
		}
		pair(state, block, block_cnt);
		assert_memory_equal(state, single, sizeof(state));
	}
}

static void pairs_are_two_singles(void **state)
{
	srand(3);
	check_pairs(sha1_compress_pair_portable);
	check_pairs(sha1_compress_pair);
}

static void padding_takes_the_fewest_blocks(void **state)
{
	uint8_t buf[SHA1_PADDED_LEN(64)];
	static const struct {
		size_t len, block_cnt;
	} cases[] = {{0, 1}, {1, 1}, {55, 1}, {56, 2}, {63, 2}, {64, 2}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(sha1_pad(buf, cases[i].len), cases[i].block_cnt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_takes_the_fewest_blocks),
		cmocka_unit_test(portable_agrees_with_rfc_3174),
		cmocka_unit_test(chosen_agrees_with_rfc_3174),
		cmocka_unit_test(both_agree_on_random_input),
		cmocka_unit_test(pairs_are_two_singles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
