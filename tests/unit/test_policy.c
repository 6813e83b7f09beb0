/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- refusing ------------------------------------------------------------------------------- */

static const struct {
	const char *kind;
	const char *content;
} bad[] = {
	{"NSEC3PARAM", ""},
	{"NSEC3PARAM", "1"},
	{"NSEC3PARAM", "1 0"},
	{"NSEC3PARAM", "1 0 0"},
	{"NSEC3PARAM", "1 0 0 "},
	{"NSEC3PARAM", "2 0 0 -"},
	{"NSEC3PARAM", "0 0 0 -"},
	{"NSEC3PARAM", "1 2 0 -"},
	{"NSEC3PARAM", "1 -1 0 -"},
	{"NSEC3PARAM", "1 0 2501 -"},
	{"NSEC3PARAM", "1 0 99999999999999999999 -"},
	{"NSEC3PARAM", "1 0 0x1 -"},
	{"NSEC3PARAM", "1 0 0 abc"},
	{"NSEC3PARAM", "1 0 0 ag"},
	{"NSEC3PARAM", "1 0 0 --"},
	{"NSEC3PARAM", "1 0 0 ab cd"},
	{"NSEC3PARAM", "1,0,0,-"},
	{"NSEC3NARROW", ""},
	{"NSEC3NARROW", "yes"},
	{"PRESIGNED", "2"},
	{"PRESIGNED", "11"},
	{"PUBLISH-CDNSKEY", ""},
	{"PUBLISH-CDNSKEY", "2"},
	{"PUBLISH-CDS", ""},
	{"PUBLISH-CDS", "3"},
	{"PUBLISH-CDS", "0,2"},
	{"PUBLISH-CDS", "2,"},
	{"PUBLISH-CDS", "2;4"},
	{"PUBLISH-CDS", "258"},
	{"X-ENSIGN-SIGNING", ""},
	{"X-ENSIGN-SIGNING", "Live"},
	{"X-ENSIGN-SIGNING", "live "},
	{"X-ENSIGN-DENIAL", ""},
	{"X-ENSIGN-DENIAL", "1"},
	{"X-ENSIGN-DENIAL", "nsec"},
	{"X-ENSIGN-ROLLOVER", ""},
	{"X-ENSIGN-ROLLOVER", "ksk parent"},
};

static void test_refused(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct zone_policy policy = {0};
		char err[256] = "";
		if (policy_set(&policy, bad[i].kind, bad[i].content, err) != -1)
			fail_msg("%s '%s' was taken", bad[i].kind, bad[i].content);
		assert_memory_equal(err, bad[i].kind, strlen(bad[i].kind));
	}
}

static void test_salt_too_long(void **state)
{
	struct zone_nsec3_param param = {.iterations = 7};
	char text[2 * (NSEC3_SALT_MAX + 1) + 8] = "1 0 0 ", err[256];
	memset(text + 6, 'a', 2 * (NSEC3_SALT_MAX + 1));
	assert_int_equal(policy_nsec3_from_text(&param, text, err), -1);
	assert_int_equal(param.iterations, 7);
	text[6 + 2 * NSEC3_SALT_MAX] = '\0';
	assert_int_equal(policy_nsec3_from_text(&param, text, err), 0);
	assert_int_equal(param.salt_len, NSEC3_SALT_MAX);
}

static void test_other_kinds(void **state)
{
	struct zone_policy policy = {0}, zero = {0};
	char err[256];
	assert_int_equal(policy_set(&policy, "SOA-EDIT", "EPOCH", err), 1);
	assert_int_equal(policy_set(&policy, "", "1", err), 1);
	assert_memory_equal(&policy, &zero, sizeof(zero));
}

/* ---- taking --------------------------------------------------------------------------------- */

static void check_nsec3(const char *text, const char *back)
{
	struct zone_nsec3_param param;
	char err[256], dst[POLICY_NSEC3_TEXT_MAX];
	assert_int_equal(policy_nsec3_from_text(&param, text, err), 0);
	assert_string_equal(policy_nsec3_to_text(dst, &param), back);
}

static void test_nsec3(void **state)
{
	check_nsec3("1 0 0 -", "1 0 0 -");
	check_nsec3("1 1 2500 aAbB", "1 1 2500 aabb");
	check_nsec3("  1\t0  5   00 ", "1 0 5 00");
}

static void test_metadata(void **state)
{
	struct zone_policy policy = {0};
	char err[256];
	assert_int_equal(policy_set(&policy, "nsec3param", "1 1 3 ab", err), 0);
	assert_int_equal(policy_set(&policy, "NSEC3NARROW", "1", err), 0);
	assert_int_equal(policy_set(&policy, "PUBLISH-CDS", "2, 4,2", err), 0);
	assert_int_equal(policy_set(&policy, "PUBLISH-CDNSKEY", "1", err), 0);
	assert_true(policy.nsec3 && policy.narrow && policy.publish_cdnskey);
	assert_true(policy.nsec3_param.optout);
	assert_int_equal(policy.nsec3_param.iterations, 3);
	assert_int_equal(policy.cds_digest_cnt, 2);
	assert_memory_equal(policy.cds_digest, "\x02\x04", 2);
	assert_false(policy.delete_cds || policy.delete_cdnskey || policy.presigned);
	assert_int_equal(policy_set(&policy, "PUBLISH-CDS", "0", err), 0);
	assert_int_equal(policy_set(&policy, "PUBLISH-CDNSKEY", "0", err), 0);
	assert_int_equal(policy_set(&policy, "PRESIGNED", "1", err), 0);
	assert_true(policy.delete_cds && policy.delete_cdnskey && policy.presigned);
	assert_int_equal(policy.cds_digest_cnt, 0);
	assert_false(policy.publish_cdnskey);
}

static void test_signing(void **state)
{
	struct zone_policy policy = {0};
	char err[256];
	assert_true(policy_is_live(&policy, "live"));
	assert_false(policy_is_live(&policy, "eager"));
	assert_int_equal(policy_set(&policy, "x-ensign-signing", "live", err), 0);
	assert_true(policy_is_live(&policy, "eager"));
	assert_int_equal(policy_set(&policy, "X-ENSIGN-SIGNING", "eager", err), 0);
	assert_false(policy_is_live(&policy, "live"));
	policy = (struct zone_policy){.presigned = true, .signing = POLICY_SIGNING_LIVE};
	assert_false(policy_is_live(&policy, "live"));
	assert_int_equal(policy_set(&policy, "X-OTHER", "x", err), 1);
}

static void test_denial(void **state)
{
	struct zone_policy policy = {.narrow = true};
	char err[256];
	assert_int_equal(policy_denial(&policy, true), POLICY_NSEC); /* no NSEC3PARAM */
	policy.nsec3 = true;
	assert_int_equal(policy_denial(&policy, true), POLICY_NARROW);
	assert_int_equal(policy_denial(&policy, false), POLICY_NSEC3);
	policy.narrow = false;
	assert_int_equal(policy_denial(&policy, true), POLICY_NSEC3);
	assert_int_equal(policy_set(&policy, "X-ENSIGN-DENIAL", "compact", err), 0);
	assert_int_equal(policy_denial(&policy, true), POLICY_COMPACT);
	assert_int_equal(policy_denial(&policy, false), POLICY_NSEC3);
}

static void test_clamp(void **state)
{
	struct zone_policy policy = {.nsec3 = true, .nsec3_param.iterations = 150};
	assert_int_equal(policy_clamp(&policy, 150), 0);
	assert_int_equal(policy_clamp(&policy, 100), 1);
	assert_int_equal(policy.nsec3_param.iterations, 100);
	policy.presigned = true;
	assert_int_equal(policy_clamp(&policy, 50), 0);
	assert_int_equal(policy.nsec3_param.iterations, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_salt_too_long),
		cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_nsec3),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_signing),
		cmocka_unit_test(test_denial),
		cmocka_unit_test(test_clamp),
	};
	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
