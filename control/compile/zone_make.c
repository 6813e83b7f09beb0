/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/zone_make.h"

#include <stdio.h>

#include "control/compile/fingerprint.h"
#include "control/compile/live.h"
#include "control/compile/zone_read.h"
#include "control/dnssec/chain.h"
#include "control/dnssec/presigned.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"
#include "zonedb/settings.h"
#include "zonedb/zone_finish.h"

/* One zone being made; the zero state is safe to deinit. */
struct making {
	const struct zone_make_options *opt;
	struct zone_make_result *result;
	struct zone *zone;
	struct signing signing;
	struct zone_read_outcome read;
};

/* ---- messages ------------------------------------------------------------------------------ */

void zone_make_say(const struct zone_make_options *opt, struct zone_make_result *result,
	enum report_severity severity, const char *text)
{
	char name[DNAME_TEXT_MAX];
	report_add(&result->report, severity, "%s: zone %s: %s", opt->source->place,
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

static int read_source(struct making *m)
{
	progress_enter(m->opt->progress, PROGRESS_PARSE, 0);
	int r = zone_read(m->zone, m->opt, m->signing.mode, m->result, &m->read);
	if (r == 0 && m->signing.mode == DNSSEC_UNSIGNED && m->read.has_signatures)
		note(m, "its signatures are left out: the zone has no keys and is not pre-signed "
			"(ensign set-presigned)");
	return r;
}

static int finish_zone(struct making *m)
{
	char err[256];
	progress_enter(m->opt->progress, PROGRESS_ORDER, 0);
	return zone_finish(m->zone, err) < 0 ? fail(m, err) : 0;
}

static int edit_serial(struct making *m)
{
	return soa_edit_zone(m->zone, m->signing.soa_edit, m->opt->now_s) < 0
		       ? fail(m, "out of memory")
		       : 0;
}

/* ---- DNSSEC -------------------------------------------------------------------------------- */

static int leave_unsigned(struct making *m)
{
	(void)m;
	return 0;
}

static bool is_live(const struct making *m)
{
	return m->signing.live && !m->opt->eager;
}

/* Says what denial the zone is served without because its signatures are not made while answering.
 */
static void note_denial(struct making *m)
{
	const struct zone_policy *policy = &m->signing.policy;
	enum policy_denial wished = policy_denial(policy, true);
	if (m->signing.live || wished == policy_denial(policy, false))
		return;
	note(m, wished == POLICY_NARROW
			? "narrow NSEC3 needs live signing (X-ENSIGN-SIGNING, signing-policy): "
			  "served with an inclusive NSEC3 chain"
			: "compact denial needs live signing (X-ENSIGN-SIGNING, signing-policy): "
			  "served without");
}

/* By whoever keys can be lent to; if there is nobody, here. */
static int make_signatures(struct making *m, const struct dnssec_options *opt)
{
	char err[256];
	int r = 1;
	if (m->opt->remote != NULL)
		r = remote_sign(
			m->opt->remote, m->zone, opt, &m->signing.keys, &m->result->may_pass, err);
	if (r > 0)
		r = dnssec_sign(m->zone, opt, err);
	return r < 0 ? fail(m, err) : 0;
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
	note_denial(m);
	if (dnssec_apex_records(m->zone, &opt, err) < 0)
		return fail(m, err);
	progress_enter(m->opt->progress, PROGRESS_CHAIN, m->zone->node_cnt);
	if (dnssec_chain_by_policy(m->zone, policy, is_live(m), opt.thread_cnt, err) < 0)
		return fail(m, err);
	if (is_live(m))
		return live_mark(m->zone, &m->signing, m->opt->hash_seed) < 0
			       ? fail(m, "out of memory")
			       : 0;
	if (m->opt->without_signatures)
		return 0;
	progress_enter(m->opt->progress, PROGRESS_SIGN, 0);
	return make_signatures(m, &opt);
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
	if (m->read.held.cnt > 0 && presigned_make_chain(&m->read.held, m->zone, &m->signing.policy,
					    m->opt->thread_cnt, err) < 0)
		return fail(m, err);
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
	if (soa_edit_moves(m->signing.soa_edit))
		m->zone->resign_at_s = m->signing.window.resign_at_s;
	if (fingerprint_make(m->zone->fingerprint, m->opt->apex, m->opt->source, &m->result->read,
		    m->signing.digest) < 0)
		return fail(m, "out of memory");
	return 0;
}

int zone_make(
	struct zone *zone, const struct zone_make_options *opt, struct zone_make_result *result)
{
	static int (*const stage[])(struct making *) = {
		read_signing, read_source, finish_zone, edit_serial, secure_zone, mark_zone};
	struct making m = {.opt = opt, .result = result, .zone = zone};
	*result = (struct zone_make_result){0};
	int r = 0;
	for (unsigned i = 0; r == 0 && i < sizeof(stage) / sizeof(*stage); i++)
		r = stage[i](&m);
	if (r == 0)
		result->signing = m.signing;
	else
		signing_deinit(&m.signing);
	zone_read_outcome_deinit(&m.read);
	return r;
}

void zone_make_result_deinit(struct zone_make_result *result)
{
	file_list_deinit(&result->read.files);
	report_deinit(&result->report);
	signing_deinit(&result->signing);
	*result = (struct zone_make_result){0};
}
