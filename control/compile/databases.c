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

/* What launch cannot mean, and what its zones cannot do without. NULL, or what is wrong. */
static const char *fault(const struct databases *databases, const struct settings *settings)
{
	bool files = databases->lists[ZONE_FROM_FILE], rows = databases->lists[ZONE_FROM_ROWS];
	if (!files && !rows)
		return "setting launch is needed: the backends to use";
	if (files && settings->bind_config[0] == '\0')
		return "setting bind-config is needed: the named.conf that lists the zones";
	if (settings->launch.cnt > (unsigned)files + rows)
		return "setting launch can have bind and one SQL backend, each once";
	if (settings->bind_hybrid && !(files && rows))
		return "bind-hybrid needs bind and an SQL backend in launch";
	return NULL;
}

static enum zone_origin origin_of(const char *backend)
{
	return strcmp(backend, "bind") == 0 ? ZONE_FROM_FILE : ZONE_FROM_ROWS;
}

static int launch(struct databases *databases, const struct settings *settings, unsigned i,
	char err[static 256])
{
	const char *backend = settings->launch.item[i];
	enum zone_origin origin = origin_of(backend);
	struct store_config *config = &databases->config[DATABASE_SQL];
	databases->lists[origin] = true;
	databases->rank[origin] = (uint8_t)i;
	if (origin == ZONE_FROM_FILE)
		return 0;
	if (store_config_from_settings(config, settings, backend, err) < 0)
		return -1;
	databases->place[DATABASE_SQL] = store_config_place(config, databases->sql_place);
	return 0;
}

int databases_from_settings(
	struct databases *databases, const struct settings *settings, char err[static 256])
{
	*databases = (struct databases){0};
	for (unsigned i = 0; i < settings->launch.cnt; i++)
		if (launch(databases, settings, i, err) < 0)
			return -1;
	const char *cause = fault(databases, settings);
	if (cause != NULL)
		return fail(err, cause);
	databases->config[DATABASE_BIND] = store_config_file(settings->bind_dnssec_db);
	if (settings->bind_dnssec_db[0] != '\0')
		databases->place[DATABASE_BIND] = settings->bind_dnssec_db;
	databases->keys_of[ZONE_FROM_ROWS] = DATABASE_SQL;
	databases->keys_of[ZONE_FROM_FILE] = settings->bind_hybrid ? DATABASE_SQL : DATABASE_BIND;
	return 0;
}
