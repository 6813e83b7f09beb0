/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rectify: a zone with every kind of name, in each mode of denial; what pdnsutil 4.7 stores of the
 * same rows (tests/e2e/test_cli_rectify.py asks it about random ones).
 */
#include "control/dnssec/rectify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/rrtype.h"

static const struct {
	const char *owner;
	uint16_t type;
} row_table[] = {
	{"example.", RRTYPE_SOA},
	{"example.", RRTYPE_NS},
	{"a.b.c.example.", RRTYPE_TXT}, /* below empty non-terminals */
	{"sub.example.", RRTYPE_NS},
	{"sub.example.", RRTYPE_A}, /* glue at the cut itself */
	{"ns.sub.example.", RRTYPE_AAAA},
	{"secure.example.", RRTYPE_NS},
	{"secure.example.", RRTYPE_DS},
	{"x.hollow.example.", RRTYPE_NS}, /* an empty non-terminal above a delegation only */
	{"y.firm.example.", RRTYPE_NS},
	{"y.firm.example.", RRTYPE_DS},
	{"deep.ns.sub.example.", RRTYPE_TXT}, /* below a cut, and so is what is empty above it */
	{"e.m.sub.example.", RRTYPE_A},
	{"dname.example.", RRTYPE_DNAME},
	{"x.dname.example.", RRTYPE_A},
	{"a\\.b.example.", RRTYPE_A},
	{"*.example.", RRTYPE_A},
};

static void to_wire(uint8_t wire[static DNAME_LEN_MAX + DNAME_PAD], const char *text)
{
	memset(wire, 0, DNAME_LEN_MAX + DNAME_PAD);
	assert_true(dname_from_text(wire, text) > 0);
}

static void make(struct rectify *r, const struct zone_policy *policy)
{
	uint8_t name[DNAME_LEN_MAX + DNAME_PAD];
	char err[256];
	to_wire(name, "example.");
	rectify_init(r, name);
	for (unsigned i = 0; i < sizeof(row_table) / sizeof(row_table[0]); i++) {
		to_wire(name, row_table[i].owner);
		assert_int_equal(rectify_add(r, name, row_table[i].type), 0);
	}
	if (rectify_finish(r, policy, 1, err) != 0)
		fail_msg("%s", err);
}

/* "auth ordername" of a row, "-" for NULL. */
static const char *fields_of(const struct rectify *r, const char *owner, uint16_t type)
{
	static char text[DNAME_TEXT_MAX + 8];
	uint8_t name[DNAME_LEN_MAX + DNAME_PAD];
	struct rectify_fields fields;
	to_wire(name, owner);
	uint32_t i = rectify_find(r, name);
	if (i == ZONE_NODE_NONE)
		return "none";
	assert_int_equal(rectify_is_ent(r, i), type == RECTIFY_ENT);
	rectify_of(r, i, type, &fields);
	snprintf(text, sizeof(text), "%d %s", fields.auth,
		fields.has_order ? fields.ordername : "-");
	return text;
}

struct expected {
	const char *owner;
	uint16_t type;
	const char *fields;
};

static void check(
	const struct zone_policy *policy, const struct expected *expected, unsigned expected_cnt)
{
	struct rectify r;
	make(&r, policy);
	for (unsigned i = 0; i < expected_cnt; i++) {
		print_message("%s %u\n", expected[i].owner, expected[i].type);
		assert_string_equal(
			fields_of(&r, expected[i].owner, expected[i].type), expected[i].fields);
	}
	rectify_deinit(&r);
}
#define CHECK(policy, expected) check(policy, expected, sizeof(expected) / sizeof((expected)[0]))

static void test_unsigned(void **state)
{
	static const struct expected expected[] = {
		{"example.", RRTYPE_SOA, "1 -"},
		{"example.", RRTYPE_NS, "1 -"},
		{"a.b.c.example.", RRTYPE_TXT, "1 -"},
		{"b.c.example.", RECTIFY_ENT, "1 -"},
		{"sub.example.", RRTYPE_NS, "0 -"},
		{"sub.example.", RRTYPE_A, "0 -"},
		{"ns.sub.example.", RRTYPE_AAAA, "0 -"},
		{"secure.example.", RRTYPE_DS, "1 -"},
		{"hollow.example.", RECTIFY_ENT, "0 -"},
		{"firm.example.", RECTIFY_ENT, "0 -"},
		{"m.sub.example.", RECTIFY_ENT, "0 -"},
		{"x.dname.example.", RRTYPE_A, "1 -"},
		{"nothing.example.", RRTYPE_A, "none"},
	};
	(void)state;
	CHECK(NULL, expected);
}

static void test_nsec(void **state)
{
	static const struct zone_policy policy = {0};
	static const struct expected expected[] = {
		{"example.", RRTYPE_SOA, "1 "},
		{"a.b.c.example.", RRTYPE_TXT, "1 c b a"},
		{"b.c.example.", RECTIFY_ENT, "1 -"},
		{"sub.example.", RRTYPE_NS, "0 sub"},
		{"sub.example.", RRTYPE_A, "0 -"},
		{"ns.sub.example.", RRTYPE_AAAA, "0 -"},
		{"deep.ns.sub.example.", RRTYPE_TXT, "0 -"},
		{"secure.example.", RRTYPE_NS, "0 secure"},
		{"secure.example.", RRTYPE_DS, "1 secure"},
		{"hollow.example.", RECTIFY_ENT, "0 -"},
		{"a\\.b.example.", RRTYPE_A, "1 a\\.b"},
		{"*.example.", RRTYPE_A, "1 *"},
		{"x.dname.example.", RRTYPE_A, "1 dname x"},
	};
	(void)state;
	CHECK(&policy, expected);
}

static void test_nsec3(void **state)
{
	static const struct zone_policy policy = {.nsec3 = true};
	static const struct expected expected[] = {
		{"example.", RRTYPE_SOA, "1 3msev9usmd4br9s97v51r2tdvmr9iqo1"},
		{"b.c.example.", RECTIFY_ENT, "1 kgqb5f8cke123q17papomfbrl1tc0551"},
		{"sub.example.", RRTYPE_A, "0 -"},
		{"ns.sub.example.", RRTYPE_AAAA, "0 -"},
		{"m.sub.example.", RECTIFY_ENT, "0 -"},
	};
	(void)state;
	CHECK(&policy, expected);
	struct rectify r;
	make(&r, &policy);
	assert_int_equal(strlen(fields_of(&r, "sub.example.", RRTYPE_NS)), 2 + NSEC3_LABEL_LEN);
	assert_memory_equal(fields_of(&r, "hollow.example.", RECTIFY_ENT), "1 ", 2);
	assert_int_equal(
		strlen(fields_of(&r, "hollow.example.", RECTIFY_ENT)), 2 + NSEC3_LABEL_LEN);
	rectify_deinit(&r);
}

static void test_optout(void **state)
{
	static const struct zone_policy policy = {.nsec3 = true, .nsec3_param.optout = true};
	static const struct expected expected[] = {
		{"sub.example.", RRTYPE_NS, "0 -"},
		{"sub.example.", RRTYPE_A, "0 -"},
		{"hollow.example.", RECTIFY_ENT, "0 -"},
		{"b.c.example.", RECTIFY_ENT, "1 kgqb5f8cke123q17papomfbrl1tc0551"},
	};
	(void)state;
	CHECK(&policy, expected);
	struct rectify r;
	make(&r, &policy);
	assert_int_equal(strlen(fields_of(&r, "secure.example.", RRTYPE_NS)), 2 + NSEC3_LABEL_LEN);
	assert_memory_equal(fields_of(&r, "secure.example.", RRTYPE_DS), "1 ", 2);
	assert_memory_equal(fields_of(&r, "firm.example.", RECTIFY_ENT), "0 ", 2);
	assert_int_equal(strlen(fields_of(&r, "firm.example.", RECTIFY_ENT)), 2 + NSEC3_LABEL_LEN);
	rectify_deinit(&r);
}

static void test_narrow(void **state)
{
	static const struct zone_policy policy = {.nsec3 = true, .narrow = true},
					optout = {.nsec3 = true,
						.narrow = true,
						.nsec3_param.optout = true};
	static const struct expected expected[] = {
		{"example.", RRTYPE_SOA, "1 -"},
		{"hollow.example.", RECTIFY_ENT, "1 -"},
		{"sub.example.", RRTYPE_NS, "0 -"},
	};
	static const struct expected expected_optout[] = {
		{"hollow.example.", RECTIFY_ENT, "0 -"},
		{"b.c.example.", RECTIFY_ENT, "1 -"},
	};
	(void)state;
	CHECK(&policy, expected);
	CHECK(&optout, expected_optout);
}

/* The root's names have no label less for the apex. */
static void test_root(void **state)
{
	static const struct zone_policy policy = {0};
	static const uint8_t root[1 + DNAME_PAD];
	uint8_t name[DNAME_LEN_MAX + DNAME_PAD];
	struct rectify r;
	char err[256];
	(void)state;
	rectify_init(&r, root);
	to_wire(name, "host.net.");
	assert_int_equal(rectify_add(&r, name, RRTYPE_A), 0);
	assert_int_equal(rectify_finish(&r, &policy, 1, err), 0);
	assert_string_equal(fields_of(&r, "host.net.", RRTYPE_A), "1 net host");
	assert_string_equal(fields_of(&r, "net.", RECTIFY_ENT), "1 -");
	rectify_deinit(&r);
}

/* A row outside of the zone is the caller's mistake, and is not taken. */
static void test_outside(void **state)
{
	uint8_t name[DNAME_LEN_MAX + DNAME_PAD];
	struct rectify r;
	(void)state;
	to_wire(name, "example.");
	rectify_init(&r, name);
	to_wire(name, "example.net.");
	assert_int_equal(rectify_add(&r, name, RRTYPE_A), -1);
	rectify_deinit(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_unsigned),
		cmocka_unit_test(test_nsec),
		cmocka_unit_test(test_nsec3),
		cmocka_unit_test(test_optout),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_root),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
