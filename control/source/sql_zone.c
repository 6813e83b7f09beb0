/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/sql_zone.h"

#include <libzscanner/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/source/plain_record.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

#define TTL_MAX	    INT32_MAX /* RFC 2181, 8 */
#define TYPE_CNT    65536
#define ESCAPED_LEN 4 /* \DDD */

struct sql_record {
	uint64_t row_id;
	size_t rdata_off;
	uint32_t ttl_s;
	uint16_t rdata_len;
	uint16_t type;
};

struct sql_zone {
	struct sql_zone_options opt;

	/* the name whose rows are coming */
	uint8_t owner[DNAME_LEN_MAX + DNAME_PAD];
	uint8_t owner_len; /* 0: none yet */
	struct sql_record *record;
	size_t record_cnt, record_cap;
	uint8_t *rdata; /* of the records, one behind the other */
	size_t rdata_len, rdata_cap;
	uint8_t left_out[TYPE_CNT / 8]; /* a bit for each type that is faulty at this name */

	char *text; /* a record's line */
	size_t text_len, text_cap;
	int start_state; /* the scanner's */
	zs_scanner_t scanner;
};

/* ---- growing arrays ------------------------------------------------------------------------- */

/* The array with room for need items of size; NULL, and it is as it was: out of memory. */
static void *with_room(void *array, size_t *cap, size_t need, size_t size)
{
	size_t wanted = *cap > 0 ? *cap : 64;
	if (need <= *cap)
		return array;
	while (wanted < need)
		wanted *= 2;
	void *grown = reallocarray(array, wanted, size);
	if (grown != NULL)
		*cap = wanted;
	return grown;
}

static int fail(const struct sql_zone *zone, const char *cause)
{
	char name[DNAME_TEXT_MAX];
	report_add(zone->opt.report, REPORT_ERROR, "%s: zone %s: %s", zone->opt.place,
		dname_to_text(name, zone->opt.apex), cause);
	return -1;
}

/* ---- faulty rows ---------------------------------------------------------------------------- */

/* Why a row is not taken; the zero state: it is. */
struct fault {
	const char *column;
	const char *cause;
};

static bool is_left_out(const struct sql_zone *zone, uint16_t type)
{
	return zone->left_out[type / 8] >> type % 8 & 1;
}

static void leave_out(struct sql_zone *zone, uint16_t type)
{
	zone->left_out[type / 8] |= (uint8_t)(1U << type % 8);
}

static void say(const struct sql_zone *zone, uint64_t row_id, struct fault fault, const char *lost)
{
	char name[DNAME_TEXT_MAX];
	report_add(zone->opt.report, REPORT_WARNING, "%s: zone %s: row %lu, column %s: %s; %s",
		zone->opt.place, dname_to_text(name, zone->opt.apex), (unsigned long)row_id,
		fault.column, fault.cause, lost);
}

/* The RRset of a row of the name at hand. */
static void lose_rrset(struct sql_zone *zone, uint64_t row_id, uint16_t type, struct fault fault)
{
	char lost[DNAME_TEXT_MAX + 32], name[DNAME_TEXT_MAX], type_text[12];
	leave_out(zone, type);
	snprintf(lost, sizeof(lost), "%s %s is left out", dname_to_text(name, zone->owner),
		rrtype_to_text(type_text, type));
	say(zone, row_id, fault, lost);
}

/* ---- one name's records --------------------------------------------------------------------- */

static bool goes_with_cname(uint16_t type)
{
	return type == RRTYPE_CNAME || type == RRTYPE_RRSIG || type == RRTYPE_NSEC;
}

static bool is_alone(uint16_t type)
{
	return type == RRTYPE_CNAME || type == RRTYPE_DNAME || type == RRTYPE_SOA;
}

static const struct sql_record *find(const struct sql_zone *zone, uint16_t type)
{
	for (size_t i = 0; i < zone->record_cnt; i++)
		if (zone->record[i].type == type)
			return &zone->record[i];
	return NULL;
}

/* Of records that are fine by themselves, those that cannot stand together. */
static void check_record(struct sql_zone *zone, const struct sql_record *rr, bool has_cname)
{
	static const struct fault beside = {"type", "CNAME and other data (RFC 2181, 10.1)"},
				  second = {"type", "more than one record"},
				  below = {"name", "SOA below the apex"};
	bool at_apex = dname_cmp(zone->owner, zone->opt.apex) == 0;
	if (is_left_out(zone, rr->type))
		return;
	if (has_cname && !at_apex && !goes_with_cname(rr->type))
		lose_rrset(zone, rr->row_id, rr->type, beside);
	else if (is_alone(rr->type) && find(zone, rr->type) != rr)
		lose_rrset(zone, rr->row_id, rr->type, second);
	else if (rr->type == RRTYPE_CNAME && at_apex)
		lose_rrset(zone, rr->row_id, rr->type, beside);
	else if (rr->type == RRTYPE_SOA && !at_apex)
		lose_rrset(zone, rr->row_id, rr->type, below);
}

static int give(struct sql_zone *zone, const struct sql_record *rr)
{
	struct zone_file_record record = {
		.owner = zone->owner,
		.rdata = zone->rdata + rr->rdata_off,
		.ttl_s = rr->ttl_s,
		.type = rr->type,
		.rdata_len = rr->rdata_len,
		.owner_len = zone->owner_len,
	};
	char err[256];
	if (is_left_out(zone, rr->type) || zone->opt.sink(zone->opt.ctx, &record, err) == 0)
		return 0;
	return fail(zone, err);
}

/* Hands the records of the name at hand over. */
static int flush(struct sql_zone *zone)
{
	const struct sql_record *cname = find(zone, RRTYPE_CNAME);
	bool has_cname = cname != NULL && !is_left_out(zone, RRTYPE_CNAME);
	int r = 0;
	for (size_t i = 0; i < zone->record_cnt; i++)
		check_record(zone, &zone->record[i], has_cname);
	for (size_t i = 0; r == 0 && i < zone->record_cnt; i++)
		r = give(zone, &zone->record[i]);
	memset(zone->left_out, 0, sizeof(zone->left_out));
	zone->record_cnt = 0;
	zone->rdata_len = 0;
	return r;
}

static int enter_name(struct sql_zone *zone, const uint8_t *owner, size_t owner_len)
{
	if (owner_len == zone->owner_len && memcmp(owner, zone->owner, owner_len) == 0)
		return 0;
	int r = flush(zone);
	memcpy(zone->owner, owner, owner_len);
	zone->owner_len = (uint8_t)owner_len;
	return r;
}

/* ---- text ----------------------------------------------------------------------------------- */

static int put(struct sql_zone *zone, const char *text, size_t len)
{
	char *grown = with_room(zone->text, &zone->text_cap, zone->text_len + len + 1, 1);
	if (grown == NULL)
		return -1;
	zone->text = grown;
	memcpy(zone->text + zone->text_len, text, len);
	zone->text_len += len;
	zone->text[zone->text_len] = '\0';
	return 0;
}

static bool is_printable(char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\t';
}

/* How many octets from at mean nothing but themselves. */
static size_t plain_len(const char *at)
{
	size_t len = strcspn(at, "\"\\;()"), printable = 0;
	while (printable < len && is_printable(at[printable]))
		printable++;
	return printable;
}

/* Puts what is not plain: an escape, a quote, or an octet that becomes an escape, for a newline in
 * a text is one. Octets of content taken; 0: it is more than a record's; -1: out of memory. */
static int put_special(struct sql_zone *zone, const char *at, bool *quoted)
{
	char escaped[ESCAPED_LEN + 1];
	*quoted ^= *at == '"';
	if (*at == '\\')
		return !is_printable(at[1]) ? 0 : put(zone, at, 2) < 0 ? -1 : 2;
	if (is_printable(*at))
		return *at != '"' && !*quoted ? 0 : put(zone, at, 1) < 0 ? -1 : 1;
	snprintf(escaped, sizeof(escaped), "\\%03u", (uint8_t)*at);
	return put(zone, escaped, ESCAPED_LEN) < 0 ? -1 : 1;
}

/* -1: out of memory; 1: the content is more than a record's. */
static int put_content(struct sql_zone *zone, const char *content)
{
	bool quoted = false;
	for (const char *at = content; *at != '\0';) {
		size_t len = plain_len(at);
		if (put(zone, at, len) < 0)
			return -1;
		at += len;
		int taken = *at != '\0' ? put_special(zone, at, &quoted) : 0;
		if (taken < 0 || (taken == 0 && *at != '\0'))
			return taken < 0 ? -1 : 1;
		at += taken;
	}
	return 0;
}

static bool has_prio(const struct store_row *row, uint16_t type)
{
	return row->prio >= 0 && (type == RRTYPE_MX || type == RRTYPE_SRV);
}

/* The line of a row, its owner left to the one before, as put_content(). */
static int put_line(struct sql_zone *zone, const struct store_row *row, uint16_t type)
{
	char head[32], type_text[12];
	int len = snprintf(head, sizeof(head), "\t%s ", rrtype_to_text(type_text, type));
	if (has_prio(row, type))
		len += snprintf(head + len, sizeof(head) - (size_t)len, "%d ", row->prio);
	zone->text_len = 0;
	if (put(zone, head, (size_t)len) < 0)
		return -1;
	int r = put_content(zone, row->content);
	return r != 0 ? r : put(zone, "\n", 1);
}

/* ---- parsing -------------------------------------------------------------------------------- */

static void scanner_prepare(struct sql_zone *zone, uint32_t ttl_s)
{
	zs_scanner_t *s = &zone->scanner;
	s->cs = zone->start_state;
	s->top = 0;
	s->multiline = false;
	s->error.fatal = false;
	s->default_ttl = ttl_s;
	memcpy(s->r_owner, zone->owner, zone->owner_len);
	s->r_owner_length = zone->owner_len;
}

/* Parses the line into the scanner. NULL, or what is wrong with it. */
static const char *scan(struct sql_zone *zone)
{
	zs_scanner_t *s = &zone->scanner;
	if (plain_record(s, zone->text, zone->text_len - 1))
		return NULL;
	if (zs_set_input_string(s, zone->text, zone->text_len) < 0 || zs_parse_record(s) < 0)
		return "cannot be read";
	if (s->state == ZS_STATE_ERROR)
		return zs_strerror(s->error.code);
	return s->state == ZS_STATE_DATA ? NULL : "is empty";
}

/* What the scanner found must be what the row says it is, and may stand in a zone. */
static const char *record_fault(const struct sql_zone *zone, uint16_t type)
{
	const zs_scanner_t *s = &zone->scanner;
	if (s->r_type != type || s->r_class != RRCLASS_IN)
		return "begins with what is no part of it";
	if (rrtype_check_rdata(type, s->r_data, s->r_data_length) < 0)
		return "malformed record data";
	return NULL;
}

static int keep_record(struct sql_zone *zone, const struct store_row *row, uint16_t type)
{
	const zs_scanner_t *s = &zone->scanner;
	struct sql_record *record =
		with_room(zone->record, &zone->record_cap, zone->record_cnt + 1, sizeof(*record));
	if (record != NULL)
		zone->record = record;
	uint8_t *rdata =
		with_room(zone->rdata, &zone->rdata_cap, zone->rdata_len + s->r_data_length, 1);
	if (rdata != NULL)
		zone->rdata = rdata;
	if (record == NULL || rdata == NULL)
		return fail(zone, "out of memory");
	memcpy(rdata + zone->rdata_len, s->r_data, s->r_data_length);
	record[zone->record_cnt++] = (struct sql_record){.row_id = row->id,
		.rdata_off = zone->rdata_len,
		.ttl_s = row->ttl_s,
		.rdata_len = (uint16_t)s->r_data_length,
		.type = type};
	zone->rdata_len += s->r_data_length;
	return 0;
}

static int lose(struct sql_zone *zone, const struct store_row *row, uint16_t type,
	const char *column, const char *cause)
{
	lose_rrset(zone, row->id, type, (struct fault){column, cause});
	return 0;
}

static int take_content(struct sql_zone *zone, const struct store_row *row, uint16_t type)
{
	if (row->content == NULL)
		return lose(zone, row, type, "content", "NULL");
	int r = put_line(zone, row, type);
	if (r < 0)
		return fail(zone, "out of memory");
	if (r > 0)
		return lose(zone, row, type, "content",
			"';', '(' or ')' outside of quotes, or '\\' before nothing");
	scanner_prepare(zone, row->ttl_s);
	const char *cause = scan(zone);
	if (cause == NULL)
		cause = record_fault(zone, type);
	return cause != NULL ? lose(zone, row, type, "content", cause)
			     : keep_record(zone, row, type);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static int ignore(const struct sql_zone *zone, const struct store_row *row, const char *column,
	const char *cause)
{
	say(zone, row->id, (struct fault){column, cause}, "the row is left out");
	return 0;
}

static int take_row(struct sql_zone *zone, const struct store_row *row)
{
	uint16_t type;
	if (rrtype_from_text(&type, row->type) < 0)
		return ignore(zone, row, "type", "there is no such type");
	if (rrtype_is_meta(type))
		return ignore(zone, row, "type", "may not stand in a zone");
	if (row->ttl_s > TTL_MAX)
		return lose(zone, row, type, "ttl", "above 2147483647");
	return take_content(zone, row, type);
}

int sql_zone_row(void *ctx, const struct store_row *row)
{
	struct sql_zone *zone = ctx;
	uint8_t owner[DNAME_LEN_MAX + DNAME_PAD];
	if (row->disabled || row->type == NULL || row->type[0] == '\0')
		return 0;
	int len = row->name != NULL ? dname_from_text(owner, row->name) : -1;
	if (len < 0)
		return ignore(zone, row, "name", "is no domain name");
	dname_lower(owner, owner, (size_t)len);
	if (!dname_is_under(owner, zone->opt.apex))
		return ignore(zone, row, "name", "outside the zone");
	return enter_name(zone, owner, (size_t)len) < 0 ? -1 : take_row(zone, row);
}

int sql_zone_end(struct sql_zone *zone)
{
	return flush(zone);
}

/* ---- life ----------------------------------------------------------------------------------- */

struct sql_zone *sql_zone_new(const struct sql_zone_options *opt)
{
	struct sql_zone *zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return NULL;
	zone->opt = *opt;
	if (zs_init(&zone->scanner, ".", RRCLASS_IN, 0) < 0)
		return sql_zone_free(zone);
	zone->start_state = zone->scanner.cs;
	return zone;
}

struct sql_zone *sql_zone_free(struct sql_zone *zone)
{
	if (zone == NULL)
		return NULL;
	zs_deinit(&zone->scanner);
	free(zone->record);
	free(zone->rdata);
	free(zone->text);
	free(zone);
	return NULL;
}
