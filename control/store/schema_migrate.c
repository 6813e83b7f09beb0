/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/store/db.h"
#include "control/store/db_driver.h"
#include "control/store/schema.h"
#include "control/store/schema_text.h"

#define SUFFIX_LEN 32

struct migration {
	struct db *db;
	char suffix[SUFFIX_LEN];
	schema_step_fn *step;
	void *ctx;
};

__attribute__((format(printf, 2, 3))) static void say(struct migration *m, const char *format, ...)
{
	char text[STORE_ERR_LEN];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	m->step(m->ctx, text);
}

/* ==== what is missing ======================================================================= */

static bool is_due(const struct db *db, const struct schema_step *step)
{
	return !layout_has(&db->layout, step->lacks) &&
	       (step->has == NULL || layout_has(&db->layout, step->has));
}

static unsigned due_cnt(const struct db *db)
{
	unsigned cnt = 0;
	for (unsigned i = 0; i < schema_step_cnt; i++)
		cnt += is_due(db, &schema_steps[i]);
	return cnt;
}

/* Tables that nothing else here could work with are not refused: it is what this is for. */
static int look(struct db *db)
{
	if (layout_look(&db->layout, db) != 0)
		return -1;
	if (layout_has(&db->layout, "records.id") || layout_has(&db->layout, "cryptokeys.domain"))
		return 0;
	return db_fail(db, "has no tables of PowerDNS; 'ensign create-sql-db' makes them");
}

static struct db *open_old(
	const struct store_config *config, unsigned flags, char err[static STORE_ERR_LEN])
{
	struct db *db = db_open(config, flags | DB_NEW, err);
	if (db == NULL || look(db) == 0)
		return db;
	memcpy(err, db->err, STORE_ERR_LEN);
	return db_close(db);
}

int schema_missing(const struct store_config *config, schema_step_fn *step, void *ctx,
	char err[static STORE_ERR_LEN])
{
	struct migration m = {.step = step, .ctx = ctx};
	m.db = open_old(config, 0, err);
	if (m.db == NULL)
		return -1;
	unsigned cnt = due_cnt(m.db);
	for (unsigned i = 0; i < schema_step_cnt; i++)
		if (is_due(m.db, &schema_steps[i]))
			say(&m, "%s", schema_steps[i].what);
	db_close(m.db);
	return cnt == 0 ? 1 : 0;
}

/* ==== copying =============================================================================== */

static int copy_table(struct migration *m, const char *table)
{
	char sql[256];
	snprintf(
		sql, sizeof(sql), "CREATE TABLE %s%s AS SELECT * FROM %s", table, m->suffix, table);
	if (db_script(m->db, sql, "copy the tables") != 0)
		return -1;
	say(m, "table %s copied to %s%s", table, table, m->suffix);
	return 0;
}

static int copy_tables(struct migration *m)
{
	/* a column that each of them always had */
	static const struct {
		const char *table, *column;
	} copied[] = {
		{"domains", "domains.id"},
		{"records", "records.id"},
		{"domainmetadata", "domainmetadata.id"},
		{"cryptokeys", "cryptokeys.id"},
		{"tsigkeys", "tsigkeys.name"},
		{"comments", "comments.domain_id"},
	};
	for (unsigned i = 0; i < sizeof(copied) / sizeof(*copied); i++)
		if (layout_has(&m->db->layout, copied[i].column) &&
			copy_table(m, copied[i].table) != 0)
			return -1;
	return 0;
}

static int copy_file(struct migration *m)
{
	char path[4096];
	const char *name = m->db->config.name;
	if ((size_t)snprintf(path, sizeof(path), "%s.%s", name, m->suffix + 1) >= sizeof(path))
		return db_fail(m->db, "its name is too long");
	m->db->purpose = "copy the file";
	if (m->db->driver->copy(m->db, path) != 0)
		return -1;
	say(m, "%s copied to %s", name, path);
	return 0;
}

static int copy_all(struct migration *m)
{
	return m->db->driver->copy != NULL ? copy_file(m) : copy_tables(m);
}

/* ==== changing ============================================================================== */

static int make_steps(struct migration *m)
{
	enum store_database which = m->db->config.database;
	for (unsigned i = 0; i < schema_step_cnt; i++) {
		const struct schema_step *step = &schema_steps[i];
		if (!is_due(m->db, step))
			continue;
		if (db_script(m->db, step->sql[which], "bring the tables up to date") != 0)
			return -1;
		say(m, "%s added", step->what);
	}
	return 0;
}

static int change(struct migration *m)
{
	if (db_begin(m->db) != 0)
		return -1;
	if (make_steps(m) == 0 && db_commit(m->db) == 0)
		return 0;
	db_rollback(m->db);
	return -1;
}

static void name_suffix(struct migration *m, int64_t now_s)
{
	struct tm tm;
	time_t now = (time_t)now_s;
	gmtime_r(&now, &tm);
	strftime(m->suffix, sizeof(m->suffix), "_before_%Y%m%d_%H%M%S", &tm);
}

int schema_migrate(const struct store_config *config, int64_t now_s, schema_step_fn *step,
	void *ctx, char err[static STORE_ERR_LEN])
{
	struct migration m = {.step = step, .ctx = ctx};
	int rc = 1;
	name_suffix(&m, now_s);
	m.db = open_old(config, DB_WRITE, err);
	if (m.db == NULL)
		return -1;
	if (due_cnt(m.db) != 0)
		rc = copy_all(&m) == 0 && change(&m) == 0 ? 0 : -1;
	if (rc < 0)
		memcpy(err, m.db->err, STORE_ERR_LEN);
	db_close(m.db);
	return rc;
}
