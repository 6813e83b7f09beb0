/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing zones, records and TSIG keys.
 */
#include "control/store/row.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/store/domain.h"
#include "control/store/store.h"
#include "control/store/tsig.h"
#include "tests/unit/store_fixture.h"

static int see_row(void *ctx, const struct store_row *r)
{
	store_see(ctx, "%s %s '%s' %u %d %d %s %d\n", r->name, r->type != NULL ? r->type : "NULL",
		r->content != NULL ? r->content : "NULL", r->ttl_s, r->prio, r->disabled,
		r->ordername != NULL ? r->ordername : "NULL", r->auth);
	return 0;
}

static const char *rows(struct store_fixture *f, uint64_t domain_id)
{
	f->seen[0] = '\0';
	assert_int_equal(store_rows(f->store, domain_id, see_row, f), 0);
	return f->seen;
}

static uint64_t add_domain(struct store_fixture *f, const char *name)
{
	uint64_t id = 0;
	assert_int_equal(store_domain_add(f->store, name, STORE_MASTER, &id), 0);
	assert_true(id > 0);
	return id;
}

static uint64_t add_row(struct store_fixture *f, uint64_t domain_id, const struct store_row *row)
{
	uint64_t id = 0;
	assert_int_equal(store_row_add(f->store, domain_id, row, &id), 0);
	assert_true(id > 0);
	return id;
}

static const struct store_row mail = {.name = "Example.COM.",
	.type = "MX",
	.content = "mail.example.com",
	.ttl_s = 300,
	.prio = 10,
	.ordername = "",
	.auth = true};
static const struct store_row ent = {
	.name = "b.example.com", .ordername = "b", .ttl_s = 1, .prio = 1, .auth = false};

/* ==== what must fail ======================================================================== */

static void nothing_there(void **state)
{
	struct store_fixture *f = *state;
	struct store_row row = mail;
	row.id = 12;
	assert_int_equal(store_row_change(f->store, &row), 1);
	assert_int_equal(store_row_order(f->store, 12, NULL, true), 1);
	assert_int_equal(store_row_remove(f->store, 12), 1);
	assert_int_equal(store_rows_remove(f->store, 12, NULL, NULL), 1);
	assert_int_equal(store_rows_remove(f->store, 12, "a", NULL), 1);
	assert_int_equal(store_rows_remove(f->store, 12, "a", "A"), 1);
	assert_int_equal(store_domain_remove(f->store, 12), 1);
	assert_int_equal(store_domain_set_kind(f->store, 12, STORE_SLAVE), 1);
	assert_int_equal(store_domain_set_account(f->store, 12, "x"), 1);
	assert_int_equal(store_tsig_key_remove(f->store, "k"), 1);
}

static void domain_twice(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = 0;
	add_domain(f, "example.com");
	assert_int_equal(store_domain_add(f->store, "EXAMPLE.com.", STORE_NATIVE, &id), 1);
	assert_int_equal(store_domain_add(f->store, "", STORE_NATIVE, &id), -1);
	assert_non_null(strstr(store_error(f->store), f->place));
}

static void no_kind(void **state)
{
	enum store_kind kind;
	assert_int_equal(store_kind_from_text(&kind, "primaries"), -1);
	assert_int_equal(store_kind_from_text(&kind, ""), -1);
}

static void all_or_nothing(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = add_domain(f, "example.com");
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(store_begin(f->store), -1);
	add_row(f, id, &mail);
	store_rollback(f->store);
	assert_string_equal(rows(f, id), "");
	assert_int_equal(store_commit(f->store), -1);
}

static void no_dnssec(void **state)
{
	struct store_fixture *f = *state;
	struct store_key key = {.flags = 257, .content = (char *)"x", .published = true};
	struct store_config config = f->config;
	struct store_metas metas;
	struct store_keys keys;
	char err[STORE_ERR_LEN];
	uint64_t id;
	add_domain(f, "example.com");
	assert_int_equal(store_key_add(f->store, "example.com", &key, &id), 0);
	assert_int_equal(store_meta_add(f->store, "example.com", "NSEC3PARAM", "1 0 0 -"), 0);
	assert_int_equal(store_meta_add(f->store, "example.com", "X-a", "b"), 0);
	config.no_dnssec = true;
	struct store *store = store_open(&config, STORE_WRITE, err);
	assert_non_null(store);
	assert_int_equal(store_key_add(store, "example.com", &key, &id), -1);
	assert_non_null(strstr(store_error(store), "-dnssec"));
	assert_int_equal(store_zone_keys(store, "example.com", &keys), 0);
	assert_int_equal(keys.cnt, 0);
	assert_int_equal(store_zone_meta(store, "example.com", NULL, &metas), 0);
	assert_int_equal(metas.cnt, 1);
	assert_string_equal(metas.meta[0].kind, "X-a");
	store_keys_deinit(&keys);
	store_metas_deinit(&metas);
	store_close(store);
}

/* Whoever may only read cannot write, whatever the database's rights say. */
static void reading_store(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	uint64_t id;
	struct store *store = store_open(&f->config, 0, err);
	assert_non_null(store);
	assert_int_equal(store_domain_add(store, "example.com", STORE_NATIVE, &id), -1);
	assert_non_null(strstr(store_error(store), "cannot add a zone"));
	assert_non_null(strstr(store_error(store), f->place));
	store_close(store);
	assert_int_equal(store_count(f, "domains"), 0);
}

/* ==== what must work ======================================================================== */

static void rows_come_back(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = add_domain(f, "example.com"), other = add_domain(f, "example.net");
	struct store_row disabled = {.name = "a.example.com",
		.type = "TXT",
		.content = "\"'; DROP TABLE records; -- ?1 \\ \xc3\x85 $1 %s {sqlite|a|b}\"",
		.ttl_s = UINT32_C(2147483647),
		.prio = -1,
		.disabled = true,
		.auth = true};
	add_row(f, id, &mail);
	add_row(f, id, &ent);
	add_row(f, id, &disabled);
	add_row(f, other, &mail);
	assert_string_equal(rows(f, id), "a.example.com TXT '\"'; DROP TABLE records; -- ?1 \\ "
					 "\xc3\x85 $1 %s {sqlite|a|b}\"'"
					 " 2147483647 -1 1 NULL 1\n"
					 "b.example.com NULL 'NULL' 3600 -1 0 b 0\n"
					 "example.com MX 'mail.example.com' 300 10 0  1\n");
	f->seen[0] = '\0';
	assert_int_equal(store_rows_at(f->store, id, "B.example.com.", see_row, f), 0);
	assert_string_equal(f->seen, "b.example.com NULL 'NULL' 3600 -1 0 b 0\n");
}

static void rows_change(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = add_domain(f, "example.com");
	struct store_row row = mail;
	row.id = add_row(f, id, &mail);
	row.content = "other.example.com";
	row.prio = 0;
	row.disabled = true;
	assert_int_equal(store_row_change(f->store, &row), 0);
	/* the same once more is no row less */
	assert_int_equal(store_row_change(f->store, &row), 0);
	assert_string_equal(rows(f, id), "example.com MX 'other.example.com' 300 0 1  1\n");
	assert_int_equal(store_row_order(f->store, row.id, NULL, false), 0);
	assert_string_equal(rows(f, id), "example.com MX 'other.example.com' 300 0 1 NULL 0\n");
	assert_int_equal(store_row_remove(f->store, row.id), 0);
	assert_string_equal(rows(f, id), "");
}

static void rows_go(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = add_domain(f, "example.com");
	struct store_row a = mail;
	a.type = "A";
	add_row(f, id, &mail);
	add_row(f, id, &a);
	add_row(f, id, &ent);
	assert_int_equal(store_rows_remove(f->store, id, "example.com", "MX"), 0);
	assert_non_null(strstr(rows(f, id), " A "));
	assert_null(strstr(f->seen, " MX "));
	assert_int_equal(store_rows_remove(f->store, id, "b.example.com", NULL), 0);
	assert_null(strstr(rows(f, id), "NULL 'NULL'"));
	assert_int_equal(store_rows_remove(f->store, id, "example.com.", NULL), 0);
	assert_string_equal(rows(f, id), "");
}

static void largest_content(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = add_domain(f, "example.com");
	static char content[STORE_CONTENT_TEST_LEN + 1];
	memset(content, 'x', sizeof(content) - 1);
	struct store_row row = {.name = "example.com",
		.type = "TXT",
		.content = content,
		.ttl_s = 1,
		.prio = -1,
		.auth = true};
	add_row(f, id, &row);
	add_row(f, id, &mail);
	f->seen[0] = '\0';
	assert_int_equal(store_rows(f->store, id, store_see_length, f), 0);
	assert_string_equal(f->seen, "16 " STORE_CONTENT_TEST_TEXT " ");
}

static int see_domain(void *ctx, const struct store_domain *d)
{
	store_see(ctx, "%s %s %s %s %s %s %lld %lld\n", d->name, store_kind_text(d->kind),
		d->masters ? d->masters : "NULL", d->account ? d->account : "NULL",
		d->options ? d->options : "NULL", d->catalog ? d->catalog : "NULL",
		(long long)d->notified_serial, (long long)d->last_check);
	return 0;
}

static void domain_columns(void **state)
{
	struct store_fixture *f = *state;
	uint64_t id = add_domain(f, "example.com");
	add_domain(f, ".");
	assert_int_equal(store_domain_set_kind(f->store, id, STORE_PRODUCER), 0);
	assert_int_equal(store_domain_set_masters(f->store, id, "192.0.2.1,[2001:db8::1]:53"), 0);
	assert_int_equal(store_domain_set_account(f->store, id, "caf\xc3\xa9"), 0);
	assert_int_equal(store_domain_set_options(f->store, id, "{\"a\":1}"), 0);
	assert_int_equal(store_domain_set_catalog(f->store, id, "cat.example"), 0);
	assert_int_equal(store_domain_set_notified(f->store, id, UINT32_MAX), 0);
	store_other(f, "UPDATE domains SET last_check = 1700000000 WHERE name = 'example.com'");
	assert_int_equal(store_domains(f->store, see_domain, f), 0);
	assert_string_equal(f->seen,
		". MASTER NULL NULL NULL NULL -1 -1\n"
		"example.com PRODUCER 192.0.2.1,[2001:db8::1]:53 caf\xc3\xa9 {\"a\":1} cat.example "
		"4294967295 1700000000\n");
	assert_int_equal(store_domain_set_masters(f->store, id, NULL), 0);
	struct store_domain domain;
	assert_int_equal(store_domain_find(f->store, "example.com", &domain), 0);
	assert_null(domain.masters);
	assert_string_equal(domain.catalog, "cat.example");
	store_domain_deinit(&domain);
}

static void domain_goes_with_all_it_has(void **state)
{
	struct store_fixture *f = *state;
	struct store_key key = {.flags = 257, .content = (char *)"x", .published = true};
	struct store_keys keys;
	uint64_t id = add_domain(f, "example.com"), key_id;
	add_row(f, id, &mail);
	assert_int_equal(store_key_add(f->store, "example.com", &key, &key_id), 0);
	assert_int_equal(store_meta_add(f->store, "example.com", "PRESIGNED", "1"), 0);
	assert_int_equal(store_domain_remove(f->store, id), 0);
	assert_string_equal(rows(f, id), "");
	/* a zone that gets the same number would have what is left */
	assert_int_equal(store_zone_keys(f->store, "example.com", &keys), 0);
	assert_int_equal(keys.cnt, 0);
	store_keys_deinit(&keys);
	assert_int_equal(store_count(f, "cryptokeys") + store_count(f, "domainmetadata"), 0);
}

static void keys_and_metadata(void **state)
{
	struct store_fixture *f = *state;
	struct store_key key = {.flags = 257, .content = (char *)"x", .active = true};
	struct store_keys keys;
	struct store_metas metas;
	uint64_t id;
	add_domain(f, "example.com");
	add_domain(f, "example.net");
	assert_int_equal(store_key_add(f->store, "Example.com.", &key, &id), 0);
	assert_int_equal(store_key_set_active(f->store, "example.net", id, true), 1);
	assert_int_equal(store_key_set_published(f->store, "example.com", id, true), 0);
	assert_int_equal(store_key_set_active(f->store, "example.com", id, false), 0);
	assert_int_equal(store_zone_keys(f->store, "example.com", &keys), 0);
	assert_int_equal(keys.cnt, 1);
	assert_true(keys.key[0].published && !keys.key[0].active && keys.key[0].id == id);
	store_keys_deinit(&keys);
	assert_int_equal(store_key_remove(f->store, "example.net", id), 1);
	assert_int_equal(store_key_remove(f->store, "example.com", id), 0);
	static const char *const value[] = {"192.0.2.0/24", "2001:db8::/32"};
	assert_int_equal(store_meta_set(f->store, "example.com", "ALLOW-AXFR-FROM", value, 2), 0);
	assert_int_equal(store_meta_set(f->store, "example.com", "Allow-AXFR-from", value, 2), 0);
	assert_int_equal(store_zone_meta(f->store, "example.com", "allow-axfr-from", &metas), 0);
	assert_int_equal(metas.cnt, 2);
	assert_string_equal(metas.meta[1].content, value[1]);
	store_metas_deinit(&metas);
}

static void tsig_keys(void **state)
{
	struct store_fixture *f = *state;
	struct store_tsig_keys keys;
	assert_int_equal(store_tsig_key_set(f->store, "Key.Example.", "hmac-sha256", "AAAA"), 0);
	assert_int_equal(store_tsig_key_set(f->store, "key.example", "hmac-sha256", "BBBB"), 0);
	assert_int_equal(store_tsig_key_set(f->store, "key.example", "hmac-md5", "CCCC"), 0);
	assert_int_equal(store_tsig_key_set(f->store, "a", "hmac-sha512", "DDDD"), 0);
	assert_int_equal(store_tsig_keys(f->store, NULL, &keys), 0);
	assert_int_equal(keys.cnt, 3);
	assert_string_equal(keys.key[0].name, "a");
	store_tsig_keys_deinit(&keys);
	assert_int_equal(store_tsig_keys(f->store, "KEY.example", &keys), 0);
	assert_int_equal(keys.cnt, 2);
	assert_string_equal(keys.key[0].secret, "BBBB");
	store_tsig_keys_deinit(&keys);
	assert_int_equal(store_tsig_key_remove(f->store, "key.example"), 0);
	assert_int_equal(store_tsig_keys(f->store, "key.example", &keys), 0);
	assert_int_equal(keys.cnt, 0);
	store_tsig_keys_deinit(&keys);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_there),
		TEST(domain_twice),
		TEST(no_kind),
		TEST(all_or_nothing),
		TEST(no_dnssec),
		TEST(reading_store),
		TEST(rows_come_back),
		TEST(rows_change),
		TEST(rows_go),
		TEST(largest_content),
		TEST(domain_columns),
		TEST(domain_goes_with_all_it_has),
		TEST(keys_and_metadata),
		TEST(tsig_keys),
	};
	return store_run_tests("row", tests, sizeof(tests) / sizeof(*tests));
}
