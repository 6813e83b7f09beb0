/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * MariaDB and MySQL, by libmariadb. Rows come unbuffered: the client holds one at a time.
 */
#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>
#include <mariadb/mysqld_error.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "control/store/db_driver.h"

#define COLUMN_LEN_FIRST 256 /* octets of room at first; a longer value gets more */

struct column {
	char *text;
	unsigned long room; /* of text, its end included */
	unsigned long len;  /* of this row's value */
	my_bool is_null;
};

/* A prepared statement with room for a row. */
struct handle {
	MYSQL_STMT *stmt;
	MYSQL_BIND *bind;
	struct column *column;
	unsigned column_cnt;
};

struct connection {
	MYSQL *mysql;
	struct handle *running;
};

/* ==== failure =============================================================================== */

static const unsigned lost_table[] = {CR_SERVER_GONE_ERROR, CR_SERVER_LOST, ER_CONNECTION_KILLED,
	ER_SERVER_SHUTDOWN, CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR};

static const struct {
	unsigned code;
	const char *advice;
} advice_table[] = {
	{ER_ACCESS_DENIED_ERROR, "see gmysql-user and gmysql-password"},
	{ER_DBACCESS_DENIED_ERROR, "see gmysql-dbname, and this user's rights"},
	{ER_BAD_DB_ERROR, "see gmysql-dbname"},
	{ER_TABLEACCESS_DENIED_ERROR, "this user needs the right to"},
	{ER_NO_SUCH_TABLE, "'ensign create-sql-db' makes the tables"},
	{ER_LOCK_WAIT_TIMEOUT, "another program holds the row; try again"},
	{ER_LOCK_DEADLOCK, "another program changed the same; try again"},
	{ER_OPTION_PREVENTS_STATEMENT, "the server is open for reading only"},
};

static int fail_with(struct db *db, unsigned code, const char *cause)
{
	const char *advice = NULL;
	for (unsigned i = 0; i < sizeof(lost_table) / sizeof(*lost_table); i++)
		if (lost_table[i] == code)
			db->is_lost = true;
	for (unsigned i = 0; i < sizeof(advice_table) / sizeof(*advice_table); i++)
		if (advice_table[i].code == code)
			advice = advice_table[i].advice;
	return db_driver_fail(db, cause, advice);
}

static int fail(struct db *db)
{
	struct connection *con = db->con;
	return fail_with(db, mysql_errno(con->mysql), mysql_error(con->mysql));
}

static int fail_statement(struct db *db, MYSQL_STMT *stmt)
{
	return fail_with(db, mysql_stmt_errno(stmt), mysql_stmt_error(stmt));
}

static int fail_memory(struct db *db)
{
	return db_driver_fail(db, "out of memory", NULL);
}

/* ==== connection ============================================================================ */

static int script(struct db *db, const char *sql)
{
	struct connection *con = db->con;
	if (mysql_query(con->mysql, sql) != 0)
		return fail(db);
	for (;;) {
		mysql_free_result(mysql_use_result(con->mysql));
		int more = mysql_next_result(con->mysql);
		if (more != 0)
			return more < 0 ? 0 : fail(db);
	}
}

static const char *or_null(const char *text)
{
	return text != NULL && text[0] != '\0' ? text : NULL;
}

static void set_options(MYSQL *mysql, const struct store_config *c)
{
	my_bool on = 1;
	if (c->timeout_s != 0) {
		mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &c->timeout_s);
		mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &c->timeout_s);
		mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &c->timeout_s);
	}
	if (or_null(c->group))
		mysql_options(mysql, MYSQL_READ_DEFAULT_GROUP, c->group);
	if (c->tls)
		mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
}

static_assert(DB_BUSY_MS == 5000, "as below");
static const char lock_timeout[] =
	"SET SESSION innodb_lock_wait_timeout = 5, SESSION lock_wait_timeout = 5";

/* Octets are as they are stored: PowerDNS' tables are latin1, and what is read is not converted. A
 * value that is too long is an error, not cut. */
static int configure(struct db *db)
{
	struct connection *con = db->con;
	if (mysql_set_character_set(con->mysql, "latin1") != 0)
		return fail(db);
	if (script(db, "SET SESSION character_set_results = NULL,"
		       " SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')") != 0)
		return -1;
	if (db->config.read_committed &&
		script(db, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED") != 0)
		return -1;
	return script(
		db, db->flags & DB_WRITE ? lock_timeout : "SET SESSION TRANSACTION READ ONLY");
}

static void init_library(void)
{
	mysql_library_init(0, NULL, NULL);
}

static int mysql_open(struct db *db)
{
	static once_flag once = ONCE_FLAG_INIT;
	const struct store_config *c = &db->config;
	struct connection *con = db->con = calloc(1, sizeof(*con));
	call_once(&once, init_library);
	con->mysql = con ? mysql_init(NULL) : NULL;
	if (con == NULL || con->mysql == NULL)
		return fail_memory(db);
	set_options(con->mysql, c);
	if (!mysql_real_connect(con->mysql, or_null(c->host), or_null(c->user),
		    or_null(c->password), c->name, c->port, or_null(c->socket),
		    CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS))
		return fail(db);
	return configure(db);
}

static void mysql_close_connection(struct db *db)
{
	struct connection *con = db->con;
	if (con == NULL)
		return;
	mysql_close(con->mysql);
	free(con);
	if (db->config.thread_cleanup)
		mysql_thread_end();
}

/* ==== preparing ============================================================================= */

static int bind_column(struct handle *handle, unsigned i)
{
	struct column *column = &handle->column[i];
	column->text = malloc(COLUMN_LEN_FIRST);
	column->room = COLUMN_LEN_FIRST;
	handle->bind[i] = (MYSQL_BIND){
		.buffer_type = MYSQL_TYPE_STRING,
		.buffer = column->text,
		.buffer_length = column->room - 1,
		.length = &column->len,
		.is_null = &column->is_null,
	};
	return column->text != NULL ? 0 : -1;
}

static int bind_columns(struct handle *handle)
{
	handle->column_cnt = mysql_stmt_field_count(handle->stmt);
	handle->column = calloc(handle->column_cnt + 1, sizeof(*handle->column));
	handle->bind = calloc(handle->column_cnt + 1, sizeof(*handle->bind));
	if (handle->column == NULL || handle->bind == NULL)
		return -1;
	for (unsigned i = 0; i < handle->column_cnt; i++)
		if (bind_column(handle, i) != 0)
			return -1;
	return 0;
}

static void wipe_columns(struct handle *handle)
{
	for (unsigned i = 0; i < handle->column_cnt; i++)
		if (handle->column[i].text != NULL)
			explicit_bzero(handle->column[i].text, handle->column[i].room);
}

static void handle_free(struct handle *handle)
{
	if (handle == NULL)
		return;
	for (unsigned i = 0; handle->column != NULL && i < handle->column_cnt; i++)
		free(handle->column[i].text);
	free(handle->column);
	free(handle->bind);
	if (handle->stmt != NULL)
		mysql_stmt_close(handle->stmt);
	free(handle);
}

static int prepare_handle(struct db *db, struct handle *handle, const char *sql)
{
	struct connection *con = db->con;
	handle->stmt = mysql_stmt_init(con->mysql);
	if (handle->stmt == NULL)
		return fail_memory(db);
	if (mysql_stmt_prepare(handle->stmt, sql, strlen(sql)) != 0)
		return fail_statement(db, handle->stmt);
	return bind_columns(handle) == 0 ? 0 : fail_memory(db);
}

static int mysql_prepare_statement(struct db *db, struct db_prepared *prepared, const char *sql)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	int rc = handle != NULL ? prepare_handle(db, handle, sql) : fail_memory(db);
	if (rc == 0)
		prepared->handle = handle;
	else
		handle_free(handle);
	return rc;
}

static void mysql_forget(struct db *db, struct db_prepared *prepared)
{
	handle_free(prepared->handle);
}

/* ==== running =============================================================================== */

static void bind_value(MYSQL_BIND *bind, const struct db_value *value)
{
	if (value->kind == DB_NUMBER)
		*bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG,
			.buffer = (void *)(uintptr_t)&value->number};
	else if (value->kind == DB_TEXT)
		*bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
			.buffer = (void *)(uintptr_t)value->text,
			.buffer_length = strlen(value->text)};
	else
		*bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_NULL};
}

static int mysql_start(struct db *db, struct db_prepared *prepared, const struct db_value *value)
{
	struct connection *con = db->con;
	struct handle *handle = prepared->handle;
	MYSQL_BIND bind[STATEMENT_VALUE_MAX] = {0};
	con->running = handle;
	for (unsigned i = 0; i < prepared->value_cnt; i++)
		bind_value(&bind[i], &value[i]);
	if (prepared->value_cnt != 0 && mysql_stmt_bind_param(handle->stmt, bind) != 0)
		return fail_statement(db, handle->stmt);
	if (mysql_stmt_execute(handle->stmt) != 0)
		return fail_statement(db, handle->stmt);
	if (handle->column_cnt != 0 && mysql_stmt_bind_result(handle->stmt, handle->bind) != 0)
		return fail_statement(db, handle->stmt);
	return 0;
}

/* Fetches a value that had no room. */
static int fetch_whole(struct db *db, struct handle *handle, unsigned i)
{
	struct column *column = &handle->column[i];
	explicit_bzero(column->text, column->room);
	char *text = realloc(column->text, column->len + 1);
	if (text == NULL)
		return fail_memory(db);
	column->text = text;
	column->room = column->len + 1;
	handle->bind[i].buffer = text;
	handle->bind[i].buffer_length = column->len;
	if (mysql_stmt_fetch_column(handle->stmt, &handle->bind[i], i, 0) != 0 ||
		mysql_stmt_bind_result(handle->stmt, handle->bind) != 0)
		return fail_statement(db, handle->stmt);
	return 0;
}

static int complete_row(struct db *db, struct handle *handle)
{
	for (unsigned i = 0; i < handle->column_cnt; i++) {
		struct column *column = &handle->column[i];
		if (!column->is_null && column->len >= column->room &&
			fetch_whole(db, handle, i) != 0)
			return -1;
		if (!column->is_null)
			column->text[column->len] = '\0';
	}
	return 1;
}

static int mysql_step(struct db *db)
{
	struct connection *con = db->con;
	struct handle *handle = con->running;
	if (handle->column_cnt == 0)
		return 0;
	int rc = mysql_stmt_fetch(handle->stmt);
	if (rc == MYSQL_NO_DATA)
		return 0;
	return rc == 1 ? fail_statement(db, handle->stmt) : complete_row(db, handle);
}

static const char *mysql_text(struct db *db, unsigned column)
{
	const struct connection *con = db->con;
	const struct column *from = &con->running->column[column];
	return from->is_null ? NULL : from->text;
}

static void mysql_end(struct db *db)
{
	struct connection *con = db->con;
	mysql_stmt_free_result(con->running->stmt);
	wipe_columns(con->running);
	con->running = NULL;
}

static void mysql_count(struct db *db)
{
	struct connection *con = db->con;
	db->changed_cnt = mysql_stmt_affected_rows(con->running->stmt);
	db->inserted_id = mysql_stmt_insert_id(con->running->stmt);
}

const struct db_driver db_mysql = {
	.word = "mysql",
	.is_server = true,
	.begin = "START TRANSACTION",
	.open = mysql_open,
	.close = mysql_close_connection,
	.prepare = mysql_prepare_statement,
	.forget = mysql_forget,
	.start = mysql_start,
	.step = mysql_step,
	.text = mysql_text,
	.end = mysql_end,
	.count = mysql_count,
	.script = script,
};
