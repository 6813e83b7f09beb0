/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A signed zone without its chain is, with it made again, the zone it was.
 */
#include "control/dnssec/presigned_held.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/dnssec/policy.h"
#include "tests/unit/dnssec_fixture.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"
#include "zonedb/zone_finish.h"

static const uint8_t apex[32] = "\7example";

/* An RRSIG over a type, by nobody. */
static const uint8_t *sig_of(uint16_t type)
{
	static uint8_t rdata[18 + 9 + 4];
	memset(rdata, 0, sizeof(rdata));
	wire_put_u16(rdata, type);
	wire_put_u32(rdata + 4, 77);
	memcpy(rdata + 18, apex, 9);
	return rdata;
}
#define SIG_LEN (18 + 9 + 4)

static void hold(struct presigned_held *held, const uint8_t *owner, uint16_t covered)
{
	assert_int_equal(presigned_hold(held, owner, 3600, sig_of(covered), SIG_LEN), 0);
}

static void test_what_is_held(void **state)
{
	(void)state;
	assert_false(presigned_signs_chain(RRTYPE_A, sig_of(RRTYPE_NSEC), SIG_LEN));
	assert_false(presigned_signs_chain(RRTYPE_RRSIG, sig_of(RRTYPE_NSEC), 17));
	assert_false(presigned_signs_chain(RRTYPE_RRSIG, sig_of(RRTYPE_SOA), SIG_LEN));
	assert_true(presigned_signs_chain(RRTYPE_RRSIG, sig_of(RRTYPE_NSEC), SIG_LEN));
	assert_true(presigned_signs_chain(RRTYPE_RRSIG, sig_of(RRTYPE_NSEC3), SIG_LEN));
	assert_true(presigned_signs_chain(RRTYPE_RRSIG, sig_of(RRTYPE_NSEC3PARAM), SIG_LEN));
	assert_false(presigned_is_chain(RRTYPE_NSEC3PARAM)); /* some sources do keep it */
}

static void test_signatures_over_nothing(void **state)
{
	(void)state;
	struct zone zone;
	struct presigned_held held = {0};
	struct zone_policy policy = {.presigned = true};
	char err[256];
	dnssec_fixture_zone(&zone, "example", fixture_example, DNSSEC_PRESIGNED);
	hold(&held, (const uint8_t *)"\4none\7example", RRTYPE_NSEC);
	hold(&held, apex, RRTYPE_NSEC3PARAM);
	hold(&held, (const uint8_t *)"\4nose\7example", RRTYPE_NSEC3);
	assert_int_equal(presigned_make_chain(&held, &zone, &policy, 1, err), 0);
	assert_int_equal(zone.sig_orphan_cnt, 3);
	presigned_held_deinit(&held);
	zone_deinit(&zone);
}

static void test_ttl_and_signatures(void **state)
{
	(void)state;
	struct zone zone;
	struct presigned_held held = {0};
	struct zone_policy policy = {.presigned = true};
	char err[256];
	dnssec_fixture_zone(&zone, "example", fixture_example, DNSSEC_PRESIGNED);
	hold(&held, apex, RRTYPE_NSEC);
	hold(&held, apex, RRTYPE_NSEC);
	assert_int_equal(presigned_make_chain(&held, &zone, &policy, 1, err), 0);
	const struct zone_rrset *nsec = zone_node_rrset(&zone.node[0], RRTYPE_NSEC);
	assert_int_equal(nsec->ttl_s, 77); /* what was signed */
	assert_int_equal(nsec->sig_cnt, 2);
	assert_int_equal(nsec->sig_len, 2 * (2 + SIG_LEN));
	assert_int_equal(nsec->sig_ttl_s, 3600);
	presigned_held_deinit(&held);
	zone_deinit(&zone);
}

/* Adds packed records to a zone, or holds them back. */
static void move(struct presigned_held *held, struct zone *into, const struct zone_node *node,
	uint16_t type, uint32_t ttl_s, const uint8_t *packed, uint32_t packed_len)
{
	for (const uint8_t *at = packed; at < packed + packed_len; at += 2 + wire_get_u16(at)) {
		size_t len = wire_get_u16(at);
		int r = held != NULL
				? presigned_hold(held, node->owner, ttl_s, at + 2, len)
				: (int)zone_add_rr(into, node->owner, type, ttl_s, at + 2, len);
		assert_int_equal(r, 0);
	}
}

/* Holds the signatures of the chain back, and leaves the chain out. */
static void strip(struct presigned_held *held, struct zone *into, const struct zone *zone)
{
	zone_init(into, apex);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		for (const struct zone_rrset *rr = node->rrset; rr != NULL; rr = rr->next) {
			bool of_chain = presigned_is_chain(rr->type);
			if (!of_chain)
				move(NULL, into, node, rr->type, rr->ttl_s, rr->rdata,
					rr->rdata_len);
			move(of_chain ? held : NULL, into, node, RRTYPE_RRSIG, rr->sig_ttl_s,
				rr->sig, rr->sig_len);
		}
	}
}

static void test_made_again(void **state)
{
	(void)state;
	struct zone zone, again;
	struct keyset keys = {0};
	struct presigned_held held = {0};
	const struct zone_policy policy = {.presigned = true};
	const struct presigned_options opt = {.now_s = FIXTURE_NOW_S};
	char err[256];
	dnssec_fixture_zone(&zone, "example", fixture_example, DNSSEC_SIGNED);
	dnssec_fixture_generate(&keys, 15, 257);
	dnssec_fixture_secure(&zone, &keys, NULL);
	strip(&held, &again, &zone);
	assert_int_equal(zone_finish(&again, err), 0);
	assert_int_equal(presigned_make_chain(&held, &again, &policy, 1, err), 0);
	if (presigned_adopt(&again, &opt, err) != 0)
		fail_msg("%s", err);
	char *was = dnssec_fixture_print(&zone), *is = dnssec_fixture_print(&again);
	assert_string_equal(is, was);
	free(was);
	free(is);
	presigned_held_deinit(&held);
	keyset_deinit(&keys);
	zone_deinit(&zone);
	zone_deinit(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_held),
		cmocka_unit_test(test_signatures_over_nothing),
		cmocka_unit_test(test_ttl_and_signatures),
		cmocka_unit_test(test_made_again),
	};
	return cmocka_run_group_tests_name("presigned_held", tests, NULL, NULL);
}
