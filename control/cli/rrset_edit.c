/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands on single RRsets of zones in the database, and their comments.
 */
#include "control/cli/cli.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/cli/row_write.h"
#include "zonedb/rrtype.h"

#define TTL_DEFAULT_S STORE_TTL_DEFAULT_S
#define TTL_MAX_S     INT32_MAX /* RFC 2181, 8 */

struct rrset_edit {
	struct cli *cli;
	struct cli_zone zone;
	char name[DNAME_TEXT_MAX]; /* as stored */
	char type[12];
	uint32_t ttl_s;
	char **content; /* NULL-terminated */
	bool replace;
	bool has_cname; /* at the name, of other types than type */
	bool has_other;
};

/* ==== what is to be edited ================================================================== */

int cli_record_name(const struct cli_zone *zone, char name[static DNAME_TEXT_MAX], const char *text)
{
	char full[DNAME_TEXT_MAX * 2];
	uint8_t wire[DNAME_LEN_MAX];
	size_t len = strlen(text);
	bool is_apex = !*text || strcmp(text, "@") == 0;
	bool is_absolute = len && text[len - 1] == '.' && (len < 2 || text[len - 2] != '\\');
	if (is_apex || is_absolute)
		snprintf(full, sizeof(full), "%s", is_apex ? zone->fqdn : text);
	else
		snprintf(full, sizeof(full), "%s.%s", text,
			strcmp(zone->fqdn, ".") == 0 ? "" : zone->fqdn);
	int wire_len = dname_from_text(wire, full);
	if (wire_len < 0) {
		cli_error("Error: '%s' is no domain name", full);
		return -1;
	}
	dname_lower(wire, wire, (size_t)wire_len);
	cli_name_text(name, wire);
	if (dname_is_under(wire, zone->apex))
		return 0;
	cli_error("Name \"%s\" to add is not part of zone \"%s\".", name, zone->name);
	return -1;
}

static int read_type(struct rrset_edit *edit, const char *text)
{
	uint16_t type;
	if (rrtype_from_text(&type, text) < 0 || rrtype_is_meta(type)) {
		cli_error("Error: Unknown DNS type '%s'", text);
		return -1;
	}
	rrtype_to_text(edit->type, type);
	return 0;
}

/* A number in front of contents is their TTL. */
static int read_contents(struct rrset_edit *edit, char **words)
{
	char *end;
	edit->ttl_s = TTL_DEFAULT_S;
	edit->content = words;
	if (!words[0] || !words[1] || !isdigit((unsigned char)*words[0]))
		return 0;
	unsigned long ttl = strtoul(words[0], &end, 10);
	if (*end)
		return 0;
	if (ttl > TTL_MAX_S) {
		cli_error("Error: TTL %s is above %d", words[0], TTL_MAX_S);
		return -1;
	}
	edit->ttl_s = (uint32_t)ttl;
	edit->content = words + 1;
	return 0;
}

static int read_edit(struct cli *cli, struct rrset_edit *edit, char **args)
{
	*edit = (struct rrset_edit){.cli = cli};
	if (cli_zone_find_rows(cli, &edit->zone, args[0], "does not exist") != 0 ||
		cli_record_name(&edit->zone, edit->name, args[1]) != 0 ||
		read_type(edit, args[2]) != 0)
		return -1;
	return read_contents(edit, args + 3);
}

/* ==== add-record, replace-rrset ============================================================= */

static int look_at_neighbour(void *ctx, const struct store_row *row)
{
	struct rrset_edit *edit = ctx;
	if (!row->type || !*row->type || strcasecmp(row->type, edit->type) == 0)
		return 0;
	edit->has_cname |= strcasecmp(row->type, "CNAME") == 0;
	edit->has_other = true;
	return 0;
}

static int check_neighbours(struct rrset_edit *edit)
{
	bool is_cname = strcmp(edit->type, "CNAME") == 0;
	if (store_rows_at(edit->cli->store, edit->zone.domain->id, edit->name, look_at_neighbour,
		    edit) < 0)
		return cli_store_failed(edit->cli);
	if (edit->has_cname)
		cli_error("Attempting to add record to %s which already had a CNAME record",
			edit->name);
	else if (is_cname && edit->has_other)
		cli_error("Attempting to add CNAME to %s which already had existing records",
			edit->name);
	return edit->has_cname || (is_cname && edit->has_other);
}

static int add_contents(struct rrset_edit *edit)
{
	struct row_writer writer;
	int rc = row_writer_init(&writer, edit->cli, edit->zone.domain->id, edit->zone.apex);
	for (char **content = edit->content; rc == 0 && *content; content++) {
		const struct store_row row = {.name = edit->name,
			.type = edit->type,
			.content = *content,
			.ttl_s = edit->ttl_s,
			.prio = -1};
		rc = row_parse(&edit->zone, &row, row_writer_add, &writer);
	}
	row_writer_deinit(&writer);
	return rc;
}

static int write_rrset(void *ctx)
{
	struct rrset_edit *edit = ctx;
	if (check_neighbours(edit) != 0)
		return 1;
	if (edit->replace)
		printf("Current records for %s IN %s will be replaced\n", edit->name, edit->type);
	if (edit->replace && store_rows_remove(edit->cli->store, edit->zone.domain->id, edit->name,
				     edit->type) < 0)
		return cli_store_failed(edit->cli);
	return add_contents(edit);
}

static int print_new(void *ctx, const struct store_row *row)
{
	const struct rrset_edit *edit = ctx;
	if (!row->type || strcasecmp(row->type, edit->type) != 0 || row->disabled)
		return 0;
	bool has_prio =
		row->prio >= 0 && (strcmp(edit->type, "MX") == 0 || strcmp(edit->type, "SRV") == 0);
	printf("%s. %u IN %s ", strcmp(row->name, ".") == 0 ? "" : row->name, row->ttl_s,
		edit->type);
	if (has_prio)
		printf("%d ", row->prio);
	puts(row->content ? row->content : "");
	return 0;
}

static int edit_rrset(struct cli *cli, char **args, bool replace)
{
	struct rrset_edit edit;
	if (read_edit(cli, &edit, args) != 0)
		return 1;
	edit.replace = replace;
	if (cli_transaction(cli, write_rrset, &edit) != 0)
		return 1;
	puts("New rrset:");
	if (store_rows_at(cli->store, edit.zone.domain->id, edit.name, print_new, &edit) < 0)
		return cli_store_failed(cli);
	return cli_changed(cli, &edit.zone);
}

int cmd_add_record(struct cli *cli, char **args)
{
	return edit_rrset(cli, args, false);
}

int cmd_replace_rrset(struct cli *cli, char **args)
{
	return edit_rrset(cli, args, true);
}

/* ==== delete-rrset ========================================================================== */

static int remove_rrset(void *ctx)
{
	struct rrset_edit *edit = ctx;
	int rc = store_rows_remove(edit->cli->store, edit->zone.domain->id, edit->name, edit->type);
	return rc < 0 ? cli_store_failed(edit->cli) : 0;
}

int cmd_delete_rrset(struct cli *cli, char **args)
{
	struct rrset_edit edit = {.cli = cli};
	if (cli_zone_find_rows(cli, &edit.zone, args[0], "does not exist") != 0 ||
		cli_record_name(&edit.zone, edit.name, args[1]) != 0 ||
		read_type(&edit, args[2]) != 0)
		return 1;
	if (cli_transaction(cli, remove_rrset, &edit) != 0)
		return 1;
	return cli_changed(cli, &edit.zone);
}
