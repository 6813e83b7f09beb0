/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/zone_make.h"

#include <stdio.h>

#include "control/compile/fingerprint.h"
#include "control/compile/signing.h"
#include "control/dnssec/chain.h"
#include "control/dnssec/presigned.h"
#include "control/source/zone_file.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"
#include "zonedb/zone_finish.h"

/* One zone being made; the zero state is safe to deinit. */
struct making {
	const struct zone_make_options *opt;
	struct zone_make_result *result;
	struct zone *zone;
	struct signing signing;
	bool has_signatures; /* the file does */
};

/* ---- messages ------------------------------------------------------------------------------ */

void zone_make_say(const struct zone_make_options *opt, struct zone_make_result *result,
	enum report_severity severity, const char *text)
{
	char name[DNAME_TEXT_MAX];
	report_add(&result->report, severity, "%s: zone %s: %s", opt->path,
		dname_to_text(name, opt->apex), text);
}

static int fail(const struct making *m, const char *text)
{
	zone_make_say(m->opt, m->result, REPORT_ERROR, text);
	return -1;
}

static void note(void *ctx, const char *text)
{
	const struct making *m = ctx;
	zone_make_say(m->opt, m->result, REPORT_WARNING, text);
}

/* ---- source -------------------------------------------------------------------------------- */

static int read_signing(struct making *m)
{
	const struct zone_make_options *opt = m->opt;
	char err[256];
	int r = signing_read(&m->signing, opt->store, opt->settings, opt->apex, opt->now_s, err);
	if (r != 0)
		zone_make_say(opt, m->result, r < 0 ? REPORT_ERROR : REPORT_WARNING, err);
	m->result->may_pass = r < 0;
	return r < 0 ? -1 : 0;
}

static int take_record(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct making *m = ctx;
	m->has_signatures |= rr->type == RRTYPE_RRSIG;
	if (!dnssec_keeps(m->signing.mode, rr->type))
		return 0;
	enum zone_add r =
		zone_add_rr(m->zone, rr->owner, rr->type, rr->ttl_s, rr->rdata, rr->rdata_len);
	if (r == ZONE_ADD_DONE)
		return 0;
	char name[DNAME_TEXT_MAX], type[12];
	snprintf(err, 256, "%.150s %s: %.80s", dname_to_text(name, rr->owner),
		rrtype_to_text(type, rr->type), zone_add_text(r));
	return -1;
}

static int read_source(struct making *m)
{
	struct zone_file_options opt = {
		.apex = m->opt->apex,
		.path = m->opt->path,
		.sink = take_record,
		.ctx = m,
		.progress = progress_set,
		.progress_ctx = m->opt->progress,
	};
	progress_enter(m->opt->progress, PROGRESS_PARSE, 0);
	zone_init(m->zone, m->opt->apex);
	if (zone_file_read(&opt, &m->result->files, &m->result->report) < 0)
		return -1;
	if (m->signing.mode == DNSSEC_UNSIGNED && m->has_signatures)
		note(m, "signatures in the file are left out: the zone has no keys and is not "
			"pre-signed (ensign set-presigned)");
	return 0;
}

static int finish_zone(struct making *m)
{
	char err[256];
	progress_enter(m->opt->progress, PROGRESS_ORDER, 0);
	return zone_finish(m->zone, err) < 0 ? fail(m, err) : 0;
}

/* ---- DNSSEC -------------------------------------------------------------------------------- */

static int leave_unsigned(struct making *m)
{
	(void)m;
	return 0;
}

static int sign_zone(struct making *m)
{
	const struct zone_policy *policy = &m->signing.policy;
	struct dnssec_options opt = {
		.keys = &m->signing.keys,
		.policy = policy,
		.window = m->signing.window,
		.thread_cnt = m->opt->thread_cnt,
		.progress = progress_set,
		.progress_ctx = m->opt->progress,
	};
	char err[256];
	if (dnssec_apex_records(m->zone, &opt, err) < 0)
		return fail(m, err);
	progress_enter(m->opt->progress, PROGRESS_CHAIN, m->zone->node_cnt);
	const struct zone_nsec3_param *param = policy->nsec3 ? &policy->nsec3_param : NULL;
	if (dnssec_chain(m->zone, param, opt.thread_cnt, err) < 0)
		return fail(m, err);
	if (m->opt->without_signatures)
		return 0;
	progress_enter(m->opt->progress, PROGRESS_SIGN, 0);
	return dnssec_sign(m->zone, &opt, err) < 0 ? fail(m, err) : 0;
}

static int adopt_signatures(struct making *m)
{
	struct presigned_options opt = {
		.now_s = m->opt->now_s,
		.thread_cnt = m->opt->thread_cnt,
		.note = note,
		.note_ctx = m,
	};
	char err[256];
	progress_enter(m->opt->progress, PROGRESS_CHAIN, 0);
	return presigned_adopt(m->zone, &opt, err) < 0 ? fail(m, err) : 0;
}

static int secure_zone(struct making *m)
{
	static int (*const by_mode[])(struct making *) = {
		[DNSSEC_UNSIGNED] = leave_unsigned,
		[DNSSEC_SIGNED] = sign_zone,
		[DNSSEC_PRESIGNED] = adopt_signatures,
	};
	return by_mode[m->signing.mode](m);
}

/* ---- all of it ----------------------------------------------------------------------------- */

static int mark_zone(struct making *m)
{
	m->zone->made_at_s = m->opt->now_s;
	if (fingerprint_make(
		    m->zone->fingerprint, m->opt->apex, &m->result->files, m->signing.digest) < 0)
		return fail(m, "out of memory");
	return 0;
}

int zone_make(
	struct zone *zone, const struct zone_make_options *opt, struct zone_make_result *result)
{
	static int (*const stage[])(struct making *) = {
		read_signing, read_source, finish_zone, secure_zone, mark_zone};
	struct making m = {.opt = opt, .result = result, .zone = zone};
	*result = (struct zone_make_result){0};
	int r = 0;
	for (unsigned i = 0; r == 0 && i < sizeof(stage) / sizeof(*stage); i++)
		r = stage[i](&m);
	signing_deinit(&m.signing);
	return r;
}

void zone_make_result_deinit(struct zone_make_result *result)
{
	file_list_deinit(&result->files);
	report_deinit(&result->report);
	*result = (struct zone_make_result){0};
}
