/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/row.h"

#include <stddef.h>

#include "control/store/store_private.h"

/* ==== reading =============================================================================== */

/* What makes no sense as a TTL is as if it were the largest number, which is none. */
static uint32_t ttl_of(struct db *db, unsigned column)
{
	int64_t ttl = db_number(db, column, STORE_TTL_DEFAULT_S);
	return ttl >= 0 && ttl <= UINT32_MAX ? (uint32_t)ttl : UINT32_MAX;
}

static struct store_row row_of(struct db *db)
{
	return (struct store_row){
		.id = (uint64_t)db_number(db, 0, 0),
		.name = db_text(db, 1),
		.type = db_text(db, 2),
		.content = db_text(db, 3),
		.ttl_s = ttl_of(db, 4),
		.prio = (int)db_number(db, 5, -1),
		.disabled = db_bool(db, 6, false),
		.ordername = db_text(db, 7),
		.auth = db_bool(db, 8, true),
	};
}

/* Whom rows are given to. */
struct taker {
	store_row_fn *fn;
	void *ctx;
};

static int give_row(struct store *store, void *taker)
{
	const struct taker *to = taker;
	struct store_row row = row_of(store->db);
	return to->fn(to->ctx, &row);
}

static int rows_read(struct store *store, enum statement which, const struct db_value *value,
	store_row_fn *fn, void *ctx)
{
	struct taker to = {fn, ctx};
	return store_each(store, which, value, give_row, &to);
}

int store_rows(struct store *store, uint64_t domain_id, store_row_fn *fn, void *ctx)
{
	const struct db_value value = db_from_number((int64_t)domain_id);
	return rows_read(store, STATEMENT_ROWS, &value, fn, ctx);
}

int store_rows_ordered(struct store *store, uint64_t domain_id, store_row_fn *fn, void *ctx)
{
	const struct db_value value = db_from_number((int64_t)domain_id);
	if (store_need(store, "records.ordername") != 0)
		return -1;
	return rows_read(store, STATEMENT_ROWS_ORDERED, &value, fn, ctx);
}

int store_rows_at(
	struct store *store, uint64_t domain_id, const char *name, store_row_fn *fn, void *ctx)
{
	char owner[STORE_NAME_MAX];
	if (store_zone_name(store, owner, name) != 0)
		return -1;
	const struct db_value value[] = {db_from_number((int64_t)domain_id), db_from_text(owner)};
	return rows_read(store, STATEMENT_ROWS_AT, value, fn, ctx);
}

/* ==== writing =============================================================================== */

/* What tables of an older PowerDNS cannot say is not left unsaid. */
static int need_columns(struct store *store, const struct store_row *row)
{
	if (row->disabled && store_need(store, "records.disabled") != 0)
		return -1;
	if (row->ordername != NULL && store_need(store, "records.ordername") != 0)
		return -1;
	return row->auth ? 0 : store_need(store, "records.auth");
}

static struct db_value number_or_null(bool is_null, int64_t number)
{
	return is_null ? db_from_text(NULL) : db_from_number(number);
}

/* Values of the statements that write whole rows; id is the row's or the zone's. */
static int row_run(
	struct store *store, enum statement which, uint64_t id, const struct store_row *row)
{
	char owner[STORE_NAME_MAX];
	bool is_ent = row->type == NULL;
	if (store_zone_name(store, owner, row->name) != 0 || need_columns(store, row) != 0)
		return -1;
	const struct db_value value[] = {
		db_from_number((int64_t)id),
		db_from_text(owner),
		db_from_text(row->type),
		db_from_text(row->content),
		number_or_null(is_ent, row->ttl_s),
		number_or_null(is_ent || row->prio < 0, row->prio),
		db_from_number(row->disabled),
		db_from_text(row->ordername),
		db_from_number(row->auth),
	};
	return store_run_one(store, which, value);
}

int store_row_add(
	struct store *store, uint64_t domain_id, const struct store_row *row, uint64_t *id)
{
	if (row_run(store, STATEMENT_ROW_ADD, domain_id, row) != 0)
		return -1;
	*id = store->db->inserted_id;
	return 0;
}

int store_row_change(struct store *store, const struct store_row *row)
{
	return row_run(store, STATEMENT_ROW_CHANGE, row->id, row);
}

int store_row_order(struct store *store, uint64_t id, const char *ordername, bool auth)
{
	if (store_need(store, "records.ordername") != 0 || store_need(store, "records.auth") != 0)
		return -1;
	const struct db_value value[] = {
		db_from_number((int64_t)id), db_from_text(ordername), db_from_number(auth)};
	return store_run_one(store, STATEMENT_ROW_ORDER, value);
}

int store_row_remove(struct store *store, uint64_t id)
{
	const struct db_value value = db_from_number((int64_t)id);
	return store_run_one(store, STATEMENT_ROW_REMOVE, &value);
}

int store_rows_remove(struct store *store, uint64_t domain_id, const char *name, const char *type)
{
	char owner[STORE_NAME_MAX];
	if (store_zone_name(store, owner, name != NULL ? name : ".") != 0)
		return -1;
	const struct db_value value[] = {
		db_from_number((int64_t)domain_id), db_from_text(owner), db_from_text(type)};
	if (name == NULL)
		return store_run_one(store, STATEMENT_ROWS_REMOVE, value);
	return store_run_one(store,
		type != NULL ? STATEMENT_ROWS_REMOVE_TYPE : STATEMENT_ROWS_REMOVE_NAME, value);
}
