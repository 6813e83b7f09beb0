/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/dnssec/rollover_policy.h"

#define START  UINT64_C(1795600000)
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void bad_words_are_refused(void **state)
{
	static const struct {
		const char *text, *cause;
	} bad[] = {
		{"zsk-lifetime", "'zsk-lifetime' is none of its words"},
		{"zsk-life=1", "'zsk-life=1' is none of its words"},
		{"zsk-lifetime=", "zsk-lifetime: '' is no number of seconds"},
		{"zsk-lifetime=90d", "'90d' is no number of seconds"},
		{"zsk-lifetime=-1", "'-1' is no number of seconds"},
		{"parent-ttl=1234567890", "is no number of seconds"},
		{"propagation=1 parent-servers=ns.example.com", "'ns.example.com' is no ADDRESS"},
		{"parent-servers=192.0.2.1:", "'192.0.2.1:' is no ADDRESS"},
		{"parent-servers=192.0.2.1:65536", "is no ADDRESS"},
		{"parent-servers=192.0.2.1,,192.0.2.2", "'' is no ADDRESS"},
		{"parent-servers=[192.0.2.1]:53", "is no ADDRESS"},
		{"parent-servers=[2001:db8::1]53", "is no ADDRESS"},
		{"parent-servers=[2001:db8::1", "is no ADDRESS"},
		{"servers=::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1,::1",
			"more than 16 servers"},
	};
	char err[256];
	for (size_t i = 0; i < LEN(bad); i++) {
		struct rollover_policy policy = {0};
		assert_int_equal(rollover_policy_set(&policy, bad[i].text, err), -1);
		assert_non_null(strstr(err, bad[i].cause));
		assert_non_null(strstr(err, "X-ENSIGN-ROLLOVER-POLICY"));
	}
}

static void a_zone_has_its_own_words(void **state)
{
	char err[256];
	struct rollover_policy policy = {.propagation_s = 7};
	policy.parent_servers.cnt = 3;
	assert_int_equal(
		rollover_policy_set(&policy,
			" zsk-lifetime=7776000  parent-ttl=3600 "
			"parent-servers=192.0.2.1,192.0.2.2:5300,2001:db8::1,[2001:db8::2],"
			"[2001:db8::3]:5300",
			err),
		0);
	assert_int_equal(policy.zsk_lifetime_s, 7776000);
	assert_int_equal(policy.parent_ttl_s, 3600);
	assert_int_equal(policy.propagation_s, 7);
	assert_int_equal(policy.parent_servers.cnt, 5);
	assert_string_equal(policy.parent_servers.text[4], "[2001:db8::3]:5300");
	assert_int_equal(rollover_policy_set(&policy, "parent-servers=", err), 0);
	assert_int_equal(policy.parent_servers.cnt, 0);
}

static void settings_are_every_zones(void **state)
{
	static const char text[] =
		"rollover-ksk-lifetime=5\nrollover-parent-servers=192.0.2.1, ::1\n";
	static const char bad[] = "rollover-servers=ns\n";
	char err[512];
	struct settings settings;
	struct rollover_policy policy;
	assert_int_equal(settings_parse(&settings, text, strlen(text), "x", err), 0);
	assert_int_equal(rollover_policy_init(&policy, &settings, err), 0);
	assert_int_equal(policy.ksk_lifetime_s, 5);
	assert_int_equal(policy.zsk_lifetime_s, 0);
	assert_int_equal(policy.parent_servers.cnt, 2);
	settings_deinit(&settings);
	assert_int_equal(settings_parse(&settings, bad, strlen(bad), "x", err), 0);
	assert_int_equal(rollover_policy_init(&policy, &settings, err), -1);
	assert_string_equal(err, "setting rollover-servers: 'ns' is no ADDRESS or ADDRESS:PORT");
	settings_deinit(&settings);
}

static void bad_ages_are_refused(void **state)
{
	static const char *const bad[] = {"", "3", "3 x", "x 3", "3 4 5", "-3 4", "3,4"};
	struct rollover_ages ages = {0};
	for (size_t i = 0; i < LEN(bad); i++)
		assert_int_equal(rollover_ages_add(&ages, bad[i]), -1);
	for (unsigned i = 0; i < KEYSET_KEY_MAX; i++)
		assert_int_equal(rollover_ages_add(&ages, "3 4"), 0);
	assert_int_equal(rollover_ages_add(&ages, "3 4"), -1);
}

static struct key keys[] = {
	{.id = 1, .role = KEY_ROLE_KSK, .active = true},
	{.id = 2, .role = KEY_ROLE_ZSK, .active = true},
	{.id = 3, .role = KEY_ROLE_ZSK},
};
static const struct keyset set = {.key = keys, .key_cnt = LEN(keys)};

static void ages_follow_the_keys(void **state)
{
	struct rollover_ages ages = {0};
	assert_int_equal(rollover_ages_add(&ages, "1 1000"), 0);
	assert_int_equal(rollover_ages_add(&ages, "9 1000"), 0); /* gone; 2 is new, 3 not active */
	assert_true(rollover_ages_update(&ages, &set, START));
	assert_int_equal(ages.cnt, 2);
	assert_int_equal(ages.age[0].since_s, 1000);
	assert_int_equal(ages.age[1].id, 2);
	assert_int_equal(ages.age[1].since_s, START);
	assert_false(rollover_ages_update(&ages, &set, START + 5));
	assert_int_equal(ages.age[1].since_s, START);
}

static void keys_are_due_at_the_end_of_their_lives(void **state)
{
	struct rollover_ages ages = {0};
	struct rollover_policy policy = {.zsk_lifetime_s = 100, .ksk_lifetime_s = 300};
	const struct rollover_policy for_ever = {0};
	assert_true(rollover_ages_update(&ages, &set, START));
	assert_int_equal(rollover_due(&policy, &ages, &set, START + 99), -1);
	assert_int_equal(rollover_due(&policy, &ages, &set, START + 100), ROLLOVER_ZSK);
	assert_int_equal(rollover_due(&policy, &ages, &set, START + 300), ROLLOVER_ZSK);
	policy.zsk_lifetime_s = 0;
	assert_int_equal(rollover_due(&policy, &ages, &set, START + 299), -1);
	assert_int_equal(rollover_due(&policy, &ages, &set, START + 300), ROLLOVER_KSK);
	assert_int_equal(rollover_due(&for_ever, &ages, &set, UINT32_MAX), -1);
}

static void a_csk_lives_as_long_as_a_ksk(void **state)
{
	struct key csk[] = {{.id = 5, .role = KEY_ROLE_CSK, .active = true}};
	const struct keyset alone = {.key = csk, .key_cnt = 1};
	const struct rollover_policy policy = {.zsk_lifetime_s = 1, .ksk_lifetime_s = 300};
	struct rollover_ages ages = {0};
	assert_true(rollover_ages_update(&ages, &alone, START));
	assert_int_equal(rollover_due(&policy, &ages, &alone, START + 299), -1);
	assert_int_equal(rollover_due(&policy, &ages, &alone, START + 300), ROLLOVER_CSK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_words_are_refused),
		cmocka_unit_test(a_zone_has_its_own_words),
		cmocka_unit_test(settings_are_every_zones),
		cmocka_unit_test(bad_ages_are_refused),
		cmocka_unit_test(ages_follow_the_keys),
		cmocka_unit_test(keys_are_due_at_the_end_of_their_lives),
		cmocka_unit_test(a_csk_lives_as_long_as_a_ksk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
