/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * load-zone and increase-serial.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/cli/row_write.h"
#include "control/dnssec/soa_edit.h"

/* ==== load-zone ============================================================================= */

struct loading {
	struct cli *cli;
	struct cli_zone zone;
	const char *path;
	uint64_t id;
};

static int make_or_clear(struct loading *loading)
{
	struct store *store = loading->cli->store;
	if (!loading->zone.domain)
		return store_domain_add(store, loading->zone.fqdn, STORE_NATIVE, &loading->id);
	loading->id = loading->zone.domain->id;
	return store_rows_remove(store, loading->id, NULL, NULL);
}

static int load(void *ctx)
{
	struct loading *loading = ctx;
	struct row_writer writer;
	if (make_or_clear(loading) < 0)
		return cli_store_failed(loading->cli);
	int rc = row_writer_init(&writer, loading->cli, loading->id, loading->zone.apex);
	if (rc == 0)
		rc = row_writer_file(&writer, loading->path);
	row_writer_deinit(&writer);
	return rc;
}

int cmd_load_zone(struct cli *cli, char **args)
{
	struct loading loading = {.cli = cli, .path = args[1]};
	if (cli_zone_find(cli, &loading.zone, args[0]) != 0)
		return 1;
	if (loading.zone.conf)
		return cli_zone_find_rows(cli, &loading.zone, args[0], "") != 0;
	if (!loading.zone.domain)
		cli_error("Creating '%s'", loading.zone.name);
	else
		cli_error("Zone '%s' exists already, replacing contents", loading.zone.name);
	if (!cli_sql_store(cli, "Zone was not created") ||
		cli_transaction(cli, load, &loading) != 0)
		return 1;
	return cli_list_changed(cli);
}

/* ==== increase-serial ======================================================================= */

struct serial {
	struct cli *cli;
	const struct cli_zone *zone;
	struct store_row row; /* the SOA's, with texts of its own; id 0: none */
	uint32_t value;
};

static int take_soa(void *ctx, const struct store_row *row)
{
	struct serial *serial = ctx;
	if (!row->type || strcmp(row->type, "SOA") != 0 || row->disabled || !row->content)
		return 0;
	serial->row = *row;
	serial->row.name = strdup(row->name);
	serial->row.type = "SOA";
	serial->row.content = strdup(row->content);
	serial->row.ordername = row->ordername ? strdup(row->ordername) : NULL;
	return serial->row.name && serial->row.content ? 1 : -1;
}

/* The word of a SOA's content where the serial stands (RFC 1035, 3.3.13). */
static const char *serial_word(const char *content)
{
	for (unsigned i = 0; i < 2; i++) {
		content += strspn(content, " \t");
		content += strcspn(content, " \t");
	}
	return content + strspn(content, " \t");
}

/* SOA-EDIT-INCREASE: what is served, if that is more than one more. What moves with the week would
 * fall back to what is stored; the time does not. */
static uint32_t next_serial(uint32_t old, const char *kind)
{
	const char *name = kind && strcasecmp(kind, "INCEPTION-EPOCH") == 0 ? "EPOCH" : kind;
	const struct soa_edit *edit = name ? soa_edit_find(name) : NULL;
	uint32_t edited = soa_edit_serial(edit, old, (uint64_t)time(NULL));
	return edited > old + 1 ? edited : old + 1;
}

static const char *soa_edit_kind(const struct cli *cli, const struct cli_zone_data *data)
{
	const struct settings *s = &cli->settings;
	const char *kind = store_metas_find(&data->metas, "SOA-EDIT");
	if (kind)
		return kind;
	return data->is_secured && *s->default_soa_edit_signed ? s->default_soa_edit_signed
							       : s->default_soa_edit;
}

static int write_serial(struct serial *serial)
{
	const char *word = serial_word(serial->row.content), *kept = serial->row.content;
	char *content = NULL;
	if (asprintf(&content, "%.*s%u%s", (int)(word - kept), kept, serial->value,
		    word + strspn(word, "0123456789")) < 0)
		return -1;
	serial->row.content = content;
	int rc = store_row_change(serial->cli->store, &serial->row);
	serial->row.content = kept;
	free(content);
	return rc < 0 ? cli_store_failed(serial->cli) : rc;
}

static int increase(void *ctx)
{
	struct serial *serial = ctx;
	struct cli_zone_data data;
	int rc = store_rows_at(serial->cli->store, serial->zone->domain->id,
		serial->zone->domain->name, take_soa, serial);
	if (rc < 0)
		return cli_store_failed(serial->cli);
	if (rc == 0) {
		cli_error("No SOA for zone '%s'", serial->zone->name);
		return 1;
	}
	rc = cli_zone_data_read(serial->cli, serial->zone, &data);
	if (rc == 0 && data.policy.presigned) {
		cli_error("Serial increase of presigned zone '%s' is not allowed.",
			serial->zone->name);
		rc = 1;
	}
	serial->value = next_serial((uint32_t)strtoul(serial_word(serial->row.content), NULL, 10),
		soa_edit_kind(serial->cli, &data));
	cli_zone_data_deinit(&data);
	return rc == 0 ? write_serial(serial) : rc;
}

int cli_serial_increase(struct cli *cli, const struct cli_zone *zone)
{
	struct serial serial = {.cli = cli, .zone = zone};
	if (!cli_store(cli, zone, true))
		return 1;
	int rc = cli_transaction(cli, increase, &serial);
	free((void *)(uintptr_t)serial.row.name);
	free((void *)(uintptr_t)serial.row.content);
	free((void *)(uintptr_t)serial.row.ordername);
	if (rc == 0)
		printf("SOA serial for zone %s set to %u\n", zone->name, serial.value);
	return rc;
}

int cmd_increase_serial(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (cli_zone_find_rows(cli, &zone, args[0], "not found!") != 0 ||
		cli_serial_increase(cli, &zone) != 0)
		return 1;
	return cli_changed(cli, &zone);
}
