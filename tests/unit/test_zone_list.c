/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/zone_list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void add(struct zone_list *list, const char *apex, const char *place, uint8_t rank)
{
	uint8_t name[16] = {0};
	struct zone_item item = {name, {ZONE_FROM_FILE, (char *)place}, "native", rank};
	memcpy(name, apex, strlen(apex));
	assert_int_equal(zone_list_add(list, &item), 0);
}

static void test_empty(void **state)
{
	(void)state;
	struct zone_list list = {0};
	zone_list_sort(&list);
	assert_int_equal(list.cnt, 0);
	zone_list_deinit(&list);
}

/* As launch= has backends in an order, the first one that knows a zone has it. */
static void test_first_rank_wins(void **state)
{
	(void)state;
	struct zone_list list = {0};
	add(&list, "\1b", "b of 1", 1);
	add(&list, "\1c", "c of 1", 1);
	add(&list, "\1c", "c of 0", 0);
	add(&list, "\1a", "a of 1", 1);
	add(&list, "\1b", "b of 0", 0);
	add(&list, "\1b", "b of 2", 2);
	zone_list_sort(&list);
	assert_int_equal(list.cnt, 3);
	assert_string_equal(list.item[0].source.place, "a of 1");
	assert_string_equal(list.item[1].source.place, "b of 0");
	assert_string_equal(list.item[2].source.place, "c of 0");
	assert_memory_equal(list.item[2].apex, "\1c", 3);
	zone_list_deinit(&list);
}

static void test_many(void **state)
{
	(void)state;
	struct zone_list list = {0};
	char apex[3] = "\1x";
	for (int c = 'z'; c >= 'a'; c--)
		for (unsigned rank = 0; rank < 5; rank++) {
			apex[1] = (char)c;
			add(&list, apex, "", (uint8_t)rank);
		}
	zone_list_sort(&list);
	assert_int_equal(list.cnt, 26);
	assert_memory_equal(list.item[25].apex, "\1z", 3);
	zone_list_deinit(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_first_rank_wins),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests_name("zone_list", tests, NULL, NULL);
}
