/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pre-signed zones: a zone is signed, printed, spoilt in one place and read back.
 */
#include "control/dnssec/presigned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/dnssec/chain.h"
#include "tests/unit/dnssec_fixture.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"

#define ED25519_KEY                                                                                \
	"Private-key-format: v1.2\nAlgorithm: 15\n"                                                \
	"PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n"

/* The example zone's text, signed with one key. nsec3 as "1 0 0 -", NULL for NSEC. */
static char *signed_text(const char *nsec3)
{
	struct zone zone;
	struct keyset keys = {0};
	dnssec_fixture_key(&keys, 257, ED25519_KEY);
	dnssec_fixture_zone(&zone, "example.", fixture_example, DNSSEC_SIGNED);
	dnssec_fixture_secure(&zone, &keys, nsec3);
	char *text = dnssec_fixture_print(&zone);
	zone_deinit(&zone);
	keyset_deinit(&keys);
	return text;
}

/* Writes over the first place of a word. */
static void put_over(char *text, const char *old, const char *new)
{
	char *at = strstr(text, old);
	assert_non_null(at);
	assert_int_equal(strlen(old), strlen(new));
	memcpy(at, new, strlen(new));
}

/* ---- adopting ------------------------------------------------------------------------------- */

struct notes {
	char text[8192];
};

static void take_note(void *ctx, const char *text)
{
	struct notes *notes = ctx;
	size_t used = strlen(notes->text);
	snprintf(notes->text + used, sizeof(notes->text) - used, "%s\n", text);
}

static int adopt_at(
	struct zone *zone, const char *text, uint64_t now_s, struct notes *notes, char *err)
{
	const struct presigned_options opt = {.now_s = now_s, .note = take_note, .note_ctx = notes};
	notes->text[0] = err[0] = '\0';
	dnssec_fixture_zone(zone, "example.", text, DNSSEC_PRESIGNED);
	return presigned_adopt(zone, &opt, err);
}

static void check_refused(const char *text, const char *want)
{
	struct zone zone;
	struct notes notes;
	char err[256];
	assert_int_equal(adopt_at(&zone, text, FIXTURE_NOW_S, &notes, err), -1);
	if (!strstr(err, want))
		fail_msg("\"%s\" instead of \"%s\"", err, want);
	zone_deinit(&zone);
}

static void check_notes_at(const char *text, uint64_t now_s, const char *want)
{
	struct zone zone;
	struct notes notes;
	char err[256];
	if (adopt_at(&zone, text, now_s, &notes, err))
		fail_msg("%s", err);
	if (!strstr(notes.text, want))
		fail_msg("\"%s\" without \"%s\"", notes.text, want);
	zone_deinit(&zone);
}

/* ---- refused -------------------------------------------------------------------------------- */

/* nsec3 of the zone, words of the lines cut out, how many they are, what is said then. */
static const struct {
	const char *nsec3;
	const char *a, *b;
	unsigned cnt;
	const char *err;
} refused[] = {
	{NULL, "\tDNSKEY\t", "", 1, "without DNSKEY"},
	{NULL, "\tRRSIG\tDNSKEY", "", 1, "without signature over DNSKEY"},
	{NULL, "\tRRSIG\tSOA", "", 1, "without signature over SOA"},
	{NULL, "\tNSEC\t", " SOA ", 1, "without NSEC and NSEC3PARAM"},
	{NULL, "www.example.\t3600\tIN\tNSEC\t", "", 1, "www.example. has no NSEC record"},
	{NULL, "www.example.\t", "", 4,
		"NSEC chain is broken: *.wild.example. leads to www.example."},
	{"1 0 0 -", "\tNSEC3PARAM\t", "", 1, "without NSEC and NSEC3PARAM"},
	{"1 0 0 -", "\tNSEC3\t", "", 30, "no NSEC3 record for the NSEC3PARAM"},
	{"1 0 0 -", "\tNSEC3\t", " A RRSIG", 5, "NSEC3 chain is broken: "},
	{"1 0 0 -", "\tNSEC3\t", " SOA ", 1, "NSEC3 chain is broken: "},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char *text = signed_text(refused[i].nsec3);
		unsigned cnt = dnssec_fixture_cut(text, refused[i].a, refused[i].b);
		if (cnt != refused[i].cnt)
			fail_msg("%zu: %u lines", i, cnt);
		check_refused(text, refused[i].err);
		free(text);
	}
}

/* A name more than the chain knows. */
static void test_name_without_record_is_refused(void **state)
{
	static const struct {
		const char *nsec3, *line, *err;
	} row[] = {
		{NULL, "new.example.\t60\tIN\tA\t192.0.2.9\n", "new.example. has no NSEC record"},
		{"1 0 0 -", "new.example.\t60\tIN\tA\t192.0.2.9\n", "new.example. has no NSEC3"},
		{"1 0 0 -", "new.example.\t60\tIN\tNS\tns1.example.\n",
			"new.example. has no NSEC3"},
		{"1 1 0 -", "new.example.\t60\tIN\tA\t192.0.2.9\n", "new.example. has no NSEC3"},
		{"1 1 0 -", "a.new.example.\t60\tIN\tA\t192.0.2.9\n",
			"a.new.example. has no NSEC3"},
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		char *text = signed_text(row[i].nsec3), *longer = NULL;
		assert_true(asprintf(&longer, "%s%s", text, row[i].line) > 0);
		check_refused(longer, row[i].err);
		free(longer);
		free(text);
	}
}

/* ---- noted ---------------------------------------------------------------------------------- */

static void test_unsigned_rrsets_are_noted(void **state)
{
	char *text = signed_text(NULL);
	assert_int_equal(dnssec_fixture_cut(text, "www.example.\t3600\tIN\tRRSIG\tA", ""), 1);
	check_notes_at(text, FIXTURE_NOW_S, "www.example. A: no signature\n");
	assert_true(dnssec_fixture_cut(text, "\tRRSIG\tNSEC", "") > 20);
	check_notes_at(text, FIXTURE_NOW_S, "no signature: ");
	free(text);
}

static void test_signatures_over_nothing_are_noted(void **state)
{
	char *text = signed_text(NULL);
	assert_int_equal(dnssec_fixture_cut(text, "www.example.\t3600\tIN\tA\t", ""), 1);
	check_notes_at(text, FIXTURE_NOW_S, "1 signatures cover no RRset");
	check_notes_at(text, FIXTURE_NOW_S, "www.example. NSEC: types listed are not those");
	free(text);
}

static void test_times_are_noted(void **state)
{
	char *text = signed_text("1 0 0 -");
	check_notes_at(text, FIXTURE_EXPIRATION_S + 1, "example. SOA: signature has expired");
	check_notes_at(text, FIXTURE_EXPIRATION_S, "");
	check_notes_at(text, FIXTURE_INCEPTION_S - 1, "example. SOA: signature is not valid yet");
	free(text);
}

static void test_foreign_signatures_are_noted(void **state)
{
	char *text = signed_text(NULL);
	put_over(
		strstr(text, "www.example.\t3600\tIN\tRRSIG\tA"), "3613 example.", "3614 example.");
	check_notes_at(text, FIXTURE_NOW_S, "www.example. A: signature is by a key that is not");
	put_over(
		strstr(text, "www.example.\t3600\tIN\tRRSIG\tA"), "3614 example.", "3613 exampel.");
	check_notes_at(text, FIXTURE_NOW_S, "www.example. A: signature is by another zone");
	free(text);
}

/* With opt-out a new insecure delegation changes no NSEC3 record (RFC 5155, 7.1). */
static void test_optout_takes_new_delegations(void **state)
{
	char *text = signed_text("1 1 0 -"), *longer = NULL;
	assert_true(asprintf(&longer, "%sa.new.example.\t60\tIN\tNS\tns1.example.\n", text) > 0);
	check_notes_at(longer, FIXTURE_NOW_S, "");
	free(longer);
	free(text);
}

static void test_nsec3_of_no_name_is_noted(void **state)
{
	char *text = signed_text("1 0 0 -");
	assert_true(dnssec_fixture_cut(text, "caa.example.", "") > 0);
	check_notes_at(text, FIXTURE_NOW_S, "1 NSEC3 records are of no name");
	free(text);
}

/* While parameters change, a zone has two chains. The one without NSEC3PARAM is not used. */
static void test_second_chain_is_left_out(void **state)
{
	char *kept = signed_text("1 0 0 -"), *other = signed_text("1 0 0 ab"), *both = NULL;
	char *other_chain = strstr(other, ".example.\t3600\tIN\tNSEC3\t1 0 0 AB");
	while (other_chain[-1] != '\n')
		other_chain--;
	assert_true(asprintf(&both, "%s%s", kept, other_chain) > 0);
	check_notes_at(both, FIXTURE_NOW_S, "NSEC3 records of another chain are left out");
	assert_int_equal(dnssec_fixture_cut(both, "\tNSEC3PARAM\t", ""), 1);
	check_refused(both, "without NSEC and NSEC3PARAM");
	free(both);
	free(kept);
	free(other);
}

static void test_nsec3_beside_nsec_is_left_out(void **state)
{
	char *nsec = signed_text(NULL), *nsec3 = signed_text("1 0 0 -"), *both = NULL;
	char *chain = strstr(nsec3, ".example.\t3600\tIN\tNSEC3\t");
	while (chain[-1] != '\n')
		chain--;
	assert_true(asprintf(&both, "%s%s", nsec, chain) > 0);
	check_notes_at(both, FIXTURE_NOW_S, "NSEC3 records are left out: the zone's chain is NSEC");
	free(both);
	free(nsec);
	free(nsec3);
}

/* ---- taken over ------------------------------------------------------------------------------ */

static void check_same_denial(const struct zone *a, const struct zone *b)
{
	assert_int_equal(a->node_cnt, b->node_cnt);
	assert_int_equal(a->nsec3_cnt, b->nsec3_cnt);
	assert_int_equal(a->order_cnt, b->order_cnt);
	for (uint32_t i = 0; i < a->node_cnt; i++) {
		assert_int_equal(a->node[i].denial, b->node[i].denial);
		assert_int_equal(a->node[i].wildcard_denial, b->node[i].wildcard_denial);
		assert_int_equal(a->node[i].flags, b->node[i].flags);
	}
	assert_memory_equal(&a->nsec3_param, &b->nsec3_param, sizeof(a->nsec3_param));
}

/* Signed, printed, adopted and printed again: nothing is lost, and the same record denies each
 * name. */
static void test_adopted_as_signed(void **state)
{
	static const char *const nsec3[] = {NULL, "1 0 0 -", "1 1 0 -", "1 0 5 abcdef"};
	for (size_t i = 0; i < sizeof(nsec3) / sizeof(nsec3[0]); i++) {
		struct zone made, adopted;
		struct keyset keys = {0};
		struct notes notes;
		char err[256];
		dnssec_fixture_key(&keys, 257, ED25519_KEY);
		dnssec_fixture_zone(&made, "example.", fixture_example, DNSSEC_SIGNED);
		dnssec_fixture_secure(&made, &keys, nsec3[i]);
		char *text = dnssec_fixture_print(&made);
		if (adopt_at(&adopted, text, FIXTURE_NOW_S, &notes, err))
			fail_msg("%s", err);
		assert_string_equal(notes.text, "");
		assert_int_equal(adopted.flags, made.flags | IMAGE_PRESIGNED);
		check_same_denial(&made, &adopted);
		char *again = dnssec_fixture_print(&adopted);
		assert_string_equal(again, text);
		free(again);
		free(text);
		zone_deinit(&made);
		zone_deinit(&adopted);
		keyset_deinit(&keys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_name_without_record_is_refused),
		cmocka_unit_test(test_unsigned_rrsets_are_noted),
		cmocka_unit_test(test_signatures_over_nothing_are_noted),
		cmocka_unit_test(test_times_are_noted),
		cmocka_unit_test(test_foreign_signatures_are_noted),
		cmocka_unit_test(test_optout_takes_new_delegations),
		cmocka_unit_test(test_nsec3_of_no_name_is_noted),
		cmocka_unit_test(test_second_chain_is_left_out),
		cmocka_unit_test(test_nsec3_beside_nsec_is_left_out),
		cmocka_unit_test(test_adopted_as_signed),
	};
	return cmocka_run_group_tests_name("presigned", tests, NULL, NULL);
}
