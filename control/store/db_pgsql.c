/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * PostgreSQL, by libpq. Rows come in single-row mode: the client holds one at a time.
 */
#include <postgresql/libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/db_driver.h"

#define CONNECT_TIMEOUT_S "10"
#define SILENCE_MS	  "10000" /* of the server's side of TCP, then it is gone */

#define STRING(x)    STRING_OF(x)
#define STRING_OF(x) #x
#define LOCK_TIMEOUT "SET lock_timeout = " STRING(DB_BUSY_MS)

struct connection {
	PGconn *pg;
	PGresult *next; /* came already, is not looked at yet */
	PGresult *row;
	uint64_t changed_cnt;
	unsigned prepared_cnt; /* numbers their names */
};

/* A statement: prepared on the server under name, or sent as sql each time. */
struct handle {
	char name[16]; /* "": not on the server */
	char *sql;
};

/* ==== failure =============================================================================== */

/* Classes and codes of SQLSTATE after which the connection is of no use. */
static bool state_is_lost(const char *state)
{
	return state != NULL && (strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0);
}

static const struct {
	const char *state;
	const char *advice;
} advice_table[] = {
	{"42501", "this user needs the right to"},
	{"42P01", "'ensign create-sql-db' makes the tables"},
	{"25006", "the server is a standby, or open for reading only"},
	{"55P03", "another program holds it; try again"},
	{"40P01", "another program changed the same; try again"},
	{"53100", "the server's disk is full; nothing was changed"},
	{"22021", "the database's encoding has no such octets"},
};

static const char *advice_for(const char *state)
{
	for (unsigned i = 0; state && i < sizeof(advice_table) / sizeof(*advice_table); i++)
		if (strcmp(advice_table[i].state, state) == 0)
			return advice_table[i].advice;
	return NULL;
}

static int fail(struct db *db, const PGresult *result)
{
	struct connection *con = db->con;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *cause = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	db->is_lost = PQstatus(con->pg) == CONNECTION_BAD || state_is_lost(state);
	return db_driver_fail(db, cause ? cause : PQerrorMessage(con->pg), advice_for(state));
}

/* ==== connection ============================================================================ */

static void hear_nothing(void *ctx, const char *message)
{
}

/* Parameters that stand later win: what the settings say over what ours are, and names over the
 * connection string. Octets are as they are stored: SQL_ASCII converts nothing. */
static PGconn *connect_with(const struct store_config *config)
{
	char port[8] = "";
	if (config->port != 0)
		snprintf(port, sizeof(port), "%u", config->port);
	const char *const parameter[][2] = {
		{"connect_timeout", CONNECT_TIMEOUT_S},
		{"tcp_user_timeout", SILENCE_MS},
		{"keepalives_idle", "10"},
		{"keepalives_interval", "5"},
		{"keepalives_count", "2"},
		{"fallback_application_name", "ensign"},
		{"dbname", config->extra && config->extra[0] ? config->extra : " "},
		{"dbname", config->name},
		{"host", config->host},
		{"port", port},
		{"user", config->user},
		{"password", config->password},
		{"client_encoding", "SQL_ASCII"},
	};
	enum { PARAMETER_CNT = sizeof(parameter) / sizeof(*parameter) };
	const char *keyword[PARAMETER_CNT + 1] = {0}, *value[PARAMETER_CNT + 1] = {0};
	for (unsigned i = 0; i < PARAMETER_CNT; i++) {
		keyword[i] = parameter[i][0];
		value[i] = parameter[i][1];
	}
	return PQconnectdbParams(keyword, value, 1);
}

static int script(struct db *db, const char *sql)
{
	struct connection *con = db->con;
	PGresult *result = PQexec(con->pg, sql);
	ExecStatusType status = PQresultStatus(result);
	int rc = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : fail(db, result);
	PQclear(result);
	return rc;
}

static int pgsql_open(struct db *db)
{
	struct connection *con = db->con = calloc(1, sizeof(*con));
	if (con == NULL)
		return db_driver_fail(db, "out of memory", NULL);
	con->pg = connect_with(&db->config);
	if (PQstatus(con->pg) != CONNECTION_OK)
		return db_driver_fail(db, PQerrorMessage(con->pg),
			"see gpgsql-host, gpgsql-port, gpgsql-dbname, gpgsql-user, "
			"gpgsql-password");
	PQsetNoticeProcessor(con->pg, hear_nothing, NULL);
	if (db->flags & DB_WRITE)
		return script(db, LOCK_TIMEOUT);
	return script(db, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
}

static void pgsql_close(struct db *db)
{
	struct connection *con = db->con;
	if (con == NULL)
		return;
	PQfinish(con->pg);
	free(con);
}

/* ==== statements ============================================================================ */

/* "?" become "$1", "$2", ... NULL: out of memory. */
static char *number_values(const char *sql)
{
	char *text = NULL;
	size_t len;
	unsigned number = 0;
	FILE *out = open_memstream(&text, &len);
	if (out == NULL)
		return NULL;
	for (; *sql != '\0'; sql++)
		if (*sql == '?')
			fprintf(out, "$%u", ++number);
		else
			fputc(*sql, out);
	fclose(out);
	return text;
}

static int prepare_on_server(struct db *db, struct handle *handle)
{
	struct connection *con = db->con;
	snprintf(handle->name, sizeof(handle->name), "ensign%u", ++con->prepared_cnt);
	PGresult *result = PQprepare(con->pg, handle->name, handle->sql, 0, NULL);
	int rc = PQresultStatus(result) == PGRES_COMMAND_OK ? 0 : fail(db, result);
	PQclear(result);
	return rc;
}

static void handle_free(struct handle *handle)
{
	if (handle != NULL)
		free(handle->sql);
	free(handle);
}

static int pgsql_prepare(struct db *db, struct db_prepared *prepared, const char *sql)
{
	struct handle *handle = calloc(1, sizeof(*handle));
	if (handle != NULL)
		handle->sql = number_values(sql);
	if (handle == NULL || handle->sql == NULL) {
		handle_free(handle);
		return db_driver_fail(db, "out of memory", NULL);
	}
	if (db->config.is_prepared && prepare_on_server(db, handle) != 0) {
		handle_free(handle);
		return -1;
	}
	prepared->handle = handle;
	return 0;
}

static void pgsql_forget(struct db *db, struct db_prepared *prepared)
{
	struct handle *handle = prepared->handle;
	char sql[48];
	if (handle->name[0] != '\0' && !db->is_lost) {
		snprintf(sql, sizeof(sql), "DEALLOCATE %s", handle->name);
		PQclear(PQexec(((struct connection *)db->con)->pg, sql));
	}
	handle_free(handle);
}

static int send_statement(
	struct connection *con, const struct db_prepared *prepared, const char *const *text)
{
	const struct handle *handle = prepared->handle;
	int cnt = (int)prepared->value_cnt;
	if (handle->name[0] != '\0')
		return PQsendQueryPrepared(con->pg, handle->name, cnt, text, NULL, NULL, 0);
	return PQsendQueryParams(con->pg, handle->sql, cnt, NULL, text, NULL, NULL, 0);
}

/* The first result is waited for: it says whether the server is there and the statement runs. */
static int pgsql_start(struct db *db, struct db_prepared *prepared, const struct db_value *value)
{
	struct connection *con = db->con;
	char number[STATEMENT_VALUE_MAX][DB_NUMBER_LEN];
	const char *text[STATEMENT_VALUE_MAX] = {0};
	for (unsigned i = 0; i < prepared->value_cnt; i++) {
		snprintf(number[i], DB_NUMBER_LEN, "%lld", (long long)value[i].number);
		text[i] = value[i].kind == DB_NUMBER ? number[i] : value[i].text;
	}
	if (!send_statement(con, prepared, text) || !PQsetSingleRowMode(con->pg))
		return fail(db, NULL);
	con->next = PQgetResult(con->pg);
	return PQresultStatus(con->next) == PGRES_FATAL_ERROR ? fail(db, con->next) : 0;
}

static int pgsql_step(struct db *db)
{
	struct connection *con = db->con;
	PQclear(con->row);
	con->row = con->next ? con->next : PQgetResult(con->pg);
	con->next = NULL;
	switch (PQresultStatus(con->row)) {
	case PGRES_SINGLE_TUPLE:
		return 1;
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		con->changed_cnt = strtoull(PQcmdTuples(con->row), NULL, 10);
		return 0;
	default:
		return fail(db, con->row);
	}
}

static const char *pgsql_text(struct db *db, unsigned column)
{
	struct connection *con = db->con;
	if (PQgetisnull(con->row, 0, (int)column))
		return NULL;
	return PQgetvalue(con->row, 0, (int)column);
}

static void pgsql_end(struct db *db)
{
	struct connection *con = db->con;
	PQclear(con->row);
	PQclear(con->next);
	con->row = con->next = NULL;
	for (PGresult *rest; (rest = PQgetResult(con->pg)) != NULL;)
		PQclear(rest);
}

/* db_run() finds new ids in what RETURNING returns. */
static void pgsql_count(struct db *db)
{
	db->changed_cnt = ((struct connection *)db->con)->changed_cnt;
}

/* A connection that is gone is heard, so that the next statement finds out. */
static bool pgsql_heard(struct db *db)
{
	struct connection *con = db->con;
	bool heard = !PQconsumeInput(con->pg);
	for (PGnotify *notify; (notify = PQnotifies(con->pg)) != NULL;) {
		PQfreemem(notify);
		heard = true;
	}
	return heard;
}

const struct db_driver db_pgsql = {
	.word = "pgsql",
	.is_server = true,
	.begin = "BEGIN",
	.open = pgsql_open,
	.close = pgsql_close,
	.prepare = pgsql_prepare,
	.forget = pgsql_forget,
	.start = pgsql_start,
	.step = pgsql_step,
	.text = pgsql_text,
	.end = pgsql_end,
	.count = pgsql_count,
	.script = script,
	.heard = pgsql_heard,
};
