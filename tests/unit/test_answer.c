/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What answers consist of, without DNSSEC: existence, wildcards, chains, delegations, additional
 * data. (DNSSEC: test_answer_denial.c)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/answer_fixture.h"
#include "zonedb/rrtype.h"

static struct answer_fixture fixture;
static struct answer_fixture *const f = &fixture;

static int setup(void **state)
{
	(void)state;
	answer_fixture_init(f);
	answer_fixture_zones(f);
	answer_fixture_start(f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	answer_fixture_deinit(f);
	return 0;
}

static const char *ask(const char *qname, uint16_t qtype)
{
	struct message_query query = {.qname = qname, .qtype = qtype};
	return answer_fixture_ask_text(f, &query, 0);
}

#define SOA "au plain.test. SOA\n"
#define WWW                                                                                        \
	"an www.plain.test. A 192.0.2.80\n"                                                        \
	"an www.plain.test. A 192.0.2.81\n"

/* ---- existence ----------------------------------------------------------------------------- */

static void test_nxdomain(void **state)
{
	(void)state;
	assert_string_equal(ask("missing.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
	assert_string_equal(ask("a.b.missing.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
	assert_string_equal(ask("x.www.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
	assert_string_equal(ask("ww.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
	assert_string_equal(ask("wwww.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
}

static void test_negative_ttl(void **state)
{
	(void)state;
	ask("missing.plain.test.", RRTYPE_A);
	assert_int_equal(f->read.rr[0].ttl, 300); /* min(SOA TTL, minimum) */
}

static void test_long_names_do_not_exist(void **state)
{
	(void)state;
	char qname[300] = "";
	for (unsigned i = 0; i < 121; i++)
		strcat(qname, "a.");
	strcat(qname, "plain.test.");
	assert_string_equal(ask(qname, RRTYPE_A), "NXDOMAIN aa\n" SOA);
}

static void test_nodata(void **state)
{
	(void)state;
	assert_string_equal(ask("www.plain.test.", RRTYPE_AAAA), "NOERROR aa\n" SOA);
	assert_string_equal(ask("plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
	assert_string_equal(ask("www.plain.test.", 65280), "NOERROR aa\n" SOA);
	assert_string_equal(ask("www.plain.test.", 0), "NOERROR aa\n" SOA);
}

static void test_empty_non_terminals(void **state)
{
	(void)state;
	assert_string_equal(ask("b.ent.plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
	assert_string_equal(ask("ent.plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
	assert_string_equal(ask("deep.plain.test.", RRTYPE_NS), "NOERROR aa\n" SOA);
	assert_string_equal(ask("x.b.ent.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
	assert_string_equal(ask("a.b.ent.plain.test.", RRTYPE_A),
		"NOERROR aa\nan a.b.ent.plain.test. A 192.0.2.110\n");
}

static void test_positive(void **state)
{
	(void)state;
	assert_string_equal(ask("www.plain.test.", RRTYPE_A), "NOERROR aa\n" WWW);
	assert_string_equal(ask("www.plain.test.", RRTYPE_TXT), "NOERROR aa\n"
								"an www.plain.test. TXT\n");
	assert_string_equal(ask("plain.test.", RRTYPE_SOA), "NOERROR aa\n"
							    "an plain.test. SOA\n");
	assert_int_equal(f->read.rr[0].ttl, 3600);
}

/* ---- zones --------------------------------------------------------------------------------- */

static void test_deepest_zone_answers(void **state)
{
	(void)state;
	assert_string_equal(ask("ns.child.plain.test.", RRTYPE_A),
		"NOERROR aa\nan ns.child.plain.test. A 192.0.2.130\n");
	assert_string_equal(ask("child.plain.test.", RRTYPE_NS),
		"NOERROR aa\n"
		"ad ns.child.plain.test. A 192.0.2.130\n"
		"an child.plain.test. NS ns.child.plain.test.\n");
	assert_string_equal(ask("x.child.plain.test.", RRTYPE_A), "NXDOMAIN aa\n"
								  "au child.plain.test. SOA\n");
}

static void test_ds_is_the_parents(void **state)
{
	(void)state;
	assert_string_equal(ask("child.plain.test.", RRTYPE_DS), "NOERROR aa\n" SOA);
	/* no parent of these is served */
	assert_string_equal(ask("plain.test.", RRTYPE_DS), "NOERROR aa\n" SOA);
	assert_string_equal(ask("other.test.", RRTYPE_DS), "NOERROR aa\nau other.test. SOA\n");
}

/* ---- wildcards ----------------------------------------------------------------------------- */

static void test_wildcard(void **state)
{
	(void)state;
	assert_string_equal(ask("x.wild.plain.test.", RRTYPE_A),
		"NOERROR aa\nan x.wild.plain.test. A 192.0.2.100\n");
	assert_string_equal(ask("a.b.c.wild.plain.test.", RRTYPE_A),
		"NOERROR aa\nan a.b.c.wild.plain.test. A 192.0.2.100\n");
	assert_string_equal(ask("*.wild.plain.test.", RRTYPE_A),
		"NOERROR aa\nan *.wild.plain.test. A 192.0.2.100\n");
	assert_string_equal(ask("x.wild.plain.test.", RRTYPE_TXT), "NOERROR aa\n" SOA);
}

static void test_wildcard_does_not_match_what_exists(void **state)
{
	(void)state;
	assert_string_equal(ask("wild.plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
	assert_string_equal(ask("sub.wild.plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
	assert_string_equal(ask("x.sub.wild.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
	assert_string_equal(ask("x.*.wild.plain.test.", RRTYPE_A), "NXDOMAIN aa\n" SOA);
}

static void test_wildcard_empty_non_terminal(void **state)
{
	(void)state;
	assert_string_equal(ask("x.wildent.plain.test.", RRTYPE_TXT), "NOERROR aa\n" SOA);
}

static void test_wildcard_cname(void **state)
{
	(void)state;
	assert_string_equal(ask("x.wildcname.plain.test.", RRTYPE_A),
		"NOERROR aa\n" WWW "an x.wildcname.plain.test. CNAME www.plain.test.\n");
	assert_string_equal(ask("x.wildloop.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an x.wildloop.plain.test. CNAME x.y.wildloop.plain.test.\n"
		"an x.y.wildloop.plain.test. CNAME x.y.wildloop.plain.test.\n");
}

static void test_wildcard_dname_is_data(void **state)
{
	(void)state;
	assert_string_equal(ask("x.wilddn.plain.test.", RRTYPE_DNAME),
		"NOERROR aa\nan x.wilddn.plain.test. DNAME target.plain.test.\n");
	assert_string_equal(ask("a.x.wilddn.plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
}

/* ---- CNAME --------------------------------------------------------------------------------- */

static void test_cname(void **state)
{
	(void)state;
	assert_string_equal(ask("alias2.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an alias.plain.test. CNAME www.plain.test.\n"
		"an alias2.plain.test. CNAME alias.plain.test.\n" WWW);
	assert_string_equal(ask("alias.plain.test.", RRTYPE_CNAME),
		"NOERROR aa\nan alias.plain.test. CNAME www.plain.test.\n");
}

static void test_cname_to_nothing(void **state)
{
	(void)state;
	assert_string_equal(ask("dangling.plain.test.", RRTYPE_A),
		"NXDOMAIN aa\n"
		"an dangling.plain.test. CNAME missing.plain.test.\n" SOA);
	assert_string_equal(ask("nodata.plain.test.", RRTYPE_AAAA),
		"NOERROR aa\n"
		"an nodata.plain.test. CNAME mail.plain.test.\n" SOA);
}

static void test_cname_out_of_the_zones(void **state)
{
	(void)state;
	assert_string_equal(ask("out.plain.test.", RRTYPE_A),
		"NOERROR aa\nan out.plain.test. CNAME www.elsewhere.net.\n");
}

static void test_cname_across_zones(void **state)
{
	(void)state;
	assert_string_equal(ask("cross.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an cross.plain.test. CNAME www.other.test.\n"
		"an www.other.test. A 198.51.100.1\n");
	assert_string_equal(ask("crossnx.plain.test.", RRTYPE_A),
		"NXDOMAIN aa\n"
		"an crossnx.plain.test. CNAME missing.other.test.\n"
		"au other.test. SOA\n");
	assert_string_equal(ask("back.other.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an back.other.test. CNAME www.plain.test.\n" WWW);
}

static void test_cname_into_delegation(void **state)
{
	(void)state;
	assert_string_equal(ask("tosub.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"ad ns.sub.plain.test. A 192.0.2.120\n"
		"ad ns.sub.plain.test. AAAA 2001:db8::120\n"
		"an tosub.plain.test. CNAME www.sub.plain.test.\n"
		"au sub.plain.test. NS ns.elsewhere.net.\n"
		"au sub.plain.test. NS ns.sub.plain.test.\n");
}

static void test_cname_loops(void **state)
{
	(void)state;
	assert_string_equal(ask("self.plain.test.", RRTYPE_A),
		"NOERROR aa\nan self.plain.test. CNAME self.plain.test.\n");
	assert_string_equal(ask("loop1.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an loop1.plain.test. CNAME loop2.plain.test.\n"
		"an loop2.plain.test. CNAME loop1.plain.test.\n");
}

static void test_chain_is_bounded(void **state)
{
	(void)state;
	ask("c0.plain.test.", RRTYPE_A);
	assert_int_equal(f->read.rcode, 0);
	assert_int_equal(f->read.cnt, ANSWER_CHAIN_MAX + 1);
	ask("c2.plain.test.", RRTYPE_A); /* ANSWER_CHAIN_MAX steps, then the addresses */
	assert_int_equal(f->read.cnt, ANSWER_CHAIN_MAX + 2);
}

/* ---- DNAME --------------------------------------------------------------------------------- */

static void test_dname(void **state)
{
	(void)state;
	assert_string_equal(ask("a.dn.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an a.dn.plain.test. CNAME a.target.plain.test.\n"
		"an a.target.plain.test. A 192.0.2.90\n"
		"an dn.plain.test. DNAME target.plain.test.\n");
	assert_int_equal(f->read.rr[1].type, RRTYPE_CNAME);
	assert_int_equal(f->read.rr[1].ttl, 3600);
	assert_string_equal(ask("x.y.dn.plain.test.", RRTYPE_A),
		"NXDOMAIN aa\n"
		"an dn.plain.test. DNAME target.plain.test.\n"
		"an x.y.dn.plain.test. CNAME x.y.target.plain.test.\n" SOA);
}

static void test_dname_keeps_case(void **state)
{
	(void)state;
	assert_string_equal(ask("A.dn.Plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an A.dn.Plain.test. CNAME A.target.plain.test.\n"
		"an A.target.plain.test. A 192.0.2.90\n"
		"an dn.Plain.test. DNAME target.plain.test.\n");
}

static void test_dname_owner_is_ordinary(void **state)
{
	(void)state;
	assert_string_equal(
		ask("dn.plain.test.", RRTYPE_TXT), "NOERROR aa\nan dn.plain.test. TXT\n");
	assert_string_equal(ask("dn.plain.test.", RRTYPE_A), "NOERROR aa\n" SOA);
	assert_string_equal(ask("dn.plain.test.", RRTYPE_DNAME),
		"NOERROR aa\nan dn.plain.test. DNAME target.plain.test.\n");
}

static void test_dname_chain(void **state)
{
	(void)state;
	assert_string_equal(ask("alias.dn.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an alias.dn.plain.test. CNAME alias.target.plain.test.\n"
		"an alias.target.plain.test. CNAME www.plain.test.\n"
		"an dn.plain.test. DNAME target.plain.test.\n" WWW);
	assert_string_equal(ask("www.dncross.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an dncross.plain.test. DNAME other.test.\n"
		"an www.dncross.plain.test. CNAME www.other.test.\n"
		"an www.other.test. A 198.51.100.1\n");
	assert_string_equal(ask("x.dnout.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an dnout.plain.test. DNAME elsewhere.net.\n"
		"an x.dnout.plain.test. CNAME x.elsewhere.net.\n");
	assert_string_equal(ask("x.dnloop.plain.test.", RRTYPE_A),
		"NOERROR aa\n"
		"an dnloop.plain.test. DNAME dnloop.plain.test.\n"
		"an x.dnloop.plain.test. CNAME x.dnloop.plain.test.\n");
}

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."

/* The target has 188 octets, so 67 may stand before it. */
static void test_dname_too_long(void **state)
{
	(void)state;
	static const char too_long[] = "YXDOMAIN aa\nan dnlong.plain.test. DNAME ";
	const char *text = ask(LABEL_63 "bbb.dnlong.plain.test.", RRTYPE_A);
	assert_memory_equal(text, too_long, sizeof(too_long) - 1);
	assert_int_equal(f->read.cnt, 1);
	assert_int_equal(f->counters.v[COUNTER_ANSWER_YXDOMAIN], 1);
	struct message_query fits = {.qname = LABEL_63 "bb.dnlong.plain.test.", .qtype = RRTYPE_A};
	answer_fixture_ask(f, &fits, ANSWER_TCP);
	assert_int_equal(f->read.rcode, 0);
	assert_int_equal(f->read.cnt, 2);
}

/* ---- delegations --------------------------------------------------------------------------- */

#define SUB_NS                                                                                     \
	"au sub.plain.test. NS ns.elsewhere.net.\n"                                                \
	"au sub.plain.test. NS ns.sub.plain.test.\n"
#define SUB_GLUE                                                                                   \
	"ad ns.sub.plain.test. A 192.0.2.120\n"                                                    \
	"ad ns.sub.plain.test. AAAA 2001:db8::120\n"

static void test_referral(void **state)
{
	(void)state;
	static const char *const names[] = {"sub.plain.test.", "x.sub.plain.test.",
		"a.b.c.sub.plain.test.", "ns.sub.plain.test."};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_string_equal(ask(names[i], RRTYPE_A), "NOERROR\n" SUB_GLUE SUB_NS);
		assert_string_equal(ask(names[i], RRTYPE_NS), "NOERROR\n" SUB_GLUE SUB_NS);
	}
}

static void test_referral_owner(void **state)
{
	(void)state;
	assert_string_equal(ask("x.SUB.plain.test.", RRTYPE_A),
		"NOERROR\n"
		"ad ns.sub.plain.test. A 192.0.2.120\n"
		"ad ns.sub.plain.test. AAAA 2001:db8::120\n"
		"au SUB.plain.test. NS ns.elsewhere.net.\n"
		"au SUB.plain.test. NS ns.sub.plain.test.\n");
}

static void test_referral_sibling_glue(void **state)
{
	(void)state;
	assert_string_equal(ask("x.sibling.plain.test.", RRTYPE_A),
		"NOERROR\n" SUB_GLUE "au sibling.plain.test. NS ns.sub.plain.test.\n");
}

static void test_ds_at_delegation(void **state)
{
	(void)state;
	assert_string_equal(
		ask("secure.plain.test.", RRTYPE_DS), "NOERROR aa\nan secure.plain.test. DS\n");
	assert_string_equal(ask("sub.plain.test.", RRTYPE_DS), "NOERROR aa\n" SOA);
	assert_string_equal(ask("x.sub.plain.test.", RRTYPE_DS), "NOERROR\n" SUB_GLUE SUB_NS);
}

/* ---- additional data ----------------------------------------------------------------------- */

static void test_apex_ns_brings_addresses(void **state)
{
	(void)state;
	assert_string_equal(ask("plain.test.", RRTYPE_NS), "NOERROR aa\n"
							   "ad ns1.plain.test. A 192.0.2.1\n"
							   "ad ns1.plain.test. AAAA 2001:db8::1\n"
							   "an plain.test. NS ns.elsewhere.net.\n"
							   "an plain.test. NS ns1.plain.test.\n");
}

static void test_minimal_responses(void **state)
{
	(void)state;
	assert_string_equal(ask("mx.plain.test.", RRTYPE_MX),
		"NOERROR aa\nan mx.plain.test. MX mail.plain.test.\n");
	f->cfg.minimal_responses = false;
	assert_string_equal(ask("mx.plain.test.", RRTYPE_MX),
		"NOERROR aa\n"
		"ad mail.plain.test. A 192.0.2.25\n"
		"an mx.plain.test. MX mail.plain.test.\n");
	assert_string_equal(ask("x.wildmx.plain.test.", RRTYPE_MX),
		"NOERROR aa\n"
		"ad mail.plain.test. A 192.0.2.25\n"
		"an x.wildmx.plain.test. MX mail.plain.test.\n");
	assert_string_equal(ask("srv.plain.test.", RRTYPE_SRV),
		"NOERROR aa\n"
		"ad mail.plain.test. A 192.0.2.25\n"
		"an srv.plain.test. SRV mail.plain.test.\n");
	f->cfg.minimal_responses = true;
}

/* The second zone's apex is compressed, so names that end in it cannot point into it. */
static void test_names_of_another_zone(void **state)
{
	(void)state;
	f->cfg.minimal_responses = false;
	assert_string_equal(ask("crossmx.plain.test.", RRTYPE_MX),
		"NOERROR aa\n"
		"ad www.other.test. A 198.51.100.1\n"
		"an crossmx.plain.test. CNAME mx.other.test.\n"
		"an mx.other.test. MX www.other.test.\n");
	f->cfg.minimal_responses = true;
}

/* ---- ANY ----------------------------------------------------------------------------------- */

static void test_any_over_udp(void **state)
{
	(void)state;
	assert_string_equal(ask("www.plain.test.", RRTYPE_ANY), "NOERROR tc\n");
	assert_string_equal(ask("www.elsewhere.net.", RRTYPE_ANY), "REFUSED\n");
	f->cfg.any_to_tcp = false;
	assert_string_equal(ask("www.plain.test.", RRTYPE_ANY), "NOERROR aa\n" WWW);
	f->cfg.any_minimal = false;
	assert_string_equal(
		ask("www.plain.test.", RRTYPE_ANY), "NOERROR aa\n" WWW "an www.plain.test. TXT\n");
	assert_string_equal(ask("x.wild.plain.test.", RRTYPE_ANY),
		"NOERROR aa\nan x.wild.plain.test. A 192.0.2.100\n");
	assert_string_equal(ask("alias.plain.test.", RRTYPE_ANY),
		"NOERROR aa\nan alias.plain.test. CNAME www.plain.test.\n");
	assert_string_equal(ask("b.ent.plain.test.", RRTYPE_ANY), "NOERROR aa\n" SOA);
	assert_string_equal(ask("sub.plain.test.", RRTYPE_ANY), "NOERROR\n" SUB_GLUE SUB_NS);
	f->cfg.any_to_tcp = f->cfg.any_minimal = true;
}

static void test_any_over_tcp(void **state)
{
	(void)state;
	struct message_query query = {.qname = "www.plain.test.", .qtype = RRTYPE_ANY};
	assert_string_equal(answer_fixture_ask_text(f, &query, ANSWER_TCP), "NOERROR aa\n" WWW);
}

static void test_rrsig_of_nothing(void **state)
{
	(void)state;
	struct message_query query = {.qname = "www.plain.test.", .qtype = RRTYPE_RRSIG};
	assert_string_equal(answer_fixture_ask_text(f, &query, ANSWER_TCP), "NOERROR aa\n" SOA);
}

/* ---- bursts -------------------------------------------------------------------------------- */

/* A burst answers each message as it would have been answered alone. */
static void test_burst(void **state)
{
	(void)state;
	static const struct message_query queries[] = {
		{.qname = "www.plain.test.", .qtype = RRTYPE_A},
		{.qname = "missing.plain.test.", .qtype = RRTYPE_A, .edns_size = 4096},
		{.qname = "x.sub.plain.test.", .qtype = RRTYPE_A},
		{.qname = "alias2.plain.test.", .qtype = RRTYPE_A},
		{.qname = "www.elsewhere.net.", .qtype = RRTYPE_A},
		{.qname = "a.dn.plain.test.", .qtype = RRTYPE_A},
		{.qname = "www.plain.test.", .qtype = RRTYPE_AXFR},
		{.qname = "x.missing.nsec3.test.",
			.qtype = 1,
			.edns_size = 1232,
			.dnssec_ok = true},
	};
	static uint8_t msg[ANSWER_BURST_MAX][2048];
	struct answer_job jobs[ANSWER_BURST_MAX];
	const unsigned kinds = sizeof(queries) / sizeof(queries[0]);
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++)
		jobs[i] = (struct answer_job){.msg = msg[i],
			.out_cap = sizeof(msg[i]),
			.msg_len = (uint16_t)message_make_query(msg[i], &queries[i % kinds])};
	answer_burst(f->answer, jobs, ANSWER_BURST_MAX);
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++) {
		answer_fixture_ask(f, &queries[i % kinds], 0);
		assert_int_equal(jobs[i].verdict, ANSWER_SEND);
		assert_int_equal(jobs[i].out_len, f->read.len);
		assert_memory_equal(jobs[i].msg, f->msg, f->read.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nxdomain),
		cmocka_unit_test(test_negative_ttl),
		cmocka_unit_test(test_long_names_do_not_exist),
		cmocka_unit_test(test_nodata),
		cmocka_unit_test(test_empty_non_terminals),
		cmocka_unit_test(test_positive),
		cmocka_unit_test(test_deepest_zone_answers),
		cmocka_unit_test(test_ds_is_the_parents),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_wildcard_does_not_match_what_exists),
		cmocka_unit_test(test_wildcard_empty_non_terminal),
		cmocka_unit_test(test_wildcard_cname),
		cmocka_unit_test(test_wildcard_dname_is_data),
		cmocka_unit_test(test_cname),
		cmocka_unit_test(test_cname_to_nothing),
		cmocka_unit_test(test_cname_out_of_the_zones),
		cmocka_unit_test(test_cname_across_zones),
		cmocka_unit_test(test_cname_into_delegation),
		cmocka_unit_test(test_cname_loops),
		cmocka_unit_test(test_chain_is_bounded),
		cmocka_unit_test(test_dname),
		cmocka_unit_test(test_dname_keeps_case),
		cmocka_unit_test(test_dname_owner_is_ordinary),
		cmocka_unit_test(test_dname_chain),
		cmocka_unit_test(test_dname_too_long),
		cmocka_unit_test(test_referral),
		cmocka_unit_test(test_referral_owner),
		cmocka_unit_test(test_referral_sibling_glue),
		cmocka_unit_test(test_ds_at_delegation),
		cmocka_unit_test(test_apex_ns_brings_addresses),
		cmocka_unit_test(test_minimal_responses),
		cmocka_unit_test(test_names_of_another_zone),
		cmocka_unit_test(test_any_over_udp),
		cmocka_unit_test(test_any_over_tcp),
		cmocka_unit_test(test_rrsig_of_nothing),
		cmocka_unit_test(test_burst),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
