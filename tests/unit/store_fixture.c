/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/store/schema.h"

/* ==== which database ======================================================================== */

/* The fields of the environment's text, which stays as long as the program. */
static void fields(char *field[static 8])
{
	static char text[256];
	const char *from = getenv("ENSIGN_TEST_DATABASE");
	unsigned cnt = 0;
	snprintf(text, sizeof(text), "%s", from != NULL ? from : "");
	for (char *at = strtok(text, ":"); at != NULL && cnt < 8; at = strtok(NULL, ":"))
		field[cnt++] = at;
}

static void configure(struct store_fixture *f)
{
	char *field[8] = {0};
	fields(field);
	if (field[0] == NULL) {
		f->config = store_config_file(f->path);
	} else if (strcmp(field[0], "pgsql") == 0) {
		f->config = (struct store_config){.database = STORE_PGSQL,
			.host = field[1],
			.port = (uint16_t)atoi(field[2]),
			.user = field[3],
			.name = field[4],
			.is_prepared = true};
	} else {
		f->config = (struct store_config){.database = STORE_MYSQL,
			.socket = field[1],
			.user = field[2],
			.name = field[3],
			.read_committed = true};
	}
}

/* ==== one test ============================================================================== */

static int make_file(struct store_fixture *f)
{
	char err[STORE_ERR_LEN];
	close(mkstemp(f->path));
	unlink(f->path);
	if (schema_create(&f->config, err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err);
	return -1;
}

/* Tables of the test before go, triggers with them. */
static int make_tables(struct store_fixture *f)
{
	char err[STORE_ERR_LEN] = "";
	struct db *db = db_open(&f->config, DB_WRITE | DB_NEW, err);
	int rc = db ? db_script(db,
			      "DROP TABLE IF EXISTS records, cryptokeys, domainmetadata, comments,"
			      " supermasters, tsigkeys, domains, ensign_changes",
			      "clear the database")
		    : -1;
	if (db != NULL && rc != 0)
		memcpy(err, db->err, sizeof(err));
	db_close(db);
	if (rc == 0)
		rc = schema_create(&f->config, err);
	fputs(err, stderr);
	return rc;
}

int store_setup(void **state)
{
	char err[STORE_ERR_LEN] = "";
	struct store_fixture *f = calloc(1, sizeof(*f));
	strcpy(f->path, "/tmp/ensign-test-store-XXXXXX");
	*state = f;
	configure(f);
	f->place = f->config.name;
	if ((store_config_is_file(&f->config) ? make_file(f) : make_tables(f)) != 0)
		return -1;
	f->other = db_open(&f->config, DB_WRITE, err);
	f->store = f->other ? store_open(&f->config, STORE_WRITE, err) : NULL;
	if (f->store != NULL)
		return 0;
	fprintf(stderr, "%s\n", err);
	return -1;
}

int store_teardown(void **state)
{
	struct store_fixture *f = *state;
	static const char *const suffix[] = {"", "-wal", "-shm"};
	char path[80];
	store_close(f->store);
	db_close(f->other);
	for (unsigned i = 0; i < sizeof(suffix) / sizeof(*suffix); i++) {
		snprintf(path, sizeof(path), "%s%s", f->path, suffix[i]);
		unlink(path);
	}
	free(f);
	return 0;
}

/* ==== tools ================================================================================= */

void store_other(struct store_fixture *f, const char *sql)
{
	if (db_script(f->other, sql, "run the test's SQL") != 0)
		fail_msg("%s: %s", sql, f->other->err);
}

int64_t store_count(struct store_fixture *f, const char *name)
{
	char sql[64];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", name);
	assert_int_equal(db_start_text(f->other, sql, "count rows"), 0);
	assert_int_equal(db_step(f->other), 1);
	int64_t number = db_number(f->other, 0, -1);
	db_end(f->other);
	return number;
}

void store_see(struct store_fixture *f, const char *format, ...)
{
	size_t used = strlen(f->seen);
	va_list args;
	va_start(args, format);
	vsnprintf(f->seen + used, sizeof(f->seen) - used, format, args);
	va_end(args);
}

int store_see_length(void *ctx, const struct store_row *row)
{
	store_see(ctx, "%zu ", strlen(row->content));
	return 0;
}

int store_run_tests(const char *name, const struct CMUnitTest *test, size_t cnt)
{
	char *field[8] = {0}, group[64];
	fields(field);
	snprintf(group, sizeof(group), "%s_%s", name, field[0] ? field[0] : "sqlite");
	return _cmocka_run_group_tests(group, test, cnt, NULL, NULL);
}
