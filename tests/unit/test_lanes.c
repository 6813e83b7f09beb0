/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lanes: against a plain loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "zonedb/lanes.h"

static const uint16_t values[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0x8001, 0xffff};
#define VALUE_CNT (sizeof(values) / sizeof(values[0]))

static unsigned plain(const uint16_t *lane, unsigned cnt, uint16_t v)
{
	unsigned mask = 0;
	for (unsigned i = 0; i < cnt; i++)
		mask |= (unsigned)(lane[i] == v) << i;
	return mask;
}

static void lanes_are_compared(void **state)
{
	alignas(16) uint16_t lane[8];
	uint32_t random = 1;
	for (unsigned i = 0; i < 100000; i++) {
		for (unsigned k = 0; k < 8; k++) {
			random = random * 1664525 + 1013904223;
			lane[k] = values[(random >> 16) % VALUE_CNT];
		}
		uint64_t word;
		memcpy(&word, lane, sizeof(word));
		for (unsigned k = 0; k < VALUE_CNT; k++) {
			unsigned expected = plain(lane, 8, values[k]);
			assert_int_equal(equal_lanes(lane, values[k]), expected);
			assert_int_equal(equal_lanes_generic(lane, values[k]), expected);
			assert_int_equal(
				zero_lanes(word ^ all_lanes(values[k])), plain(lane, 4, values[k]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lanes_are_compared)};
	return cmocka_run_group_tests_name("lanes", tests, NULL, NULL);
}
