/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store_private: what the files behind store.h and its neighbours share, and nobody else.
 */
#ifndef CONTROL_STORE_STORE_PRIVATE_H
#define CONTROL_STORE_STORE_PRIVATE_H

#include <sys/types.h>

#include "control/store/db.h"
#include "control/store/db_driver.h"
#include "control/store/store.h"

static_assert(STORE_ERR_LEN == DB_ERR_LEN, "one is copied to the other");

struct store {
	struct db *db;
	struct store_config config;
	unsigned flags;
	dev_t dev; /* SQLite: of the file that is open */
	ino_t ino;
	int64_t data_version; /* the database's: moves with commits of other connections */
	uint64_t version;     /* ours: moves with every change seen or made */
	bool layout_touched;  /* by the transaction that is open */
};

/* Sets the error, with the database in front; -1. */
int store_fail_text(struct store *store, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int store_fail_memory(struct store *store);

/* A zone as the tables have it. 0, or -1 with the error set. */
int store_zone_name(struct store *store, char dst[static STORE_NAME_MAX], const char *zone)
	__attribute__((warn_unused_result));
/* What a new row of the zone has to say whose it is: its name, which lives in dst, or the id of its
 * row in domains. -1 also where it has none. */
int store_zone_value(struct store *store, struct db_value *value, char dst[static STORE_NAME_MAX],
	const char *zone) __attribute__((warn_unused_result));

/* Runs a statement that reads, and read for each row, until that returns something else than 0.
 * What it returned, or 0; -1: the statement failed. */
typedef int store_read_fn(struct store *store, void *ctx);
int store_each(struct store *store, enum statement which, const struct db_value *value,
	store_read_fn *read, void *ctx) __attribute__((warn_unused_result));

/* db_run(), which moves the version. */
int store_run(struct store *store, enum statement which, const struct db_value *value)
	__attribute__((warn_unused_result));
/* The same of a change of one row: 1 if there is none. */
int store_run_one(struct store *store, enum statement which, const struct db_value *value)
	__attribute__((warn_unused_result));

/* -1 with what to do, where the column is missing from this database. */
int store_need(struct store *store, const char *column) __attribute__((warn_unused_result));

/* Copy of a text column; NULL columns read as empty. NULL when memory is out. */
char *store_column_dup(struct store *store, unsigned column);

/* Grows an array before element cnt, doubling at powers of two. A grown array may be copied: the
 * elements hold pointers, never secrets themselves. */
void *store_array_reserve(void *array, unsigned cnt, size_t element_len);

/* Overwrites a text, then frees it. NULL is safe. */
void store_wipe(char *text);

/* Runs fn, with all it changes made or undone as one, also where a change is under way. */
typedef int store_change_fn(struct store *store, void *ctx);
int store_as_one(struct store *store, store_change_fn *fn, void *ctx)
	__attribute__((warn_unused_result));

#endif
