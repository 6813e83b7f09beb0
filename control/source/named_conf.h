/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * named_conf: the zones that a BIND named.conf lists (setting bind-config).
 *
 * Read are `options { directory "..."; };`, `zone NAME [CLASS] { type ...; file "..."; };` and
 * `include "...";`. BIND's other statements and options are stepped over; those that would change
 * what is served, and that ensign does otherwise or not at all, give a warning that says so. What
 * BIND does not know either is an error: a misspelt `file` must not lose a zone silently.
 *
 * Relative names are relative to `directory`, and that, or without it everything, to the directory
 * of the named.conf.
 *
 * A configuration with an error is refused as a whole.
 */
#ifndef CONTROL_SOURCE_NAMED_CONF_H
#define CONTROL_SOURCE_NAMED_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "control/source/report.h"

#define NAMED_INCLUDE_DEPTH_MAX 16     /* files inside files: deeper is a loop */
#define NAMED_FILE_CNT_MAX	100000 /* read for one named.conf; some panels write one per zone */
#define NAMED_FILE_LEN_MAX	(UINT64_C(1) << 30) /* octets; 5 million zones take a half */

enum named_zone_kind {
	NAMED_ZONE_PRIMARY,	/* its file is what is served */
	NAMED_ZONE_UNSUPPORTED, /* comes from elsewhere: secondary, hint, ... */
};

struct named_zone {
	uint8_t *apex; /* wire, lower case */
	uint8_t apex_len;
	enum named_zone_kind kind;
	char type[16]; /* as written; "native" where nothing is */
	char *file; /* absolute, or as relative as the named.conf's name; NULL if there is none */
	char *at;   /* "FILE:LINE:COLUMN" of the zone's name */
};

struct named_conf {
	struct named_zone *zone; /* canonical order of apex, no doubles */
	size_t zone_cnt;
	char **file; /* the named.conf and what it includes, in the order met */
	size_t file_cnt;
};

/* Where text comes from, so that tests and fuzzers can feed it. Reads path whole into *text
 * (malloc; the reader frees it) and its length; 0, or -1 with errno set. */
typedef int named_conf_read_fn(void *ctx, const char *path, char **text, size_t *len);
/* From the file system; files above NAMED_FILE_LEN_MAX give EFBIG. */
named_conf_read_fn named_conf_read_file;

/* Reads path into conf (overwritten; deinit it also after a failure). 0, or -1 with errors in
 * report. */
int named_conf_read(struct named_conf *conf, const char *path, named_conf_read_fn *read, void *ctx,
	struct report *report) __attribute__((warn_unused_result));
void named_conf_deinit(struct named_conf *conf); /* the zero state is safe */

#endif
