/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db: one connection to a database, whichever it is (private to control/store).
 *
 *   store, domain, ... --> db --struct db_driver--> db_sqlite | db_pgsql | db_mysql
 *
 * A statement is started with its values, gives rows one at a time, and is ended; there is one at a
 * time. Memory does not grow with the number of rows. Values never become part of the text of a
 * statement.
 *
 * When a server has gone away, a statement outside of a transaction is tried once more on a new
 * connection; changes are always in a transaction, so none is made twice. Within one, all has
 * been undone by the server, and the statement fails.
 *
 * Text goes in and comes out as the octets that are stored, without conversion.
 *
 * Results: 0 done, 1 a row, -1 failure that db->err explains: which database, what was tried, why.
 */
#ifndef CONTROL_STORE_DB_H
#define CONTROL_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/store/config.h"
#include "control/store/layout.h"
#include "control/store/statements.h"

#define DB_ERR_LEN 512
#define DB_BUSY_MS 5000 /* a writer waits that long for others */

enum db_flag {
	DB_WRITE = 1 << 0,
	DB_NEW = 1 << 1, /* it need not have the tables */
};

enum db_kind { DB_NULL, DB_TEXT, DB_NUMBER };

struct db_value {
	enum db_kind kind;
	const char *text; /* lives until db_end() */
	int64_t number;
};

struct db_driver;

/* A statement as the driver has it. */
struct db_prepared {
	void *handle;			    /* the driver's; NULL: not yet */
	uint8_t value[STATEMENT_VALUE_MAX]; /* index among the caller's, by position in the text */
	unsigned value_cnt;
};

struct db {
	const struct db_driver *driver;
	struct store_config config;
	unsigned flags;
	void *con; /* the driver's */
	struct layout layout;
	struct db_prepared prepared[STATEMENT_CNT];
	struct db_prepared once; /* of db_start_text() */
	const char *purpose;	 /* of what runs */
	bool in_transaction;
	bool is_lost;	     /* the driver found the server gone */
	bool is_listening;   /* on this connection */
	uint64_t connection; /* number of the one in use: counts up */
	/* of the last db_run() */
	uint64_t changed_cnt;
	uint64_t inserted_id;
	char place[STORE_PLACE_LEN]; /* which database, for messages */
	char err[DB_ERR_LEN];
};

/* Config's texts outlive db. NULL with err. */
struct db *db_open(const struct store_config *config, unsigned flags, char err[static DB_ERR_LEN]);
struct db *db_close(struct db *db);

static inline struct db_value db_from_text(const char *text)
{
	return (struct db_value){.kind = text != NULL ? DB_TEXT : DB_NULL, .text = text};
}

static inline struct db_value db_from_number(int64_t number)
{
	return (struct db_value){.kind = DB_NUMBER, .number = number};
}

/* Starts a statement; after 0 the caller ends it. */
int db_start(struct db *db, enum statement which, const struct db_value *value)
	__attribute__((warn_unused_result));
/* The same of SQL without values that is not in the table; purpose as there. */
int db_start_text(struct db *db, const char *sql, const char *purpose)
	__attribute__((warn_unused_result));
/* 1 with the next row, 0 at the end. */
int db_step(struct db *db) __attribute__((warn_unused_result));
void db_end(struct db *db);
/* Columns of the row, from 0; a text is valid until the next step. */
const char *db_text(struct db *db, unsigned column); /* NULL where the column is */
int64_t db_number(struct db *db, unsigned column, int64_t if_null);
bool db_bool(struct db *db, unsigned column, bool if_null);

/* Runs a statement that changes something, in a transaction of its own if there is none. */
int db_run(struct db *db, enum statement which, const struct db_value *value)
	__attribute__((warn_unused_result));
/* Runs a query of one number. A row it lacks is failure. */
int db_query_number(struct db *db, enum statement which, const struct db_value *value,
	int64_t *number) __attribute__((warn_unused_result));
/* Runs any number of statements without values, ";" between. purpose as in the table. */
int db_script(struct db *db, const char *sql, const char *purpose)
	__attribute__((warn_unused_result));

int db_begin(struct db *db) __attribute__((warn_unused_result));
int db_commit(struct db *db) __attribute__((warn_unused_result));
void db_rollback(struct db *db);

/* Has the server say when a channel is notified of something, if it can. */
void db_listen(struct db *db, const char *channel);
/* Whether it has, since the last call; always where it does not say. */
bool db_heard(struct db *db);

/* Forgets prepared statements and looks at the columns again, which somebody has changed. */
int db_reread_layout(struct db *db) __attribute__((warn_unused_result));

/* Sets the error, "PLACE: " and the text; -1. */
int db_fail(struct db *db, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
