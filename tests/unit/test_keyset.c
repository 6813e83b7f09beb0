/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/keyset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/rrtype.h"

/* A key without key: roles only look at what stands beside it. */
static void add(struct keyset *set, uint8_t algorithm, uint16_t flags, bool active)
{
	struct key key = {.dnskey_len = 4, .active = active, .published = true};
	key_set_identity(&key, flags, algorithm);
	assert_int_equal(keyset_add(set, &key), 0);
}

static void test_set_is_bounded(void **state)
{
	struct keyset set = {0};
	struct key one_more = {.id = 7};
	for (unsigned i = 0; i < KEYSET_KEY_MAX; i++)
		add(&set, 13, 257, true);
	assert_int_equal(keyset_add(&set, &one_more), -1);
	assert_int_equal(one_more.id, 7);
	assert_int_equal(set.key_cnt, KEYSET_KEY_MAX);
	keyset_deinit(&set);
}

static void test_inactive_keys_sign_nothing(void **state)
{
	static const uint16_t type[] = {RRTYPE_A, RRTYPE_DNSKEY, RRTYPE_CDS, RRTYPE_CDNSKEY};
	struct keyset set = {0};
	add(&set, 13, 257, false);
	add(&set, 13, 256, false);
	keyset_assign_roles(&set, false);
	assert_false(keyset_is_signing(&set));
	for (size_t i = 0; i < sizeof(type) / sizeof(type[0]); i++)
		for (unsigned k = 0; k < set.key_cnt; k++)
			assert_false(keyset_key_signs(&set.key[k], type[i]));
	keyset_deinit(&set);
}

/* Flags 257 and 256 of one algorithm only split roles when both have an active key. */
static const struct {
	struct {
		uint8_t algorithm;
		uint16_t flags;
		bool active;
	} key[4];
	enum key_role role[4];
} roles[] = {
	{{{13, 257, true}}, {KEY_ROLE_CSK}},
	{{{13, 256, true}}, {KEY_ROLE_CSK}},
	{{{13, 257, true}, {13, 256, true}}, {KEY_ROLE_KSK, KEY_ROLE_ZSK}},
	{{{13, 257, true}, {13, 256, false}}, {KEY_ROLE_CSK, KEY_ROLE_CSK}},
	{{{13, 257, false}, {13, 256, true}}, {KEY_ROLE_CSK, KEY_ROLE_CSK}},
	{{{13, 257, true}, {8, 256, true}}, {KEY_ROLE_CSK, KEY_ROLE_CSK}},
	{{{13, 257, true}, {13, 256, true}, {8, 257, true}, {13, 257, false}},
		{KEY_ROLE_KSK, KEY_ROLE_ZSK, KEY_ROLE_CSK, KEY_ROLE_KSK}},
};

static void test_roles(void **state)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct keyset set = {0};
		for (unsigned k = 0; k < 4 && roles[i].key[k].algorithm; k++)
			add(&set, roles[i].key[k].algorithm, roles[i].key[k].flags,
				roles[i].key[k].active);
		keyset_assign_roles(&set, false);
		for (unsigned k = 0; k < set.key_cnt; k++)
			assert_int_equal(set.key[k].role, roles[i].role[k]);
		keyset_deinit(&set);
	}
}

static void test_who_signs_what(void **state)
{
	static const struct {
		enum key_role role;
		bool dnskey, cds, other, entry;
	} row[] = {
		{KEY_ROLE_KSK, true, true, false, true},
		{KEY_ROLE_ZSK, false, true, true, false},
		{KEY_ROLE_CSK, true, true, true, true},
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct key key = {.active = true, .published = true, .role = row[i].role};
		assert_int_equal(keyset_key_signs(&key, RRTYPE_DNSKEY), row[i].dnskey);
		assert_int_equal(keyset_key_signs(&key, RRTYPE_CDS), row[i].cds);
		assert_int_equal(keyset_key_signs(&key, RRTYPE_CDNSKEY), row[i].cds);
		assert_int_equal(keyset_key_signs(&key, RRTYPE_SOA), row[i].other);
		assert_int_equal(keyset_key_signs(&key, RRTYPE_NSEC3), row[i].other);
		assert_int_equal(keyset_key_is_entry(&key), row[i].entry);
		key.published = false;
		assert_false(keyset_key_is_entry(&key));
		assert_int_equal(keyset_key_signs(&key, RRTYPE_SOA), row[i].other);
	}
}

/* RSASHA1 says in its number whether the zone has NSEC3, and the key tag follows. */
static void test_rsasha1_number(void **state)
{
	struct keyset set = {0};
	add(&set, 5, 257, true);
	add(&set, 7, 256, true);
	add(&set, 8, 256, true);
	uint16_t tag = set.key[0].tag;
	keyset_assign_roles(&set, true);
	assert_int_equal(set.key[0].algorithm, 7);
	assert_int_equal(set.key[1].algorithm, 7);
	assert_int_equal(set.key[2].algorithm, 8);
	assert_int_equal(set.key[0].tag, tag + 2);
	assert_int_equal(set.key[0].role, KEY_ROLE_KSK);
	keyset_assign_roles(&set, false);
	assert_int_equal(set.key[0].algorithm, 5);
	assert_int_equal(set.key[1].algorithm, 5);
	assert_int_equal(set.key[0].tag, tag);
	keyset_deinit(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_is_bounded),
		cmocka_unit_test(test_inactive_keys_sign_nothing),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_who_signs_what),
		cmocka_unit_test(test_rsasha1_number),
	};
	return cmocka_run_group_tests_name("keyset", tests, NULL, NULL);
}
