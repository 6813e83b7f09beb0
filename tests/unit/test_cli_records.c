/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

struct name {
	uint8_t wire[DNAME_LEN_MAX];
	size_t len;
};

static struct name name_of(const char *text)
{
	struct name name;
	int len = dname_from_text(name.wire, text);
	assert_true(len > 0);
	name.len = (size_t)len;
	return name;
}

static void add(struct records *records, const char *owner, uint16_t type)
{
	struct name name = name_of(owner);
	const struct record record = {.owner = name.wire,
		.rdata = (const uint8_t *)"rdata",
		.rdata_len = 5,
		.type = type};
	assert_int_equal(records_add(records, &record, name.len), 0);
}

static size_t size(struct record_range range)
{
	return range.end - range.begin;
}

static void no_records(void **state)
{
	struct records records = {0};
	struct name apex = name_of("example.com");
	records_sort(&records);
	assert_int_equal(size(records_of(&records, apex.wire)), 0);
	assert_int_equal(size(records_below(&records, apex.wire)), 0);
	assert_false(records_has(&records, apex.wire, RRTYPE_SOA));
	assert_int_equal(records_empty_cnt(&records, apex.wire), 0);
	records_deinit(&records);
}

static void names_that_only_look_alike(void **state)
{
	struct records records = {0};
	add(&records, "b.example.com", RRTYPE_A);
	add(&records, "ab.example.com", RRTYPE_A);
	add(&records, "b.example.com.org", RRTYPE_A);
	records_sort(&records);
	struct name b = name_of("b.example.com");
	assert_int_equal(size(records_of(&records, b.wire)), 1);
	assert_int_equal(size(records_below(&records, b.wire)), 1);
	records_deinit(&records);
}

static void order_of_the_file_within_a_set(void **state)
{
	struct records records = {0};
	add(&records, "example.com", RRTYPE_TXT);
	add(&records, "example.com", RRTYPE_A);
	add(&records, "example.com", RRTYPE_TXT);
	records_sort(&records);
	assert_int_equal(records.record[0].type, RRTYPE_A);
	assert_true(records.record[1].seq < records.record[2].seq);
	assert_int_equal(size(records_rrset(&records, 1)), 2);
	records_deinit(&records);
}

static void empty_names_count_once(void **state)
{
	struct records records = {0};
	struct name apex = name_of("example.com");
	add(&records, "example.com", RRTYPE_SOA);
	add(&records, "a.b.c.example.com", RRTYPE_A); /* b.c and c are empty */
	add(&records, "x.b.c.example.com", RRTYPE_A);
	add(&records, "y.c.example.com", RRTYPE_A);
	add(&records, "d.example.com", RRTYPE_A);
	add(&records, "e.d.example.com", RRTYPE_A);
	add(&records, "a.b.example.org", RRTYPE_A); /* not in the zone */
	records_sort(&records);
	assert_int_equal(records_empty_cnt(&records, apex.wire), 2);
	records_deinit(&records);
}

/* ==== against the plain way of looking ====================================================== */

/* Names of a few labels out of a small alphabet, so that parents and children are common. */
static void make_name(char *text, size_t text_size, unsigned *seed)
{
	unsigned label_cnt = (unsigned)rand_r(seed) % 4;
	int len = 0;
	for (unsigned i = 0; i < label_cnt; i++)
		len += snprintf(text + len, text_size - (size_t)len, "%c.", 'a' + rand_r(seed) % 3);
	snprintf(text + len, text_size - (size_t)len, "example.com");
}

static size_t count_plainly(const struct records *records, const uint8_t *name, bool below)
{
	size_t cnt = 0;
	for (size_t i = 0; i < records->cnt; i++)
		cnt += below ? dname_is_under(records->record[i].owner, name)
			     : dname_cmp(records->record[i].owner, name) == 0;
	return cnt;
}

static void ranges_against_plain_search(void **state)
{
	unsigned seed = 1;
	for (unsigned round = 0; round < 50; round++) {
		struct records records = {0};
		char text[64];
		for (unsigned i = 0; i < 20; i++) {
			make_name(text, sizeof(text), &seed);
			add(&records, text, (uint16_t)(1 + rand_r(&seed) % 2));
		}
		records_sort(&records);
		for (unsigned i = 0; i < 40; i++) {
			make_name(text, sizeof(text), &seed);
			struct name name = name_of(text);
			assert_int_equal(size(records_of(&records, name.wire)),
				count_plainly(&records, name.wire, false));
			assert_int_equal(size(records_below(&records, name.wire)),
				count_plainly(&records, name.wire, true));
		}
		records_deinit(&records);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_records),
		cmocka_unit_test(names_that_only_look_alike),
		cmocka_unit_test(order_of_the_file_within_a_set),
		cmocka_unit_test(empty_names_count_once),
		cmocka_unit_test(ranges_against_plain_search),
	};
	return cmocka_run_group_tests_name("cli_records", tests, NULL, NULL);
}
