/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * row_text: rdata in the form PowerDNS stores; tests/e2e compares whole zones with pdnsutil.
 */
#include "control/cli/row_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/rrtype.h"

struct row {
	uint16_t type;
	const char *rdata;
	uint16_t rdata_len;
	const char *content;
	int prio;
};
#define ROW(type, rdata, content, prio)                                                            \
	{                                                                                          \
		RRTYPE_##type, rdata, sizeof(rdata) - 1, content, prio                             \
	}

static const struct row row_table[] = {
	ROW(A, "\xc0\x00\x02\x01", "192.0.2.1", 0),
	ROW(NS, "\2ns\7example", "", 0), /* no root label: malformed */
	ROW(NS, "\2ns\7example\0", "ns.example", 0),
	ROW(CNAME, "\0", ".", 0),
	ROW(CNAME, "\4a.b.\1c\0", "a\\.b\\..c", 0),
	ROW(MX, "\0\x0a\4mail\0", "mail", 10),
	ROW(MX, "\0\0\0", ".", 0),
	ROW(SRV, "\0\1\0\2\0\3\1x\0", "2 3 x", 1),
	ROW(TXT, "\4a. b\2c.", "\"a. b\" \"c.\"", 0),
	ROW(DS, "\0\1\x0d\2\xaa\xbb", "1 13 2 aabb", 0),
	ROW(CAA, "\0\5issuex.", "0 issue \"x.\"", 0),
	ROW(EUI48, "\x00\x00\x5e\x00\x53\x2a", "00-00-5e-00-53-2a", 0),
	{1234, "\xab", 1, "\\# 1 ab", 0},
	ROW(SOA, "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", "a b 1 2 3 4 5", 0),
};

static void test_rows(void **state)
{
	static char content[ROW_TEXT_MAX];
	(void)state;
	for (unsigned i = 0; i < sizeof(row_table) / sizeof(row_table[0]); i++) {
		const struct row *row = &row_table[i];
		int prio = -1, rc = row_text(content, sizeof(content), &prio, row->type,
				       (const uint8_t *)row->rdata, row->rdata_len);
		print_message("%u %s\n", row->type, row->content);
		assert_int_equal(rc, *row->content ? 0 : -1);
		if (rc != 0)
			continue;
		assert_string_equal(content, row->content);
		assert_int_equal(prio, row->prio);
	}
}

static void test_too_long(void **state)
{
	char content[4];
	int prio;
	(void)state;
	assert_int_equal(
		row_text(content, sizeof(content), &prio, RRTYPE_A, (const uint8_t *)"\1\2\3\4", 4),
		-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
