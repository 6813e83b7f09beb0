/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Each implementation this processor can run; the oracle adds octet by octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataplane/packet/checksum.h"
#include "tests/unit/frame_fixture.h"

#define LEN_MAX 2100

/* The oracle's sum is big-endian, the module's lies as in memory. */
static void assert_sum(const uint8_t *data, size_t len)
{
	uint16_t big = fixture_sum(0, data, len);
	const uint8_t oracle[2] = {(uint8_t)(big >> 8), (uint8_t)big};
	for (const struct checksum_impl *impl = checksum_impl; impl->name; impl++) {
		if (!impl->usable())
			continue;
		uint16_t folded = checksum_fold(impl->sum(data, len));
		if (memcmp(&folded, oracle, 2))
			print_error("%s, %zu octets\n", impl->name, len);
		assert_memory_equal(&folded, oracle, 2);
	}
}

static void fill_random(uint8_t *data, size_t len)
{
	srandom(20);
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)random();
}

/* An unreadable page begins where the data ends, and one ends where it begins. */
static void test_reads_nothing_outside(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + page, page, PROT_READ | PROT_WRITE), 0);
	fill_random(map + page, page);
	for (size_t len = 0; len <= LEN_MAX; len++) {
		assert_sum(map + 2 * page - len, len);
		assert_sum(map + page, len);
	}
	munmap(map, 3 * page);
}

static void test_every_length_and_alignment(void **state)
{
	uint8_t data[LEN_MAX + 16];
	fill_random(data, sizeof(data));
	for (size_t offset = 0; offset < 16; offset++)
		for (size_t len = 0; len <= LEN_MAX; len++)
			assert_sum(data + offset, len);
}

static void test_extremes_do_not_overflow(void **state)
{
	uint8_t *data = malloc(65535);
	assert_non_null(data);
	static const uint8_t octets[] = {0x00, 0xff, 0x7f, 0x80};
	for (size_t i = 0; i < sizeof(octets); i++) {
		memset(data, octets[i], 65535);
		assert_sum(data, 65535);
		assert_sum(data, 65534);
	}
	free(data);
}

static void test_first_usable_is_picked(void **state)
{
	const struct checksum_impl *impl = checksum_impl;
	while (!impl->usable())
		impl++;
	assert_ptr_equal(checksum_sum, impl->sum);
	while (impl[1].name)
		impl++;
	assert_string_equal(impl->name, "generic");
}

static void test_words_agree(void **state)
{
	uint8_t data[60];
	fill_random(data, sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len += 4)
		assert_int_equal(checksum_fold(checksum_words(data, len)),
			checksum_fold(checksum_sum(data, len)));
}

/* One's complement has two zeros; folding must keep them apart: all zero is 0, anything else that
 * is congruent to zero is 0xffff. */
static void test_fold_keeps_the_two_zeros_apart(void **state)
{
	assert_int_equal(checksum_fold(0), 0);
	assert_int_equal(checksum_fold(0xffff), 0xffff);
	assert_int_equal(checksum_fold(UINT64_C(0xffff0000)), 0xffff);
	assert_int_equal(checksum_fold(UINT64_MAX), 0xffff);
	assert_int_equal(checksum_fold(UINT64_C(0xffff) * 12345), 0xffff);
	assert_int_equal(checksum_fold(0x10000), 1);
}

static void test_add_carries_round(void **state)
{
	assert_int_equal(checksum_add(UINT64_MAX, 1), 1);
	assert_int_equal(checksum_add(UINT64_MAX, UINT64_MAX), UINT64_MAX);
	assert_int_equal(checksum_add(1, 2), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_nothing_outside),
		cmocka_unit_test(test_extremes_do_not_overflow),
		cmocka_unit_test(test_fold_keeps_the_two_zeros_apart),
		cmocka_unit_test(test_add_carries_round),
		cmocka_unit_test(test_every_length_and_alignment),
		cmocka_unit_test(test_words_agree),
		cmocka_unit_test(test_first_usable_is_picked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
