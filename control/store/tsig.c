/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/tsig.h"

#include <stdlib.h>

#include "control/store/store_private.h"

static int tsig_read(struct store *store, void *ctx)
{
	struct store_tsig_keys *keys = ctx;
	struct store_tsig_key *array = store_array_reserve(keys->key, keys->cnt, sizeof(*array));
	if (!array)
		return store_fail_memory(store);
	keys->key = array;
	struct store_tsig_key *key = &array[keys->cnt++];
	*key = (struct store_tsig_key){
		.id = (uint64_t)db_number(store->db, 0, 0),
		.name = store_column_dup(store, 1),
		.algorithm = store_column_dup(store, 2),
		.secret = store_column_dup(store, 3),
	};
	return key->name && key->algorithm && key->secret ? 0 : store_fail_memory(store);
}

static int key_name(struct store *store, char dst[static STORE_NAME_MAX], const char *name)
{
	if (store_name(dst, name) != 0)
		return store_fail_text(store, "'%.64s' is no name of a TSIG key", name);
	return store_need(store, "tsigkeys.secret");
}

int store_tsig_keys(struct store *store, const char *name, struct store_tsig_keys *keys)
{
	char key[STORE_NAME_MAX];
	*keys = (struct store_tsig_keys){0};
	if (key_name(store, key, name ? name : ".") != 0)
		return -1;
	const struct db_value value = db_from_text(key);
	enum statement which = name ? STATEMENT_TSIG_KEY : STATEMENT_TSIG_KEYS;
	return store_each(store, which, &value, tsig_read, keys);
}

void store_tsig_keys_deinit(struct store_tsig_keys *keys)
{
	for (unsigned i = 0; i < keys->cnt; i++) {
		free(keys->key[i].name);
		free(keys->key[i].algorithm);
		store_wipe(keys->key[i].secret);
	}
	free(keys->key);
	*keys = (struct store_tsig_keys){0};
}

static int tsig_replace(struct store *store, void *ctx)
{
	const struct db_value *value = ctx;
	if (store_run(store, STATEMENT_TSIG_REPLACE, value) != 0)
		return -1;
	return store_run(store, STATEMENT_TSIG_ADD, value);
}

int store_tsig_key_set(
	struct store *store, const char *name, const char *algorithm, const char *secret)
{
	char key[STORE_NAME_MAX];
	if (key_name(store, key, name) != 0)
		return -1;
	struct db_value value[] = {
		db_from_text(key), db_from_text(algorithm), db_from_text(secret)};
	return store_as_one(store, tsig_replace, value);
}

int store_tsig_key_remove(struct store *store, const char *name)
{
	char key[STORE_NAME_MAX];
	if (key_name(store, key, name) != 0)
		return -1;
	const struct db_value value = db_from_text(key);
	return store_run_one(store, STATEMENT_TSIG_REMOVE, &value);
}
