/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers that are large: truncation at RRset boundaries over UDP, glue that must not be missing,
 * and names beyond the reach of compression pointers over TCP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/answer_fixture.h"
#include "tests/unit/zone_fixture.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"
#include "zonedb/zone_finish.h"

static struct answer_fixture fixture;
static struct answer_fixture *const f = &fixture;

#define FAR_ADDRESS_CNT 1300 /* of 16 octets: what follows is out of reach of pointers */
#define MANY_NS_CNT	1200
#define SOME_NS_CNT	24

/* format takes a number, and the two octets it has. */
static void add_line(struct zone *zone, const char *format, unsigned i)
{
	char line[256];
	snprintf(line, sizeof(line), format, i, i / 256, i % 256);
	fixture_add(zone, line);
}

static void add_delegation(struct zone *zone, const char *ns, const char *glue, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++) {
		add_line(zone, ns, i);
		add_line(zone, glue, i);
	}
}

static void publish_big(void)
{
	struct zone zone;
	char err[256];
	uint8_t apex[DNAME_LEN_MAX];
	assert_true(dname_from_text(apex, "big.test.") > 0);
	zone_init(&zone, apex);
	fixture_add(&zone, "@ 3600 SOA ns1.elsewhere.net. host 1 7200 3600 1209600 300\n"
			   "@ 3600 NS ns1.elsewhere.net.\n"
			   "far 3600 MX 10 mail\n"
			   "far 3600 MX 20 mx2.mail\n"
			   "far 3600 MX 30 mx.elsewhere.net.\n"
			   "far 3600 MX 40 mx2.elsewhere.net.\n");
	for (unsigned i = 0; i < FAR_ADDRESS_CNT; i++)
		add_line(&zone, "far 3600 A 10.0.%2$u.%3$u\n", i);
	add_delegation(
		&zone, "many 3600 NS n%u.many\n", "n%u.many 3600 A 10.1.%u.%u\n", MANY_NS_CNT);
	add_delegation(
		&zone, "some 3600 NS n%u.some\n", "n%u.some 3600 A 10.2.%u.%u\n", SOME_NS_CNT);
	for (unsigned i = 0; i < SOME_NS_CNT; i++)
		add_line(&zone, "siblings 3600 NS n%u.some\n", i);
	assert_int_equal(zone_finish(&zone, err), 0);
	answer_fixture_publish(f, &zone);
	zone_deinit(&zone);
}

static int setup(void **state)
{
	(void)state;
	answer_fixture_init(f);
	answer_fixture_zones(f);
	publish_big();
	answer_fixture_start(f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	answer_fixture_deinit(f);
	return 0;
}

/* ---- truncation ---------------------------------------------------------------------------- */

static unsigned count_rrs(const struct message *m, unsigned section, uint16_t type)
{
	unsigned cnt = 0;
	for (unsigned i = 0; i < m->cnt; i++)
		cnt += m->rr[i].section == section && m->rr[i].type == type;
	return cnt;
}

/* What tells RRsets of one section and owner apart: signatures go with what they cover. */
static unsigned rrset_type(const struct message *m, unsigned i)
{
	const uint8_t *covered = m->wire + m->rr[i].rdata_off;
	bool is_sig = m->rr[i].type == RRTYPE_RRSIG;
	return m->rr[i].type | (is_sig ? (unsigned)(covered[0] << 8 | covered[1]) << 16 : 0U);
}

/* Records of m in the RRset of record i of another message. */
static unsigned count_like(const struct message *m, const struct message *of, unsigned i)
{
	uint8_t owner[DNAME_LEN_MAX], other[DNAME_LEN_MAX];
	unsigned cnt = 0, len = message_name_at(of, of->rr[i].owner_off, owner);
	for (unsigned k = 0; k < m->cnt; k++)
		cnt += m->rr[k].section == of->rr[i].section &&
		       rrset_type(m, k) == rrset_type(of, i) &&
		       message_name_at(m, m->rr[k].owner_off, other) == len &&
		       memcmp(owner, other, len) == 0;
	return cnt;
}

/* A question answered with room and without: what is there is there in whole, what is missing from
 * answer or authority is told by TC. */
static void check_size(const struct message_query *query, uint16_t size)
{
	static struct message whole;
	static uint8_t wire[MSG_LEN_MAX];
	struct message_query sized = *query;
	char err[256];
	answer_fixture_ask(f, query, ANSWER_TCP);
	memcpy(wire, f->msg, f->read.len);
	assert_int_equal(message_read(&whole, wire, f->read.len, err), 0);
	sized.edns_size = size;
	const struct message *m = answer_fixture_ask(f, &sized, 0);
	assert_in_range(m->len, MSG_HEADER_LEN, size > 512 ? size : 512);
	assert_true(m->has_opt);
	for (unsigned i = 0; i < m->cnt; i++)
		assert_int_equal(count_like(m, m, i), count_like(&whole, m, i));
	unsigned missing = 0;
	for (unsigned i = 0; i < whole.cnt; i++)
		missing += whole.rr[i].section != MESSAGE_AD && count_like(m, &whole, i) == 0;
	assert_int_equal(m->tc, missing > 0);
}

static void test_truncation_at_every_size(void **state)
{
	(void)state;
	static const char *const qname[] = {"missing", "a.b.missing", "www", "x.wild", "alias2",
		"tosub", "x.secure", "a.dn", "x.wildcname", "dangling", "c2"};
	static const char *const zone[] = {"nsec.test.", "nsec3.test."};
	for (size_t i = 0; i < sizeof(qname) / sizeof(qname[0]); i++) {
		for (size_t k = 0; k < sizeof(zone) / sizeof(zone[0]); k++) {
			char name[DNAME_TEXT_MAX];
			snprintf(name, sizeof(name), "%s.%s", qname[i], zone[k]);
			struct message_query query = {.qname = name,
				.qtype = RRTYPE_A,
				.edns_size = 4096,
				.dnssec_ok = true};
			for (uint16_t size = 480; size <= 1232; size++)
				check_size(&query, size);
		}
	}
}

static void test_answer_does_not_fit(void **state)
{
	(void)state;
	struct message_query query = {.qname = "far.big.test.", .qtype = RRTYPE_A};
	assert_string_equal(answer_fixture_ask_text(f, &query, 0), "NOERROR aa tc\n");
	assert_false(f->read.has_opt);
	query.edns_size = 1232;
	assert_string_equal(answer_fixture_ask_text(f, &query, 0), "NOERROR aa tc\n");
	assert_true(f->read.has_opt);
	assert_int_equal(f->counters.v[COUNTER_TRUNCATED] > 0, 1);
}

static void test_sizes_that_hold(void **state)
{
	(void)state;
	struct message_query query = {.qname = "x.some.big.test.", .qtype = RRTYPE_A};
	/* 24 name servers and addresses: above 512 octets, below 1232 */
	assert_true(answer_fixture_ask(f, &query, 0)->tc);
	query.edns_size = 100; /* counts as 512 (RFC 6891, 6.2.3) */
	assert_true(answer_fixture_ask(f, &query, 0)->tc);
	query.edns_size = 4096;
	assert_false(answer_fixture_ask(f, &query, 0)->tc);
	f->cfg.udp_size_max = 512; /* our own limit */
	assert_true(answer_fixture_ask(f, &query, 0)->tc);
	f->cfg.udp_size_max = 1232;
	/* the buffer's limit */
	size_t len = message_make_query(f->msg, &query);
	assert_in_range(answer_fixture_run(f, len, 0, 512), 100, 512);
}

/* ---- glue ---------------------------------------------------------------------------------- */

static void test_glue_is_mandatory(void **state)
{
	(void)state;
	struct message_query query = {.qname = "x.some.big.test.", .qtype = RRTYPE_A};
	const struct message *m = answer_fixture_ask(f, &query, 0);
	assert_true(m->tc);
	assert_int_equal(count_rrs(m, MESSAGE_AU, RRTYPE_NS), SOME_NS_CNT);
	query.edns_size = 1232;
	m = answer_fixture_ask(f, &query, 0);
	assert_false(m->tc);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_A), SOME_NS_CNT);
}

static void test_sibling_glue_is_not(void **state)
{
	(void)state;
	struct message_query query = {.qname = "x.siblings.big.test.", .qtype = RRTYPE_A};
	const struct message *m = answer_fixture_ask(f, &query, 0);
	assert_false(m->tc);
	assert_in_range(count_rrs(m, MESSAGE_AD, RRTYPE_A), 1, SOME_NS_CNT - 1);
	query.edns_size = 1232;
	m = answer_fixture_ask(f, &query, 0);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_A), SOME_NS_CNT);
}

#define LABEL_60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."

static void test_signatures_of_additional_data_may_go(void **state)
{
	(void)state;
	struct message_query query = {.qname = LABEL_60 LABEL_60 "ownhost.nsec3.test.",
		.qtype = RRTYPE_A,
		.edns_size = 1232,
		.dnssec_ok = true};
	const struct message *m = answer_fixture_ask(f, &query, 0);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_RRSIG), 2);
	query.edns_size = (uint16_t)(m->len - 1);
	m = answer_fixture_ask(f, &query, 0);
	assert_false(m->tc);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_A), 1);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_AAAA), 1);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_RRSIG), 1);
}

/* ---- beyond 16 KiB ------------------------------------------------------------------------- */

static void test_large_rrset(void **state)
{
	(void)state;
	struct message_query query = {.qname = "far.big.test.", .qtype = RRTYPE_A};
	const struct message *m = answer_fixture_ask(f, &query, ANSWER_TCP);
	assert_false(m->tc);
	assert_int_equal(m->cnt, FAR_ADDRESS_CNT);
	assert_int_equal(m->len, MSG_HEADER_LEN + sizeof("\3far\3big\4test") + 4 + 16 * m->cnt);
}

static void test_stream_buffer_is_a_limit(void **state)
{
	(void)state;
	struct message_query query = {.qname = "far.big.test.", .qtype = RRTYPE_A};
	char err[256];
	size_t len = message_make_query(f->msg, &query);
	int out_len = answer_fixture_run(f, len, ANSWER_TCP, 20000);
	assert_int_equal(message_read(&f->read, f->msg, (size_t)out_len, err), 0);
	assert_true(f->read.tc);
	assert_int_equal(f->read.cnt, 0);
}

/* Names that would point back into an RRset out of reach are written out. */
static void test_names_out_of_reach(void **state)
{
	(void)state;
	struct message_query query = {.qname = "far.big.test.", .qtype = RRTYPE_ANY};
	f->cfg.any_minimal = false;
	const struct message *m = answer_fixture_ask(f, &query, ANSWER_TCP);
	f->cfg.any_minimal = true;
	assert_int_equal(m->cnt, FAR_ADDRESS_CNT + 4);
	assert_in_range(m->rr[FAR_ADDRESS_CNT].owner_off, MSG_POINTER_MAX + 1, MSG_LEN_MAX);
	message_text(m, f->text);
	assert_non_null(strstr(f->text, "an far.big.test. MX mail.big.test.\n"));
	assert_non_null(strstr(f->text, "an far.big.test. MX mx2.mail.big.test.\n"));
	assert_non_null(strstr(f->text, "an far.big.test. MX mx.elsewhere.net.\n"));
	assert_non_null(strstr(f->text, "an far.big.test. MX mx2.elsewhere.net.\n"));
}

/* Glue whose owner stands out of reach is written out, the rest points to it. */
static void test_glue_out_of_reach(void **state)
{
	(void)state;
	struct message_query query = {.qname = "x.many.big.test.", .qtype = RRTYPE_A};
	const struct message *m = answer_fixture_ask(f, &query, ANSWER_TCP);
	assert_false(m->tc);
	assert_int_equal(count_rrs(m, MESSAGE_AU, RRTYPE_NS), MANY_NS_CNT);
	assert_int_equal(count_rrs(m, MESSAGE_AD, RRTYPE_A), MANY_NS_CNT);
	message_text(m, f->text);
	for (unsigned i = 0; i < MANY_NS_CNT; i++) {
		char line[128];
		snprintf(line, sizeof(line), "ad n%u.many.big.test. A 10.1.%u.%u\n", i, i / 256,
			i % 256);
		assert_non_null(strstr(f->text, line));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_truncation_at_every_size),
		cmocka_unit_test(test_answer_does_not_fit),
		cmocka_unit_test(test_sizes_that_hold),
		cmocka_unit_test(test_glue_is_mandatory),
		cmocka_unit_test(test_sibling_glue_is_not),
		cmocka_unit_test(test_signatures_of_additional_data_may_go),
		cmocka_unit_test(test_large_rrset),
		cmocka_unit_test(test_stream_buffer_is_a_limit),
		cmocka_unit_test(test_names_out_of_reach),
		cmocka_unit_test(test_glue_out_of_reach),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
