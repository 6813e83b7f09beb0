/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table domainmetadata.
 */
#include <stdlib.h>
#include <strings.h>

#include "control/store/store_private.h"

/* ==== reading =============================================================================== */

/* What PowerDNS does not see where it is told that there is no DNSSEC. */
static bool is_hidden(const struct store *store, const char *kind)
{
	static const char *const signing[] = {"PRESIGNED", "NSEC3PARAM", "NSEC3NARROW"};
	for (unsigned i = 0; store->config.no_dnssec && i < sizeof(signing) / sizeof(*signing); i++)
		if (kind && strcasecmp(kind, signing[i]) == 0)
			return true;
	return false;
}

static int meta_read(struct store *store, void *ctx)
{
	struct store_metas *metas = ctx;
	if (is_hidden(store, db_text(store->db, 0)))
		return 0;
	struct store_meta *array = store_array_reserve(metas->meta, metas->cnt, sizeof(*array));
	if (!array)
		return store_fail_memory(store);
	metas->meta = array;
	struct store_meta *meta = &array[metas->cnt++];
	*meta = (struct store_meta){store_column_dup(store, 0), store_column_dup(store, 1)};
	return meta->kind && meta->content ? 0 : store_fail_memory(store);
}

int store_zone_meta(
	struct store *store, const char *zone, const char *kind, struct store_metas *metas)
{
	char name[STORE_NAME_MAX];
	*metas = (struct store_metas){0};
	if (store_zone_name(store, name, zone) != 0)
		return -1;
	const struct db_value value[] = {db_from_text(name), db_from_text(kind)};
	enum statement which = kind ? STATEMENT_META_KIND : STATEMENT_META;
	return store_each(store, which, value, meta_read, metas);
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

int store_meta_add(struct store *store, const char *zone, const char *kind, const char *content)
{
	char name[STORE_NAME_MAX];
	struct db_value value[] = {{0}, db_from_text(kind), db_from_text(content)};
	if (store_zone_value(store, &value[0], name, zone) != 0)
		return -1;
	return store_run(store, STATEMENT_META_ADD, value);
}

struct replacement {
	const char *zone;
	const char *kind;
	const char *const *content;
	unsigned cnt;
};

static int meta_replace(struct store *store, void *ctx)
{
	const struct replacement *r = ctx;
	char name[STORE_NAME_MAX];
	if (store_zone_name(store, name, r->zone) != 0)
		return -1;
	const struct db_value value[] = {db_from_text(name), db_from_text(r->kind)};
	if (store_run(store, STATEMENT_META_REMOVE, value) != 0)
		return -1;
	for (unsigned i = 0; i < r->cnt; i++)
		if (store_meta_add(store, r->zone, r->kind, r->content[i]) != 0)
			return -1;
	return 0;
}

int store_meta_set(struct store *store, const char *zone, const char *kind,
	const char *const *content, unsigned cnt)
{
	struct replacement replacement = {zone, kind, content, cnt};
	return store_as_one(store, meta_replace, &replacement);
}
