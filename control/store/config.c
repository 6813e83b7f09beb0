/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/config.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "zonedb/settings.h"

struct store_config store_config_file(const char *path)
{
	return (struct store_config){.database = STORE_SQLITE, .name = path};
}

static int of_bind(
	struct store_config *config, const struct settings *settings, char err[static 256])
{
	*config = store_config_file(settings->bind_dnssec_db);
	return 0;
}

static int of_gsqlite3(
	struct store_config *config, const struct settings *settings, char err[static 256])
{
	*config = store_config_file(settings->gsqlite3_database);
	if (config->name[0] != '\0')
		return 0;
	snprintf(err, 256, "setting gsqlite3-database is needed: the file with the zones");
	return -1;
}

static const struct {
	const char *word;
	int (*read)(
		struct store_config *config, const struct settings *settings, char err[static 256]);
} backend_table[] = {
	{"bind", of_bind},
	{"gsqlite3", of_gsqlite3},
};

#define BACKEND_CNT (sizeof(backend_table) / sizeof(*backend_table))

bool store_backend_is_known(const char *backend)
{
	for (unsigned i = 0; i < BACKEND_CNT; i++)
		if (strcmp(backend_table[i].word, backend) == 0)
			return true;
	return false;
}

int store_config_from_settings(struct store_config *config, const struct settings *settings,
	const char *backend, char err[static 256])
{
	for (unsigned i = 0; i < BACKEND_CNT; i++)
		if (strcmp(backend_table[i].word, backend) == 0)
			return backend_table[i].read(config, settings, err);
	snprintf(err, 256, "launch: there is no backend '%.60s'", backend);
	return -1;
}
