/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store_private: an open database and its statements; what the files of control/store share, and
 * nobody else.
 */
#ifndef CONTROL_STORE_STORE_PRIVATE_H
#define CONTROL_STORE_STORE_PRIVATE_H

#include <sqlite3.h>
#include <sys/types.h>

#include "control/store/store.h"

enum statement {
	STATEMENT_SCHEMA,
	STATEMENT_LAYOUT,
	STATEMENT_DATA_VERSION,
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_KEYS,
	STATEMENT_KEYS_OLD,
	STATEMENT_KEY_ADD,
	STATEMENT_KEY_ADD_OLD,
	STATEMENT_KEY_ACTIVE,
	STATEMENT_KEY_PUBLISHED,
	STATEMENT_KEY_REMOVE,
	STATEMENT_ADD_PUBLISHED,
	STATEMENT_META,
	STATEMENT_META_KIND,
	STATEMENT_META_ADD,
	STATEMENT_META_REMOVE,
	STATEMENT_DOMAINS,
	STATEMENT_DOMAIN,
	STATEMENT_ROWS,
	STATEMENT_ROWS_OLD,
	STATEMENT_CHANGES_THERE,
	STATEMENT_CHANGES_NEWEST,
	STATEMENT_CHANGES,
	STATEMENT_CNT,
};

enum schema {
	SCHEMA_BIND,	/* bind-dnssec-db: by name */
	SCHEMA_GENERIC, /* by domain_id */
	SCHEMA_CNT,
};

/* One open file; replaced as a whole when another file takes the path's place. */
struct connection {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENT_CNT]; /* prepared at first use */
	dev_t dev;
	ino_t ino;
	int64_t data_version; /* SQLite's: moves with commits of other connections */
	enum schema schema;
	bool has_disabled; /* generic: the table records has it, and order and authority */
	bool has_published;
	bool has_published_kept; /* the same without what the open transaction did */
};

struct store {
	struct connection con;
	char *path;
	unsigned flags;
	uint64_t version; /* ours: moves with every change seen or made */
	bool in_transaction;
	char err[STORE_ERR_LEN];
};

/* A value to bind: text unless NULL. */
struct param {
	const char *text;
	int64_t number;
};

/* The prepared statement with its values; they must live until statement_end(). NULL on failure. */
sqlite3_stmt *statement_begin(
	struct store *store, enum statement which, const struct param *param, unsigned cnt);
/* Ends the read transaction and forgets the values, private keys among them. */
void statement_end(sqlite3_stmt *stmt);
/* 1 with a row, 0 at the end, -1. */
int statement_step(struct store *store, enum statement which, sqlite3_stmt *stmt);
/* Runs a query of one number; -1, 0 with *number, 1: no row. */
int statement_number(struct store *store, enum statement which, int64_t *number)
	__attribute__((warn_unused_result));

/* Both return -1, and set the error: what was tried, or a text behind the path. */
int store_fail(struct store *store, enum statement which);
int store_fail_text(struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* store_name(), or -1 with the error set. */
int store_zone_name(struct store *store, char dst[static STORE_NAME_MAX], const char *zone)
	__attribute__((warn_unused_result));

#endif
