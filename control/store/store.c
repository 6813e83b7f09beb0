/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The tables of PowerDNS' bind-dnssec.schema.sqlite3.sql. */
static const char schema[] = "CREATE TABLE domainmetadata ("
			     " id INTEGER PRIMARY KEY,"
			     " domain VARCHAR(255) COLLATE NOCASE,"
			     " kind VARCHAR(32) COLLATE NOCASE,"
			     " content TEXT);"
			     "CREATE INDEX domainmetanameindex ON domainmetadata(domain);"
			     "CREATE TABLE cryptokeys ("
			     " id INTEGER PRIMARY KEY,"
			     " domain VARCHAR(255) COLLATE NOCASE,"
			     " flags INT NOT NULL,"
			     " active BOOL,"
			     " published BOOL DEFAULT 1,"
			     " content TEXT);"
			     "CREATE INDEX domainnameindex ON cryptokeys(domain);"
			     "CREATE TABLE tsigkeys ("
			     " id INTEGER PRIMARY KEY,"
			     " name VARCHAR(255) COLLATE NOCASE,"
			     " algorithm VARCHAR(50) COLLATE NOCASE,"
			     " secret VARCHAR(255));"
			     "CREATE UNIQUE INDEX namealgoindex ON tsigkeys(name, algorithm);";

#define DOMAIN_ID   "(SELECT id FROM domains WHERE name = ?1)"
#define KEY_COLUMNS "id, flags, active, published, content"

/* By schema; "_OLD": for tables without the columns that came later. */
static const struct {
	const char *sql[SCHEMA_CNT];
	const char *purpose; /* "cannot ..." in messages */
} statement_table[STATEMENT_CNT] = {
	[STATEMENT_LAYOUT] =
		{{"SELECT (SELECT count(*) FROM pragma_table_info('cryptokeys')"
		  "  WHERE name IN ('domain', 'flags', 'active', 'content')) = 4"
		  " AND (SELECT count(*) FROM pragma_table_info('domainmetadata')"
		  "  WHERE name IN ('domain', 'kind', 'content')) = 3,"
		  " (SELECT count(*) FROM pragma_table_info('cryptokeys')"
		  "  WHERE name = 'published'), 0",
			 "SELECT (SELECT count(*) FROM pragma_table_info('cryptokeys')"
			 "  WHERE name IN ('domain_id', 'flags', 'active', 'content')) = 4"
			 " AND (SELECT count(*) FROM pragma_table_info('domainmetadata')"
			 "  WHERE name IN ('domain_id', 'kind', 'content')) = 3"
			 " AND (SELECT count(*) FROM pragma_table_info('records')"
			 "  WHERE name IN ('domain_id', 'name', 'type', 'content', 'ttl',"
			 "   'prio')) = 6,"
			 " (SELECT count(*) FROM pragma_table_info('cryptokeys')"
			 "  WHERE name = 'published'),"
			 " (SELECT count(*) FROM pragma_table_info('records')"
			 "  WHERE name IN ('disabled', 'ordername', 'auth')) = 3"},
			"read the table layout"},
	[STATEMENT_SCHEMA] = {{"SELECT count(*) > 0 FROM pragma_table_info('domains')"},
		"read the table layout"},
	[STATEMENT_DATA_VERSION] = {{"PRAGMA data_version"}, "look for changes"},
	[STATEMENT_BEGIN] = {{"BEGIN IMMEDIATE"}, "begin a change"},
	[STATEMENT_COMMIT] = {{"COMMIT"}, "finish the change"},
	[STATEMENT_KEYS] = {{"SELECT " KEY_COLUMNS " FROM cryptokeys WHERE domain = ?1 ORDER BY id",
				    "SELECT " KEY_COLUMNS
				    " FROM cryptokeys WHERE domain_id = " DOMAIN_ID " ORDER BY id"},
		"read keys"},
	[STATEMENT_KEYS_OLD] = {{"SELECT id, flags, active, 1, content FROM cryptokeys"
				 " WHERE domain = ?1 ORDER BY id",
					"SELECT id, flags, active, 1, content FROM cryptokeys"
					" WHERE domain_id = " DOMAIN_ID " ORDER BY id"},
		"read keys"},
	[STATEMENT_KEY_ADD] =
		{{"INSERT INTO cryptokeys (domain, flags, active, content, published)"
		  " VALUES (?1, ?2, ?3, ?4, ?5)",
			 "INSERT INTO cryptokeys (domain_id, flags, active, content, published)"
			 " SELECT id, ?2, ?3, ?4, ?5 FROM domains WHERE name = ?1"},
			"add a key"},
	[STATEMENT_KEY_ADD_OLD] =
		{{"INSERT INTO cryptokeys (domain, flags, active, content)"
		  " VALUES (?1, ?2, ?3, ?4)",
			 "INSERT INTO cryptokeys (domain_id, flags, active, content)"
			 " SELECT id, ?2, ?3, ?4 FROM domains WHERE name = ?1"},
			"add a key"},
	[STATEMENT_KEY_ACTIVE] =
		{{"UPDATE cryptokeys SET active = ?3 WHERE domain = ?1 AND id = ?2",
			 "UPDATE cryptokeys SET active = ?3 WHERE domain_id = " DOMAIN_ID
			 " AND id = ?2"},
			"change a key"},
	[STATEMENT_KEY_PUBLISHED] =
		{{"UPDATE cryptokeys SET published = ?3 WHERE domain = ?1 AND id = ?2",
			 "UPDATE cryptokeys SET published = ?3 WHERE domain_id = " DOMAIN_ID
			 " AND id = ?2"},
			"change a key"},
	[STATEMENT_KEY_REMOVE] = {{"DELETE FROM cryptokeys WHERE domain = ?1 AND id = ?2",
					  "DELETE FROM cryptokeys WHERE domain_id = " DOMAIN_ID
					  " AND id = ?2"},
		"remove a key"},
	[STATEMENT_ADD_PUBLISHED] = {{"ALTER TABLE cryptokeys ADD COLUMN published BOOL DEFAULT 1"},
		"add the column that says which keys are published"},
	[STATEMENT_META] =
		{{"SELECT kind, content FROM domainmetadata WHERE domain = ?1 ORDER BY id",
			 "SELECT kind, content FROM domainmetadata WHERE domain_id = " DOMAIN_ID
			 " ORDER BY id"},
			"read metadata"},
	[STATEMENT_META_KIND] = {{"SELECT kind, content FROM domainmetadata"
				  " WHERE domain = ?1 AND kind = ?2 ORDER BY id",
					 "SELECT kind, content FROM domainmetadata"
					 " WHERE domain_id = " DOMAIN_ID
					 " AND kind = ?2 ORDER BY id"},
		"read metadata"},
	[STATEMENT_META_ADD] = {{"INSERT INTO domainmetadata (domain, kind, content)"
				 " VALUES (?1, ?2, ?3)",
					"INSERT INTO domainmetadata (domain_id, kind, content)"
					" SELECT id, ?2, ?3 FROM domains WHERE name = ?1"},
		"add metadata"},
	[STATEMENT_META_REMOVE] = {{"DELETE FROM domainmetadata WHERE domain = ?1 AND kind = ?2",
					   "DELETE FROM domainmetadata WHERE domain_id = " DOMAIN_ID
					   " AND kind = ?2"},
		"remove metadata"},
	[STATEMENT_DOMAINS] = {{"", "SELECT id, name, type FROM domains ORDER BY name"},
		"read the list of zones"},
	[STATEMENT_DOMAIN] = {{"", "SELECT id, name, type FROM domains WHERE name = ?1"},
		"look a zone up"},
	[STATEMENT_ROWS] =
		{{"", "SELECT id, name, type, content, ifnull(ttl, 3600), prio, disabled,"
		      " ordername, auth FROM records WHERE domain_id = ?1"
		      " ORDER BY name, type"},
			"read records"},
	[STATEMENT_ROWS_OLD] = {{"", "SELECT id, name, type, content, ifnull(ttl, 3600), prio, 0,"
				     " NULL, 1 FROM records WHERE domain_id = ?1"
				     " ORDER BY name, type"},
		"read records"},
	[STATEMENT_CHANGES_THERE] = {{"SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
				      " AND name GLOB 'ensign_change_*'"},
		"look for changes"},
	[STATEMENT_CHANGES_NEWEST] = {{"SELECT ifnull(max(id), 0) FROM ensign_changes"},
		"look for changes"},
	[STATEMENT_CHANGES] = {{"SELECT id, zone FROM ensign_changes WHERE id > ?1 ORDER BY id"},
		"look for changes"},
};

/* What both schemas have in the same words stands once. */
static const char *sql_of(const struct store *store, enum statement which)
{
	const char *sql = statement_table[which].sql[store->con.schema];
	return sql != NULL ? sql : statement_table[which].sql[SCHEMA_BIND];
}

/* Causes a user can do something about. */
static const struct {
	int code;
	const char *advice;
} advice_table[] = {
	{SQLITE_BUSY, "another program holds it; try again"},
	{SQLITE_CANTOPEN, "check path and permissions, or make one with 'ensign create-bind-db'"},
	{SQLITE_READONLY, "the file and its directory must be writable for this user"},
	{SQLITE_NOTADB, "bind-dnssec-db must name a SQLite file"},
	{SQLITE_FULL, "the disk is full; nothing was changed"},
	{SQLITE_CORRUPT, "restore it from a copy, or try 'sqlite3 FILE .recover'"},
};

int store_fail(struct store *store, enum statement which)
{
	int code = sqlite3_errcode(store->con.db);
	const char *advice = NULL;
	for (unsigned i = 0; i < sizeof(advice_table) / sizeof(advice_table[0]); i++)
		if (advice_table[i].code == (code & 0xff))
			advice = advice_table[i].advice;
	snprintf(store->err, sizeof(store->err), "%s: cannot %s: %s%s%s%s", store->path,
		statement_table[which].purpose, sqlite3_errmsg(store->con.db), advice ? " (" : "",
		advice ? advice : "", advice ? ")" : "");
	return -1;
}

int store_fail_text(struct store *store, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = snprintf(store->err, sizeof(store->err), "%s: ", store->path);
	if (len > 0 && (size_t)len < sizeof(store->err))
		vsnprintf(store->err + len, sizeof(store->err) - (size_t)len, format, args);
	va_end(args);
	return -1;
}

/* ==== statements ============================================================================ */

static int bind_params(sqlite3_stmt *stmt, const struct param *param, unsigned cnt)
{
	for (unsigned i = 0; i < cnt; i++) {
		int column = (int)i + 1;
		int rc = param[i].text
				 ? sqlite3_bind_text(stmt, column, param[i].text, -1, SQLITE_STATIC)
				 : sqlite3_bind_int64(stmt, column, param[i].number);
		if (rc != SQLITE_OK)
			return -1;
	}
	return 0;
}

sqlite3_stmt *statement_begin(
	struct store *store, enum statement which, const struct param *param, unsigned cnt)
{
	sqlite3_stmt **stmt = &store->con.statement[which];
	if (!*stmt && sqlite3_prepare_v3(store->con.db, sql_of(store, which), -1,
			      SQLITE_PREPARE_PERSISTENT, stmt, NULL) != SQLITE_OK) {
		store_fail(store, which);
		return NULL;
	}
	if (bind_params(*stmt, param, cnt) != 0) {
		store_fail(store, which);
		return NULL;
	}
	return *stmt;
}

void statement_end(sqlite3_stmt *stmt)
{
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
}

int statement_step(struct store *store, enum statement which, sqlite3_stmt *stmt)
{
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		return 1;
	return rc == SQLITE_DONE ? 0 : store_fail(store, which);
}

int statement_number(struct store *store, enum statement which, int64_t *number)
{
	sqlite3_stmt *stmt = statement_begin(store, which, NULL, 0);
	if (!stmt)
		return -1;
	int rc = statement_step(store, which, stmt);
	*number = sqlite3_column_int64(stmt, 0);
	statement_end(stmt);
	return rc < 0 ? -1 : !rc;
}

/* Runs a statement that changes something; *changed_cnt (may be NULL) rows were. */
static int statement_run(struct store *store, enum statement which, const struct param *param,
	unsigned cnt, int *changed_cnt)
{
	sqlite3_stmt *stmt = statement_begin(store, which, param, cnt);
	if (!stmt)
		return -1;
	int rc = statement_step(store, which, stmt);
	statement_end(stmt);
	if (rc < 0)
		return -1;
	if (changed_cnt)
		*changed_cnt = sqlite3_changes(store->con.db);
	store->version++;
	return 0;
}

/* ==== connection ============================================================================ */

static void connection_close(struct connection *con)
{
	for (unsigned i = 0; i < STATEMENT_CNT; i++)
		sqlite3_finalize(con->statement[i]);
	sqlite3_close(con->db);
	*con = (struct connection){0};
}

/* Finds out whether the tables are there, and which of their layouts. */
static int layout_read(struct store *store)
{
	int64_t generic;
	if (statement_number(store, STATEMENT_SCHEMA, &generic) != 0)
		return -1;
	store->con.schema = generic ? SCHEMA_GENERIC : SCHEMA_BIND;
	sqlite3_stmt *stmt = statement_begin(store, STATEMENT_LAYOUT, NULL, 0);
	if (!stmt)
		return -1;
	int rc = statement_step(store, STATEMENT_LAYOUT, stmt);
	bool is_ours = rc == 1 && sqlite3_column_int(stmt, 0) == 1;
	store->con.has_published = rc == 1 && sqlite3_column_int(stmt, 1) == 1;
	store->con.has_disabled = rc == 1 && sqlite3_column_int(stmt, 2) == 1;
	statement_end(stmt);
	if (rc < 0)
		return -1;
	if (!is_ours)
		return store_fail_text(store, "lacks the tables of a bind-dnssec-db, or of "
					      "PowerDNS' generic schema; make "
					      "one with 'ensign create-bind-db FILE'");
	return 0;
}

static int data_version_read(struct store *store, int64_t *data_version)
{
	return statement_number(store, STATEMENT_DATA_VERSION, data_version) == 0 ? 0 : -1;
}

/* Settings of a connection: removed keys are overwritten in the file; a writer turns the
 * write-ahead log on, as PowerDNS does. */
static int connection_configure(struct store *store)
{
	sqlite3 *db = store->con.db;
	sqlite3_extended_result_codes(db, 1);
	sqlite3_busy_timeout(db, STORE_BUSY_MS);
	const char *sql = store->flags & STORE_WRITE
				  ? "PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL"
				  : "PRAGMA query_only = ON";
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? 0
		       : store_fail(store, STATEMENT_LAYOUT);
}

static int connection_open(struct store *store)
{
	int flags = store->flags & STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	struct stat st;
	if (stat(store->path, &st) != 0)
		return store_fail_text(store,
			"%s (bind-dnssec-db names it; make it with 'ensign create-bind-db FILE')",
			strerror(errno));
	store->con.dev = st.st_dev;
	store->con.ino = st.st_ino;
	if (sqlite3_open_v2(store->path, &store->con.db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK)
		return store_fail(store, STATEMENT_LAYOUT);
	if (connection_configure(store) != 0 || layout_read(store) != 0)
		return -1;
	return data_version_read(store, &store->con.data_version);
}

struct store *store_open(const char *path, unsigned flags, char err[static STORE_ERR_LEN])
{
	struct store *store = calloc(1, sizeof(*store));
	if (!store || !(store->path = strdup(path))) {
		snprintf(err, STORE_ERR_LEN, "%s: out of memory", path);
		return store_close(store);
	}
	store->flags = flags;
	store->version = 1;
	if (connection_open(store) != 0) {
		memcpy(err, store->err, STORE_ERR_LEN);
		return store_close(store);
	}
	return store;
}

struct store *store_close(struct store *store)
{
	if (!store)
		return NULL;
	store_rollback(store);
	connection_close(&store->con);
	free(store->path);
	free(store);
	return NULL;
}

bool store_is_writable(const struct store *store)
{
	return store->flags & STORE_WRITE;
}

const char *store_error(const struct store *store)
{
	return store->err;
}

/* Goes over to the file that now has our path; stays on the old one if that cannot be used. */
static int connection_replace(struct store *store)
{
	struct connection old = store->con;
	store->con = (struct connection){0};
	if (connection_open(store) != 0) {
		connection_close(&store->con);
		store->con = old;
		return -1;
	}
	connection_close(&old);
	store->version++;
	return 0;
}

int store_data_version(struct store *store, uint64_t *version)
{
	struct stat st;
	if (stat(store->path, &st) == 0 &&
		(st.st_dev != store->con.dev || st.st_ino != store->con.ino) &&
		connection_replace(store) != 0)
		return -1;
	int64_t seen = 0;
	if (data_version_read(store, &seen) != 0)
		return -1;
	if (seen != store->con.data_version) {
		if (layout_read(store) != 0)
			return -1;
		store->con.data_version = seen;
		store->version++;
	}
	*version = store->version;
	return 0;
}

/* ==== creating ============================================================================== */

static int schema_write(const char *path, char err[static STORE_ERR_LEN])
{
	sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, schema, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		snprintf(err, STORE_ERR_LEN, "%s: cannot write the tables: %s", path,
			db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	sqlite3_close(db);
	return rc == SQLITE_OK ? 0 : -1;
}

int store_create(const char *path, char err[static STORE_ERR_LEN])
{
	/* SQLite would take an existing file and use the umask: make the file ourselves */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		snprintf(err, STORE_ERR_LEN, "%s: cannot create the database: %s", path,
			errno == EEXIST ? "it already exists" : strerror(errno));
		return -1;
	}
	close(fd);
	if (schema_write(path, err) == 0)
		return 0;
	unlink(path);
	return -1;
}

/* ==== names ================================================================================= */

/* A dot at the end that no backslash takes its meaning from. */
static bool ends_in_dot(const char *name, size_t len)
{
	size_t backslash_cnt = 0;
	if (len == 0 || name[len - 1] != '.')
		return false;
	while (backslash_cnt < len - 1 && name[len - 2 - backslash_cnt] == '\\')
		backslash_cnt++;
	return backslash_cnt % 2 == 0;
}

int store_name(char dst[static STORE_NAME_MAX], const char *zone)
{
	size_t len = strlen(zone);
	if (len > 1 && ends_in_dot(zone, len))
		len--;
	if (len == 0 || len >= STORE_NAME_MAX)
		return -1;
	for (size_t i = 0; i < len; i++)
		dst[i] = zone[i] >= 'A' && zone[i] <= 'Z' ? (char)(zone[i] | 0x20) : zone[i];
	dst[len] = '\0';
	return 0;
}

int store_zone_name(struct store *store, char dst[static STORE_NAME_MAX], const char *zone)
{
	if (store_name(dst, zone) == 0)
		return 0;
	return store_fail_text(store, "'%.64s' is no zone name", zone);
}

/* ==== reading =============================================================================== */

/* Copy of a text column; NULL columns read as empty. NULL when memory is out. */
static char *column_dup(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);
	return strdup(text ? (const char *)text : "");
}

/* Grows an array before element cnt, doubling at powers of two. A grown array may be copied: the
 * elements hold pointers, never secrets themselves. */
static void *array_reserve(void *array, unsigned cnt, size_t element_len)
{
	if (cnt & (cnt - 1))
		return array;
	return reallocarray(array, cnt ? cnt * 2UL : 1, element_len);
}

static int key_read(struct store *store, sqlite3_stmt *stmt, struct store_keys *keys)
{
	int64_t flags = sqlite3_column_int64(stmt, 1);
	struct store_key *array = array_reserve(keys->key, keys->cnt, sizeof(*array));
	if (!array)
		return store_fail_text(store, "out of memory");
	keys->key = array;
	if (flags < 0 || flags > UINT16_MAX)
		return store_fail_text(store, "key %lld has impossible flags %lld",
			(long long)sqlite3_column_int64(stmt, 0), (long long)flags);
	struct store_key *key = &array[keys->cnt];
	*key = (struct store_key){
		.id = (uint64_t)sqlite3_column_int64(stmt, 0),
		.flags = (uint16_t)flags,
		.active = sqlite3_column_int(stmt, 2) != 0,
		.published = sqlite3_column_int(stmt, 3) != 0,
		.content = column_dup(stmt, 4),
	};
	if (!key->content)
		return store_fail_text(store, "out of memory");
	keys->cnt++;
	return 0;
}

int store_zone_keys(struct store *store, const char *zone, struct store_keys *keys)
{
	enum statement which = store->con.has_published ? STATEMENT_KEYS : STATEMENT_KEYS_OLD;
	char name[STORE_NAME_MAX];
	*keys = (struct store_keys){0};
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	sqlite3_stmt *stmt = statement_begin(store, which, &(struct param){.text = name}, 1);
	if (!stmt)
		return -1;
	int rc;
	while ((rc = statement_step(store, which, stmt)) == 1)
		if ((rc = key_read(store, stmt, keys)) != 0)
			break;
	statement_end(stmt);
	return rc;
}

void store_keys_deinit(struct store_keys *keys)
{
	for (unsigned i = 0; i < keys->cnt; i++) {
		explicit_bzero(keys->key[i].content, strlen(keys->key[i].content));
		free(keys->key[i].content);
	}
	free(keys->key);
	*keys = (struct store_keys){0};
}

const struct store_key *store_keys_find(const struct store_keys *keys, uint64_t id)
{
	for (unsigned i = 0; i < keys->cnt; i++)
		if (keys->key[i].id == id)
			return &keys->key[i];
	return NULL;
}

static int meta_read(struct store *store, sqlite3_stmt *stmt, struct store_metas *metas)
{
	struct store_meta *array = array_reserve(metas->meta, metas->cnt, sizeof(*array));
	if (!array)
		return store_fail_text(store, "out of memory");
	metas->meta = array;
	struct store_meta *meta = &array[metas->cnt++];
	*meta = (struct store_meta){column_dup(stmt, 0), column_dup(stmt, 1)};
	return meta->kind && meta->content ? 0 : store_fail_text(store, "out of memory");
}

int store_zone_meta(
	struct store *store, const char *zone, const char *kind, struct store_metas *metas)
{
	enum statement which = kind ? STATEMENT_META_KIND : STATEMENT_META;
	char name[STORE_NAME_MAX];
	*metas = (struct store_metas){0};
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct param param[] = {{.text = name}, {.text = kind}};
	sqlite3_stmt *stmt = statement_begin(store, which, param, kind ? 2 : 1);
	if (!stmt)
		return -1;
	int rc;
	while ((rc = statement_step(store, which, stmt)) == 1)
		if ((rc = meta_read(store, stmt, metas)) != 0)
			break;
	statement_end(stmt);
	return rc;
}

void store_metas_deinit(struct store_metas *metas)
{
	for (unsigned i = 0; i < metas->cnt; i++) {
		free(metas->meta[i].kind);
		free(metas->meta[i].content);
	}
	free(metas->meta);
	*metas = (struct store_metas){0};
}

const char *store_metas_find(const struct store_metas *metas, const char *kind)
{
	for (unsigned i = 0; i < metas->cnt; i++)
		if (strcasecmp(metas->meta[i].kind, kind) == 0)
			return metas->meta[i].content;
	return NULL;
}

/* ==== writing =============================================================================== */

int store_begin(struct store *store)
{
	if (store->in_transaction)
		return store_fail_text(store, "a change is under way already");
	if (statement_run(store, STATEMENT_BEGIN, NULL, 0, NULL) != 0)
		return -1;
	store->in_transaction = true;
	store->con.has_published_kept = store->con.has_published;
	return 0;
}

int store_commit(struct store *store)
{
	if (!store->in_transaction)
		return store_fail_text(store, "no change is under way");
	if (statement_run(store, STATEMENT_COMMIT, NULL, 0, NULL) != 0)
		return -1;
	store->in_transaction = false;
	return 0;
}

void store_rollback(struct store *store)
{
	/* after some failures SQLite has rolled back by itself; then this has nothing to do */
	if (!store->in_transaction)
		return;
	sqlite3_exec(store->con.db, "ROLLBACK", NULL, NULL, NULL);
	store->in_transaction = false;
	store->con.has_published = store->con.has_published_kept;
}

/* Gives an older table the column that says which keys are published. */
static int published_need(struct store *store)
{
	if (store->con.has_published)
		return 0;
	if (statement_run(store, STATEMENT_ADD_PUBLISHED, NULL, 0, NULL) != 0)
		return -1;
	store->con.has_published = true;
	return 0;
}

/* The generic schema has keys and metadata of zones it lists only. */
static int no_zone(struct store *store, const char *name)
{
	return store_fail_text(store, "has no zone %.200s", name);
}

int store_key_add(struct store *store, const char *zone, const struct store_key *key, uint64_t *id)
{
	char name[STORE_NAME_MAX];
	if (store_zone_name(store, name, zone) != 0 ||
		(!key->published && published_need(store) != 0))
		return -1;
	const struct param param[] = {{.text = name}, {.number = key->flags},
		{.number = key->active}, {.text = key->content}, {.number = key->published}};
	bool has_published = store->con.has_published;
	int added_cnt;
	if (statement_run(store, has_published ? STATEMENT_KEY_ADD : STATEMENT_KEY_ADD_OLD, param,
		    has_published ? 5 : 4, &added_cnt) != 0)
		return -1;
	if (added_cnt == 0)
		return no_zone(store, name);
	*id = (uint64_t)sqlite3_last_insert_rowid(store->con.db);
	return 0;
}

/* Runs a change of one key: 0, 1 if the zone has no key with this id, -1. */
static int key_change(struct store *store, enum statement which, const char *zone, uint64_t id,
	bool value, unsigned param_cnt)
{
	char name[STORE_NAME_MAX];
	int changed_cnt;
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct param param[] = {{.text = name}, {.number = (int64_t)id}, {.number = value}};
	if (statement_run(store, which, param, param_cnt, &changed_cnt) != 0)
		return -1;
	return changed_cnt == 0 ? 1 : 0;
}

int store_key_set_active(struct store *store, const char *zone, uint64_t id, bool active)
{
	return key_change(store, STATEMENT_KEY_ACTIVE, zone, id, active, 3);
}

/* Without the column every key is published; all there is to say is whether this one exists. */
static int key_exists(struct store *store, const char *zone, uint64_t id)
{
	struct store_keys keys;
	int rc = store_zone_keys(store, zone, &keys);
	if (rc == 0)
		rc = store_keys_find(&keys, id) ? 0 : 1;
	store_keys_deinit(&keys);
	return rc;
}

int store_key_set_published(struct store *store, const char *zone, uint64_t id, bool published)
{
	if (published && !store->con.has_published)
		return key_exists(store, zone, id);
	if (published_need(store) != 0)
		return -1;
	return key_change(store, STATEMENT_KEY_PUBLISHED, zone, id, published, 3);
}

int store_key_remove(struct store *store, const char *zone, uint64_t id)
{
	return key_change(store, STATEMENT_KEY_REMOVE, zone, id, false, 2);
}

int store_meta_add(struct store *store, const char *zone, const char *kind, const char *value)
{
	char name[STORE_NAME_MAX];
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct param param[] = {{.text = name}, {.text = kind}, {.text = value}};
	int added_cnt;
	if (statement_run(store, STATEMENT_META_ADD, param, 3, &added_cnt) != 0)
		return -1;
	return added_cnt > 0 ? 0 : no_zone(store, name);
}

static int meta_replace(struct store *store, const char *zone, const char *kind,
	const char *const *value, unsigned cnt)
{
	char name[STORE_NAME_MAX];
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct param param[] = {{.text = name}, {.text = kind}};
	if (statement_run(store, STATEMENT_META_REMOVE, param, 2, NULL) != 0)
		return -1;
	for (unsigned i = 0; i < cnt; i++)
		if (store_meta_add(store, zone, kind, value[i]) != 0)
			return -1;
	return 0;
}

int store_meta_set(struct store *store, const char *zone, const char *kind,
	const char *const *value, unsigned cnt)
{
	bool bracket = !store->in_transaction;
	if (bracket && store_begin(store) != 0)
		return -1;
	int rc = meta_replace(store, zone, kind, value, cnt);
	if (bracket && rc == 0)
		rc = store_commit(store);
	if (bracket && rc != 0)
		store_rollback(store);
	return rc;
}
