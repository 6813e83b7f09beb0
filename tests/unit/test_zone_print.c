/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/zone_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dnssec_fixture.h"
#include "zonedb/rrtype.h"

static void test_malformed_rdata_is_refused(void **state)
{
	static const uint8_t short_address[] = {192, 0, 2}, open_name[] = {3, 'a', 'b'};
	char text[64];
	assert_int_equal(rdata_to_text(text, sizeof(text), RRTYPE_A, short_address, 3), -1);
	assert_int_equal(rdata_to_text(text, sizeof(text), RRTYPE_NS, open_name, 3), -1);
	assert_int_equal(rdata_to_text(text, sizeof(text), RRTYPE_A, NULL, 0), -1);
	assert_int_equal(rdata_to_text(text, sizeof(text), RRTYPE_A, NULL, 65536), -1);
}

static void test_text_that_does_not_fit_is_refused(void **state)
{
	static const uint8_t address[] = {192, 0, 2, 1};
	char text[16];
	for (size_t size = 0; size < sizeof("192.0.2.1"); size++)
		assert_int_equal(rdata_to_text(text, size, RRTYPE_A, address, 4), -1);
	assert_int_equal(rdata_to_text(text, sizeof("192.0.2.1"), RRTYPE_A, address, 4), 9);
	assert_string_equal(text, "192.0.2.1");
}

static void test_write_error_is_told(void **state)
{
	struct zone zone;
	FILE *full = fopen("/dev/full", "w");
	dnssec_fixture_zone(&zone, "example.", fixture_example, DNSSEC_UNSIGNED);
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(zone_print(&zone, full), -1);
	fclose(full);
	zone_deinit(&zone);
}

static void test_empty_rdata(void **state)
{
	char text[16];
	assert_int_equal(rdata_to_text(text, sizeof(text), 65534, NULL, 0), 4);
	assert_string_equal(text, "\\# 0");
}

/* What is printed reads back as the same zone. */
static void test_there_and_back(void **state)
{
	struct zone zone, again;
	dnssec_fixture_zone(&zone, "example.", fixture_example, DNSSEC_UNSIGNED);
	char *text = dnssec_fixture_print(&zone);
	assert_memory_equal(text, "example.\t3600\tIN\tSOA\tns1.example. hostmaster.example. ", 52);
	dnssec_fixture_zone(&again, "example.", text, DNSSEC_UNSIGNED);
	char *text_again = dnssec_fixture_print(&again);
	assert_string_equal(text_again, text);
	assert_int_equal(again.node_cnt, zone.node_cnt);
	free(text_again);
	free(text);
	zone_deinit(&zone);
	zone_deinit(&again);
}

static void test_root_zone(void **state)
{
	struct zone zone;
	dnssec_fixture_zone(&zone, ".", ". 60 SOA a. b. 1 2 3 4 5\n. 60 NS a.\na. 60 A 192.0.2.1\n",
		DNSSEC_UNSIGNED);
	char *text = dnssec_fixture_print(&zone);
	assert_string_equal(text, ".\t60\tIN\tSOA\ta. b. 1 2 3 4 5\n.\t60\tIN\tNS\ta.\n"
				  "a.\t60\tIN\tA\t192.0.2.1\n");
	free(text);
	zone_deinit(&zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed_rdata_is_refused),
		cmocka_unit_test(test_text_that_does_not_fit_is_refused),
		cmocka_unit_test(test_write_error_is_told),
		cmocka_unit_test(test_empty_rdata),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_root_zone),
	};
	return cmocka_run_group_tests_name("zone_print", tests, NULL, NULL);
}
