/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/store/db.h"
#include "control/store/schema_text.h"

static int write_tables(
	const struct store_config *config, const char *sql, char err[static STORE_ERR_LEN])
{
	struct db *db = db_open(config, DB_WRITE | DB_NEW, err);
	if (!db)
		return -1;
	int rc = db_script(db, sql, "write the tables");
	if (rc != 0)
		memcpy(err, db->err, STORE_ERR_LEN);
	db_close(db);
	return rc;
}

/* SQLite would take an existing file and use the umask. */
static int make_file(const char *path, char err[static STORE_ERR_LEN])
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	snprintf(err, STORE_ERR_LEN, "%s: cannot create the database: %s", path,
		errno == EEXIST ? "it already exists" : strerror(errno));
	return -1;
}

static int create_file(
	const struct store_config *config, const char *sql, char err[static STORE_ERR_LEN])
{
	if (make_file(config->name, err) != 0)
		return -1;
	if (write_tables(config, sql, err) == 0)
		return 0;
	unlink(config->name);
	return -1;
}

int store_create(const char *path, char err[static STORE_ERR_LEN])
{
	const struct store_config config = store_config_file(path);
	return create_file(&config, schema_bind, err);
}

int schema_create(const struct store_config *config, char err[static STORE_ERR_LEN])
{
	const char *sql = schema_generic[config->database];
	if (config->database == STORE_SQLITE)
		return create_file(config, sql, err);
	return write_tables(config, sql, err);
}
