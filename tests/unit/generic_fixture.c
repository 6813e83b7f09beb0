/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/generic_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

const char generic_schema[] =
	"CREATE TABLE domains (id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL COLLATE NOCASE,"
	" master VARCHAR(128) DEFAULT NULL, last_check INTEGER DEFAULT NULL,"
	" type VARCHAR(8) NOT NULL, notified_serial INTEGER DEFAULT NULL,"
	" account VARCHAR(40) DEFAULT NULL, options VARCHAR(65535) DEFAULT NULL,"
	" catalog VARCHAR(255) DEFAULT NULL);"
	"CREATE UNIQUE INDEX name_index ON domains(name);"
	"CREATE TABLE records (id INTEGER PRIMARY KEY, domain_id INTEGER DEFAULT NULL,"
	" name VARCHAR(255) DEFAULT NULL, type VARCHAR(10) DEFAULT NULL,"
	" content VARCHAR(65535) DEFAULT NULL, ttl INTEGER DEFAULT NULL,"
	" prio INTEGER DEFAULT NULL, disabled BOOLEAN DEFAULT 0, ordername VARCHAR(255),"
	" auth BOOL DEFAULT 1,"
	" FOREIGN KEY(domain_id) REFERENCES domains(id) ON DELETE CASCADE ON UPDATE CASCADE);"
	"CREATE INDEX records_lookup_id_idx ON records(domain_id, name, type);"
	"CREATE TABLE domainmetadata (id INTEGER PRIMARY KEY, domain_id INT NOT NULL,"
	" kind VARCHAR(32) COLLATE NOCASE, content TEXT);"
	"CREATE TABLE cryptokeys (id INTEGER PRIMARY KEY, domain_id INT NOT NULL,"
	" flags INT NOT NULL, active BOOL, published BOOL DEFAULT 1, content TEXT);";

int generic_fixture_init(struct generic_fixture *f)
{
	strcpy(f->path, "/tmp/ensign-test-generic-XXXXXX");
	close(mkstemp(f->path));
	return sqlite3_open(f->path, &f->other) == SQLITE_OK ? 0 : -1;
}

void generic_fixture_deinit(struct generic_fixture *f)
{
	static const char *const suffix[] = {"", "-wal", "-shm"};
	store_close(f->store);
	sqlite3_close(f->other);
	for (unsigned i = 0; i < sizeof(suffix) / sizeof(suffix[0]); i++) {
		char name[80];
		snprintf(name, sizeof(name), "%s%s", f->path, suffix[i]);
		unlink(name);
	}
}

void generic_run(struct generic_fixture *f, const char *sql)
{
	assert_int_equal(sqlite3_exec(f->other, sql, NULL, NULL, NULL), SQLITE_OK);
}

void generic_open_store(struct generic_fixture *f)
{
	char err[STORE_ERR_LEN];
	f->store = store_open_file(f->path, STORE_WRITE, err);
	assert_non_null(f->store);
}
