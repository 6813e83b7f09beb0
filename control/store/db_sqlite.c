/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/store/db_driver.h"

struct connection {
	sqlite3 *db;
	sqlite3_stmt *running;
};

/* Causes a user can do something about. */
static const struct {
	int code;
	const char *advice;
} advice_table[] = {
	{SQLITE_BUSY, "another program holds it; try again"},
	{SQLITE_CANTOPEN, "check path and permissions, or make one with 'ensign create-bind-db'"},
	{SQLITE_READONLY, "the file and its directory must be writable for this user"},
	{SQLITE_NOTADB, "it must be an SQLite file"},
	{SQLITE_FULL, "the disk is full; nothing was changed"},
	{SQLITE_CORRUPT, "restore it from a copy, or try 'sqlite3 FILE .recover'"},
};

static int fail(struct db *db)
{
	struct connection *con = db->con;
	int code = sqlite3_errcode(con->db) & 0xff;
	const char *advice = NULL;
	for (unsigned i = 0; i < sizeof(advice_table) / sizeof(*advice_table); i++)
		if (advice_table[i].code == code)
			advice = advice_table[i].advice;
	return db_driver_fail(db, sqlite3_errmsg(con->db), advice);
}

/* ==== connection ============================================================================ */

static int script(struct db *db, const char *sql)
{
	struct connection *con = db->con;
	return sqlite3_exec(con->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db);
}

/* A setting of the connection, to a word that comes from the settings file. */
static int pragma(struct db *db, const char *name, const char *word)
{
	if (word == NULL || word[0] == '\0')
		return 0;
	char *sql = sqlite3_mprintf("PRAGMA %s = %Q", name, word);
	int rc = sql != NULL ? script(db, sql) : db_driver_fail(db, "out of memory", NULL);
	sqlite3_free(sql);
	return rc;
}

/* Removed keys are overwritten in the file; a writer turns the write-ahead log on, as PowerDNS
 * does. */
static int configure(struct db *db)
{
	struct connection *con = db->con;
	const char *mode = db->config.journal_mode;
	sqlite3_extended_result_codes(con->db, 1);
	sqlite3_busy_timeout(con->db, DB_BUSY_MS);
	if (!(db->flags & DB_WRITE))
		return script(db, "PRAGMA query_only = ON");
	if (script(db, "PRAGMA secure_delete = ON") != 0 ||
		pragma(db, "foreign_keys", db->config.foreign_keys ? "ON" : NULL) != 0)
		return -1;
	if (pragma(db, "journal_mode", mode != NULL && mode[0] != '\0' ? mode : "WAL") != 0)
		return -1;
	return pragma(db, "synchronous", db->config.synchronous);
}

static int sqlite_open(struct db *db)
{
	int flags = db->flags & DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	struct connection *con = calloc(1, sizeof(*con));
	if (con == NULL)
		return db_driver_fail(db, "out of memory", NULL);
	db->con = con;
	if (access(db->config.name, F_OK) != 0)
		return db_fail(db,
			"%s (bind-dnssec-db or gsqlite3-database names it; make it with 'ensign "
			"create-bind-db FILE' or 'ensign create-sql-db')",
			strerror(errno));
	if (sqlite3_open_v2(db->config.name, &con->db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK)
		return fail(db);
	return configure(db);
}

static void sqlite_close(struct db *db)
{
	struct connection *con = db->con;
	if (con == NULL)
		return;
	sqlite3_close(con->db);
	free(con);
}

/* ==== statements ============================================================================ */

static int sqlite_prepare(struct db *db, struct db_prepared *prepared, const char *sql)
{
	struct connection *con = db->con;
	sqlite3_stmt *stmt;
	if (sqlite3_prepare_v3(con->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
		SQLITE_OK)
		return fail(db);
	prepared->handle = stmt;
	return 0;
}

static void sqlite_forget(struct db *db, struct db_prepared *prepared)
{
	sqlite3_finalize(prepared->handle);
}

static int bind_value(sqlite3_stmt *stmt, int at, const struct db_value *value)
{
	if (value->kind == DB_TEXT)
		return sqlite3_bind_text(stmt, at, value->text, -1, SQLITE_STATIC);
	if (value->kind == DB_NUMBER)
		return sqlite3_bind_int64(stmt, at, value->number);
	return sqlite3_bind_null(stmt, at);
}

static int sqlite_start(struct db *db, struct db_prepared *prepared, const struct db_value *value)
{
	struct connection *con = db->con;
	con->running = prepared->handle;
	for (unsigned i = 0; i < prepared->value_cnt; i++)
		if (bind_value(con->running, (int)i + 1, &value[i]) != SQLITE_OK)
			return fail(db);
	return 0;
}

static int sqlite_step(struct db *db)
{
	struct connection *con = db->con;
	int rc = sqlite3_step(con->running);
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : fail(db);
}

static const char *sqlite_text(struct db *db, unsigned column)
{
	struct connection *con = db->con;
	return (const char *)sqlite3_column_text(con->running, (int)column);
}

/* Ends the read transaction and forgets the values, private keys among them. */
static void sqlite_end(struct db *db)
{
	struct connection *con = db->con;
	sqlite3_reset(con->running);
	sqlite3_clear_bindings(con->running);
	con->running = NULL;
}

static void sqlite_count(struct db *db)
{
	struct connection *con = db->con;
	db->changed_cnt = (uint64_t)sqlite3_changes(con->db);
	db->inserted_id = (uint64_t)sqlite3_last_insert_rowid(con->db);
}

/* ==== copying =============================================================================== */

/* SQLite would use the umask. */
static int make_private_file(struct db *db, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return db_fail(db, "cannot %s to %s: %s", db->purpose, path, strerror(errno));
	close(fd);
	return 0;
}

static int backup_to(struct db *db, sqlite3 *copy)
{
	struct connection *con = db->con;
	sqlite3_backup *backup = sqlite3_backup_init(copy, "main", con->db, "main");
	if (backup != NULL)
		sqlite3_backup_step(backup, -1);
	if (sqlite3_backup_finish(backup) == SQLITE_OK && sqlite3_errcode(copy) == SQLITE_OK)
		return 0;
	return db_driver_fail(db, sqlite3_errmsg(copy), NULL);
}

static int sqlite_copy(struct db *db, const char *path)
{
	sqlite3 *copy = NULL;
	if (make_private_file(db, path) != 0)
		return -1;
	int rc = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	rc = rc == SQLITE_OK ? backup_to(db, copy) : db_driver_fail(db, sqlite3_errstr(rc), NULL);
	sqlite3_close(copy);
	if (rc != 0)
		unlink(path);
	return rc;
}

const struct db_driver db_sqlite = {
	.word = "sqlite",
	.begin = "BEGIN IMMEDIATE",
	.open = sqlite_open,
	.close = sqlite_close,
	.prepare = sqlite_prepare,
	.forget = sqlite_forget,
	.start = sqlite_start,
	.step = sqlite_step,
	.text = sqlite_text,
	.end = sqlite_end,
	.count = sqlite_count,
	.script = script,
	.copy = sqlite_copy,
};
