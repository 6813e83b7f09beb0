/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ==== saying things ========================================================================= */

void cli_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	va_list args;
	if (cli->opt.quiet)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void cli_report(const struct cli *cli, const struct report *report)
{
	for (unsigned i = 0; i < report->line_cnt; i++)
		if (report->line[i].severity == REPORT_ERROR || cli->opt.verbose)
			cli_error("%s", report->line[i].text);
	if (report_omitted(report) && cli->opt.verbose)
		cli_error("(%lu more like these)", report_omitted(report));
}

int cli_print_json(json_t *json)
{
	int rc = json ? json_dumpf(json, stdout, JSON_INDENT(2)) : -1;
	json_decref(json);
	if (rc != 0) {
		cli_error("Error: out of memory, or the output could not be written");
		return 1;
	}
	fputc('\n', stdout);
	return 0;
}

int cli_end_list(json_t *list, int rc)
{
	if (list && rc == 0)
		return cli_print_json(list);
	json_decref(list);
	return rc;
}

/* ==== things to work on ===================================================================== */

const struct settings *cli_settings(struct cli *cli)
{
	char path[PATH_MAX], err[512];
	if (cli->has_settings)
		return &cli->settings;
	if (cli_options_config_path(&cli->opt, path, sizeof(path)) != 0) {
		cli_error("Error: the settings file's name is too long");
		return NULL;
	}
	if (settings_read(&cli->settings, path, err) != 0) {
		cli_error("Error: %s", err);
		settings_deinit(&cli->settings);
		cli->settings = (struct settings){0};
		return NULL;
	}
	cli->has_settings = true;
	return &cli->settings;
}

const struct named_conf *cli_conf(struct cli *cli)
{
	struct report report = {0};
	const struct settings *settings = cli_settings(cli);
	if (cli->has_conf || !settings)
		return settings ? &cli->conf : NULL;
	if (!*settings->bind_config) {
		cli_error("Error: no zones: set bind-config to the named.conf that lists them");
		return NULL;
	}
	cli->has_conf = named_conf_read(&cli->conf, settings->bind_config, named_conf_read_file,
				NULL, &report) == 0;
	cli_report(cli, &report);
	report_deinit(&report);
	if (!cli->has_conf)
		named_conf_deinit(&cli->conf);
	return cli->has_conf ? &cli->conf : NULL;
}

/* ---- databases --------------------------------------------------------------------------------
 */

const struct databases *cli_databases(struct cli *cli)
{
	char err[256];
	if (!cli_settings(cli))
		return NULL;
	if (databases_from_settings(&cli->databases, &cli->settings, err) == 0)
		return &cli->databases;
	cli_error("Error: %s", err);
	return NULL;
}

/* What belongs to no zone is where launch's first backend has it, as pdnsutil does it. */
static enum zone_origin origin_of(const struct databases *databases, const struct cli_zone *zone)
{
	bool rows_first = !databases->lists[ZONE_FROM_FILE] ||
			  databases->rank[ZONE_FROM_ROWS] < databases->rank[ZONE_FROM_FILE];
	if (zone && cli_zone_exists(zone))
		return zone->conf ? ZONE_FROM_FILE : ZONE_FROM_ROWS;
	return databases->lists[ZONE_FROM_ROWS] && rows_first ? ZONE_FROM_ROWS : ZONE_FROM_FILE;
}

static enum database database_of(const struct cli *cli, const struct cli_zone *zone)
{
	return cli->databases.keys_of[origin_of(&cli->databases, zone)];
}

struct store *cli_database(struct cli *cli, enum database which, bool write)
{
	struct store **store = &cli->database[which];
	char err[STORE_ERR_LEN];
	if (!cli->databases.place[which]) {
		cli_error("Error: no key database: make one with 'ensign create-bind-db FILE' and "
			  "set "
			  "bind-dnssec-db to it");
		return NULL;
	}
	if (*store && write && !store_is_writable(*store))
		*store = store_close(*store);
	if (!*store)
		*store = store_open(&cli->databases.config[which], write ? STORE_WRITE : 0, err);
	if (!*store)
		cli_error("Error: %s", err);
	return *store;
}

struct store *cli_store(struct cli *cli, const struct cli_zone *zone, bool write)
{
	cli->store = NULL;
	if (cli_databases(cli))
		cli->store = cli_database(cli, database_of(cli, zone), write);
	return cli->store;
}

struct store *cli_sql_store(struct cli *cli, const char *refusal)
{
	cli->store = NULL;
	if (!cli_databases(cli))
		return NULL;
	if (cli->databases.lists[ZONE_FROM_ROWS])
		cli->store = cli_database(cli, DATABASE_SQL, true);
	else
		cli_error("%s (launch names no SQL backend; zones of named.conf are changed in "
			  "their files)",
			refusal);
	return cli->store;
}

void cli_deinit(struct cli *cli)
{
	cli_forget_domains(cli);
	for (unsigned i = 0; i < DATABASE_CNT; i++)
		cli->database[i] = store_close(cli->database[i]);
	named_conf_deinit(&cli->conf);
	settings_deinit(&cli->settings);
}

int cli_transaction(struct cli *cli, int (*fn)(void *ctx), void *ctx)
{
	if (store_begin(cli->store) != 0)
		return cli_store_failed(cli);
	if (fn(ctx) != 0) {
		store_rollback(cli->store);
		return 1;
	}
	return store_commit(cli->store) == 0 ? 0 : cli_store_failed(cli);
}

int cli_store_failed(struct cli *cli)
{
	cli_error("Error: %s", store_error(cli->store));
	return 1;
}

/* ==== zones ================================================================================= */

char *cli_name_text(char dst[static DNAME_TEXT_MAX], const uint8_t *name)
{
	size_t len = strlen(dname_to_text(dst, name));
	if (len > 1)
		dst[len - 1] = '\0';
	return dst;
}

int cli_zone_read(struct cli_zone *zone, const char *text)
{
	uint8_t wire[DNAME_LEN_MAX];
	int len = dname_from_text(wire, text);
	*zone = (struct cli_zone){0};
	if (len < 0 || !*text) {
		cli_error("Error: '%s' is no domain name", text);
		return -1;
	}
	dname_to_text(zone->fqdn, wire);
	cli_name_text(zone->name, wire);
	dname_lower(zone->apex, wire, (size_t)len);
	return 0;
}

/* ==== what the database says ================================================================ */

uint64_t cli_key_id(const char *text)
{
	char *end;
	errno = 0;
	unsigned long long id = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
	if (id != 0 && id <= UINT32_MAX && errno == 0 && !*end)
		return id;
	cli_error("Invalid KEY-ID '%s' (list-keys shows the ids)", text);
	return 0;
}

static int read_policy(struct cli *cli, const struct cli_zone *zone, struct cli_zone_data *data)
{
	char err[256];
	if (store_zone_meta(cli->store, zone->fqdn, NULL, &data->metas) != 0) {
		cli_store_failed(cli);
		return -1;
	}
	for (unsigned i = 0; i < data->metas.cnt; i++) {
		const struct store_meta *meta = &data->metas.meta[i];
		if (policy_set(&data->policy, meta->kind, meta->content, err) < 0)
			cli_error("Zone '%s', metadata %s: %s", zone->name, meta->kind, err);
	}
	return 0;
}

static int add_key(
	struct cli_zone_data *data, const struct cli_zone *zone, const struct store_key *stored)
{
	char err[256];
	struct key key = {0};
	if (stored->id > UINT32_MAX || key_from_content(&key, stored->flags, stored->content,
					       strlen(stored->content), err) != 0) {
		cli_error("Key %llu of zone '%s' cannot be used: %s",
			(unsigned long long)stored->id, zone->name,
			stored->id > UINT32_MAX ? "its id is too large" : err);
		data->bad_key_cnt++;
		return 0;
	}
	key.id = (uint32_t)stored->id;
	key.active = stored->active;
	key.published = stored->published;
	if (keyset_add(&data->keys, &key) == 0)
		return 0;
	cli_error("Error: zone '%s' has more than %d keys, or memory is out", zone->name,
		KEYSET_KEY_MAX);
	key_deinit(&key);
	return -1;
}

static int read_keys(struct cli *cli, const struct cli_zone *zone, struct cli_zone_data *data)
{
	struct store_keys stored;
	int rc = store_zone_keys(cli->store, zone->fqdn, &stored);
	if (rc != 0)
		cli_store_failed(cli);
	for (unsigned i = 0; rc == 0 && i < stored.cnt; i++)
		rc = add_key(data, zone, &stored.key[i]);
	store_keys_deinit(&stored);
	return rc;
}

int cli_zone_data_read(struct cli *cli, const struct cli_zone *zone, struct cli_zone_data *data)
{
	*data = (struct cli_zone_data){0};
	if (!cli_store(cli, zone, false) || read_policy(cli, zone, data) != 0 ||
		read_keys(cli, zone, data) != 0)
		return -1;
	keyset_assign_roles(&data->keys, data->policy.nsec3);
	data->is_secured = !data->policy.presigned && keyset_is_signing(&data->keys);
	return 0;
}

void cli_zone_data_deinit(struct cli_zone_data *data)
{
	store_metas_deinit(&data->metas);
	keyset_deinit(&data->keys);
}
