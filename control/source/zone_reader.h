/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_reader: from the text of a master file to records; what zone_file.c and zone_parts.c share,
 * private to them.
 */
#ifndef CONTROL_SOURCE_ZONE_READER_H
#define CONTROL_SOURCE_ZONE_READER_H

#include <libzscanner/scanner.h>
#include <stdint.h>

#include "control/source/text_input.h"
#include "control/source/zone_file.h"

/* libzscanner's TTL of records that have none while there is no $TTL: too large for a real one. */
#define ZONE_TTL_UNSET UINT32_MAX

struct zone_reader;

/* What all files that one thread reads for a zone share. */
struct zone_reading {
	zone_file_sink_fn *sink;
	void *ctx;
	struct report *report;
	uint32_t ttl_stated_s; /* of the last record that stated one; ZONE_TTL_UNSET before */
	unsigned depth;
	/* Reads an included file: 0, or 1 with errno set. */
	int (*include)(
		struct zone_reading *all, const char *path, const char *origin, uint32_t ttl_s);
	/* Told when the input holds new text, between two entries; may take some of it. NULL =
	 * nobody. */
	void (*fresh)(struct zone_reader *r);

	/* of zone_file.c */
	const struct zone_file_options *opt;
	struct file_list *files;
	struct zone_parts *parts; /* NULL: one thread reads all */
	uint64_t done_len;	  /* octets of files read to their end */
	uint64_t total_len;
};

/* One file, or stretch of one. Lives on the heap: zs_scanner_t is 200 KB. */
struct zone_reader {
	struct zone_reading *all;
	const char *path;
	struct text_input input;
	struct file_id id;
	int start_state; /* the scanner's, between entries */
	zs_scanner_t scanner;
};

/* Sets .all and the scanner up (r is zero before). 0, or -1 with errno set; zs_deinit() the scanner
 * in either case. */
int zone_reader_init(struct zone_reader *r, struct zone_reading *all, const char *origin,
	uint32_t ttl_s) __attribute__((warn_unused_result));
/* Reads .input to its end. */
void zone_reader_entries(struct zone_reader *r);
/* Reports something that stands in a line of the file. */
void zone_reader_say(struct zone_reader *r, enum report_severity severity, uint64_t line,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
