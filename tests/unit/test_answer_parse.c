/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages the engine must not answer, must refuse, or must read with care.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static const struct message_query www = {.qname = "www.plain.test.", .qtype = RRTYPE_A};
static const struct message_query www_edns = {
	.qname = "www.plain.test.", .qtype = RRTYPE_A, .edns_size = 1232};

/* Answers the len octets in f->msg and returns the answer's text. */
static const char *answer_text(size_t len)
{
	char err[256];
	int out_len = answer_fixture_run(f, len, 0, 512);
	assert_true(out_len >= MSG_HEADER_LEN);
	assert_return_code(message_read(&f->read, f->msg, (size_t)out_len, err), 0);
	return message_text(&f->read, f->text);
}

#define assert_text(text, expected) assert_string_equal(text, expected)

/* ---- dropped ------------------------------------------------------------------------------- */

static void test_short_is_dropped(void **state)
{
	(void)state;
	message_make_query(f->msg, &www);
	for (size_t len = 0; len < MSG_HEADER_LEN; len++)
		assert_int_equal(answer_fixture_run(f, len, 0, 512), -1 - ANSWER_DROP_SHORT);
	assert_int_equal(f->counters.v[COUNTER_DROP_SHORT], MSG_HEADER_LEN);
}

static void test_response_is_dropped(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	f->msg[2] |= 0x80;
	assert_int_equal(answer_fixture_run(f, len, 0, 512), -1 - ANSWER_DROP_RESPONSE);
	assert_int_equal(f->counters.v[COUNTER_DROP_RESPONSE], 1);
}

/* ---- FORMERR ------------------------------------------------------------------------------- */

static void test_cut_short_anywhere(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www_edns);
	for (size_t cut = MSG_HEADER_LEN; cut < len; cut++) {
		message_make_query(f->msg, &www_edns);
		assert_text(answer_text(cut), "FORMERR\n");
		assert_false(f->read.has_opt);
	}
}

static void test_trailing_octets(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	f->msg[len] = 0;
	assert_text(answer_text(len + 1), "FORMERR\n");
	assert_true(f->read.has_question);
}

static void test_question_count(void **state)
{
	(void)state;
	for (unsigned cnt = 0; cnt <= 2; cnt += 2) {
		size_t len = message_make_query(f->msg, &www);
		f->msg[5] = (uint8_t)cnt;
		assert_text(answer_text(len), "FORMERR\n");
		assert_false(f->read.has_question);
	}
}

static void test_bad_question_names(void **state)
{
	(void)state;
	static const uint8_t bad_octet[] = {0xc0, 0x80, 0x41, 64};
	for (size_t i = 0; i < sizeof(bad_octet); i++) {
		size_t len = message_make_query(f->msg, &www);
		f->msg[MSG_HEADER_LEN] = bad_octet[i];
		assert_text(answer_text(len), "FORMERR\n");
		assert_false(f->read.has_question);
	}
}

static void test_question_name_too_long(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	memset(f->msg + MSG_HEADER_LEN, 1, 256); /* 128 labels of one octet */
	memset(f->msg + MSG_HEADER_LEN + 256, 0, 5);
	(void)len;
	assert_text(answer_text(MSG_HEADER_LEN + 261), "FORMERR\n");
	assert_false(f->read.has_question);
}

/* Appends a record to the query of len octets in f->msg, counted in the section whose count stands
 * at count_off. */
static size_t append(size_t len, unsigned count_off, const void *rr, size_t rr_len)
{
	memcpy(f->msg + len, rr, rr_len);
	f->msg[count_off + 1]++;
	return len + rr_len;
}

enum count_off { ANCOUNT = 6, NSCOUNT = 8, ARCOUNT = 10 };

#define OPT(size, rdata)                                                                           \
	"\0\0\x29" size "\0\0\0\0"                                                                 \
	"\0" rdata
#define APPEND(len, count, rr) append(len, count, rr, sizeof(rr) - 1)

static void test_two_opts(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www_edns);
	len = APPEND(len, ARCOUNT, OPT("\x04\xd0", "\0"));
	assert_text(answer_text(len), "FORMERR\n");
	assert_false(f->read.has_opt);
}

static void test_opt_with_owner(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	len = APPEND(len, ARCOUNT, "\1a" OPT("\x04\xd0", "\0"));
	assert_text(answer_text(len), "FORMERR\n");
}

static void test_opt_out_of_place(void **state)
{
	(void)state;
	for (unsigned count = ANCOUNT; count <= NSCOUNT; count += 2) {
		size_t len = message_make_query(f->msg, &www);
		len = APPEND(len, count, OPT("\x04\xd0", "\0"));
		assert_text(answer_text(len), "FORMERR\n");
	}
}

static void test_bad_options(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	assert_text(answer_text(APPEND(len, ARCOUNT, OPT("\x04\xd0", "\3\0\3\0"))), "FORMERR\n");
	len = message_make_query(f->msg, &www);
	assert_text(
		answer_text(APPEND(len, ARCOUNT, OPT("\x04\xd0", "\5\0\x0a\0\2x"))), "FORMERR\n");
}

static void test_bad_record_owner(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	len = APPEND(len, ARCOUNT, "\x40x\0\0\1\0\1\0\0\0\0\0\0");
	assert_text(answer_text(len), "FORMERR\n");
}

/* ---- what is read over --------------------------------------------------------------------- */

static const char www_text[] = "NOERROR aa\n"
			       "an www.plain.test. A 192.0.2.80\n"
			       "an www.plain.test. A 192.0.2.81\n";

static void test_records_are_skipped(void **state)
{
	(void)state;
	static const char record[] = "\1a\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4";
	for (unsigned count = ANCOUNT; count <= ARCOUNT; count += 2) {
		size_t len = message_make_query(f->msg, &www);
		len = append(len, count, record, sizeof(record) - 1);
		assert_text(answer_text(len), www_text);
	}
}

static void test_unknown_options_are_ignored(void **state)
{
	(void)state;
	size_t len = message_make_query(f->msg, &www);
	len = APPEND(len, ARCOUNT, OPT("\x04\xd0", "\x0e\0\x0a\0\2xy\xff\xfe\0\4abcd"));
	assert_text(answer_text(len), www_text);
	assert_true(f->read.has_opt);
	assert_int_equal(f->read.opt_rdata_len, 0);
}

/* ---- header -------------------------------------------------------------------------------- */

static void test_opcodes(void **state)
{
	(void)state;
	for (unsigned opcode = 1; opcode < 16; opcode++) {
		struct message_query query = www;
		query.opcode = (uint8_t)opcode;
		size_t len = message_make_query(f->msg, &query);
		assert_text(answer_text(len), "NOTIMP\n");
		assert_int_equal(f->read.opcode, opcode);
		assert_false(f->read.has_question);
	}
}

static void test_header_bits(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 4; bits++) {
		struct message_query query = www;
		query.rd = bits & 1;
		query.cd = bits >> 1;
		size_t len = message_make_query(f->msg, &query);
		f->msg[2] |= 0x06; /* AA and TC mean nothing in a query */
		f->msg[3] |= 0xef; /* RA, Z, AD and a rcode neither */
		assert_text(answer_text(len), www_text);
		assert_int_equal(f->read.rd, bits & 1);
		assert_int_equal(f->read.cd, bits >> 1);
		assert_false(f->read.ra);
		assert_false(f->read.ad);
	}
}

static void test_case_is_kept(void **state)
{
	(void)state;
	struct message_query query = www;
	query.qname = "wWw.PLAIN.tEsT.";
	size_t len = message_make_query(f->msg, &query);
	assert_text(answer_text(len), "NOERROR aa\n"
				      "an wWw.PLAIN.tEsT. A 192.0.2.80\n"
				      "an wWw.PLAIN.tEsT. A 192.0.2.81\n");
}

/* ---- EDNS ---------------------------------------------------------------------------------- */

static uint16_t ede_of(const struct message *m)
{
	uint16_t len;
	const uint8_t *ede = message_option(m, 15, &len);
	return ede == NULL ? 0xffff : (uint16_t)(ede[0] << 8 | ede[1]);
}

static void test_no_opt_without_opt(void **state)
{
	(void)state;
	assert_text(answer_text(message_make_query(f->msg, &www)), www_text);
	assert_false(f->read.has_opt);
}

static void test_opt_is_answered(void **state)
{
	(void)state;
	struct message_query query = www_edns;
	for (unsigned dnssec_ok = 0; dnssec_ok < 2; dnssec_ok++) {
		query.dnssec_ok = dnssec_ok;
		assert_text(answer_text(message_make_query(f->msg, &query)), www_text);
		assert_true(f->read.has_opt);
		assert_int_equal(f->read.opt_udp_size, 1232);
		assert_int_equal(f->read.opt_do, dnssec_ok);
		assert_int_equal(f->read.opt_version, 0);
	}
}

static void test_badvers(void **state)
{
	(void)state;
	struct message_query query = www_edns;
	query.edns_version = 1;
	assert_text(answer_text(message_make_query(f->msg, &query)), "BADVERS\n");
	assert_int_equal(f->read.opt_version, 0);
	assert_true(f->read.has_question);
}

static void test_nsid(void **state)
{
	(void)state;
	struct message_query query = www_edns;
	uint16_t len;
	query.nsid = true;
	answer_text(message_make_query(f->msg, &query));
	assert_null(message_option(&f->read, 3, &len));
	strcpy(f->cfg.nsid, "server-1");
	f->cfg.nsid_len = 8;
	answer_text(message_make_query(f->msg, &query));
	const uint8_t *nsid = message_option(&f->read, 3, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(nsid, "server-1", 8);
	query.nsid = false;
	answer_text(message_make_query(f->msg, &query));
	assert_null(message_option(&f->read, 3, &len));
	f->cfg.nsid_len = 0;
}

/* ---- refused ------------------------------------------------------------------------------- */

static void test_outside(void **state)
{
	(void)state;
	static const char *const names[] = {".", "test.", "elsewhere.net.", "xplain.test."};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct message_query query = www_edns;
		query.qname = names[i];
		assert_text(answer_text(message_make_query(f->msg, &query)), "REFUSED\n");
		assert_int_equal(ede_of(&f->read), 20);
	}
}

static void test_classes(void **state)
{
	(void)state;
	static const uint16_t classes[] = {RRCLASS_NONE, RRCLASS_ANY, RRCLASS_CH, 2, 4};
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct message_query query = www;
		query.qclass = classes[i];
		assert_text(answer_text(message_make_query(f->msg, &query)), "REFUSED\n");
	}
}

static void test_meta_types(void **state)
{
	(void)state;
	static const struct {
		uint16_t type;
		const char *text;
		uint16_t ede;
	} row[] = {
		{RRTYPE_AXFR, "REFUSED\n", 18},
		{RRTYPE_IXFR, "REFUSED\n", 18},
		{RRTYPE_MAILA, "NOTIMP\n", 21},
		{RRTYPE_MAILB, "NOTIMP\n", 21},
		{RRTYPE_OPT, "FORMERR\n", 30},
		{RRTYPE_TSIG, "FORMERR\n", 30},
		{RRTYPE_TKEY, "FORMERR\n", 30},
		{128, "FORMERR\n", 30},
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct message_query query = www_edns;
		query.qtype = row[i].type;
		assert_text(answer_text(message_make_query(f->msg, &query)), row[i].text);
		assert_int_equal(ede_of(&f->read), row[i].ede);
	}
}

/* ---- CHAOS --------------------------------------------------------------------------------- */

static const char *chaos(const char *qname, uint16_t qtype)
{
	struct message_query query = {.qname = qname, .qtype = qtype, .qclass = RRCLASS_CH};
	return answer_text(message_make_query(f->msg, &query));
}

static void test_chaos_refused(void **state)
{
	(void)state;
	assert_text(chaos("version.bind.", RRTYPE_TXT), "REFUSED\n");
	assert_text(chaos("id.server.", RRTYPE_TXT), "REFUSED\n");
	f->cfg.version_len = 4;
	f->cfg.nsid_len = 2;
	assert_text(chaos("version.bind.", RRTYPE_A), "REFUSED\n");
	assert_text(chaos("authors.bind.", RRTYPE_TXT), "REFUSED\n");
	assert_text(chaos("x.version.bind.", RRTYPE_TXT), "REFUSED\n");
}

static void assert_chaos(const char *qname, const char *text)
{
	char expected[128];
	snprintf(expected, sizeof(expected), "NOERROR aa\nan %s TXT\n", qname);
	assert_text(chaos(qname, RRTYPE_TXT), expected);
	const uint8_t *rdata = f->read.wire + f->read.rr[0].rdata_off;
	assert_int_equal(rdata[0], strlen(text));
	assert_memory_equal(rdata + 1, text, strlen(text));
	assert_int_equal(f->read.rr[0].class, RRCLASS_CH);
	assert_int_equal(f->read.rr[0].ttl, 0);
}

static void test_chaos_answered(void **state)
{
	(void)state;
	strcpy(f->cfg.version, "v1.0");
	strcpy(f->cfg.nsid, "me");
	f->cfg.version_len = 4;
	f->cfg.nsid_len = 2;
	assert_chaos("version.bind.", "v1.0");
	assert_chaos("VERSION.server.", "v1.0");
	assert_chaos("id.server.", "me");
	assert_chaos("hostname.bind.", "me");
	assert_text(chaos("id.server.", RRTYPE_ANY), "NOERROR aa\nan id.server. TXT\n");
	f->cfg.version_len = f->cfg.nsid_len = 0;
}

/* ---- counters ------------------------------------------------------------------------------ */

static void test_counters(void **state)
{
	(void)state;
	struct message_query query = www_edns;
	query.dnssec_ok = true;
	memset(&f->counters, 0, sizeof(f->counters));
	answer_text(message_make_query(f->msg, &query));
	query.qname = "elsewhere.net.";
	answer_fixture_ask(f, &query, ANSWER_TCP);
	query.opcode = 5;
	answer_text(message_make_query(f->msg, &query));
	query = www;
	query.qtype = RRTYPE_OPT;
	answer_text(message_make_query(f->msg, &query));
	assert_int_equal(f->counters.v[COUNTER_UDP_QUERIES], 3);
	assert_int_equal(f->counters.v[COUNTER_TCP_QUERIES], 1);
	assert_int_equal(f->counters.v[COUNTER_DO_QUERIES], 2);
	assert_int_equal(f->counters.v[COUNTER_ANSWER_POSITIVE], 1);
	assert_int_equal(f->counters.v[COUNTER_ANSWER_REFUSED], 1);
	assert_int_equal(f->counters.v[COUNTER_ANSWER_NOTIMP], 1);
	assert_int_equal(f->counters.v[COUNTER_ANSWER_FORMERR], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_is_dropped),
		cmocka_unit_test(test_response_is_dropped),
		cmocka_unit_test(test_cut_short_anywhere),
		cmocka_unit_test(test_trailing_octets),
		cmocka_unit_test(test_question_count),
		cmocka_unit_test(test_bad_question_names),
		cmocka_unit_test(test_question_name_too_long),
		cmocka_unit_test(test_two_opts),
		cmocka_unit_test(test_opt_with_owner),
		cmocka_unit_test(test_opt_out_of_place),
		cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_bad_record_owner),
		cmocka_unit_test(test_records_are_skipped),
		cmocka_unit_test(test_unknown_options_are_ignored),
		cmocka_unit_test(test_opcodes),
		cmocka_unit_test(test_header_bits),
		cmocka_unit_test(test_case_is_kept),
		cmocka_unit_test(test_no_opt_without_opt),
		cmocka_unit_test(test_opt_is_answered),
		cmocka_unit_test(test_badvers),
		cmocka_unit_test(test_nsid),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_meta_types),
		cmocka_unit_test(test_chaos_refused),
		cmocka_unit_test(test_chaos_answered),
		cmocka_unit_test(test_counters),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
