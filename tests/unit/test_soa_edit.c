/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/soa_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define THURSDAY_S UINT64_C(1795046400) /* 2026-11-19 00:00 UTC */
#define NOW_S	   (THURSDAY_S + 518400)

static void test_no_such_kind(void **state)
{
	(void)state;
	assert_null(soa_edit_find(""));
	assert_null(soa_edit_find("INCEPTION-EPOCHS"));
	assert_null(soa_edit_find("SOA-EDIT"));
	assert_false(soa_edit_moves(NULL));
	assert_int_equal(soa_edit_serial(NULL, 17, NOW_S), 17);
}

/* What pdns_server 4.7.3 served for these at that time; INCEPTION and INCEPTION-WEEK, which it has
 * no more, as its documentation of 4.0 says. */
static void test_serials(void **state)
{
	static const struct {
		const char *kind;
		uint32_t stored, served;
	} row[] = {
		{"INCREMENT-WEEKS", 1, 2969},
		{"INCREMENT-WEEKS", 2026112199, 2026115167},
		{"INCREMENT-WEEKS", UINT32_MAX, 2967},
		{"INCEPTION-EPOCH", 1, 1795046400},
		{"INCEPTION-EPOCH", 1795046399, 1795046400},
		{"INCEPTION-EPOCH", 1795046401, 1795046401},
		{"inception-epoch", 2026111899, 2026111899},
		{"INCEPTION-INCREMENT", 1, 2026111901},
		{"INCEPTION-INCREMENT", 2026111899, 2026111901},
		{"INCEPTION-INCREMENT", 2026111900, 2026111902},
		{"INCEPTION-INCREMENT", 2026111901, 2026111902},
		{"INCEPTION-INCREMENT", 2026111902, 2026111903},
		{"INCEPTION-INCREMENT", 2026112199, 2026112200},
		{"INCEPTION-INCREMENT", 2026112200, 2026112200},
		{"EPOCH", 1, NOW_S},
		{"INCEPTION", 2026112201, 2026111901},
		{"INCEPTION-WEEK", 2026112201, 2968},
		{"NONE", 1, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_int_equal(soa_edit_serial(soa_edit_find(row[i].kind), row[i].stored, NOW_S),
			row[i].served);
}

/* As the date of Thursday 00:00 UTC is one of local time. */
static void test_west_of_greenwich(void **state)
{
	(void)state;
	setenv("TZ", "EST5", 1);
	tzset();
	assert_int_equal(
		soa_edit_serial(soa_edit_find("INCEPTION-INCREMENT"), 1, NOW_S), 2026111801);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void test_what_moves(void **state)
{
	(void)state;
	assert_true(soa_edit_moves(soa_edit_find("INCREMENT-WEEKS")));
	assert_true(soa_edit_moves(soa_edit_find("EPOCH")));
	assert_false(soa_edit_moves(soa_edit_find("NONE")));
}

int main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_such_kind),
		cmocka_unit_test(test_serials),
		cmocka_unit_test(test_west_of_greenwich),
		cmocka_unit_test(test_what_moves),
	};
	return cmocka_run_group_tests_name("soa_edit", tests, NULL, NULL);
}
