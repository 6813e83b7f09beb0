/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/sql_zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

static const uint8_t apex[32] = "\7example";

/* What came of some rows: "OWNER TTL TYPE HEX\n" for each record. */
struct fixture {
	struct report report;
	char records[4096];
	int sink_result;
};

static int take(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct fixture *f = ctx;
	char name[DNAME_TEXT_MAX], type[12];
	size_t used = strlen(f->records);
	used += (size_t)snprintf(f->records + used, sizeof(f->records) - used, "%s %u %s ",
		dname_to_text(name, rr->owner), rr->ttl_s, rrtype_to_text(type, rr->type));
	for (unsigned i = 0; i < rr->rdata_len; i++)
		used += (size_t)snprintf(
			f->records + used, sizeof(f->records) - used, "%02x", rr->rdata[i]);
	snprintf(f->records + used, sizeof(f->records) - used, "\n");
	strcpy(err, "the sink is full");
	return f->sink_result;
}

static int read_rows(struct fixture *f, const struct store_row *row, size_t cnt)
{
	const struct sql_zone_options opt = {apex, "db", take, f, &f->report};
	struct sql_zone *zone = sql_zone_new(&opt);
	int r = 0;
	assert_non_null(zone);
	report_deinit(&f->report);
	f->records[0] = '\0';
	for (size_t i = 0; r == 0 && i < cnt; i++)
		r = sql_zone_row(zone, &row[i]);
	if (r == 0)
		r = sql_zone_end(zone);
	sql_zone_free(zone);
	return r;
}

#define ROW_WITH(id_, name_, type_, content_, ttl_, prio_, disabled_)                              \
	{                                                                                          \
		.id = id_, .name = name_, .type = type_, .content = content_, .ttl_s = ttl_,       \
		.prio = prio_, .disabled = disabled_                                               \
	}
#define ROW(id, name, type, content)		ROW_WITH(id, name, type, content, 60, -1, false)
#define ROW_PRIO(id, name, type, content, prio) ROW_WITH(id, name, type, content, 60, prio, false)
#define READ(f, row)				read_rows(f, row, sizeof(row) / sizeof(*row))

static void assert_warned(const struct fixture *f, const char *text)
{
	assert_int_equal(f->report.error_cnt, 0);
	assert_int_equal(f->report.warning_cnt, 1);
	assert_string_equal(f->report.line[0].text, text);
}

/* ---- faulty rows ---------------------------------------------------------------------------- */

static void test_rows_of_no_rrset(void **state)
{
	static const struct {
		struct store_row row;
		const char *text;
	} bad[] = {
		{ROW(1, NULL, "A", "192.0.2.1"), "name: is no domain name"},
		{ROW(2, "a..example", "A", "192.0.2.1"), "name: is no domain name"},
		{ROW(3, "example.com", "A", "192.0.2.1"), "name: outside the zone"},
		{ROW(4, "xexample", "A", "192.0.2.1"), "name: outside the zone"},
		{ROW(5, "a.example", "ALIAS", "b.example"), "type: there is no such type"},
		{ROW(6, "a.example", "ANY", "\\# 0"), "type: may not stand in a zone"},
		{ROW(7, "a.example", "TYPE65536", "\\# 0"), "type: there is no such type"},
	};
	struct fixture *f = *state;
	char text[256];
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(read_rows(f, &bad[i].row, 1), 0);
		snprintf(text, sizeof(text),
			"db: zone example.: row %zu, column %s; the row is left out", i + 1,
			bad[i].text);
		assert_warned(f, text);
		assert_string_equal(f->records, "");
	}
}

/* Each costs the RRset, whose other row is fine, and nothing else. */
static void test_bad_content(void **state)
{
	static const struct {
		const char *type, *good, *content;
	} bad[] = {
		{"A", "192.0.2.1", NULL},
		{"A", "192.0.2.1", ""},
		{"A", "192.0.2.1", " "},
		{"A", "192.0.2.1", "192.0.2.256"},
		{"A", "192.0.2.1", "192.0.2.1 192.0.2.2"},
		{"A", "192.0.2.1", "192.0.2.1;"},
		{"A", "192.0.2.1", "192.0.2.1 ; comment"},
		{"A", "192.0.2.1", "192.0.2.1\nb.example. 60 IN A 192.0.2.2"},
		{"A", "192.0.2.1", "192.0.2.1\n"},
		{"A", "192.0.2.1", "192.0.2.1\\"},
		{"A", "192.0.2.1", "( 192.0.2.1 )"},
		{"A", "192.0.2.1", "\"(\" 192.0.2.1"},
		{"A", "192.0.2.1", "$INCLUDE /etc/passwd"},
		{"A", "192.0.2.1", "\\# 5 0102030405"},
		{"AAAA", "2001:db8::1", "192.0.2.1"},
		{"NS", "ns.example", "ns..example"},
		{"MX", "1 mail.example", "mail.example"},
		{"SRV", "1 2 3 a.example", "1 2 a.example"},
		{"TXT", "\"x\"", "\"open"},
		{"TXT", "\"x\"", "\"a\" ; \"b\""},
		{"TXT", "\"x\"", "\"a\\"},
		{"DS", "1 8 2 aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccdd",
			"1 8 2 xyz"},
		{"TYPE65534", "\\# 1 00", "\\# 2 00"},
		{"TYPE65534", "\\# 1 00", "00"},
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct store_row row[] = {
			ROW(1, "a.example", bad[i].type, bad[i].good),
			ROW(17, "a.example", bad[i].type, bad[i].content),
			ROW(3, "a.example", bad[i].type, bad[i].good),
			ROW(4, "a.example", "HINFO", "\"x\" \"y\""),
		};
		char left_out[64];
		snprintf(left_out, sizeof(left_out), "; a.example. %s is left out", bad[i].type);
		assert_int_equal(READ(f, row), 0);
		assert_int_equal(f->report.warning_cnt, 1);
		assert_non_null(strstr(
			f->report.line[0].text, "db: zone example.: row 17, column content: "));
		assert_non_null(strstr(f->report.line[0].text, left_out));
		assert_string_equal(f->records, "a.example. 60 HINFO 01780179\n");
	}
}

static void test_ttl_too_large(void **state)
{
	struct fixture *f = *state;
	const struct store_row row[] = {
		ROW_WITH(9, "a.example", "A", "192.0.2.1", 2147483648U, -1, false)};
	assert_int_equal(READ(f, row), 0);
	assert_warned(f, "db: zone example.: row 9, column ttl: above 2147483647; "
			 "a.example. A is left out");
}

/* The next name is not touched by what was wrong with the one before. */
static void test_fault_ends_with_the_name(void **state)
{
	struct fixture *f = *state;
	const struct store_row row[] = {
		ROW(1, "a.example", "A", "x"),
		ROW(2, "b.example", "A", "192.0.2.2"),
		ROW(3, "B.Example", "A", "192.0.2.3"),
	};
	assert_int_equal(READ(f, row), 0);
	assert_int_equal(f->report.warning_cnt, 1);
	assert_string_equal(f->records, "b.example. 60 A c0000202\nb.example. 60 A c0000203\n");
}

static void test_records_that_cannot_stand_together(void **state)
{
	struct fixture *f = *state;
	const struct store_row cname[] = {
		ROW(1, "a.example", "A", "192.0.2.1"),
		ROW(2, "a.example", "CNAME", "b"),
		ROW(3, "a.example", "A", "192.0.2.2"),
	};
	assert_int_equal(READ(f, cname), 0);
	assert_warned(f, "db: zone example.: row 1, column type: CNAME and other data (RFC 2181, "
			 "10.1); a.example. A is left out");
	assert_string_equal(f->records, "a.example. 60 CNAME 016200\n");

	const struct store_row at_apex[] = {
		ROW(1, "example", "NS", "b"), ROW(2, "example", "CNAME", "b")};
	assert_int_equal(READ(f, at_apex), 0);
	assert_warned(f, "db: zone example.: row 2, column type: CNAME and other data (RFC 2181, "
			 "10.1); example. CNAME is left out");
	assert_string_equal(f->records, "example. 60 NS 016200\n");

	const struct store_row twice[] = {
		ROW(1, "a.example", "CNAME", "b"), ROW(2, "a.example", "CNAME", "c")};
	assert_int_equal(READ(f, twice), 0);
	assert_warned(f, "db: zone example.: row 2, column type: more than one record; "
			 "a.example. CNAME is left out");
	assert_string_equal(f->records, "");

	const struct store_row below[] = {ROW(1, "a.example", "SOA", "a b 1 2 3 4 5")};
	assert_int_equal(READ(f, below), 0);
	assert_warned(f, "db: zone example.: row 1, column name: SOA below the apex; "
			 "a.example. SOA is left out");
}

/* A CNAME that is faulty itself costs nobody anything. */
static void test_bad_cname_beside_others(void **state)
{
	struct fixture *f = *state;
	const struct store_row row[] = {
		ROW(1, "a.example", "A", "192.0.2.1"), ROW(2, "a.example", "CNAME", "b..c")};
	assert_int_equal(READ(f, row), 0);
	assert_int_equal(f->report.warning_cnt, 1);
	assert_string_equal(f->records, "a.example. 60 A c0000201\n");
}

static void test_sink_that_fails(void **state)
{
	struct fixture *f = *state;
	const struct store_row row[] = {ROW(1, "a.example", "A", "192.0.2.1")};
	f->sink_result = -1;
	assert_int_equal(READ(f, row), -1);
	assert_string_equal(report_first_error(&f->report), "db: zone example.: the sink is full");
}

/* ---- rows as PowerDNS writes them ------------------------------------------------------------ */

static void test_rows_that_are_no_records(void **state)
{
	struct fixture *f = *state;
	const struct store_row row[] = {
		ROW(1, "a.example", NULL, NULL),
		ROW(2, "b.example", "", ""),
		ROW_WITH(3, "c.example", "A", "bad, but disabled", 60, -1, true),
	};
	assert_int_equal(READ(f, row), 0);
	assert_int_equal(f->report.warning_cnt, 0);
	assert_string_equal(f->records, "");
}

static void test_forms(void **state)
{
	static const struct {
		struct store_row row;
		const char *record;
	} good[] = {
		{ROW(1, "example", "SOA", "ns.example h.example 1 2 3 4 5"),
			"example. 60 SOA 026e73076578616d706c6500016807"
			"6578616d706c6500"
			"0000000100000002000000030000000400000005"},
		{ROW(1, "Example.", "NS", "Ns.Example."),
			"example. 60 NS 024e73074578616d706c6500"},
		{ROW_PRIO(1, "example", "MX", "mail", 10), "example. 60 MX 000a046d61696c00"},
		{ROW(1, "example", "MX", "10 mail"), "example. 60 MX 000a046d61696c00"},
		{ROW_PRIO(1, "example", "MX", ".", 0), "example. 60 MX 000000"},
		{ROW_PRIO(1, "example", "SRV", "2 3 a", 1), "example. 60 SRV 000100020003016100"},
		{ROW(1, "example", "TXT", "\"a;b\" \"(c)\""), "example. 60 TXT 03613b6203286329"},
		{ROW_PRIO(1, "example", "TXT", "\"\\195\\133LAND\"", 0),
			"example. 60 TXT 06c3854c414e44"},
		{ROW(1, "example", "TXT", "\"\303\205\nx\""), "example. 60 TXT 04c3850a78"},
		{ROW(1, "example", "TXT", "\"a\\\"b\\\\\""), "example. 60 TXT 046122625c"},
		{ROW_PRIO(1, "example", "NAPTR", "100 50 \"s\" \"\" \"\" a", 7),
			"example. 60 NAPTR 0064003201730000016100"},
		{ROW(1, "a.example", "TYPE65534", "\\# 5 07ED260001"),
			"a.example. 60 TYPE65534 07ed260001"},
		{ROW_WITH(1, "*.example", "CNAME", "a", 0, -1, false), "*.example. 0 CNAME 016100"},
		{ROW(1, "a\\.b.example", "A", "192.0.2.1"), "a\\.b.example. 60 A c0000201"},
		{ROW(1, "example", "NS", "a\\;b"), "example. 60 NS 03613b6200"},
	};
	struct fixture *f = *state;
	char text[512];
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(read_rows(f, &good[i].row, 1), 0);
		assert_int_equal(f->report.warning_cnt + f->report.error_cnt, 0);
		snprintf(text, sizeof(text), "%s\n", good[i].record);
		assert_string_equal(f->records, text);
	}
}

/* Longer than any buffer is at first. */
static void test_long_content(void **state)
{
	struct fixture *f = *state;
	static char content[3000];
	char *at = content;
	for (unsigned i = 0; i < 10; i++) {
		*at++ = ' ';
		*at++ = '"';
		memset(at, 'a', 200);
		at += 200;
		*at++ = '"';
	}
	const struct store_row row[] = {
		ROW(1, "a.example", "TXT", content), ROW(2, "a.example", "A", "192.0.2.1")};
	assert_int_equal(READ(f, row), 0);
	assert_int_equal(f->report.warning_cnt, 0);
	assert_non_null(strstr(f->records, "61616161\na.example. 60 A c0000201\n"));
}

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state == NULL;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	report_deinit(&f->report);
	free(f);
	return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_rows_of_no_rrset),
		TEST(test_bad_content),
		TEST(test_ttl_too_large),
		TEST(test_fault_ends_with_the_name),
		TEST(test_records_that_cannot_stand_together),
		TEST(test_bad_cname_beside_others),
		TEST(test_sink_that_fails),
		TEST(test_rows_that_are_no_records),
		TEST(test_forms),
		TEST(test_long_content),
	};
#undef TEST
	return cmocka_run_group_tests_name("sql_zone", tests, NULL, NULL);
}
