/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * row_write: records into the SQL database, as rows PowerDNS would have written.
 */
#ifndef CONTROL_CLI_ROW_WRITE_H
#define CONTROL_CLI_ROW_WRITE_H

#include "control/cli/cli.h"

struct row_writer {
	struct cli *cli;
	uint64_t domain_id;
	const uint8_t *apex; /* records outside of it are refused */
	bool filter;	     /* leave out what a database makes itself: NSEC, NSEC3 */
	char *content;	     /* scratch, ROW_TEXT_MAX */
	unsigned long cnt;   /* rows written */
	bool has_signatures; /* RRSIGs have been seen */
};

/* -1: out of memory, said. */
int row_writer_init(struct row_writer *writer, struct cli *cli, uint64_t domain_id,
	const uint8_t *apex) __attribute__((warn_unused_result));
void row_writer_deinit(struct row_writer *writer); /* the zero state is safe */
/* Writes a record to cli->store: a sink for zone_file_read() and cli_zone_records(). */
zone_file_sink_fn row_writer_add;

/* Writes the records of a file; 0, or -1 when the reason has been said. */
int row_writer_file(struct row_writer *writer, const char *path)
	__attribute__((warn_unused_result));

/* Reads the content of one record as a row has it into sink. 0, or -1 when the reason has been
 * said. */
int row_parse(const struct cli_zone *zone, const struct store_row *row, zone_file_sink_fn *sink,
	void *ctx) __attribute__((warn_unused_result));

#endif
