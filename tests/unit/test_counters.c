/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/counters.h"

/* `ensign stats` and monitoring address counters by these names. */
static void names_are_unique_words(void **state)
{
	for (unsigned i = 0; i < COUNTER_CNT; i++) {
		const char *name = counter_info[i].name;
		assert_non_null(name);
		assert_int_equal(
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
		assert_true(counter_info[i].help && *counter_info[i].help);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(name, counter_info[k].name);
	}
}

static void additions_sum_up(void **state)
{
	struct counters c = {0};
	counter_add(&c, COUNTER_RX_FRAMES, 3);
	counter_add(&c, COUNTER_RX_FRAMES, UINT64_C(1) << 40);
	assert_int_equal(counter_get(&c, COUNTER_RX_FRAMES), (UINT64_C(1) << 40) + 3);
	assert_int_equal(counter_get(&c, COUNTER_TX_FRAMES), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_words),
		cmocka_unit_test(additions_sum_up),
	};
	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
