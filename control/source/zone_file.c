/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libzscanner/scanner.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/source/directive.h"
#include "control/source/plain_record.h"
#include "control/source/text_input.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

/* libzscanner's TTL of records that have none while there is no $TTL: too large for a real one. */
#define TTL_UNSET UINT32_MAX
#define TTL_MAX	  INT32_MAX /* RFC 2181, 8 */

/* What all files of a zone share. */
struct reading {
	const struct zone_file_options *opt;
	struct file_list *files;
	struct report *report;
	uint64_t done_len; /* octets of files read to their end */
	uint64_t total_len;
	uint32_t ttl_stated_s; /* of the last record that stated one; TTL_UNSET before */
	unsigned depth;
};

/* One file. Lives on the heap: zs_scanner_t is 200 KB. */
struct reader {
	struct reading *all;
	const char *path;
	struct text_input input;
	struct file_id id;
	int start_state; /* the scanner's, between entries */
	zs_scanner_t scanner;
};

static int read_file(struct reading *all, const char *path, const char *origin, uint32_t ttl_s);

/* ---- messages ------------------------------------------------------------------------------ */

__attribute__((format(printf, 4, 5))) static void say(
	struct reader *r, enum report_severity severity, uint64_t line, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report_add(r->all->report, severity, "%s:%lu: %s", r->path, (unsigned long)line, text);
}

/* ---- records ------------------------------------------------------------------------------- */

static uint32_t soa_minimum(const zs_scanner_t *s)
{
	uint8_t be[4];
	memcpy(be, s->r_data + s->r_data_length - sizeof(be), sizeof(be));
	return (uint32_t)be[0] << 24 | (uint32_t)be[1] << 16 | (uint32_t)be[2] << 8 | be[3];
}

/* The TTL of the scanner's record by the rules of the header; -1 if it has none. */
static int resolve_ttl(struct reader *r, uint32_t *ttl_s)
{
	const zs_scanner_t *s = &r->scanner;
	struct reading *all = r->all;
	*ttl_s = s->r_ttl;
	if (s->default_ttl != TTL_UNSET)
		return 0;
	if (s->r_ttl == TTL_UNSET && all->ttl_stated_s == TTL_UNSET) {
		if (s->r_type != RRTYPE_SOA)
			return -1;
		*ttl_s = soa_minimum(s);
		say(r, REPORT_WARNING, r->input.line,
			"no TTL and no $TTL: using the SOA's minimum, %u", *ttl_s);
	} else if (s->r_ttl == TTL_UNSET) {
		*ttl_s = all->ttl_stated_s;
	}
	all->ttl_stated_s = *ttl_s;
	return 0;
}

/* Checks what the scanner leaves to us. */
static const char *record_fault(struct reader *r, uint32_t *ttl_s)
{
	if (r->scanner.r_class != RRCLASS_IN)
		return "class is not IN";
	if (resolve_ttl(r, ttl_s) < 0)
		return "record has no TTL, and there is no $TTL before it";
	if (*ttl_s > TTL_MAX)
		return "TTL above 2147483647";
	return NULL;
}

/* Behind r_owner, the scanner keeps room for a label: DNAME_PAD octets may be read. */
static_assert(sizeof(((zs_scanner_t *)0)->r_owner) >= DNAME_LEN_MAX + DNAME_PAD, "padded");

static void take_record(struct reader *r)
{
	const zs_scanner_t *s = &r->scanner;
	uint32_t ttl_s;
	const char *fault = record_fault(r, &ttl_s);
	if (fault != NULL)
		return say(r, REPORT_ERROR, r->input.line, "%s", fault);

	struct zone_file_record record = {
		.owner = s->r_owner,
		.rdata = s->r_data,
		.ttl_s = ttl_s,
		.type = s->r_type,
		.rdata_len = (uint16_t)s->r_data_length,
		.owner_len = (uint8_t)s->r_owner_length,
	};
	char err[256];
	if (r->all->opt->sink(r->all->opt->ctx, &record, err) < 0)
		say(r, REPORT_ERROR, r->input.line, "%s", err);
}

static void take_include(struct reader *r)
{
	const zs_scanner_t *s = &r->scanner;
	if (r->all->depth == ZONE_FILE_DEPTH_MAX || r->all->files->cnt == ZONE_FILE_CNT_MAX)
		return say(r, REPORT_ERROR, r->input.line,
			"too many files inside files: does %s include itself?",
			s->include_filename);
	char *path = strdup(s->include_filename);
	char *origin = strdup((const char *)s->buffer);
	if (path == NULL || origin == NULL)
		say(r, REPORT_ERROR, r->input.line, "out of memory");
	else if (read_file(r->all, path, origin, s->default_ttl) > 0)
		say(r, REPORT_ERROR, r->input.line, "cannot read %s: %s", path, strerror(errno));
	free(path);
	free(origin);
}

/* ---- entries ------------------------------------------------------------------------------- */

/* Brings the scanner back to the start of an entry, whatever the one before did to it. */
static void scanner_restart(struct reader *r)
{
	zs_scanner_t *s = &r->scanner;
	s->cs = r->start_state;
	s->top = 0;
	s->multiline = false;
	s->error.fatal = false;
	s->line_counter = r->input.line;
}

/* True while the entry may hold more. */
static bool take_result(struct reader *r)
{
	zs_scanner_t *s = &r->scanner;
	switch (s->state) {
	case ZS_STATE_DATA:
		dname_lower(s->r_owner, s->r_owner, s->r_owner_length);
		take_record(r);
		return true;
	case ZS_STATE_INCLUDE:
		take_include(r);
		return true;
	case ZS_STATE_ERROR:
		say(r, REPORT_ERROR, s->line_counter, "%s", zs_strerror(s->error.code));
		return false;
	default:
		return false;
	}
}

static void take_text(struct reader *r, const char *text, size_t len)
{
	scanner_restart(r);
	if (zs_set_input_string(&r->scanner, text, len) < 0)
		return;
	do {
		if (zs_parse_record(&r->scanner) < 0)
			return;
	} while (take_result(r));
}

static void take_entry(struct reader *r, size_t len)
{
	char absolute[DIRECTIVE_LEN_MAX];
	uint8_t origin[DNAME_LEN_MAX];
	if (r->input.pos[0] != '$')
		return take_text(r, r->input.pos, len);
	memcpy(origin, r->scanner.zone_origin, sizeof(origin));
	size_t absolute_len = directive_absolute(absolute, r->input.pos, len, origin);
	if (absolute_len > 0)
		take_text(r, absolute, absolute_len);
	else
		take_text(r, r->input.pos, len);
}

/* ---- files --------------------------------------------------------------------------------- */

static void show_progress(const struct reader *r)
{
	const struct zone_file_options *opt = r->all->opt;
	if (opt->progress != NULL)
		opt->progress(
			opt->progress_ctx, r->all->done_len + r->input.read_len, r->all->total_len);
}

/* Takes the lines that are plain. Returns the length of the entry that is not; 0 at the end, -1
 * with errno set. */
static ptrdiff_t take_plain(struct reader *r)
{
	ptrdiff_t len;
	while ((len = text_input_line(&r->input)) >= 0) {
		if (!plain_record(&r->scanner, r->input.pos, (size_t)len))
			break;
		take_record(r);
		r->input.pos += len + 1;
		r->input.line++;
	}
	return text_input_entry(&r->input);
}

static void read_entries(struct reader *r)
{
	uint64_t shown_len = UINT64_MAX;
	ptrdiff_t len;
	while ((len = take_plain(r)) > 0) {
		if (r->input.read_len != shown_len)
			show_progress(r);
		shown_len = r->input.read_len;
		take_entry(r, (size_t)len);
		text_input_skip(&r->input, (size_t)len);
	}
	if (len < 0)
		say(r, REPORT_ERROR, r->input.line, "%s",
			errno == EFBIG ? "record longer than 4 MiB: an open parenthesis?"
				       : strerror(errno));
}

static void check_unchanged(struct reader *r)
{
	struct file_id id = file_id_of_fd(r->input.fd);
	if (!file_id_equal(&id, &r->id))
		say(r, REPORT_ERROR, r->input.line, "file has changed while it was read");
}

/* Sets directory for relative includes: the scanner's field is its own memory. */
static int scanner_set_directory(zs_scanner_t *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path));
	if (dir == NULL)
		return -1;
	free(s->path);
	s->path = dir;
	return 0;
}

static int reader_init_scanner(struct reader *r, const char *origin, uint32_t ttl_s)
{
	if (zs_init(&r->scanner, origin, RRCLASS_IN, ttl_s) < 0)
		return -1;
	r->start_state = r->scanner.cs;
	return scanner_set_directory(&r->scanner, r->path);
}

/* Reads a file that is open. 0, or 1 with errno set. */
static int read_open_file(struct reading *all, struct reader *r, const char *origin, uint32_t ttl_s)
{
	errno = ENOMEM;
	if (reader_init_scanner(r, origin, ttl_s) < 0 ||
		file_list_add(all->files, r->path, &r->id) < 0)
		return 1;
	all->total_len += r->id.size;
	all->depth++;
	read_entries(r);
	check_unchanged(r);
	all->depth--;
	all->done_len += r->input.read_len;
	return 0;
}

/* A file that is missing is noted, too: its coming is a change. */
static int note_missing(struct reading *all, const char *path)
{
	static const struct file_id none;
	int cause = errno;
	int r = file_list_add(all->files, path, &none);
	errno = r < 0 ? ENOMEM : cause;
	return 1;
}

/* Reads path. 0 (with what errors it has reported), or 1 with errno set: it cannot be read. */
static int read_file(struct reading *all, const char *path, const char *origin, uint32_t ttl_s)
{
	struct reader *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return 1;
	r->all = all;
	r->path = path;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hang us */
	int result = fd < 0 ? note_missing(all, path) : text_input_init(&r->input, fd) < 0;
	if (result == 0) {
		r->id = file_id_of_fd(fd);
		result = read_open_file(all, r, origin, ttl_s);
		zs_deinit(&r->scanner);
		text_input_deinit(&r->input);
	}
	int cause = errno;
	free(r);
	errno = cause;
	return result;
}

int zone_file_read(
	const struct zone_file_options *opt, struct file_list *files, struct report *report)
{
	struct reading all = {
		.opt = opt, .files = files, .report = report, .ttl_stated_s = TTL_UNSET};
	unsigned long errors = report->error_cnt;
	char origin[DNAME_TEXT_MAX];
	if (read_file(&all, opt->path, dname_to_text(origin, opt->apex), TTL_UNSET) > 0)
		report_add(report, REPORT_ERROR, "%s: %s", opt->path, strerror(errno));
	return report->error_cnt > errors ? -1 : 0;
}
