/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store_fixture: a database of PowerDNS' generic schema, empty at the begin of each test.
 *
 * It is an SQLite file, or the one that the environment names (tests/with_database sets it):
 *
 *   ENSIGN_TEST_DATABASE=pgsql:HOST:PORT:USER:NAME    a PostgreSQL server, HOST or directory
 *   ENSIGN_TEST_DATABASE=mysql:SOCKET:USER:NAME       a MariaDB server
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <stddef.h>

#include "control/store/db.h"
#include "control/store/row.h"
#include "control/store/store.h"

/* Octets that every database has room for in the column content. */
#define STORE_CONTENT_TEST_LEN	64000
#define STORE_CONTENT_TEST_TEXT "64000"

struct CMUnitTest;

struct store_fixture {
	struct store_config config;
	char path[64];	     /* SQLite: of the file */
	const char *place;   /* what messages have to name */
	struct store *store; /* STORE_WRITE */
	struct db *other;    /* somebody else's connection */
	char seen[2048];
};

int store_setup(void **state);
int store_teardown(void **state);

/* SQL that somebody else runs. */
void store_other(struct store_fixture *f, const char *sql);
/* Rows of a table. */
int64_t store_count(struct store_fixture *f, const char *table);

/* Adds to f->seen. */
void store_see(struct store_fixture *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* store_row_fn, f as ctx: sees the length of content. */
int store_see_length(void *ctx, const struct store_row *row);

/* cmocka_run_group_tests(), the database's kind in the group's name. */
int store_run_tests(const char *name, const struct CMUnitTest *test, size_t cnt);

#endif
