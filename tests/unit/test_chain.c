/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Denial chains: the one of RFC 5155's appendix A record by record, and random zones against plain
 * linear searches.
 */
#include "control/dnssec/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/dnssec/zone_print.h"
#include "tests/unit/dnssec_fixture.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

static void open_zone(struct zone *zone, const char *text)
{
	dnssec_fixture_zone(zone, "example.", text, DNSSEC_UNSIGNED);
}

static void make_chain(struct zone *zone, const struct zone_nsec3_param *param)
{
	char err[256];
	if (dnssec_chain(zone, param, 0, err))
		fail_msg("%s", err);
}

/* ---- refusing ------------------------------------------------------------------------------- */

/* Two names of one hash are not to be had, but one name twice is. */
static void test_collision_is_refused(void **state)
{
	static const struct zone_nsec3_param param = {0};
	struct zone zone;
	char err[256];
	open_zone(&zone, fixture_example);
	zone.node[5].owner = zone.node[4].owner;
	zone.node[5].owner_len = zone.node[4].owner_len;
	assert_int_equal(dnssec_chain(&zone, &param, 0, err), -1);
	assert_non_null(strstr(err, "have the same NSEC3 hash"));
	zone_deinit(&zone);
}

static void test_nsec_without_apex_is_refused(void **state)
{
	struct zone zone;
	char err[256];
	open_zone(&zone, fixture_example);
	assert_int_equal(chain_link_nsec(&zone, err), -1);
	zone_deinit(&zone);
}

/* ---- RFC 5155, appendix A ------------------------------------------------------------------- */

static const char rfc5155_zone[] = "$TTL 3600\n"
				   "@ SOA ns1 bugs.x.w 1 3600 300 3600000 3600\n"
				   "@ NS ns1\n"
				   "@ NS ns2\n"
				   "@ MX 1 xx\n"
				   "@ DNSKEY 256 3 7 AwEAAQ==\n"
				   "@ DNSKEY 257 3 7 AwEAAQ==\n"
				   "2t7b4g4vsa5smi47k61mv5bv1a22bojr A 192.0.2.127\n"
				   "a NS ns1.a\n"
				   "a NS ns2.a\n"
				   "a DS 58470 5 1 3079F1593EBAD6DC121E202A8B766A6A4837206C\n"
				   "ns1.a A 192.0.2.5\n"
				   "ns2.a A 192.0.2.6\n"
				   "ai A 192.0.2.9\n"
				   "ai HINFO \"KLH-10\" \"ITS\"\n"
				   "ai AAAA 2001:db8::f00:baa9\n"
				   "c NS ns1.c\n"
				   "c NS ns2.c\n"
				   "ns1.c A 192.0.2.7\n"
				   "ns2.c A 192.0.2.8\n"
				   "ns1 A 192.0.2.1\n"
				   "ns2 A 192.0.2.2\n"
				   "*.w MX 1 ai\n"
				   "x.w MX 1 xx\n"
				   "x.y.w MX 1 xx\n"
				   "xx A 192.0.2.10\n"
				   "xx HINFO \"KLH-10\" \"TOPS-20\"\n"
				   "xx AAAA 2001:db8::f00:baaa\n";

/* Owner's hash, whose it is, types. Each record's next hash is the next row's. */
static const struct {
	const char *hash;
	const char *name;
	const char *types;
} rfc5155_chain[] = {
	{"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", "example.", " NS SOA MX RRSIG DNSKEY NSEC3PARAM"},
	{"2t7b4g4vsa5smi47k61mv5bv1a22bojr", "ns1.example.", " A RRSIG"},
	{"2vptu5timamqttgl4luu9kg21e0aor3s", "x.y.w.example.", " MX RRSIG"},
	{"35mthgpgcu1qg68fab165klnsnk3dpvl", "a.example.", " NS DS RRSIG"},
	{"b4um86eghhds6nea196smvmlo4ors995", "x.w.example.", " MX RRSIG"},
	{"gjeqe526plbf1g8mklp59enfd789njgi", "ai.example.", " A HINFO AAAA RRSIG"},
	{"ji6neoaepv8b5o6k4ev33abha8ht9fgc", "y.w.example.", " "},
	{"k8udemvp1j2f7eg6jebps17vp3n8i58h", "w.example.", " "},
	{"kohar7mbb8dc2ce8a9qvl8hon4k53uhi", "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.",
		" A RRSIG"},
	{"q04jkcevqvmu85r014c7dkba38o0ji5r", "ns2.example.", " A RRSIG"},
	{"r53bq7cc2uvmubfu5ocmm6pers9tk9en", "*.w.example.", " MX RRSIG"},
	{"t644ebqk9bibcna874givr6joj62mlhv", "xx.example.", " A HINFO AAAA RRSIG"},
};

#define RFC5155_CNT (sizeof(rfc5155_chain) / sizeof(rfc5155_chain[0]))

static const struct zone_nsec3_param rfc5155_param = {
	.iterations = 12, .optout = true, .salt_len = 4, .salt = {0xaa, 0xbb, 0xcc, 0xdd}};

static void check_rfc5155_record(struct zone *zone, size_t i)
{
	const struct zone_rrset *rrset = zone->nsec3[i].rrset;
	char text[512], want[512], hash[NSEC3_LABEL_LEN + 1] = "";
	nsec3_to_text(hash, zone->nsec3[i].hash);
	assert_string_equal(hash, rfc5155_chain[i].hash);
	snprintf(want, sizeof(want), "1 1 12 AABBCCDD %s%s",
		rfc5155_chain[(i + 1) % RFC5155_CNT].hash, rfc5155_chain[i].types);
	assert_true(rdata_to_text(text, sizeof(text), RRTYPE_NSEC3, rrset->rdata + 2,
			    rrset->rdata_len - 2) > 0);
	assert_int_equal(strcasecmp(text, want), 0);
	assert_int_equal(rrset->ttl_s, 3600);
	const struct zone_node *node = dnssec_fixture_node(zone, rfc5155_chain[i].name);
	assert_int_equal(node->denial, i);
	assert_true(node->flags & NODE_DENIAL_MATCH);
}

static void test_rfc5155_chain(void **state)
{
	static const uint8_t param_rdata[] = {0, 9, 1, 0, 0, 12, 4, 0xaa, 0xbb, 0xcc, 0xdd};
	struct zone zone;
	open_zone(&zone, rfc5155_zone);
	assert_non_null(zone_rrset_add(
		&zone, 0, RRTYPE_NSEC3PARAM, 3600, param_rdata, sizeof(param_rdata), 1));
	make_chain(&zone, &rfc5155_param);
	assert_int_equal(zone.nsec3_cnt, RFC5155_CNT);
	assert_int_equal(zone.flags, IMAGE_NSEC3 | IMAGE_OPTOUT);
	for (size_t i = 0; i < RFC5155_CNT; i++)
		check_rfc5155_record(&zone, i);
	/* c.example: an insecure delegation, covered by 35mthgpg... (appendix B.3) */
	const struct zone_node *c = dnssec_fixture_node(&zone, "c.example.");
	assert_int_equal(c->denial, 3);
	assert_false(c->flags & NODE_DENIAL_MATCH);
	/* *.x.w.example hashes to 92pqneeg..., covered by the same (appendix B.1) */
	const struct zone_node *xw = dnssec_fixture_node(&zone, "x.w.example.");
	assert_int_equal(xw->wildcard_denial, 3);
	assert_false(xw->flags & NODE_WILDCARD_DENIAL_MATCH);
	/* *.w.example exists */
	const struct zone_node *w = dnssec_fixture_node(&zone, "w.example.");
	assert_int_equal(w->wildcard_denial, 10);
	assert_true(w->flags & NODE_WILDCARD_DENIAL_MATCH);
	zone_deinit(&zone);
}

/* ---- what is in a chain ---------------------------------------------------------------------- */

static bool has_nsec(struct zone *zone, const char *name)
{
	return zone_node_rrset(dnssec_fixture_node(zone, name), RRTYPE_NSEC);
}

static void test_nsec_owners(void **state)
{
	struct zone zone;
	open_zone(&zone, fixture_example);
	make_chain(&zone, NULL);
	assert_int_equal(zone.flags, IMAGE_NSEC);
	assert_true(has_nsec(&zone, "example."));
	assert_true(has_nsec(&zone, "*.wild.example."));
	assert_true(has_nsec(&zone, "sub.example."));
	assert_true(has_nsec(&zone, "sec.example."));
	assert_false(has_nsec(&zone, "wild.example."));
	assert_false(has_nsec(&zone, "b.c.ent.example."));
	assert_false(has_nsec(&zone, "ns.sub.example."));
	assert_int_equal(dnssec_fixture_node(&zone, "ns.sub.example.")->denial, IMAGE_DENIAL_NONE);
	assert_int_equal(
		dnssec_fixture_node(&zone, "sub.example.")->wildcard_denial, IMAGE_DENIAL_NONE);
	zone_deinit(&zone);
}

static void check_bitmap(struct zone *zone, const char *name, bool nsec3, const char *want)
{
	uint8_t rdata[1 + CHAIN_BITMAP_MAX] = {0};
	char text[512];
	unsigned len = chain_bitmap(rdata + 1, dnssec_fixture_node(zone, name), nsec3);
	assert_true(rdata_to_text(text, sizeof(text), RRTYPE_NSEC, rdata, 1 + len) > 0);
	assert_string_equal(text, want);
}

static void test_bitmaps(void **state)
{
	struct zone zone;
	open_zone(&zone, fixture_example);
	check_bitmap(&zone, "example.", false, ". NS SOA MX TXT RRSIG NSEC");
	check_bitmap(&zone, "example.", true, ". NS SOA MX TXT RRSIG");
	check_bitmap(&zone, "sub.example.", false, ". NS RRSIG NSEC");
	check_bitmap(&zone, "sub.example.", true, ". NS");
	check_bitmap(&zone, "sec.example.", true, ". NS DS RRSIG");
	check_bitmap(&zone, "big.example.", false, ". RRSIG NSEC TYPE65534");
	check_bitmap(&zone, "caa.example.", true, ". RRSIG CAA");
	assert_int_equal(chain_bitmap((uint8_t[CHAIN_BITMAP_MAX]){0},
				 dnssec_fixture_node(&zone, "wild.example."), true),
		0);
	zone_deinit(&zone);
}

/* As many windows as a name can have types. */
static void test_bitmap_of_many_types(void **state)
{
	static struct zone_rrset rrset[NODE_RRSET_MAX];
	uint8_t bitmap[CHAIN_BITMAP_MAX];
	for (unsigned i = 0; i < NODE_RRSET_MAX; i++)
		rrset[i] = (struct zone_rrset){
			.next = i + 1 < NODE_RRSET_MAX ? &rrset[i + 1] : NULL,
			.type = (uint16_t)(257 * i + 1),
			.authoritative = true,
		};
	struct zone_node node = {.rrset = rrset};
	unsigned len = chain_bitmap(bitmap, &node, false), window_cnt = 0;
	for (unsigned at = 0; at < len; at += 2U + bitmap[at + 1]) {
		assert_int_equal(bitmap[at], window_cnt++);
		assert_true(bitmap[at + 1] >= 1 && bitmap[at + 1] <= 32);
		assert_true(bitmap[at + 1 + bitmap[at + 1]] != 0);
	}
	assert_int_equal(window_cnt, NODE_RRSET_MAX);
}

static const char *const optout_left_out[] = {"sub.example.", "only.insecure.example.",
	"deep.only.insecure.example.", "deep2.only.insecure.example.", "x.mixed.insecure.example."};
static const char *const optout_kept[] = {"insecure.example.", "mixed.insecure.example.",
	"y.mixed.insecure.example.", "sec.example.", "ent.example.", "example."};

static void test_optout_names(void **state)
{
	static const struct zone_nsec3_param all = {0}, optout = {.optout = true};
	struct zone zone;
	open_zone(&zone, fixture_example);
	make_chain(&zone, &optout);
	for (size_t i = 0; i < sizeof(optout_left_out) / sizeof(optout_left_out[0]); i++)
		assert_false(
			dnssec_fixture_node(&zone, optout_left_out[i])->flags & NODE_DENIAL_MATCH);
	for (size_t i = 0; i < sizeof(optout_kept) / sizeof(optout_kept[0]); i++)
		assert_true(dnssec_fixture_node(&zone, optout_kept[i])->flags & NODE_DENIAL_MATCH);
	zone_deinit(&zone);
	open_zone(&zone, fixture_example);
	make_chain(&zone, &all);
	assert_false(zone.flags & IMAGE_OPTOUT);
	for (uint32_t i = 0; i < zone.node_cnt; i++)
		assert_int_equal(!(zone.node[i].flags & NODE_GLUE),
			!!(zone.node[i].flags & NODE_DENIAL_MATCH));
	zone_deinit(&zone);
}

/* ---- oracles --------------------------------------------------------------------------------- */

/* Labels that sort before, at and after "*". */
static const char *const random_label[] = {
	"\\001", "\\033", "\\040", "*", "\\043", "-", "0", "a", "aa", "b", "\\195", "\\255"};

static char *random_zone(unsigned seed)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	srandom(seed);
	fputs("$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS a\n", out);
	for (unsigned i = 0; i < 60; i++) {
		for (unsigned depth = 1 + random() % 4; depth; depth--)
			fprintf(out, "%s%s", random_label[random() % 12], depth > 1 ? "." : " ");
		fputs(random() % 4 ? "A 192.0.2.1\n" : "NS ns.example.net.\n", out);
	}
	fclose(out);
	return text;
}

static void check_denial(uint32_t got, bool got_match, uint32_t want, bool want_match)
{
	assert_int_equal(got, want);
	assert_int_equal(got_match, want_match);
}

/* The last NSEC owner at or before name, by looking at all. */
static uint32_t nsec_linear(const struct zone *zone, const uint8_t *name, bool *match)
{
	uint32_t found = IMAGE_DENIAL_NONE;
	*match = false;
	for (uint32_t i = 0; i < zone->order_cnt; i++) {
		int order = dname_cmp(zone->node[zone->order[i]].owner, name);
		if (order <= 0) {
			found = i;
			*match = order == 0;
		}
	}
	return found;
}

/* The record of the name's hash, or with the greatest hash below it, else the greatest of all. */
static uint32_t nsec3_linear(const struct zone *zone, const uint8_t *name, bool *match)
{
	const struct zone_nsec3_param *param = &zone->nsec3_param;
	uint8_t hash[NSEC3_HASH_LEN];
	nsec3_hash(hash, name, dname_len(name), param->salt, param->salt_len, param->iterations);
	uint32_t found = zone->nsec3_cnt - 1;
	*match = false;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		int order = memcmp(zone->nsec3[i].hash, hash, sizeof(hash));
		if (order <= 0) {
			found = i;
			*match = order == 0;
		}
	}
	return found;
}

static void check_node(const struct zone *zone, const struct zone_node *node)
{
	uint32_t (*linear)(const struct zone *, const uint8_t *, bool *) =
		zone->flags & IMAGE_NSEC ? nsec_linear : nsec3_linear;
	uint8_t wildcard[DNAME_LEN_MAX + 2] = {1, '*'};
	bool match;
	if (node->flags & NODE_GLUE) {
		assert_int_equal(node->denial, IMAGE_DENIAL_NONE);
		assert_int_equal(node->wildcard_denial, IMAGE_DENIAL_NONE);
		return;
	}
	uint32_t want = linear(zone, node->owner, &match);
	check_denial(node->denial, node->flags & NODE_DENIAL_MATCH, want, match);
	if (node->flags & NODE_DELEGATION) {
		assert_int_equal(node->wildcard_denial, IMAGE_DENIAL_NONE);
		return;
	}
	memcpy(wildcard + 2, node->owner, node->owner_len);
	want = linear(zone, wildcard, &match);
	check_denial(node->wildcard_denial, node->flags & NODE_WILDCARD_DENIAL_MATCH, want, match);
}

static void check_random_zone(unsigned seed, const struct zone_nsec3_param *param)
{
	char *text = random_zone(seed);
	struct zone zone;
	open_zone(&zone, text);
	make_chain(&zone, param);
	for (uint32_t i = 0; i < zone.node_cnt; i++)
		check_node(&zone, &zone.node[i]);
	for (uint32_t i = 1; i < zone.nsec3_cnt; i++)
		assert_true(memcmp(zone.nsec3[i - 1].hash, zone.nsec3[i].hash, NSEC3_HASH_LEN) < 0);
	zone_deinit(&zone);
	free(text);
}

static void test_random_zones(void **state)
{
	static const struct zone_nsec3_param plain = {0},
					     optout = {.optout = true, .salt_len = 1, .salt = {7}};
	for (unsigned seed = 0; seed < 100; seed++) {
		check_random_zone(seed, NULL);
		check_random_zone(seed, &plain);
		check_random_zone(seed, &optout);
	}
}

/* A name so long that nothing fits below it has no wildcard to deny. */
static void test_longest_name(void **state)
{
	static const struct zone_nsec3_param param = {0};
	char text[1024] = "@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n", *at = text + strlen(text);
	for (unsigned i = 0; i < 245; i++)
		*at++ = i == 61 || i == 123 || i == 185 ? '.' : 'x';
	strcpy(at, " 60 A 192.0.2.1\n");
	for (int nsec3 = 0; nsec3 < 2; nsec3++) {
		struct zone zone;
		open_zone(&zone, text);
		make_chain(&zone, nsec3 ? &param : NULL);
		assert_int_equal(zone.node[zone.node_cnt - 1].owner_len, DNAME_LEN_MAX);
		assert_int_equal(zone.node[zone.node_cnt - 1].wildcard_denial, IMAGE_DENIAL_NONE);
		zone_deinit(&zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collision_is_refused),
		cmocka_unit_test(test_nsec_without_apex_is_refused),
		cmocka_unit_test(test_rfc5155_chain),
		cmocka_unit_test(test_nsec_owners),
		cmocka_unit_test(test_bitmaps),
		cmocka_unit_test(test_bitmap_of_many_types),
		cmocka_unit_test(test_optout_names),
		cmocka_unit_test(test_random_zones),
		cmocka_unit_test(test_longest_name),
	};
	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
