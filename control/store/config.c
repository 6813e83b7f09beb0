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

bool store_config_is_file(const struct store_config *config)
{
	return config->database == STORE_SQLITE;
}

const char *store_config_place(const struct store_config *config, char dst[static STORE_PLACE_LEN])
{
	static const char *const kind[] = {[STORE_PGSQL] = "PostgreSQL", [STORE_MYSQL] = "MySQL"};
	bool has_socket = config->socket && config->socket[0];
	const char *at = has_socket ? config->socket : config->host;
	if (store_config_is_file(config))
		snprintf(dst, STORE_PLACE_LEN, "%s", config->name);
	else
		snprintf(dst, STORE_PLACE_LEN, "%s database '%s' at %s", kind[config->database],
			config->name, at && at[0] ? at : "the default socket");
	return dst;
}

/* NULL, or what is wrong. */
typedef const char *config_fn(struct store_config *config, const struct settings *s);

static const char *of_bind(struct store_config *config, const struct settings *s)
{
	*config = store_config_file(s->bind_dnssec_db);
	return NULL;
}

static const char *of_gsqlite3(struct store_config *config, const struct settings *s)
{
	*config = (struct store_config){
		.database = STORE_SQLITE,
		.name = s->gsqlite3_database,
		.no_dnssec = !s->gsqlite3_dnssec,
		.foreign_keys = s->gsqlite3_pragma_foreign_keys,
		.journal_mode = s->gsqlite3_pragma_journal_mode,
		.synchronous = s->gsqlite3_pragma_synchronous,
	};
	return config->name[0] ? NULL
			       : "setting gsqlite3-database is needed: the file with the zones";
}

static const char *of_gpgsql(struct store_config *config, const struct settings *s)
{
	*config = (struct store_config){
		.database = STORE_PGSQL,
		.name = s->gpgsql_dbname,
		.host = s->gpgsql_host,
		.port = (uint16_t)s->gpgsql_port,
		.user = s->gpgsql_user,
		.password = s->gpgsql_password,
		.extra = s->gpgsql_extra_connection_parameters,
		.is_prepared = s->gpgsql_prepared_statements,
		.no_dnssec = !s->gpgsql_dnssec,
	};
	return config->name[0] ? NULL
			       : "setting gpgsql-dbname is needed: the database with the zones";
}

static const char *of_gmysql(struct store_config *config, const struct settings *s)
{
	*config = (struct store_config){
		.database = STORE_MYSQL,
		.name = s->gmysql_dbname,
		.host = s->gmysql_host,
		.port = (uint16_t)s->gmysql_port,
		.socket = s->gmysql_socket,
		.user = s->gmysql_user,
		.password = s->gmysql_password,
		.group = s->gmysql_group,
		.timeout_s = (unsigned)s->gmysql_timeout,
		.tls = s->gmysql_ssl,
		.read_committed = s->gmysql_innodb_read_committed,
		.thread_cleanup = s->gmysql_thread_cleanup,
		.no_dnssec = !s->gmysql_dnssec,
	};
	if (config->name[0] == '\0')
		return "setting gmysql-dbname is needed: the database with the zones";
	if (config->host[0] && config->socket[0])
		return "gmysql-host and gmysql-socket exclude each other";
	return NULL;
}

static const struct {
	const char *word;
	config_fn *read;
} backend_table[] = {
	{"bind", of_bind},
	{"gsqlite3", of_gsqlite3},
	{"gpgsql", of_gpgsql},
	{"gmysql", of_gmysql},
};

#define BACKEND_CNT (sizeof(backend_table) / sizeof(*backend_table))

int store_config_from_settings(struct store_config *config, const struct settings *settings,
	const char *backend, char err[static 256])
{
	const char *fault = NULL;
	unsigned i = 0;
	while (i < BACKEND_CNT && strcmp(backend_table[i].word, backend) != 0)
		i++;
	if (i < BACKEND_CNT)
		fault = backend_table[i].read(config, settings);
	else
		fault = "setting launch names a backend that there is not";
	if (fault != NULL)
		snprintf(err, 256, "%s", fault);
	return fault != NULL ? -1 : 0;
}
