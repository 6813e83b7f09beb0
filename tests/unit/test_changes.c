/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/generic_fixture.h"

struct fixture {
	struct generic_fixture db;
	struct store_cursor cursor;
	char seen[256];
};

static void make_database(struct fixture *f)
{
	generic_run(&f->db, generic_schema);
	generic_run(&f->db, "PRAGMA foreign_keys = 1; INSERT INTO domains (id, name, type) VALUES"
			    " (1, 'a', 'NATIVE'), (2, 'b', 'NATIVE'), (3, 'c', 'NATIVE')");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	*state = f;
	if (generic_fixture_init(&f->db) != 0)
		return -1;
	make_database(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	generic_fixture_deinit(&f->db);
	free(f);
	return 0;
}

static void see(void *ctx, const char *zone)
{
	struct fixture *f = ctx;
	size_t used = strlen(f->seen);
	snprintf(f->seen + used, sizeof(f->seen) - used, "%s ", zone);
}

static int look(struct fixture *f)
{
	f->seen[0] = '\0';
	return store_changes(f->db.store, &f->cursor, see, f);
}

/* Runs sql and expects it to have changed these zones. */
static void expect(struct fixture *f, const char *sql, const char *zones)
{
	generic_run(&f->db, sql);
	assert_int_equal(look(f), 0);
	assert_string_equal(f->seen, zones);
}

static void test_without_triggers(void **state)
{
	struct fixture *f = *state;
	generic_open_store(&f->db);
	assert_int_equal(look(f), 0);
	assert_int_equal(look(f), 0);
	generic_run(&f->db, "UPDATE domains SET account = 'x' WHERE id = 1");
	assert_int_equal(look(f), 1);
	assert_string_equal(f->seen, "");
	assert_int_equal(look(f), 0);
}

static void test_no_right_to_install(void **state)
{
	struct fixture *f = *state;
	char err[STORE_ERR_LEN];
	f->db.store = store_open_file(f->db.path, 0, err);
	assert_non_null(f->db.store);
	assert_int_equal(store_changes_install(f->db.store), -1);
	assert_non_null(strstr(store_error(f->db.store), "cannot install the triggers"));
}

static void test_triggers(void **state)
{
	struct fixture *f = *state;
	generic_open_store(&f->db);
	assert_int_equal(store_changes_install(f->db.store), 0);
	assert_int_equal(store_changes_install(f->db.store), 0);
	assert_int_equal(look(f), 0);
	assert_string_equal(f->seen, "");
	expect(f, "INSERT INTO records (domain_id, name, type) VALUES (1, 'a', 'A')", "a ");
	expect(f, "SELECT 1", "");
	expect(f, "UPDATE records SET domain_id = 2", "a b ");
	expect(f, "INSERT OR IGNORE INTO cryptokeys (domain_id, flags) VALUES (3, 257)", "c ");
	expect(f, "UPDATE cryptokeys SET active = 1", "c ");
	expect(f, "DELETE FROM cryptokeys", "c ");
	expect(f,
		"INSERT INTO domainmetadata (domain_id, kind) VALUES (1, 'x');"
		"UPDATE domainmetadata SET domain_id = 3",
		"a c ");
	expect(f, "DELETE FROM domainmetadata", "c ");
	expect(f, "UPDATE domains SET name = 'd' WHERE id = 1", "a d ");
	expect(f, "DELETE FROM domains WHERE id = 2", "b ");
	expect(f, "INSERT INTO domains (name, type) VALUES ('b', 'NATIVE')", "b ");
	expect(f, "INSERT INTO records (domain_id, name) VALUES (NULL, 'nowhere')", "");
	expect(f, "BEGIN; UPDATE domains SET account = 'y'; ROLLBACK", "");
	expect(f, "UPDATE domains SET account = 'y'; UPDATE domains SET account = 'z'", "d c b ");
}

/* Looking costs what has changed since, however much did before. */
static void test_one_row_a_zone(void **state)
{
	struct fixture *f = *state;
	sqlite3_stmt *stmt;
	generic_open_store(&f->db);
	assert_int_equal(store_changes_install(f->db.store), 0);
	for (unsigned i = 0; i < 100; i++)
		generic_run(&f->db, "INSERT INTO records (domain_id, name) VALUES (1, 'x')");
	assert_int_equal(sqlite3_prepare_v2(f->db.other, "SELECT count(*) FROM ensign_changes", -1,
				 &stmt, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 1);
	sqlite3_finalize(stmt);
}

/* What happened while nobody looked. */
static void test_another_connection(void **state)
{
	struct fixture *f = *state;
	generic_open_store(&f->db);
	assert_int_equal(store_changes_install(f->db.store), 0);
	assert_int_equal(look(f), 0);
	f->db.store = store_close(f->db.store);
	generic_run(&f->db, "UPDATE domains SET account = 'x' WHERE id = 2");
	generic_open_store(&f->db);
	f->cursor.version = 0;
	assert_int_equal(look(f), 0);
	assert_string_equal(f->seen, "b ");
}

static void test_another_file(void **state)
{
	struct fixture *f = *state;
	char aside[80];
	generic_open_store(&f->db);
	assert_int_equal(store_changes_install(f->db.store), 0);
	assert_int_equal(look(f), 0);
	sqlite3_close(f->db.other);
	snprintf(aside, sizeof(aside), "%s-old", f->db.path);
	assert_int_equal(rename(f->db.path, aside), 0);
	assert_int_equal(sqlite3_open(f->db.path, &f->db.other), SQLITE_OK);
	make_database(f);
	assert_int_equal(look(f), 1);
	unlink(aside);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_without_triggers),
		TEST(test_no_right_to_install),
		TEST(test_triggers),
		TEST(test_one_row_a_zone),
		TEST(test_another_connection),
		TEST(test_another_file),
	};
#undef TEST
	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
