/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "zonedb/rrtype.h"

struct rdata_case {
	uint16_t type;
	const char *rdata;
	size_t len;
};

#define CASE(type, rdata)                                                                          \
	{                                                                                          \
		RRTYPE_##type, rdata, sizeof(rdata) - 1                                            \
	}

static void refuses_malformed_rdata(void **state)
{
	static const struct rdata_case bad[] = {
		CASE(A, ""),
		CASE(A, "\1\2\3"),
		CASE(A, "\1\2\3\4\5"),
		CASE(AAAA, "\1\2\3\4"),
		CASE(NS, ""),
		CASE(NS, "\1a"),
		CASE(NS, "\1a\0x"),
		CASE(NS, "\300\014"),
		CASE(MX, "\0\1"),
		CASE(SOA, "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"),
		CASE(TXT, ""),
		CASE(TXT, "\2a"),
		CASE(TXT, "\1a\2b"),
		CASE(HINFO, "\1a"),
		CASE(HINFO, "\1a\1b\1c"),
		CASE(SRV, "\0\1\0\2\0\3"),
		CASE(NAPTR, "\0\1\0\2\1s\1s\1s"),
		CASE(RRSIG, "\0\1\15\2\0\0\0\1\0\0\0\1\0\0\0\1\0\1"),
		CASE(NSEC, "\1a\0\0\0"),	 /* empty window */
		CASE(NSEC, "\1a\0\0\1\0"),	 /* trailing zero octet */
		CASE(NSEC, "\1a\0\1\1\1\0\1\1"), /* windows descend */
		CASE(NSEC, "\1a\0\0\1\1\0\1\1"), /* window twice */
		CASE(NSEC3, "\1\0\0\0\0"),
		CASE(NSEC3PARAM, "\1\0\0\0\2a"),
		CASE(SVCB, "\0\1\0\0\1\0\2a"),	       /* value cut short */
		CASE(SVCB, "\0\1\0\0\2\0\0\0\1\0\0"),  /* keys descend */
		CASE(HTTPS, "\0\1\0\0\1\0\0\0\1\0\0"), /* key twice */
		CASE(CAA, "\0"),
		CASE(EUI48, "\1\2\3\4\5"),
		CASE(DNSKEY, "\1\1\3"),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			rrtype_check_rdata(bad[i].type, (const uint8_t *)bad[i].rdata, bad[i].len),
			-1);
}

static void takes_well_formed_rdata(void **state)
{
	static const struct rdata_case good[] = {
		CASE(A, "\1\2\3\4"),
		CASE(NS, "\0"),
		CASE(NS, "\1a\0"),
		CASE(SOA, "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"),
		CASE(TXT, "\0"),
		CASE(TXT, "\1a\0\2bc"),
		CASE(ISDN, "\1a"),
		CASE(ISDN, "\1a\1b"),
		CASE(NULL, ""),
		CASE(NAPTR, "\0\1\0\2\1s\1s\1s\0"),
		CASE(RRSIG, "\0\1\15\2\0\0\0\1\0\0\0\1\0\0\0\1\0\1\1a\0sig"),
		CASE(NSEC, "\1a\0"),
		CASE(NSEC, "\1a\0\0\1\1\1\1\1"),
		CASE(NSEC3, "\1\0\0\0\0\1h"),
		CASE(SVCB, "\0\1\0"),
		CASE(SVCB, "\0\1\0\0\1\0\1a\0\2\0\0"),
		CASE(APL, ""),
		CASE(CAA, "\0\5issue"),
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(rrtype_check_rdata(
					 good[i].type, (const uint8_t *)good[i].rdata, good[i].len),
			0);
}

static void unknown_types_are_opaque(void **state)
{
	const struct rrtype_info *info = rrtype_info(65280);
	assert_null(info->mnemonic);
	assert_int_equal(info->type, 0);
	assert_int_equal(rrtype_check_rdata(65280, NULL, 0), 0);
	assert_int_equal(rrtype_check_rdata(65280, (const uint8_t *)"\300\1\2", 3), 0);
}

static void canonical_form_lowers_what_rfc_4034_says(void **state)
{
	static const struct {
		struct rdata_case in;
		const char *out;
	} cases[] = {
		{CASE(NS, "\2Ns\1X\0"), "\2ns\1x\0"},
		{CASE(MX, "\0A\1X\0"), "\0A\1x\0"},
		{CASE(SRV, "ABCDEF\1X\0"), "ABCDEF\1x\0"},
		{CASE(DNAME, "\1X\0"), "\1x\0"},
		{CASE(RRSIG, "AAAAAAAAAAAAAAAAAA\1X\0SIG"), "AAAAAAAAAAAAAAAAAA\1x\0SIG"},
		/* RFC 6840, 5.1 takes NSEC off the list; newer types never were on it */
		{CASE(NSEC, "\1X\0\0\1\1"), "\1X\0\0\1\1"},
		{CASE(SVCB, "\0\1\1X\0"), "\0\1\1X\0"},
		{CASE(TXT, "\1X"), "\1X"},
		{CASE(NAPTR, "AAAA\1S\1S\1S\1X\0"), "AAAA\1S\1S\1S\1x\0"},
	};
	uint8_t out[64];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rdata_case *in = &cases[i].in;
		rrtype_canonical_rdata(in->type, out, (const uint8_t *)in->rdata, in->len);
		assert_memory_equal(out, cases[i].out, in->len);
	}
}

static void walk_yields_every_block(void **state)
{
	const uint8_t rdata[] = "\0\5\2mx\4test"; /* ends with the literal's root label */
	struct rdata_walk w = {
		.info = rrtype_info(RRTYPE_MX), .rdata = rdata, .rdata_len = sizeof(rdata)};
	assert_true(rrtype_walk(&w));
	assert_int_equal(w.block, RDATA_FIXED_1 + 1);
	assert_int_equal(w.len, 2);
	assert_true(rrtype_walk(&w));
	assert_int_equal(w.block, RDATA_NAME_COMPRESS);
	assert_ptr_equal(w.at, rdata + 2);
	assert_int_equal(w.len, 9);
	assert_int_equal((int)w.next - 1, w.info->extra_block);
	assert_false(rrtype_walk(&w));
}

static void text_is_checked_and_round_trips(void **state)
{
	static const char *const bad[] = {
		"", "X", "TYPE", "TYPE65536", "TYPE1x", "TYPE-1", "TYPE 1", "TYPE000001", "AA"};
	uint16_t type;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(rrtype_from_text(&type, bad[i]), -1);
	for (unsigned i = 0; i <= UINT16_MAX; i++) {
		char text[12];
		assert_int_equal(rrtype_from_text(&type, rrtype_to_text(text, (uint16_t)i)), 0);
		assert_int_equal(type, i);
	}
	assert_int_equal(rrtype_from_text(&type, "nsec3Param"), 0);
	assert_int_equal(type, RRTYPE_NSEC3PARAM);
	assert_int_equal(rrtype_from_text(&type, "type1"), 0);
	assert_int_equal(type, RRTYPE_A);
}

/* What the table says about itself: rows of names to compress are of RFC 1035's types and have
 * fixed blocks besides; a target is a name. */
static void table_holds_its_own_rules(void **state)
{
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		const struct rrtype_info *info = rrtype_info((uint16_t)type);
		bool compresses = false, only_fixed = true;
		assert_true(info->mnemonic == NULL || info->type == type);
		for (unsigned i = 0; info->block[i] != RDATA_END; i++) {
			assert_true(i < RDATA_BLOCK_MAX - 1);
			compresses |= info->block[i] == RDATA_NAME_COMPRESS;
			only_fixed &= info->block[i] == RDATA_NAME_COMPRESS ||
				      info->block[i] >= RDATA_FIXED_1;
		}
		assert_true(!compresses || (type <= RRTYPE_TXT && only_fixed));
		if (info->extra_block >= 0)
			assert_true(rdata_block_is_name(info->block[info->extra_block]));
	}
}

static void knows_meta_types(void **state)
{
	assert_true(rrtype_is_meta(RRTYPE_OPT));
	assert_true(rrtype_is_meta(RRTYPE_AXFR));
	assert_true(rrtype_is_meta(128));
	assert_true(rrtype_is_meta(255));
	assert_false(rrtype_is_meta(RRTYPE_URI));
	assert_false(rrtype_is_meta(127));
	assert_false(rrtype_is_meta(RRTYPE_A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_malformed_rdata),
		cmocka_unit_test(takes_well_formed_rdata),
		cmocka_unit_test(unknown_types_are_opaque),
		cmocka_unit_test(canonical_form_lowers_what_rfc_4034_says),
		cmocka_unit_test(walk_yields_every_block),
		cmocka_unit_test(text_is_checked_and_round_trips),
		cmocka_unit_test(table_holds_its_own_rules),
		cmocka_unit_test(knows_meta_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
