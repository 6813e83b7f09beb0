/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sql_zone: from the rows of a PowerDNS database to the records of a zone.
 *
 *   store_rows() --row--> parse --> the rows of one name --> sink(record)
 *                           \-- faulty: a message, and its RRset is left out
 *
 * Rows come by name. Names in them, also in their content, are absolute without a final dot; prio
 * stands in front of what MX and SRV have as content, unless it is NULL. Rows that are disabled and
 * those of empty non-terminals (no type) are skipped.
 *
 * A row that does not parse, is outside the zone or may not stand in one costs the RRset it belongs
 * to, not the zone: half an RRset would be a wrong answer, none is one that monitoring sees. So
 * does what RFC 2181, 10.1 forbids: beside a CNAME, all else is left out (at the apex, the CNAME),
 * as pdns_server answers. Each is a warning that names zone, row and column.
 *
 * Text in a row cannot add a record or change another one: it is one record's, or faulty.
 */
#ifndef CONTROL_SOURCE_SQL_ZONE_H
#define CONTROL_SOURCE_SQL_ZONE_H

#include "control/source/report.h"
#include "control/source/zone_file.h"
#include "control/store/row.h"

struct sql_zone;

struct sql_zone_options {
	const uint8_t *apex; /* wire, lower case */
	const char *place;   /* the database, for messages */
	zone_file_sink_fn *sink;
	void *ctx;
	struct report *report;
};

/* NULL: out of memory. What opt points to outlives it. */
struct sql_zone *sql_zone_new(const struct sql_zone_options *opt);
struct sql_zone *sql_zone_free(struct sql_zone *zone);

/* Takes a row; for store_rows(), zone as ctx. 0, or -1 with an error reported: out of memory, or
 * what the sink says. */
int sql_zone_row(void *zone, const struct store_row *row) __attribute__((warn_unused_result));
/* After the last row. Likewise. */
int sql_zone_end(struct sql_zone *zone) __attribute__((warn_unused_result));

#endif
