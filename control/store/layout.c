/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/layout.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "control/store/db.h"

enum need {
	LATER,	/* came with a later version */
	ALWAYS, /* of both schemas */
	BIND,	/* of bind-dnssec-db */
	GENERIC,
};

static const struct {
	const char *name;
	enum need need;
} column_table[] = {
	{"domains.id", GENERIC},
	{"domains.name", GENERIC},
	{"domains.type", GENERIC},
	{"domains.master", GENERIC},
	{"domains.account", GENERIC},
	{"domains.notified_serial", GENERIC},
	{"domains.last_check", GENERIC},
	{"domains.options", LATER},
	{"domains.catalog", LATER},
	{"records.id", GENERIC},
	{"records.domain_id", GENERIC},
	{"records.name", GENERIC},
	{"records.type", GENERIC},
	{"records.content", GENERIC},
	{"records.ttl", GENERIC},
	{"records.prio", GENERIC},
	{"records.disabled", LATER},
	{"records.ordername", LATER},
	{"records.auth", LATER},
	{"comments.domain_id", LATER},
	{"supermasters.ip", LATER},
	{"domainmetadata.id", ALWAYS},
	{"domainmetadata.domain", BIND},
	{"domainmetadata.domain_id", GENERIC},
	{"domainmetadata.kind", ALWAYS},
	{"domainmetadata.content", ALWAYS},
	{"cryptokeys.id", ALWAYS},
	{"cryptokeys.domain", BIND},
	{"cryptokeys.domain_id", GENERIC},
	{"cryptokeys.flags", ALWAYS},
	{"cryptokeys.active", ALWAYS},
	{"cryptokeys.content", ALWAYS},
	{"cryptokeys.published", LATER},
	{"ensign_changes.id", LATER},
	{"tsigkeys.name", LATER},
	{"tsigkeys.algorithm", LATER},
	{"tsigkeys.secret", LATER},
};

#define COLUMN_CNT (sizeof(column_table) / sizeof(*column_table))
static_assert(COLUMN_CNT <= LAYOUT_COLUMN_MAX, "struct layout has room");

static int column_find(const char *name)
{
	for (unsigned i = 0; i < COLUMN_CNT; i++)
		if (strcmp(column_table[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool layout_has(const struct layout *layout, const char *column)
{
	int i = column_find(column);
	return i >= 0 && layout->has[i];
}

static void note(struct layout *layout, struct db *db)
{
	char name[128];
	const char *table = db_text(db, 0), *column = db_text(db, 1);
	if (table == NULL || column == NULL)
		return;
	snprintf(name, sizeof(name), "%s.%s", table, column);
	int i = column_find(name);
	if (i >= 0)
		layout->has[i] = true;
}

static int fail_missing(struct db *db, const struct layout *layout, const char *column)
{
	if (layout->is_bind && !layout_has(layout, "cryptokeys.id"))
		return db_fail(db, "lacks the tables of a bind-dnssec-db, or of PowerDNS' generic "
				   "schema; make one with 'ensign create-bind-db FILE'");
	return db_fail(db,
		"lacks the tables and columns of PowerDNS' schema: there is no %s, or no right to "
		"read it; 'ensign migrate-schema' adds what an older PowerDNS did not have",
		column);
}

static int check(struct db *db, const struct layout *layout)
{
	for (unsigned i = 0; i < COLUMN_CNT; i++) {
		enum need need = column_table[i].need;
		bool needed = need == ALWAYS || need == (layout->is_bind ? BIND : GENERIC);
		if (needed && !layout->has[i])
			return fail_missing(db, layout, column_table[i].name);
	}
	return 0;
}

int layout_look(struct layout *layout, struct db *db)
{
	int rc;
	*layout = (struct layout){0};
	if (db_start(db, STATEMENT_COLUMNS, NULL) != 0)
		return -1;
	while ((rc = db_step(db)) == 1)
		note(layout, db);
	db_end(db);
	layout->is_bind = !layout_has(layout, "domains.id");
	return rc;
}

int layout_read(struct layout *layout, struct db *db)
{
	return layout_look(layout, db) == 0 ? check(db, layout) : -1;
}
