/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From records in any order to a finished zone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/zone_fixture.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"
#include "zonedb/zone_finish.h"

#define SOA_LINE   "@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n"
#define APEX_LINES SOA_LINE "@ 3600 NS ns1\n"

static void zone_of(struct zone *zone, const char *apex, const char *text)
{
	uint8_t name[DNAME_LEN_MAX];
	assert_true(dname_from_text(name, apex) > 0);
	zone_init(zone, name);
	fixture_add(zone, text);
}

static uint32_t find(const struct zone *zone, const char *name)
{
	struct qname q;
	fixture_qname(&q, zone, name);
	return zone_find(zone, q.wire);
}

static const struct zone_node *node_of(const struct zone *zone, const char *name)
{
	uint32_t idx = find(zone, name);
	assert_int_not_equal(idx, ZONE_NODE_NONE);
	return &zone->node[idx];
}

/* ---- adding -------------------------------------------------------------------------------- */

static void add_refuses_what_cannot_stand_in_the_zone(void **state)
{
	struct zone zone;
	uint8_t owner[DNAME_LEN_MAX];
	const uint8_t a[4] = {192, 0, 2, 1};
	zone_of(&zone, "example.", "");
	assert_true(dname_from_text(owner, "www.example.org.") > 0);
	assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_A, 1, a, 4), ZONE_ADD_OUT_OF_ZONE);
	assert_true(dname_from_text(owner, "example") > 0);
	assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_A, 1, a, 3), ZONE_ADD_BAD_RDATA);
	assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_ANY, 1, a, 4), ZONE_ADD_META);
	assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_OPT, 1, a, 0), ZONE_ADD_META);
	assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_RRSIG, 1, a, 1), ZONE_ADD_BAD_RDATA);
	assert_int_equal(
		zone_add_rr(&zone, owner, RRTYPE_NSEC3, 1, (const uint8_t *)"\1\0\0\0\0\1h", 7),
		ZONE_ADD_BAD_NSEC3);
	assert_int_equal(zone.rr_cnt, 0);
	zone_deinit(&zone);
}

static void every_outcome_has_a_text(void **state)
{
	for (int i = ZONE_ADD_NO_MEMORY; i <= ZONE_ADD_BAD_NSEC3; i++)
		assert_true(strlen(zone_add_text((enum zone_add)i)) > 0);
}

/* ---- errors -------------------------------------------------------------------------------- */

static void finish_refuses_broken_zones(void **state)
{
	static const struct {
		const char *text, *err;
	} bad[] = {
		{"", "example. SOA: missing at the apex"},
		{"www 1 A 192.0.2.1\n", "example. SOA: missing at the apex"},
		{"@ 1 NS ns\n", "example. SOA: missing at the apex"},
		{SOA_LINE, "example. NS: missing at the apex"},
		{APEX_LINES "@ 3600 SOA ns1 host 8 7200 3600 1209600 300\n",
			"example. SOA: more than one record"},
		{APEX_LINES "www 3600 SOA ns1 host 8 7200 3600 1209600 300\n",
			"www.example. SOA: SOA below the apex"},
		{APEX_LINES "www 1 CNAME a\nwww 1 CNAME b\n",
			"www.example. CNAME: more than one record"},
		{APEX_LINES "www 1 DNAME a.\nwww 1 DNAME b.\n",
			"www.example. DNAME: more than one record"},
		{APEX_LINES "www 1 CNAME a\nwww 1 TXT b\n",
			"www.example. TXT: stands beside a CNAME"},
		{APEX_LINES "www 1 A 192.0.2.1\nother 1 A 192.0.2.1\nwww 1 CNAME a\n",
			"www.example. A: stands beside a CNAME"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct zone zone;
		char err[256] = "";
		zone_of(&zone, "example.", bad[i].text);
		assert_int_equal(zone_finish(&zone, err), -1);
		assert_string_equal(err, bad[i].err);
		zone_deinit(&zone);
	}
}

static void finish_refuses_an_rrset_no_message_holds(void **state)
{
	struct zone zone;
	char err[256];
	uint8_t owner[DNAME_LEN_MAX], rdata[200] = {199};
	zone_of(&zone, "example.", APEX_LINES);
	assert_true(dname_from_text(owner, "big.example.") > 0);
	for (unsigned i = 0; i < 400; i++) {
		wire_put_u16(rdata + 1, (uint16_t)i);
		assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_TXT, 1, rdata, sizeof(rdata)),
			ZONE_ADD_DONE);
	}
	assert_int_equal(zone_finish(&zone, err), -1);
	assert_string_equal(err, "big.example. TXT: RRset is larger than a message");
	zone_deinit(&zone);
}

static void finish_refuses_too_many_types(void **state)
{
	struct zone zone;
	char err[256];
	uint8_t owner[DNAME_LEN_MAX];
	zone_of(&zone, "example.", APEX_LINES);
	assert_true(dname_from_text(owner, "many.example.") > 0);
	for (uint16_t type = 1000; type < 1000 + NODE_RRSET_MAX + 1; type++)
		assert_int_equal(zone_add_rr(&zone, owner, type, 1, owner, 1), ZONE_ADD_DONE);
	assert_int_equal(zone_finish(&zone, err), -1);
	assert_string_equal(err, "many.example. TYPE1255: too many types at one name");
	zone_deinit(&zone);
}

/* ---- records ------------------------------------------------------------------------------- */

static void same_octets_many_times_are_one_record(void **state)
{
	struct zone zone;
	char err[256];
	uint8_t owner[DNAME_LEN_MAX];
	const uint8_t txt[200] = {199};
	zone_of(&zone, "example.", APEX_LINES);
	assert_true(dname_from_text(owner, "big.example.") > 0);
	for (unsigned i = 0; i < 70000; i++) /* more than a run counts */
		assert_int_equal(zone_add_rr(&zone, owner, RRTYPE_TXT, 70000 - i, txt, sizeof(txt)),
			ZONE_ADD_DONE);
	assert_int_equal(zone_finish(&zone, err), 0);
	const struct zone_rrset *rrset = zone_node_rrset(node_of(&zone, "big"), RRTYPE_TXT);
	assert_int_equal(rrset->rr_cnt, 1);
	assert_int_equal(rrset->rdata_len, 202);
	assert_int_equal(rrset->ttl_s, 1);
	assert_int_equal(zone.rr_cnt, 70002);
	zone_deinit(&zone);
}

static void scattered_records_become_one_rrset(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		"www 300 A 192.0.2.9\nz 1 A 192.0.2.1\n" APEX_LINES
		"WWW 60 A 192.0.2.10\nwww 300 TXT x\nwww 900 A 192.0.2.1\nwww 300 A 192.0.2.9\n");
	const struct zone_node *www = node_of(&zone, "www");
	const struct zone_rrset *a = zone_node_rrset(www, RRTYPE_A);
	assert_int_equal(a->rr_cnt, 3);
	assert_int_equal(a->ttl_s, 60); /* RFC 2181, 5.2 */
	assert_int_equal(a->rdata_len, 3 * 6);
	assert_memory_equal(a->rdata, "\0\4\300\0\2\1\0\4\300\0\2\11\0\4\300\0\2\12", 18);
	assert_ptr_equal(a->next, zone_node_rrset(www, RRTYPE_TXT));
	assert_null(a->next->next);
	zone_deinit(&zone);
}

/* Enough records that equal ones are looked for: the same octets, in memory once. */
static void equal_records_are_kept_once(void **state)
{
	static char text[200 * 1000];
	char *end = text + sprintf(text, APEX_LINES);
	struct zone zone;
	for (unsigned i = 0; i < 2000; i++)
		end += sprintf(end, "n%u 300 NS ns%u.test.\nn%u 300 NS ns.test.\n", i, i % 2, i);
	fixture_zone(&zone, "example.", text);
	const uint8_t *rdata[2] = {0};
	for (unsigned i = 0; i < 2000; i++) {
		char name[16];
		sprintf(name, "n%u", i);
		const struct zone_rrset *ns = node_of(&zone, name)->rrset;
		assert_int_equal(ns->rdata_len, 11 + 12);
		assert_memory_equal(ns->rdata,
			i % 2 ? "\0\11\2ns\4test\0\0\12\3ns1\4test"
			      : "\0\11\2ns\4test\0\0\12\3ns0\4test",
			23);
		if (i > 1900 && i < 1999) /* the very last has no successor to complete it */
			assert_ptr_equal(ns->rdata, rdata[i % 2]);
		rdata[i % 2] = ns->rdata;
	}
	zone_deinit(&zone);
}

/* RFC 4034, 6.3: compared in lower case, kept as they came; shorter before longer. */
static void records_are_in_canonical_order(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		SOA_LINE "@ 1 NS b.\n@ 1 NS C.\n@ 1 NS A.\n@ 1 NS c.\n@ 1 NS aa.\n"
			 "t 1 TYPE65280 0102\nt 1 TYPE65280 01\nt 1 TYPE65280 010100\n");
	const struct zone_rrset *ns = zone_node_rrset(&zone.node[0], RRTYPE_NS);
	assert_int_equal(ns->rr_cnt, 4);
	assert_memory_equal(ns->rdata, "\0\3\1A\0\0\3\1b\0\0\3\1C\0\0\4\2aa\0", 21);
	const struct zone_rrset *t = zone_node_rrset(node_of(&zone, "t"), 65280);
	assert_memory_equal(t->rdata, "\0\1\1\0\3\1\1\0\0\2\1\2", 12);
	zone_deinit(&zone);
}

static void signatures_go_beside_what_they_cover(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		APEX_LINES
		"www 300 RRSIG 1 13 2 300 2 1 9 @ aa\nwww 300 A 192.0.2.1\n"
		"www 20 RRSIG 16 13 2 300 2 1 9 @ bb\nwww 20 TXT x\n"
		"www 250 RRSIG 1 13 2 300 2 1 7 @ cc\n"
		"www 300 RRSIG 28 13 2 300 2 1 7 @ dd\nalone 1 RRSIG 1 13 2 1 2 1 7 @ ee\n");
	const struct zone_rrset *a = zone_node_rrset(node_of(&zone, "www"), RRTYPE_A);
	const struct zone_rrset *txt = zone_node_rrset(node_of(&zone, "www"), RRTYPE_TXT);
	assert_int_equal(a->sig_cnt, 2);
	assert_int_equal(a->sig_ttl_s, 250);
	assert_int_equal(a->sig_len, 2 * (2 + 18 + 9 + 1));
	assert_int_equal(txt->sig_cnt, 1);
	assert_int_equal(txt->sig_ttl_s, 20);
	assert_int_equal(txt->sig[txt->sig_len - 1], 0xbb);
	assert_null(zone_node_rrset(node_of(&zone, "www"), RRTYPE_RRSIG));
	assert_int_equal(zone.sig_orphan_cnt, 2);
	zone_deinit(&zone);
}

static void nsec3_records_are_no_names(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		APEX_LINES "t644ebqk9bibcna874givr6joj62mlhv 300 NSEC3 1 0 1 "
			   "00140000000000000000000000000000000000000000\n"
			   "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM 300 NSEC3 1 0 1 "
			   "00140000000000000000000000000000000000000000\n"
			   "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 300 RRSIG 50 13 2 300 2 1 9 @ aa\n"
			   /* a signature whose record is missing */
			   "35mthgpgcu1qg68fab165klnsnk3dpvl 300 RRSIG 50 13 2 300 2 1 9 @ aa\n");
	assert_int_equal(zone.node_cnt, 1);
	assert_int_equal(zone.nsec3_cnt, 2);
	assert_int_equal(zone.nsec3[0].hash[0], 0x06);
	assert_int_equal(zone.nsec3[0].rrset->sig_cnt, 1);
	assert_int_equal(zone.nsec3[1].rrset->sig_cnt, 0);
	assert_int_equal(zone.sig_orphan_cnt, 1);
	zone_deinit(&zone);
}

/* ---- names --------------------------------------------------------------------------------- */

static void names_are_in_order_and_linked(void **state)
{
	static const char *const expected[] = {"@", "a", "x.y.z", "y.z", "z", "*.z"};
	struct zone zone;
	fixture_zone(&zone, "example.",
		"x.y.z 1 A 192.0.2.1\n" APEX_LINES "*.z 1 A 192.0.2.1\na 1 A 192.0.2.1\n");
	assert_int_equal(zone.node_cnt, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		node_of(&zone, expected[i]);
	for (uint32_t i = 1; i < zone.node_cnt; i++)
		assert_true(dname_cmp(zone.node[i - 1].owner, zone.node[i].owner) < 0);
	assert_int_equal(zone.node[0].parent, ZONE_NODE_NONE);
	assert_int_equal(node_of(&zone, "z")->parent, 0);
	assert_int_equal(node_of(&zone, "x.y.z")->parent, find(&zone, "y.z"));
	assert_int_equal(node_of(&zone, "x.y.z")->label_cnt, 3);
	assert_null(node_of(&zone, "y.z")->rrset); /* an empty non-terminal */
	assert_int_equal(node_of(&zone, "y.z")->owner_len, 13);
	assert_int_equal(node_of(&zone, "z")->wildcard, find(&zone, "*.z"));
	assert_int_equal(node_of(&zone, "a")->wildcard, ZONE_NODE_NONE);
	assert_int_equal(find(&zone, "b"), ZONE_NODE_NONE);
	assert_int_equal(node_of(&zone, "*.z")->flags, NODE_WILDCARD);
	zone_deinit(&zone);
}

static void cuts_and_dnames_hide_what_is_below(void **state)
{
	static const struct {
		const char *name;
		uint8_t flags;
	} expected[] = {
		{"@", NODE_DNAME},
		{"child", NODE_GLUE},
		{"ns.child", NODE_GLUE},
	};
	struct zone zone;
	fixture_zone(&zone, "example.",
		APEX_LINES "@ 1 DNAME other.\nchild 1 NS ns.child\nns.child 1 A 192.0.2.1\n");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(node_of(&zone, expected[i].name)->flags, expected[i].flags);
	zone_deinit(&zone);
}

static void authority_ends_at_cuts(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.",
		APEX_LINES "child 1 NS child\nchild 1 A 192.0.2.1\nchild 1 DS 1 13 2 aa\n"
			   "a.ns.child 1 A 192.0.2.2\n*.child 1 A 192.0.2.3\n"
			   "sub.child 1 NS ns.test.\nd 1 DNAME x.\nb.d 1 A 192.0.2.1\n"
			   "c 1 CNAME x\n");
	const struct zone_node *child = node_of(&zone, "child");
	assert_int_equal(child->flags, NODE_DELEGATION);
	assert_false(zone_node_rrset(child, RRTYPE_NS)->authoritative);
	assert_false(zone_node_rrset(child, RRTYPE_A)->authoritative);
	assert_true(zone_node_rrset(child, RRTYPE_DS)->authoritative);
	assert_int_equal(child->wildcard, ZONE_NODE_NONE);
	assert_int_equal(node_of(&zone, "*.child")->flags, NODE_GLUE | NODE_WILDCARD);
	assert_int_equal(node_of(&zone, "ns.child")->flags, NODE_GLUE);
	assert_int_equal(node_of(&zone, "sub.child")->flags, NODE_GLUE);
	assert_false(zone_node_rrset(node_of(&zone, "a.ns.child"), RRTYPE_A)->authoritative);
	assert_int_equal(node_of(&zone, "d")->flags, NODE_DNAME);
	assert_int_equal(node_of(&zone, "b.d")->flags, NODE_GLUE);
	assert_int_equal(node_of(&zone, "c")->flags, NODE_CNAME);
	assert_true(zone_node_rrset(&zone.node[0], RRTYPE_NS)->authoritative);
	zone_deinit(&zone);
}

static void negative_ttl_is_the_lower_one(void **state)
{
	struct zone zone;
	fixture_zone(&zone, "example.", APEX_LINES);
	assert_int_equal(zone.negative_ttl_s, 300);
	assert_int_equal(zone.serial, 7);
	zone_deinit(&zone);
	fixture_zone(&zone, "example.", "@ 60 SOA ns1 host 7 1 1 1 300\n@ 3600 NS ns1\n");
	assert_int_equal(zone.negative_ttl_s, 60);
	zone_deinit(&zone);
}

/* Every order of adding yields the same zone. */
static void order_of_adding_does_not_matter(void **state)
{
	static const char *const lines[] = {"@ 3600 SOA ns1 host 7 7200 3600 1209600 300\n",
		"@ 3600 NS ns1\n", "a.b 300 A 192.0.2.1\n", "b 300 TXT x\n",
		"a.b 300 A 192.0.2.2\n", "*.b 300 A 192.0.2.1\n",
		"longer-than-sixteen-octets-1 300 A 192.0.2.1\n",
		"longer-than-sixteen-octets-2 300 A 192.0.2.1\n", "\\000 300 A 192.0.2.1\n"};
	enum { N = sizeof(lines) / sizeof(lines[0]) };
	unsigned order[N];
	struct zone first;
	char text[1000] = "";
	for (unsigned i = 0; i < N; i++) {
		strcat(text, lines[i]);
		order[i] = i;
	}
	fixture_zone(&first, "example.", text);
	srand(3);
	for (unsigned round = 0; round < 200; round++) {
		struct zone zone;
		text[0] = '\0';
		for (unsigned i = N; i-- > 0;) {
			unsigned k = (unsigned)rand() % (i + 1), swap = order[k];
			order[k] = order[i];
			order[i] = swap;
			strcat(text, lines[swap]);
		}
		fixture_zone(&zone, "example.", text);
		assert_int_equal(zone.node_cnt, first.node_cnt);
		for (uint32_t i = 0; i < zone.node_cnt; i++) {
			const struct zone_node *a = &first.node[i], *b = &zone.node[i];
			assert_int_equal(dname_cmp(a->owner, b->owner), 0);
			assert_true(a->parent == b->parent && a->wildcard == b->wildcard);
			assert_int_equal(a->rrset == NULL, b->rrset == NULL);
			if (a->rrset == NULL)
				continue;
			assert_int_equal(a->rrset->rdata_len, b->rrset->rdata_len);
			assert_memory_equal(a->rrset->rdata, b->rrset->rdata, a->rrset->rdata_len);
		}
		zone_deinit(&zone);
	}
	zone_deinit(&first);
}

/* ---- afterwards ---------------------------------------------------------------------------- */

static void rrsets_come_and_go(void **state)
{
	static const uint8_t rdata[] = "\0\1x";
	struct zone zone;
	fixture_zone(&zone, "example.", APEX_LINES "child 1 NS ns.\nchild 1 TXT x\n");
	uint32_t child = find(&zone, "child");
	assert_true(zone_rrset_add(&zone, child, RRTYPE_NSEC, 5, rdata, 3, 1)->authoritative);
	assert_false(zone_rrset_add(&zone, child, RRTYPE_A, 5, rdata, 3, 1)->authoritative);
	static const uint16_t order[] = {RRTYPE_A, RRTYPE_NS, RRTYPE_TXT, RRTYPE_NSEC};
	unsigned i = 0;
	for (struct zone_rrset *r = zone.node[child].rrset; r != NULL; r = r->next)
		assert_int_equal(r->type, order[i++]);
	assert_int_equal(i, 4);
	assert_false(zone_rrset_remove(&zone.node[child], RRTYPE_MX));
	assert_true(zone_rrset_remove(&zone.node[child], RRTYPE_A));
	assert_true(zone_rrset_remove(&zone.node[child], RRTYPE_TXT));
	assert_null(zone_node_rrset(&zone.node[child], RRTYPE_TXT));
	assert_int_equal(zone.node[child].rrset->type, RRTYPE_NS);
	zone_deinit(&zone);
}

static void arena_gives_aligned_memory_of_any_size(void **state)
{
	struct zone_arena arena = {0};
	static const size_t lens[] = {0, 1, 7, 8, 4096, 5000, 1 << 20, 3 << 20, 9};
	zone_arena_deinit(&arena);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		uint8_t *p = zone_arena_alloc(&arena, lens[i]);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 8, 0);
		memset(p, 0xa5, lens[i]);
	}
	zone_arena_deinit(&arena);
	assert_non_null(zone_arena_alloc(&arena, 1));
	zone_arena_deinit(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_refuses_what_cannot_stand_in_the_zone),
		cmocka_unit_test(every_outcome_has_a_text),
		cmocka_unit_test(finish_refuses_broken_zones),
		cmocka_unit_test(finish_refuses_an_rrset_no_message_holds),
		cmocka_unit_test(finish_refuses_too_many_types),
		cmocka_unit_test(same_octets_many_times_are_one_record),
		cmocka_unit_test(scattered_records_become_one_rrset),
		cmocka_unit_test(equal_records_are_kept_once),
		cmocka_unit_test(records_are_in_canonical_order),
		cmocka_unit_test(signatures_go_beside_what_they_cover),
		cmocka_unit_test(nsec3_records_are_no_names),
		cmocka_unit_test(names_are_in_order_and_linked),
		cmocka_unit_test(cuts_and_dnames_hide_what_is_below),
		cmocka_unit_test(authority_ends_at_cuts),
		cmocka_unit_test(negative_ttl_is_the_lower_one),
		cmocka_unit_test(order_of_adding_does_not_matter),
		cmocka_unit_test(rrsets_come_and_go),
		cmocka_unit_test(arena_gives_aligned_memory_of_any_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
