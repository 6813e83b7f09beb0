/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache: what is not found, which week's signature is, what is written of it, what goes when
 * room is wanted and what stays, and that no insert does more than a bounded amount of work. The
 * oracle is a plain array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/sigcache_fixture.h"
#include "tests/unit/sigring_fixture.h"

#define HOUR_S 3600U

static struct counters counters;
static char err[256];

static struct sigcache *cache_new(uint64_t len)
{
	memset(&counters, 0, sizeof(counters));
	struct sigcache *cache = sigcache_new(len, &counters, err);
	if (!cache)
		fail_msg("%s", err);
	sigcache_set_time(cache, TEST_TIME);
	return cache;
}

static void insert(struct sigcache *cache, uint64_t n, uint32_t week)
{
	struct sig sig;
	sigcache_fixture_sig(&sig, sigcache_fixture_key(n), week, 1, 64);
	assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, false), 0);
}

/* Asserts that the entry holds what was inserted. */
static void assert_holds(
	const struct sigcache *cache, const struct sigcache_entry *entry, const struct sig *sig)
{
	uint8_t got[TEST_SIGS_LEN_MAX + 1], expected[TEST_SIGS_LEN_MAX];
	unsigned len = sigcache_fixture_expected(sig, 0xc00c, expected);
	assert_int_equal(sigcache_cnt(entry), sig->resp.sig_cnt);
	assert_int_equal(sigcache_len(entry, 2), len);
	got[len] = 0xa5;
	assert_ptr_equal(sigcache_write(cache, entry, got, 0xc00c, TEST_APEX), got + len);
	assert_memory_equal(got, expected, len);
	assert_int_equal(got[len], 0xa5);
}

/* ---- not found ----------------------------------------------------------------------------- */

static void an_empty_cache_has_nothing(void **state)
{
	struct sigcache *cache = cache_new(0);
	const struct sig_key zero = {{0}};
	for (unsigned n = 0; n < 1000; n++)
		assert_int_equal(sigcache_fixture_week(cache, n), 0);
	assert_null(sigcache_find(cache, zero).entry);
	assert_int_equal(sigcache_used(cache), 0);
	assert_int_equal(counter_get(&counters, COUNTER_SIG_MISSES), 1001);
	sigcache_free(cache);
	assert_null(sigcache_free(NULL));
}

/* Keys that agree in the bits for bucket and tag. */
static void the_whole_key_counts(void **state)
{
	struct sigcache *cache = cache_new(0);
	insert(cache, 1, TEST_WEEK);
	struct sig_key key = sigcache_fixture_key(1);
	assert_non_null(sigcache_find(cache, key).entry);
	key.v[1] ^= UINT64_C(1) << 63;
	assert_null(sigcache_find(cache, key).entry);
	key.v[1] ^= UINT64_C(1) << 63;
	key.v[0] ^= 1;
	assert_null(sigcache_find(cache, key).entry);
	sigcache_free(cache);
}

static void a_tag_of_zero_is_one(void **state)
{
	struct sigcache *cache = cache_new(0);
	struct sig sig;
	struct sig_key key = {{5, UINT64_C(7) << 32}};
	assert_null(sigcache_find(cache, key).entry);
	sigcache_fixture_sig(&sig, key, TEST_WEEK, 1, 64);
	assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, true), 0);
	assert_holds(cache, sigcache_find(cache, key).entry, &sig);
	sigcache_free(cache);
}

static void populating_changes_nothing(void **state)
{
	struct sigcache *cache = cache_new(8 << 20);
	for (unsigned n = 0; n < 1000; n++)
		insert(cache, n, TEST_WEEK);
	assert_int_equal(sigcache_populate(cache), 0);
	for (unsigned n = 0; n < 1000; n++)
		assert_int_equal(sigcache_fixture_week(cache, n), TEST_WEEK);
	assert_int_equal(sigcache_populate(cache), 0);
	assert_int_equal(sigcache_memory(cache), 8 << 20);
	sigcache_free(cache);
}

static void no_room_for_a_cache_is_an_error(void **state)
{
	assert_null(sigcache_new(UINT64_C(1) << 60, &counters, err));
	assert_string_equal(err, "no memory for the signature cache: Cannot allocate memory");
}

/* ---- weeks --------------------------------------------------------------------------------- */

/* Of the weeks in the cache, which one serves. Offsets from TEST_WEEK, the current one. */
static void this_week_then_next_then_last(void **state)
{
	static const struct {
		int8_t have[3]; /* 9 = none */
		int8_t found;	/* 9 = none */
	} rows[] = {
		{{-3, 9, 9}, 9},
		{{-2, 9, 9}, 9},
		{{2, 9, 9}, 9}, /* not valid yet */
		{{4, 9, 9}, 9}, /* the same low bits as this week */
		{{-4, 9, 9}, 9},
		{{-1, 9, 9}, -1},
		{{0, 9, 9}, 0},
		{{1, 9, 9}, 1},
		{{-1, 0, 9}, 0},
		{{0, -1, 9}, 0},
		{{0, 1, 9}, 0},
		{{1, 0, 9}, 0},
		{{-1, 1, 9}, 1},
		{{1, -1, 9}, 1},
		{{-1, 0, 1}, 0},
		{{1, 0, -1}, 0},
		{{2, 0, 9}, 0},
		{{0, 2, 9}, 0},
		{{-2, -1, 9}, -1},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sigcache *cache = cache_new(0);
		for (unsigned k = 0; k < 3; k++)
			if (rows[i].have[k] != 9)
				insert(cache, 1, TEST_WEEK + (uint32_t)rows[i].have[k]);
		uint32_t wanted = rows[i].found == 9 ? 0 : TEST_WEEK + (uint32_t)rows[i].found;
		if (sigcache_fixture_week(cache, 1) != wanted)
			fail_msg("row %u", i);
		sigcache_free(cache);
	}
}

static void the_window_in_the_signature_counts(void **state)
{
	static const struct {
		int32_t inception, expiration; /* from now */
		bool found;
	} rows[] = {
		{1, 99999, false},
		{0, 99999, true},
		{-99999, (int32_t)HOUR_S, false},
		{-99999, (int32_t)HOUR_S + 1, true},
		{-99999, 0, false},
		{-99999, -1, false},
		{99999, -99999, false},
	};
	for (int week = -1; week <= 1; week++) {
		for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct sigcache *cache = cache_new(0);
			struct sig sig;
			struct sig_key key = sigcache_fixture_key(i);
			sigcache_fixture_sig(&sig, key, TEST_WEEK + (uint32_t)week, 1, 64);
			sigring_fixture_times(sig.payload, 1, 64,
				(uint32_t)TEST_TIME + (uint32_t)rows[i].inception,
				(uint32_t)TEST_TIME + (uint32_t)rows[i].expiration);
			assert_int_equal(
				sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, false), 0);
			assert_int_equal(sigcache_find(cache, key).entry != NULL, rows[i].found);
			sigcache_free(cache);
		}
	}
}

/* One signature through the weeks, and the clock set to and fro. */
static void the_clock_may_step(void **state)
{
	struct sigcache *cache = cache_new(0);
	insert(cache, 1, TEST_WEEK);
	static const struct {
		int64_t now_s; /* from TEST_TIME */
		bool found;
	} rows[] = {
		{0, true},
		{SIG_WEEK_S - 1, true},
		{SIG_WEEK_S, true}, /* the jump */
		{2 * SIG_WEEK_S - HOUR_S - 1, true},
		{2 * SIG_WEEK_S - HOUR_S, false}, /* expires */
		{2 * SIG_WEEK_S, false},
		{-1, true}, /* before its week, but valid */
		{-(int64_t)SIG_WEEK_S, true},
		{-(int64_t)SIG_WEEK_S - 1, false}, /* before its inception */
		{-(int64_t)TEST_TIME, false},	   /* no clock at all */
		{INT64_C(4) * SIG_WEEK_S, false},
		{10, true},
	};
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sigcache_set_time(cache, TEST_TIME + (uint64_t)rows[i].now_s);
		if ((sigcache_fixture_week(cache, 1) == TEST_WEEK) != rows[i].found)
			fail_msg("row %u", i);
	}
	sigcache_free(cache);
}

static void a_later_signature_of_a_week_replaces_the_first(void **state)
{
	struct sigcache *cache = cache_new(0);
	struct sig sig;
	insert(cache, 1, TEST_WEEK);
	sigcache_fixture_sig(&sig, sigcache_fixture_key(1), TEST_WEEK, 2, 100);
	assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, false), 0);
	assert_holds(cache, sigcache_find(cache, sig.resp.key).entry, &sig);
	assert_int_equal(sigcache_used(cache), 3);
	sigcache_free(cache);
}

static void this_week_replaces_last_week(void **state)
{
	struct sigcache *cache = cache_new(0);
	insert(cache, 1, TEST_WEEK);
	insert(cache, 1, TEST_WEEK + 1);
	assert_int_equal(sigcache_used(cache), 2); /* both: this week's is found until it ends */
	sigcache_set_time(cache, TEST_TIME + SIG_WEEK_S);
	assert_int_equal(sigcache_fixture_week(cache, 1), TEST_WEEK + 1);
	insert(cache, 1, TEST_WEEK + 2);
	assert_int_equal(sigcache_used(cache), 3);
	sigcache_set_time(cache, TEST_TIME + 2 * SIG_WEEK_S);
	insert(cache, 1, TEST_WEEK + 2);
	assert_int_equal(sigcache_used(cache), 1);
	sigcache_free(cache);
}

/* Finds it as a burst does; the spot of the first step. */
static bool find_in_steps(struct sigcache *cache, uint64_t n)
{
	struct sig_key key = sigcache_fixture_key(n);
	struct sigcache_spot spot;
	bool recalled = sigcache_recall(cache, key, &spot);
	if (!recalled) {
		sigcache_prefetch(cache, key, &spot);
		sigcache_prefetch_entry(cache, key, &spot);
	}
	assert_ptr_equal(
		sigcache_find_at(cache, key, &spot).entry, sigcache_find(cache, key).entry);
	return recalled;
}

static void find_often(struct sigcache *cache, uint64_t n)
{
	for (unsigned i = 0; i < 4; i++)
		find_in_steps(cache, n);
}

/* What is found over and over is recalled, until something may have changed; its hits count. */
static void what_is_found_often_is_recalled(void **state)
{
	struct sigcache *cache = cache_new(0);
	struct sigcache_spot spot;
	assert_false(sigcache_recall(cache, sigcache_fixture_key(1), &spot));
	insert(cache, 1, TEST_WEEK);
	assert_false(find_in_steps(cache, 1));
	find_often(cache, 1);
	assert_true(find_in_steps(cache, 1));
	uint64_t hits = counter_get(&counters, COUNTER_SIG_HITS);
	find_in_steps(cache, 1);
	assert_int_equal(counter_get(&counters, COUNTER_SIG_HITS), hits + 2);
	insert(cache, 2, TEST_WEEK);
	assert_false(find_in_steps(cache, 1));
	find_often(cache, 1);
	assert_true(find_in_steps(cache, 1));
	sigcache_set_time(cache, TEST_TIME + 1);
	assert_false(find_in_steps(cache, 1));
	sigcache_free(cache);
}

/* Last week's signature leaves something to be wished for: it is looked at each time. */
static void an_old_signature_is_not_recalled(void **state)
{
	struct sigcache *cache = cache_new(0);
	insert(cache, 1, TEST_WEEK - 1);
	find_often(cache, 1);
	assert_false(find_in_steps(cache, 1));
	sigcache_free(cache);
}

/* ---- refreshes ----------------------------------------------------------------------------- */

static uint32_t refresh_week(struct sigcache *cache, uint64_t n)
{
	return sigcache_find(cache, sigcache_fixture_key(n)).refresh_week;
}

static void nothing_is_refreshed_unless_allowed(void **state)
{
	struct sigcache *cache = cache_new(0);
	insert(cache, 1, TEST_WEEK - 1);
	assert_int_equal(refresh_week(cache, 1), 0);
	sigcache_allow_refreshes(cache, 2);
	assert_int_equal(refresh_week(cache, 2), 0); /* a miss takes none of it */
	assert_int_equal(refresh_week(cache, 1), TEST_WEEK);
	assert_int_equal(refresh_week(cache, 1), TEST_WEEK);
	assert_int_equal(refresh_week(cache, 1), 0);
	sigcache_free(cache);
}

static void what_is_wanted_ahead_at(
	struct sigcache *cache, uint64_t now_s, unsigned cnt, unsigned *wanted)
{
	sigcache_set_time(cache, now_s);
	*wanted = 0;
	for (unsigned n = 0; n < cnt; n++) {
		sigcache_allow_refreshes(cache, 1);
		uint32_t week = refresh_week(cache, n);
		assert_true(!week || week == TEST_WEEK + 1);
		*wanted += week != 0;
	}
}

/* From six hours before the jump to half an hour before it, evenly. */
static void next_week_is_wanted_ahead(void **state)
{
	const unsigned cnt = 2000;
	const uint64_t end = TEST_TIME + SIG_WEEK_S;
	struct sigcache *cache = cache_new(8 << 20);
	unsigned wanted;
	for (unsigned n = 0; n < cnt; n++)
		insert(cache, n, TEST_WEEK);
	what_is_wanted_ahead_at(cache, TEST_TIME, cnt, &wanted);
	assert_int_equal(wanted, 0);
	what_is_wanted_ahead_at(cache, end - SIG_AHEAD_S, cnt, &wanted);
	assert_int_equal(wanted, 0);
	for (unsigned i = 1; i < 10; i++) {
		what_is_wanted_ahead_at(
			cache, end - SIG_AHEAD_S + i * SIG_AHEAD_SPREAD_S / 10, cnt, &wanted);
		assert_in_range(wanted, cnt * i / 10 - cnt / 20, cnt * i / 10 + cnt / 20);
	}
	what_is_wanted_ahead_at(cache, end - SIG_AHEAD_S + SIG_AHEAD_SPREAD_S, cnt, &wanted);
	assert_int_equal(wanted, cnt);
	/* what has come is not wanted again, and not given out before the week begins */
	for (unsigned n = 0; n < cnt / 2; n++)
		insert(cache, n, TEST_WEEK + 1);
	what_is_wanted_ahead_at(cache, end - 1, cnt, &wanted);
	assert_int_equal(wanted, cnt / 2);
	assert_int_equal(sigcache_fixture_week(cache, 0), TEST_WEEK);
	what_is_wanted_ahead_at(cache, end, cnt, &wanted); /* now of the rest, with less hurry */
	assert_int_equal(wanted, cnt / 2);
	assert_int_equal(sigcache_fixture_week(cache, 0), TEST_WEEK + 1);
	assert_int_equal(sigcache_fixture_week(cache, cnt - 1), TEST_WEEK);
	assert_int_equal(counter_get(&counters, COUNTER_SIG_EVICTIONS), 0);
	sigcache_free(cache);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void every_size_is_written(void **state)
{
	struct sigcache *cache = cache_new(1 << 20);
	for (unsigned cnt = 1; cnt <= SIG_CNT_MAX; cnt++) {
		for (unsigned sig_len = 1; cnt * (sig_len + SIG_FIXED_LEN) <= SIG_PAYLOAD_MAX;
			sig_len++) {
			struct sig sig;
			sigcache_fixture_sig(&sig, sigcache_fixture_key(sig_len * 16 + cnt),
				TEST_WEEK, cnt, sig_len);
			assert_int_equal(
				sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, false), 0);
			assert_holds(cache, sigcache_find(cache, sig.resp.key).entry, &sig);
		}
	}
	sigcache_free(cache);
}

static void an_owner_may_be_written_in_full(void **state)
{
	static const uint8_t owner[] = "\3www\4test";
	struct sigcache *cache = cache_new(0);
	struct sig sig;
	uint8_t got[1024], expected[1024];
	sigcache_fixture_sig(&sig, sigcache_fixture_key(1), TEST_WEEK, 1, 64);
	assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, false), 0);
	const struct sigcache_entry *entry = sigcache_find(cache, sig.resp.key).entry;
	unsigned len = sigcache_fixture_expected(&sig, 0, expected);
	assert_int_equal(sigcache_len(entry, sizeof(owner)), len - 2 + sizeof(owner));
	uint8_t *end = sigcache_write_far(cache, entry, got, owner, sizeof(owner), TEST_APEX);
	assert_int_equal(end - got, len - 2 + sizeof(owner));
	assert_memory_equal(got, owner, sizeof(owner));
	assert_memory_equal(got + sizeof(owner), expected + 2, len - 2);
	sigcache_free(cache);
}

/* ---- eviction ------------------------------------------------------------------------------ */

/* Filled to nine tenths, next to nothing is lost to buckets that are full before the others. */
static void a_cache_can_be_filled(void **state)
{
	struct sigcache *cache = cache_new(4 << 20);
	uint32_t cnt = sigcache_capacity(cache) / 10 * 9, lost = 0;
	assert_in_range(sigcache_capacity(cache), (4 << 20) / 152, (4 << 20) / 149);
	for (uint32_t n = 0; n < cnt; n++)
		insert(cache, n, TEST_WEEK);
	for (uint32_t n = 0; n < cnt; n++)
		lost += sigcache_fixture_week(cache, n) == 0;
	assert_true(lost <= cnt / 400);
	assert_int_equal(counter_get(&counters, COUNTER_SIG_EVICTIONS), lost);
	assert_int_equal(sigcache_used(cache), cnt - lost);
	sigcache_free(cache);
}

/* A flood of names nobody asks for twice, several times what the cache holds. */
static void what_is_used_stays(void **state)
{
	struct sigcache *cache = cache_new(1 << 20);
	const uint32_t capacity = sigcache_capacity(cache), used_cnt = capacity / 4;
	uint64_t flood = 1000000, lost = 0;
	for (uint32_t n = 0; n < used_cnt; n++)
		insert(cache, n, TEST_WEEK);
	for (unsigned round = 0; round < 50; round++) {
		for (uint32_t n = 0; n < used_cnt; n++) {
			if (!sigcache_fixture_week(cache, n)) {
				lost++;
				insert(cache, n, TEST_WEEK);
			}
		}
		for (uint32_t i = 0; i < capacity / 5; i++, flood++) {
			struct sig sig;
			sigcache_fixture_sig(&sig, sigcache_fixture_key(flood), TEST_WEEK, 1, 64);
			assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, true), 0);
			/* the message that waited */
			assert_non_null(sigcache_find(cache, sig.resp.key).entry);
		}
	}
	print_message("# lost %u of %u\n", (unsigned)lost, used_cnt);
	/* 10 times the capacity went through; full buckets cost a little */
	assert_true(lost < used_cnt / 20);
	sigcache_free(cache);
}

/* Made ahead in a full cache: this week's goes for it, nothing else does. */
static void a_refresh_pushes_nobody_out(void **state)
{
	struct sigcache *cache = cache_new(1 << 20);
	uint32_t cnt = 0, lost = 0;
	while (sigcache_used(cache) < sigcache_capacity(cache))
		insert(cache, cnt++, TEST_WEEK);
	uint64_t before = counter_get(&counters, COUNTER_SIG_EVICTIONS);
	sigcache_set_time(cache, TEST_TIME + SIG_WEEK_S - HOUR_S);
	for (uint32_t n = 0; n < cnt; n++) {
		if (!sigcache_fixture_week(cache, n)) {
			lost++;
			continue;
		}
		insert(cache, n, TEST_WEEK + 1);
		assert_int_equal(sigcache_fixture_week(cache, n), TEST_WEEK + 1);
	}
	assert_int_equal(lost, before);
	assert_int_equal(counter_get(&counters, COUNTER_SIG_EVICTIONS), before);
	sigcache_free(cache);
}

/* One that is not valid yet may not do that. */
static void a_refresh_too_early_replaces_nothing(void **state)
{
	struct sigcache *cache = cache_new(1 << 20);
	struct sig sig;
	uint32_t cnt = 0;
	while (sigcache_used(cache) < sigcache_capacity(cache))
		insert(cache, cnt++, TEST_WEEK);
	assert_int_equal(sigcache_fixture_week(cache, cnt - 1), TEST_WEEK);
	sigcache_fixture_sig(&sig, sigcache_fixture_key(cnt - 1), TEST_WEEK + 1, 1, 64);
	sigring_fixture_times(sig.payload, 1, 64, (uint32_t)TEST_TIME + 1, UINT32_MAX / 2);
	assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, false), 0);
	assert_int_equal(sigcache_fixture_week(cache, cnt - 1), TEST_WEEK);
	sigcache_free(cache);
}

static void old_weeks_go_first(void **state)
{
	struct sigcache *cache = cache_new(1 << 20);
	uint32_t old_cnt = sigcache_capacity(cache) / 2, cnt, lost = 0;
	for (uint32_t n = 0; n < old_cnt; n++) {
		insert(cache, n, TEST_WEEK);
		(void)sigcache_find(cache, sigcache_fixture_key(n));
	}
	sigcache_set_time(cache, TEST_TIME + 3 * SIG_WEEK_S);
	for (cnt = 0; cnt < sigcache_capacity(cache) * 9 / 10; cnt++) {
		insert(cache, 100000 + cnt, TEST_WEEK + 3);
		(void)sigcache_find(cache, sigcache_fixture_key(100000 + cnt));
	}
	for (uint32_t n = 0; n < cnt; n++)
		lost += !sigcache_fixture_week(cache, 100000 + n);
	assert_true(lost < cnt / 100);
	sigcache_free(cache);
}

/* ---- work ---------------------------------------------------------------------------------- */

/* Whatever is inserted, of whatever size, everything marked as used or nothing. */
static void an_insert_takes_a_bounded_number_of_steps(void **state)
{
	struct sigcache *cache = cache_new(1 << 20);
	uint64_t random = 1, steps = 0;
	unsigned max = 0, cnt = 200000;
	for (unsigned i = 0; i < cnt; i++) {
		uint64_t r = sigring_fixture_random(&random);
		struct sig sig;
		bool large = (i / 20000) % 2 && r % 8 == 0;
		sigcache_fixture_sig(&sig, sigcache_fixture_key(r >> 8 & 0xffff), TEST_WEEK,
			large ? 4 : 1, large ? 512 : 64);
		assert_int_equal(sigcache_insert(cache, &sig.resp, TEST_APEX_LEN, r & 1), 0);
		unsigned now = sigcache_steps(cache);
		max = now > max ? now : max;
		steps += now;
		for (unsigned k = 0; k < (i / 50000) * 3; k++) /* from nothing used to all */
			(void)sigcache_find(cache,
				sigcache_fixture_key(sigring_fixture_random(&random) & 0xffff));
	}
	print_message("# steps: %u at most, %.1f on average\n", max, (double)steps / cnt);
	assert_true(max <= SIGCACHE_STEP_MAX);
	sigcache_free(cache);
}

/* ---- oracle -------------------------------------------------------------------------------- */

#define MODEL_KEY_CNT  600U
#define MODEL_WEEK_CNT 4U

struct model {
	struct sig sig[MODEL_KEY_CNT][MODEL_WEEK_CNT];
	bool have[MODEL_KEY_CNT][MODEL_WEEK_CNT];
	uint64_t now_s;
	uint64_t random;
};

static void model_insert(struct model *m, struct sigcache *cache)
{
	uint64_t r = sigring_fixture_random(&m->random);
	unsigned n = r % MODEL_KEY_CNT, w = (r >> 16) % MODEL_WEEK_CNT;
	unsigned cnt = (r >> 24) % 16 ? 1 : 1 + (r >> 32) % 4;
	unsigned sig_len = (r >> 40) % 16 ? 64 : 1 + (r >> 48) % 500;
	struct sig *sig = &m->sig[n][w];
	sigcache_fixture_sig(sig, sigcache_fixture_key(n), TEST_WEEK + w, cnt, sig_len);
	m->have[n][w] = true;
	assert_int_equal(sigcache_insert(cache, &sig->resp, TEST_APEX_LEN, r >> 63), 0);
}

/* What is found was inserted, is the last of its key and week, and is valid. */
static bool model_find(struct model *m, struct sigcache *cache)
{
	unsigned n = sigring_fixture_random(&m->random) % MODEL_KEY_CNT;
	struct sigcache_hit hit = sigcache_find(cache, sigcache_fixture_key(n));
	if (!hit.entry)
		return false;
	for (unsigned w = 0; w < MODEL_WEEK_CNT; w++) {
		uint8_t got[TEST_SIGS_LEN_MAX], expected[TEST_SIGS_LEN_MAX];
		const struct sig *sig = &m->sig[n][w];
		uint64_t begin = (uint64_t)sig->resp.week * SIG_WEEK_S;
		if (!m->have[n][w])
			continue;
		unsigned len = sigcache_fixture_expected(sig, 3, expected);
		if (sigcache_len(hit.entry, 2) != len)
			continue;
		sigcache_write(cache, hit.entry, got, 3, TEST_APEX);
		if (memcmp(got, expected, len))
			continue;
		assert_true(m->now_s >= begin - SIG_WEEK_S);
		assert_true(m->now_s < begin + 2 * SIG_WEEK_S - HOUR_S);
		return true;
	}
	fail_msg("key %u: what is found was never inserted", n);
	return false;
}

static void what_is_found_was_inserted(void **state)
{
	static struct model m;
	for (unsigned size = 0; size < 3; size++) {
		struct sigcache *cache = cache_new(SIGCACHE_LEN_MIN << size);
		uint64_t hits = 0;
		m = (struct model){.now_s = TEST_TIME, .random = size + 1};
		for (unsigned i = 0; i < 100000; i++) {
			model_insert(&m, cache);
			for (unsigned k = 0; k < 4; k++)
				hits += model_find(&m, cache);
			if (i % 100)
				continue;
			m.now_s = TEST_TIME + sigring_fixture_random(&m.random) % (3 * SIG_WEEK_S);
			sigcache_set_time(cache, m.now_s);
		}
		assert_true(hits > 100000);
		assert_true(sigcache_used(cache) <= sigcache_capacity(cache));
		sigcache_free(cache);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_cache_has_nothing),
		cmocka_unit_test(the_whole_key_counts),
		cmocka_unit_test(a_tag_of_zero_is_one),
		cmocka_unit_test(populating_changes_nothing),
		cmocka_unit_test(no_room_for_a_cache_is_an_error),
		cmocka_unit_test(this_week_then_next_then_last),
		cmocka_unit_test(the_window_in_the_signature_counts),
		cmocka_unit_test(the_clock_may_step),
		cmocka_unit_test(a_later_signature_of_a_week_replaces_the_first),
		cmocka_unit_test(this_week_replaces_last_week),
		cmocka_unit_test(what_is_found_often_is_recalled),
		cmocka_unit_test(an_old_signature_is_not_recalled),
		cmocka_unit_test(nothing_is_refreshed_unless_allowed),
		cmocka_unit_test(next_week_is_wanted_ahead),
		cmocka_unit_test(every_size_is_written),
		cmocka_unit_test(an_owner_may_be_written_in_full),
		cmocka_unit_test(a_cache_can_be_filled),
		cmocka_unit_test(what_is_used_stays),
		cmocka_unit_test(a_refresh_pushes_nobody_out),
		cmocka_unit_test(a_refresh_too_early_replaces_nothing),
		cmocka_unit_test(old_weeks_go_first),
		cmocka_unit_test(an_insert_takes_a_bounded_number_of_steps),
		cmocka_unit_test(what_is_found_was_inserted),
	};
	return cmocka_run_group_tests_name("sigcache", tests, NULL, NULL);
}
