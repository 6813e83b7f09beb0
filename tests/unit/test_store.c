/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/schema.h"
#include "control/store/store.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char content[] = "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
			      "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n";

/* A directory of its own for each test; *state is its path. */
struct fixture {
	char dir[64];
	char path[96];
	char err[STORE_ERR_LEN];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/ensign-test-store-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/keys.sqlite", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char path[128];
	static const char *const suffix[] = {"", "-wal", "-shm", "-journal", ".other"};
	for (unsigned i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", f->path, suffix[i]);
		unlink(path);
	}
	int rc = rmdir(f->dir);
	free(f);
	return rc;
}

static struct store *open_new(struct fixture *f)
{
	assert_int_equal(store_create(f->path, f->err), 0);
	struct store *store = store_open_file(f->path, STORE_WRITE, f->err);
	assert_non_null(store);
	return store;
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* First column of the first row. */
static long long query_number(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	long long number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

static uint64_t add_key(struct store *store, const char *zone, bool active, bool published)
{
	uint64_t id = 0;
	struct store_key key = {.flags = 257,
		.active = active,
		.published = published,
		.content = (char *)(uintptr_t)content};
	assert_int_equal(store_key_add(store, zone, &key, &id), 0);
	assert_true(id > 0);
	return id;
}

/* ==== what must fail ======================================================================== */

static void open_missing_file(void **state)
{
	struct fixture *f = *state;
	assert_null(store_open_file(f->path, 0, f->err));
	assert_non_null(strstr(f->err, f->path));
	assert_non_null(strstr(f->err, "create-bind-db"));
	assert_int_equal(access(f->path, F_OK), -1);
}

static void open_file_that_is_no_database(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->path, "w");
	fputs("zone \"example.com\" { file \"x\"; }; this is named.conf, not SQLite\n", file);
	fclose(file);
	assert_null(store_open_file(f->path, STORE_WRITE, f->err));
	assert_non_null(strstr(f->err, f->path));
}

static void open_database_of_something_else(void **state)
{
	struct fixture *f = *state;
	/* PowerDNS' generic SQL schema has tables of the same names */
	run_sql(f->path, "CREATE TABLE domainmetadata (id INTEGER PRIMARY KEY, domain_id INT,"
			 " kind VARCHAR(32), content TEXT);"
			 "CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain_id INT,"
			 " flags INT, active BOOL, published BOOL, content TEXT)");
	assert_null(store_open_file(f->path, 0, f->err));
	assert_non_null(strstr(f->err, "lacks the tables"));
}

static void create_over_existing_file(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	add_key(store, "example.com", true, true);
	store_close(store);
	assert_int_equal(store_create(f->path, f->err), -1);
	assert_non_null(strstr(f->err, "already exists"));
	assert_int_equal(query_number(f->path, "SELECT count(*) FROM cryptokeys"), 1);
}

static void create_in_missing_directory(void **state)
{
	struct fixture *f = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s/no/keys.sqlite", f->dir);
	assert_int_equal(store_create(path, f->err), -1);
	assert_non_null(strstr(f->err, strerror(ENOENT)));
}

static void write_through_reading_store(void **state)
{
	struct fixture *f = *state;
	store_close(open_new(f));
	struct store *store = store_open_file(f->path, 0, f->err);
	assert_non_null(store);
	assert_int_equal(store_meta_add(store, "example.com", "PRESIGNED", "1"), -1);
	assert_non_null(strstr(store_error(store), "cannot add metadata"));
	assert_non_null(strstr(store_error(store), f->path));
	store_close(store);
}

static void change_key_of_another_zone(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	uint64_t id = add_key(store, "example.com", false, true);
	assert_int_equal(store_key_set_active(store, "example.net", id, true), 1);
	assert_int_equal(store_key_set_published(store, "example.net", id, false), 1);
	assert_int_equal(store_key_remove(store, "example.net", id), 1);
	assert_int_equal(store_key_remove(store, "example.com", id + 1), 1);
	store_close(store);
	assert_int_equal(query_number(f->path,
				 "SELECT count(*) FROM cryptokeys WHERE NOT active AND published"),
		1);
}

static void key_with_impossible_flags(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	run_sql(f->path, "INSERT INTO cryptokeys (domain, flags, active, content)"
			 " VALUES ('example.com', 70000, 1, '')");
	struct store_keys keys;
	assert_int_equal(store_zone_keys(store, "example.com", &keys), -1);
	assert_non_null(strstr(store_error(store), "70000"));
	store_keys_deinit(&keys);
	store_close(store);
}

static void rollback_undoes_all(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_begin(store), -1);
	add_key(store, "example.com", true, true);
	assert_int_equal(store_meta_set(store, "example.com", "NSEC3PARAM",
				 (const char *const[]){"1 0 0 -"}, 1),
		0);
	store_rollback(store);
	store_rollback(store);
	assert_int_equal(store_commit(store), -1);
	store_close(store);
	assert_int_equal(query_number(f->path, "SELECT count(*) FROM cryptokeys"), 0);
	assert_int_equal(query_number(f->path, "SELECT count(*) FROM domainmetadata"), 0);
}

static void second_writer_waits_its_turn(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	sqlite3 *other;
	assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
	assert_int_equal(store_commit(store), 0);
	assert_int_equal(
		sqlite3_exec(other, "BEGIN IMMEDIATE; COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	store_close(store);
}

static void names_that_are_none(void **state)
{
	char dst[STORE_NAME_MAX], longest[STORE_NAME_MAX + 1];
	memset(longest, 'a', sizeof(longest));
	longest[STORE_NAME_MAX] = '\0';
	assert_int_equal(store_name(dst, ""), -1);
	assert_int_equal(store_name(dst, longest), -1);
}

/* ==== what must work ======================================================================== */

static void name_forms(void **state)
{
	static const char *const form[][2] = {
		{"example.com", "example.com"},
		{"EXAMPLE.Com.", "example.com"},
		{".", "."},
		{"a\\.", "a\\."},    /* an escaped dot belongs to the label */
		{"a\\\\.", "a\\\\"}, /* an escaped backslash does not escape the dot */
		{"\\", "\\"},
	};
	char dst[STORE_NAME_MAX];
	for (unsigned i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		assert_int_equal(store_name(dst, form[i][0]), 0);
		assert_string_equal(dst, form[i][1]);
	}
}

static void created_file_is_private(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	mode_t old = umask(0);
	assert_int_equal(store_create(f->path, f->err), 0);
	umask(old);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(query_number(f->path,
				 "SELECT count(*) FROM sqlite_master WHERE name IN"
				 " ('cryptokeys', 'domainmetadata', 'tsigkeys', 'domainnameindex',"
				 " 'domainmetanameindex', 'namealgoindex')"),
		6);
}

static void keys_come_back(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	uint64_t first = add_key(store, "Example.COM.", true, true);
	uint64_t second = add_key(store, "example.com", false, false);
	add_key(store, "example.net", true, true);
	struct store_keys keys;
	assert_int_equal(store_zone_keys(store, "EXAMPLE.com", &keys), 0);
	assert_int_equal(keys.cnt, 2);
	assert_int_equal(keys.key[0].id, first);
	assert_int_equal(keys.key[0].flags, 257);
	assert_true(keys.key[0].active && keys.key[0].published);
	assert_string_equal(keys.key[0].content, content);
	assert_false(keys.key[1].active || keys.key[1].published);
	assert_ptr_equal(store_keys_find(&keys, second), &keys.key[1]);
	assert_null(store_keys_find(&keys, second + 100));
	store_keys_deinit(&keys);
	store_close(store);
	assert_int_equal(query_number(f->path,
				 "SELECT count(*) FROM cryptokeys WHERE domain IS 'example.com'"
				 " COLLATE BINARY"),
		2);
}

static void name_in_upper_case_in_the_file(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	run_sql(f->path, "INSERT INTO domainmetadata (domain, kind, content)"
			 " VALUES ('EXAMPLE.com', 'presigned', '1')");
	struct store_metas metas;
	assert_int_equal(store_zone_meta(store, "example.com", "PRESIGNED", &metas), 0);
	assert_int_equal(metas.cnt, 1);
	store_metas_deinit(&metas);
	store_close(store);
}

static void key_states_change(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	uint64_t id = add_key(store, "example.com", true, true);
	assert_int_equal(store_key_set_active(store, "example.com", id, false), 0);
	assert_int_equal(store_key_set_published(store, "example.com", id, false), 0);
	struct store_keys keys;
	assert_int_equal(store_zone_keys(store, "example.com", &keys), 0);
	assert_false(keys.key[0].active || keys.key[0].published);
	store_keys_deinit(&keys);
	assert_int_equal(store_key_remove(store, "example.com", id), 0);
	assert_int_equal(store_zone_keys(store, "example.com", &keys), 0);
	assert_int_equal(keys.cnt, 0);
	store_keys_deinit(&keys);
	store_close(store);
}

static void metadata_values(void **state)
{
	static const char *const value[] = {"192.0.2.0/24", "2001:db8::/32"};
	struct fixture *f = *state;
	struct store *store = open_new(f);
	struct store_metas metas;
	assert_int_equal(store_meta_set(store, "example.com", "ALLOW-AXFR-FROM", value, 2), 0);
	assert_int_equal(store_meta_add(store, "example.com", "X-note", "a"), 0);
	assert_int_equal(store_zone_meta(store, "example.com", "allow-axfr-from", &metas), 0);
	assert_int_equal(metas.cnt, 2);
	assert_string_equal(metas.meta[1].content, value[1]);
	store_metas_deinit(&metas);
	assert_int_equal(store_meta_set(store, "example.com", "ALLOW-AXFR-FROM", NULL, 0), 0);
	assert_int_equal(store_zone_meta(store, "example.com", NULL, &metas), 0);
	assert_int_equal(metas.cnt, 1);
	assert_string_equal(store_metas_find(&metas, "x-NOTE"), "a");
	assert_null(store_metas_find(&metas, "ALLOW-AXFR-FROM"));
	store_metas_deinit(&metas);
	store_close(store);
}

static void version_moves_with_changes(void **state)
{
	struct fixture *f = *state;
	struct store *store = open_new(f);
	uint64_t version, before;
	assert_int_equal(store_data_version(store, &before), 0);
	assert_int_equal(store_data_version(store, &version), 0);
	assert_int_equal(version, before);
	run_sql(f->path,
		"INSERT INTO domainmetadata (domain, kind, content) VALUES ('a', 'b', 'c')");
	assert_int_equal(store_data_version(store, &version), 0);
	assert_int_not_equal(version, before);
	before = version;
	assert_int_equal(store_meta_add(store, "a", "b", "d"), 0);
	assert_int_equal(store_data_version(store, &version), 0);
	assert_int_not_equal(version, before);
	store_close(store);
}

static void version_moves_with_the_file(void **state)
{
	struct fixture *f = *state;
	char other[128];
	snprintf(other, sizeof(other), "%s.other", f->path);
	store_close(open_new(f));
	struct store *store = store_open_file(f->path, 0, f->err);
	uint64_t version, before;
	assert_int_equal(store_data_version(store, &before), 0);
	assert_int_equal(store_create(other, f->err), 0);
	run_sql(other, "INSERT INTO domainmetadata (domain, kind, content) VALUES ('a', 'b', 'c')");
	assert_int_equal(rename(other, f->path), 0);
	assert_int_equal(store_data_version(store, &version), 0);
	assert_int_not_equal(version, before);
	struct store_metas metas;
	assert_int_equal(store_zone_meta(store, "a", NULL, &metas), 0);
	assert_int_equal(metas.cnt, 1);
	store_metas_deinit(&metas);
	store_close(store);
}

/* ==== databases from before PowerDNS 4.3 ==================================================== */

static const char old_schema[] =
	"CREATE TABLE domainmetadata (id INTEGER PRIMARY KEY, domain VARCHAR(255) COLLATE NOCASE,"
	" kind VARCHAR(32) COLLATE NOCASE, content TEXT);"
	"CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain VARCHAR(255) COLLATE NOCASE,"
	" flags INT NOT NULL, active BOOL, content TEXT);"
	"INSERT INTO cryptokeys (id, domain, flags, active, content)"
	" VALUES (5, 'example.com', 256, 1, 'x');";
static const char has_published[] =
	"SELECT count(*) FROM pragma_table_info('cryptokeys') WHERE name = 'published'";

static void old_database_is_left_as_it_is(void **state)
{
	struct fixture *f = *state;
	run_sql(f->path, old_schema);
	struct store *store = store_open_file(f->path, STORE_WRITE, f->err);
	assert_non_null(store);
	struct store_keys keys;
	assert_int_equal(store_zone_keys(store, "example.com", &keys), 0);
	assert_int_equal(keys.cnt, 1);
	assert_true(keys.key[0].published);
	store_keys_deinit(&keys);
	add_key(store, "example.com", true, true);
	assert_int_equal(store_key_set_active(store, "example.com", 5, false), 0);
	assert_int_equal(store_key_set_published(store, "example.com", 5, true), 0);
	assert_int_equal(store_key_set_published(store, "example.com", 77, true), 1);
	store_close(store);
	assert_int_equal(query_number(f->path, has_published), 0);
}

static void old_database_gains_column_when_needed(void **state)
{
	struct fixture *f = *state;
	run_sql(f->path, old_schema);
	struct store *store = store_open_file(f->path, STORE_WRITE, f->err);
	uint64_t unpublished = add_key(store, "example.com", true, false);
	struct store_keys keys;
	assert_int_equal(store_zone_keys(store, "example.com", &keys), 0);
	assert_true(store_keys_find(&keys, 5)->published);
	assert_false(store_keys_find(&keys, unpublished)->published);
	store_keys_deinit(&keys);
	store_close(store);
	assert_int_equal(query_number(f->path, has_published), 1);
}

static void old_database_after_rollback(void **state)
{
	struct fixture *f = *state;
	run_sql(f->path, old_schema);
	struct store *store = store_open_file(f->path, STORE_WRITE, f->err);
	assert_int_equal(store_begin(store), 0);
	assert_int_equal(store_key_set_published(store, "example.com", 5, false), 0);
	store_rollback(store);
	struct store_keys keys;
	assert_int_equal(store_zone_keys(store, "example.com", &keys), 0);
	assert_true(keys.key[0].published);
	store_keys_deinit(&keys);
	store_close(store);
	assert_int_equal(query_number(f->path, has_published), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(open_missing_file),
		TEST(open_file_that_is_no_database),
		TEST(open_database_of_something_else),
		TEST(create_over_existing_file),
		TEST(create_in_missing_directory),
		TEST(write_through_reading_store),
		TEST(change_key_of_another_zone),
		TEST(key_with_impossible_flags),
		TEST(rollback_undoes_all),
		TEST(second_writer_waits_its_turn),
		TEST(names_that_are_none),
		TEST(name_forms),
		TEST(created_file_is_private),
		TEST(keys_come_back),
		TEST(name_in_upper_case_in_the_file),
		TEST(key_states_change),
		TEST(metadata_values),
		TEST(version_moves_with_changes),
		TEST(version_moves_with_the_file),
		TEST(old_database_is_left_as_it_is),
		TEST(old_database_gains_column_when_needed),
		TEST(old_database_after_rollback),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
