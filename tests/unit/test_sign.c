/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Signing: RFC 8080's signatures octet by octet, who signs what, windows, and what stands at the
 * apex. That validators accept the zones is test_validators' to show.
 */
#include "control/dnssec/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ecdsa.h>

#include "control/dnssec/signer.h"
#include "control/dnssec/zone_print.h"
#include "tests/unit/dnssec_fixture.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define HEAD(number) "Private-key-format: v1.2\nAlgorithm: " #number "\n"
#define ED25519_KEY  HEAD(15) "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n"
#define ED25519_ZSK  HEAD(15) "PrivateKey: DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=\n"
#define ED448_KEY                                                                                  \
	HEAD(16)                                                                                   \
	"PrivateKey: xZ+5Cgm463xugtkY5B0Jx6erFTXp13rYegst0qRtNsOYnaVpMx0Z/c5EiA9x8wWbDDct"         \
	"/U3FhYWA\n"

static struct zone *open_example(struct zone *zone)
{
	dnssec_fixture_zone(zone, "example.", fixture_example, DNSSEC_SIGNED);
	return zone;
}

static struct zone_rrset *rrset_of(struct zone *zone, const char *name, uint16_t type)
{
	return zone_node_rrset(dnssec_fixture_node(zone, name), type);
}

/* ---- nothing to sign with ---------------------------------------------------------------------
 */

static void test_key_that_cannot_sign(void **state)
{
	struct zone zone;
	struct keyset keys = {0};
	struct zone_policy policy = {0};
	struct dnssec_options opt = {.keys = &keys, .policy = &policy};
	char err[256];
	struct key key = {.active = true, .algorithm = 13, .role = KEY_ROLE_CSK};
	/* a public key alone */
	static const uint8_t public_key[32] = {1};
	key.algorithm = 15;
	key.pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	assert_int_equal(keyset_add(&keys, &key), 0);
	keyset_assign_roles(&keys, false);
	open_example(&zone);
	assert_int_equal(dnssec_sign(&zone, &opt, err), -1);
	assert_non_null(strstr(err, "signing failed"));
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

static void test_inactive_and_unpublished(void **state)
{
	struct zone zone;
	struct keyset keys = {0};
	dnssec_fixture_key(&keys, 257, ED25519_KEY);
	dnssec_fixture_key(&keys, 257, ED25519_ZSK);
	keys.key[0].active = false;
	keys.key[1].published = false;
	open_example(&zone);
	dnssec_fixture_secure(&zone, &keys, NULL);
	const struct zone_rrset *dnskey = rrset_of(&zone, "example.", RRTYPE_DNSKEY);
	assert_int_equal(dnskey->rr_cnt, 1);
	assert_memory_equal(dnskey->rdata + 2, keys.key[0].dnskey, keys.key[0].dnskey_len);
	assert_int_equal(dnskey->sig_cnt, 1);
	assert_int_equal(wire_get_u16(dnskey->sig + 2 + 16), keys.key[1].tag);
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

static void test_glue_and_delegations_are_not_signed(void **state)
{
	struct zone zone;
	struct keyset keys = {0};
	dnssec_fixture_key(&keys, 257, ED25519_KEY);
	open_example(&zone);
	dnssec_fixture_secure(&zone, &keys, NULL);
	assert_null(rrset_of(&zone, "sub.example.", RRTYPE_NS)->sig);
	assert_null(rrset_of(&zone, "sec.example.", RRTYPE_NS)->sig);
	assert_null(rrset_of(&zone, "ns.sub.example.", RRTYPE_A)->sig);
	assert_non_null(rrset_of(&zone, "sub.example.", RRTYPE_NSEC)->sig);
	assert_non_null(rrset_of(&zone, "sec.example.", RRTYPE_DS)->sig);
	assert_non_null(rrset_of(&zone, "example.", RRTYPE_NS)->sig);
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

/* ---- vectors ----------------------------------------------------------------------------------
 */

/* RFC 8080, 6 */
static const struct {
	const char *key;
	const char *sig;
} rfc8080[] = {
	{ED25519_KEY,
		"oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcr"
		"qNAg=="},
	{ED25519_ZSK,
		"zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2"
		"pcBg=="},
	{ED448_KEY,
		"3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/"
		"NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA"},
};

static void check_rfc8080(const char *content, const char *want)
{
	struct zone zone;
	struct keyset keys = {0};
	struct zone_policy policy = {0};
	struct dnssec_options opt = {
		.keys = &keys, .policy = &policy, .window = {1438207200, 1440021600, 0}};
	char err[256], base64[256];
	dnssec_fixture_key(&keys, 257, content);
	keyset_assign_roles(&keys, false);
	dnssec_fixture_zone(&zone, "example.com.",
		"@ 60 SOA a b 1 2 3 4 5\n@ 60 NS a\n@ 3600 MX 10 mail.example.com.\n",
		DNSSEC_SIGNED);
	assert_int_equal(dnssec_sign(&zone, &opt, err), 0);
	const struct zone_rrset *mx = rrset_of(&zone, "example.com.", RRTYPE_MX);
	size_t head_len = 2 + 18 + 13;
	EVP_EncodeBlock((uint8_t *)base64, mx->sig + head_len, (int)(mx->sig_len - head_len));
	assert_string_equal(base64, want);
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

static void test_rfc8080(void **state)
{
	for (size_t i = 0; i < sizeof(rfc8080) / sizeof(rfc8080[0]); i++)
		check_rfc8080(rfc8080[i].key, rfc8080[i].sig);
}

/* ---- who signs what ----------------------------------------------------------------------------
 */

static void check_signers(
	const struct zone_rrset *rrset, const struct keyset *keys, const char *signers)
{
	const uint8_t *at = rrset->sig, *end = at + rrset->sig_len;
	assert_int_equal(rrset->sig_cnt, strlen(signers));
	for (; *signers; signers++) {
		const struct key *key = &keys->key[*signers - '0'];
		assert_int_equal(wire_get_u16(at + 2), rrset->type);
		assert_int_equal(at[2 + 2], key->algorithm);
		assert_int_equal(wire_get_u32(at + 2 + 4), rrset->ttl_s);
		assert_int_equal(wire_get_u16(at + 2 + 16), key->tag);
		at += 2 + wire_get_u16(at);
	}
	assert_ptr_equal(at, end);
	assert_int_equal(rrset->sig_ttl_s, rrset->ttl_s);
}

/* Keys 0 KSK and 1 ZSK of one algorithm, 2 a CSK of another. */
static void test_signers_by_role(void **state)
{
	struct zone zone;
	struct keyset keys = {0};
	struct zone_policy policy = {0};
	struct dnssec_options opt = {.keys = &keys,
		.policy = &policy,
		.window = {FIXTURE_INCEPTION_S, FIXTURE_EXPIRATION_S, 4711}};
	char err[256];
	dnssec_fixture_key(&keys, 257, ED25519_KEY);
	dnssec_fixture_key(&keys, 256, ED25519_ZSK);
	dnssec_fixture_key(&keys, 257, ED448_KEY);
	keyset_assign_roles(&keys, true);
	assert_int_equal(policy_set(&policy, "NSEC3PARAM", "1 0 0 -", err), 0);
	assert_int_equal(policy_set(&policy, "PUBLISH-CDS", "2", err), 0);
	assert_int_equal(policy_set(&policy, "PUBLISH-CDNSKEY", "1", err), 0);
	open_example(&zone);
	assert_int_equal(dnssec_secure(&zone, &opt, err), 0);
	check_signers(rrset_of(&zone, "example.", RRTYPE_SOA), &keys, "12");
	check_signers(rrset_of(&zone, "example.", RRTYPE_DNSKEY), &keys, "02");
	check_signers(rrset_of(&zone, "example.", RRTYPE_CDS), &keys, "012");
	check_signers(rrset_of(&zone, "example.", RRTYPE_CDNSKEY), &keys, "012");
	check_signers(rrset_of(&zone, "www.example.", RRTYPE_A), &keys, "12");
	check_signers(zone.nsec3[0].rrset, &keys, "12");
	assert_true(zone.flags & IMAGE_SIGNED);
	assert_int_equal(zone.resign_at_s, 4711);
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

static void test_labels(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		unsigned labels;
	} row[] = {
		{"example.", RRTYPE_SOA, 1},
		{"*.wild.example.", RRTYPE_A, 2},
		{"a.b.c.ent.example.", RRTYPE_A, 5},
		{"_srv._tcp.example.", RRTYPE_SRV, 3},
	};
	struct zone zone;
	struct keyset keys = {0};
	dnssec_fixture_key(&keys, 257, ED25519_KEY);
	open_example(&zone);
	dnssec_fixture_secure(&zone, &keys, "1 0 0 -");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(
			rrset_of(&zone, row[i].name, row[i].type)->sig[2 + 3], row[i].labels);
	assert_int_equal(zone.nsec3[0].rrset->sig[2 + 3], 2);
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

/* However many threads, the same octets. */
static void test_threads_do_not_show(void **state)
{
	char *text[2];
	for (unsigned i = 0; i < 2; i++) {
		struct zone zone;
		struct keyset keys = {0};
		struct zone_policy policy = {.nsec3 = true};
		struct dnssec_options opt = {.keys = &keys,
			.policy = &policy,
			.window = {FIXTURE_INCEPTION_S, FIXTURE_EXPIRATION_S, 0},
			.thread_cnt = i ? 7 : 1};
		char err[256];
		dnssec_fixture_key(&keys, 257, ED25519_KEY);
		keyset_assign_roles(&keys, true);
		open_example(&zone);
		assert_int_equal(dnssec_secure(&zone, &opt, err), 0);
		text[i] = dnssec_fixture_print(&zone);
		zone_deinit(&zone);
		keyset_deinit(&keys);
	}
	assert_string_equal(text[0], text[1]);
	free(text[0]);
	free(text[1]);
}

/* ---- the apex -----------------------------------------------------------------------------------
 */

static void apex_records(struct zone *zone, struct keyset *keys, const char *const metadata[][2])
{
	struct zone_policy policy = {0};
	struct dnssec_options opt = {.keys = keys, .policy = &policy};
	char err[256];
	for (; (*metadata)[0]; metadata++)
		assert_int_equal(policy_set(&policy, (*metadata)[0], (*metadata)[1], err), 0);
	dnssec_fixture_zone(zone, "example.",
		"@ 7200 SOA a b 1 2 3 4 600\n@ 60 NS a\n@ 60 DNSKEY 257 3 13 AAAA\n"
		"@ 60 CDS 0 0 0 00\n@ 60 NSEC3PARAM 1 0 5 ab\n",
		DNSSEC_SIGNED);
	keyset_assign_roles(keys, policy.nsec3);
	assert_int_equal(dnssec_apex_records(zone, &opt, err), 0);
}

static void check_apex(struct zone *zone, uint16_t type, const char *want)
{
	const struct zone_rrset *rrset = zone_node_rrset(&zone->node[0], type);
	char text[512];
	assert_non_null(rrset);
	assert_int_equal(rrset->rr_cnt, 1);
	assert_int_equal(rrset->ttl_s, 600);
	assert_true(rdata_to_text(
			    text, sizeof(text), type, rrset->rdata + 2, rrset->rdata_len - 2) > 0);
	assert_string_equal(text, want);
}

static void test_apex_delete_forms(void **state)
{
	static const char *const metadata[][2] = {
		{"PUBLISH-CDS", "0"}, {"PUBLISH-CDNSKEY", "0"}, {NULL}};
	struct zone zone;
	struct keyset keys = {0};
	apex_records(&zone, &keys, metadata);
	check_apex(&zone, RRTYPE_CDS, "0 0 0 00");
	check_apex(&zone, RRTYPE_CDNSKEY, "0 3 0 AA==");
	assert_null(zone_node_rrset(&zone.node[0], RRTYPE_DNSKEY));
	assert_null(zone_node_rrset(&zone.node[0], RRTYPE_NSEC3PARAM));
	zone_deinit(&zone);
}

/* The parent is told of one key of a rollover only; DNSKEY has both. */
static void test_apex_of_a_rollover(void **state)
{
	static const struct {
		const char *rollover;
		uint32_t told_of; /* the key's id */
	} table[] = {
		{"ksk both since=0 ttl=0 old=1 new=2", 1},
		{"ksk parent since=0 ttl=0 old=1 new=2", 2},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *const metadata[][2] = {{"PUBLISH-CDS", "2"}, {"PUBLISH-CDNSKEY", "1"},
			{"X-ENSIGN-ROLLOVER", table[i].rollover}, {NULL}};
		struct zone zone;
		struct keyset keys = {0};
		dnssec_fixture_key(&keys, 257, ED25519_KEY);
		dnssec_fixture_key(&keys, 257, ED448_KEY);
		keys.key[0].id = 1;
		keys.key[1].id = 2;
		apex_records(&zone, &keys, metadata);
		const struct key *told_of = &keys.key[table[i].told_of - 1];
		const struct zone_rrset *rrset = zone_node_rrset(&zone.node[0], RRTYPE_CDNSKEY);
		assert_int_equal(rrset->rr_cnt, 1);
		assert_int_equal(rrset->rdata_len, 2 + told_of->dnskey_len);
		assert_memory_equal(rrset->rdata + 2, told_of->dnskey, told_of->dnskey_len);
		assert_int_equal(zone_node_rrset(&zone.node[0], RRTYPE_CDS)->rr_cnt, 1);
		assert_int_equal(zone_node_rrset(&zone.node[0], RRTYPE_DNSKEY)->rr_cnt, 2);
		zone_deinit(&zone);
		keyset_deinit(&keys);
	}
}

static void test_apex_records(void **state)
{
	static const char *const metadata[][2] = {
		{"PUBLISH-CDS", "2"}, {"PUBLISH-CDNSKEY", "1"}, {"NSEC3PARAM", "1 1 3 ab"}, {NULL}};
	struct zone zone;
	struct keyset keys = {0};
	dnssec_fixture_key(&keys, 257, ED25519_KEY);
	dnssec_fixture_key(&keys, 257, ED25519_KEY); /* twice the same */
	apex_records(&zone, &keys, metadata);
	check_apex(&zone, RRTYPE_DNSKEY, "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=");
	check_apex(&zone, RRTYPE_CDNSKEY, "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=");
	check_apex(&zone, RRTYPE_NSEC3PARAM, "1 0 3 AB");
	assert_non_null(zone_node_rrset(&zone.node[0], RRTYPE_CDS));
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

/* ---- windows and modes
 * --------------------------------------------------------------------------- */

#define DAY_S UINT64_C(86400)

static void test_windows(void **state)
{
	const uint64_t thursday_s = 1763596800 / (7 * DAY_S) * (7 * DAY_S);
	struct dnssec_window w = dnssec_window_at(thursday_s, 7 * DAY_S, 0);
	assert_int_equal(w.inception_s, thursday_s - 7 * DAY_S);
	assert_int_equal(w.expiration_s, thursday_s + 14 * DAY_S);
	assert_int_equal(w.resign_at_s, thursday_s + 7 * DAY_S);
	w = dnssec_window_at(thursday_s - 1, 0, 3600);
	assert_int_equal(w.inception_s, thursday_s - 7 * DAY_S);
	assert_int_equal(w.expiration_s, thursday_s + 7 * DAY_S + 3600);
	assert_int_equal(w.resign_at_s, thursday_s);
	/* 2026-11-21: 20261112000000 to 20261203000000, as pdns_server 4.7.3 had it */
	w = dnssec_window_at(1795219200, 7 * DAY_S, 0);
	assert_int_equal(w.inception_s, 1794441600);
	assert_int_equal(w.expiration_s, 1796256000);
	assert_int_equal(dnssec_window_at(5, 7 * DAY_S, 0).inception_s, 0);
}

static void test_modes(void **state)
{
	static const struct {
		uint16_t type;
		bool unsigned_keeps, signed_keeps;
	} row[] = {
		{RRTYPE_A, true, true},
		{RRTYPE_DS, true, true},
		{RRTYPE_DNSKEY, true, false},
		{RRTYPE_CDS, true, false},
		{RRTYPE_CDNSKEY, true, false},
		{RRTYPE_RRSIG, false, false},
		{RRTYPE_NSEC, false, false},
		{RRTYPE_NSEC3, false, false},
		{RRTYPE_NSEC3PARAM, false, false},
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(
			dnssec_keeps(DNSSEC_UNSIGNED, false, row[i].type), row[i].unsigned_keeps);
		assert_int_equal(
			dnssec_keeps(DNSSEC_SIGNED, false, row[i].type), row[i].signed_keeps);
		assert_int_equal(dnssec_keeps(DNSSEC_SIGNED, true, row[i].type),
			row[i].signed_keeps || row[i].unsigned_keeps);
		assert_true(dnssec_keeps(DNSSEC_PRESIGNED, false, row[i].type));
	}
	struct key key = {.active = true};
	struct keyset none = {0}, keys = {.key = &key, .key_cnt = 1};
	assert_int_equal(dnssec_mode(&(struct zone_policy){0}, &none), DNSSEC_UNSIGNED);
	assert_int_equal(dnssec_mode(&(struct zone_policy){0}, &keys), DNSSEC_SIGNED);
	assert_int_equal(
		dnssec_mode(&(struct zone_policy){.presigned = true}, &keys), DNSSEC_PRESIGNED);
	key.active = false;
	assert_int_equal(dnssec_mode(&(struct zone_policy){0}, &keys), DNSSEC_UNSIGNED);
}

/* ---- ECDSA --------------------------------------------------------------------------------------
 */

static bool verifies(const struct key *key, const uint8_t *sig, const uint8_t *msg, size_t len)
{
	uint8_t *der = NULL;
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG_set0(numbers, BN_bin2bn(sig, 32, NULL), BN_bin2bn(sig + 32, 32, NULL));
	int der_len = i2d_ECDSA_SIG(numbers, &der);
	assert_int_equal(
		EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, key->pkey, NULL), 1);
	int result = EVP_DigestVerify(ctx, der, (size_t)der_len, msg, len);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(numbers);
	OPENSSL_free(der);
	return result == 1;
}

/* Signs until numbers have come that are shorter than the curve's, one time in 128: they too must
 * stand in their place. */
static void test_ecdsa_form(void **state)
{
	static const uint8_t msg[] = "message";
	struct keyset keys = {0};
	struct signer signer;
	bool short_seen = false;
	dnssec_fixture_generate(&keys, 13, 257);
	assert_int_equal(signer_init(&signer, &keys.key[0]), 0);
	assert_int_equal(signer.sig_len, 64);
	for (unsigned i = 0; !short_seen && i < 100000; i++) {
		uint8_t sig[64];
		memset(sig, 0xee, sizeof(sig));
		assert_int_equal(signer_sign(&signer, sig, msg, sizeof(msg)), 0);
		short_seen = !sig[0] || !sig[32];
		if (short_seen || i < 10)
			assert_true(verifies(&keys.key[0], sig, msg, sizeof(msg)));
	}
	assert_true(short_seen);
	signer_deinit(&signer);
	keyset_deinit(&keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_that_cannot_sign),
		cmocka_unit_test(test_inactive_and_unpublished),
		cmocka_unit_test(test_glue_and_delegations_are_not_signed),
		cmocka_unit_test(test_rfc8080),
		cmocka_unit_test(test_signers_by_role),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_threads_do_not_show),
		cmocka_unit_test(test_apex_delete_forms),
		cmocka_unit_test(test_apex_of_a_rollover),
		cmocka_unit_test(test_apex_records),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_ecdsa_form),
	};
	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
