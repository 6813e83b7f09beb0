/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands that take zones from files into the database: import, b2b-migrate.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "control/cli/rectify_rows.h"
#include "control/cli/row_write.h"
#include "control/store/tsig.h"

struct import {
	struct cli *cli;
	struct cli_zone zone;
	const char *path;
	bool is_secondary;
	unsigned long zone_cnt;
	unsigned long record_cnt;
};

static int take_param(void *ctx, const struct store_row *row)
{
	char *param = ctx;
	if (row->type && strcmp(row->type, "NSEC3PARAM") == 0 && row->content)
		snprintf(param, POLICY_NSEC3_TEXT_MAX, "%s", row->content);
	return 0;
}

/* A signed zone is served as it is: with the metadata a transfer would have left. */
static int mark_presigned(struct import *import, uint64_t id)
{
	struct store *store = import->cli->store;
	const char *one = "1";
	char param[POLICY_NSEC3_TEXT_MAX] = "";
	const char *params[] = {param};
	if (store_rows_at(store, id, import->zone.name, take_param, param) < 0 ||
		store_meta_set(store, import->zone.fqdn, "PRESIGNED", &one, 1) != 0 ||
		store_meta_set(store, import->zone.fqdn, "NSEC3PARAM", params, *param ? 1 : 0) != 0)
		return cli_store_failed(import->cli);
	return 0;
}

static int set_orders(struct import *import)
{
	struct cli_zone zone;
	struct cli_zone_data data;
	unsigned long update_cnt;
	int rc = cli_zone_find_domain(import->cli, &zone, import->zone.fqdn);
	if (rc != 0)
		return rc;
	rc = cli_zone_data_read(import->cli, &zone, &data);
	bool is_ordered = data.is_secured || data.policy.presigned;
	if (rc == 0)
		rc = rectify_rows(
			import->cli, &zone, is_ordered ? &data.policy : NULL, &update_cnt);
	cli_zone_data_deinit(&data);
	return rc;
}

/* ==== import ================================================================================ */

static int import_records(struct import *import, uint64_t id)
{
	struct row_writer writer;
	int rc = row_writer_init(&writer, import->cli, id, import->zone.apex);
	writer.filter = true;
	if (rc == 0)
		rc = row_writer_file(&writer, import->path);
	if (rc == 0 && writer.has_signatures)
		rc = mark_presigned(import, id);
	import->record_cnt += writer.cnt;
	row_writer_deinit(&writer);
	return rc;
}

static int import_zone(void *ctx)
{
	struct import *import = ctx;
	struct store *store = import->cli->store;
	uint64_t id;
	int rc = store_domain_add(
		store, import->zone.fqdn, import->is_secondary ? STORE_SLAVE : STORE_NATIVE, &id);
	if (rc < 0)
		return cli_store_failed(import->cli);
	if (rc > 0) {
		cli_error("Zone '%s' exists already (load-zone replaces it)", import->zone.name);
		return 1;
	}
	import->zone_cnt++;
	return import_records(import, id) == 0 ? set_orders(import) : 1;
}

static int import_all(void *ctx)
{
	struct import *import = ctx;
	struct named_conf conf = {0};
	struct report report = {0};
	int rc = named_conf_read(&conf, import->path, named_conf_read_file, NULL, &report);
	cli_report(import->cli, &report);
	for (size_t i = 0; rc == 0 && i < conf.zone_cnt; i++) {
		char name[DNAME_TEXT_MAX];
		rc = cli_zone_read(&import->zone, dname_to_text(name, conf.zone[i].apex));
		import->path = conf.zone[i].file;
		if (rc == 0 && import->path)
			rc = import_zone(import);
	}
	report_deinit(&report);
	named_conf_deinit(&conf);
	return rc;
}

int cmd_import(struct cli *cli, char **args)
{
	struct import import = {.cli = cli, .path = args[0]};
	if (!cli_sql_store(cli, "Nothing was imported") ||
		(args[1] && cli_zone_read(&import.zone, args[1]) != 0) ||
		cli_transaction(cli, args[1] ? import_zone : import_all, &import) != 0)
		return 1;
	cli_note(cli, "%lu domains were fully parsed, containing %lu records", import.zone_cnt,
		import.record_cnt);
	return cli_list_changed(cli);
}

/* ==== b2b-migrate =========================================================================== */

/* From named.conf and bind-dnssec-db to the SQL database. */
struct migration {
	struct import import;
	struct store *from; /* NULL: there is no bind-dnssec-db */
	unsigned long meta_cnt;
	unsigned long key_cnt;
	unsigned long tsig_cnt;
};

static int copy_metas(struct migration *m)
{
	const struct import *import = &m->import;
	struct store_metas metas;
	int rc = store_zone_meta(m->from, import->zone.fqdn, NULL, &metas);
	for (unsigned i = 0; rc == 0 && i < metas.cnt; i++)
		rc = store_meta_add(import->cli->store, import->zone.fqdn, metas.meta[i].kind,
			metas.meta[i].content);
	m->meta_cnt = metas.cnt;
	store_metas_deinit(&metas);
	return rc;
}

static int copy_keys(struct migration *m)
{
	const struct import *import = &m->import;
	struct store_keys keys;
	uint64_t id;
	int rc = store_zone_keys(m->from, import->zone.fqdn, &keys);
	for (unsigned i = 0; rc == 0 && i < keys.cnt; i++)
		rc = store_key_add(import->cli->store, import->zone.fqdn, &keys.key[i], &id);
	m->key_cnt = keys.cnt;
	store_keys_deinit(&keys);
	return rc;
}

static int copy_tsig(struct migration *m)
{
	struct store_tsig_keys keys = {0};
	int rc = m->from ? store_tsig_keys(m->from, NULL, &keys) : 0;
	for (unsigned i = 0; rc == 0 && i < keys.cnt; i++)
		rc = store_tsig_key_set(m->import.cli->store, keys.key[i].name,
			keys.key[i].algorithm, keys.key[i].secret);
	m->tsig_cnt = keys.cnt;
	store_tsig_keys_deinit(&keys);
	return rc;
}

/* Says what went wrong in one of the databases; always 1. */
static int copy_failed(const struct migration *m)
{
	cli_error("Error: cannot copy keys or metadata: %s / %s", store_error(m->from),
		store_error(m->import.cli->store));
	return 1;
}

static int migrate_zone(struct migration *m, const struct named_zone *conf)
{
	struct import *import = &m->import;
	const struct cli_zone source = {.conf = conf};
	enum store_kind kind = STORE_NATIVE;
	char name[DNAME_TEXT_MAX];
	uint64_t id;
	if (cli_zone_read(&import->zone, dname_to_text(name, conf->apex)) != 0)
		return 1;
	printf("Processing '%s'\n", import->zone.name);
	if (store_kind_from_text(&kind, cli_zone_kind(&source)) != 0 ||
		store_domain_add(import->cli->store, import->zone.fqdn, kind, &id) != 0)
		return cli_store_failed(import->cli);
	if (m->from && (copy_metas(m) != 0 || copy_keys(m) != 0))
		return copy_failed(m);
	import->path = conf->file;
	import->record_cnt = 0;
	if (conf->file && (import_records(import, id) != 0 || set_orders(import) != 0))
		return 1;
	printf("Moved %lu record(s), 0 comment(s), %lu metadata(s) and %lu cryptokey(s)\n",
		import->record_cnt, m->meta_cnt, m->key_cnt);
	return 0;
}

static int migrate(void *ctx)
{
	struct migration *m = ctx;
	const struct named_conf *conf = cli_conf(m->import.cli);
	for (size_t i = 0; i < conf->zone_cnt; i++)
		if (migrate_zone(m, &conf->zone[i]) != 0)
			return 1;
	return copy_tsig(m) == 0 ? 0 : copy_failed(m);
}

static int is_there(void *ctx, const struct store_domain *domain)
{
	(void)ctx;
	(void)domain;
	return 1;
}

/* Both backends must be in launch, and the second be empty. */
static int check_backends(struct cli *cli, char **args)
{
	if (strcmp(args[0], "bind") != 0 || strcmp(args[1], "bind") == 0) {
		cli_error("Error: ensign migrates from bind to an SQL backend only");
		return -1;
	}
	if (!cli_databases(cli) || !cli_conf(cli) || !cli_sql_store(cli, "Unknown target backend"))
		return -1;
	int rc = store_domains(cli->store, is_there, NULL);
	if (rc > 0)
		cli_error("Error: Target backend has zone(s), please clean it first");
	else if (rc < 0)
		cli_store_failed(cli);
	return rc == 0 ? 0 : -1;
}

int cmd_b2b_migrate(struct cli *cli, char **args)
{
	struct migration m = {.import.cli = cli};
	if (check_backends(cli, args) != 0)
		return 1;
	if (cli->databases.place[DATABASE_BIND] &&
		!(m.from = cli_database(cli, DATABASE_BIND, false)))
		return 1;
	printf("Moving zone(s) from %s to %s\n", args[0], args[1]);
	if (cli_transaction(cli, migrate, &m) != 0)
		return 1;
	printf("Moved %lu TSIG key(s)\nRemember to drop the old backend and run "
	       "rectify-all-zones\n",
		m.tsig_cnt);
	return cli_list_changed(cli);
}
