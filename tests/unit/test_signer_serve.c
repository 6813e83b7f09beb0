/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The signer's answers: what it must refuse, one by one; and that what it signs is, octet by octet,
 * what the eager signer signs.
 */
#include "tests/unit/signer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ecdsa.h>

#include "control/dnssec/records.h"
#include "zonedb/nsec3.h"

#define TEXT                                                                                       \
	"@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n@ 3600 NS ns1\nns1 60 A 192.0.2.1\n"         \
	"www 60 A 192.0.2.7\nalias 60 CNAME www\n*.wild 60 TXT wild\n"                             \
	"cut 60 NS ns.cut\nns.cut 60 A 192.0.2.9\nsec 60 NS ns1\n"                                 \
	"sec 60 DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"  \
	"tree 60 DNAME other.example.\ndeep.ent 60 A 192.0.2.8\n"

/* ---- refusals ----------------------------------------------------------------------------------
 */

static struct signer_fixture fixture;

static struct signer_fixture *begin(enum signer_denial denial)
{
	struct signer_fixture *f = &fixture;
	dnssec_fixture_generate(&f->keys, 15, 257);
	signer_fixture_begin(f, "example.", TEXT, NULL, denial, 0);
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE);
	return f;
}

#define NAMED(kind, name, type) signer_fixture_ask_name(f, SIGN_##kind, name, RRTYPE_##type)

static void refuses_foreign_names(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	assert_int_equal(NAMED(RRSET, "nothere.example.", A), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "www.example.", TXT), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "a.www.example.", A), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "ent.example.", A), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "a.tree.example.", DNAME), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "x.wild.example.", A), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "wild.example.", TXT), SIGN_NO_RECORD);
	signer_fixture_end(f);
}

static void refuses_what_is_not_authoritative(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	assert_int_equal(NAMED(RRSET, "cut.example.", NS), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "sec.example.", NS), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "ns.cut.example.", A), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "cut.example.", DS), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "x.sec.example.", DS), SIGN_NO_RECORD);
	assert_int_equal(NAMED(RRSET, "sec.example.", DS), SIGN_OK);
	assert_int_equal(NAMED(RRSET, "cut.example.", NSEC), SIGN_OK);
	signer_fixture_end(f);
}

static void refuses_other_zones(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	static const uint8_t com[] = "\3com", www[] = "\3www\7example";
	const struct signer_ask foreign = {
		.kind = SIGN_RRSET, .type = RRTYPE_SOA, .apex = com, .name = com};
	const struct signer_ask below = {
		.kind = SIGN_RRSET, .type = RRTYPE_A, .apex = www, .name = www};
	assert_int_equal(signer_fixture_ask(f, &foreign), SIGN_NO_ZONE);
	assert_int_equal(signer_fixture_ask(f, &below), SIGN_NO_ZONE);
	publish_fixture_zone(&f->publish, "com.", 1, 1); /* published, but not signed live */
	assert_int_equal(signer_fixture_ask(f, &foreign), SIGN_NO_ZONE);
	signer_fixture_end(f);
}

static void refuses_other_weeks(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	static const struct {
		uint32_t week;
		enum sign_status status;
	} row[] = {
		{SIGNER_FIXTURE_WEEK - 2, SIGN_BAD_WEEK},
		{SIGNER_FIXTURE_WEEK - 1, SIGN_OK},
		{SIGNER_FIXTURE_WEEK, SIGN_OK},
		{SIGNER_FIXTURE_WEEK + 1, SIGN_OK},
		{SIGNER_FIXTURE_WEEK + 2, SIGN_BAD_WEEK},
		{UINT32_MAX, SIGN_BAD_WEEK},
		{1, SIGN_BAD_WEEK},
	};
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct signer_ask ask = {.kind = SIGN_RRSET,
			.type = RRTYPE_SOA,
			.week = row[i].week,
			.name = f->live.apex};
		assert_int_equal(signer_fixture_ask(f, &ask), row[i].status);
		if (row[i].status != SIGN_OK)
			continue;
		uint32_t thursday_s = row[i].week * SIG_WEEK_S;
		assert_int_equal(f->resp.week, row[i].week);
		assert_int_equal(
			wire_get_u32(f->resp.payload + 10 + 8), thursday_s + 2 * SIG_WEEK_S);
		assert_int_equal(wire_get_u32(f->resp.payload + 10 + 12),
			thursday_s - SIGNER_FIXTURE_MARGIN_S);
	}
	signer_fixture_end(f);
}

static void refuses_without_the_keys(void **state)
{
	struct signer_fixture *f = &fixture;
	dnssec_fixture_generate(&f->keys, 15, 257);
	signer_fixture_begin(f, "example.", TEXT, NULL, DENIAL_NSEC, 0);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_STALE_KEYS);
	f->live.live_id[0]++;
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE); /* of the next version */
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_STALE_KEYS);
	signer_fixture_publish(f);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_OK);
	keytab_remove(f->keytab, f->live.apex, f->live.apex_len);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_STALE_KEYS);
	signer_fixture_end(f);
}

/* The version before is signed until the next one is published. */
static void keeps_the_set_before(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_OK);
	f->live.live_id[1] += 5;
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_OK);
	signer_fixture_publish(f);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_OK);
	signer_fixture_end(f);
}

static void refuses_to_deny_what_exists(void **state)
{
	static const char *const name[] = {"example.", "www.example.", "wild.example.",
		"*.wild.example.", "ent.example.", "deep.ent.example.", "cut.example.",
		"sec.example.", "tree.example."};
	static const enum signer_denial denial[] = {DENIAL_NARROW, DENIAL_COMPACT};
	static const enum sign_kind kind[] = {SIGN_NARROW_COVER, SIGN_COMPACT};
	for (unsigned k = 0; k < 2; k++) {
		struct signer_fixture *f = begin(denial[k]);
		for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
			assert_int_equal(
				signer_fixture_ask_name(f, kind[k], name[i], 0), SIGN_EXISTS);
		assert_int_equal(
			signer_fixture_ask_name(f, kind[k], "a.cut.example.", 0), SIGN_NO_RECORD);
		assert_int_equal(
			signer_fixture_ask_name(f, kind[k], "a.tree.example.", 0), SIGN_NO_RECORD);
		assert_int_equal(signer_fixture_ask_name(f, kind[k], "nope.example.", 0), SIGN_OK);
		signer_fixture_end(f);
	}
}

static void refuses_covers_of_no_next_closer(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NARROW);
	assert_int_equal(
		signer_fixture_ask_name(f, SIGN_NARROW_COVER, "b.a.example.", 0), SIGN_NO_RECORD);
	assert_int_equal(
		signer_fixture_ask_name(f, SIGN_NARROW_COVER, "x.www.example.", 0), SIGN_OK);
	/* the next closer of what a wildcard answers is denied, the wildcard is not */
	assert_int_equal(
		signer_fixture_ask_name(f, SIGN_NARROW_COVER, "x.wild.example.", 0), SIGN_OK);
	signer_fixture_end(f);
}

static void refuses_compact_denial_under_wildcards(void **state)
{
	struct signer_fixture *f = begin(DENIAL_COMPACT);
	assert_int_equal(
		signer_fixture_ask_name(f, SIGN_COMPACT, "x.wild.example.", 0), SIGN_EXISTS);
	assert_int_equal(
		signer_fixture_ask_name(f, SIGN_COMPACT, "y.x.wild.example.", 0), SIGN_EXISTS);
	assert_int_equal(NAMED(EXPANDED, "x.wild.example.", A), SIGN_NO_RECORD);
	assert_int_equal(NAMED(EXPANDED, "x.example.", TXT), SIGN_NO_RECORD);
	assert_int_equal(NAMED(EXPANDED, "www.example.", A), SIGN_EXISTS);
	assert_int_equal(NAMED(EXPANDED, "*.wild.example.", TXT), SIGN_EXISTS);
	signer_fixture_end(f);
}

static void refuses_denial_of_another_kind(void **state)
{
	static const enum signer_denial denial[] = {DENIAL_NSEC, DENIAL_NSEC3, DENIAL_NARROW};
	for (size_t i = 0; i < sizeof(denial) / sizeof(denial[0]); i++) {
		struct signer_fixture *f = begin(denial[i]);
		assert_int_equal(signer_fixture_ask_name(f, SIGN_NARROW_COVER, "no.example.", 0),
			denial[i] == DENIAL_NARROW ? SIGN_OK : SIGN_NO_RECORD);
		assert_int_equal(
			signer_fixture_ask_name(f, SIGN_COMPACT, "no.example.", 0), SIGN_NO_RECORD);
		assert_int_equal(
			signer_fixture_ask_name(f, SIGN_EXPANDED, "x.wild.example.", RRTYPE_TXT),
			SIGN_NO_RECORD);
		signer_fixture_end(f);
	}
}

static void refuses_foreign_hashes(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC3);
	uint8_t hash[NSEC3_HASH_LEN];
	const struct signer_ask ask = {
		.kind = SIGN_NSEC3, .name = hash, .name_len = NSEC3_HASH_LEN};
	memcpy(hash, f->live.nsec3[0].hash, sizeof(hash));
	assert_int_equal(signer_fixture_ask(f, &ask), SIGN_OK);
	hash[19]++;
	assert_int_equal(signer_fixture_ask(f, &ask), SIGN_NO_RECORD);
	signer_fixture_end(f);
	f = begin(DENIAL_NSEC);
	assert_int_equal(signer_fixture_ask(f, &ask), SIGN_NO_RECORD);
	signer_fixture_end(f);
}

/* What rings would not let through, and what would overrun the payload. */
static void refuses_garbage(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	struct sigring_response resp;
	const struct sigring_request req = {.kind = SIGN_KIND_CNT,
		.week = SIGNER_FIXTURE_WEEK,
		.apex = f->live.apex,
		.apex_len = f->live.apex_len};
	assert_int_equal(serve_round(f->serve), 0);
	keytab_enter(f->keytab);
	serve_answer(f->serve, &resp, &req);
	keytab_leave(f->keytab);
	assert_int_equal(resp.status, SIGN_BAD_REQUEST);
	assert_int_equal(resp.len, 0);
	signer_fixture_end(f);
	for (unsigned i = 0; i < SIG_CNT_MAX + 1; i++)
		dnssec_fixture_generate(&f->keys, 15, 257);
	signer_fixture_begin(f, "example.", TEXT, NULL, DENIAL_NSEC, 0);
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_FAILED);
	signer_fixture_end(f);
}

/* ---- the same as at compile time ----------------------------------------------------------------
 */

static bool verifies(
	const struct key *key, const uint8_t *sig, size_t sig_len, const struct tbs *tbs)
{
	uint8_t *der = NULL;
	int num_len = (int)sig_len / 2;
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ECDSA_SIG_set0(
		numbers, BN_bin2bn(sig, num_len, NULL), BN_bin2bn(sig + num_len, num_len, NULL));
	int der_len = i2d_ECDSA_SIG(numbers, &der);
	assert_int_equal(EVP_DigestVerifyInit_ex(ctx, NULL, key_algorithm(key->algorithm)->digest,
				 NULL, NULL, key->pkey, NULL),
		1);
	int result = EVP_DigestVerify(ctx, der, (size_t)der_len, tbs->msg, tbs->len);
	EVP_MD_CTX_free(ctx);
	ECDSA_SIG_free(numbers);
	OPENSSL_free(der);
	return result == 1;
}

static const struct key *key_of(const struct signer_fixture *f, const uint8_t *rdata)
{
	for (unsigned i = 0; i < f->keys.key_cnt; i++)
		if (f->keys.key[i].algorithm == rdata[2] &&
			f->keys.key[i].tag == wire_get_u16(rdata + 16))
			return &f->keys.key[i];
	fail_msg("signed with a key that is not there");
	return NULL;
}

/* The canonical form, made from the zone in memory. */
static void write_tbs(struct tbs *tbs, const struct signer_fixture *f,
	const struct zone_rrset *rrset, const uint8_t *owner, const uint8_t *rdata)
{
	const uint8_t *packed = rrset->rdata, *end = packed + rrset->rdata_len;
	struct packed_rr rr;
	const struct tbs_rrset what = {
		.apex = f->eager.apex,
		.apex_len = f->eager.apex_len,
		.owner = owner,
		.owner_len = (unsigned)dname_len(owner),
		.ttl_s = rrset->ttl_s,
		.type = rrset->type,
	};
	assert_int_equal(tbs_begin(tbs, &what, rrset->rr_cnt, rrset->rdata_len), 0);
	while (records_next(&packed, end, &rr))
		tbs_add(tbs, &what, rr.rdata, rr.len);
	memcpy(tbs->msg, rdata, RRSIG_FIXED_LEN);
	memcpy(tbs->msg + RRSIG_FIXED_LEN, f->eager.apex, f->eager.apex_len);
}

/* One RRSIG of the response against the eager one. */
static void check_sig(const struct signer_fixture *f, const struct zone_rrset *rrset,
	const uint8_t *owner, const uint8_t *made, const struct packed_rr *eager)
{
	size_t sig_len = eager->len - RRSIG_FIXED_LEN - f->eager.apex_len;
	const uint8_t *sig = eager->rdata + eager->len - sig_len;
	assert_int_equal(wire_get_u16(made), RRTYPE_RRSIG);
	assert_int_equal(wire_get_u16(made + 2), RRCLASS_IN);
	assert_int_equal(wire_get_u32(made + 4), rrset->sig_ttl_s);
	assert_int_equal(wire_get_u16(made + 8), eager->len);
	assert_memory_equal(made + 10, eager->rdata, RRSIG_FIXED_LEN);
	const struct key *key = key_of(f, eager->rdata);
	if (key_algorithm(key->algorithm)->kind != KEY_ECDSA) {
		assert_memory_equal(made + SIG_FIXED_LEN, sig, sig_len);
		return;
	}
	struct tbs tbs = {0};
	write_tbs(&tbs, f, rrset, owner, eager->rdata);
	assert_true(verifies(key, made + SIG_FIXED_LEN, sig_len, &tbs));
	tbs_deinit(&tbs);
}

static void check_sigs(
	const struct signer_fixture *f, const struct zone_rrset *rrset, const uint8_t *owner)
{
	const uint8_t *at = rrset->sig, *end = at + rrset->sig_len;
	const uint8_t *made = f->resp.payload;
	struct packed_rr eager;
	assert_int_equal(f->resp.sig_cnt, rrset->sig_cnt);
	while (records_next(&at, end, &eager)) {
		check_sig(f, rrset, owner, made, &eager);
		made += 10 + eager.len - f->eager.apex_len;
	}
	assert_ptr_equal(made, f->resp.payload + f->resp.len);
}

static unsigned check_node(struct signer_fixture *f, const struct zone_node *node)
{
	unsigned cnt = 0;
	for (const struct zone_rrset *rrset = node->rrset; rrset != NULL; rrset = rrset->next) {
		const struct signer_ask ask = {
			.kind = SIGN_RRSET, .type = rrset->type, .name = node->owner};
		if (!rrset->authoritative) {
			assert_int_not_equal(signer_fixture_ask(f, &ask), SIGN_OK);
			continue;
		}
		assert_int_equal(signer_fixture_ask(f, &ask), SIGN_OK);
		check_sigs(f, rrset, node->owner);
		assert_false(sig_key_is_none(f->resp.key));
		cnt++;
	}
	return cnt;
}

static void check_nsec3(struct signer_fixture *f, const struct zone_nsec3 *nsec3)
{
	uint8_t owner[1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX] = {NSEC3_LABEL_LEN};
	const struct signer_ask ask = {
		.kind = SIGN_NSEC3, .name = nsec3->hash, .name_len = NSEC3_HASH_LEN};
	nsec3_to_text((char *)owner + 1, nsec3->hash);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, f->eager.apex, f->eager.apex_len);
	assert_int_equal(signer_fixture_ask(f, &ask), SIGN_OK);
	check_sigs(f, nsec3->rrset, owner);
}

static void check_negative_soa(struct signer_fixture *f)
{
	const struct signer_ask ask = {.kind = SIGN_NEGATIVE_SOA};
	const struct zone_rrset *soa = zone_node_rrset(&f->eager.node[0], RRTYPE_SOA);
	struct zone_rrset negative = *soa;
	negative.sig_ttl_s = f->eager.negative_ttl_s;
	assert_int_equal(signer_fixture_ask(f, &ask), SIGN_OK);
	/* signed with the SOA's own TTL, as the eager copy is */
	assert_int_equal(wire_get_u32(f->resp.payload + 4), f->eager.negative_ttl_s);
	assert_int_equal(wire_get_u32(f->resp.payload + 10 + 4), soa->ttl_s);
	check_sigs(f, &negative, f->eager.apex);
}

static void check_zone(const char *apex, const char *text, const char *path,
	enum signer_denial denial, unsigned pool_size, unsigned min)
{
	struct signer_fixture *f = &fixture;
	static const unsigned algorithm[] = {8, 13, 14, 15};
	for (size_t i = 0; i < sizeof(algorithm) / sizeof(algorithm[0]); i++)
		dnssec_fixture_generate(&f->keys, algorithm[i], 257);
	dnssec_fixture_generate(&f->keys, 15, 256); /* and a ZSK */
	signer_fixture_begin(f, apex, text, path, denial, pool_size);
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE);
	serve_round(f->serve);
	while (serve_prepare(f->serve))
		;
	unsigned cnt = 0;
	for (uint32_t i = 0; i < f->eager.node_cnt; i++)
		cnt += check_node(f, &f->eager.node[i]);
	for (uint32_t i = 0; i < f->eager.nsec3_cnt; i++)
		check_nsec3(f, &f->eager.nsec3[i]);
	check_negative_soa(f);
	assert_true(cnt >= min);
	signer_fixture_end(f);
}

static void signs_like_the_eager_signer(void **state)
{
	check_zone("example.", fixture_example, NULL, DENIAL_NSEC, 0, 20);
	check_zone("example.", fixture_example, NULL, DENIAL_NSEC3, 64, 20);
}

static void signs_every_type_like_the_eager_signer(void **state)
{
	check_zone("features.example.", NULL, FEATURES_ZONE, DENIAL_NSEC, 4096, 50);
	check_zone("features.example.", NULL, FEATURES_ZONE, DENIAL_NSEC3, 100, 50);
}

static void signs_the_root_like_the_eager_signer(void **state)
{
	check_zone(".",
		"@ 3600 SOA a b 1 7200 3600 1209600 300\n@ 3600 NS A.Root.\n"
		"a.root 60 A 192.0.2.1\nmx 60 MX 5 A.Root.\nmx 60 MX 4 B.ROOT.\n*.w 60 TXT x\n",
		NULL, DENIAL_NSEC3, 0, 5);
}

/* A name a wildcard stands for gets the wildcard's signature. */
static void signs_wildcards_as_wildcards(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	assert_int_equal(NAMED(RRSET, "*.wild.example.", TXT), SIGN_OK);
	uint8_t payload[SIG_PAYLOAD_MAX];
	struct sigring_response direct = f->resp;
	memcpy(payload, direct.payload, direct.len);
	assert_int_equal(NAMED(RRSET, "x.y.wild.example.", TXT), SIGN_OK);
	assert_int_equal(f->resp.len, direct.len);
	assert_memory_equal(f->resp.payload, payload, direct.len);
	assert_true(sig_key_equal(f->resp.key, direct.key));
	assert_int_equal(payload[10 + 3], 2); /* labels */
	signer_fixture_end(f);
}

/* ---- records made for the request ---------------------------------------------------------------
 */

/* The signature must be the eager signer's over this canonical record. */
static void check_made(
	struct signer_fixture *f, const uint8_t *record, size_t len, unsigned label_cnt)
{
	struct signer signer;
	uint8_t msg[2048], sig[64];
	const uint8_t *made = f->resp.payload;
	size_t head = RRSIG_FIXED_LEN + f->live.apex_len;
	memcpy(msg, made + 10, RRSIG_FIXED_LEN);
	memcpy(msg + RRSIG_FIXED_LEN, f->live.apex, f->live.apex_len);
	memcpy(msg + head, record, len);
	assert_int_equal(signer_init(&signer, &f->keys.key[0]), 0);
	assert_int_equal(signer_sign(&signer, sig, msg, head + len), 0);
	assert_int_equal(f->resp.sig_cnt, 1);
	assert_int_equal(f->resp.len, SIG_FIXED_LEN + 64);
	assert_memory_equal(made + SIG_FIXED_LEN, sig, 64);
	assert_int_equal(made[10 + 3], label_cnt);
	signer_deinit(&signer);
}

static const struct image_header *image(struct signer_fixture *f)
{
	publish_online(f->slot);
	const struct image_header *img = publish_fixture_find(f->reader, "example.");
	assert_non_null(img);
	return img;
}

static void signs_narrow_covers(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NARROW);
	const struct image_header *img = image(f);
	uint8_t record[SYNTH_COVER_MAX], hash[NSEC3_HASH_LEN], name[DNAME_LEN_MAX];
	size_t name_len = (size_t)dname_from_text(name, "nope.example.");
	nsec3_hash(
		hash, name, name_len, image_salt(img), img->nsec3_salt_len, img->nsec3_iterations);
	assert_int_equal(
		signer_fixture_ask_name(f, SIGN_NARROW_COVER, "nope.example.", 0), SIGN_OK);
	size_t len = synth_cover(record, img, hash, SYNTH_CANONICAL);
	check_made(f, record, len, 2);
	assert_true(sig_key_equal(f->resp.key, sig_key_cover(img->live_id, hash)));
	assert_int_equal(wire_get_u32(f->resp.payload + 4), f->live.negative_ttl_s);
	signer_fixture_end(f);
}

static void signs_compact_denial(void **state)
{
	struct signer_fixture *f = begin(DENIAL_COMPACT);
	const struct image_header *img = image(f);
	uint8_t record[SYNTH_COMPACT_MAX], name[DNAME_LEN_MAX];
	size_t name_len = (size_t)dname_from_text(name, "a.nope.example.");
	assert_int_equal(signer_fixture_ask_name(f, SIGN_COMPACT, "a.nope.example.", 0), SIGN_OK);
	size_t len = synth_compact(record, img, name, name_len, SYNTH_CANONICAL);
	check_made(f, record, len, 3);
	assert_true(sig_key_equal(f->resp.key, sig_key_compact(img->live_id, name, name_len)));
	signer_fixture_end(f);
}

static void signs_expanded_wildcards(void **state)
{
	struct signer_fixture *f = begin(DENIAL_COMPACT);
	static const uint8_t txt[] = "\1x\4wild\7example\0\0\20\0\1\0\0\0\74\0\5\4wild";
	assert_int_equal(NAMED(EXPANDED, "x.wild.example.", TXT), SIGN_OK);
	check_made(f, txt, sizeof(txt) - 1, 3);
	/* its NSEC: to the name behind, with the wildcard's types: TXT, RRSIG, NSEC */
	static const uint8_t nsec[] = "\1x\4wild\7example\0\0\57\0\1\0\0\1\54\0\32"
				      "\1\0\1x\4wild\7example\0\0\6\0\0\200\0\0\3";
	assert_int_equal(NAMED(EXPANDED, "x.wild.example.", NSEC), SIGN_OK);
	check_made(f, nsec, sizeof(nsec) - 1, 3);
	signer_fixture_end(f);
}

/* ---- roles, counters
 * ----------------------------------------------------------------------------- */

static int find_signer(void *ctx, const struct publish_slot_info *info)
{
	if (strcmp(info->name, "signer0") == 0)
		*(struct publish_slot_info *)ctx = *info;
	return 0;
}

static void counts_what_it_does(void **state)
{
	struct signer_fixture *f = begin(DENIAL_NSEC);
	struct publish_slot_info found = {.counters = NULL};
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_OK);
	assert_int_equal(NAMED(RRSET, "nope.example.", SOA), SIGN_NO_RECORD);
	publish_reader_each_slot(f->reader, find_signer, &found);
	assert_non_null(found.counters);
	assert_int_equal(counter_get(found.counters, COUNTER_SIGNER_REQUESTS), 2);
	assert_int_equal(counter_get(found.counters, COUNTER_SIGNER_SIGNATURES), 1);
	assert_int_equal(counter_get(found.counters, COUNTER_SIGNER_REFUSED), 1);
	assert_int_equal(counter_get(found.counters, COUNTER_SIGNER_FAILED), 0);
	signer_fixture_end(f);
}

/* KSK and ZSK: who signs what; and a zone none of whose keys signs a type. */
static void signs_by_role(void **state)
{
	struct signer_fixture *f = &fixture;
	static const struct {
		uint16_t type;
		unsigned cnt;
	} row[] = {{RRTYPE_DNSKEY, 1}, {RRTYPE_SOA, 1}, {RRTYPE_CDS, 2}};
	dnssec_fixture_generate(&f->keys, 15, 257);
	dnssec_fixture_generate(&f->keys, 15, 256);
	signer_fixture_begin(f, "example.", TEXT, NULL, DENIAL_NSEC, 0);
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(
			signer_fixture_ask_name(f, SIGN_RRSET, "example.", row[i].type), SIGN_OK);
		assert_int_equal(f->resp.sig_cnt, row[i].cnt);
	}
	assert_int_equal(wire_get_u16(f->resp.payload + 10 + 16), f->keys.key[0].tag);
	f->keys.key[1].active = false; /* no ZSK any more; roles as they were */
	assert_int_equal(signer_fixture_keys(f), VERDICT_DONE);
	assert_int_equal(NAMED(RRSET, "example.", SOA), SIGN_NO_KEY);
	assert_int_equal(NAMED(RRSET, "example.", DNSKEY), SIGN_OK);
	signer_fixture_end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_foreign_names),
		cmocka_unit_test(refuses_what_is_not_authoritative),
		cmocka_unit_test(refuses_other_zones),
		cmocka_unit_test(refuses_other_weeks),
		cmocka_unit_test(refuses_without_the_keys),
		cmocka_unit_test(keeps_the_set_before),
		cmocka_unit_test(refuses_to_deny_what_exists),
		cmocka_unit_test(refuses_covers_of_no_next_closer),
		cmocka_unit_test(refuses_compact_denial_under_wildcards),
		cmocka_unit_test(refuses_denial_of_another_kind),
		cmocka_unit_test(refuses_foreign_hashes),
		cmocka_unit_test(refuses_garbage),
		cmocka_unit_test(signs_like_the_eager_signer),
		cmocka_unit_test(signs_every_type_like_the_eager_signer),
		cmocka_unit_test(signs_the_root_like_the_eager_signer),
		cmocka_unit_test(signs_wildcards_as_wildcards),
		cmocka_unit_test(signs_narrow_covers),
		cmocka_unit_test(signs_compact_denial),
		cmocka_unit_test(signs_expanded_wildcards),
		cmocka_unit_test(counts_what_it_does),
		cmocka_unit_test(signs_by_role),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
