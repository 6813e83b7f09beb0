/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/row_write.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/cli/row_text.h"
#include "control/source/sql_zone.h"
#include "zonedb/rrtype.h"

int row_writer_init(
	struct row_writer *writer, struct cli *cli, uint64_t domain_id, const uint8_t *apex)
{
	*writer = (struct row_writer){.cli = cli, .domain_id = domain_id, .apex = apex};
	writer->content = malloc(ROW_TEXT_MAX);
	if (writer->content)
		return 0;
	cli_error("Error: out of memory");
	return -1;
}

void row_writer_deinit(struct row_writer *writer)
{
	free(writer->content);
}

static int add_row(struct row_writer *writer, const struct store_row *row, char err[static 256])
{
	uint64_t id;
	if (store_row_add(writer->cli->store, writer->domain_id, row, &id) == 0) {
		writer->cnt++;
		return 0;
	}
	snprintf(err, 256, "%.255s", store_error(writer->cli->store));
	return -1;
}

static bool is_made_by_database(uint16_t type)
{
	return type == RRTYPE_NSEC || type == RRTYPE_NSEC3;
}

int row_writer_add(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	struct row_writer *writer = ctx;
	char name[DNAME_TEXT_MAX], type[12];
	struct store_row row = {.name = name,
		.type = type,
		.content = writer->content,
		.ttl_s = record->ttl_s,
		.auth = true};
	cli_name_text(name, record->owner);
	if (!dname_is_under(record->owner, writer->apex)) {
		char apex[DNAME_TEXT_MAX];
		snprintf(err, 256,
			"File contains record named '%.90s' which is not part of zone '%.90s'",
			name, cli_name_text(apex, writer->apex));
		return -1;
	}
	writer->has_signatures |= record->type == RRTYPE_RRSIG;
	if (writer->filter && is_made_by_database(record->type))
		return 0;
	rrtype_to_text(type, record->type);
	if (row_text(writer->content, ROW_TEXT_MAX, &row.prio, record->type, record->rdata,
		    record->rdata_len) != 0) {
		snprintf(err, 256, "%.200s %s cannot be written as text", name, type);
		return -1;
	}
	return add_row(writer, &row, err);
}

int row_writer_file(struct row_writer *writer, const char *path)
{
	struct report report = {0};
	struct file_list files = {0};
	const struct zone_file_options opt = {
		.apex = writer->apex, .path = path, .sink = row_writer_add, .ctx = writer};
	int rc = zone_file_read(&opt, &files, &report);
	cli_report(writer->cli, &report);
	file_list_deinit(&files);
	report_deinit(&report);
	return rc;
}

/* ==== one record ============================================================================ */

/* The scanner's own words; what it says about rows is of rows that are there already. */
static void say_fault(const struct report *report)
{
	const char *text = report->line_cnt ? report->line[0].text : "out of memory";
	cli_error("Error: Parsing record content (try 'ensign check-zone'): %s", text);
}

int row_parse(const struct cli_zone *zone, const struct store_row *row, zone_file_sink_fn *sink,
	void *ctx)
{
	struct report report = {0};
	const struct sql_zone_options opt = {.apex = zone->apex,
		.place = "command line",
		.sink = sink,
		.ctx = ctx,
		.report = &report};
	struct sql_zone *rows = sql_zone_new(&opt);
	int rc = rows && sql_zone_row(rows, row) == 0 && sql_zone_end(rows) == 0 &&
				 report.line_cnt == 0
			 ? 0
			 : -1;
	if (rc != 0)
		say_fault(&report);
	sql_zone_free(rows);
	report_deinit(&report);
	return rc;
}
