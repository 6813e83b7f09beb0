/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/databases.h"

#include <stdio.h>
#include <string.h>

#include "zonedb/settings.h"

static int fail(char err[static 256], const char *text)
{
	snprintf(err, 256, "%s", text);
	return -1;
}

/* The settings that a backend's zones cannot do without. NULL, or what is wrong. */
static const char *fault(const struct databases *databases, const struct settings *settings)
{
	bool files = databases->lists[ZONE_FROM_FILE], rows = databases->lists[ZONE_FROM_ROWS];
	if (!files && !rows)
		return "setting launch is needed: the backends to use";
	if (files && settings->bind_config[0] == '\0')
		return "setting bind-config is needed: the named.conf that lists the zones";
	if (rows && settings->gsqlite3_database[0] == '\0')
		return "setting gsqlite3-database is needed: the file with the zones";
	if (settings->bind_hybrid && !(files && rows))
		return "bind-hybrid needs bind and an SQL backend in launch";
	return NULL;
}

static enum zone_origin origin_of(const char *backend)
{
	return strcmp(backend, "bind") == 0 ? ZONE_FROM_FILE : ZONE_FROM_ROWS;
}

int databases_from_settings(
	struct databases *databases, const struct settings *settings, char err[static 256])
{
	*databases = (struct databases){0};
	for (unsigned i = 0; i < settings->launch.cnt; i++) {
		enum zone_origin origin = origin_of(settings->launch.item[i]);
		databases->lists[origin] = true;
		databases->rank[origin] = (uint8_t)i;
	}
	const char *cause = fault(databases, settings);
	if (cause != NULL)
		return fail(err, cause);
	if (settings->bind_dnssec_db[0] != '\0')
		databases->path[DATABASE_BIND] = settings->bind_dnssec_db;
	if (databases->lists[ZONE_FROM_ROWS])
		databases->path[DATABASE_SQL] = settings->gsqlite3_database;
	databases->keys_of[ZONE_FROM_ROWS] = DATABASE_SQL;
	databases->keys_of[ZONE_FROM_FILE] = settings->bind_hybrid ? DATABASE_SQL : DATABASE_BIND;
	return 0;
}
