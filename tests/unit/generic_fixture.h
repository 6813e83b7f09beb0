/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * generic_fixture: an SQLite file, a store that reads it, and somebody else's connection to it; to
 * be the first member of a test's own fixture. (Other databases: store_fixture.h.)
 */
#ifndef TESTS_UNIT_GENERIC_FIXTURE_H
#define TESTS_UNIT_GENERIC_FIXTURE_H

#include <sqlite3.h>

#include "control/store/store.h"

/* What PowerDNS 4.7's schema.sqlite3.sql makes, as far as it is read here. */
extern const char generic_schema[];

struct generic_fixture {
	char path[64];
	sqlite3 *other;	     /* somebody else's connection */
	struct store *store; /* NULL at first */
};

/* An empty file. 0, or -1. */
int generic_fixture_init(struct generic_fixture *f);
void generic_fixture_deinit(struct generic_fixture *f);
/* Runs SQL of somebody else's. */
void generic_run(struct generic_fixture *f, const char *sql);
/* Opens .store for writing. */
void generic_open_store(struct generic_fixture *f);

#endif
