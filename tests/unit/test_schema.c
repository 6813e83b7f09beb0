/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of older versions of PowerDNS, brought up to date on each kind of database.
 */
#include "control/store/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/store/db_text.h"
#include "control/store/domain.h"
#include "tests/unit/store_fixture.h"

#define NOW_S	  1764063180 /* 2025-11-25 09:33:00 */
#define COPY_NAME "before_20251125_093300"

/* What each version changed, backwards. */
static const char before_4_7[] = "DROP INDEX catalog_idx{mysql| ON domains};"
				 "ALTER TABLE domains DROP COLUMN catalog;"
				 "ALTER TABLE domains DROP COLUMN options;";
static const char before_4_3[] = "ALTER TABLE cryptokeys DROP COLUMN published;";
static const char before_4_2[] = "ALTER TABLE records ADD COLUMN change_date INT DEFAULT NULL;";
static const char before_3_4[] = "DROP TABLE comments; ALTER TABLE records DROP COLUMN disabled;";
static const char without_dnssec[] =
	"{sqlite|DROP INDEX records_order_idx;}{pgsql|DROP INDEX recordorder;}"
	"{mysql|DROP INDEX ordername ON records;}"
	"ALTER TABLE records DROP COLUMN ordername; ALTER TABLE records DROP COLUMN auth;"
	"DROP TABLE cryptokeys; DROP TABLE domainmetadata; DROP TABLE tsigkeys;";

static const char content[] = "INSERT INTO domains (id, name, type) VALUES (7, 'a', 'MASTER');"
			      "INSERT INTO records (domain_id, name, type, content, ttl) VALUES"
			      " (7, 'a', 'TXT', '\"\xc3\x85\"', 60);";
static const char key[] =
	"INSERT INTO cryptokeys (domain_id, flags, active, content) VALUES (7, 257, {pgsql|true|1},"
	" 'secret')";

static bool is_word(const void *ctx, const char *word)
{
	return strcmp(ctx, word) == 0;
}

static void run(struct store_fixture *f, const char *text)
{
	static const char *const word[] = {"sqlite", "pgsql", "mysql"};
	char sql[STATEMENT_LEN_MAX];
	uint8_t value[STATEMENT_VALUE_MAX];
	db_text_expand(sql, value, text, is_word, word[f->config.database]);
	store_other(f, sql);
}

static void see_step(void *ctx, const char *what)
{
	store_see(ctx, "%s\n", what);
}

static int missing(struct store_fixture *f)
{
	char err[STORE_ERR_LEN];
	f->seen[0] = '\0';
	int rc = schema_missing(&f->config, see_step, f, err);
	if (rc < 0)
		fail_msg("%s", err);
	return rc;
}

static int migrate(struct store_fixture *f)
{
	char err[STORE_ERR_LEN];
	f->seen[0] = '\0';
	int rc = schema_migrate(&f->config, NOW_S, see_step, f, err);
	if (rc < 0)
		fail_msg("%s", err);
	return rc;
}

static int see_row(void *ctx, const struct store_row *r)
{
	store_see(ctx, "%s %s %s %d %d", r->name, r->type, r->content, r->disabled, r->auth);
	return 0;
}

/* The rows that were there, through the tables as they are now. */
static void expect_content(struct store_fixture *f, unsigned key_cnt)
{
	char err[STORE_ERR_LEN];
	struct store_keys keys;
	f->store = store_close(f->store);
	f->store = store_open(&f->config, STORE_WRITE, err);
	if (f->store == NULL)
		fail_msg("%s", err);
	f->seen[0] = '\0';
	assert_int_equal(store_rows(f->store, 7, see_row, f), 0);
	assert_string_equal(f->seen, "a TXT \"\xc3\x85\" 0 1");
	assert_int_equal(store_zone_keys(f->store, "a", &keys), 0);
	assert_int_equal(keys.cnt, key_cnt);
	if (key_cnt != 0)
		assert_true(keys.key[0].active && keys.key[0].published);
	store_keys_deinit(&keys);
}

/* Everything can be written that could not before. */
static void expect_writable(struct store_fixture *f)
{
	uint64_t id;
	struct store_key unpublished = {.flags = 256, .content = (char *)"x"};
	struct store_row row = {.name = "b.a", .ordername = "b", .disabled = true};
	assert_int_equal(store_domain_set_options(f->store, 7, "{}"), 0);
	assert_int_equal(store_domain_set_catalog(f->store, 7, "c"), 0);
	assert_int_equal(store_domain_set_notified(f->store, 7, UINT32_MAX), 0);
	assert_int_equal(store_domain_set_kind(f->store, 7, STORE_PRODUCER), 0);
	assert_int_equal(store_key_add(f->store, "a", &unpublished, &id), 0);
	assert_int_equal(store_row_add(f->store, 7, &row, &id), 0);
}

static void expect_copy(struct store_fixture *f)
{
	char path[128];
	struct stat st;
	if (!store_config_is_file(&f->config)) {
		assert_int_equal(store_count(f, "records_" COPY_NAME), 1);
		return;
	}
	snprintf(path, sizeof(path), "%s." COPY_NAME, f->path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	struct store_config copy = store_config_file(path);
	char err[STORE_ERR_LEN];
	assert_int_equal(schema_missing(&copy, see_step, f, err), 0);
}

static void from(struct store_fixture *f, unsigned key_cnt, const char *lacks)
{
	f->store = store_close(f->store);
	assert_int_equal(missing(f), 0);
	assert_non_null(strstr(f->seen, lacks));
	assert_int_equal(migrate(f), 0);
	assert_non_null(strstr(f->seen, COPY_NAME));
	assert_non_null(strstr(f->seen, lacks));
	expect_copy(f);
	expect_content(f, key_cnt);
	assert_int_equal(missing(f), 1);
	assert_string_equal(f->seen, "");
	assert_int_equal(migrate(f), 1);
	expect_writable(f);
}

static int teardown(void **state)
{
	struct store_fixture *f = *state;
	static const char *const table[] = {
		"domains", "records", "domainmetadata", "cryptokeys", "tsigkeys", "comments"};
	char name[128];
	for (unsigned i = 0; i < sizeof(table) / sizeof(*table); i++) {
		snprintf(name, sizeof(name), "DROP TABLE IF EXISTS %s_" COPY_NAME, table[i]);
		store_other(f, name);
	}
	snprintf(name, sizeof(name), "%s." COPY_NAME, f->path);
	unlink(name);
	return store_teardown(state);
}

/* ==== what must fail ======================================================================== */

static void refuse_step(void *ctx, const char *what)
{
	fail_msg("%s", what);
}

static void nothing_there(void **state)
{
	struct store_fixture *f = *state;
	struct store_config config = f->config;
	char err[STORE_ERR_LEN] = "";
	config.name = "/nonexistent/x";
	assert_int_equal(schema_migrate(&config, NOW_S, refuse_step, f, err), -1);
	assert_non_null(strstr(err, "/nonexistent/x"));
	assert_int_equal(schema_missing(&config, refuse_step, f, err), -1);
	assert_non_null(strstr(err, "/nonexistent/x"));
}

static void other_tables(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN] = "";
	store_other(f, "DROP TABLE records; DROP TABLE cryptokeys");
	assert_int_equal(schema_migrate(&f->config, NOW_S, refuse_step, f, err), -1);
	assert_non_null(strstr(err, "no tables of PowerDNS"));
	assert_int_equal(schema_missing(&f->config, refuse_step, f, err), -1);
}

static void no_copy_no_change(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN] = "", path[128];
	run(f, before_4_7);
	snprintf(path, sizeof(path), "%s." COPY_NAME, f->path);
	if (store_config_is_file(&f->config))
		fclose(fopen(path, "w"));
	else
		store_other(f, "CREATE TABLE domains_" COPY_NAME " (id INT)");
	assert_int_equal(schema_migrate(&f->config, NOW_S, refuse_step, f, err), -1);
	assert_non_null(strstr(err, "cannot copy"));
	assert_int_equal(missing(f), 0);
	if (store_config_is_file(&f->config))
		assert_int_equal(access(path, F_OK), 0); /* whose ever it is */
}

static void create_over_tables(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN] = "";
	store_other(f, content);
	assert_int_equal(schema_create(&f->config, err), -1);
	assert_non_null(strstr(err, f->place));
	assert_int_equal(store_count(f, "records"), 1);
}

/* What cannot be said in old tables is not left unsaid. */
static void old_tables_refuse(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	uint64_t id;
	struct store_key unpublished = {.flags = 256, .content = (char *)"x"};
	struct store_row row = {
		.name = "a", .type = "A", .content = "", .auth = true, .disabled = true};
	store_other(f, content);
	run(f, before_4_7);
	run(f, before_4_3);
	run(f, before_3_4);
	f->store = store_close(f->store);
	f->store = store_open(&f->config, STORE_WRITE, err);
	assert_non_null(f->store);
	assert_int_equal(store_domain_set_options(f->store, 7, "{}"), -1);
	assert_non_null(strstr(store_error(f->store), "domains.options"));
	assert_non_null(strstr(store_error(f->store), "migrate-schema"));
	assert_int_equal(store_domain_set_catalog(f->store, 7, "{}"), -1);
	assert_int_equal(store_row_add(f->store, 7, &row, &id), -1);
	assert_int_equal(store_key_add(f->store, "a", &unpublished, &id), -1);
	assert_non_null(strstr(store_error(f->store), "cryptokeys.published"));
	assert_int_equal(store_count(f, "records") + store_count(f, "cryptokeys"), 1);
}

static void missing_column_is_named(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	store_other(f, "ALTER TABLE records DROP COLUMN prio");
	assert_null(store_open(&f->config, 0, err));
	assert_non_null(strstr(err, "records.prio"));
	assert_non_null(strstr(err, f->place));
	store_other(f, "DROP TABLE domainmetadata");
	assert_null(store_open(&f->config, 0, err));
}

/* ==== what must work ======================================================================== */

static void from_4_6(void **state)
{
	struct store_fixture *f = *state;
	store_other(f, content);
	run(f, key);
	run(f, before_4_7);
	expect_content(f, 1);
	from(f, 1, "column options of domains");
}

static void from_4_2(void **state)
{
	struct store_fixture *f = *state;
	store_other(f, content);
	run(f, before_4_7);
	run(f, before_4_3);
	run(f, key);
	expect_content(f, 1);
	from(f, 1, "column published of cryptokeys");
}

static void from_4_1(void **state)
{
	struct store_fixture *f = *state;
	run(f, before_4_7);
	run(f, before_4_3);
	run(f, before_4_2);
	store_other(f, content);
	run(f, key);
	expect_content(f, 1);
	from(f, 1, "column catalog of domains");
}

static void from_3_3(void **state)
{
	struct store_fixture *f = *state;
	run(f, before_4_7);
	run(f, before_4_3);
	run(f, before_4_2);
	run(f, before_3_4);
	store_other(f, content);
	run(f, key);
	expect_content(f, 1);
	from(f, 1, "column disabled of records");
}

static void from_3_3_without_dnssec(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	run(f, before_4_7);
	run(f, before_4_2);
	run(f, before_3_4);
	run(f, without_dnssec);
	store_other(f, content);
	assert_null(store_open(&f->config, 0, err));
	assert_non_null(strstr(err, "migrate-schema"));
	from(f, 0, "table cryptokeys");
}

static void bind_dnssec_db(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	if (!store_config_is_file(&f->config))
		return;
	unlink(f->path);
	assert_int_equal(store_create(f->path, err), 0);
	assert_int_equal(missing(f), 1);
	f->other = db_close(f->other);
	f->other = db_open(&f->config, DB_WRITE, err);
	run(f, before_4_3);
	assert_int_equal(missing(f), 0);
	assert_string_equal(f->seen, "column published of cryptokeys\n");
	assert_int_equal(migrate(f), 0);
	assert_int_equal(missing(f), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_there),
		TEST(other_tables),
		TEST(no_copy_no_change),
		TEST(create_over_tables),
		TEST(old_tables_refuse),
		TEST(missing_column_is_named),
		TEST(from_4_6),
		TEST(from_4_2),
		TEST(from_4_1),
		TEST(from_3_3),
		TEST(from_3_3_without_dnssec),
		TEST(bind_dnssec_db),
	};
	return store_run_tests("schema", tests, sizeof(tests) / sizeof(*tests));
}
