/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigwait: what is refused and that nothing is left of it, what ends a wait and how, who gets the
 * room there is, and that any course of events whatever gives each place back exactly once. The
 * signer is the other side of the rings, played by the test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/sigcache/sigwait.h"
#include "tests/unit/sigcache_fixture.h"
#include "tests/unit/sigring_fixture.h"
#include "zonedb/rrtype.h"

#define PAIR	  3U
#define PLACE_CNT 600U
#define TIMEOUT	  1000U
#define ZONE_A	  UINT64_C(1025) /* differs from B in the low bits */
#define ZONE_B	  UINT64_C(4097 + 6)

struct desk {
	struct sigring_fixture rings;
	struct sigring_server signer;
	struct sigcache *cache;
	struct sigwait *wait;
	struct counters counters;
	uint64_t now;
	struct sigwait_done done[PLACE_CNT];
	unsigned done_cnt;
};

static void desk_begin(struct desk *d, uint32_t place_cnt)
{
	char err[256];
	memset(d, 0, sizeof(*d));
	sigring_fixture_begin(&d->rings);
	sigring_server_init(&d->signer, d->rings.rings, PAIR);
	d->cache = sigcache_new(1 << 20, &d->counters, err);
	assert_non_null(d->cache);
	sigcache_set_time(d->cache, TEST_TIME);
	const struct sigwait_options opt = {
		.counters = &d->counters,
		.cache = d->cache,
		.rings = d->rings.rings,
		.pair = PAIR,
		.place_cnt = place_cnt,
		.timeout = TIMEOUT,
	};
	d->wait = sigwait_new(&opt, err);
	assert_non_null(d->wait);
	d->now = UINT64_MAX - TIMEOUT / 2; /* ticks may wrap */
}

static void desk_end(struct desk *d)
{
	d->wait = sigwait_free(d->wait);
	d->cache = sigcache_free(d->cache);
	sigring_fixture_end(&d->rings);
}

/* ---- the thread's side --------------------------------------------------------------------- */

/* Wants number n; its name says the number, so that the signer knows the key. */
static struct sigwait_want want_of(uint32_t n, uint8_t name_len)
{
	struct sigring_request req = sigring_fixture_request(n, name_len);
	return (struct sigwait_want){
		.key = sigcache_fixture_key(n),
		.week = TEST_WEEK,
		.type = RRTYPE_A,
		.kind = SIGN_RRSET,
		.apex_len = req.apex_len,
		.name_len = req.name_len,
		.apex = req.apex,
		.name = req.name,
	};
}

static uint32_t park(struct desk *d, uint64_t zone, uint32_t n, unsigned cnt)
{
	struct sigwait_want want[SIGWAIT_WANT_MAX];
	for (unsigned i = 0; i < cnt; i++)
		want[i] = want_of(n + i, 20);
	return sigwait_park(d->wait, d->now, zone, want, cnt);
}

static unsigned poll(struct desk *d)
{
	d->done_cnt = sigwait_poll(d->wait, d->now, d->done, PLACE_CNT);
	return d->done_cnt;
}

/* Polls; exactly this place comes back. */
static void assert_done(struct desk *d, uint32_t place, enum sigwait_outcome outcome)
{
	assert_int_equal(poll(d), 1);
	assert_int_equal(d->done[0].place, place);
	assert_int_equal(d->done[0].outcome, outcome);
}

static uint64_t counted(const struct desk *d, enum counter which)
{
	return counter_get(&d->counters, which);
}

/* ---- the signer's -------------------------------------------------------------------------- */

/* The number a want was made of: the first letters of its name spell it, 4 bits each. */
static uint32_t number_of(const struct sigring_request *req)
{
	uint32_t n = 0;
	for (unsigned i = 0; i < 8; i++)
		n |= ((req->name[1 + i] - 'a' - i) & 15U) << (i * 4);
	return n;
}

/* Takes a request and makes the right response to it. */
static bool sign_next(struct desk *d, struct sig *sig)
{
	struct sigring_request req;
	if (!sigring_server_next(&d->signer, &req))
		return false;
	sigcache_fixture_sig(sig, sigcache_fixture_key(number_of(&req)), req.week, 1, 64);
	sig->resp.ticket = req.ticket;
	return true;
}

static void reply(struct desk *d, const struct sig *sig)
{
	sigring_server_reply(&d->signer, &sig->resp);
	sigring_server_flush(&d->signer);
}

/* Replies to all there is; how many. */
static unsigned sign_all(struct desk *d)
{
	struct sig sig;
	unsigned cnt = 0;
	for (; sign_next(d, &sig); cnt++)
		reply(d, &sig);
	return cnt;
}

/* ---- what is refused ----------------------------------------------------------------------- */

static void places_run_out(void **state)
{
	static struct desk d;
	desk_begin(&d, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(park(&d, i, 0, 1) < 3);
	assert_int_equal(park(&d, 3, 0, 1), SIGWAIT_NONE);
	assert_int_equal(counted(&d, COUNTER_DROP_SIGN_FULL), 1);
	assert_int_equal(sigwait_parked(d.wait), 3);
	poll(&d);
	assert_int_equal(sign_all(&d), 1);
	assert_int_equal(poll(&d), 3);
	assert_int_equal(sigwait_parked(d.wait), 0);
	assert_int_not_equal(park(&d, 3, 1, 1), SIGWAIT_NONE);
	desk_end(&d);
}

/* The caller still has something under the numbers it was given back, while others park again. */
static void a_number_comes_again_from_the_next_poll_on(void **state)
{
	static struct desk d;
	bool given[SIGWAIT_NUMBER_CNT(3)] = {false};
	desk_begin(&d, 3);
	for (unsigned i = 0; i < 3; i++)
		park(&d, i, i, 1);
	poll(&d);
	sign_all(&d);
	assert_int_equal(poll(&d), 3);
	for (unsigned i = 0; i < 3; i++)
		given[d.done[i].place] = true;
	for (unsigned i = 0; i < 3; i++) {
		uint32_t place = park(&d, i, 10 + i, 1);
		assert_true(place < SIGWAIT_NUMBER_CNT(3));
		assert_false(given[place]);
	}
	assert_int_equal(park(&d, 3, 20, 1), SIGWAIT_NONE); /* three may wait, as ever */
	poll(&d);
	sign_all(&d);
	assert_int_equal(poll(&d), 3);
	assert_true(given[park(&d, 0, 30, 1)]);
	desk_end(&d);
}

/* All wants of a message or none. */
static void what_is_refused_asks_nothing(void **state)
{
	static struct desk d;
	struct sigwait_want want[SIGWAIT_WANT_MAX];
	unsigned cnt = 0;
	desk_begin(&d, PLACE_CNT);
	while (park(&d, cnt, cnt, 1) != SIGWAIT_NONE) /* of as many zones */
		cnt++;
	assert_int_equal(cnt, SIGRING_REQUEST_UNITS);
	poll(&d);
	for (unsigned i = 0; i < 20; i++) {
		struct sig sig;
		assert_true(sign_next(&d, &sig));
		reply(&d, &sig);
	}
	assert_int_equal(poll(&d), SIGWAIT_RESPONSES_MAX); /* so many units are free */
	for (unsigned i = 0; i < SIGWAIT_WANT_MAX; i++)
		want[i] = want_of(5000 + i, 20);
	uint64_t asked = counted(&d, COUNTER_SIGN_REQUESTS);
	assert_int_equal(
		sigwait_park(d.wait, d.now, 7, want, SIGWAIT_RESPONSES_MAX + 1), SIGWAIT_NONE);
	assert_int_equal(counted(&d, COUNTER_SIGN_REQUESTS), asked);
	assert_int_not_equal(
		sigwait_park(d.wait, d.now, 7, want, SIGWAIT_RESPONSES_MAX), SIGWAIT_NONE);
	desk_end(&d);
}

/* Long names fill the ring before there are too many of them. */
static void the_ring_runs_out(void **state)
{
	static struct desk d;
	desk_begin(&d, PLACE_CNT);
	uint32_t cnt = 0;
	for (;; cnt++) {
		struct sigwait_want want = want_of(cnt, 255);
		if (sigwait_park(d.wait, d.now, cnt, &want, 1) == SIGWAIT_NONE)
			break;
	}
	assert_int_equal(cnt, SIGRING_REQUEST_UNITS / 5);
	desk_end(&d);
}

/* ---- how a wait ends ----------------------------------------------------------------------- */

static void a_signature_comes(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	uint32_t place = park(&d, ZONE_A, 1, 1);
	assert_int_equal(sign_all(&d), 0); /* not shown yet */
	assert_int_equal(poll(&d), 0);
	assert_true(sign_next(&d, &sig));
	assert_int_equal(poll(&d), 0);
	reply(&d, &sig);
	assert_done(&d, place, SIGWAIT_READY);
	assert_non_null(sigcache_find(d.cache, sigcache_fixture_key(1)).entry);
	assert_int_equal(poll(&d), 0);
	desk_end(&d);
}

static void a_message_waits_for_all_it_wants(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	uint32_t place = park(&d, ZONE_A, 1, 4);
	poll(&d);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(poll(&d), 0);
		assert_true(sign_next(&d, &sig));
		reply(&d, &sig);
	}
	assert_done(&d, place, SIGWAIT_READY);
	desk_end(&d);
}

static void the_worst_outcome_counts(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	uint32_t place = park(&d, ZONE_A, 1, 3);
	poll(&d);
	assert_true(sign_next(&d, &sig));
	sig.resp = (struct sigring_response){
		.ticket = sig.resp.ticket, .week = TEST_WEEK, .status = SIGN_NO_RECORD};
	reply(&d, &sig);
	assert_int_equal(sign_all(&d), 2);
	assert_done(&d, place, SIGWAIT_REFUSED);
	assert_int_equal(counted(&d, COUNTER_SIGN_REFUSED), 1);
	assert_non_null(sigcache_find(d.cache, sigcache_fixture_key(3)).entry);
	desk_end(&d);
}

static void equal_wants_are_asked_for_once(void **state)
{
	static struct desk d;
	desk_begin(&d, PLACE_CNT);
	for (unsigned i = 0; i < 10; i++)
		assert_int_not_equal(park(&d, ZONE_A, 1, 2), SIGWAIT_NONE);
	struct sigwait_want twice[] = {want_of(1, 20), want_of(9, 20), want_of(9, 20)};
	assert_int_not_equal(sigwait_park(d.wait, d.now, ZONE_B, twice, 3), SIGWAIT_NONE);
	struct sigwait_want other_week = want_of(1, 20);
	other_week.week++;
	assert_int_not_equal(sigwait_park(d.wait, d.now, ZONE_B, &other_week, 1), SIGWAIT_NONE);
	poll(&d);
	assert_int_equal(sign_all(&d), 4);
	assert_int_equal(poll(&d), 12);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(d.done[i].outcome, SIGWAIT_READY);
	assert_int_equal(counted(&d, COUNTER_SIGN_MERGED), 20);
	desk_end(&d);
}

static void a_poll_does_a_bounded_amount(void **state)
{
	static struct desk d;
	desk_begin(&d, PLACE_CNT);
	for (unsigned i = 0; i < 3 * SIGWAIT_RESPONSES_MAX; i++)
		assert_int_not_equal(park(&d, i, i, 1), SIGWAIT_NONE);
	poll(&d);
	sign_all(&d);
	d.done_cnt = sigwait_poll(d.wait, d.now, d.done, 3);
	assert_int_equal(d.done_cnt, 3);
	assert_int_equal(sigcache_used(d.cache), SIGWAIT_RESPONSES_MAX);
	assert_int_equal(poll(&d), 2 * SIGWAIT_RESPONSES_MAX - 3);
	assert_int_equal(poll(&d), SIGWAIT_RESPONSES_MAX);
	desk_end(&d);
}

/* ---- responses that do not count ----------------------------------------------------------- */

static void spoil(struct sig *sig, unsigned how)
{
	switch (how) {
	case 0:
		sig->resp.week++;
		break;
	case 1:
		sig->resp.status = SIGN_STATUS_CNT;
		break;
	case 2:
		sig->resp.sig_cnt++;
		break;
	case 3:
		sig->resp.len--;
		break;
	case 4:
		sig->payload[1]++; /* not an RRSIG */
		break;
	default:
		sig->resp.status = SIGN_FAILED; /* with a payload */
		break;
	}
}

static void responses_that_make_no_sense_are_refusals(void **state)
{
	static struct desk d;
	desk_begin(&d, PLACE_CNT);
	for (unsigned how = 0; how < 6; how++) {
		struct sig sig;
		uint32_t place = park(&d, ZONE_A, 1, 1);
		poll(&d);
		assert_true(sign_next(&d, &sig));
		spoil(&sig, how);
		reply(&d, &sig);
		assert_done(&d, place, SIGWAIT_REFUSED);
		assert_int_equal(counted(&d, COUNTER_SIGN_INVALID), how + 1);
		assert_int_equal(sigcache_used(d.cache), 0);
	}
	desk_end(&d);
}

/* The zone changed between: nothing is kept, the message looks again. */
static void another_key_is_not_kept(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	uint32_t place = park(&d, ZONE_A, 1, 1);
	poll(&d);
	assert_true(sign_next(&d, &sig));
	sig.resp.key.v[0] ^= 1;
	reply(&d, &sig);
	assert_done(&d, place, SIGWAIT_READY);
	assert_int_equal(sigcache_used(d.cache), 0);
	assert_int_equal(counted(&d, COUNTER_SIGN_CHANGED), 1);
	desk_end(&d);
}

static void foreign_tickets_end_nothing(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	uint32_t place = park(&d, ZONE_A, 1, 1);
	poll(&d);
	assert_true(sign_next(&d, &sig));
	uint64_t ticket = sig.resp.ticket;
	const uint64_t foreign[] = {0, ticket + 1, ticket - 1, ticket + 0x10000, ticket | 0xffff,
		ticket ^ UINT64_C(1) << 63, UINT64_MAX};
	for (unsigned i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		sig.resp.ticket = foreign[i];
		reply(&d, &sig);
		d.signer.open_cnt++; /* more replies than requests */
		assert_int_equal(poll(&d), 0);
		assert_int_equal(counted(&d, COUNTER_SIGN_LATE), i + 1);
	}
	sig.resp.ticket = ticket;
	reply(&d, &sig);
	assert_done(&d, place, SIGWAIT_READY);
	d.signer.open_cnt++;
	reply(&d, &sig); /* once more */
	assert_int_equal(poll(&d), 0);
	desk_end(&d);
}

/* ---- time ---------------------------------------------------------------------------------- */

static void a_wait_times_out(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	uint32_t first = park(&d, ZONE_A, 1, 2);
	d.now += 10;
	uint32_t second = park(&d, ZONE_A, 2, 2); /* one of its wants is the first one's */
	poll(&d);
	assert_true(sign_next(&d, &sig));
	reply(&d, &sig);
	d.now += TIMEOUT - 11;
	assert_int_equal(poll(&d), 0);
	d.now++;
	assert_done(&d, first, SIGWAIT_TIMED_OUT);
	d.now += 9;
	assert_int_equal(poll(&d), 0);
	d.now++;
	assert_done(&d, second, SIGWAIT_TIMED_OUT);
	assert_int_equal(counted(&d, COUNTER_SIGN_TIMEOUTS), 2);
	sign_all(&d); /* too late */
	assert_int_equal(poll(&d), 0);
	assert_int_equal(counted(&d, COUNTER_SIGN_LATE), 2);
	desk_end(&d);
}

/* A signer that is dead: what it does not read is refused at once; it comes back, all goes on. */
static void a_dead_signer_costs_no_places(void **state)
{
	static struct desk d;
	unsigned cnt = 0;
	desk_begin(&d, PLACE_CNT);
	for (unsigned round = 0; round < 5; round++) {
		while (park(&d, cnt, cnt, 1) != SIGWAIT_NONE)
			cnt++;
		d.now += TIMEOUT;
		while (poll(&d))
			for (unsigned i = 0; i < d.done_cnt; i++)
				assert_int_equal(d.done[i].outcome, SIGWAIT_TIMED_OUT);
		assert_int_equal(sigwait_parked(d.wait), 0);
	}
	assert_int_equal(cnt, SIGRING_REQUEST_UNITS);
	sigring_server_init(&d.signer, d.rings.rings, PAIR);
	unsigned signed_cnt = 0, more;
	while ((more = sign_all(&d)) != 0) {
		signed_cnt += more;
		poll(&d);
	}
	assert_int_equal(signed_cnt, SIGRING_REQUEST_UNITS);
	uint32_t place = park(&d, ZONE_A, 1, 1);
	poll(&d);
	assert_int_equal(sign_all(&d), 1);
	while (!poll(&d)) /* behind all that came too late */
		;
	assert_int_equal(d.done[0].place, place);
	assert_int_equal(d.done[0].outcome, SIGWAIT_READY);
	desk_end(&d);
}

/* ---- shares -------------------------------------------------------------------------------- */

static unsigned park_all(struct desk *d, uint64_t zone, uint32_t n)
{
	unsigned cnt = 0;
	while (park(d, zone, n + cnt, 1) != SIGWAIT_NONE)
		cnt++;
	return cnt;
}

static void a_zone_gets_its_share_of_the_ring(void **state)
{
	static struct desk d;
	desk_begin(&d, 100 * PLACE_CNT); /* places are not what is scarce */
	unsigned a = park_all(&d, ZONE_A, 0);
	assert_in_range(a, SIGRING_REQUEST_UNITS * 2 / 3 - 2, SIGRING_REQUEST_UNITS * 2 / 3 + 2);
	assert_int_equal(counted(&d, COUNTER_DROP_SIGN_SHARE), 1);
	unsigned b = park_all(&d, ZONE_B, 10000);
	unsigned left = SIGRING_REQUEST_UNITS - a;
	assert_in_range(b, left * 2 / 3 - 2, left * 2 / 3 + 2);
	/* many more zones, each with one: as long as there is anything */
	for (unsigned i = 0; i < left - b; i++)
		assert_int_not_equal(park(&d, 100 + i, 20000 + i, 1), SIGWAIT_NONE);
	assert_int_equal(park(&d, 99, 30000, 1), SIGWAIT_NONE);
	assert_int_equal(counted(&d, COUNTER_DROP_SIGN_FULL), 1);
	desk_end(&d);
}

/* What park() would turn away is told from keys alone; merged wants need no room in the ring. */
static void a_refusal_is_known_beforehand(void **state)
{
	static struct desk d;
	const struct sig_key open = sigcache_fixture_key(0), other = sigcache_fixture_key(5000);
	desk_begin(&d, 100 * PLACE_CNT);
	assert_false(sigwait_refuses(d.wait, ZONE_A, TEST_WEEK, &other, 1));
	park_all(&d, ZONE_A, 0);
	uint64_t before = counted(&d, COUNTER_DROP_SIGN_SHARE);
	assert_true(sigwait_refuses(d.wait, ZONE_A, TEST_WEEK, &other, 1));
	assert_true(sigwait_refuses(d.wait, ZONE_A, TEST_WEEK + 1, &open, 1));
	assert_int_equal(counted(&d, COUNTER_DROP_SIGN_SHARE), before + 2);
	assert_false(sigwait_refuses(d.wait, ZONE_A, TEST_WEEK, &open, 1));
	assert_int_not_equal(park(&d, ZONE_A, 0, 1), SIGWAIT_NONE);
	assert_false(sigwait_refuses(d.wait, ZONE_B, TEST_WEEK, &other, 1));
	assert_int_equal(counted(&d, COUNTER_DROP_SIGN_SHARE), before + 2);
	desk_end(&d);
}

static void a_message_for_which_no_place_is_left_is_refused(void **state)
{
	static struct desk d;
	const struct sig_key open = sigcache_fixture_key(1);
	desk_begin(&d, 1);
	park(&d, ZONE_A, 1, 1);
	assert_true(sigwait_refuses(d.wait, ZONE_B, TEST_WEEK, &open, 1));
	assert_int_equal(counted(&d, COUNTER_DROP_SIGN_FULL), 1);
	desk_end(&d);
}

static void a_zone_gets_its_share_of_the_places(void **state)
{
	static struct desk d;
	unsigned a = 0, b = 0;
	desk_begin(&d, 300);
	while (park(&d, ZONE_A, 1, 1) != SIGWAIT_NONE) /* all want the same */
		a++;
	assert_in_range(a, 200, 201);
	while (park(&d, ZONE_B, 2, 1) != SIGWAIT_NONE)
		b++;
	assert_in_range(b, 66, 68);
	poll(&d);
	assert_int_equal(sign_all(&d), 2);
	assert_int_equal(poll(&d), a + b);
	assert_int_equal(park(&d, ZONE_A, 5, 1) != SIGWAIT_NONE, true);
	desk_end(&d);
}

/* Shares are given back with what they were taken for. */
static void shares_do_not_leak(void **state)
{
	static struct desk d;
	desk_begin(&d, PLACE_CNT);
	for (unsigned round = 0; round < 20; round++) {
		unsigned a = park_all(&d, ZONE_A, round * 1000);
		assert_in_range(a, 340, 344);
		if (round % 2)
			d.now += TIMEOUT;
		poll(&d);
		while (sign_all(&d) || sigwait_parked(d.wait))
			poll(&d);
		while (poll(&d))
			;
	}
	desk_end(&d);
}

/* ---- refreshes ----------------------------------------------------------------------------- */

static void refresh(struct desk *d, uint32_t n)
{
	struct sigwait_want want = want_of(n, 20);
	want.week = TEST_WEEK + 1;
	sigwait_refresh(d->wait, d->now, ZONE_A, &want);
}

static void refreshes_wait_for_nobody(void **state)
{
	static struct desk d;
	desk_begin(&d, PLACE_CNT);
	refresh(&d, 1);
	refresh(&d, 1); /* asked for already */
	assert_int_equal(counted(&d, COUNTER_SIGN_AHEAD), 1);
	assert_int_equal(poll(&d), 0);
	assert_int_equal(sign_all(&d), 1);
	assert_int_equal(poll(&d), 0);
	assert_non_null(sigcache_find(d.cache, sigcache_fixture_key(1)).entry);
	desk_end(&d);
}

static void a_message_may_wait_for_a_refresh(void **state)
{
	static struct desk d;
	struct sigwait_want want = want_of(1, 20);
	want.week = TEST_WEEK + 1;
	desk_begin(&d, PLACE_CNT);
	refresh(&d, 1);
	uint32_t place = sigwait_park(d.wait, d.now, ZONE_A, &want, 1);
	poll(&d);
	assert_int_equal(sign_all(&d), 1);
	assert_done(&d, place, SIGWAIT_READY);
	desk_end(&d);
}

static unsigned refreshes_let_in(struct desk *d, uint32_t n)
{
	uint64_t before = counted(d, COUNTER_SIGN_AHEAD);
	for (unsigned i = 0; i < SIGRING_REQUEST_UNITS; i++)
		refresh(d, n + i);
	return (unsigned)(counted(d, COUNTER_SIGN_AHEAD) - before);
}

static void refreshes_take_what_is_spare(void **state)
{
	static struct desk d;
	struct sigring_request req;
	desk_begin(&d, PLACE_CNT);
	assert_int_equal(refreshes_let_in(&d, 0), SIGRING_REQUEST_UNITS / 4);
	poll(&d);
	for (unsigned i = 0; i < 8; i++) {
		sign_all(&d);
		poll(&d);
	}
	/* a busy ring: one at a time */
	assert_true(park_all(&d, ZONE_A, 10000) > SIGRING_REQUEST_UNITS / 4);
	assert_int_equal(refreshes_let_in(&d, 20000), 1);
	assert_int_equal(refreshes_let_in(&d, 20000), 0);
	poll(&d);
	assert_int_equal(sigring_server_next(&d.signer, &req), 1);
	assert_int_equal(req.flags, 0);
	desk_end(&d);
}

/* The cache proposes as many as may be asked for. */
static void the_cache_is_told_how_many(void **state)
{
	static struct desk d;
	struct sig sig;
	desk_begin(&d, PLACE_CNT);
	sigcache_fixture_sig(&sig, sigcache_fixture_key(1), TEST_WEEK - 1, 1, 64);
	assert_int_equal(sigcache_insert(d.cache, &sig.resp, TEST_APEX_LEN, false), 0);
	static const unsigned parked[] = {0, 120, 400};
	static const unsigned expected[] = {16, 8, 1};
	unsigned n = 0;
	for (unsigned i = 0; i < 3; i++) {
		unsigned cnt = 0;
		for (; n < parked[i]; n++)
			assert_int_not_equal(park(&d, n, 100 + n, 1), SIGWAIT_NONE);
		poll(&d);
		for (unsigned k = 0; k < 100; k++)
			cnt += sigcache_find(d.cache, sig.resp.key).refresh_week == TEST_WEEK;
		assert_int_equal(cnt, expected[i]);
	}
	desk_end(&d);
}

/* ---- the jump ------------------------------------------------------------------------------ */

#define JUMP_KEY_CNT 300U
#define JUMP_STEP_S  20U

struct jump {
	struct desk d;
	uint64_t now_s;
	uint64_t missed;
	unsigned asked_max; /* refreshes of one step */
};

static void jump_begin(struct jump *j, uint64_t now_s)
{
	memset(j, 0, sizeof(*j));
	desk_begin(&j->d, PLACE_CNT);
	j->now_s = now_s;
	sigcache_set_time(j->d.cache, now_s);
	for (unsigned n = 0; n < JUMP_KEY_CNT; n++) {
		struct sig sig;
		sigcache_fixture_sig(&sig, sigcache_fixture_key(n), sig_week(now_s), 1, 64);
		assert_int_equal(sigcache_insert(j->d.cache, &sig.resp, TEST_APEX_LEN, false), 0);
	}
}

/* All keys are asked for until then; how many refreshes that took. */
static uint64_t jump_until(struct jump *j, uint64_t end_s, bool signer_lives)
{
	uint64_t begun = counted(&j->d, COUNTER_SIGN_AHEAD);
	for (; j->now_s < end_s; j->now_s += JUMP_STEP_S) {
		uint64_t before = counted(&j->d, COUNTER_SIGN_AHEAD);
		sigcache_set_time(j->d.cache, j->now_s);
		for (uint32_t n = 0; n < JUMP_KEY_CNT; n++) {
			struct sigwait_want want = want_of(n, 20);
			struct sigcache_hit hit = sigcache_find(j->d.cache, want.key);
			want.week = hit.refresh_week;
			j->missed += hit.entry == NULL;
			if (hit.refresh_week)
				sigwait_refresh(j->d.wait, j->d.now, ZONE_A, &want);
		}
		unsigned asked = (unsigned)(counted(&j->d, COUNTER_SIGN_AHEAD) - before);
		j->asked_max = asked > j->asked_max ? asked : j->asked_max;
		j->d.now += TIMEOUT / 4;
		poll(&j->d);
		if (signer_lives)
			sign_all(&j->d);
		poll(&j->d);
	}
	return counted(&j->d, COUNTER_SIGN_AHEAD) - begun;
}

static unsigned jump_of_week(struct jump *j, uint32_t week)
{
	unsigned cnt = 0;
	for (uint32_t n = 0; n < JUMP_KEY_CNT; n++)
		cnt += sigcache_fixture_week(j->d.cache, n) == week;
	return cnt;
}

/* What is in use has its next signature when the week begins, made a few at a time. */
static void the_jump_costs_nothing(void **state)
{
	static struct jump j;
	jump_begin(&j, TEST_TIME - 8 * 3600);
	assert_int_equal(jump_until(&j, TEST_TIME - SIG_AHEAD_S, true), 0);
	assert_int_equal(jump_until(&j, TEST_TIME, true), JUMP_KEY_CNT);
	assert_true(j.asked_max <= 5);
	assert_int_equal(jump_of_week(&j, TEST_WEEK - 1), JUMP_KEY_CNT);
	assert_int_equal(jump_until(&j, TEST_TIME + 3600, true), 0);
	assert_int_equal(jump_of_week(&j, TEST_WEEK), JUMP_KEY_CNT);
	assert_int_equal(j.missed, 0);
	desk_end(&j.d);
}

/* With nobody to make them: the old ones serve on, and are replaced when somebody comes. */
static void the_jump_comes_while_the_signer_is_dead(void **state)
{
	static struct jump j;
	jump_begin(&j, TEST_TIME - 8 * 3600);
	jump_until(&j, TEST_TIME + 3 * 3600, false);
	assert_int_equal(jump_of_week(&j, TEST_WEEK - 1), JUMP_KEY_CNT);
	sigring_server_init(&j.d.signer, j.d.rings.rings, PAIR);
	jump_until(&j, TEST_TIME + 5 * 3600, true);
	assert_int_equal(jump_of_week(&j, TEST_WEEK), JUMP_KEY_CNT);
	assert_int_equal(j.missed, 0);
	desk_end(&j.d);
}

/* The clock is set a week ahead, and back again. */
static void the_clock_jumps_both_ways(void **state)
{
	static struct jump j;
	jump_begin(&j, TEST_TIME);
	j.now_s = TEST_TIME + SIG_WEEK_S;
	jump_until(&j, j.now_s + 3600, true);
	assert_int_equal(jump_of_week(&j, TEST_WEEK + 1), JUMP_KEY_CNT);
	j.now_s = TEST_TIME + 3600;
	assert_int_equal(jump_until(&j, j.now_s + 3600, true), 0); /* next week's, good already */
	assert_int_equal(jump_of_week(&j, TEST_WEEK + 1), JUMP_KEY_CNT);
	assert_int_equal(j.missed, 0);
	desk_end(&j.d);
}

/* ---- anything ------------------------------------------------------------------------------ */

struct course {
	struct desk d;
	uint64_t random;
	bool parked[PLACE_CNT];
	unsigned parked_cnt;
	uint64_t done_cnt[3]; /* by outcome */
};

static uint64_t course_random(struct course *c)
{
	return sigring_fixture_random(&c->random);
}

static void course_park(struct course *c)
{
	uint64_t r = course_random(c);
	struct sigwait_want want[8];
	unsigned cnt = 1 + r % 8;
	for (unsigned i = 0; i < cnt; i++) /* few names, so that many are wanted twice */
		want[i] = want_of(
			(uint32_t)(course_random(c) % 500), (uint8_t)(20 + (r >> 8) % 8 * 30));
	uint32_t place = sigwait_park(c->d.wait, c->d.now, (r >> 16) % 7, want, cnt);
	if (place == SIGWAIT_NONE)
		return;
	assert_true(place < PLACE_CNT);
	assert_false(c->parked[place]);
	c->parked[place] = true;
	c->parked_cnt++;
}

static void course_poll(struct course *c)
{
	unsigned max = course_random(c) % 40;
	unsigned cnt = sigwait_poll(c->d.wait, c->d.now, c->d.done, max);
	assert_true(cnt <= max);
	for (unsigned i = 0; i < cnt; i++) {
		const struct sigwait_done *done = &c->d.done[i];
		assert_true(done->place < PLACE_CNT && done->outcome <= SIGWAIT_TIMED_OUT);
		assert_true(c->parked[done->place]);
		c->parked[done->place] = false;
		c->parked_cnt--;
		c->done_cnt[done->outcome]++;
	}
	assert_int_equal(sigwait_parked(c->d.wait), c->parked_cnt);
}

/* A signer that is slow, confused, killed, or a vandal. */
static void course_sign(struct course *c, bool vandal)
{
	uint64_t r = course_random(c);
	struct sigring_request req;
	struct sigring_pair *pair = &c->d.rings.file->pair[PAIR];
	for (unsigned i = 0; i < r % 20 && sigring_server_next(&c->d.signer, &req); i++) {
		struct sig sig;
		uint64_t how = course_random(c);
		sigcache_fixture_sig(
			&sig, sigcache_fixture_key((uint32_t)(how >> 8) % 500), req.week, 1, 64);
		sig.resp.ticket = req.ticket;
		if (how % 4 == 0)
			spoil(&sig, (unsigned)(how >> 40) % 6);
		reply(&c->d, &sig);
	}
	if (r >> 8 & 1)
		sigring_server_flush(&c->d.signer);
	if ((r >> 16) % 50 == 0)
		sigring_server_init(&c->d.signer, c->d.rings.rings, PAIR);
	for (unsigned i = 0; vandal && i < (r >> 24) % 8; i++) {
		uint64_t at = course_random(c);
		/* what a signer may write: the tail of requests, the head of responses, these */
		uint8_t *const target[] = {(uint8_t *)&pair->requests.tail,
			(uint8_t *)&pair->responses.head,
			pair->response_unit[(at >> 8) % SIGRING_RESPONSE_UNITS]};
		target[at % 3][at % 3 == 2 ? (at >> 24) % 64 : (at >> 24) % 8] =
			(uint8_t)(at >> 32);
	}
}

static void run_course(bool vandal, uint64_t seed)
{
	static struct course c;
	memset(&c, 0, sizeof(c));
	c.random = seed;
	desk_begin(&c.d, PLACE_CNT);
	for (unsigned i = 0; i < 30000; i++) {
		for (unsigned k = course_random(&c) % 6; k; k--)
			course_park(&c);
		if (course_random(&c) % 8 == 0)
			refresh(&c.d, (uint32_t)(course_random(&c) % 500));
		course_sign(&c, vandal && i % 1000 > 900);
		c.d.now += course_random(&c) % 100;
		course_poll(&c);
	}
	c.d.now += TIMEOUT;
	for (unsigned i = 0; i < 1000 && c.parked_cnt; i++)
		course_poll(&c);
	assert_int_equal(c.parked_cnt, 0);
	assert_int_equal(
		c.done_cnt[0] + c.done_cnt[1] + c.done_cnt[2], counted(&c.d, COUNTER_PARKED));
	for (unsigned i = 0; i < 3; i++)
		assert_true(c.done_cnt[i] > 100);
	desk_end(&c.d);
}

static void each_place_comes_back_once(void **state)
{
	for (uint64_t seed = 1; seed < 4; seed++)
		run_course(false, seed);
}

static void a_vandal_at_the_other_end_harms_nobody(void **state)
{
	for (uint64_t seed = 1; seed < 4; seed++)
		run_course(true, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_run_out),
		cmocka_unit_test(a_number_comes_again_from_the_next_poll_on),
		cmocka_unit_test(what_is_refused_asks_nothing),
		cmocka_unit_test(the_ring_runs_out),
		cmocka_unit_test(a_signature_comes),
		cmocka_unit_test(a_message_waits_for_all_it_wants),
		cmocka_unit_test(the_worst_outcome_counts),
		cmocka_unit_test(equal_wants_are_asked_for_once),
		cmocka_unit_test(a_poll_does_a_bounded_amount),
		cmocka_unit_test(responses_that_make_no_sense_are_refusals),
		cmocka_unit_test(another_key_is_not_kept),
		cmocka_unit_test(foreign_tickets_end_nothing),
		cmocka_unit_test(a_wait_times_out),
		cmocka_unit_test(a_dead_signer_costs_no_places),
		cmocka_unit_test(a_zone_gets_its_share_of_the_ring),
		cmocka_unit_test(a_refusal_is_known_beforehand),
		cmocka_unit_test(a_message_for_which_no_place_is_left_is_refused),
		cmocka_unit_test(a_zone_gets_its_share_of_the_places),
		cmocka_unit_test(shares_do_not_leak),
		cmocka_unit_test(refreshes_wait_for_nobody),
		cmocka_unit_test(a_message_may_wait_for_a_refresh),
		cmocka_unit_test(refreshes_take_what_is_spare),
		cmocka_unit_test(the_cache_is_told_how_many),
		cmocka_unit_test(the_jump_costs_nothing),
		cmocka_unit_test(the_jump_comes_while_the_signer_is_dead),
		cmocka_unit_test(the_clock_jumps_both_ways),
		cmocka_unit_test(each_place_comes_back_once),
		cmocka_unit_test(a_vandal_at_the_other_end_harms_nobody),
	};
	return cmocka_run_group_tests_name("sigwait", tests, NULL, NULL);
}
