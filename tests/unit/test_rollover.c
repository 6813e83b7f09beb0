/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/dnssec/rollover.h"

#define START  UINT64_C(1795600000)
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct rollover_facts quiet = {.now_s = START,
	.dnskey_ttl_s = 900,
	.data_ttl_s = 3600,
	.ds_ttl_s = 1200,
	.zone_propagation_s = 60,
	.parent_propagation_s = 30,
	.is_served = true,
	.ds_has_old = true};

static struct rollover begun(const char *kind)
{
	return (struct rollover){.kind = (uint8_t)rollover_kind_from_text(kind),
		.old_keys = {{1}, 1},
		.new_keys = {{2}, 1}};
}

static struct rollover at_step(const char *kind, const char *step)
{
	struct rollover r = begun(kind);
	while (strcmp(rollover_step_name(&r), step) != 0)
		assert_true(rollover_advance(&r));
	return r;
}

/* ---- every step: what keys do, and what it waits for ------------------------------------------
 */

#define S ROLLOVER_SIGNS
#define P ROLLOVER_SHOWN

/* The event: what the parent has. */
enum parent { OLD, OLD_AND_NEW, NEW, NOTHING };

static const struct row {
	const char *kind, *step;
	unsigned old_state, new_state;
	enum parent parent;
	int waits_s; /* -1: for the parent */
	const char *next;
	const char *hidden; /* of the CDS: "old" or "new" */
} rows[] = {
	{"zsk", "published", S | P, P, OLD, 960, "signing", "new"},
	{"zsk", "signing", P, S | P, OLD, 3660, "", "old"},
	{"ksk", "both", S | P, S | P, OLD, 960, "parent", "new"},
	{"ksk", "parent", S | P, S | P, OLD, -1, "parent", "old"},
	{"ksk", "parent", S | P, S | P, NOTHING, -1, "parent", "old"},
	{"ksk", "parent", S | P, S | P, OLD_AND_NEW, 1230, "", "old"},
	{"ksk", "parent", S | P, S | P, NEW, 1230, "", "old"},
	{"csk", "both", S | P, S | P, OLD, 3660, "parent", "new"},
	{"csk", "parent", S | P, S | P, OLD, -1, "parent", "old"},
	{"csk", "parent", S | P, S | P, OLD_AND_NEW, 1230, "retired", "old"},
	{"csk", "parent", S | P, S | P, NEW, 1230, "retired", "old"},
	{"csk", "retired", P, S | P, NEW, 3660, "", "old"},
	{"algorithm", "signed", S | P, S, OLD, 3660, "published", "new"},
	{"algorithm", "published", S | P, S | P, OLD, 960, "parent", "new"},
	{"algorithm", "parent", S | P, S | P, OLD, -1, "parent", "old"},
	{"algorithm", "parent", S | P, S | P, OLD_AND_NEW, -1, "parent", "old"},
	{"algorithm", "parent", S | P, S | P, NOTHING, -1, "parent", "old"},
	{"algorithm", "parent", S | P, S | P, NEW, 1230, "withdrawn", "old"},
	{"algorithm", "withdrawn", S, S | P, NEW, 960, "", "old"},
};

static struct rollover_facts facts_of(const struct row *row)
{
	struct rollover_facts facts = quiet;
	facts.ds_has_old = row->parent == OLD || row->parent == OLD_AND_NEW;
	facts.ds_has_new = row->parent == NEW || row->parent == OLD_AND_NEW;
	return facts;
}

/* Over a second after the wait, and not before. */
static void assert_waits(struct rollover *r, struct rollover_facts facts, int wait_s)
{
	if (wait_s < 0) {
		assert_int_equal(rollover_look(r, &facts), ROLLOVER_WAIT_PARENT);
		assert_int_equal(rollover_until(r, &facts), 0);
		return;
	}
	assert_int_equal(rollover_look(r, &facts), ROLLOVER_WAIT);
	assert_int_equal(r->since_s, facts.now_s);
	assert_int_equal(rollover_until(r, &facts), facts.now_s + (uint64_t)wait_s);
	facts.now_s += (uint64_t)wait_s;
	assert_int_equal(rollover_look(r, &facts), ROLLOVER_WAIT);
	facts.now_s++;
	assert_int_equal(rollover_look(r, &facts), ROLLOVER_STEP);
}

static void each_step_waits_for_what_is_cached(void **state)
{
	for (size_t i = 0; i < LEN(rows); i++) {
		struct rollover r = at_step(rows[i].kind, rows[i].step);
		assert_int_equal(rollover_old_state(&r), rows[i].old_state);
		assert_int_equal(rollover_new_state(&r), rows[i].new_state);
		assert_int_equal(rollover_hides(&r, 1), !strcmp(rows[i].hidden, "old"));
		assert_int_equal(rollover_hides(&r, 2), !strcmp(rows[i].hidden, "new"));
		assert_waits(&r, facts_of(&rows[i]), rows[i].waits_s);
		if (rows[i].waits_s < 0)
			continue;
		assert_int_equal(rollover_advance(&r), rows[i].next[0] != '\0');
		if (rows[i].next[0])
			assert_string_equal(rollover_step_name(&r), rows[i].next);
	}
}

static void no_key_is_ever_missing(void **state)
{
	for (size_t i = 0; i < LEN(rows); i++) {
		struct rollover r = at_step(rows[i].kind, rows[i].step);
		unsigned both = rollover_old_state(&r) | rollover_new_state(&r);
		assert_int_equal(both, S | P);
	}
}

static void time_counts_from_when_it_is_served(void **state)
{
	struct rollover r = begun("zsk");
	struct rollover_facts facts = quiet;
	facts.is_served = false;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT_SERVED);
	facts.now_s += 100000;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT_SERVED);
	assert_int_equal(r.since_s, 0);
	facts.is_served = true;
	assert_waits(&r, facts, 960);
}

static void a_lowered_ttl_empties_no_cache(void **state)
{
	struct rollover r = begun("zsk");
	struct rollover_facts facts = quiet;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT);
	facts.dnskey_ttl_s = 5;
	assert_waits(&r, facts, 960);
	facts.dnskey_ttl_s = 9000; /* and a raised one counts */
	facts.now_s = START + 5000;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT);
	assert_int_equal(rollover_until(&r, &facts), START + 9060);
}

static void the_old_ds_ttl_is_noted_before_it_goes(void **state)
{
	struct rollover r = at_step("ksk", "parent");
	struct rollover_facts facts = quiet;
	facts.ds_ttl_s = 86400;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT_PARENT);
	facts.ds_ttl_s = 300;
	facts.ds_has_new = true;
	assert_waits(&r, facts, 86400 + 30);
}

static void a_parent_that_changes_its_mind_begins_anew(void **state)
{
	struct rollover r = at_step("ksk", "parent");
	struct rollover_facts facts = quiet;
	facts.ds_has_new = true;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT);
	facts.ds_has_new = false;
	facts.now_s += 600;
	assert_int_equal(rollover_look(&r, &facts), ROLLOVER_WAIT_PARENT);
	facts.ds_has_new = true;
	assert_waits(&r, facts, 1230);
}

/* ---- giving up ------------------------------------------------------------------------------- */

static void what_is_relied_on_goes_back_by_steps(void **state)
{
	static const struct {
		const char *kind, *step, *back; /* "": new keys go at once */
	} table[] = {
		{"zsk", "published", ""},
		{"zsk", "signing", "signing"},
		{"ksk", "both", ""},
		{"ksk", "parent", "parent"},
		{"csk", "both", ""},
		{"csk", "parent", "parent"},
		{"csk", "retired", "both"},
		{"algorithm", "signed", ""},
		{"algorithm", "published", "withdrawn"},
		{"algorithm", "parent", "parent"},
		{"algorithm", "withdrawn", "published"},
	};
	for (size_t i = 0; i < LEN(table); i++) {
		struct rollover r = at_step(table[i].kind, table[i].step);
		r.since_s = START;
		r.ttl_s = 5;
		assert_int_equal(rollover_turn_back(&r), table[i].back[0] != '\0');
		if (!table[i].back[0])
			continue;
		assert_string_equal(rollover_step_name(&r), table[i].back);
		assert_int_equal(r.old_keys.id[0], 2);
		assert_int_equal(r.new_keys.id[0], 1);
		assert_true(r.since_s == 0 && r.ttl_s == 0);
	}
}

/* ---- texts ----------------------------------------------------------------------------------- */

static void texts_come_back(void **state)
{
	char text[ROLLOVER_TEXT_MAX];
	struct rollover r = at_step("algorithm", "parent"), back;
	r.since_s = START;
	r.ttl_s = 1200;
	r.old_keys.id[1] = 18;
	r.old_keys.cnt = 2;
	assert_string_equal(rollover_to_text(text, &r),
		"algorithm parent since=1795600000 ttl=1200 old=1,18 new=2");
	assert_int_equal(rollover_from_text(&back, text), 0);
	assert_memory_equal(&back, &r, sizeof(r));
}

static void the_longest_text_has_room(void **state)
{
	char text[ROLLOVER_TEXT_MAX];
	struct rollover r = at_step("algorithm", "published"), back;
	r.since_s = UINT64_MAX;
	r.ttl_s = UINT32_MAX;
	for (r.old_keys.cnt = 0; r.old_keys.cnt < ROLLOVER_KEY_MAX; r.old_keys.cnt++)
		r.old_keys.id[r.old_keys.cnt] = UINT64_MAX - r.old_keys.cnt;
	r.new_keys = r.old_keys;
	assert_int_equal(rollover_from_text(&back, rollover_to_text(text, &r)), 0);
	assert_memory_equal(&back, &r, sizeof(r));
}

static void other_texts_are_refused(void **state)
{
	static const char *const bad[] = {"", "zsk", "zsk both since=1 ttl=1 old=1 new=2",
		"msk published since=1 ttl=1 old=1 new=2", "zsk published 1 ttl=1 old=1 new=2",
		"zsk published since=x ttl=1 old=1 new=2", "zsk published since=1 old=1 new=2",
		"zsk published since=1 ttl=1 old= new=2",
		"zsk published since=1 ttl=1 old=1, new=2",
		"zsk published since=1 ttl=1 old=1 new=a",
		"zsk published since=1 ttl=1 old=1 new=-2",
		"zsk published since=1 ttl=1 old=1 new=2 more",
		"zsk published since=1 ttl=1 old=1 new=1,2,3,4,5,6,7,8,9"};
	struct rollover r;
	for (size_t i = 0; i < LEN(bad); i++)
		assert_int_equal(rollover_from_text(&r, bad[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_waits_for_what_is_cached),
		cmocka_unit_test(no_key_is_ever_missing),
		cmocka_unit_test(time_counts_from_when_it_is_served),
		cmocka_unit_test(a_lowered_ttl_empties_no_cache),
		cmocka_unit_test(the_old_ds_ttl_is_noted_before_it_goes),
		cmocka_unit_test(a_parent_that_changes_its_mind_begins_anew),
		cmocka_unit_test(what_is_relied_on_goes_back_by_steps),
		cmocka_unit_test(texts_come_back),
		cmocka_unit_test(the_longest_text_has_room),
		cmocka_unit_test(other_texts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
