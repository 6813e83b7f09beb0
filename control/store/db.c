/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/db.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/db_driver.h"
#include "control/store/db_text.h"

static const struct db_driver *const driver_table[] = {
	[STORE_SQLITE] = &db_sqlite,
	[STORE_PGSQL] = &db_pgsql,
	[STORE_MYSQL] = &db_mysql,
};

/* ==== messages ============================================================================== */

int db_fail(struct db *db, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = snprintf(db->err, sizeof(db->err), "%s: ", db->place);
	if (len > 0 && (size_t)len < sizeof(db->err))
		vsnprintf(db->err + len, sizeof(db->err) - (size_t)len, format, args);
	va_end(args);
	return -1;
}

/* What libraries say may end in line ends, and have some within. */
static void put_on_one_line(char *text)
{
	size_t len = strlen(text);
	while (len > 0 && strchr(" \n", text[len - 1]) != NULL)
		text[--len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n' || text[i] == '\t')
			text[i] = ' ';
}

int db_driver_fail(struct db *db, const char *cause, const char *advice)
{
	char line[DB_ERR_LEN];
	snprintf(line, sizeof(line), "%s", cause);
	put_on_one_line(line);
	return db_fail(db, "cannot %s: %s%s%s%s", db->purpose, line, advice ? " (" : "",
		advice ? advice : "", advice ? ")" : "");
}

/* ==== connection ============================================================================ */

static void forget_prepared(struct db *db)
{
	for (unsigned i = 0; i < STATEMENT_CNT; i++)
		if (db->prepared[i].handle != NULL)
			db->driver->forget(db, &db->prepared[i]);
	memset(db->prepared, 0, sizeof(db->prepared));
}

static void disconnect(struct db *db)
{
	forget_prepared(db);
	db->driver->close(db);
	db->con = NULL;
	db->in_transaction = false;
	db->is_listening = false;
}

static int look_at_tables(struct db *db)
{
	return db->flags & DB_NEW ? 0 : layout_read(&db->layout, db);
}

static int connect_to(struct db *db)
{
	db->purpose = "open the database";
	db->is_lost = false;
	if (db->driver->open(db) != 0 || look_at_tables(db) != 0) {
		disconnect(db);
		db->is_lost = true; /* the next statement tries again */
		return -1;
	}
	db->connection++;
	return 0;
}

static int reconnect(struct db *db)
{
	disconnect(db);
	return connect_to(db);
}

struct db *db_open(const struct store_config *config, unsigned flags, char err[static DB_ERR_LEN])
{
	struct db *db = calloc(1, sizeof(*db));
	if (db == NULL) {
		snprintf(err, DB_ERR_LEN, "%s: out of memory", config->name);
		return NULL;
	}
	db->driver = driver_table[config->database];
	db->config = *config;
	db->flags = flags;
	store_config_place(config, db->place);
	if (connect_to(db) == 0)
		return db;
	memcpy(err, db->err, DB_ERR_LEN);
	return db_close(db);
}

struct db *db_close(struct db *db)
{
	if (db == NULL)
		return NULL;
	db_rollback(db);
	disconnect(db);
	free(db);
	return NULL;
}

int db_reread_layout(struct db *db)
{
	forget_prepared(db);
	return layout_read(&db->layout, db);
}

/* ==== statements ============================================================================ */

static bool word_is_true(const void *ctx, const char *word)
{
	const struct db *db = ctx;
	if (strcmp(word, "bind") == 0)
		return db->layout.is_bind;
	return strcmp(word, db->driver->word) == 0 || layout_has(&db->layout, word);
}

static int prepare(struct db *db, enum statement which)
{
	char sql[STATEMENT_LEN_MAX];
	struct db_prepared *prepared = &db->prepared[which];
	if (prepared->handle != NULL)
		return 0;
	prepared->value_cnt =
		db_text_expand(sql, prepared->value, statement_table[which].sql, word_is_true, db);
	return db->driver->prepare(db, prepared, sql);
}

static int start_once(struct db *db, enum statement which, const struct db_value *value)
{
	struct db_value ordered[STATEMENT_VALUE_MAX];
	struct db_prepared *prepared = &db->prepared[which];
	db->purpose = statement_table[which].purpose;
	if (db->is_lost || prepare(db, which) != 0)
		return -1;
	for (unsigned i = 0; i < prepared->value_cnt; i++)
		ordered[i] = value[prepared->value[i]];
	if (db->driver->start(db, prepared, ordered) == 0)
		return 0;
	db->driver->end(db);
	return -1;
}

int db_start(struct db *db, enum statement which, const struct db_value *value)
{
	if (start_once(db, which, value) == 0)
		return 0;
	if (!db->is_lost || db->in_transaction || reconnect(db) != 0)
		return -1;
	return start_once(db, which, value);
}

int db_start_text(struct db *db, const char *sql, const char *purpose)
{
	db->purpose = purpose;
	db->once = (struct db_prepared){0};
	if (db->driver->prepare(db, &db->once, sql) != 0)
		return -1;
	if (db->driver->start(db, &db->once, NULL) == 0)
		return 0;
	db_end(db);
	return -1;
}

int db_step(struct db *db)
{
	return db->driver->step(db);
}

void db_end(struct db *db)
{
	db->driver->end(db);
	if (db->once.handle != NULL)
		db->driver->forget(db, &db->once);
	db->once.handle = NULL;
}

const char *db_text(struct db *db, unsigned column)
{
	return db->driver->text(db, column);
}

int64_t db_number(struct db *db, unsigned column, int64_t if_null)
{
	const char *text = db_text(db, column);
	return text != NULL ? strtoll(text, NULL, 10) : if_null;
}

bool db_bool(struct db *db, unsigned column, bool if_null)
{
	const char *text = db_text(db, column);
	if (text == NULL)
		return if_null;
	return text[0] == 't' || strtoll(text, NULL, 10) != 0;
}

/* Runs to its end. A row is what an INSERT returns: the new id. */
static int run(struct db *db, enum statement which, const struct db_value *value)
{
	int rc;
	if (db_start(db, which, value) != 0)
		return -1;
	while ((rc = db_step(db)) == 1)
		db->inserted_id = (uint64_t)db_number(db, 0, 0);
	if (rc == 0)
		db->driver->count(db);
	db_end(db);
	return rc;
}

int db_run(struct db *db, enum statement which, const struct db_value *value)
{
	if (db->in_transaction || !db->driver->is_server)
		return run(db, which, value);
	if (db_begin(db) != 0)
		return -1;
	if (run(db, which, value) == 0)
		return db_commit(db);
	db_rollback(db);
	return -1;
}

int db_query_number(
	struct db *db, enum statement which, const struct db_value *value, int64_t *number)
{
	if (db_start(db, which, value) != 0)
		return -1;
	int rc = db_step(db);
	if (rc == 1)
		*number = db_number(db, 0, 0);
	else if (rc == 0)
		db_driver_fail(db, "there is no row", NULL);
	db_end(db);
	return rc == 1 ? 0 : -1;
}

int db_script(struct db *db, const char *sql, const char *purpose)
{
	db->purpose = purpose;
	return db->driver->script(db, sql);
}

/* ==== transactions ========================================================================== */

static int begin(struct db *db)
{
	return db->is_lost ? -1 : db_script(db, db->driver->begin, "begin a change");
}

int db_begin(struct db *db)
{
	if (db->in_transaction)
		return db_fail(db, "a change is under way already");
	if (begin(db) != 0 && (!db->is_lost || reconnect(db) != 0 || begin(db) != 0))
		return -1;
	db->in_transaction = true;
	return 0;
}

int db_commit(struct db *db)
{
	if (!db->in_transaction)
		return db_fail(db, "no change is under way");
	if (db_script(db, "COMMIT", "finish the change") != 0)
		return -1;
	db->in_transaction = false;
	return 0;
}

/* After some failures all has been undone already; then there is nothing to do, and ROLLBACK fails.
 */
void db_rollback(struct db *db)
{
	char err[DB_ERR_LEN];
	if (!db->in_transaction)
		return;
	memcpy(err, db->err, sizeof(err));
	if (!db->is_lost && db_script(db, "ROLLBACK", "undo the change") != 0)
		memcpy(db->err, err, sizeof(err)); /* what went wrong before says more */
	db->in_transaction = false;
}

/* ==== notifications ========================================================================= */

/* A standby cannot. Behind a pooler, for which statements are not to be prepared, nothing would
 * come.
 */
void db_listen(struct db *db, const char *channel)
{
	char sql[64];
	if (db->driver->heard == NULL || db->is_listening || !db->config.is_prepared)
		return;
	snprintf(sql, sizeof(sql), "LISTEN %s", channel);
	db->is_listening = db_script(db, sql, "listen for changes") == 0;
}

bool db_heard(struct db *db)
{
	return !db->is_listening || db->driver->heard(db);
}
