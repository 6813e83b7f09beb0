/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/changes.h"

#include <stdlib.h>

#include "control/store/changes_private.h"
#include "control/store/changes_text.h"
#include "control/store/store_private.h"

void store_cursor_deinit(struct store_cursor *cursor)
{
	free(cursor->seen);
	changes_forget_sums(cursor);
	*cursor = (struct store_cursor){0};
}

/* ==== installing ============================================================================ */

static int has_triggers(struct store *store, bool *has)
{
	int64_t cnt;
	if (db_query_number(store->db, STATEMENT_TRIGGERS, NULL, &cnt) != 0)
		return -1;
	*has = cnt == changes_text[store->config.database].trigger_cnt;
	return 0;
}

static int install_all(struct store *store, void *ctx)
{
	return db_script(store->db, changes_text[store->config.database].install,
		"install the triggers that tell of changes");
}

/* Of SQLite there is one row a zone, at most. */
static int remove_old(struct store *store)
{
	return store->db->driver->is_server ? db_run(store->db, STATEMENT_CHANGES_PRUNE, NULL) : 0;
}

int store_changes_install(struct store *store)
{
	bool there;
	if (!store_is_writable(store))
		return store_fail_text(store, "cannot install the triggers that tell of changes: "
					      "it is open for reading only");
	if (has_triggers(store, &there) != 0)
		return -1;
	if (!there && store_as_one(store, install_all, NULL) != 0)
		return -1;
	return remove_old(store);
}

/* ==== reading what triggers noted ============================================================ */

static int compare_ids(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static bool was_seen(const struct store_cursor *cursor, int64_t id)
{
	return cursor->seen_cnt != 0 &&
	       bsearch(&id, cursor->seen, cursor->seen_cnt, sizeof(id), compare_ids) != NULL;
}

struct telling {
	struct store_cursor *cursor;
	store_changed_fn *changed;
	void *ctx;
	int64_t *seen; /* takes the place of the cursor's */
	unsigned seen_cnt;
	bool all; /* rows that were not seen are gone, or one says so */
};

enum age { OPEN, FINAL, OLD };

static int keep_seen(struct telling *t, int64_t id)
{
	int64_t *seen = store_array_reserve(t->seen, t->seen_cnt, sizeof(*seen));
	if (seen == NULL)
		return -1;
	seen[t->seen_cnt++] = id;
	t->seen = seen;
	return 0;
}

/* position, id, zone, age: in order of position. */
static int tell_row(struct store *store, void *ctx)
{
	struct telling *t = ctx;
	struct db *db = store->db;
	int64_t position = db_number(db, 0, 0), id = db_number(db, 1, 0);
	enum age age = (enum age)db_number(db, 3, OPEN);
	const char *zone = db_text(db, 2);
	if (zone == NULL || zone[0] == '\0' || age == OLD)
		t->all = true;
	else if (!was_seen(t->cursor, id))
		t->changed(t->ctx, zone);
	if (age == OPEN && position > t->cursor->base + 1)
		return keep_seen(t, id) == 0 ? 0 : store_fail_memory(store);
	if (position > t->cursor->base)
		t->cursor->base = position;
	return 0;
}

static int tell_rows(struct telling *t, struct store *store)
{
	const struct db_value value = db_from_number(t->cursor->base);
	return store_each(store, STATEMENT_CHANGES, &value, tell_row, t);
}

/* After a failure what was seen before holds; some is told of again then. */
static int tell(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	struct telling t = {.cursor = cursor, .changed = changed, .ctx = ctx};
	if (tell_rows(&t, store) != 0) {
		free(t.seen);
		return -1;
	}
	if (t.seen_cnt != 0)
		qsort(t.seen, t.seen_cnt, sizeof(*t.seen), compare_ids);
	free(cursor->seen);
	cursor->seen = t.seen;
	cursor->seen_cnt = t.seen_cnt;
	return t.all;
}

/* ==== where to begin ======================================================================== */

static int place_read(struct store *store, uint64_t *place)
{
	int64_t number = (int64_t)store->ino;
	if (store->db->driver->is_server &&
		db_query_number(store->db, STATEMENT_CHANGES_PLACE, NULL, &number) != 0)
		return -1;
	*place = (uint64_t)number;
	return 0;
}

static bool is_fresh(const struct store_cursor *cursor)
{
	return cursor->version == 0 && cursor->place == 0 && cursor->sum == NULL;
}

/* Begins anew, from now on: 1 if it was elsewhere before, or had no triggers to go by. */
static int enter(struct store *store, struct store_cursor *cursor, uint64_t place)
{
	bool is_first = is_fresh(cursor);
	store_cursor_deinit(cursor);
	if (db_query_number(store->db, STATEMENT_CHANGES_NEWEST, NULL, &cursor->base) != 0)
		return -1;
	cursor->place = place;
	return !is_first;
}

/* With a new connection: whether the table is there and the one that was read last. */
static int look_around(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	uint64_t place;
	if (!layout_has(&store->db->layout, "ensign_changes.id") &&
		db_reread_layout(store->db) != 0)
		return -1;
	if (place_read(store, &place) != 0)
		return -1;
	db_listen(store->db, "ensign_changes");
	if (cursor->place != place)
		return enter(store, cursor, place);
	return tell(store, cursor, changed, ctx);
}

static int without_triggers(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	bool is_first = is_fresh(cursor);
	if (store->db->driver->is_server)
		return changes_by_sum(store, cursor, changed, ctx);
	cursor->place = store->ino;
	return !is_first;
}

static int look(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	bool there;
	if (has_triggers(store, &there) != 0)
		return -1;
	return there ? look_around(store, cursor, changed, ctx)
		     : without_triggers(store, cursor, changed, ctx);
}

/* ==== each time ============================================================================= */

/* Whether the server's table is known, so that reading it is all there is to do. */
static bool is_settled(const struct store *store, const struct store_cursor *cursor)
{
	return store->db->driver->is_server && cursor->version != 0 && cursor->place != 0 &&
	       cursor->connection == store->db->connection;
}

static int read_on(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	return db_heard(store->db) ? tell(store, cursor, changed, ctx) : 0;
}

int store_changes(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	uint64_t version;
	if (is_settled(store, cursor))
		return read_on(store, cursor, changed, ctx);
	if (store_data_version(store, &version) != 0)
		return -1;
	if (version == cursor->version && cursor->connection == store->db->connection)
		return 0;
	int r = look(store, cursor, changed, ctx);
	if (r >= 0) {
		cursor->version = version;
		cursor->connection = store->db->connection;
	}
	return r;
}
