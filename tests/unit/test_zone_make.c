/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/zone_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/store/schema.h"
#include "control/store/store.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"
#include "zonedb/settings.h"
#include "zonedb/sigring.h"
#include "zonedb/wire.h"

#define NOW_S UINT64_C(1795300000)

static const uint8_t apex[32] = "\7example";
static const char plain[] = "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
static const char signature[] =
	"ns RRSIG A 15 2 60 20371231000000 20200101000000 1 example. c2lnbmF0dXJl\n";
static const char key[] = "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
			  "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n";

static const char other_key[] = "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
				"PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjM=\n";

struct fixture {
	char dir[64];
	char file[96];
	char database[96];
	struct settings settings;
	struct store *store;
	struct progress progress;
	struct zone_source source;
	struct zone zone;
	struct zone_make_result result;
};

/* ---- files and database -------------------------------------------------------------------- */

static void write_file(const struct fixture *f, const char *text, const char *more)
{
	FILE *file = fopen(f->file, "w");
	assert_non_null(file);
	assert_true(fprintf(file, "%s%s", text, more) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void add_key(const struct fixture *f, const char *content)
{
	struct store_key row = {
		.flags = 257, .active = true, .published = true, .content = (char *)content};
	uint64_t id;
	assert_int_equal(store_key_add(f->store, "example", &row, &id), 0);
}

static void set_meta(const struct fixture *f, const char *kind, const char *value)
{
	assert_int_equal(store_meta_set(f->store, "example", kind, &value, 1), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char err[512];
	strcpy(f->dir, "/tmp/ensign-test-zone-make-XXXXXX");
	if (mkdtemp(f->dir) == NULL || settings_read(&f->settings, NULL, err) < 0 ||
		settings_set(&f->settings, "signing-policy=eager", err) < 0)
		return -1;
	snprintf(f->file, sizeof(f->file), "%s/zone", f->dir);
	snprintf(f->database, sizeof(f->database), "%s/keys", f->dir);
	if (store_create(f->database, err) < 0)
		return -1;
	f->store = store_open_file(f->database, STORE_WRITE, err);
	*state = f;
	return f->store != NULL ? 0 : -1;
}

static void forget(struct fixture *f)
{
	zone_make_result_deinit(&f->result);
	zone_deinit(&f->zone);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	forget(f);
	settings_deinit(&f->settings);
	store_close(f->store);
	unlink(f->file);
	unlink(f->database);
	int r = rmdir(f->dir); /* fails if something was left */
	free(f);
	return r;
}

/* ---- making -------------------------------------------------------------------------------- */

static struct zone_make_options options(struct fixture *f)
{
	progress_start(&f->progress);
	f->source = (struct zone_source){ZONE_FROM_FILE, f->file};
	return (struct zone_make_options){
		.apex = apex,
		.source = &f->source,
		.now_s = NOW_S,
		.thread_cnt = 2,
		.store = f->store,
		.settings = &f->settings,
		.progress = &f->progress,
	};
}

static void make_with(struct fixture *f, const struct zone_make_options *opt)
{
	forget(f);
	assert_int_equal(zone_make(&f->zone, opt, &f->result), 0);
	assert_int_equal(f->result.report.error_cnt, 0);
	assert_false(f->result.may_pass);
}

static void make(struct fixture *f)
{
	struct zone_make_options opt = options(f);
	make_with(f, &opt);
}

/* Fails with an error that begins with the zone file's path and rest. */
static void refuse(struct fixture *f, const char *rest, bool may_pass)
{
	struct zone_make_options opt = options(f);
	size_t path_len = strlen(f->file);
	forget(f);
	assert_int_equal(zone_make(&f->zone, &opt, &f->result), -1);
	const char *error = report_first_error(&f->result.report);
	assert_memory_equal(error, f->file, path_len);
	if (strncmp(error + path_len, rest, strlen(rest)) != 0)
		assert_string_equal(error + path_len, rest);
	assert_int_equal(f->result.may_pass, may_pass);
}

/* The first warning, which must have been made. */
static const char *warning(const struct fixture *f)
{
	assert_int_equal(f->result.report.warning_cnt, 1);
	assert_int_equal(f->result.report.line[0].severity, REPORT_WARNING);
	return f->result.report.line[0].text;
}

static const struct zone_rrset *at_apex(const struct fixture *f, uint16_t type)
{
	return zone_node_rrset(&f->zone.node[0], type);
}

/* ---- refusals ------------------------------------------------------------------------------ */

static void test_no_file(void **state)
{
	refuse(*state, ": ", false);
}

static void test_bad_record_is_named_with_its_line(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "a A 1.2.3\n");
	refuse(f, ":5", false);
	assert_int_equal(f->result.read.files.cnt, 1); /* known, so that it is looked at again */
}

static void test_record_the_zone_cannot_have(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "www.elsewhere. A 192.0.2.1\n");
	refuse(f, ":5", false);
}

static void test_zone_without_soa(void **state)
{
	struct fixture *f = *state;
	write_file(f, "$TTL 60\n@ NS ns\n", "ns A 192.0.2.1\n");
	refuse(f, ": zone example.: ", false);
}

static void test_key_without_meaning(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	add_key(f, "no key");
	refuse(f, ": zone example.: key 1: ", true);
}

static void test_metadata_without_meaning(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	set_meta(f, "NSEC3PARAM", "1 0");
	refuse(f, ": zone example.: ", true);
}

static void test_presigned_zone_without_signatures(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	set_meta(f, "PRESIGNED", "1");
	refuse(f, ": zone example.: pre-signed zone without ", false);
}

/* What came before the fault is no longer there, or not of use: the caller can throw it away. */
static void test_failure_after_success(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	make(f);
	write_file(f, plain, "a CNAME b\na A 192.0.2.1\n");
	refuse(f, ": zone example.: ", false);
}

/* ---- modes --------------------------------------------------------------------------------- */

static void test_without_a_database(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	write_file(f, plain, "");
	add_key(f, key);
	opt.store = NULL;
	make_with(f, &opt);
	assert_int_equal(f->zone.node_cnt, 2);
	assert_null(at_apex(f, RRTYPE_DNSKEY));
	assert_null(at_apex(f, RRTYPE_SOA)->sig);
	assert_int_equal(f->result.report.warning_cnt, 0);
}

static void test_signatures_of_an_unsigned_zone_are_left_out(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, signature);
	make(f);
	assert_null(zone_node_rrset(&f->zone.node[1], RRTYPE_A)->sig);
	assert_non_null(strstr(warning(f), "zone example.: its signatures are left out"));
}

static void test_signed_zone(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, signature);
	add_key(f, key);
	make(f);
	assert_int_equal(at_apex(f, RRTYPE_SOA)->sig_cnt, 1);
	assert_int_equal(at_apex(f, RRTYPE_DNSKEY)->sig_cnt, 1);
	assert_int_equal(at_apex(f, RRTYPE_NSEC)->sig_cnt, 1);
	assert_int_equal(zone_node_rrset(&f->zone.node[1], RRTYPE_A)->sig_cnt, 1);
	assert_true(f->zone.flags & IMAGE_SIGNED);
	assert_true(f->zone.resign_at_s > NOW_S);
	assert_int_equal(f->zone.made_at_s, NOW_S);
	assert_int_equal(f->result.report.warning_cnt, 0);
}

/* ---- serials that move, keys of others ------------------------------------------------------ */

#define THURSDAY_S (NOW_S - NOW_S % 604800)

static void test_serial_of_no_kind_is_left(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	set_meta(f, "SOA-EDIT", "INCEPTION-EPOCHS");
	make(f);
	assert_int_equal(f->zone.serial, 1);
	assert_int_equal(f->zone.resign_at_s, 0);
	assert_non_null(strstr(warning(f), "SOA-EDIT 'INCEPTION-EPOCHS'"));
}

static void test_serial_moves_with_the_week(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	uint64_t first[2];
	write_file(f, plain, "");
	set_meta(f, "SOA-EDIT", "INCEPTION-EPOCH");
	make(f);
	const struct zone_rrset *soa = at_apex(f, RRTYPE_SOA);
	assert_int_equal(f->zone.serial, THURSDAY_S);
	assert_int_equal(wire_get_u32(soa->rdata + soa->rdata_len - 20), THURSDAY_S);
	assert_int_equal(f->zone.resign_at_s, THURSDAY_S + 604800);
	memcpy(first, f->zone.fingerprint, sizeof(first));
	opt.now_s += 604800;
	make_with(f, &opt);
	assert_int_equal(f->zone.serial, THURSDAY_S + 604800);
	assert_int_not_equal(f->zone.fingerprint[0], first[0]);
}

static void test_serials_by_default(void **state)
{
	struct fixture *f = *state;
	char err[512];
	write_file(f, plain, "");
	assert_int_equal(settings_set(&f->settings, "default-soa-edit=increment-weeks", err), 0);
	assert_int_equal(
		settings_set(&f->settings, "default-soa-edit-signed=INCEPTION-WEEK", err), 0);
	make(f);
	assert_int_equal(f->zone.serial, 1 + NOW_S / 604800);
	add_key(f, key);
	make(f);
	assert_int_equal(f->zone.serial, NOW_S / 604800);
	set_meta(f, "SOA-EDIT", "NONE");
	make(f);
	assert_int_equal(f->zone.serial, 1);
}

static void test_serial_of_presigned_zone_stays(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	write_file(f, plain, "");
	set_meta(f, "SOA-EDIT", "INCREMENT-WEEKS");
	set_meta(f, "PRESIGNED", "1");
	forget(f);
	assert_int_equal(zone_make(&f->zone, &opt, &f->result), -1); /* it has no signatures */
	assert_int_equal(f->zone.serial, 1);
}

static const char foreign[] = "@ DNSKEY 256 3 15 "
			      "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n"
			      "@ CDS 1 15 2 "
			      "aabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccddaabbccdd\n";

static void test_keys_of_others_are_left_out(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, foreign);
	add_key(f, key);
	make(f);
	assert_int_equal(at_apex(f, RRTYPE_DNSKEY)->rr_cnt, 1);
	assert_null(at_apex(f, RRTYPE_CDS));
}

static void test_keys_of_others_are_joined(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, foreign);
	add_key(f, key);
	f->settings.direct_dnskey = true;
	make(f);
	assert_int_equal(at_apex(f, RRTYPE_DNSKEY)->rr_cnt, 2);
	assert_int_equal(at_apex(f, RRTYPE_DNSKEY)->ttl_s, 5);
	assert_int_equal(at_apex(f, RRTYPE_DNSKEY)->sig_cnt, 1);
	assert_int_equal(at_apex(f, RRTYPE_CDS)->rr_cnt, 1);
	assert_int_equal(at_apex(f, RRTYPE_CDS)->ttl_s, 60);
	set_meta(f, "PUBLISH-CDS", "2,4");
	make(f);
	assert_int_equal(at_apex(f, RRTYPE_CDS)->rr_cnt, 3);
	assert_int_equal(at_apex(f, RRTYPE_CDS)->ttl_s, 5);
}

static void test_too_many_keys_of_others(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	char more[65 * 64], *at = more;
	for (unsigned i = 0; i < 65; i++)
		at += sprintf(at, "@ DNSKEY 256 3 15 %03uWoi0iS8Aa\n", i + 100);
	write_file(f, plain, more);
	add_key(f, key);
	f->settings.direct_dnskey = true;
	forget(f);
	assert_int_equal(zone_make(&f->zone, &opt, &f->result), -1);
	assert_non_null(strstr(report_first_error(&f->result.report), "more than 64 DNSKEY"));
}

/* ---- signatures made elsewhere
 * -------------------------------------------------------------------- */

/* Somebody who signs with a word. */
struct elsewhere {
	int lend_result, sign_result;
	unsigned lent_cnt, signed_cnt, back_cnt;
	const struct keyset *keys;
	bool had_private; /* while it signed */
};

static int lend(void *ctx, const uint8_t *name, const struct keyset *keys, uint64_t *ticket,
	char err[static 256])
{
	struct elsewhere *e = ctx;
	e->lent_cnt++;
	e->keys = keys;
	assert_non_null(keys->key[0].pkey);
	*ticket = 4711;
	strcpy(err, "not lent");
	return e->lend_result;
}

static int sign_elsewhere(
	void *ctx, uint64_t ticket, struct dnssec_batch *batch, char err[static 256])
{
	struct elsewhere *e = ctx;
	assert_int_equal(ticket, 4711);
	assert_memory_equal(batch->apex, apex, 9);
	e->had_private |= e->keys->key[0].pkey != NULL;
	e->signed_cnt += batch->cnt;
	batch->sigs = calloc(batch->cnt, 5);
	for (unsigned i = 0; i < batch->cnt; i++) {
		batch->item[i].sig_cnt = 1;
		batch->item[i].sig_len = 5;
		memcpy(batch->sigs + 5 * i, "\0\3sig", 5);
	}
	strcpy(err, "the signer has ended");
	return e->sign_result;
}

static void give_back(void *ctx, const uint8_t *name)
{
	struct elsewhere *e = ctx;
	assert_memory_equal(name, apex, 9);
	e->back_cnt++;
}

static int make_elsewhere(struct fixture *f, struct elsewhere *e)
{
	const struct remote_signer remote = {lend, sign_elsewhere, give_back, e};
	struct zone_make_options opt = options(f);
	write_file(f, plain, "");
	opt.remote = &remote;
	forget(f);
	return zone_make(&f->zone, &opt, &f->result);
}

static void test_signed_elsewhere(void **state)
{
	struct fixture *f = *state;
	struct elsewhere e = {0};
	add_key(f, key);
	assert_int_equal(make_elsewhere(f, &e), 0);
	const struct zone_rrset *soa = zone_node_rrset(&f->zone.node[0], RRTYPE_SOA);
	assert_int_equal(soa->sig_cnt, 1);
	assert_int_equal(soa->sig_len, 5);
	assert_memory_equal(soa->sig, "\0\3sig", 5);
	assert_true(f->zone.flags & IMAGE_SIGNED);
	assert_int_equal(e.signed_cnt, 6); /* SOA, NS, NSEC, DNSKEY; A, NSEC */
	assert_int_equal(e.back_cnt, 1);
	assert_false(e.had_private);
}

static void test_signed_here_if_nobody_is_there(void **state)
{
	struct fixture *f = *state;
	struct elsewhere e = {.lend_result = 1};
	add_key(f, key);
	assert_int_equal(make_elsewhere(f, &e), 0);
	assert_int_equal(e.lent_cnt, 1);
	assert_int_equal(e.signed_cnt, 0);
	assert_int_equal(e.back_cnt, 0);
	assert_int_equal(zone_node_rrset(&f->zone.node[0], RRTYPE_SOA)->sig_len, 2 + 18 + 9 + 64);
}

static void test_not_signed_elsewhere(void **state)
{
	struct fixture *f = *state;
	struct elsewhere refuses = {.lend_result = -1}, dies = {.sign_result = 1};
	add_key(f, key);
	assert_int_equal(make_elsewhere(f, &refuses), -1);
	assert_non_null(strstr(report_first_error(&f->result.report), "not lent"));
	assert_false(f->result.may_pass);
	assert_int_equal(make_elsewhere(f, &dies), -1);
	assert_non_null(strstr(report_first_error(&f->result.report), "the signer has ended"));
	assert_true(f->result.may_pass);
	assert_int_equal(dies.back_cnt, 1);
}

static void test_signatures_can_be_spared(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	opt.without_signatures = true;
	make_with(f, &opt);
	assert_int_equal(f->zone.nsec3_cnt, 2);
	assert_null(f->zone.nsec3[0].rrset->sig);
	assert_non_null(at_apex(f, RRTYPE_NSEC3PARAM));
	assert_null(at_apex(f, RRTYPE_DNSKEY)->sig);
	assert_int_equal(f->progress.spent_ns[PROGRESS_SIGN], 0);
}

static void test_too_many_iterations_are_reduced(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "NSEC3PARAM", "1 0 2000 -");
	make(f);
	assert_int_equal(f->zone.nsec3_param.iterations, f->settings.max_nsec3_iterations);
	assert_non_null(strstr(warning(f), "max-nsec3-iterations"));
}

/* ---- live ----------------------------------------------------------------------------------- */

static void make_live(struct fixture *f, uint64_t hash_seed)
{
	struct zone_make_options opt = options(f);
	opt.hash_seed = hash_seed;
	make_with(f, &opt);
}

static void test_eager_zone_cannot_be_narrow(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	set_meta(f, "NSEC3NARROW", "1");
	make(f);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC3);
	assert_non_null(strstr(warning(f), "narrow NSEC3 needs live signing"));
}

static void test_eager_zone_cannot_be_compact(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "X-ENSIGN-DENIAL", "compact");
	make(f);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC);
	assert_non_null(strstr(warning(f), "compact denial needs live signing"));
}

static void use_live(struct fixture *f)
{
	write_file(f, plain, "");
	set_meta(f, "X-ENSIGN-SIGNING", "live");
}

/* Signed live with so many of these keys; eagerly, and that is said, with one more. */
static void assert_live_up_to(struct fixture *f, const char *content, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++)
		add_key(f, content);
	make_live(f, 1);
	assert_int_equal(f->zone.flags, IMAGE_LIVE | IMAGE_NSEC);
	assert_int_equal(f->result.report.warning_cnt, 0);
	add_key(f, content);
	make_live(f, 1);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC);
	assert_non_null(strstr(warning(f), "signed as a whole, not live: its active keys"));
}

static void test_too_many_signatures_to_be_live(void **state)
{
	struct fixture *f = *state;
	use_live(f);
	assert_live_up_to(f, key, SIG_CNT_MAX);
	assert_non_null(strstr(warning(f), "up to 9 RRSIGs of 828 octets"));
	/* as it does with any eager zone, the week counts */
	struct zone_make_options opt = options(f);
	uint64_t first = f->zone.fingerprint[0];
	opt.now_s += 604800;
	make_with(f, &opt);
	assert_int_not_equal(f->zone.fingerprint[0], first);
}

static void test_too_long_signatures_to_be_live(void **state)
{
	struct fixture *f = *state;
	struct key made = {0};
	char err[256];
	use_live(f);
	assert_int_equal(key_generate(&made, key_algorithm(8), KEY_FLAGS_SEP, 2048, err), 0);
	char *content = key_to_content(&made);
	assert_live_up_to(f, content, SIG_PAYLOAD_MAX / (SIG_FIXED_LEN + 256));
	key_secret_free(content);
	key_deinit(&made);
}

static void test_all_that_was_put_right_is_said(void **state)
{
	struct fixture *f = *state;
	use_live(f);
	set_meta(f, "NSEC3PARAM", "1 0 2000 -");
	set_meta(f, "SOA-EDIT", "SOMEHOW");
	for (unsigned i = 0; i <= SIG_CNT_MAX; i++)
		add_key(f, key);
	make_live(f, 1);
	assert_non_null(strstr(warning(f), "signed as a whole"));
	assert_non_null(strstr(warning(f), "; SOA-EDIT 'SOMEHOW'"));
	assert_non_null(strstr(warning(f), "; NSEC3 iterations"));
}

static void test_live_zone(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, signature);
	add_key(f, key);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
	make_live(f, 1);
	assert_int_equal(f->zone.flags, IMAGE_LIVE | IMAGE_NSEC);
	assert_null(at_apex(f, RRTYPE_SOA)->sig);
	assert_non_null(at_apex(f, RRTYPE_DNSKEY));
	assert_non_null(at_apex(f, RRTYPE_NSEC));
	assert_int_equal(f->zone.resign_at_s, 0);
	assert_int_equal(f->zone.live_sig_len, 2 + 10 + 18 + 9 + 64);
	assert_int_equal(f->result.signing.keys.key_cnt, 1);
	assert_int_equal(f->result.report.warning_cnt, 0);
	assert_int_equal(f->progress.spent_ns[PROGRESS_SIGN], 0);
}

static void test_setting_makes_zones_live(void **state)
{
	struct fixture *f = *state;
	char err[512];
	write_file(f, plain, "");
	add_key(f, key);
	assert_int_equal(settings_set(&f->settings, "signing-policy=live", err), 0);
	set_meta(f, "NSEC3PARAM", "1 1 0 -");
	set_meta(f, "NSEC3NARROW", "1");
	make_live(f, 1);
	assert_int_equal(f->zone.flags, IMAGE_LIVE | IMAGE_NSEC3 | IMAGE_NARROW | IMAGE_OPTOUT);
	set_meta(f, "X-ENSIGN-SIGNING", "eager");
	make_live(f, 1);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC3 | IMAGE_OPTOUT);
}

static void test_compact_zone_has_no_nsec3param(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
	set_meta(f, "X-ENSIGN-DENIAL", "compact");
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	make_live(f, 1);
	assert_int_equal(f->zone.flags, IMAGE_LIVE | IMAGE_COMPACT);
	assert_null(at_apex(f, RRTYPE_NSEC3PARAM));
}

/* What is printed has its signatures, and a chain that can be printed. */
static void test_live_zone_can_be_made_eagerly(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
	opt.eager = true;
	make_with(f, &opt);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC);
	assert_int_equal(f->result.report.warning_cnt, 0);
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	set_meta(f, "NSEC3NARROW", "1");
	make_with(f, &opt);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC3);
	assert_int_equal(f->result.report.warning_cnt, 0);
	set_meta(f, "X-ENSIGN-DENIAL", "compact");
	make_with(f, &opt);
	assert_int_equal(f->zone.flags, IMAGE_SIGNED | IMAGE_NSEC);
	assert_int_equal(f->result.report.warning_cnt, 0);
}

/* Made anew, is the live_id another one? */
static bool live_id_moves(struct fixture *f, uint64_t hash_seed)
{
	uint64_t before[2] = {f->zone.live_id[0], f->zone.live_id[1]};
	make_live(f, hash_seed);
	return memcmp(before, f->zone.live_id, sizeof(before)) != 0;
}

static void test_live_id_stands_for_what_signs(void **state)
{
	struct fixture *f = *state;
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
	make_live(f, 1);
	assert_int_not_equal(f->zone.live_id[0] | f->zone.live_id[1], 0);
	write_file(f, plain, "more A 192.0.2.2\n");
	assert_false(live_id_moves(f, 1));
	set_meta(f, "X-NOTE", "changed");
	assert_false(live_id_moves(f, 1));
	assert_true(live_id_moves(f, 2));
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	assert_true(live_id_moves(f, 2));
	set_meta(f, "NSEC3NARROW", "1");
	assert_true(live_id_moves(f, 2));
	set_meta(f, "NSEC3PARAM", "1 1 0 -");
	assert_true(live_id_moves(f, 2));
	f->settings.rrsig_expiry_extend++;
	assert_true(live_id_moves(f, 2));
	f->settings.signature_inception_margin++;
	assert_true(live_id_moves(f, 2));
	write_file(f, "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 6\n@ NS ns\nns A 192.0.2.1\n", "");
	assert_true(live_id_moves(f, 2));
	add_key(f, other_key);
	assert_true(live_id_moves(f, 2));
	assert_false(live_id_moves(f, 2));
}

/* ---- fingerprint --------------------------------------------------------------------------- */

static void test_fingerprint_tells_what_it_was_made_of(void **state)
{
	struct fixture *f = *state;
	uint64_t first[2];
	write_file(f, plain, "");
	make(f);
	memcpy(first, f->zone.fingerprint, sizeof(first));
	assert_int_equal(first[1], 0); /* no includes */
	make(f);
	assert_memory_equal(f->zone.fingerprint, first, sizeof(first));
	set_meta(f, "X-NOTE", "changed");
	make(f);
	assert_int_not_equal(f->zone.fingerprint[0], first[0]);
	memcpy(first, f->zone.fingerprint, sizeof(first));
	write_file(f, plain, "more A 192.0.2.2\n");
	make(f);
	assert_int_not_equal(f->zone.fingerprint[0], first[0]);
}

/* The week is not part of it where signatures are made anew every week anyway. */
static void test_fingerprint_of_a_live_zone_outlasts_the_week(void **state)
{
	struct fixture *f = *state;
	struct zone_make_options opt = options(f);
	uint64_t first[2];
	write_file(f, plain, "");
	add_key(f, key);
	make(f);
	memcpy(first, f->zone.fingerprint, sizeof(first));
	opt.now_s += 604800;
	make_with(f, &opt);
	assert_int_not_equal(f->zone.fingerprint[0], first[0]);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
	make(f);
	memcpy(first, f->zone.fingerprint, sizeof(first));
	make_with(f, &opt);
	assert_memory_equal(f->zone.fingerprint, first, sizeof(first));
	f->settings.rrsig_expiry_extend++;
	make(f);
	assert_int_not_equal(f->zone.fingerprint[0], first[0]);
}

/* What a rollover remembers of its times is written often, and no reason to sign anew. */
static void test_fingerprint_of_a_rollover_is_its_steps(void **state)
{
	struct fixture *f = *state;
	uint64_t first[2];
	write_file(f, plain, "");
	add_key(f, key);
	set_meta(f, "X-ENSIGN-ROLLOVER", "ksk both since=0 ttl=0 old=1 new=2");
	make(f);
	memcpy(first, f->zone.fingerprint, sizeof(first));
	set_meta(f, "X-ENSIGN-ROLLOVER", "ksk both since=1795600000 ttl=900 old=1 new=2");
	set_meta(f, "X-ENSIGN-KEY-SINCE", "1 1795600000");
	set_meta(f, "X-ENSIGN-ROLLOVER-POLICY", "propagation=60");
	make(f);
	assert_memory_equal(f->zone.fingerprint, first, sizeof(first));
	set_meta(f, "X-ENSIGN-ROLLOVER", "ksk parent since=0 ttl=0 old=1 new=2");
	make(f);
	assert_int_not_equal(f->zone.fingerprint[0], first[0]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_no_file),
		TEST(test_bad_record_is_named_with_its_line),
		TEST(test_record_the_zone_cannot_have),
		TEST(test_zone_without_soa),
		TEST(test_key_without_meaning),
		TEST(test_metadata_without_meaning),
		TEST(test_presigned_zone_without_signatures),
		TEST(test_failure_after_success),
		TEST(test_without_a_database),
		TEST(test_signatures_of_an_unsigned_zone_are_left_out),
		TEST(test_signed_zone),
		TEST(test_serial_of_no_kind_is_left),
		TEST(test_serial_moves_with_the_week),
		TEST(test_serials_by_default),
		TEST(test_serial_of_presigned_zone_stays),
		TEST(test_keys_of_others_are_left_out),
		TEST(test_keys_of_others_are_joined),
		TEST(test_too_many_keys_of_others),
		TEST(test_signed_elsewhere),
		TEST(test_signed_here_if_nobody_is_there),
		TEST(test_not_signed_elsewhere),
		TEST(test_signatures_can_be_spared),
		TEST(test_too_many_iterations_are_reduced),
		TEST(test_eager_zone_cannot_be_narrow),
		TEST(test_eager_zone_cannot_be_compact),
		TEST(test_too_many_signatures_to_be_live),
		TEST(test_too_long_signatures_to_be_live),
		TEST(test_all_that_was_put_right_is_said),
		TEST(test_live_zone),
		TEST(test_setting_makes_zones_live),
		TEST(test_compact_zone_has_no_nsec3param),
		TEST(test_live_zone_can_be_made_eagerly),
		TEST(test_live_id_stands_for_what_signs),
		TEST(test_fingerprint_tells_what_it_was_made_of),
		TEST(test_fingerprint_of_a_live_zone_outlasts_the_week),
		TEST(test_fingerprint_of_a_rollover_is_its_steps),
	};
#undef TEST
	return cmocka_run_group_tests_name("zone_make", tests, NULL, NULL);
}
