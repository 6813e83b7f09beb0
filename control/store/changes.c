/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/changes.h"

#include "control/store/store_private.h"

#define TRIGGER_CNT 12

/* A conflict clause would be overridden by that of the statement that fires the trigger. */
#define NOTE(zone)                                                                                 \
	" DELETE FROM ensign_changes WHERE zone = " zone ";"                                       \
	" INSERT INTO ensign_changes (zone) SELECT " zone " WHERE " zone " IS NOT NULL;"
#define ZONE_OF(row) "(SELECT name FROM domains WHERE id = " row ".domain_id)"

#define TRIGGER(table, event, text)                                                                \
	"CREATE TRIGGER IF NOT EXISTS ensign_change_" table "_" event " AFTER " event " ON " table \
	" BEGIN" text " END;"
#define TRIGGERS(table, old, new)                                                                  \
	TRIGGER(table, "INSERT", NOTE(new))                                                        \
	TRIGGER(table, "UPDATE", NOTE(old) NOTE(new)) TRIGGER(table, "DELETE", NOTE(old))

static const char install[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE IF NOT EXISTS ensign_changes ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" zone VARCHAR(255) NOT NULL COLLATE NOCASE UNIQUE);" TRIGGERS("domains", "OLD.name",
		"NEW.name") TRIGGERS("records", ZONE_OF("OLD"), ZONE_OF("NEW"))
		TRIGGERS("cryptokeys", ZONE_OF("OLD"), ZONE_OF("NEW"))
			TRIGGERS("domainmetadata", ZONE_OF("OLD"), ZONE_OF("NEW")) "COMMIT;";

int store_changes_install(struct store *store)
{
	int64_t cnt;
	if (statement_number(store, STATEMENT_CHANGES_THERE, &cnt) != 0)
		return -1;
	if (cnt == TRIGGER_CNT)
		return 0;
	if (sqlite3_exec(store->con.db, install, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	store_fail_text(store, "cannot install the triggers that tell of changes: %s",
		sqlite3_errmsg(store->con.db));
	sqlite3_exec(store->con.db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

static int tell(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	const struct param param = {.number = cursor->id};
	sqlite3_stmt *stmt = statement_begin(store, STATEMENT_CHANGES, &param, 1);
	int rc;
	if (stmt == NULL)
		return -1;
	while ((rc = statement_step(store, STATEMENT_CHANGES, stmt)) == 1) {
		cursor->id = sqlite3_column_int64(stmt, 0);
		changed(ctx, (const char *)sqlite3_column_text(stmt, 1));
	}
	statement_end(stmt);
	return rc;
}

/* Begins anew with the database: 1 if it took the place of another. */
static int enter(struct store *store, struct store_cursor *cursor)
{
	bool is_first = cursor->file == 0;
	cursor->file = store->con.ino;
	cursor->id = 0;
	int r = statement_number(store, STATEMENT_CHANGES_NEWEST, &cursor->id);
	return r < 0 ? r : !is_first;
}

static int look(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	int64_t cnt;
	if (statement_number(store, STATEMENT_CHANGES_THERE, &cnt) != 0)
		return -1;
	if (cnt < TRIGGER_CNT) {
		bool is_first = cursor->file == 0;
		cursor->file = store->con.ino;
		return !is_first;
	}
	return cursor->file == store->con.ino ? tell(store, cursor, changed, ctx)
					      : enter(store, cursor);
}

int store_changes(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	uint64_t version;
	if (store_data_version(store, &version) != 0)
		return -1;
	if (version == cursor->version)
		return 0;
	int r = look(store, cursor, changed, ctx);
	if (r >= 0)
		cursor->version = version;
	return r;
}
