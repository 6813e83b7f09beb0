/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Changes as somebody else's SQL makes them, on each kind of database.
 */
#include "control/store/changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "control/store/domain.h"
#include "control/store/store_private.h"
#include "tests/unit/store_fixture.h"

static struct store_cursor cursor;
static struct db *early; /* whose transaction begins first */

static void see_zone(void *ctx, const char *zone)
{
	struct store_fixture *f = ctx;
	char word[300];
	snprintf(word, sizeof(word), "%s ", zone);
	if (strstr(f->seen, word) == NULL) /* some may be told of twice */
		store_see(f, "%s", word);
}

/* store_changes(), what it tells in f->seen. */
static int look(struct store_fixture *f)
{
	f->seen[0] = '\0';
	int rc = store_changes(f->store, &cursor, see_zone, f);
	if (rc < 0)
		fail_msg("%s", store_error(f->store));
	return rc;
}

/* Looks until there is something: a server may say so a moment later. Only a broken one reaches the
 * end. What store_changes() returned. */
static int look_until(struct store_fixture *f, const char *zone)
{
	const struct timespec nap = {.tv_nsec = 1000000};
	int rc = look(f);
	for (unsigned i = 0; i < 20000 && rc == 0 && strstr(f->seen, zone) == NULL; i++) {
		nanosleep(&nap, NULL);
		rc = look(f);
	}
	return rc;
}

static void expect(struct store_fixture *f, const char *zones)
{
	assert_int_equal(look_until(f, " "), 0);
	assert_string_equal(f->seen, zones);
}

static void expect_all(struct store_fixture *f)
{
	assert_int_equal(look_until(f, "no such zone"), 1);
	assert_string_equal(f->seen, "");
}

static void expect_nothing(struct store_fixture *f)
{
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(look(f), 0);
		assert_string_equal(f->seen, "");
	}
}

static void make_zones(struct store_fixture *f)
{
	store_other(f, "INSERT INTO domains (id, name, type) VALUES"
		       " (1, 'a', 'NATIVE'), (2, 'b', 'NATIVE'), (3, 'c', 'NATIVE')");
}

static void begin(struct store_fixture *f)
{
	make_zones(f);
	if (store_changes_install(f->store) != 0)
		fail_msg("%s", store_error(f->store));
	assert_int_equal(look(f), 0);
	assert_string_equal(f->seen, "");
}

static int setup(void **state)
{
	cursor = (struct store_cursor){0};
	return store_setup(state);
}

static int teardown(void **state)
{
	early = db_close(early);
	store_cursor_deinit(&cursor);
	return store_teardown(state);
}

/* ==== without ================================================================================ */

static void reading_store_cannot_install(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	struct store *store = store_open(&f->config, 0, err);
	assert_int_equal(store_changes_install(store), -1);
	assert_non_null(strstr(store_error(store), "cannot install the triggers"));
	store_close(store);
}

/* SQLite says that there is something, servers what. */
static void without_triggers(void **state)
{
	struct store_fixture *f = *state;
	make_zones(f);
	assert_int_equal(look(f), 0);
	assert_string_equal(f->seen, "");
	store_other(f, "INSERT INTO records (domain_id, name, type, content) VALUES"
		       " (2, 'x.b', 'A', '192.0.2.1')");
	if (store_config_is_file(&f->config)) {
		assert_int_equal(look(f), 1);
		return;
	}
	expect(f, "b ");
	store_other(f, "UPDATE records SET content = '192.0.2.2' WHERE name = 'x.b'");
	expect(f, "b ");
	store_other(f, "INSERT INTO domainmetadata (domain_id, kind, content) VALUES (3, 'k', 'v');"
		       "INSERT INTO cryptokeys (domain_id, flags, content) VALUES (3, 257, 'v')");
	expect(f, "c ");
	store_other(f, "DELETE FROM domainmetadata; DELETE FROM cryptokeys;"
		       "DELETE FROM domains WHERE name = 'c';"
		       "INSERT INTO domains (id, name, type) VALUES (9, '0', 'NATIVE')");
	expect(f, "0 c ");
	/* from now on it is told by them; what came in between, nobody can tell */
	assert_int_equal(store_changes_install(f->store), 0);
	store_other(f, "UPDATE records SET content = '192.0.2.3' WHERE name = 'x.b'");
	expect_all(f);
	store_other(f, "UPDATE records SET content = '192.0.2.4' WHERE name = 'x.b'");
	expect(f, "b ");
}

static void triggers_that_went(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	store_other(f, "DROP TABLE ensign_changes");
	if (store_config_is_file(&f->config))
		store_other(f, "DROP TRIGGER ensign_change_records_INSERT");
	cursor.version = 0;
	f->seen[0] = '\0';
	int rc = store_changes(f->store, &cursor, see_zone, f);
	assert_true(rc == 1 || rc == -1);
}

static void another_table(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	if (store_config_is_file(&f->config))
		return; /* test_changes.c: another file */
	cursor.place++;
	cursor.version = 0;
	assert_int_equal(look(f), 1);
	assert_string_equal(f->seen, "");
	expect_nothing(f);
}

/* ==== with =================================================================================== */

static void each_table(void **state)
{
	struct store_fixture *f = *state;
	static const struct {
		const char *sql, *zones;
	} step[] = {
		{"INSERT INTO domains (id, name, type) VALUES (4, 'd', 'NATIVE')", "d "},
		{"UPDATE domains SET account = 'x' WHERE id = 1", "a "},
		{"UPDATE domains SET name = 'e' WHERE id = 4", "d e "},
		{"INSERT INTO records (domain_id, name, type, content) VALUES (1, 'a', 'A', '')",
			"a "},
		{"UPDATE records SET content = 'x' WHERE domain_id = 1", "a "},
		{"UPDATE records SET domain_id = 2 WHERE domain_id = 1", "a b "},
		{"DELETE FROM records", "b "},
		{"INSERT INTO cryptokeys (domain_id, flags, content) VALUES (3, 257, 'x')", "c "},
		{"UPDATE cryptokeys SET flags = 256", "c "},
		{"DELETE FROM cryptokeys", "c "},
		{"INSERT INTO domainmetadata (domain_id, kind, content) VALUES (3, 'x', 'x')",
			"c "},
		{"UPDATE domainmetadata SET content = 'y'", "c "},
		{"DELETE FROM domainmetadata", "c "},
		{"DELETE FROM domains WHERE id = 4", "e "},
	};
	begin(f);
	for (unsigned i = 0; i < sizeof(step) / sizeof(*step); i++) {
		store_other(f, step[i].sql);
		expect(f, step[i].zones);
		expect_nothing(f);
	}
}

/* A row of no zone is nobody's change. */
static void rows_of_nobody(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	store_other(f, "INSERT INTO records (domain_id, name) VALUES (NULL, 'x')");
	store_other(f, "DELETE FROM records");
	expect_nothing(f);
}

static void zone_with_all_it_has(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	store_other(f, "INSERT INTO records (domain_id, name, type, content) VALUES"
		       " (1, 'a', 'A', '192.0.2.1')");
	expect(f, "a ");
	assert_int_equal(store_domain_remove(f->store, 1), 0);
	expect(f, "a ");
	expect_nothing(f);
}

static void own_changes(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	assert_int_equal(store_meta_add(f->store, "b", "X-a", "1"), 0);
	expect(f, "b ");
}

static void undone(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	store_other(f, "BEGIN");
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 1");
	store_other(f, "ROLLBACK");
	expect_nothing(f);
	store_other(f, "UPDATE domains SET account = 'y' WHERE id = 2");
	expect(f, "b ");
	expect_nothing(f);
}

/* The one that began first commits last: its row has a lower number. */
static void commits_out_of_order(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	begin(f);
	if (store_config_is_file(&f->config))
		return; /* one writer at a time */
	early = db_open(&f->config, DB_WRITE, err);
	assert_non_null(early);
	assert_int_equal(db_begin(early), 0);
	assert_int_equal(
		db_script(early, "UPDATE domains SET account = 'x' WHERE id = 1", "test"), 0);
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 2");
	expect(f, "b ");
	expect_nothing(f);
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 3");
	expect(f, "c ");
	assert_int_equal(db_commit(early), 0);
	expect(f, "a ");
	expect_nothing(f);
}

/* What is open while the cursor enters is told of, too. */
static void open_at_the_begin(void **state)
{
	struct store_fixture *f = *state;
	char err[STORE_ERR_LEN];
	make_zones(f);
	assert_int_equal(store_changes_install(f->store), 0);
	if (store_config_is_file(&f->config))
		return;
	early = db_open(&f->config, DB_WRITE, err);
	assert_int_equal(db_begin(early), 0);
	assert_int_equal(
		db_script(early, "UPDATE domains SET account = 'x' WHERE id = 1", "test"), 0);
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 2");
	assert_int_equal(look(f), 0);
	assert_int_equal(db_commit(early), 0);
	assert_int_equal(look_until(f, "a "), 0);
	assert_non_null(strstr(f->seen, "a "));
}

static void old_rows_go(void **state)
{
	struct store_fixture *f = *state;
	static const char *const two_days_ago[] = {
		[STORE_PGSQL] = "UPDATE ensign_changes SET at = now() - interval '2 days'",
		[STORE_MYSQL] = "UPDATE ensign_changes SET at = now() - INTERVAL 2 DAY",
	};
	begin(f);
	if (store_config_is_file(&f->config))
		return;
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 1");
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 2");
	store_other(f, two_days_ago[f->config.database]);
	assert_int_equal(store_changes_install(f->store), 0);
	assert_int_equal(store_count(f, "ensign_changes"), 1);
	/* this cursor has not seen what is gone */
	expect_all(f);
	expect_nothing(f);
}

static void truncated(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	if (f->config.database != STORE_PGSQL)
		return; /* others fire no trigger then */
	store_other(f, "TRUNCATE records");
	expect_all(f);
	expect_nothing(f);
}

/* A zone is noted once a transaction, or once at all. */
static void many_rows(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	store_other(f, "BEGIN");
	for (unsigned i = 0; i < 50; i++)
		store_other(f, "INSERT INTO records (domain_id, name, type, content) VALUES"
			       " (1, 'a', 'A', '192.0.2.1'), (2, 'b', 'A', '192.0.2.1')");
	store_other(f, "COMMIT");
	expect(f, "a b ");
	if (f->config.database != STORE_MYSQL)
		assert_true(store_count(f, "ensign_changes") <= 2);
}

/* Poolers hand a connection to somebody else: what it is notified of is lost. */
static void behind_a_pooler(void **state)
{
	struct store_fixture *f = *state;
	struct store_config config = f->config;
	char err[STORE_ERR_LEN];
	begin(f);
	assert_int_equal(f->store->db->is_listening, f->config.database == STORE_PGSQL);
	config.is_prepared = false;
	store_close(f->store);
	f->store = store_open(&config, STORE_WRITE, err);
	cursor.version = 0;
	assert_int_equal(look(f), 0);
	assert_false(f->store->db->is_listening);
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 2");
	expect(f, "b ");
	expect_nothing(f);
}

static void install_again(void **state)
{
	struct store_fixture *f = *state;
	begin(f);
	assert_int_equal(store_changes_install(f->store), 0);
	store_other(f, "UPDATE domains SET account = 'x' WHERE id = 2");
	expect(f, "b ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reading_store_cannot_install),
		TEST(without_triggers),
		TEST(triggers_that_went),
		TEST(another_table),
		TEST(each_table),
		TEST(rows_of_nobody),
		TEST(zone_with_all_it_has),
		TEST(own_changes),
		TEST(undone),
		TEST(commits_out_of_order),
		TEST(open_at_the_begin),
		TEST(old_rows_go),
		TEST(truncated),
		TEST(many_rows),
		TEST(behind_a_pooler),
		TEST(install_again),
	};
	return store_run_tests("store_changes", tests, sizeof(tests) / sizeof(*tests));
}
