/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plain lines against libzscanner, which is the oracle for everything that is taken.
 */
#include "control/source/plain_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/plain_oracle.h"

static const char *const left_to_the_scanner[] = {
	"",
	" ",
	"; comment",
	"$TTL 60",
	"$ORIGIN a.",
	"a",
	"a ",
	"a A",
	"a A ",
	"a A 192.0.2.1 x",
	"a A 192.0.2.256",
	"a A 192.0.2",
	"a A 192.0.2.1)",
	"( a A 192.0.2.1 )",
	"a (A 192.0.2.1",
	"a AAAA 192.0.2.1",
	"a AAAA :::",
	"a AAAA 1:2:3:4:5:6:7:8:9",
	"a AAAA ::1%lo",
	"a 1h A 192.0.2.1",
	"a 2147483648 A 192.0.2.1",
	"a 99999999999999999999 A 192.0.2.1",
	"a CH A 192.0.2.1",
	"a IN IN A 192.0.2.1",
	"a 1 2 A 192.0.2.1",
	"a TXT x",
	"a TYPE1 \\# 4 C0000201",
	"a A \\# 4 C0000201",
	"a\\.b A 192.0.2.1",
	"a..b A 192.0.2.1",
	".a A 192.0.2.1",
	"@x A 192.0.2.1",
	"\"a\" A 192.0.2.1",
	"a NS b..c",
	"a NS b c",
	"a NS b\r",
	"a NS",
	"a NSX b",
	"a DS 1 13 2 00",
	"a DS 65536 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
	"a DS 1 ECDSAP256SHA256 2 "
	"00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
	"a DS 1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEF",
	"a DS 1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF00",
	"a DS 1 13 2 00112233445566778899AABBCCDDEEFF 00112233445566778899AABBCCDDEEFF",
	"a DS 1 13 9 00",
	"a23456789012345678901234567890123456789012345678901234567890123.b A 192.0.2.1x",
	"a234567890123456789012345678901234567890123456789012345678901234 A 192.0.2.1",
};

static const char *const taken[] = {
	"a A 192.0.2.1",
	"a\tA\t192.0.2.1\t",
	"a 5 A 192.0.2.1",
	"a IN A 192.0.2.1",
	"a 5 IN A 192.0.2.1",
	"a in 5 a 192.0.2.1 ; comment",
	"a 2147483647 A 192.0.2.1;comment",
	" A 192.0.2.1",
	"\t5 A 192.0.2.1",
	"5 A 192.0.2.1",
	"@ NS @",
	"IN IN NS IN",
	"NS NS NS",
	"Abs. NS NS1.Example.NET.",
	"Rel.Sub NS ns-1_x.Rel",
	"*.w CNAME *.x",
	"a DNAME b.",
	"a ptr b",
	"a AAAA 2001:DB8::1",
	"a AAAA ::ffff:192.0.2.1",
	"a DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
	"a DS 0 0 2 00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF ;",
	"a DS 65535 255 4 "
	"00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF00112233445566778899aabb"
	"ccddeeff",
	"a23456789012345678901234567890123456789012345678901234567890123 A 192.0.2.1",
};

static void test_left(void **state)
{
	(void)state;
	struct plain_oracle *o = plain_oracle_new();
	for (unsigned i = 0; i < sizeof(left_to_the_scanner) / sizeof(char *); i++) {
		const char *line = left_to_the_scanner[i];
		if (plain_record(&o->plain, line, strlen(line)))
			fail_msg("taken: %s", line);
	}
	plain_oracle_free(o);
}

/* No owner before it: the first line of a file must not begin with a blank. */
static void test_no_owner_yet(void **state)
{
	(void)state;
	struct plain_oracle *o = plain_oracle_new();
	o->plain.r_owner_length = 0;
	assert_false(plain_record(&o->plain, " A 192.0.2.1", 12));
	plain_oracle_free(o);
}

static void test_taken(void **state)
{
	(void)state;
	struct plain_oracle *o = plain_oracle_new();
	for (unsigned i = 0; i < sizeof(taken) / sizeof(char *); i++) {
		const char *difference;
		if (plain_oracle_compare(o, taken[i], strlen(taken[i]), &difference) != 1)
			fail_msg("%s: %s", taken[i], difference);
	}
	plain_oracle_free(o);
}

/* Names of every length up to the limit, and beyond it. */
static void test_name_lengths(void **state)
{
	(void)state;
	struct plain_oracle *o = plain_oracle_new();
	char line[400];
	for (unsigned len = 1; len < 300; len++) {
		for (unsigned i = 0; i < len; i++)
			line[i] = i % 50 == 49 && i + 1 < len ? '.' : 'x';
		strcpy(line + len, " NS b");
		const char *difference;
		if (plain_oracle_compare(o, line, strlen(line), &difference) < 0)
			fail_msg("%s: %s", line, difference);
	}
	plain_oracle_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_no_owner_yet),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_name_lengths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
