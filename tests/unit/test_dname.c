/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "zonedb/dname.h"

/* Wire form of a literal that has its root label from the literal's own terminator. */
#define WIRE(s) ((const uint8_t *)(s))

static void refuses_malformed_wire(void **state)
{
	static const struct {
		const char *wire;
		size_t max;
	} bad[] = {
		{"", 0},
		{"\3www", 4},	 /* no root label in reach */
		{"\3www", 3},	 /* label cut short */
		{"\3ww", 4},	 /* label runs over the root label */
		{"\300\014", 2}, /* compression pointer */
		{"\100x", 3},	 /* label type 01 */
		{"\3www\200\001", 7},
	};
	struct qname q;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(qname_read(&q, WIRE(bad[i].wire), bad[i].max), -1);
		assert_int_equal(dname_check(WIRE(bad[i].wire), bad[i].max), -1);
	}
}

/* Four labels of 61 octets and one of last_len, and the root. */
static size_t long_name(uint8_t name[static 320], uint8_t last_len)
{
	size_t pos = 0;
	for (unsigned i = 0; i < 5; i++) {
		uint8_t len = i < 4 ? 61 : last_len;
		name[pos] = len;
		memset(name + pos + 1, 'x', len);
		pos += len + 1U;
	}
	name[pos] = 0;
	return pos + 1;
}

static void holds_to_the_longest_name(void **state)
{
	uint8_t name[320];
	struct qname q;
	size_t len = long_name(name, 5);
	assert_int_equal(len, 255);
	assert_int_equal(qname_read(&q, name, sizeof(name)), 255);
	assert_int_equal(dname_check(name, sizeof(name)), 255);
	assert_int_equal(q.label_cnt, 5);
	long_name(name, 6);
	assert_int_equal(qname_read(&q, name, sizeof(name)), -1);
	assert_int_equal(dname_check(name, sizeof(name)), -1);
}

static void reads_127_labels(void **state)
{
	uint8_t name[257];
	struct qname q;
	for (unsigned i = 0; i < 256; i += 2) {
		name[i] = 1;
		name[i + 1] = 'Q';
	}
	assert_int_equal(qname_read(&q, name, 256), -1);
	name[254] = 0;
	assert_int_equal(qname_read(&q, name, 256), 255);
	assert_int_equal(q.label_cnt, 127);
	assert_int_equal(q.label_off[127], 254);
	assert_int_equal(q.wire[1], 'q');
	assert_int_equal(dname_label_cnt(q.wire), 127);
}

static void lower_cases_ascii_only(void **state)
{
	struct qname q;
	assert_int_equal(qname_read(&q, WIRE("\7A@Z[\304\344z\2Ns"), 12), 12);
	assert_memory_equal(q.wire, "\7a@z[\304\344z\2ns", 12);
	assert_int_equal(q.label_cnt, 2);
	assert_int_equal(q.label_off[1], 8);
}

/* Every length of name with every number of octets behind it: nothing beyond them is read (ASan
 * sees), and each octet is lowered. */
static void lower_cases_whatever_the_length(void **state)
{
	for (size_t len = 3; len <= DNAME_LEN_MAX; len++) {
		for (size_t behind = 0; behind <= 20; behind++) {
			uint8_t expected[DNAME_LEN_MAX], *wire = malloc(len + behind);
			struct qname q;
			memset(wire, 'Q', len + behind);
			/* labels of 20, the last of what is left */
			for (size_t pos = 0; pos < len - 1;) {
				size_t left = len - 2 - pos;
				size_t label = left <= 40 ? (left > 20 ? left / 2 : left) : 20;
				wire[pos] = (uint8_t)label;
				pos += label + 1;
			}
			wire[len - 1] = 0;
			dname_lower(expected, wire, len);
			assert_int_equal(qname_read(&q, wire, len + behind), len);
			assert_memory_equal(q.wire, expected, len);
			assert_int_equal(q.wire[1], 'q');
			free(wire);
		}
	}
}

static void orders_as_rfc_4034_does(void **state)
{
	/* RFC 4034, 6.1 */
	static const char *const ordered[] = {
		"example.",
		"a.example.",
		"yljkjljk.a.example.",
		"z.a.example.",
		"zabc.a.example.",
		"z.example.",
		"\\001.z.example.",
		"*.z.example.",
		"\\200.z.example.",
	};
	const size_t cnt = sizeof(ordered) / sizeof(ordered[0]);
	for (size_t i = 0; i < cnt; i++) {
		for (size_t j = 0; j < cnt; j++) {
			uint8_t a[DNAME_LEN_MAX], b[DNAME_LEN_MAX], key_a[40], key_b[40];
			assert_true(dname_from_text(a, ordered[i]) > 0);
			assert_true(dname_from_text(b, ordered[j]) > 0);
			int order = dname_cmp(a, b);
			assert_int_equal(order < 0, i < j);
			assert_int_equal(order > 0, i > j);
			dname_sort_key(key_a, sizeof(key_a), a, 1);
			dname_sort_key(key_b, sizeof(key_b), b, 1);
			int key_order = memcmp(key_a, key_b, sizeof(key_a));
			assert_int_equal(key_order < 0, i < j);
			assert_int_equal(key_order > 0, i > j);
		}
	}
}

/* All names of up to three labels from a stock chosen to upset keys; every key length. */
static void sort_keys_never_contradict(void **state)
{
	static const char *const stock[] = {"\\000", "\\000\\000", "\\001", "\\001\\000", "\\002",
		"a", "a\\000", "a\\001", "ab", "\\255"};
	enum { N = 10 };
	static uint8_t name[N + N * N][DNAME_LEN_MAX];
	for (unsigned i = 0; i < N; i++) {
		char text[80];
		snprintf(text, sizeof(text), "%s.", stock[i]);
		assert_true(dname_from_text(name[i], text) > 0);
		for (unsigned j = 0; j < N; j++) {
			snprintf(text, sizeof(text), "%s.%s.", stock[j], stock[i]);
			assert_true(dname_from_text(name[N + i * N + j], text) > 0);
		}
	}
	for (unsigned i = 0; i < N + N * N; i++) {
		for (unsigned j = 0; j < N + N * N; j++) {
			uint8_t a[8], b[8];
			for (size_t len = 1; len <= sizeof(a); len++) {
				dname_sort_key(a, len, name[i], 0);
				dname_sort_key(b, len, name[j], 0);
				int key_order = memcmp(a, b, len);
				int order = dname_cmp(name[i], name[j]);
				assert_true(key_order == 0 || (key_order < 0) == (order < 0));
			}
		}
	}
}

static void knows_what_is_under_an_apex(void **state)
{
	static const struct {
		const char *name, *apex;
		bool under;
	} cases[] = {
		{"example.", ".", true},
		{".", ".", true},
		{".", "example.", false},
		{"example.", "example.", true},
		{"a.example.", "example.", true},
		{"example.", "a.example.", false},
		{"b.example.", "a.example.", false},
		{"aexample.", "example.", false},
		/* the apex' octets, but not at a label's start */
		{"x\\001b\\001c.", "b.c.", false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t name[DNAME_LEN_MAX], apex[DNAME_LEN_MAX];
		assert_true(dname_from_text(name, cases[i].name) > 0);
		assert_true(dname_from_text(apex, cases[i].apex) > 0);
		assert_int_equal(dname_is_under(name, apex), cases[i].under);
	}
}

static void refuses_malformed_text(void **state)
{
	static const char *const bad[] = {"", "..", ".a", "a..b", "a..", "\\", "a\\", "\\1", "\\12",
		"\\12x", "\\256", "\\999.",
		"sixty-four-octets-are-one-too-many-for-a-label-as-everyone-knows."};
	uint8_t wire[DNAME_LEN_MAX];
	char text[400];
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(dname_from_text(wire, bad[i]), -1);
	for (unsigned i = 0; i < 256; i++)
		text[i] = i % 2 ? '.' : 'a';
	text[256] = '\0';
	assert_int_equal(dname_from_text(wire, text), -1);
	text[254] = '\0';
	assert_int_equal(dname_from_text(wire, text), 255);
}

static void text_round_trips(void **state)
{
	static const struct {
		const char *text, *back;
	} cases[] = {
		{".", "."},
		{"Example", "Example."},
		{"a.b.", "a.b."},
		{"a\\.b.c.", "a\\.b.c."},
		{"\\065\\032\\000.", "A\\032\\000."},
		{"\\;\\@\\\"\\\\.", "\\;\\@\\\"\\\\."},
		{"*._tcp.", "*._tcp."},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t wire[DNAME_LEN_MAX];
		char text[DNAME_TEXT_MAX];
		int len = dname_from_text(wire, cases[i].text);
		assert_int_equal(len, dname_len(wire));
		assert_string_equal(dname_to_text(text, wire), cases[i].back);
	}
}

/* The longest text there is. */
static void text_fits_its_buffer(void **state)
{
	uint8_t name[DNAME_LEN_MAX];
	char text[DNAME_TEXT_MAX];
	memset(name, 0xff, sizeof(name));
	name[0] = name[64] = name[128] = 63;
	name[192] = 61;
	name[254] = 0;
	assert_int_equal(dname_check(name, sizeof(name)), 255);
	assert_int_equal(strlen(dname_to_text(text, name)), 250 * 4 + 4);
}

static void hash_takes_every_octet_and_no_more(void **state)
{
	uint8_t name[DNAME_LEN_MAX + DNAME_PAD];
	for (uint8_t len = 1; len <= DNAME_LABEL_MAX; len++) {
		memset(name, 'a', sizeof(name));
		name[0] = len;
		name[len + 1] = 0;
		uint64_t hash = dname_hash(name, 1);
		assert_true(hash != dname_hash(name, 2));
		for (unsigned i = len + 2U; i < len + 2U + 8; i++)
			name[i] = 'z'; /* what follows must not count */
		assert_true(hash == dname_hash(name, 1));
		for (unsigned i = 1; i <= len; i++) {
			name[i] = 'b';
			assert_true(hash != dname_hash(name, 1));
			name[i] = 'a';
		}
	}
}

static void hash_goes_label_by_label(void **state)
{
	const uint8_t name[32] = "\3www\7example";
	uint64_t hash = dname_hash_label(dname_hash_label(77, name + 4), name);
	assert_true(hash == dname_hash(name, 77));
}

/* Every length, and a difference in every octet: the ones behind the name do not count. */
static void compares_every_octet_and_no_more(void **state)
{
	uint8_t a[DNAME_LEN_MAX + DNAME_PAD], b[DNAME_LEN_MAX + DNAME_PAD];
	for (unsigned len = 0; len < 40; len++) {
		memset(a, 'a', sizeof(a));
		memset(b, 'a', sizeof(b));
		memset(b + len, 'b', sizeof(b) - len);
		assert_true(dname_same(a, b, len));
		for (unsigned i = 0; i < len; i++) {
			b[i] ^= 0x80;
			assert_false(dname_same(a, b, len));
			b[i] ^= 0x80;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_malformed_wire),
		cmocka_unit_test(holds_to_the_longest_name),
		cmocka_unit_test(reads_127_labels),
		cmocka_unit_test(lower_cases_ascii_only),
		cmocka_unit_test(lower_cases_whatever_the_length),
		cmocka_unit_test(orders_as_rfc_4034_does),
		cmocka_unit_test(sort_keys_never_contradict),
		cmocka_unit_test(knows_what_is_under_an_apex),
		cmocka_unit_test(refuses_malformed_text),
		cmocka_unit_test(text_round_trips),
		cmocka_unit_test(text_fits_its_buffer),
		cmocka_unit_test(hash_takes_every_octet_and_no_more),
		cmocka_unit_test(hash_goes_label_by_label),
		cmocka_unit_test(compares_every_octet_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
