/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "control/store/domain.h"
#include "control/store/store_private.h"

/* ==== opening =============================================================================== */

static bool is_file(const struct store *store)
{
	return store->config.database == STORE_SQLITE;
}

static void note_file(struct store *store)
{
	struct stat st;
	if (!is_file(store) || stat(store->config.name, &st) != 0)
		return;
	store->dev = st.st_dev;
	store->ino = st.st_ino;
}

static unsigned db_flags(const struct store *store)
{
	return store->flags & STORE_WRITE ? DB_WRITE : 0;
}

static int data_version_read(struct store *store, int64_t *data_version)
{
	enum statement which = STATEMENT_VERSION;
	if (!is_file(store))
		which = layout_has(&store->db->layout, "ensign_changes.id")
				? STATEMENT_CHANGES_VERSION
				: STATEMENT_CONTENT_VERSION;
	return db_query_number(store->db, which, NULL, data_version);
}

struct store *store_open(
	const struct store_config *config, unsigned flags, char err[static STORE_ERR_LEN])
{
	struct store *store = calloc(1, sizeof(*store));
	if (!store) {
		snprintf(err, STORE_ERR_LEN, "%s: out of memory", config->name);
		return NULL;
	}
	store->config = *config;
	store->flags = flags;
	store->version = 1;
	note_file(store);
	store->db = db_open(config, db_flags(store), err);
	if (!store->db)
		return store_close(store);
	if (data_version_read(store, &store->data_version) == 0)
		return store;
	memcpy(err, store->db->err, STORE_ERR_LEN);
	return store_close(store);
}

struct store *store_open_file(const char *path, unsigned flags, char err[static STORE_ERR_LEN])
{
	const struct store_config config = store_config_file(path);
	return store_open(&config, flags, err);
}

struct store *store_close(struct store *store)
{
	if (!store)
		return NULL;
	db_close(store->db);
	free(store);
	return NULL;
}

bool store_is_writable(const struct store *store)
{
	return store->flags & STORE_WRITE;
}

bool store_has_records(const struct store *store)
{
	return !store->db->layout.is_bind;
}

/* ==== errors ================================================================================ */

const char *store_error(const struct store *store)
{
	return store->db->err;
}

int store_fail_text(struct store *store, const char *format, ...)
{
	char text[STORE_ERR_LEN];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return db_fail(store->db, "%s", text);
}

int store_fail_memory(struct store *store)
{
	return store_fail_text(store, "out of memory");
}

int store_need(struct store *store, const char *column)
{
	if (layout_has(&store->db->layout, column))
		return 0;
	return store_fail_text(store,
		"the tables are of an older PowerDNS, without %s; 'ensign migrate-schema' brings "
		"them up to date",
		column);
}

/* ==== version =============================================================================== */

/* Goes over to the file that now has our path; stays on the old one if that cannot be used. */
static int replace_file(struct store *store)
{
	char err[STORE_ERR_LEN];
	struct db *fresh = db_open(&store->config, db_flags(store), err);
	if (!fresh) {
		memcpy(store->db->err, err, sizeof(err));
		return -1;
	}
	db_close(store->db);
	store->db = fresh;
	note_file(store);
	store->version++;
	return data_version_read(store, &store->data_version);
}

static bool file_is_another(const struct store *store)
{
	struct stat st;
	return is_file(store) && stat(store->config.name, &st) == 0 &&
	       (st.st_dev != store->dev || st.st_ino != store->ino);
}

int store_data_version(struct store *store, uint64_t *version)
{
	int64_t seen = 0;
	if (file_is_another(store) && replace_file(store) != 0)
		return -1;
	if (data_version_read(store, &seen) != 0)
		return -1;
	if (seen != store->data_version) {
		if (is_file(store) && db_reread_layout(store->db) != 0)
			return -1;
		store->data_version = seen;
		store->version++;
	}
	*version = store->version;
	return 0;
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

int store_zone_value(struct store *store, struct db_value *value, char dst[static STORE_NAME_MAX],
	const char *zone)
{
	struct store_domain domain;
	if (store_zone_name(store, dst, zone) != 0)
		return -1;
	*value = db_from_text(dst);
	if (!store_has_records(store))
		return 0;
	int rc = store_domain_find(store, dst, &domain);
	*value = db_from_number((int64_t)domain.id);
	store_domain_deinit(&domain);
	return rc == 1 ? store_fail_text(store, "the table domains has no zone %s", dst) : rc;
}

/* ==== memory ================================================================================ */

char *store_column_dup(struct store *store, unsigned column)
{
	const char *text = db_text(store->db, column);
	return strdup(text ? text : "");
}

void *store_array_reserve(void *array, unsigned cnt, size_t element_len)
{
	if (cnt & (cnt - 1))
		return array;
	return reallocarray(array, cnt ? cnt * 2UL : 1, element_len);
}

void store_wipe(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* ==== changes =============================================================================== */

int store_each(struct store *store, enum statement which, const struct db_value *value,
	store_read_fn *read, void *ctx)
{
	int rc;
	if (db_start(store->db, which, value) != 0)
		return -1;
	while ((rc = db_step(store->db)) == 1)
		if ((rc = read(store, ctx)) != 0)
			break;
	db_end(store->db);
	return rc;
}

int store_run(struct store *store, enum statement which, const struct db_value *value)
{
	if (db_run(store->db, which, value) != 0)
		return -1;
	store->version++;
	return 0;
}

int store_run_one(struct store *store, enum statement which, const struct db_value *value)
{
	if (store_run(store, which, value) != 0)
		return -1;
	return store->db->changed_cnt == 0 ? 1 : 0;
}

int store_begin(struct store *store)
{
	store->layout_touched = false;
	return db_begin(store->db);
}

int store_commit(struct store *store)
{
	return db_commit(store->db);
}

void store_rollback(struct store *store)
{
	db_rollback(store->db);
	if (store->layout_touched && db_reread_layout(store->db) == 0)
		store->layout_touched = false;
}

int store_as_one(struct store *store, store_change_fn *fn, void *ctx)
{
	if (store->db->in_transaction)
		return fn(store, ctx);
	if (store_begin(store) != 0)
		return -1;
	int rc = fn(store, ctx);
	if (rc == 0)
		rc = store_commit(store);
	if (rc != 0)
		store_rollback(store);
	return rc;
}
