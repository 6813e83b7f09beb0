/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live zones: what a signer may do wrong first; then, octet by octet, the answers an eager zone
 * gives; then the records no eager zone has, narrow and compact.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/live_fixture.h"
#include "tests/unit/zone_fixture.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

static struct live_fixture fixture;
static struct live_fixture *const live = &fixture;
static struct answer_fixture *const f = &fixture.answer;

static int setup(void **state)
{
	(void)state;
	live_fixture_init(live);
	answer_fixture_zones(f);
	answer_fixture_live_zones(f);
	live_fixture_start(live, 4);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	live_fixture_deinit(live);
	return 0;
}

static const struct message *ask_by(
	const char *qname, uint16_t qtype, uint16_t edns_size, uint8_t flags)
{
	struct message_query query = {
		.qname = qname, .qtype = qtype, .edns_size = edns_size, .dnssec_ok = true};
	return answer_fixture_ask(f, &query, flags);
}

static const struct message *ask(const char *qname, uint16_t qtype)
{
	return ask_by(qname, qtype, 1232, 0);
}

static uint64_t counted(enum counter which)
{
	return counter_get(&f->counters, which);
}

static uint16_t ede_of(const struct message *m)
{
	uint16_t len;
	const uint8_t *ede = message_option(m, 15, &len);
	return ede != NULL && len >= 2 ? wire_get_u16(ede) : UINT16_MAX;
}

static unsigned sig_cnt(const struct message *m, unsigned section)
{
	unsigned cnt = 0;
	for (unsigned i = 0; i < m->cnt; i++)
		cnt += m->rr[i].section == section && m->rr[i].type == RRTYPE_RRSIG;
	return cnt;
}

/* ---- a signer that is wrong ----------------------------------------------------------------- */

static void expect_servfail(const struct message *m, uint16_t ede)
{
	assert_int_equal(m->rcode, 2);
	assert_int_equal(m->cnt, 0);
	assert_false(m->aa || m->tc);
	assert_int_equal(ede_of(m), ede);
}

static void dead_signer_is_servfail(void **state)
{
	live->signer = LIVE_SIGNER_DEAD;
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 14);
	assert_int_equal(counted(COUNTER_SIGN_TIMEOUTS), 1);
	assert_int_equal(counted(COUNTER_ANSWER_SERVFAIL), 1);
	assert_int_equal(counted(COUNTER_UDP_QUERIES), 1);
}

static void refusal_is_servfail(void **state)
{
	live->signer = LIVE_SIGNER_REFUSES;
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 10);
	expect_servfail(ask_by("missing.livensec3.test.", RRTYPE_A, 1232, ANSWER_TCP), 10);
}

static void rubbish_is_servfail(void **state)
{
	live->signer = LIVE_SIGNER_RUBBISH;
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 10);
	assert_int_equal(counted(COUNTER_SIGN_INVALID), 1);
}

/* The signer keeps signing another version of the zone: the question goes round, but not for ever.
 */
static void wrong_key_ends_after_some_rounds(void **state)
{
	live->signer = LIVE_SIGNER_WRONG_KEY;
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 14);
	assert_int_equal(live->again_cnt, SIGWAIT_ROUND_MAX);
	assert_int_equal(counted(COUNTER_SIGN_CHANGED), SIGWAIT_ROUND_MAX);
}

static void evicted_before_it_is_used_ends_after_some_rounds(void **state)
{
	live->forgetful = true;
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 14);
	assert_int_equal(live->again_cnt, SIGWAIT_ROUND_MAX);
}

static void remember(struct live_fixture *l)
{
	l->forgetful = false;
}

static void evicted_once_is_asked_for_again(void **state)
{
	live->forgetful = true;
	live->before_again = remember;
	const struct message *m = ask("www.livensec.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 0);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 1);
	assert_int_equal(live->again_cnt, 2);
}

static void without_rings_live_zones_are_servfail(void **state)
{
	answer_set_live(f->answer, NULL);
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 14);
	expect_servfail(ask("missing.narrow.test.", RRTYPE_A), 14);
	expect_servfail(ask("missing.compact.test.", RRTYPE_A), 14);
	expect_servfail(ask("x.wild.compact.test.", RRTYPE_A), 14);
	assert_int_equal(ask("www.nsec.test.", RRTYPE_A)->rcode, 0);
	struct sigthread none = {.clock = &live->clock};
	answer_set_live(f->answer, &none);
	expect_servfail(ask("www.livensec.test.", RRTYPE_A), 14);
	assert_int_equal(counted(COUNTER_PARKED), 0);
}

/* ---- no room ------------------------------------------------------------------------------- */

static int run_query(const char *qname, uint8_t flags)
{
	struct message_query query = {
		.qname = qname, .qtype = RRTYPE_A, .edns_size = 1232, .dnssec_ok = true};
	struct answer_job job = {.msg = f->msg,
		.msg_len = (uint16_t)message_make_query(f->msg, &query),
		.out_cap = 2048,
		.flags = flags};
	answer_burst(f->answer, &job, 1);
	return job.verdict;
}

static void no_room_is_a_drop_over_udp_only(void **state)
{
	char qname[64];
	live->signer = LIVE_SIGNER_DEAD;
	unsigned parked = 0;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(qname, sizeof(qname), "c%u.livensec.test.", i);
		parked += run_query(qname, 0) == ANSWER_PARKED;
	}
	assert_in_range(parked, 2, 3); /* a zone's share */
	assert_int_equal(run_query("www.livensec.test.", 0), ANSWER_DROP_UNSIGNED);
	assert_int_equal(counted(COUNTER_DROP_SIGN_SHARE), 5 - parked);
	expect_servfail(ask_by("www.livensec.test.", RRTYPE_A, 1232, ANSWER_TCP), 14);
	assert_int_equal(run_query("www.narrow.test.", 0), ANSWER_PARKED);
}

/* ---- who does not wait ---------------------------------------------------------------------- */

static void without_do_nothing_is_signed(void **state)
{
	static const char *const names[] = {"www.livensec.test.", "missing.narrow.test.",
		"missing.compact.test.", "x.wild.compact.test.", "sub.livensec3.test."};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct message_query query = {
			.qname = names[i], .qtype = RRTYPE_A, .edns_size = 1232};
		const struct message *m = answer_fixture_ask(f, &query, 0);
		assert_int_equal(m->rcode, strstr(names[i], "missing") != NULL ? 3 : 0);
		assert_int_equal(sig_cnt(m, MESSAGE_AN) + sig_cnt(m, MESSAGE_AU), 0);
	}
	assert_int_equal(counted(COUNTER_PARKED) + counted(COUNTER_SIG_MISSES), 0);
}

static void cached_answers_wait_for_nobody(void **state)
{
	ask("missing.narrow.test.", RRTYPE_A);
	ask("www.narrow.test.", RRTYPE_A);
	live->signer = LIVE_SIGNER_DEAD;
	assert_int_equal(ask("missing.narrow.test.", RRTYPE_A)->rcode, 3);
	assert_int_equal(ask("WWW.Narrow.Test.", RRTYPE_A)->rcode, 0);
	assert_int_equal(live->again_cnt, 2);
}

/* SOA, closest encloser and wildcard are there: one signature for one new name. */
static void a_new_name_costs_one_signature(void **state)
{
	static const char *const apex[] = {"narrow.test.", "compact.test."};
	for (unsigned i = 0; i < 2; i++) {
		char qname[64];
		snprintf(qname, sizeof(qname), "first.%s", apex[i]);
		ask(qname, RRTYPE_A);
		unsigned before = live->signed_cnt;
		for (unsigned k = 0; k < 10; k++) {
			snprintf(qname, sizeof(qname), "nx%u.%s", k, apex[i]);
			ask(qname, RRTYPE_A);
		}
		assert_int_equal(live->signed_cnt - before, 10);
	}
}

/* ---- time ----------------------------------------------------------------------------------- */

static void the_clock_may_step(void **state)
{
	static const int64_t steps_s[] = {8 * 86400, -40 * 86400, 3 * 86400, 200 * 86400};
	for (size_t i = 0; i < sizeof(steps_s) / sizeof(steps_s[0]); i++) {
		wallclock_set(&live->clock, LIVE_FIXTURE_NOW_S + (uint64_t)steps_s[i]);
		sigthread_begin(&live->sigs, live->tick);
		const struct message *m = ask("missing.livensec3.test.", RRTYPE_A);
		assert_int_equal(m->rcode, 3);
		assert_int_equal(sig_cnt(m, MESSAGE_AU), 4);
	}
}

/* Last week's is given out while this week's is asked for with nobody waiting. */
static void last_weeks_signature_is_refreshed(void **state)
{
	ask("www.livensec.test.", RRTYPE_A);
	unsigned before = live->again_cnt;
	wallclock_set(&live->clock, LIVE_FIXTURE_NOW_S + SIG_WEEK_S);
	struct sigwait_done done;
	sigthread_poll(&live->sigs, live->tick, &done, 1);
	assert_int_equal(sig_cnt(ask("www.livensec.test.", RRTYPE_A), MESSAGE_AN), 1);
	assert_int_equal(live->again_cnt, before);
	assert_int_equal(counted(COUNTER_SIGN_AHEAD), 1);
	sigthread_poll(&live->sigs, live->tick, &done, 1);
	live_fixture_sign(live);
	sigthread_poll(&live->sigs, live->tick, &done, 1);
	ask("www.livensec.test.", RRTYPE_A);
	assert_int_equal(counted(COUNTER_SIGN_AHEAD), 1);
}

/* ---- a zone that changes -------------------------------------------------------------------- */

#define VERSION(address)                                                                           \
	"@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n@ 3600 NS ns1\nns1 3600 A " address "\n"

static void publish_version(const char *text)
{
	struct zone zone;
	fixture_zone(&zone, "versions.test.", text);
	fixture_nsec(&zone);
	fixture_live(&zone);
	answer_fixture_publish(f, &zone);
	zone_deinit(&zone);
}

static void publish_second(struct live_fixture *l)
{
	l->before_again = NULL;
	publish_version(VERSION("192.0.2.2"));
}

/* Signed is the first version, asked again the second: that one is asked for too, and given. */
static void a_zone_may_change_under_a_parked_question(void **state)
{
	publish_version(VERSION("192.0.2.1"));
	live->before_again = publish_second;
	const struct message *m = ask("ns1.versions.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 0);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 1);
	assert_int_equal(m->wire[m->rr[0].rdata_off + 3], 2);
	assert_int_equal(live->again_cnt, 2);
	/* what has not changed keeps its signature */
	unsigned before = live->signed_cnt;
	ask("versions.test.", RRTYPE_SOA);
	publish_version(VERSION("192.0.2.3"));
	ask("versions.test.", RRTYPE_SOA);
	assert_int_equal(live->signed_cnt, before + 1);
}

static void publish_into(const char *target)
{
	struct zone zone;
	char text[256];
	snprintf(text, sizeof(text),
		"@ 3600 SOA ns host 1 7200 3600 1209600 300\n@ 3600 NS ns\nns 3600 A 192.0.2.1\n"
		"into 3600 CNAME %s\n",
		target);
	fixture_zone(&zone, "unsigned.test.", text);
	answer_fixture_publish(f, &zone);
	zone_deinit(&zone);
}

/* What was looked up for one message is nothing to the next, which comes to a live zone late: by a
 * CNAME in a zone that is not. */
static void a_chain_into_a_live_zone_finds_its_own(void **state)
{
	publish_into("missing.livensec.test.");
	char text[MESSAGE_TEXT_MAX];
	const struct message_query query = {.qname = "into.unsigned.test.",
		.qtype = RRTYPE_A,
		.edns_size = 1232,
		.dnssec_ok = true};
	strcpy(text, answer_fixture_ask_text(f, &query, 0));
	assert_int_equal(sig_cnt(ask("missing.livensec3.test.", RRTYPE_A), MESSAGE_AU), 4);
	assert_int_equal(sig_cnt(ask("missing.livensec3.test.", RRTYPE_A), MESSAGE_AU), 4);
	assert_string_equal(answer_fixture_ask_text(f, &query, 0), text);
}

/* What was looked up for a message that is dropped is nothing to the next one of the burst. */
static void a_message_behind_one_that_is_dropped_is_whole(void **state)
{
	static uint8_t msg[2][2048];
	static const char *const qname[2] = {"c9.livensec.test.", "into.unsigned.test."};
	struct answer_job job[2];
	publish_into("www.livensec.test.");
	ask(qname[1], RRTYPE_A);
	live->signer = LIVE_SIGNER_DEAD;
	while (run_query("c1.livensec.test.", 0) == ANSWER_PARKED)
		;
	for (unsigned i = 0; i < 2; i++) {
		struct message_query query = {
			.qname = qname[i], .qtype = RRTYPE_A, .edns_size = 1232, .dnssec_ok = true};
		job[i] = (struct answer_job){.msg = msg[i],
			.msg_len = (uint16_t)message_make_query(msg[i], &query),
			.out_cap = 2048};
	}
	uint64_t dropped = counted(COUNTER_DROP_SIGN_SHARE);
	answer_burst(f->answer, job, 2);
	assert_int_equal(job[0].verdict, ANSWER_DROP_UNSIGNED);
	assert_int_equal(job[0].out_len, 0);
	assert_int_equal(counted(COUNTER_DROP_SIGN_SHARE), dropped + 1);
	assert_int_equal(job[1].verdict, ANSWER_SEND);
	struct message m;
	char err[256];
	assert_int_equal(message_read(&m, msg[1], job[1].out_len, err), 0);
	assert_int_equal(sig_cnt(&m, MESSAGE_AN), 1);
}

/* ---- as an eager zone answers --------------------------------------------------------------- */

static struct answer_fixture eager;

static int setup_twins(void **state)
{
	setup(state);
	answer_fixture_init(&eager);
	answer_fixture_zones(&eager);
	answer_fixture_eager_twins(&eager);
	answer_fixture_start(&eager);
	return 0;
}

static int teardown_twins(void **state)
{
	answer_fixture_deinit(&eager);
	return teardown(state);
}

static const char *const names[] = {"@", "ns1", "mail", "mx", "srv", "www", "alias", "alias2",
	"out", "dangling", "nodata", "self", "loop1", "cross", "crossnx", "crossmx", "tosub", "c0",
	"dn", "a.dn", "alias.dn", "x.dn", "x.y.dn", "x.dnloop", "x.dnout", "www.dncross",
	"x.dnlong", "x.wild", "x.y.wild", "sub.wild", "x.sub.wild", "*.wild", "wild", "x.wildcname",
	"x.wildloop", "x.wildmx", "x.wilddn", "a.x.wilddn", "x.wildent", "ent", "b.ent", "x.b.ent",
	"a.b.ent", "sub", "x.sub", "ns.sub", "secure", "x.secure", "sibling", "ownhost",
	"insecure.deep", "deep", "x.deep", "x.insecure.deep", "child", "missing", "a.b.missing",
	"*.missing", "x.www", "MiXeD.wILD"};
static const uint16_t types[] = {RRTYPE_A, RRTYPE_AAAA, RRTYPE_MX, RRTYPE_NS, RRTYPE_SOA,
	RRTYPE_TXT, RRTYPE_DS, RRTYPE_CNAME, RRTYPE_DNAME, RRTYPE_NSEC, RRTYPE_SRV, RRTYPE_ANY,
	RRTYPE_RRSIG};

/* As a client that takes so many octets. */
struct manner {
	uint16_t edns_size;
	uint16_t out_cap;
	uint8_t flags;
	bool minimal;
};
static const struct manner manners[] = {
	{512, 2048, 0, true},
	{700, 2048, 0, false},
	{1232, 2048, 0, true},
	{1232, MSG_LEN_MAX, ANSWER_TCP, false},
	{1232, MSG_LEN_MAX, ANSWER_TCP, true},
};

static int run_in(
	struct answer_fixture *in, const struct message_query *query, struct manner manner)
{
	in->cfg.minimal_responses = in->cfg.any_minimal = manner.minimal;
	size_t len = message_make_query(in->msg, query);
	return answer_fixture_run(in, len, manner.flags, manner.out_cap);
}

static void compare(const char *qname, uint16_t qtype, struct manner manner)
{
	const struct message_query query = {.qname = qname,
		.qtype = qtype,
		.edns_size = manner.edns_size,
		.dnssec_ok = true,
		.nsid = true};
	int len = run_in(f, &query, manner);
	int eager_len = run_in(&eager, &query, manner);
	if (len == eager_len && memcmp(f->msg, eager.msg, (size_t)len) == 0)
		return;
	char err[256];
	message_read(&eager.read, eager.msg, (size_t)eager_len, err);
	print_message("eager, %d octets:\n%s", eager_len, message_text(&eager.read, eager.text));
	message_read(&f->read, f->msg, (size_t)len, err);
	print_message("live, %d octets:\n%s", len, message_text(&f->read, f->text));
	fail_msg("%s %u, %u octets", qname, qtype, manner.edns_size);
}

/* Cold and warm. */
static void compare_zone(const char *apex)
{
	char qname[DNAME_TEXT_MAX];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bool at_apex = strcmp(names[i], "@") == 0;
		snprintf(qname, sizeof(qname), "%s%s%s", at_apex ? "" : names[i],
			at_apex ? "" : ".", apex);
		for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++)
			for (size_t m = 0; m < sizeof(manners) / sizeof(manners[0]); m++)
				compare(qname, types[k], manners[m]);
	}
}

static void nsec_answers_are_the_eager_ones(void **state)
{
	compare_zone("livensec.test.");
}

static void nsec3_answers_are_the_eager_ones(void **state)
{
	compare_zone("livensec3.test.");
}

static void optout_answers_are_the_eager_ones(void **state)
{
	compare_zone("liveoptout.test.");
}

static void every_answer_cold(void **state)
{
	live->before_again = NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char qname[DNAME_TEXT_MAX];
		if (names[i][0] == '@')
			continue;
		snprintf(qname, sizeof(qname), "%s.livensec3.test.", names[i]);
		live_fixture_forget(live);
		compare(qname, RRTYPE_A, manners[i % 5]);
	}
}

/* ---- narrow --------------------------------------------------------------------------------- */

/* An NSEC3 of the authority that is of so many hashes behind another, from its owner's on. */
static unsigned nsec3_cnt(const struct message *m)
{
	unsigned cnt = 0;
	for (unsigned i = 0; i < m->cnt; i++)
		cnt += m->rr[i].type == RRTYPE_NSEC3;
	return cnt;
}

static bool is_covered(const struct message *m, const char *name)
{
	uint8_t wire[DNAME_LEN_MAX], hash[NSEC3_HASH_LEN], owner[DNAME_LEN_MAX];
	uint8_t from[NSEC3_HASH_LEN];
	int len = dname_from_text(wire, name);
	nsec3_hash(hash, wire, (size_t)len, (const uint8_t *)"\xab\xcd", 2, 1);
	for (unsigned i = 0; i < m->cnt; i++) {
		if (m->rr[i].type != RRTYPE_NSEC3)
			continue;
		message_name_at(m, m->rr[i].owner_off, owner);
		assert_int_equal(nsec3_from_text(from, (const char *)owner + 1, owner[0]), 0);
		const uint8_t *next = m->wire + m->rr[i].rdata_off + 5 + 2 + 1;
		if (memcmp(from, hash, sizeof(hash)) < 0 && memcmp(hash, next, sizeof(hash)) < 0 &&
			memcmp(from, next, 18) == 0)
			return true;
	}
	return false;
}

static void narrow_covers_are_made(void **state)
{
	const struct message *m = ask("a.b.missing.narrow.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 3);
	assert_int_equal(nsec3_cnt(m), 3);
	assert_int_equal(sig_cnt(m, MESSAGE_AU), 4);
	assert_true(is_covered(m, "missing.narrow.test."));
	assert_true(is_covered(m, "*.narrow.test."));
	m = ask("x.y.wild.narrow.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 0);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 1);
	assert_true(is_covered(m, "y.wild.narrow.test."));
	m = ask("x.wild.narrow.test.", RRTYPE_MX);
	assert_true(is_covered(m, "x.wild.narrow.test."));
	assert_int_equal(nsec3_cnt(m), 3);
	m = ask("x.wildcname.narrow.test.", RRTYPE_MX);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 1);
	assert_int_equal(nsec3_cnt(m), 2);
	assert_true(is_covered(m, "x.wildcname.narrow.test."));
	m = ask("sub.narrow.test.", RRTYPE_DS);
	assert_int_equal(nsec3_cnt(m), 1);
}

/* One next closer name of two names of a chain: covered once. */
static void narrow_covers_come_once(void **state)
{
	const struct message *m = ask("x.y.wildloop.narrow.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 0);
	assert_int_equal(nsec3_cnt(m), 1);
	assert_true(is_covered(m, "y.wildloop.narrow.test."));
}

/* ---- compact -------------------------------------------------------------------------------- */

static const struct message_rr *find_rr(const struct message *m, unsigned section, uint16_t type)
{
	for (unsigned i = 0; i < m->cnt; i++)
		if (m->rr[i].section == section && m->rr[i].type == type)
			return &m->rr[i];
	fail_msg("no record of type %u", type);
	return NULL;
}

/* An NSEC of name, to the name behind it, and whether its bitmap has a type. */
static bool nsec_has(const struct message *m, unsigned section, const char *name, uint16_t type)
{
	uint8_t wire[DNAME_LEN_MAX], owner[DNAME_LEN_MAX], next[DNAME_LEN_MAX];
	int len = dname_from_text(wire, name);
	const struct message_rr *rr = find_rr(m, section, RRTYPE_NSEC);
	assert_int_equal(message_name_at(m, rr->owner_off, owner), len);
	dname_lower(owner, owner, (size_t)len);
	assert_memory_equal(owner, wire, len);
	assert_int_equal(message_name_at(m, rr->rdata_off, next), len + 2);
	assert_memory_equal(next, "\1", 2);
	assert_memory_equal(next + 2, wire, len);
	const uint8_t *window = m->wire + rr->rdata_off + len + 2;
	assert_int_equal(window[0], 0);
	return type / 8 < window[1] && (window[2 + type / 8] & 0x80 >> type % 8) != 0;
}

static void compact_missing_names_are_nodata(void **state)
{
	const struct message *m = ask("a.Missing.compact.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 0);
	assert_true(m->aa);
	assert_int_equal(m->cnt, 4);
	assert_true(nsec_has(m, MESSAGE_AU, "a.missing.compact.test.", 128));
	assert_true(nsec_has(m, MESSAGE_AU, "a.missing.compact.test.", RRTYPE_NSEC));
	assert_int_equal(sig_cnt(m, MESSAGE_AU), 2);
}

static const struct message *ask_co(const char *qname, bool dnssec_ok)
{
	struct message_query query = {.qname = qname,
		.qtype = RRTYPE_A,
		.edns_size = 1232,
		.dnssec_ok = dnssec_ok,
		.compact_ok = true};
	return answer_fixture_ask(f, &query, 0);
}

/* RFC 9824, 5.1: the same proof, beside the response code of old. Parked or not. */
static void compact_answers_that_are_ok_are_nxdomain(void **state)
{
	const struct message *m;
	for (unsigned i = 0; i < 2; i++) {
		m = ask_co("co.missing.compact.test.", true);
		assert_int_equal(m->rcode, 3);
		assert_true(m->opt_do && m->opt_co);
		assert_true(nsec_has(m, MESSAGE_AU, "co.missing.compact.test.", 128));
		assert_int_equal(sig_cnt(m, MESSAGE_AU), 2);
	}
	/* names that exist, or that a wildcard stands for */
	assert_int_equal(ask_co("b.ent.compact.test.", true)->rcode, 0);
	assert_int_equal(ask_co("x.wild.compact.test.", true)->rcode, 0);
	/* who does not say so gets what he knows */
	m = ask("co.missing.compact.test.", RRTYPE_A);
	assert_int_equal(m->rcode, 0);
	assert_true(m->opt_do && !m->opt_co);
	m = ask_co("co.missing.compact.test.", false);
	assert_int_equal(m->rcode, 3);
	assert_true(!m->opt_do && !m->opt_co);
}

static void compact_nodata(void **state)
{
	const struct message *m = ask("www.compact.test.", RRTYPE_MX);
	assert_int_equal(m->cnt, 4);
	assert_true(nsec_has(m, MESSAGE_AU, "www.compact.test.", RRTYPE_TXT));
	assert_false(nsec_has(m, MESSAGE_AU, "www.compact.test.", 128));
	m = ask("b.ent.compact.test.", RRTYPE_A);
	assert_int_equal(m->cnt, 4);
	assert_false(nsec_has(m, MESSAGE_AU, "b.ent.compact.test.", 128));
	m = ask("x.sub.compact.test.", RRTYPE_A);
	assert_true(nsec_has(m, MESSAGE_AU, "sub.compact.test.", RRTYPE_NS));
}

static void compact_wildcards_are_signed_as_the_name(void **state)
{
	const struct message *m = ask("x.y.wild.compact.test.", RRTYPE_A);
	assert_int_equal(m->cnt, 2);
	const struct message_rr *sig = find_rr(m, MESSAGE_AN, RRTYPE_RRSIG);
	assert_int_equal(m->wire[sig->rdata_off + 3], 5); /* labels: no wildcard */
	m = ask("x.y.wild.compact.test.", RRTYPE_MX);
	assert_int_equal(m->cnt, 4);
	assert_true(nsec_has(m, MESSAGE_AU, "x.y.wild.compact.test.", RRTYPE_A));
	assert_false(nsec_has(m, MESSAGE_AU, "x.y.wild.compact.test.", RRTYPE_MX));
	m = ask("x.y.wild.compact.test.", RRTYPE_NSEC);
	assert_int_equal(m->cnt, 2);
	assert_true(nsec_has(m, MESSAGE_AN, "x.y.wild.compact.test.", RRTYPE_A));
	m = ask_by("x.wild.compact.test.", RRTYPE_ANY, 1232, ANSWER_TCP);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 1);
	f->cfg.any_minimal = false;
	m = ask_by("x.wild.compact.test.", RRTYPE_ANY, 1232, ANSWER_TCP);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 2);
	m = ask("x.wildcname.compact.test.", RRTYPE_A);
	assert_int_equal(sig_cnt(m, MESSAGE_AN), 2);
	assert_int_equal(m->cnt, 5);
}

static void compact_questions_for_nxname_are_malformed(void **state)
{
	const struct message *m = ask("missing.compact.test.", 128);
	assert_int_equal(m->rcode, 1);
	assert_int_equal(ede_of(m), 30);
}

/* ---- each type and name --------------------------------------------------------------------- */

/* Whatever is asked, the signer refuses nothing: engine and signer name records alike. */
static void nothing_asked_for_is_refused(void **state)
{
	static const char *const apex[] = {"livensec.test.", "livensec3.test.", "liveoptout.test.",
		"narrow.test.", "compact.test."};
	char qname[DNAME_TEXT_MAX];
	f->cfg.minimal_responses = f->cfg.any_minimal = false;
	for (size_t z = 0; z < 5; z++)
		for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++)
			for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
				snprintf(qname, sizeof(qname), "%s.%s", names[i], apex[z]);
				const struct message *m = ask_by(qname, types[k], 1232, ANSWER_TCP);
				assert_int_not_equal(m->rcode, 2);
			}
	assert_int_equal(counted(COUNTER_SIGN_REFUSED) + counted(COUNTER_SIGN_CHANGED) +
				 counted(COUNTER_SIGN_INVALID),
		0);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TWINS(name) cmocka_unit_test_setup_teardown(name, setup_twins, teardown_twins)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(dead_signer_is_servfail),
		TEST(refusal_is_servfail),
		TEST(rubbish_is_servfail),
		TEST(wrong_key_ends_after_some_rounds),
		TEST(evicted_before_it_is_used_ends_after_some_rounds),
		TEST(evicted_once_is_asked_for_again),
		TEST(without_rings_live_zones_are_servfail),
		TEST(no_room_is_a_drop_over_udp_only),
		TEST(without_do_nothing_is_signed),
		TEST(cached_answers_wait_for_nobody),
		TEST(a_new_name_costs_one_signature),
		TEST(the_clock_may_step),
		TEST(last_weeks_signature_is_refreshed),
		TEST(a_zone_may_change_under_a_parked_question),
		TEST(a_chain_into_a_live_zone_finds_its_own),
		TEST(a_message_behind_one_that_is_dropped_is_whole),
		TWINS(nsec_answers_are_the_eager_ones),
		TWINS(nsec3_answers_are_the_eager_ones),
		TWINS(optout_answers_are_the_eager_ones),
		TWINS(every_answer_cold),
		TEST(narrow_covers_are_made),
		TEST(narrow_covers_come_once),
		TEST(compact_missing_names_are_nodata),
		TEST(compact_answers_that_are_ok_are_nxdomain),
		TEST(compact_nodata),
		TEST(compact_wildcards_are_signed_as_the_name),
		TEST(compact_questions_for_nxname_are_malformed),
		TEST(nothing_asked_for_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
