/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RRSIGs, and the NSEC and NSEC3 records that prove what answers say. A table of questions, each
 * with what must be matched (M) and covered (C) in a zone with NSEC, with NSEC3 and with opt-out;
 * every record of the chain in the answer must serve one of these, and none come twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/answer_fixture.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"
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

enum { NSEC, NSEC3, OPTOUT, MODE_CNT };
static const char *const apex[MODE_CNT] = {"nsec.test.", "nsec3.test.", "optout.test."};

/* Asks for a name relative to the mode's apex, with DO. */
static const struct message *ask(unsigned mode, const char *name, uint16_t qtype)
{
	char qname[DNAME_TEXT_MAX];
	const bool at_apex = strcmp(name, "@") == 0;
	snprintf(qname, sizeof(qname), "%s%s%s", at_apex ? "" : name, at_apex ? "" : ".",
		apex[mode]);
	struct message_query query = {
		.qname = qname, .qtype = qtype, .edns_size = 4096, .dnssec_ok = true};
	return answer_fixture_ask(f, &query, ANSWER_TCP);
}

/* ---- what a record of the chain says ------------------------------------------------------- */

/* A point in the chain's order: a lower-case name, or a hash. */
struct place {
	uint8_t octets[DNAME_LEN_MAX];
	bool is_hash;
};

static int place_cmp(const struct place *a, const struct place *b)
{
	return a->is_hash ? memcmp(a->octets, b->octets, NSEC3_HASH_LEN)
			  : dname_cmp(a->octets, b->octets);
}

static struct place name_place(const char *name, unsigned mode)
{
	char text[DNAME_TEXT_MAX];
	struct place p = {.is_hash = mode != NSEC};
	uint8_t wire[DNAME_LEN_MAX];
	const bool at_apex = strcmp(name, "@") == 0;
	snprintf(text, sizeof(text), "%s%s%s", at_apex ? "" : name, at_apex ? "" : ".", apex[mode]);
	int len = dname_from_text(wire, text);
	assert_true(len > 0);
	if (p.is_hash)
		nsec3_hash(p.octets, wire, (size_t)len, (const uint8_t *)"\xab\xcd", 2, 1);
	else
		memcpy(p.octets, wire, (size_t)len);
	return p;
}

/* Owner and next of a chain's record. */
static void record_places(const struct message *m, const struct message_rr *rr, struct place at[2])
{
	uint8_t owner[DNAME_LEN_MAX];
	unsigned owner_len = message_name_at(m, rr->owner_off, owner);
	const uint8_t *rdata = m->wire + rr->rdata_off;
	at[0].is_hash = at[1].is_hash = rr->type == RRTYPE_NSEC3;
	if (rr->type == RRTYPE_NSEC3) {
		assert_int_equal(
			nsec3_from_text(at[0].octets, (const char *)owner + 1, owner[0]), 0);
		memcpy(at[1].octets, rdata + 5 + rdata[4] + 1, NSEC3_HASH_LEN);
	} else {
		dname_lower(at[0].octets, owner, owner_len);
		message_name_at(m, rr->rdata_off, at[1].octets);
	}
}

static bool record_says(
	const struct message *m, const struct message_rr *rr, char relation, const struct place *p)
{
	struct place at[2];
	record_places(m, rr, at);
	if (relation == 'M')
		return place_cmp(&at[0], p) == 0;
	bool after = place_cmp(&at[0], p) < 0, before = place_cmp(p, &at[1]) < 0;
	bool wraps = place_cmp(&at[1], &at[0]) <= 0;
	return wraps ? after || before : after && before;
}

static bool is_chain_record(const struct message_rr *rr)
{
	return rr->type == RRTYPE_NSEC || rr->type == RRTYPE_NSEC3;
}

/* ---- proofs -------------------------------------------------------------------------------- */

#define RECORD_MAX 16

/* Checks that the authority proves what "M a C b ..." lists, with no record to spare. */
static void assert_proof(const struct message *m, unsigned mode, const char *proof)
{
	bool served[RECORD_MAX] = {false};
	char relation, name[DNAME_TEXT_MAX];
	int used;
	for (const char *at = proof; sscanf(at, " %c %255s%n", &relation, name, &used) == 2;
		at += used) {
		struct place p = name_place(name, mode);
		bool said = false;
		for (unsigned i = 0; i < m->cnt; i++) {
			if (m->rr[i].section == MESSAGE_AU && is_chain_record(&m->rr[i]) &&
				record_says(m, &m->rr[i], relation, &p))
				said = served[i] = true;
		}
		if (!said)
			fail_msg("%c %s not proved in %s", relation, name, apex[mode]);
	}
	for (unsigned i = 0; i < m->cnt; i++)
		if (m->rr[i].section == MESSAGE_AU && is_chain_record(&m->rr[i]) && !served[i])
			fail_msg("record %u proves nothing asked for in %s", i, apex[mode]);
}

static bool same_owner(
	const struct message *m, const struct message_rr *a, const struct message_rr *b)
{
	uint8_t left[DNAME_LEN_MAX], right[DNAME_LEN_MAX];
	unsigned left_len = message_name_at(m, a->owner_off, left);
	return message_name_at(m, b->owner_off, right) == left_len &&
	       memcmp(left, right, left_len) == 0;
}

static bool same_record(
	const struct message *m, const struct message_rr *a, const struct message_rr *b)
{
	return a->type == b->type && a->rdata_len == b->rdata_len && same_owner(m, a, b) &&
	       memcmp(m->wire + a->rdata_off, m->wire + b->rdata_off, a->rdata_len) == 0;
}

static void assert_no_doubles(const struct message *m)
{
	for (unsigned i = 0; i < m->cnt; i++)
		for (unsigned k = 0; k < i; k++)
			assert_false(same_record(m, &m->rr[i], &m->rr[k]));
}

static bool has_sig(const struct message *m, const struct message_rr *rr)
{
	for (unsigned i = 0; i < m->cnt; i++) {
		const uint8_t *covered = m->wire + m->rr[i].rdata_off;
		if (m->rr[i].section == rr->section && m->rr[i].type == RRTYPE_RRSIG &&
			(covered[0] << 8 | covered[1]) == rr->type && same_owner(m, &m->rr[i], rr))
			return true;
	}
	return false;
}

/* Each RRset has its RRSIG: but for a delegation's NS, glue, and a CNAME made from a DNAME. */
static void assert_signed(const struct message *m)
{
	bool made_cname = false;
	for (unsigned i = 0; i < m->cnt; i++) {
		const struct message_rr *rr = &m->rr[i];
		bool unsigned_ns = rr->section == MESSAGE_AU && rr->type == RRTYPE_NS;
		if (rr->type != RRTYPE_RRSIG && !unsigned_ns && !made_cname &&
			rr->section != MESSAGE_AD && !has_sig(m, rr))
			fail_msg("record %u, type %u, is not signed", i, rr->type);
		made_cname = rr->type == RRTYPE_RRSIG && i > 0 && m->rr[i - 1].type == RRTYPE_DNAME;
	}
}

/* ---- the table ----------------------------------------------------------------------------- */

struct row {
	const char *qname;
	uint16_t qtype;
	uint16_t rcode;
	const char *proof[MODE_CNT];
};

#define SAME(nsec, nsec3)                                                                          \
	{                                                                                          \
		nsec, nsec3, nsec3                                                                 \
	}

static const struct row rows[] = {
	/* the name does not exist */
	{"missing", RRTYPE_A, 3, SAME("C missing C *", "M @ C missing C *")},
	{"a.b.missing", RRTYPE_A, 3, SAME("C a.b.missing C *", "M @ C missing C *")},
	{"x.www", RRTYPE_A, 3, SAME("C x.www C *.www", "M www C x.www C *.www")},
	{"x.b.ent", RRTYPE_A, 3, SAME("C x.b.ent C *.b.ent", "M b.ent C x.b.ent C *.b.ent")},
	{"x.*.wild", RRTYPE_A, 3, SAME("C x.*.wild C *.*.wild", "M *.wild C x.*.wild C *.*.wild")},
	{"dangling", RRTYPE_A, 3, SAME("C missing C *", "M @ C missing C *")},
	{"x.y.dn", RRTYPE_A, 3, SAME("C x.y.target C *.target", "M target C y.target C *.target")},
	/* it exists, the type does not */
	{"www", RRTYPE_AAAA, 0, SAME("M www", "M www")},
	{"@", RRTYPE_A, 0, SAME("M @", "M @")},
	{"nodata", RRTYPE_AAAA, 0, SAME("M mail", "M mail")},
	{"*.wild", RRTYPE_TXT, 0, SAME("M *.wild", "M *.wild")},
	{"sub.wild", RRTYPE_A, 0, SAME("M sub.wild", "M sub.wild")},
	{"ent", RRTYPE_A, 0, SAME("C ent", "M ent")},
	{"b.ent", RRTYPE_A, 0, SAME("C b.ent", "M b.ent")},
	{"deep", RRTYPE_A, 0, {"C deep", "M deep", "M @ C deep"}},
	{"x.deep", RRTYPE_A, 3,
		{"C x.deep C *.deep", "M deep C x.deep C *.deep", "M @ C deep C *"}},
	/* wildcards */
	{"x.wild", RRTYPE_A, 0, SAME("C x.wild", "C x.wild")},
	{"a.b.wild", RRTYPE_A, 0, SAME("C a.b.wild", "C b.wild")},
	{"x.wild", RRTYPE_TXT, 0, SAME("C x.wild M *.wild", "M wild C x.wild M *.wild")},
	{"a.b.wild", RRTYPE_TXT, 0, SAME("C a.b.wild M *.wild", "M wild C b.wild M *.wild")},
	{"x.wildent", RRTYPE_TXT, 0,
		SAME("C x.wildent C *.wildent", "M wildent C x.wildent M *.wildent")},
	{"x.wildcname", RRTYPE_A, 0, SAME("C x.wildcname", "C x.wildcname")},
	{"x.wildcname", RRTYPE_AAAA, 0, SAME("C x.wildcname M www", "C x.wildcname M www")},
	{"x.wildloop", RRTYPE_A, 0,
		SAME("C x.wildloop C x.y.wildloop", "C x.wildloop C y.wildloop")},
	{"x.wilddn", RRTYPE_DNAME, 0, SAME("C x.wilddn", "C x.wilddn")},
	/* delegations without DS */
	{"sub", RRTYPE_A, 0, {"M sub", "M sub", "M @ C sub"}},
	{"x.sub", RRTYPE_A, 0, {"M sub", "M sub", "M @ C sub"}},
	{"x.sub", RRTYPE_DS, 0, {"M sub", "M sub", "M @ C sub"}},
	{"sub", RRTYPE_DS, 0, {"M sub", "M sub", "M @ C sub"}},
	{"insecure.deep", RRTYPE_A, 0, {"M insecure.deep", "M insecure.deep", "M @ C deep"}},
	{"insecure.deep", RRTYPE_DS, 0, {"M insecure.deep", "M insecure.deep", "M @ C deep"}},
	{"tosub", RRTYPE_A, 0, {"M sub", "M sub", "M @ C sub"}},
	/* nothing to prove */
	{"www", RRTYPE_A, 0, SAME("", "")},
	{"alias2", RRTYPE_A, 0, SAME("", "")},
	{"a.dn", RRTYPE_A, 0, SAME("", "")},
	{"secure", RRTYPE_A, 0, SAME("", "")},
	{"x.secure", RRTYPE_DS, 0, SAME("", "")},
	{"secure", RRTYPE_DS, 0, SAME("", "")},
	{"out", RRTYPE_A, 0, SAME("", "")},
	{"loop1", RRTYPE_A, 0, SAME("", "")},
	{"@", RRTYPE_NS, 0, SAME("", "")},
	{"@", RRTYPE_DNSKEY, 0, SAME("M @", "M @")},
};

static void test_proofs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned mode = 0; mode < MODE_CNT; mode++) {
			const struct message *m = ask(mode, rows[i].qname, rows[i].qtype);
			if (m->rcode != rows[i].rcode || m->tc)
				fail_msg("%s.%s: rcode %u", rows[i].qname, apex[mode], m->rcode);
			assert_proof(m, mode, rows[i].proof[mode]);
			assert_no_doubles(m);
			assert_signed(m);
		}
	}
}

static void test_no_proof_without_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char qname[DNAME_TEXT_MAX];
		const bool at_apex = strcmp(rows[i].qname, "@") == 0;
		snprintf(qname, sizeof(qname), "%s%snsec3.test.", at_apex ? "" : rows[i].qname,
			at_apex ? "" : ".");
		struct message_query query = {
			.qname = qname, .qtype = rows[i].qtype, .edns_size = 4096};
		const struct message *m = answer_fixture_ask(f, &query, ANSWER_TCP);
		for (unsigned k = 0; k < m->cnt; k++) {
			assert_int_not_equal(m->rr[k].type, RRTYPE_RRSIG);
			assert_int_not_equal(m->rr[k].type, RRTYPE_NSEC3);
		}
	}
}

/* The image knows where closest enclosers and their wildcards stand in the chain: one hash, that of
 * the next closer name, is all that is left. */
static void test_one_hash_at_most(void **state)
{
	(void)state;
	uint64_t *hashes = &f->counters.v[COUNTER_NSEC3_HASHES];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned names = strcmp(rows[i].qname, "x.wildloop") == 0 ? 2 : 1;
		for (unsigned mode = 0; mode < MODE_CNT; mode++) {
			uint64_t before = *hashes;
			ask(mode, rows[i].qname, rows[i].qtype);
			assert_in_range(*hashes - before, 0, mode == NSEC ? 0 : names);
		}
	}
	uint64_t before = *hashes;
	ask(NSEC3, "a.b.c.missing", RRTYPE_A);
	assert_int_equal(*hashes - before, 1);
	ask(NSEC3, "x.sub", RRTYPE_A);
	ask(OPTOUT, "x.sub", RRTYPE_A);
	ask(NSEC3, "www", RRTYPE_AAAA);
	assert_int_equal(*hashes - before, 1);
}

/* ---- particular answers -------------------------------------------------------------------- */

static const char *ask_text(unsigned mode, const char *name, uint16_t qtype)
{
	return message_text(ask(mode, name, qtype), f->text);
}

static void test_secure_referral(void **state)
{
	(void)state;
	assert_string_equal(ask_text(NSEC3, "x.secure", RRTYPE_A),
		"NOERROR\n"
		"au secure.nsec3.test. DS\n"
		"au secure.nsec3.test. NS ns.elsewhere.net.\n"
		"au secure.nsec3.test. RRSIG DS\n");
}

static void test_insecure_referral(void **state)
{
	(void)state;
	assert_string_equal(ask_text(NSEC, "x.sub", RRTYPE_A),
		"NOERROR\n"
		"ad ns.sub.nsec.test. A 192.0.2.120\n"
		"ad ns.sub.nsec.test. AAAA 2001:db8::120\n"
		"au sub.nsec.test. NS ns.elsewhere.net.\n"
		"au sub.nsec.test. NS ns.sub.nsec.test.\n"
		"au sub.nsec.test. NSEC a.target.nsec.test.\n"
		"au sub.nsec.test. RRSIG NSEC\n");
}

static void test_signed_additional_data(void **state)
{
	(void)state;
	assert_string_equal(ask_text(NSEC3, "ownhost", RRTYPE_A) + sizeof("NOERROR\n") - 1,
		"ad ns1.nsec3.test. A 192.0.2.1\n"
		"ad ns1.nsec3.test. AAAA 2001:db8::1\n"
		"ad ns1.nsec3.test. RRSIG A\n"
		"ad ns1.nsec3.test. RRSIG AAAA\n"
		"au - NSEC3\n"
		"au - RRSIG NSEC3\n"
		"au ownhost.nsec3.test. NS ns1.nsec3.test.\n");
}

static void test_nsec_is_data(void **state)
{
	(void)state;
	assert_string_equal(ask_text(NSEC, "sub.wild", RRTYPE_NSEC),
		"NOERROR aa\n"
		"an sub.wild.nsec.test. NSEC *.wildcname.nsec.test.\n"
		"an sub.wild.nsec.test. RRSIG NSEC\n");
	struct message_query query = {.qname = "sub.wild.nsec.test.", .qtype = RRTYPE_NSEC};
	assert_string_equal(answer_fixture_ask_text(f, &query, 0),
		"NOERROR aa\nan sub.wild.nsec.test. NSEC *.wildcname.nsec.test.\n");
}

/* RFC 5155, 7.2.8: the owner of an NSEC3 record does not exist. */
static void test_nsec3_owner_does_not_exist(void **state)
{
	(void)state;
	char label[NSEC3_LABEL_LEN + 1] = "";
	struct place www = name_place("www", NSEC3);
	nsec3_to_text(label, www.octets);
	const struct message *m = ask(NSEC3, label, RRTYPE_NSEC3);
	assert_int_equal(m->rcode, 3);
	char proof[128];
	snprintf(proof, sizeof(proof), "M @ C %s C *", label);
	assert_proof(m, NSEC3, proof);
}

static void test_rrsig_is_asked_for(void **state)
{
	(void)state;
	f->cfg.any_minimal = false;
	assert_string_equal(ask_text(NSEC, "www", RRTYPE_RRSIG), "NOERROR aa\n"
								 "an www.nsec.test. RRSIG A\n"
								 "an www.nsec.test. RRSIG NSEC\n"
								 "an www.nsec.test. RRSIG TXT\n");
	f->cfg.any_minimal = true;
	assert_string_equal(
		ask_text(NSEC, "www", RRTYPE_RRSIG), "NOERROR aa\nan www.nsec.test. RRSIG A\n");
	assert_proof(ask(NSEC, "x.wild", RRTYPE_RRSIG), NSEC, "C x.wild");
}

static void test_any_is_signed(void **state)
{
	(void)state;
	assert_string_equal(ask_text(NSEC3, "mail", RRTYPE_ANY),
		"NOERROR aa\n"
		"an mail.nsec3.test. A 192.0.2.25\n"
		"an mail.nsec3.test. RRSIG A\n");
}

/* A chain into another zone: each zone's own signatures, the last one's denial. */
static void test_chain_into_unsigned_zone(void **state)
{
	(void)state;
	assert_string_equal(ask_text(NSEC3, "crossnx", RRTYPE_A),
		"NXDOMAIN aa\n"
		"an crossnx.nsec3.test. CNAME missing.other.test.\n"
		"an crossnx.nsec3.test. RRSIG CNAME\n"
		"au other.test. SOA\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proofs),
		cmocka_unit_test(test_no_proof_without_do),
		cmocka_unit_test(test_one_hash_at_most),
		cmocka_unit_test(test_secure_referral),
		cmocka_unit_test(test_insecure_referral),
		cmocka_unit_test(test_signed_additional_data),
		cmocka_unit_test(test_nsec_is_data),
		cmocka_unit_test(test_nsec3_owner_does_not_exist),
		cmocka_unit_test(test_rrsig_is_asked_for),
		cmocka_unit_test(test_any_is_signed),
		cmocka_unit_test(test_chain_into_unsigned_zone),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
