/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The records of a zone, whether it is in a file or in a database; list-zone shows them.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/cli/records.h"
#include "control/cli/row_text.h"
#include "control/source/sql_zone.h"
#include "zonedb/rrtype.h"

/* ==== rows of a file ======================================================================== */

/* As a database would keep it. content: ROW_TEXT_MAX octets. */
static int give_row(const struct record *record, char *content, store_row_fn *fn, void *ctx)
{
	char name[DNAME_TEXT_MAX], type[12];
	struct store_row row = {.name = name,
		.type = type,
		.content = content,
		.ttl_s = record->ttl_s,
		.auth = true};
	cli_name_text(name, record->owner);
	rrtype_to_text(type, record->type);
	if (row_text(content, ROW_TEXT_MAX, &row.prio, record->type, record->rdata,
		    record->rdata_len) != 0)
		return -1;
	return fn(ctx, &row);
}

static int give_rows(
	const struct cli_zone *zone, const struct records *records, store_row_fn *fn, void *ctx)
{
	char *content = malloc(ROW_TEXT_MAX);
	int rc = content ? 0 : -1;
	for (size_t i = 0; rc == 0 && i < records->cnt; i++)
		rc = give_row(&records->record[i], content, fn, ctx);
	free(content);
	if (rc < 0)
		cli_error("Error: zone '%s': out of memory, or a record that has no text",
			zone->name);
	return rc;
}

static int rows_of_file(struct cli *cli, const struct cli_zone *zone, store_row_fn *fn, void *ctx)
{
	struct records records = {0};
	int rc = cli_zone_records(cli, zone, records_take, &records);
	records_sort(&records);
	if (rc == 0)
		rc = give_rows(zone, &records, fn, ctx);
	records_deinit(&records);
	return rc;
}

int cli_zone_rows(struct cli *cli, const struct cli_zone *zone, store_row_fn *fn, void *ctx)
{
	if (!zone->domain)
		return rows_of_file(cli, zone, fn, ctx);
	if (!cli_store(cli, zone, false))
		return -1;
	int rc = store_rows(cli->store, zone->domain->id, fn, ctx);
	if (rc < 0)
		cli_store_failed(cli);
	return rc;
}

/* ==== records, from either ================================================================== */

static int records_of_file(
	struct cli *cli, const struct cli_zone *zone, zone_file_sink_fn *sink, void *ctx)
{
	struct report report = {0};
	struct file_list files = {0};
	if (!zone->conf->file) {
		cli_error("Zone '%s' has no file (%s)", zone->name, zone->conf->at);
		return -1;
	}
	const struct zone_file_options opt = {
		.apex = zone->apex, .path = zone->conf->file, .sink = sink, .ctx = ctx};
	int rc = zone_file_read(&opt, &files, &report);
	cli_report(cli, &report);
	file_list_deinit(&files);
	report_deinit(&report);
	return rc;
}

static int read_rows(struct cli *cli, const struct cli_zone *zone, struct sql_zone *rows)
{
	int rc = rows ? cli_zone_rows(cli, zone, sql_zone_row, rows) : -1;
	return rc == 0 ? sql_zone_end(rows) : rc;
}

static int records_of_rows(struct cli *cli, const struct cli_zone *zone, zone_file_sink_fn *sink,
	void *ctx, struct report *report)
{
	const struct sql_zone_options opt = {.apex = zone->apex,
		.place = cli->databases.place[DATABASE_SQL],
		.sink = sink,
		.ctx = ctx,
		.report = report};
	struct sql_zone *rows = sql_zone_new(&opt);
	int rc = read_rows(cli, zone, rows);
	sql_zone_free(rows);
	return rc;
}

int cli_zone_records_report(struct cli *cli, const struct cli_zone *zone, zone_file_sink_fn *sink,
	void *ctx, struct report *rows)
{
	return zone->domain ? records_of_rows(cli, zone, sink, ctx, rows)
			    : records_of_file(cli, zone, sink, ctx);
}

int cli_zone_records(
	struct cli *cli, const struct cli_zone *zone, zone_file_sink_fn *sink, void *ctx)
{
	struct report report = {0};
	int rc = cli_zone_records_report(cli, zone, sink, ctx, &report);
	for (unsigned i = 0; i < report.line_cnt; i++)
		cli_error("%s", report.line[i].text);
	report_deinit(&report);
	return rc;
}

/* ==== list-zone ============================================================================= */

/* Types whose last word is shown with the final dot of an absolute name. */
static bool ends_in_name(const char *type)
{
	static const char *const table[] = {"NS", "CNAME", "MX", "SRV"};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(type, table[i]) == 0)
			return true;
	return false;
}

static bool has_prio(const struct store_row *row)
{
	return row->prio >= 0 && (strcmp(row->type, "MX") == 0 || strcmp(row->type, "SRV") == 0);
}

static int print_row(void *ctx, const struct store_row *row)
{
	(void)ctx;
	if (row->disabled || !row->type)
		return 0;
	const char *content = row->content ? row->content : "";
	size_t len = strlen(content);
	bool dot = ends_in_name(row->type) && len && content[len - 1] != '.';
	printf("%s\t%u\tIN\t%s\t", row->name, row->ttl_s, row->type);
	if (has_prio(row))
		printf("%d ", row->prio);
	printf("%s%s\n", content, dot ? "." : "");
	return 0;
}

static int row_to_json(void *ctx, const struct store_row *row)
{
	char prio[16] = "";
	if (!row->type)
		return 0;
	if (has_prio(row))
		snprintf(prio, sizeof(prio), "%d ", row->prio);
	json_array_append_new(
		ctx, json_pack("{s:s, s:s, s:i, s:s++, s:b}", "name", row->name, "type", row->type,
			     "ttl", (int)row->ttl_s, "content", prio,
			     row->content ? row->content : "", "", "disabled", row->disabled));
	return 0;
}

int cmd_list_zone(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (!cli_zone_exists(&zone)) {
		cli_error("Zone '%s' not found!", zone.name);
		return 1;
	}
	if (!cli->opt.json) {
		puts("$ORIGIN .");
		return cli_zone_rows(cli, &zone, print_row, NULL) == 0 ? 0 : 1;
	}
	json_t *list = json_array();
	int rc = cli_zone_rows(cli, &zone, row_to_json, list) == 0 ? 0 : 1;
	return cli_end_list(list, rc);
}
