/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/dnssec/rollover.h"

#define START UINT64_C(1795600000)

static struct rollover begun(const char *kind)
{
	struct rollover r = {.kind = (uint8_t)rollover_kind_from_text(kind),
		.since_s = START,
		.old_keys = {{1}, 1},
		.new_keys = {{2}, 1}};
	return r;
}

static struct rollover_facts facts_at(uint64_t now_s)
{
	return (struct rollover_facts){.now_s = now_s,
		.dnskey_ttl_s = 900,
		.data_ttl_s = 3600,
		.ds_ttl_s = 1200,
		.propagation_s = 60};
}

/* Over a second after the wait, and not before. */
static void assert_waits(
	struct rollover *r, struct rollover_facts facts, uint64_t from_s, uint64_t wait_s)
{
	uint64_t until_s;
	facts.now_s = from_s + wait_s;
	assert_int_equal(rollover_look(r, &facts, &until_s), ROLLOVER_WAIT);
	assert_int_equal(until_s, from_s + wait_s);
	facts.now_s++;
	assert_int_equal(rollover_look(r, &facts, &until_s), ROLLOVER_STEP);
}

static void a_zsk_is_shown_before_it_signs(void **state)
{
	struct rollover r = begun("zsk");
	assert_int_equal(rollover_new_state(&r), ROLLOVER_SHOWN);
	assert_int_equal(rollover_old_state(&r), ROLLOVER_SIGNS | ROLLOVER_SHOWN);
	assert_true(rollover_can_abort(&r));
	assert_waits(&r, facts_at(START), START, 900 + 60);
	assert_true(rollover_advance(&r, START + 1000));
	assert_string_equal(rollover_step_name(&r), "signing");
	assert_int_equal(rollover_new_state(&r), ROLLOVER_SIGNS | ROLLOVER_SHOWN);
	assert_int_equal(rollover_old_state(&r), ROLLOVER_SHOWN);
	assert_false(rollover_can_abort(&r));
	assert_waits(&r, facts_at(START), START + 1000, 3600 + 60);
	assert_false(rollover_advance(&r, START + 5000));
}

static void a_ksk_waits_for_the_parent(void **state)
{
	struct rollover r = begun("ksk");
	uint64_t until_s;
	assert_false(rollover_asks_parent(&r));
	assert_waits(&r, facts_at(START), START, 900 + 60);
	assert_true(rollover_advance(&r, START + 1000));
	assert_true(rollover_asks_parent(&r));
	struct rollover_facts facts = facts_at(START + 100000);
	assert_int_equal(rollover_look(&r, &facts, &until_s), ROLLOVER_WAIT_PARENT);
	facts.ds_has_new = facts.ds_has_old = true; /* both is good enough */
	assert_int_equal(rollover_look(&r, &facts, &until_s), ROLLOVER_WAIT);
	assert_waits(&r, facts, START + 100000, 1200 + 60);
	facts.ds_has_new = false; /* taken back: begins anew */
	assert_int_equal(rollover_look(&r, &facts, &until_s), ROLLOVER_WAIT_PARENT);
	assert_int_equal(r.since_s, 0);
	assert_false(rollover_advance(&r, START + 200000));
}

static void a_csk_is_shown_until_what_it_signed_has_gone(void **state)
{
	struct rollover r = begun("csk");
	assert_waits(&r, facts_at(START), START, 3600 + 60);
	assert_true(rollover_advance(&r, START));
	assert_true(rollover_advance(&r, START + 7));
	assert_string_equal(rollover_step_name(&r), "retired");
	assert_int_equal(rollover_old_state(&r), ROLLOVER_SHOWN);
	assert_waits(&r, facts_at(START), START + 7, 3600 + 60);
	assert_false(rollover_advance(&r, START));
}

static void an_algorithm_signs_before_it_is_shown(void **state)
{
	struct rollover r = begun("algorithm");
	uint64_t until_s;
	assert_int_equal(rollover_new_state(&r), ROLLOVER_SIGNS);
	assert_waits(&r, facts_at(START), START, 3600 + 60);
	assert_true(rollover_advance(&r, START));
	assert_waits(&r, facts_at(START), START, 900 + 60);
	assert_true(rollover_advance(&r, START));
	struct rollover_facts facts = facts_at(START);
	facts.ds_has_new = facts.ds_has_old = true; /* both is not */
	assert_int_equal(rollover_look(&r, &facts, &until_s), ROLLOVER_WAIT_PARENT);
	facts.ds_has_old = false;
	assert_int_equal(rollover_look(&r, &facts, &until_s), ROLLOVER_WAIT);
	assert_waits(&r, facts, START, 1200 + 60);
	assert_true(rollover_advance(&r, START));
	assert_int_equal(rollover_old_state(&r), ROLLOVER_SIGNS);
	assert_false(rollover_advance(&r, START));
}

static void texts_come_back(void **state)
{
	char text[ROLLOVER_TEXT_MAX];
	struct rollover r = begun("algorithm"), back;
	r.step = 2;
	r.old_keys.id[1] = 18;
	r.old_keys.cnt = 2;
	assert_string_equal(
		rollover_to_text(text, &r), "algorithm parent 1795600000 old=1,18 new=2");
	assert_int_equal(rollover_from_text(&back, text), 0);
	assert_memory_equal(&back, &r, sizeof(r));
}

static void other_texts_are_refused(void **state)
{
	static const char *const bad[] = {"", "zsk", "zsk both 1 old=1 new=2",
		"msk published 1 old=1 new=2", "zsk published x old=1 new=2",
		"zsk published 1 old= new=2", "zsk published 1 old=1, new=2",
		"zsk published 1 old=1 new=a", "zsk published 1 old=1 new=2 more",
		"zsk published 1 old=1 new=1,2,3,4,5,6,7,8,9"};
	struct rollover r;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(rollover_from_text(&r, bad[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zsk_is_shown_before_it_signs),
		cmocka_unit_test(a_ksk_waits_for_the_parent),
		cmocka_unit_test(a_csk_is_shown_until_what_it_signed_has_gone),
		cmocka_unit_test(an_algorithm_signs_before_it_is_shown),
		cmocka_unit_test(texts_come_back),
		cmocka_unit_test(other_texts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
