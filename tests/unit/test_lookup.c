/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The walk and the order search, each against a plain linear one over the same random zones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/zone_fixture.h"
#include "zonedb/bucket_match.h"
#include "zonedb/bucket_match_generic.h"
#include "zonedb/lookup.h"
#include "zonedb/rrtype.h"

#define APEX_LINES                                                                                 \
	"@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n"                                            \
	"@ 3600 NS ns1\n"

struct sample {
	struct zone zone;
	struct image_header *img;
};

static void sample_open(struct sample *s, const char *apex, const char *text)
{
	fixture_zone(&s->zone, apex, text);
	fixture_nsec(&s->zone);
	s->img = fixture_image(&s->zone, 0x1234567890abcdef);
}

static void sample_close(struct sample *s)
{
	free(s->img);
	zone_deinit(&s->zone);
}

/* ---- oracles ------------------------------------------------------------------------------- */

static const struct zone_node *linear_find(const struct zone *zone, const uint8_t *name)
{
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		if (dname_cmp(zone->node[i].owner, name) == 0 && !(zone->node[i].flags & NODE_GLUE))
			return &zone->node[i];
	return NULL;
}

static enum lookup_outcome linear_lookup(
	const struct zone *zone, const struct qname *q, const struct zone_node **node)
{
	for (unsigned i = q->label_cnt - zone->apex_label_cnt + 1; i-- > 0;) {
		const struct zone_node *next = linear_find(zone, q->wire + q->label_off[i]);
		if (next == NULL)
			return LOOKUP_MISSING;
		*node = next;
		if (next->flags & NODE_DELEGATION)
			return LOOKUP_DELEGATION;
		if (i > 0 && next->flags & NODE_DNAME)
			return LOOKUP_DNAME;
	}
	return LOOKUP_FOUND;
}

static uint32_t linear_order(const struct zone *zone, const struct qname *q)
{
	uint32_t at = 0;
	for (uint32_t i = 0; i < zone->order_cnt; i++)
		if (dname_cmp(zone->node[zone->order[i]].owner, q->wire) <= 0)
			at = i;
	return at;
}

static void assert_same_node(
	const struct sample *s, const struct image_node *got, const struct zone_node *expected)
{
	assert_int_equal(got->label_cnt, expected->label_cnt);
	assert_int_equal(got->name_len + s->zone.apex_len, expected->owner_len);
	assert_memory_equal(image_node_name(got), expected->owner, got->name_len);
}

static void compare_with_oracle(const struct sample *s, const struct qname *q)
{
	const struct zone_node *expected = NULL;
	struct lookup l;
	enum lookup_outcome outcome = linear_lookup(&s->zone, q, &expected);
	assert_int_equal(lookup_run(&l, s->img, q), outcome);
	assert_int_equal(l.outcome, outcome);
	assert_same_node(s, l.node, expected);
	assert_int_equal(l.label_cnt, expected->label_cnt);
	assert_int_equal(lookup_order(s->img, q), linear_order(&s->zone, q));
}

/* ---- cases --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum lookup_outcome outcome;
	unsigned label_cnt;
} walks[] = {
	{"nothing", LOOKUP_MISSING, 0},
	{"a.b.c.nothing", LOOKUP_MISSING, 0},
	{"nothing.www", LOOKUP_MISSING, 1},
	{"nothing.ent", LOOKUP_MISSING, 1},
	{"nothing.wild", LOOKUP_MISSING, 1},
	{"@", LOOKUP_FOUND, 0},
	{"www", LOOKUP_FOUND, 1},
	{"WwW", LOOKUP_FOUND, 1},
	{"ent", LOOKUP_FOUND, 1},
	{"x.ent", LOOKUP_FOUND, 2},
	{"*.wild", LOOKUP_FOUND, 2},
	{"child", LOOKUP_DELEGATION, 1},
	{"ns.child", LOOKUP_DELEGATION, 1},
	{"a.b.c.d.child", LOOKUP_DELEGATION, 1},
	{"dn", LOOKUP_FOUND, 1},
	{"hidden.dn", LOOKUP_DNAME, 1},
	{"a.b.dn", LOOKUP_DNAME, 1},
};

static void walks_end_where_they_should(void **state)
{
	struct sample s;
	sample_open(&s, "example.",
		APEX_LINES "www 300 A 192.0.2.1\nx.ent 300 A 192.0.2.1\n*.wild 300 A 192.0.2.1\n"
			   "child 300 NS ns.child\nns.child 300 A 192.0.2.2\n"
			   "dn 300 DNAME other.test.\nhidden.dn 300 A 192.0.2.3\n");
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		struct qname q;
		struct lookup l;
		fixture_qname(&q, &s.zone, walks[i].name);
		assert_int_equal(lookup_run(&l, s.img, &q), walks[i].outcome);
		assert_int_equal(l.node->label_cnt, walks[i].label_cnt);
		compare_with_oracle(&s, &q);
	}
	sample_close(&s);
}

static void dname_at_the_apex_ends_the_walk(void **state)
{
	struct sample s;
	struct qname q;
	struct lookup l;
	sample_open(&s, "example.", APEX_LINES "@ 300 DNAME other.test.\n");
	fixture_qname(&q, &s.zone, "www");
	assert_int_equal(lookup_run(&l, s.img, &q), LOOKUP_DNAME);
	fixture_qname(&q, &s.zone, "@");
	assert_int_equal(lookup_run(&l, s.img, &q), LOOKUP_FOUND);
	sample_close(&s);
}

static void finds_rrsets_by_type(void **state)
{
	struct sample s;
	sample_open(
		&s, "example.", APEX_LINES "@ 300 MX 1 mx\n@ 300 TXT hi\n@ 300 CAA 0 issue -\n");
	const struct image_node *apex = image_node(s.img, s.img->apex);
	static const uint16_t there[] = {
		RRTYPE_NS, RRTYPE_SOA, RRTYPE_MX, RRTYPE_TXT, RRTYPE_NSEC, RRTYPE_CAA};
	static const uint16_t missing[] = {0, RRTYPE_A, RRTYPE_CNAME, RRTYPE_AAAA, 0xffff};
	for (unsigned i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		assert_int_equal(lookup_rrset(apex, missing[i]).v, 0);
	for (unsigned i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		struct rrset_ref ref = lookup_rrset(apex, there[i]);
		assert_int_not_equal(ref.v, 0);
		assert_int_equal(image_rrset(s.img, ref)->type, there[i]);
	}
	sample_close(&s);
}

/* ---- random zones -------------------------------------------------------------------------- */

static uint32_t random_below(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)*seed * n >> 32);
}

/* A name of labels from a small stock, so that names meet, nest and share beginnings. */
static void random_name(uint32_t *seed, char *dst, unsigned label_cnt_max)
{
	static const char *const stock[] = {"a", "b", "ab", "*", "longlabel-one", "longlabel-two",
		"\\000", "\\001", "\\000a", "z",
		"\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255\\255"};
	for (unsigned i = 1 + random_below(seed, label_cnt_max); i > 0; i--)
		dst += sprintf(dst, "%s%s", stock[random_below(seed, 11)], i > 1 ? "." : "");
}

static void random_zone(struct sample *s, uint32_t *seed, unsigned name_cnt, const char *apex)
{
	static const char *const records[] = {"A 192.0.2.1", "A 192.0.2.2", "AAAA 2001:db8::1",
		"TXT text", "MX 5 a", "NS ns.test.", "DNAME d.test."};
	char *text = malloc(100 + name_cnt * 500UL), *end = text;
	end += sprintf(end, APEX_LINES);
	for (unsigned i = 0; i < name_cnt; i++) {
		char name[400];
		random_name(seed, name, 5);
		end += sprintf(end, "%s 300 %s\n", name,
			records[random_below(seed, random_below(seed, 8) ? 5 : 7)]);
	}
	sample_open(s, apex, text);
	free(text);
}

static void ask_random(const struct sample *s, uint32_t *seed, unsigned question_cnt)
{
	for (unsigned i = 0; i < question_cnt; i++) {
		char name[500];
		struct qname q;
		random_name(seed, name, 7);
		fixture_qname(&q, &s->zone, name);
		compare_with_oracle(s, &q);
	}
	for (uint32_t i = 0; i < s->zone.node_cnt; i++) {
		struct qname q;
		assert_int_equal(qname_read(&q, s->zone.node[i].owner, s->zone.node[i].owner_len),
			s->zone.node[i].owner_len);
		compare_with_oracle(s, &q);
	}
}

static void agrees_with_linear_search(void **state)
{
	static const char *const apexes[] = {"example.", ".", "deep.under.example."};
	uint32_t seed = 7;
	for (unsigned round = 0; round < 30; round++) {
		struct sample s;
		random_zone(&s, &seed, round * 12, apexes[round % 3]);
		ask_random(&s, &seed, 200);
		sample_close(&s);
	}
}

/* Enough names for several levels of the order tree and for buckets that overflow. */
static void agrees_in_a_larger_zone(void **state)
{
	const unsigned name_cnt = 3000;
	char *text = malloc(100 + name_cnt * 64UL), *end = text;
	struct sample s;
	uint32_t seed = 99;
	end += sprintf(end, APEX_LINES);
	for (unsigned i = 0; i < name_cnt; i++)
		end += sprintf(end, "%s%u 300 A 192.0.2.1\n", i % 2 ? "same-start-" : "n",
			random_below(&seed, 1000000000));
	sample_open(&s, "example.", text);
	for (uint32_t i = 0; i < s.zone.node_cnt; i++) {
		struct qname q;
		struct lookup l;
		assert_true(qname_read(&q, s.zone.node[i].owner, s.zone.node[i].owner_len) > 0);
		assert_int_equal(lookup_run(&l, s.img, &q), LOOKUP_FOUND);
		assert_same_node(&s, l.node, &s.zone.node[i]);
		assert_int_equal(lookup_order(s.img, &q), i);
	}
	for (unsigned i = 0; i < 500; i++) {
		char name[40];
		struct qname q;
		sprintf(name, "%s%u", i % 2 ? "same-start-" : "n", random_below(&seed, 1000000000));
		fixture_qname(&q, &s.zone, name);
		compare_with_oracle(&s, &q);
	}
	free(text);
	sample_close(&s);
}

/* 127 labels, all of them names of the zone. */
static void walks_the_deepest_name(void **state)
{
	char name[300] = "", *end = name, text[400];
	struct sample s;
	struct qname q;
	struct lookup l;
	for (unsigned i = 0; i < 126; i++)
		end += sprintf(end, "x.");
	end[-1] = '\0';
	sprintf(text, APEX_LINES "%s 300 A 192.0.2.1\n", name);
	sample_open(&s, "e.", text);
	fixture_qname(&q, &s.zone, name);
	assert_int_equal(q.label_cnt, 127);
	assert_int_equal(lookup_run(&l, s.img, &q), LOOKUP_FOUND);
	assert_int_equal(l.label_cnt, 126);
	compare_with_oracle(&s, &q);
	sample_close(&s);
}

/* Both ways to look for a tag, over buckets of every fill. */
static void tags_match_alike(void **state)
{
	uint32_t seed = 7;
	for (unsigned n = 0; n < 20000; n++) {
		struct image_bucket bucket;
		uint16_t tag = (uint16_t)random_below(&seed, 4);
		bucket.used = (uint8_t)(n % (IMAGE_BUCKET_SLOTS + 1));
		unsigned expected = 0;
		for (unsigned i = 0; i < IMAGE_BUCKET_SLOTS; i++) {
			bucket.tag[i] = (uint16_t)random_below(&seed, 4);
			bucket.node[i] = tag * 0x10001U; /* no slot, though the same bits */
			expected |= (unsigned)(i < bucket.used && bucket.tag[i] == tag) << i;
		}
		assert_int_equal(bucket_match(&bucket, tag), expected);
		assert_int_equal(bucket_match_generic(&bucket, tag), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_end_where_they_should),
		cmocka_unit_test(dname_at_the_apex_ends_the_walk),
		cmocka_unit_test(finds_rrsets_by_type),
		cmocka_unit_test(agrees_with_linear_search),
		cmocka_unit_test(agrees_in_a_larger_zone),
		cmocka_unit_test(walks_the_deepest_name),
		cmocka_unit_test(tags_match_alike),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
