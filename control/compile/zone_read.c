/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/zone_read.h"

#include <stdio.h>

#include "control/compile/rows.h"
#include "control/compile/zone_join.h"
#include "control/dnssec/parallel.h"
#include "control/source/sql_zone.h"
#include "control/source/zone_file.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"
#include "zonedb/settings.h"

#define READER_MAX    16U		  /* threads that read one file; more wait for its text */
#define LARGE_LEN_MIN (UINT64_C(4) << 20) /* octets of a file that more than one thread reads */

struct reading {
	struct zone *zone;
	const struct zone_make_options *opt;
	enum dnssec_mode mode;
	struct zone_make_result *result;
	struct zone_read_outcome *outcome;
};

static int fail(const struct reading *r, const char *text)
{
	zone_make_say(r->opt, r->result, REPORT_ERROR, text);
	return -1;
}

/* ---- records ------------------------------------------------------------------------------- */

/* Where one thread's records go. */
struct sink {
	struct zone_piece piece;
	enum dnssec_mode mode;
	bool direct_dnskey;
	bool has_signatures;	     /* the source does */
	struct presigned_held *held; /* NULL: signatures over a chain are added at once */
	bool has_chain;
};

static bool is_held(struct sink *sink, const struct zone_file_record *rr)
{
	sink->has_chain |= presigned_is_chain(rr->type);
	return sink->held != NULL && presigned_signs_chain(rr->type, rr->rdata, rr->rdata_len);
}

static int hold(struct sink *sink, const struct zone_file_record *rr, char err[static 256])
{
	snprintf(err, 256, "out of memory");
	return presigned_hold(sink->held, rr->owner, rr->ttl_s, rr->rdata, rr->rdata_len);
}

static int take_record(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct sink *sink = ctx;
	sink->has_signatures |= rr->type == RRTYPE_RRSIG;
	if (!dnssec_keeps(sink->mode, sink->direct_dnskey, rr->type))
		return 0;
	if (is_held(sink, rr))
		return hold(sink, rr, err);
	enum zone_add r = zone_add_rr(
		&sink->piece.zone, rr->owner, rr->type, rr->ttl_s, rr->rdata, rr->rdata_len);
	if (r == ZONE_ADD_DONE)
		return 0;
	char name[DNAME_TEXT_MAX], type[12];
	snprintf(err, 256, "%.150s %s: %.80s", dname_to_text(name, rr->owner),
		rrtype_to_text(type, rr->type), zone_add_text(r));
	return -1;
}

static void sink_init(struct sink *sink, const struct reading *r)
{
	*sink = (struct sink){.mode = r->mode, .direct_dnskey = r->opt->settings->direct_dnskey};
	zone_init(&sink->piece.zone, r->opt->apex);
}

/* ---- a file -------------------------------------------------------------------------------- */

static void begin_run(void *ctx, uint64_t run)
{
	zone_piece_begin_run(&((struct sink *)ctx)->piece, run);
}

static struct zone_file_options file_of(const struct reading *r)
{
	return (struct zone_file_options){
		.apex = r->opt->apex,
		.path = r->opt->source->place,
		.sink = take_record,
		.progress = progress_set,
		.progress_ctx = r->opt->progress,
	};
}

/* Takes the sinks' records over. */
static int take_sinks(struct reading *r, struct sink *sink, unsigned cnt)
{
	struct zone_piece piece[READER_MAX];
	for (unsigned i = 0; i < cnt; i++) {
		r->outcome->has_signatures |= sink[i].has_signatures;
		piece[i] = sink[i].piece;
		sink[i].piece = (struct zone_piece){0};
	}
	zone_init(r->zone, r->opt->apex);
	int result = zone_join(r->zone, piece, cnt);
	for (unsigned i = 0; i < cnt; i++)
		zone_piece_deinit(&piece[i]);
	return result < 0 ? fail(r, "out of memory") : 0;
}

static unsigned reader_cnt(const struct reading *r)
{
	uint64_t size = file_id_of_path(r->opt->source->place).size;
	struct parallel_job job = {.item_cnt = size, .chunk_len = LARGE_LEN_MIN / 4};
	unsigned cnt = parallel_worker_cnt(&job, r->opt->thread_cnt);
	if (size < LARGE_LEN_MIN)
		return 1;
	return cnt < READER_MAX ? cnt : READER_MAX;
}

/* 1: there is something to report, and nothing is done. */
static int read_with_threads(struct reading *r)
{
	struct zone_file_options opt = file_of(r);
	struct sink sink[READER_MAX];
	void *ctx[READER_MAX];
	struct zone_file_parts parts = {.cnt = reader_cnt(r), .ctx = ctx, .begin_run = begin_run};
	if (parts.cnt < 2)
		return 1;
	for (unsigned i = 0; i < parts.cnt; i++) {
		sink_init(&sink[i], r);
		ctx[i] = &sink[i];
	}
	int result = zone_file_read_parts(&opt, &parts, &r->result->read.files);
	if (result == 0)
		result = take_sinks(r, sink, parts.cnt);
	for (unsigned i = 0; i < parts.cnt; i++)
		zone_piece_deinit(&sink[i].piece);
	return result;
}

static void take_sink(struct reading *r, const struct sink *sink)
{
	*r->zone = sink->piece.zone;
	r->outcome->has_signatures = sink->has_signatures;
}

static int read_alone(struct reading *r)
{
	struct zone_file_options opt = file_of(r);
	struct sink sink;
	sink_init(&sink, r);
	opt.ctx = &sink;
	int result = zone_file_read(&opt, &r->result->read.files, &r->result->report);
	take_sink(r, &sink);
	return result;
}

static int read_file(struct reading *r)
{
	int result = read_with_threads(r);
	return result > 0 ? read_alone(r) : result;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static int read_into(struct reading *r, struct sql_zone *rows)
{
	char err[256];
	uint64_t errors = r->result->report.error_cnt;
	int result = rows_read(
		r->opt->store, r->opt->apex, sql_zone_row, rows, r->result->read.rows, err);
	if (result == 0)
		return sql_zone_end(rows);
	if (r->result->report.error_cnt == errors) { /* not a row's, but the database's */
		r->result->may_pass = true;
		return fail(r, err);
	}
	return -1;
}

/* The chain is there after all. */
static int give_back(struct reading *r)
{
	char err[256];
	int result = presigned_give_back(&r->outcome->held, r->zone, err);
	presigned_held_deinit(&r->outcome->held);
	return result < 0 ? fail(r, err) : 0;
}

static int read_rows(struct reading *r)
{
	struct sink sink;
	const struct sql_zone_options opt = {.apex = r->opt->apex,
		.place = r->opt->source->place,
		.sink = take_record,
		.ctx = &sink,
		.report = &r->result->report};
	struct sql_zone *rows = sql_zone_new(&opt);
	if (rows == NULL)
		return fail(r, "out of memory");
	sink_init(&sink, r);
	if (r->mode == DNSSEC_PRESIGNED)
		sink.held = &r->outcome->held;
	int result = read_into(r, rows);
	sql_zone_free(rows);
	take_sink(r, &sink);
	return result == 0 && sink.has_chain ? give_back(r) : result;
}

/* ---- all of it ----------------------------------------------------------------------------- */

int zone_read(struct zone *zone, const struct zone_make_options *opt, enum dnssec_mode mode,
	struct zone_make_result *result, struct zone_read_outcome *outcome)
{
	static int (*const by_origin[])(struct reading *) = {
		[ZONE_FROM_FILE] = read_file,
		[ZONE_FROM_ROWS] = read_rows,
	};
	struct reading r = {zone, opt, mode, result, outcome};
	*outcome = (struct zone_read_outcome){0};
	return by_origin[opt->source->origin](&r);
}

void zone_read_outcome_deinit(struct zone_read_outcome *outcome)
{
	presigned_held_deinit(&outcome->held);
}
