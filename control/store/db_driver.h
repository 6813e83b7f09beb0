/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db_driver: what each kind of database has to be able to do for db.h (private to control/store).
 */
#ifndef CONTROL_STORE_DB_DRIVER_H
#define CONTROL_STORE_DB_DRIVER_H

#include "control/store/db.h"

/* Each returns 0 (step: 1 with a row, 0 at the end), or -1 with db_driver_fail(). */
struct db_driver {
	const char *word;  /* in texts of statements */
	bool is_server;	   /* may go away, and come back */
	const char *begin; /* SQL that begins a transaction */
	/* Makes db->con. */
	int (*open)(struct db *db);
	void (*close)(struct db *db); /* con NULL: nothing to do */
	/* Text to handle; its values are all written "?". */
	int (*prepare)(struct db *db, struct db_prepared *prepared, const char *sql);
	void (*forget)(struct db *db, struct db_prepared *prepared);
	/* value: prepared->value_cnt of them, in order of the text. */
	int (*start)(struct db *db, struct db_prepared *prepared, const struct db_value *value);
	int (*step)(struct db *db);
	const char *(*text)(struct db *db, unsigned column);
	/* Also after start or step have failed. */
	void (*end)(struct db *db);
	/* After the last step: db->changed_cnt, db->inserted_id. */
	void (*count)(struct db *db);
	/* Statements without values; what they return is not looked at. */
	int (*script)(struct db *db, const char *sql);
	/* Copies the database to a new file, its owner's only; NULL: it is not one. */
	int (*copy)(struct db *db, const char *path);
	/* db_heard(); NULL: no such thing. */
	bool (*heard)(struct db *db);
};

extern const struct db_driver db_sqlite;
extern const struct db_driver db_pgsql;
extern const struct db_driver db_mysql;

/* "PLACE: cannot PURPOSE: CAUSE (ADVICE)", of the statement that runs; advice may be NULL. -1. */
int db_driver_fail(struct db *db, const char *cause, const char *advice);

/* Room for a value's number as text. */
#define DB_NUMBER_LEN 24

#endif
