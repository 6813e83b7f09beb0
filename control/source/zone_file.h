/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_file: reads master files (RFC 1035, 5; RFC 2308, 4; RFC 3597) record by record.
 *
 *   file -> text_input: blocks, cut into entries -> libzscanner -> sink(record)
 *                                 $INCLUDE: the same for another file, and back
 *
 * All errors of a file are reported, each with the line it stands in, up to REPORT_LINE_MAX; after
 * one, reading goes on with the next entry.
 *
 * A record without TTL gets that of the last $TTL; without any, what the last record had that had
 * one (RFC 1035, 5.1); a SOA that comes first, its minimum, with a warning, as BIND does. Nothing
 * is guessed beyond that.
 *
 * Files are read, not mapped: one that is cut short while it is being read must not end the
 * process. One that changes meanwhile is reported as an error.
 */
#ifndef CONTROL_SOURCE_ZONE_FILE_H
#define CONTROL_SOURCE_ZONE_FILE_H

#include <stdint.h>

#include "control/source/file_list.h"
#include "control/source/report.h"
#include "zonedb/limits.h"

#define ZONE_FILE_DEPTH_MAX 16	  /* files inside files: deeper is a loop */
#define ZONE_FILE_CNT_MAX   10000 /* files of one zone: more is a mistake */
#define ZONE_FILE_ENTRY_LEN_MAX                                                                    \
	(1U << 22) /* octets of text of one record: 64 KiB of rdata as hex,                        \
		 generously commented */

/* One record, class IN. Valid during the call. */
struct zone_file_record {
	const uint8_t *owner; /* absolute, wire, lower case; DNAME_PAD octets may be read behind */
	const uint8_t *rdata; /* wire, names uncompressed, their case as in the text */
	uint32_t ttl_s;
	uint16_t type;
	uint16_t rdata_len;
	uint8_t owner_len;
};

/* Takes a record: 0, or -1 with err a sentence, which is reported with the record's place. */
typedef int zone_file_sink_fn(
	void *ctx, const struct zone_file_record *record, char err[static 256]);

struct zone_file_options {
	const uint8_t *apex; /* the origin to begin with; wire, lower case */
	const char *path;
	zone_file_sink_fn *sink;
	void *ctx;
	/* Told now and then how many octets have been read; total is the size of the files opened
	 * so far. NULL = nobody. */
	void (*progress)(void *progress_ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* Reads the file and its includes. Appends them to files, in the order met; the id of one that
 * cannot be opened is all zero. 0, or -1 with at least one error
 * in report. */
int zone_file_read(const struct zone_file_options *opt, struct file_list *files,
	struct report *report) __attribute__((warn_unused_result));

/* Threads that read one large file together. */
struct zone_file_parts {
	unsigned cnt;	  /* with the calling one, which is number 0; at least 2 */
	void *const *ctx; /* the sink's, one per thread */
	/* Told before the records of a run, in the thread they come in: each run is a stretch of
	 * the file, and their numbers ascend as the file does. */
	void (*begin_run)(void *ctx, uint64_t run);
};

/* The same with several threads, for files that are as they should be: stretches of lines that
 * stand for themselves - no parentheses, no directives - go to whichever thread is free. opt->ctx
 * is not used; files is empty before. 0, or 1: there is something to report, or too little memory;
 * records so far are to be thrown away, and the file to be read with zone_file_read(). */
int zone_file_read_parts(const struct zone_file_options *opt, const struct zone_file_parts *parts,
	struct file_list *files) __attribute__((warn_unused_result));

#endif
