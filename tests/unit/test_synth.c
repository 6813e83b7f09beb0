/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tests/unit/zone_fixture.h"
#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/synth.h"
#include "zonedb/wire.h"

#define LINES                                                                                      \
	"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n@ 3600 NS ns1\nns1 300 A 192.0.2.1\n"        \
	"*.wild 60 TXT w\n"

struct sample {
	struct zone zone;
	struct image_header *img;
};

static void open_narrow(struct sample *s, const char *apex, bool optout)
{
	fixture_zone(&s->zone, apex, LINES);
	fixture_narrow(&s->zone, 2, 2, "\xab\xcd", optout);
	fixture_live(&s->zone);
	s->img = fixture_image(&s->zone, 1);
}

static void open_compact(struct sample *s, const char *apex)
{
	fixture_zone(&s->zone, apex, LINES);
	fixture_compact(&s->zone);
	fixture_live(&s->zone);
	s->img = fixture_image(&s->zone, 1);
}

static void sample_close(struct sample *s)
{
	free(s->img);
	zone_deinit(&s->zone);
}

/* ---- hashes --------------------------------------------------------------------------------- */

static void hashes_carry_and_wrap(void **state)
{
	static const struct {
		const char *hash, *after;
	} cases[] = {
		{"00000000000000000000000000000000", "00000000000000000000000000000001"},
		{"0000000000000000000000000000000v", "00000000000000000000000000000010"},
		{"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "0p9mhaveqvm6t7vbl5lop2u3t2rp3ton"},
		{"00vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv", "01000000000000000000000000000000"},
		{"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv", "00000000000000000000000000000000"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t hash[NSEC3_HASH_LEN], after[NSEC3_HASH_LEN], made[NSEC3_HASH_LEN];
		assert_int_equal(nsec3_from_text(hash, cases[i].hash, NSEC3_LABEL_LEN), 0);
		assert_int_equal(nsec3_from_text(after, cases[i].after, NSEC3_LABEL_LEN), 0);
		synth_hash_after(made, hash);
		assert_memory_equal(made, after, sizeof(made));
		synth_hash_before(made, made);
		assert_memory_equal(made, hash, sizeof(made));
	}
}

/* ---- the next name -------------------------------------------------------------------------- */

/* A name of len octets: a label of first octets, then labels of 'x', then "zone.". */
static size_t long_name(uint8_t *name, const void *first, uint8_t first_len, size_t len)
{
	static const uint8_t apex[] = "\4zone";
	uint8_t *at = name;
	*at++ = first_len;
	memcpy(at, first, first_len);
	at += first_len;
	for (size_t left = len - sizeof(apex) - 1 - first_len; left > 0;) {
		size_t part = left > 64 ? (left == 65 ? 63 : 64) : left;
		*at++ = (uint8_t)(part - 1);
		memset(at, 'x', part - 1);
		at += part - 1;
		left -= part;
	}
	memcpy(at, apex, sizeof(apex));
	assert_int_equal(dname_check(name, DNAME_LEN_MAX), len);
	return len;
}

/* Takes name to be followed by what differs in its first label. */
static void expect_next(
	const void *first, uint8_t first_len, size_t len, const void *next_first, uint8_t next_len)
{
	uint8_t name[DNAME_LEN_MAX], next[DNAME_LEN_MAX], expected[DNAME_LEN_MAX];
	size_t expected_len = len - first_len + next_len;
	long_name(name, first, first_len, len);
	expected[0] = next_len;
	memcpy(expected + 1, next_first, next_len);
	memcpy(expected + 1 + next_len, name + 1 + first_len, len - 1 - first_len);
	assert_int_equal(synth_next_name(next, name, len, 6), expected_len);
	assert_memory_equal(next, expected, expected_len);
	assert_true(dname_cmp(name, next) < 0);
}

static void next_of_the_longest_names(void **state)
{
	/* room for one octet */
	expect_next("ab", 2, 254, "ab\0", 3);
	/* for none */
	expect_next("ab", 2, 255, "ac", 2);
	expect_next("a@", 2, 255, "a[", 2);
	expect_next("a\xff", 2, 255, "b", 1);
	expect_next("@\xff\xff", 3, 255, "[", 1);
	/* the label is full */
	uint8_t label[63], next[63];
	memset(label, 'a', sizeof(label));
	memcpy(next, label, sizeof(label));
	next[62] = 'b';
	expect_next(label, 63, 254, next, 63);
}

static void next_of_the_last_names(void **state)
{
	uint8_t name[DNAME_LEN_MAX], next[DNAME_LEN_MAX];
	/* nothing fits behind the first label: behind the second, then */
	size_t len = long_name(name, "\xff\xff", 2, 255), next_len;
	next_len = synth_next_name(next, name, len, 6);
	assert_int_equal(next_len, len - 3);
	assert_memory_equal(next + 1, name + 4, name[3] - 1);
	assert_int_equal(next[next[0]], 'x' + 1);
	assert_true(dname_cmp(name, next) < 0);
	/* nothing fits in the zone: the apex */
	next_len = synth_next_name(next, name, len, len - 3);
	assert_int_equal(next_len, len - 3);
	assert_memory_equal(next, name + 3, next_len);
	/* the apex itself, too long for anything below it */
	next_len = synth_next_name(next, name, len, len);
	assert_int_equal(next_len, len);
	assert_memory_equal(next, name, len);
}

static void next_of_ordinary_names(void **state)
{
	uint8_t next[DNAME_LEN_MAX], name[DNAME_LEN_MAX];
	assert_int_equal(synth_next_name(next, (const uint8_t *)"\1a\4zone", 8, 6), 10);
	assert_memory_equal(next, "\1\0\1a\4zone", 10);
	size_t len = long_name(name, "ab", 2, 253);
	assert_int_equal(synth_next_name(next, name, len, 6), 255);
	assert_memory_equal(next, "\1\0", 2);
	assert_memory_equal(next + 2, name, len);
}

/* ---- narrow --------------------------------------------------------------------------------- */

static void cover_spans_the_hash_alone(void **state)
{
	static const uint8_t expected[] = "\x20"
					  "00vvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
					  "\7example\0"
					  "\0\x32\0\1\0\0\1\x2c\0\x1c"
					  "\1\1\0\2\2\xab\xcd\x14"
					  "\x00\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1";
	uint8_t hash[NSEC3_HASH_LEN], rr[SYNTH_COVER_MAX];
	struct sample s;
	open_narrow(&s, "example.", true);
	assert_int_equal(nsec3_from_text(hash, "01000000000000000000000000000000", 32), 0);
	assert_int_equal(synth_cover(rr, s.img, hash, SYNTH_CANONICAL), sizeof(expected) - 1);
	assert_memory_equal(rr, expected, sizeof(expected) - 1);
	/* in a message a pointer stands for the apex */
	size_t len = synth_cover(rr, s.img, hash, 0x123);
	assert_int_equal(len, sizeof(expected) - 1 - 9 + 2);
	assert_int_equal(synth_cover_len(s.img), len);
	assert_memory_equal(rr, expected, 33);
	assert_int_equal(wire_get_u16(rr + 33), 0xc123);
	assert_memory_equal(rr + 35, expected + 42, len - 35);
	sample_close(&s);
}

static void cover_in_the_root_has_no_pointer(void **state)
{
	uint8_t hash[NSEC3_HASH_LEN] = {0}, rr[SYNTH_COVER_MAX], canonical[SYNTH_COVER_MAX];
	struct sample s;
	open_narrow(&s, ".", false);
	size_t len = synth_cover(rr, s.img, hash, 12);
	assert_int_equal(synth_cover_len(s.img), len);
	assert_int_equal(synth_cover(canonical, s.img, hash, SYNTH_CANONICAL), len);
	assert_memory_equal(rr, canonical, len);
	assert_int_equal(rr[33], 0);
	assert_int_equal(rr[34 + 10 + 1], 0); /* no opt-out */
	sample_close(&s);
}

/* A missing wildcard's cover in the image is the one that would be made for it. */
static void covers_in_images_are_the_same(void **state)
{
	uint8_t hash[NSEC3_HASH_LEN], rr[SYNTH_COVER_MAX];
	struct sample s;
	struct qname q, wildcard;
	struct lookup l;
	open_narrow(&s, "example.", true);
	fixture_qname(&q, &s.zone, "ns1");
	fixture_qname(&wildcard, &s.zone, "*.ns1");
	assert_int_equal(lookup_run(&l, s.img, &q), LOOKUP_FOUND);
	nsec3_hash(hash, wildcard.wire, wildcard.len, (const uint8_t *)"\xab\xcd", 2, 2);
	size_t len = synth_cover(rr, s.img, hash, 0);
	const struct image_rrset *cover =
		image_rrset(s.img, (struct rrset_ref){l.node->wildcard_denial});
	const uint8_t *wire = image_rrset_wire(cover);
	assert_int_equal(cover->data_len, synth_cover_len(s.img));
	assert_memory_equal(rr, wire, 33);
	assert_memory_equal(rr + len - 38, wire + cover->data_len - 38, 38);
	sample_close(&s);
}

/* ---- compact -------------------------------------------------------------------------------- */

static void compact_says_that_the_name_is_missing(void **state)
{
	static const uint8_t expected[] = "\2no\7example\0"
					  "\0\x2f\0\1\0\0\1\x2c\0\x21"
					  "\1\0\2no\7example\0"
					  "\0\x11\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\x80";
	uint8_t rr[SYNTH_COMPACT_MAX];
	struct sample s;
	open_compact(&s, "example.");
	size_t len = synth_compact(rr, s.img, (const uint8_t *)"\2no\7example", 12, 0);
	assert_int_equal(len, sizeof(expected) - 1);
	assert_memory_equal(rr, expected, len);
	len = synth_compact(rr, s.img, (const uint8_t *)"\2no\7example", 12, 12);
	assert_int_equal(len, SYNTH_COMPACT_LEN(12));
	assert_int_equal(wire_get_u16(rr), 0xc00c);
	assert_memory_equal(rr + 2, expected + 12, len - 2);
	sample_close(&s);
}

static void a_wildcard_lends_its_types(void **state)
{
	/* TXT (16), RRSIG (46), NSEC (47) */
	static const uint8_t expected[] = "\xc0\x0c"
					  "\0\x2f\0\1\0\0\1\x2c\0\x1a"
					  "\1\0\1a\4wild\7example\0"
					  "\0\6\0\0\x80\0\0\3";
	uint8_t rr[1024];
	struct sample s;
	struct qname q;
	struct lookup l;
	open_compact(&s, "example.");
	fixture_qname(&q, &s.zone, "*.wild");
	assert_int_equal(lookup_run(&l, s.img, &q), LOOKUP_FOUND);
	const struct image_rrset *nsec = image_rrset(s.img, lookup_rrset(l.node, RRTYPE_NSEC));
	size_t len = synth_expanded(
		rr, s.img, nsec, (const uint8_t *)"\1a\4wild\7example", 16, MSG_HEADER_LEN);
	assert_int_equal(len, sizeof(expected) - 1);
	assert_memory_equal(rr, expected, len);
	assert_true(len <= SYNTH_EXPANDED_LEN(nsec));
	sample_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_carry_and_wrap),
		cmocka_unit_test(next_of_the_longest_names),
		cmocka_unit_test(next_of_the_last_names),
		cmocka_unit_test(next_of_ordinary_names),
		cmocka_unit_test(cover_spans_the_hash_alone),
		cmocka_unit_test(cover_in_the_root_has_no_pointer),
		cmocka_unit_test(covers_in_images_are_the_same),
		cmocka_unit_test(compact_says_that_the_name_is_missing),
		cmocka_unit_test(a_wildcard_lends_its_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
