/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * compile: one zone, from its file to its published image.
 *
 *   zone_file_read -> zone_add_rr -> zone_finish            parse, order
 *     unsigned:    -                                        (DNSSEC records of the file dropped)
 *     signed here: apex records -> chain -> signatures      chain, sign
 *     pre-signed:  the file's own adopted                   chain
 *   -> image_build, into shared memory -> publisher_commit  image
 *
 * Whatever fails, the version published before goes on being served. The zone's model in memory is
 * gone when compile_zone() returns.
 *
 * Threads: any number at once, each with a store of its own.
 */
#ifndef CONTROL_COMPILE_COMPILE_H
#define CONTROL_COMPILE_COMPILE_H

#include "control/compile/progress.h"
#include "control/compile/publisher.h"
#include "control/source/file_list.h"
#include "control/source/report.h"

struct settings;
struct store;

struct compile_options {
	const uint8_t *apex; /* wire, lower case */
	const char *path;    /* of the zone file */
	uint64_t now_s;
	unsigned thread_cnt; /* for chain and signatures */
	struct store *store; /* NULL = there is no database */
	const struct settings *settings;
	struct publisher *publisher;
	struct progress *progress;
};

struct compile_result {
	struct publisher_image published; /* if it succeeded */
	struct file_list files;		  /* that were read, also for a zone that failed */
	struct report report;		  /* a failure has at least one error */
	bool may_pass; /* it failed for want of memory or the database, not for the zone */
};

/* Overwrites result, which is to be deinited after a failure, too. 0, or -1. */
int compile_zone(const struct compile_options *opt, struct compile_result *result)
	__attribute__((warn_unused_result));
void compile_result_deinit(struct compile_result *result); /* the zero state is safe */

#endif
