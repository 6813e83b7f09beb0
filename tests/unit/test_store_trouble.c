/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What can go wrong with a database, on each kind of them: connections that break, columns that are
 * NULL, text that is too long or no text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/store/domain.h"
#include "tests/unit/store_fixture.h"

#define TOO_LONG 70000

static int see_row(void *ctx, const struct store_row *r)
{
	store_see(ctx, "%s %s %s %s %u %d %d %d\n", r->name ? r->name : "-",
		r->type ? r->type : "-", r->content ? r->content : "-",
		r->ordername ? r->ordername : "-", r->ttl_s, r->prio, r->disabled, r->auth);
	return 0;
}

static void make_zone(struct store_fixture *f)
{
	store_other(f, "INSERT INTO domains (id, name, type) VALUES (7, 'a', 'NATIVE')");
}

static int add_text(struct store_fixture *f, const char *content)
{
	uint64_t id;
	const struct store_row row = {.name = "a",
		.type = "TXT",
		.content = content,
		.ttl_s = 1,
		.prio = -1,
		.auth = true};
	return store_row_add(f->store, 7, &row, &id);
}

static int find_zone(struct store_fixture *f)
{
	struct store_domain domain;
	int rc = store_domain_find(f->store, "a", &domain);
	store_domain_deinit(&domain);
	return rc;
}

/* ==== connections =========================================================================== */

/* Ends all connections but the one that asks. */
static void break_connections(struct store_fixture *f)
{
	int64_t id[16];
	unsigned cnt = 0;
	char sql[32];
	if (f->config.database == STORE_PGSQL) {
		store_other(f, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
			       " WHERE datname = current_database() AND pid <> pg_backend_pid()");
		return;
	}
	assert_int_equal(db_start_text(f->other,
				 "SELECT id FROM information_schema.processlist"
				 " WHERE user = 'pdns' AND id <> CONNECTION_ID()",
				 "test"),
		0);
	while (db_step(f->other) == 1 && cnt < 16)
		id[cnt++] = db_number(f->other, 0, 0);
	db_end(f->other);
	while (cnt > 0) {
		snprintf(sql, sizeof(sql), "KILL %lld", (long long)id[--cnt]);
		store_other(f, sql);
	}
}

static void connection_breaks_before_reading(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	if (store_config_is_file(&f->config))
		return;
	assert_int_equal(find_zone(f), 0);
	break_connections(f);
	assert_int_equal(find_zone(f), 0);
	break_connections(f);
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
}

static void connection_breaks_before_writing(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	if (store_config_is_file(&f->config))
		return;
	break_connections(f);
	assert_int_equal(add_text(f, "x"), 0);
	break_connections(f);
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(add_text(f, "y"), 0);
	assert_int_equal(store_commit(f->store), 0);
	assert_int_equal(store_count(f, "records"), 2);
}

/* All or nothing, and nothing twice. */
static void connection_breaks_in_a_change(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	if (store_config_is_file(&f->config))
		return;
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(add_text(f, "x"), 0);
	break_connections(f);
	assert_int_equal(add_text(f, "y"), -1);
	assert_non_null(strstr(store_error(f->store), "cannot add a record"));
	assert_int_equal(store_commit(f->store), -1);
	store_rollback(f->store);
	assert_int_equal(store_count(f, "records"), 0);
	assert_int_equal(add_text(f, "z"), 0);
	assert_int_equal(store_count(f, "records"), 1);
}

static void connection_breaks_before_the_commit(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	if (store_config_is_file(&f->config))
		return;
	assert_int_equal(store_begin(f->store), 0);
	assert_int_equal(add_text(f, "x"), 0);
	break_connections(f);
	assert_int_equal(store_commit(f->store), -1);
	assert_non_null(strstr(store_error(f->store), "cannot finish the change"));
	store_rollback(f->store);
	assert_int_equal(store_count(f, "records"), 0);
	assert_int_equal(find_zone(f), 0);
}

static void table_goes(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	assert_int_equal(find_zone(f), 0);
	store_other(f, "DROP TABLE records");
	assert_int_equal(store_rows(f->store, 7, see_row, f), -1);
	assert_non_null(strstr(store_error(f->store), "cannot read records"));
	assert_non_null(strstr(store_error(f->store), f->place));
	assert_non_null(strstr(store_error(f->store), "records"));
	assert_int_equal(find_zone(f), 0); /* the rest works */
}

static void table_changes(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	assert_int_equal(add_text(f, "x"), 0);
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
	store_other(f, "ALTER TABLE records ADD COLUMN note INT DEFAULT NULL");
	f->seen[0] = '\0';
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
	assert_string_equal(f->seen, "a TXT x - 1 -1 0 1\n");
	assert_int_equal(add_text(f, "y"), 0);
}

/* Somebody else holds what is to be changed: that is said in time, and nothing is lost. */
static void held_by_another(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	store_other(f, store_config_is_file(&f->config) ? "BEGIN IMMEDIATE" : "BEGIN");
	store_other(f, "UPDATE domains SET account = 'theirs' WHERE id = 7");
	assert_int_equal(find_zone(f), 0); /* reading goes on */
	assert_int_equal(store_domain_set_account(f->store, 7, "ours"), -1);
	assert_non_null(strstr(store_error(f->store), "try again"));
	store_other(f, "COMMIT");
	assert_int_equal(store_domain_set_account(f->store, 7, "ours"), 0);
}

/* ==== what stands in columns ================================================================= */

static void null_everywhere(void **state)
{
	struct store_fixture *f = *state;
	struct store_keys keys;
	struct store_metas metas;
	make_zone(f);
	store_other(f, "INSERT INTO records (domain_id, disabled, auth) VALUES (7, NULL, NULL)");
	store_other(f, "INSERT INTO domainmetadata (domain_id) VALUES (7)");
	store_other(f, "INSERT INTO cryptokeys (domain_id, flags, active, published) VALUES"
		       " (7, 256, NULL, NULL)");
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
	assert_string_equal(f->seen, "- - - - 3600 -1 0 1\n");
	assert_int_equal(store_zone_meta(f->store, "a", NULL, &metas), 0);
	assert_int_equal(metas.cnt, 1);
	assert_string_equal(metas.meta[0].kind, "");
	assert_string_equal(metas.meta[0].content, "");
	store_metas_deinit(&metas);
	assert_int_equal(store_zone_keys(f->store, "a", &keys), 0);
	assert_int_equal(keys.cnt, 1);
	assert_string_equal(keys.key[0].content, "");
	assert_false(keys.key[0].active);
	store_keys_deinit(&keys);
}

static void numbers_out_of_bounds(void **state)
{
	struct store_fixture *f = *state;
	struct store_keys keys;
	make_zone(f);
	store_other(f, "INSERT INTO records (domain_id, name, ttl, prio) VALUES (7, 'a', -1, -5)");
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
	assert_string_equal(f->seen, "a - - - 4294967295 -5 0 1\n");
	store_other(f, "INSERT INTO cryptokeys (domain_id, flags) VALUES (7, 70000)");
	assert_int_equal(store_zone_keys(f->store, "a", &keys), -1);
	assert_non_null(strstr(store_error(f->store), "70000"));
	store_keys_deinit(&keys);
}

/* Cut content would be another record. */
static void text_that_is_too_long(void **state)
{
	struct store_fixture *f = *state;
	static char text[TOO_LONG + 1];
	memset(text, 'x', TOO_LONG);
	make_zone(f);
	if (store_config_is_file(&f->config))
		return; /* has no bounds */
	assert_int_equal(add_text(f, text), -1);
	assert_non_null(strstr(store_error(f->store), "too long"));
	assert_int_equal(store_count(f, "records"), 0);
}

/* Octets that are no characters of the database's set go in and out as they are, or not at all. */
static void octets_that_are_no_text(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	if (f->config.database == STORE_PGSQL) { /* UTF8 */
		assert_int_equal(add_text(f, "\"\xff\xfe\""), -1);
		assert_non_null(strstr(store_error(f->store), "encoding"));
		return;
	}
	char all[128 + 1] = {0};
	for (unsigned i = 0; i < 128; i++)
		all[i] = (char)(0x80 + i);
	assert_int_equal(add_text(f, all), 0);
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
	assert_non_null(strstr(f->seen, all));
}

static void names_that_are_sql(void **state)
{
	struct store_fixture *f = *state;
	static const char *const name[] = {
		"x' or '1'='1", "x\\'--", "x\"; drop table domains; --", "%", "_", "$1", "?1"};
	struct store_domain domain;
	uint64_t id;
	for (unsigned i = 0; i < sizeof(name) / sizeof(*name); i++) {
		assert_int_equal(store_domain_find(f->store, name[i], &domain), 1);
		store_domain_deinit(&domain);
		assert_int_equal(store_domain_add(f->store, name[i], STORE_NATIVE, &id), 0);
		assert_int_equal(store_domain_find(f->store, name[i], &domain), 0);
		assert_string_equal(domain.name, name[i]);
		store_domain_deinit(&domain);
	}
	assert_int_equal(store_count(f, "domains"), 7);
}

/* A callback that has seen enough leaves the connection as it should be. */
static int stop_at_once(void *ctx, const struct store_row *r)
{
	return 17;
}

static void reading_is_left_early(void **state)
{
	struct store_fixture *f = *state;
	make_zone(f);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(add_text(f, "x"), 0);
	assert_int_equal(store_rows(f->store, 7, stop_at_once, f), 17);
	assert_int_equal(find_zone(f), 0);
	assert_int_equal(add_text(f, "x"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, store_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connection_breaks_before_reading),
		TEST(connection_breaks_before_writing),
		TEST(connection_breaks_in_a_change),
		TEST(connection_breaks_before_the_commit),
		TEST(table_goes),
		TEST(table_changes),
		TEST(held_by_another),
		TEST(null_everywhere),
		TEST(numbers_out_of_bounds),
		TEST(text_that_is_too_long),
		TEST(octets_that_are_no_text),
		TEST(names_that_are_sql),
		TEST(reading_is_left_early),
	};
	return store_run_tests("store_trouble", tests, sizeof(tests) / sizeof(*tests));
}
