/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/zone_reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/source/directive.h"
#include "control/source/plain_record.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

#define TTL_MAX INT32_MAX /* RFC 2181, 8 */

/* ---- messages ------------------------------------------------------------------------------ */

void zone_reader_say(struct zone_reader *r, enum report_severity severity, uint64_t line,
	const char *format, ...)
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
static int resolve_ttl(struct zone_reader *r, uint32_t *ttl_s)
{
	const zs_scanner_t *s = &r->scanner;
	struct zone_reading *all = r->all;
	*ttl_s = s->r_ttl;
	if (s->default_ttl != ZONE_TTL_UNSET)
		return 0;
	if (s->r_ttl == ZONE_TTL_UNSET && all->ttl_stated_s == ZONE_TTL_UNSET) {
		if (s->r_type != RRTYPE_SOA)
			return -1;
		*ttl_s = soa_minimum(s);
		zone_reader_say(r, REPORT_WARNING, r->input.line,
			"no TTL and no $TTL: using the SOA's minimum, %u", *ttl_s);
	} else if (s->r_ttl == ZONE_TTL_UNSET) {
		*ttl_s = all->ttl_stated_s;
	}
	all->ttl_stated_s = *ttl_s;
	return 0;
}

/* Checks what the scanner leaves to us. */
static const char *record_fault(struct zone_reader *r, uint32_t *ttl_s)
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

static void take_record(struct zone_reader *r)
{
	const zs_scanner_t *s = &r->scanner;
	uint32_t ttl_s;
	const char *fault = record_fault(r, &ttl_s);
	if (fault != NULL)
		return zone_reader_say(r, REPORT_ERROR, r->input.line, "%s", fault);

	struct zone_file_record record = {
		.owner = s->r_owner,
		.rdata = s->r_data,
		.ttl_s = ttl_s,
		.type = s->r_type,
		.rdata_len = (uint16_t)s->r_data_length,
		.owner_len = (uint8_t)s->r_owner_length,
	};
	char err[256];
	if (r->all->sink(r->all->ctx, &record, err) < 0)
		zone_reader_say(r, REPORT_ERROR, r->input.line, "%s", err);
}

static void take_include(struct zone_reader *r)
{
	const zs_scanner_t *s = &r->scanner;
	if (r->all->depth == ZONE_FILE_DEPTH_MAX || r->all->files->cnt == ZONE_FILE_CNT_MAX)
		return zone_reader_say(r, REPORT_ERROR, r->input.line,
			"too many files inside files: does %s include itself?",
			s->include_filename);
	char *path = strdup(s->include_filename);
	char *origin = strdup((const char *)s->buffer);
	if (path == NULL || origin == NULL)
		zone_reader_say(r, REPORT_ERROR, r->input.line, "out of memory");
	else if (r->all->include(r->all, path, origin, s->default_ttl) > 0)
		zone_reader_say(r, REPORT_ERROR, r->input.line, "cannot read %s: %s", path,
			strerror(errno));
	free(path);
	free(origin);
}

/* ---- entries ------------------------------------------------------------------------------- */

/* Brings the scanner back to the start of an entry, whatever the one before did to it. */
static void scanner_restart(struct zone_reader *r)
{
	zs_scanner_t *s = &r->scanner;
	s->cs = r->start_state;
	s->top = 0;
	s->multiline = false;
	s->error.fatal = false;
	s->line_counter = r->input.line;
}

/* True while the entry may hold more. */
static bool take_result(struct zone_reader *r)
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
		zone_reader_say(r, REPORT_ERROR, s->line_counter, "%s", zs_strerror(s->error.code));
		return false;
	default:
		return false;
	}
}

static void take_text(struct zone_reader *r, const char *text, size_t len)
{
	scanner_restart(r);
	if (zs_set_input_string(&r->scanner, text, len) < 0)
		return;
	do {
		if (zs_parse_record(&r->scanner) < 0)
			return;
	} while (take_result(r));
}

static void take_entry(struct zone_reader *r, size_t len)
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

/* Takes the lines that are plain. Returns the length of the entry that is not; 0 at the end, -1
 * with errno set. */
static ptrdiff_t take_plain(struct zone_reader *r)
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

void zone_reader_entries(struct zone_reader *r)
{
	uint64_t seen_len = UINT64_MAX;
	ptrdiff_t len;
	while ((len = take_plain(r)) > 0) {
		bool fresh = r->input.read_len != seen_len;
		seen_len = r->input.read_len;
		take_entry(r, (size_t)len);
		text_input_skip(&r->input, (size_t)len);
		if (fresh && r->all->fresh != NULL)
			r->all->fresh(r);
	}
	if (len < 0)
		zone_reader_say(r, REPORT_ERROR, r->input.line, "%s",
			errno == EFBIG ? "record longer than 4 MiB: an open parenthesis?"
				       : strerror(errno));
}

int zone_reader_init(
	struct zone_reader *r, struct zone_reading *all, const char *origin, uint32_t ttl_s)
{
	r->all = all;
	errno = ENOMEM;
	if (zs_init(&r->scanner, origin, RRCLASS_IN, ttl_s) < 0)
		return -1;
	r->start_state = r->scanner.cs;
	return 0;
}
