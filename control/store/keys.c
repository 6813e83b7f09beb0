/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table cryptokeys.
 */
#include <stdlib.h>

#include "control/store/domain.h"
#include "control/store/store_private.h"

/* ==== reading =============================================================================== */

static int key_read(struct store *store, void *ctx)
{
	struct store_keys *keys = ctx;
	struct db *db = store->db;
	int64_t id = db_number(db, 0, 0), flags = db_number(db, 1, -1);
	struct store_key *array = store_array_reserve(keys->key, keys->cnt, sizeof(*array));
	if (!array)
		return store_fail_memory(store);
	keys->key = array;
	if (flags < 0 || flags > UINT16_MAX)
		return store_fail_text(store, "key %lld has impossible flags %lld", (long long)id,
			(long long)flags);
	struct store_key *key = &array[keys->cnt];
	*key = (struct store_key){
		.id = (uint64_t)id,
		.flags = (uint16_t)flags,
		.active = db_bool(db, 2, false),
		.published = db_bool(db, 3, true),
		.content = store_column_dup(store, 4),
	};
	if (!key->content)
		return store_fail_memory(store);
	keys->cnt++;
	return 0;
}

int store_zone_keys(struct store *store, const char *zone, struct store_keys *keys)
{
	char name[STORE_NAME_MAX];
	*keys = (struct store_keys){0};
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	if (store->config.no_dnssec)
		return 0;
	const struct db_value value = db_from_text(name);
	return store_each(store, STATEMENT_KEYS, &value, key_read, keys);
}

void store_keys_deinit(struct store_keys *keys)
{
	for (unsigned i = 0; i < keys->cnt; i++)
		store_wipe(keys->key[i].content);
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

/* ==== writing =============================================================================== */

static bool has_published(const struct store *store)
{
	return layout_has(&store->db->layout, "cryptokeys.published");
}

/* Gives an older bind-dnssec-db the column that says which keys are published. */
static int published_need(struct store *store)
{
	if (has_published(store))
		return 0;
	if (store_has_records(store))
		return store_need(store, "cryptokeys.published");
	if (store_run(store, STATEMENT_ADD_PUBLISHED, NULL) != 0)
		return -1;
	store->layout_touched = true;
	return db_reread_layout(store->db);
}

int store_key_add(struct store *store, const char *zone, const struct store_key *key, uint64_t *id)
{
	char name[STORE_NAME_MAX];
	struct db_value value[] = {
		{0},
		db_from_number(key->flags),
		db_from_number(key->active),
		db_from_text(key->content),
		db_from_number(key->published),
	};
	if (store->config.no_dnssec)
		return store_fail_text(store, "no key was added: the settings say that there is no "
					      "DNSSEC in this database (see gsqlite3-dnssec, "
					      "gpgsql-dnssec, gmysql-dnssec)");
	if (store_zone_value(store, &value[0], name, zone) != 0)
		return -1;
	if (!key->published && published_need(store) != 0)
		return -1;
	if (store_run(store, STATEMENT_KEY_ADD, value) != 0)
		return -1;
	*id = store->db->inserted_id;
	return 0;
}

/* Runs a change of one key: 0, 1 if the zone has no key with this id, -1. */
static int key_change(
	struct store *store, enum statement which, const char *zone, uint64_t id, bool on)
{
	char name[STORE_NAME_MAX];
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct db_value value[] = {
		db_from_text(name), db_from_number((int64_t)id), db_from_number(on)};
	return store_run_one(store, which, value);
}

int store_key_set_active(struct store *store, const char *zone, uint64_t id, bool active)
{
	return key_change(store, STATEMENT_KEY_ACTIVE, zone, id, active);
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
	if (published && !has_published(store))
		return key_exists(store, zone, id);
	if (published_need(store) != 0)
		return -1;
	return key_change(store, STATEMENT_KEY_PUBLISHED, zone, id, published);
}

int store_key_remove(struct store *store, const char *zone, uint64_t id)
{
	return key_change(store, STATEMENT_KEY_REMOVE, zone, id, false);
}
