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
	"CREATE TABLE IF NOT EXISTS ensign_changes ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" zone VARCHAR(255) NOT NULL COLLATE NOCASE UNIQUE);" TRIGGERS("domains", "OLD.name",
		"NEW.name") TRIGGERS("records", ZONE_OF("OLD"), ZONE_OF("NEW"))
		TRIGGERS("cryptokeys", ZONE_OF("OLD"), ZONE_OF("NEW"))
			TRIGGERS("domainmetadata", ZONE_OF("OLD"), ZONE_OF("NEW"));

static int install_all(struct store *store, void *ctx)
{
	return db_script(store->db, install, "install the triggers that tell of changes");
}

int store_changes_install(struct store *store)
{
	int64_t cnt;
	if (!store_is_writable(store))
		return store_fail_text(store, "cannot install the triggers that tell of changes: "
					      "it is open for reading only");
	if (db_query_number(store->db, STATEMENT_TRIGGERS, NULL, &cnt) != 0)
		return -1;
	return cnt == TRIGGER_CNT ? 0 : store_as_one(store, install_all, NULL);
}

static int tell(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	const struct db_value value = db_from_number(cursor->id);
	int rc;
	if (db_start(store->db, STATEMENT_CHANGES, &value) != 0)
		return -1;
	while ((rc = db_step(store->db)) == 1) {
		cursor->id = db_number(store->db, 0, 0);
		changed(ctx, db_text(store->db, 1));
	}
	db_end(store->db);
	return rc;
}

/* Begins anew with the database: 1 if it took the place of another. */
static int enter(struct store *store, struct store_cursor *cursor)
{
	bool is_first = cursor->file == 0;
	cursor->file = store->ino;
	cursor->id = 0;
	if (db_query_number(store->db, STATEMENT_CHANGES_NEWEST, NULL, &cursor->id) != 0)
		return -1;
	return !is_first;
}

static int look(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	int64_t cnt;
	if (db_query_number(store->db, STATEMENT_TRIGGERS, NULL, &cnt) != 0)
		return -1;
	if (cnt < TRIGGER_CNT) {
		bool is_first = cursor->file == 0;
		cursor->file = store->ino;
		return !is_first;
	}
	return cursor->file == store->ino ? tell(store, cursor, changed, ctx)
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
