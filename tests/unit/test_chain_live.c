/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Records of live zones that deny one name each: narrow NSEC3 against what pdns_server 4.7.3
 * answers for the same zone, compact NSEC against RFC 9824; then odd zones through image_check.
 */
#include "control/dnssec/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "control/dnssec/zone_print.h"
#include "tests/unit/dnssec_fixture.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/image_build.h"
#include "zonedb/image_check.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

#define SEED 7

/* A zone with apex records of a key, not yet denied. */
static void open_zone(struct zone *zone, const char *text, const char *nsec3)
{
	struct keyset keys = {0};
	struct zone_policy policy = {0};
	struct dnssec_options opt = {.keys = &keys, .policy = &policy};
	char err[256];
	dnssec_fixture_zone(zone, "example.", text, DNSSEC_SIGNED);
	dnssec_fixture_generate(&keys, 15, 257);
	if (nsec3)
		assert_int_equal(policy_set(&policy, "NSEC3PARAM", nsec3, err), 0);
	keyset_assign_roles(&keys, nsec3 != NULL);
	assert_int_equal(dnssec_apex_records(zone, &opt, err), 0);
	keyset_deinit(&keys);
}

static void open_narrow(struct zone *zone, const char *text, const char *nsec3)
{
	struct zone_nsec3_param param;
	char err[256];
	open_zone(zone, text, nsec3);
	assert_int_equal(policy_nsec3_from_text(&param, nsec3, err), 0);
	if (dnssec_chain_narrow(zone, &param, 2, err))
		fail_msg("%s", err);
}

static void open_compact(struct zone *zone, const char *text)
{
	char err[256];
	open_zone(zone, text, NULL);
	if (dnssec_chain_compact(zone, err))
		fail_msg("%s", err);
}

/* An image of it passes image_check. */
static void check_image(struct zone *zone)
{
	char err[256];
	zone->flags |= IMAGE_LIVE;
	zone->live_id[0] = zone->live_sig_len = 1;
	struct image_build *build = image_build_new(zone, SEED, err);
	assert_non_null(build);
	uint64_t size = image_build_size(build);
	struct image_header *img = aligned_alloc(IMAGE_ALIGN, size);
	image_build_write(build, img);
	if (image_check(img, size, SEED, err))
		fail_msg("%s", err);
	free(img);
	image_build_free(build);
}

/* ---- refusing ------------------------------------------------------------------------------- */

static void test_collision_is_refused(void **state)
{
	static const struct zone_nsec3_param param = {0};
	struct zone zone;
	char err[256];
	open_zone(&zone, fixture_example, NULL);
	zone.node[5].owner = zone.node[4].owner;
	zone.node[5].owner_len = zone.node[4].owner_len;
	assert_int_equal(dnssec_chain_narrow(&zone, &param, 0, err), -1);
	assert_non_null(strstr(err, "use another salt"));
	zone_deinit(&zone);
}

/* ---- narrow --------------------------------------------------------------------------------- */

static const char pdns_zone[] =
	"$TTL 3600\n@ SOA ns1 host 1 7200 3600 1209600 300\n@ NS ns1\n"
	"ns1 A 192.0.2.1\nwww A 192.0.2.80\nwww TXT hello\nalias CNAME www\n"
	"*.wild A 192.0.2.100\nsub.wild TXT child\na.b.ent A 192.0.2.110\n"
	"sub NS ns.sub\nns.sub A 192.0.2.120\n"
	"secure NS ns.elsewhere.net.\nsecure DS 4711 13 2 "
	"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n"
	"insecure.deep NS ns.elsewhere.net.\ndn DNAME target\n"
	"a.target A 192.0.2.90\n";

/* What pdns_server answered: opt-out, no iterations, salt ab. */
static const struct {
	const char *name;     /* node that refers to the record, as its own or its wildcard's */
	const char *wildcard; /* NULL: its own */
	const char *owner, *next, *types;
} pdns_answer[] = {
	{"example.", NULL, "9vbkfn1th8dvd4rpjl2ijuks1j7lhl62", "9VBKFN1TH8DVD4RPJL2IJUKS1J7LHL63",
		" NS SOA RRSIG DNSKEY NSEC3PARAM"},
	{"www.example.", NULL, "sm2u1hda3tmo9v1no6sgi071dvc9dctn",
		"SM2U1HDA3TMO9V1NO6SGI071DVC9DCTO", " A TXT RRSIG"},
	{"ent.example.", NULL, "t7r22rcclp96bb2edp9fvg71411nl7tc",
		"T7R22RCCLP96BB2EDP9FVG71411NL7TD", " "},
	{"wild.example.", NULL, "okcp1qucn209j6iof1p2epn4k0r1c7h7",
		"OKCP1QUCN209J6IOF1P2EPN4K0R1C7H8", " "},
	{"dn.example.", NULL, "hjj6pqocm1pg3glfilofb3tk3218jr3j",
		"HJJ6PQOCM1PG3GLFILOFB3TK3218JR3K", " DNAME RRSIG"},
	{"sub.example.", NULL, "husgupg45gsq76tp7u1ck3gb2kgfklde",
		"HUSGUPG45GSQ76TP7U1CK3GB2KGFKLDF", " NS"},
	{"insecure.deep.example.", NULL, "juur4u9ogar77vqm2174e17jbm4bi6vg",
		"JUUR4U9OGAR77VQM2174E17JBM4BI6VH", " NS"},
	{"*.wild.example.", NULL, "ehfaamppmt7p0h8hf2nm9jpdeqppcmc4",
		"EHFAAMPPMT7P0H8HF2NM9JPDEQPPCMC5", " A RRSIG"},
	{"wild.example.", "exists", "ehfaamppmt7p0h8hf2nm9jpdeqppcmc4",
		"EHFAAMPPMT7P0H8HF2NM9JPDEQPPCMC5", " A RRSIG"},
	{"example.", "missing", "4fvn6n4gcbkka8lbq8lvsdl83sfcbfrr",
		"4FVN6N4GCBKKA8LBQ8LVSDL83SFCBFRT", " "},
	{"www.example.", "missing", "bas1n9csq5i5mgqgdjt2tfs890htgkvt",
		"BAS1N9CSQ5I5MGQGDJT2TFS890HTGKVV", " "},
	{"ent.example.", "missing", "j48i9vfuvt1h9hl66r8mgdqqa94iae0h",
		"J48I9VFUVT1H9HL66R8MGDQQA94IAE0J", " "},
};

static void check_answer(struct zone *zone, size_t i)
{
	const struct zone_node *node = dnssec_fixture_node(zone, pdns_answer[i].name);
	const char *wildcard = pdns_answer[i].wildcard;
	uint32_t at = wildcard ? node->wildcard_denial : node->denial;
	bool match = node->flags & (wildcard ? NODE_WILDCARD_DENIAL_MATCH : NODE_DENIAL_MATCH);
	char text[512], want[512], owner[NSEC3_LABEL_LEN + 1] = "";
	assert_in_range(at, 0, zone->nsec3_cnt - 1);
	assert_int_equal(match, !wildcard || strcmp(wildcard, "exists") == 0);
	const struct zone_rrset *rrset = zone->nsec3[at].rrset;
	nsec3_to_text(owner, zone->nsec3[at].hash);
	assert_string_equal(owner, pdns_answer[i].owner);
	snprintf(want, sizeof(want), "1 1 0 AB %s%s", pdns_answer[i].next, pdns_answer[i].types);
	assert_true(rdata_to_text(text, sizeof(text), RRTYPE_NSEC3, rrset->rdata + 2,
			    rrset->rdata_len - 2) > 0);
	assert_int_equal(strcasecmp(text, want), 0);
	assert_int_equal(rrset->ttl_s, 300);
}

static void test_narrow_is_what_pdns_answers(void **state)
{
	struct zone zone;
	open_narrow(&zone, pdns_zone, "1 1 0 ab");
	assert_int_equal(zone.flags, IMAGE_NSEC3 | IMAGE_NARROW | IMAGE_OPTOUT);
	for (size_t i = 0; i < sizeof(pdns_answer) / sizeof(pdns_answer[0]); i++)
		check_answer(&zone, i);
	check_image(&zone);
	zone_deinit(&zone);
}

static void test_cuts_and_glue_have_no_wildcard(void **state)
{
	struct zone zone;
	open_narrow(&zone, pdns_zone, "1 0 0 -");
	assert_int_equal(zone.flags, IMAGE_NSEC3 | IMAGE_NARROW);
	const struct zone_node *sub = dnssec_fixture_node(&zone, "sub.example.");
	const struct zone_node *glue = dnssec_fixture_node(&zone, "ns.sub.example.");
	assert_int_equal(sub->wildcard_denial, IMAGE_DENIAL_NONE);
	assert_int_not_equal(sub->denial, IMAGE_DENIAL_NONE);
	assert_int_equal(glue->denial, IMAGE_DENIAL_NONE);
	assert_int_equal(glue->wildcard_denial, IMAGE_DENIAL_NONE);
	zone_deinit(&zone);
}

/* ---- compact -------------------------------------------------------------------------------- */

static void check_nsec(struct zone *zone, const char *name, const char *want)
{
	const struct zone_rrset *nsec =
		zone_node_rrset(dnssec_fixture_node(zone, name), RRTYPE_NSEC);
	char text[2048];
	assert_non_null(nsec);
	assert_int_equal(nsec->ttl_s, 300);
	assert_true(rdata_to_text(text, sizeof(text), RRTYPE_NSEC, nsec->rdata + 2,
			    nsec->rdata_len - 2) > 0);
	assert_string_equal(text, want);
}

static void test_compact(void **state)
{
	struct zone zone;
	open_compact(&zone, pdns_zone);
	assert_int_equal(zone.flags, IMAGE_COMPACT);
	assert_int_equal(zone.order_cnt + zone.nsec3_cnt, 0);
	check_nsec(&zone, "example.", "\\000.example. NS SOA RRSIG NSEC DNSKEY");
	check_nsec(&zone, "www.example.", "\\000.www.example. A TXT RRSIG NSEC");
	check_nsec(&zone, "b.ent.example.", "\\000.b.ent.example. RRSIG NSEC");
	check_nsec(&zone, "sub.example.", "\\000.sub.example. NS RRSIG NSEC");
	check_nsec(&zone, "secure.example.", "\\000.secure.example. NS DS RRSIG NSEC");
	check_nsec(&zone, "*.wild.example.", "\\000.*.wild.example. A RRSIG NSEC");
	assert_null(zone_node_rrset(dnssec_fixture_node(&zone, "ns.sub.example."), RRTYPE_NSEC));
	check_image(&zone);
	zone_deinit(&zone);
}

/* ---- any zone ------------------------------------------------------------------------------- */

/* Names of 255 octets, at which neither wildcard nor "\000" finds room. */
static const char long_names[] =
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa A 192.0.2.1\n"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa A 192.0.2.1\n";

static void test_images_of_odd_zones(void **state)
{
	struct zone zone;
	char text[8192];
	snprintf(text, sizeof(text), "%s%s", fixture_example, long_names);
	open_narrow(&zone, text, "1 0 3 ab");
	check_image(&zone);
	zone_deinit(&zone);
	open_narrow(&zone, text, "1 1 0 -");
	check_image(&zone);
	zone_deinit(&zone);
	open_compact(&zone, text);
	check_image(&zone);
	zone_deinit(&zone);
}

static void test_by_policy(void **state)
{
	static const uint32_t expected[][2] = {
		[POLICY_NSEC] = {IMAGE_NSEC, IMAGE_NSEC},
		[POLICY_NSEC3] = {IMAGE_NSEC3, IMAGE_NSEC3},
		[POLICY_NARROW] = {IMAGE_NSEC3, IMAGE_NSEC3 | IMAGE_NARROW},
		[POLICY_COMPACT] = {IMAGE_NSEC, IMAGE_COMPACT},
	};
	for (unsigned kind = POLICY_NSEC; kind <= POLICY_COMPACT; kind++) {
		struct zone_policy policy = {.nsec3 = kind == POLICY_NSEC3 || kind == POLICY_NARROW,
			.narrow = kind == POLICY_NARROW,
			.compact = kind == POLICY_COMPACT};
		for (unsigned live = 0; live < 2; live++) {
			struct zone zone;
			char err[256];
			open_zone(&zone, pdns_zone, NULL);
			assert_int_equal(dnssec_chain_by_policy(&zone, &policy, live, 0, err), 0);
			assert_int_equal(zone.flags, expected[kind][live]);
			zone_deinit(&zone);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collision_is_refused),
		cmocka_unit_test(test_narrow_is_what_pdns_answers),
		cmocka_unit_test(test_cuts_and_glue_have_no_wildcard),
		cmocka_unit_test(test_compact),
		cmocka_unit_test(test_images_of_odd_zones),
		cmocka_unit_test(test_by_policy),
	};
	return cmocka_run_group_tests_name("chain_live", tests, NULL, NULL);
}
