/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/compile.h"

#include <stdio.h>
#include <string.h>

#include "control/compile/fingerprint.h"
#include "control/compile/signing.h"
#include "control/dnssec/chain.h"
#include "control/dnssec/presigned.h"
#include "control/source/zone_file.h"
#include "zonedb/image_build.h"
#include "zonedb/rrtype.h"
#include "zonedb/zone.h"
#include "zonedb/zone_finish.h"

/* One compilation; the zero state is safe to deinit. */
struct compilation {
	const struct compile_options *opt;
	struct compile_result *result;
	struct signing signing;
	struct zone zone;
	bool has_signatures; /* the file does */
};

static void compilation_deinit(struct compilation *c)
{
	zone_deinit(&c->zone);
	signing_deinit(&c->signing);
}

/* ---- messages ------------------------------------------------------------------------------ */

static void say(const struct compilation *c, enum report_severity severity, const char *text)
{
	char name[DNAME_TEXT_MAX];
	report_add(&c->result->report, severity, "%s: zone %s: %s", c->opt->path,
		dname_to_text(name, c->opt->apex), text);
}

static int fail(const struct compilation *c, const char *text)
{
	say(c, REPORT_ERROR, text);
	return -1;
}

static void note(void *ctx, const char *text)
{
	say(ctx, REPORT_WARNING, text);
}

/* ---- source -------------------------------------------------------------------------------- */

static int take_record(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct compilation *c = ctx;
	c->has_signatures |= rr->type == RRTYPE_RRSIG;
	if (!dnssec_keeps(c->signing.mode, rr->type))
		return 0;
	enum zone_add r =
		zone_add_rr(&c->zone, rr->owner, rr->type, rr->ttl_s, rr->rdata, rr->rdata_len);
	if (r == ZONE_ADD_DONE)
		return 0;
	char name[DNAME_TEXT_MAX], type[12];
	snprintf(err, 256, "%.150s %s: %.80s", dname_to_text(name, rr->owner),
		rrtype_to_text(type, rr->type), zone_add_text(r));
	return -1;
}

static int read_source(struct compilation *c)
{
	struct zone_file_options opt = {
		.apex = c->opt->apex,
		.path = c->opt->path,
		.sink = take_record,
		.ctx = c,
		.progress = progress_set,
		.progress_ctx = c->opt->progress,
	};
	progress_enter(c->opt->progress, PROGRESS_PARSE, 0);
	zone_init(&c->zone, c->opt->apex);
	if (zone_file_read(&opt, &c->result->files, &c->result->report) < 0)
		return -1;
	if (c->signing.mode == DNSSEC_UNSIGNED && c->has_signatures)
		say(c, REPORT_WARNING,
			"signatures in the file are left out: the zone has no keys and is not "
			"pre-signed (ensign set-presigned)");
	return 0;
}

static int read_signing(struct compilation *c)
{
	char err[256];
	int r = signing_read(
		&c->signing, c->opt->store, c->opt->settings, c->opt->apex, c->opt->now_s, err);
	if (r != 0)
		say(c, r < 0 ? REPORT_ERROR : REPORT_WARNING, err);
	c->result->may_pass = r < 0;
	return r < 0 ? -1 : 0;
}

static int finish_zone(struct compilation *c)
{
	char err[256];
	progress_enter(c->opt->progress, PROGRESS_ORDER, 0);
	return zone_finish(&c->zone, err) < 0 ? fail(c, err) : 0;
}

/* ---- DNSSEC -------------------------------------------------------------------------------- */

static int leave_unsigned(struct compilation *c)
{
	(void)c;
	return 0;
}

static int sign_zone(struct compilation *c)
{
	const struct zone_policy *policy = &c->signing.policy;
	struct dnssec_options opt = {
		.keys = &c->signing.keys,
		.policy = policy,
		.window = c->signing.window,
		.thread_cnt = c->opt->thread_cnt,
		.progress = progress_set,
		.progress_ctx = c->opt->progress,
	};
	char err[256];
	if (dnssec_apex_records(&c->zone, &opt, err) < 0)
		return fail(c, err);
	progress_enter(c->opt->progress, PROGRESS_CHAIN, c->zone.node_cnt);
	const struct zone_nsec3_param *param = policy->nsec3 ? &policy->nsec3_param : NULL;
	if (dnssec_chain(&c->zone, param, opt.thread_cnt, err) < 0)
		return fail(c, err);
	progress_enter(c->opt->progress, PROGRESS_SIGN, 0);
	return dnssec_sign(&c->zone, &opt, err) < 0 ? fail(c, err) : 0;
}

static int adopt_signatures(struct compilation *c)
{
	struct presigned_options opt = {
		.now_s = c->opt->now_s,
		.thread_cnt = c->opt->thread_cnt,
		.note = note,
		.note_ctx = c,
	};
	char err[256];
	progress_enter(c->opt->progress, PROGRESS_CHAIN, 0);
	return presigned_adopt(&c->zone, &opt, err) < 0 ? fail(c, err) : 0;
}

static int secure_zone(struct compilation *c)
{
	static int (*const by_mode[])(struct compilation *) = {
		[DNSSEC_UNSIGNED] = leave_unsigned,
		[DNSSEC_SIGNED] = sign_zone,
		[DNSSEC_PRESIGNED] = adopt_signatures,
	};
	return by_mode[c->signing.mode](c);
}

/* ---- image --------------------------------------------------------------------------------- */

static int publish(struct compilation *c, const struct image_build *build)
{
	struct publisher *publisher = c->opt->publisher;
	uint64_t size = image_build_size(build);
	progress_enter(c->opt->progress, PROGRESS_IMAGE, size);
	void *image = publisher_alloc(publisher, size);
	c->result->may_pass = image == NULL;
	if (image == NULL)
		return fail(c, "no room in the memory for zones: see zone-memory-dir, "
			       "zone-memory-max and the number of hugepages");
	image_build_write(build, image);
	char err[256];
	if (publisher_commit(publisher, image, &c->result->published, err) < 0)
		return fail(c, err);
	return 0;
}

static int build_image(struct compilation *c)
{
	char err[256];
	progress_enter(c->opt->progress, PROGRESS_IMAGE, 0);
	c->zone.made_at_s = c->opt->now_s;
	if (fingerprint_make(
		    c->zone.fingerprint, c->opt->apex, &c->result->files, c->signing.digest) < 0)
		return fail(c, "out of memory");
	struct image_build *build =
		image_build_new(&c->zone, publisher_seed(c->opt->publisher), err);
	if (build == NULL)
		return fail(c, err);
	int r = publish(c, build);
	image_build_free(build);
	return r;
}

/* ---- all of it ----------------------------------------------------------------------------- */

int compile_zone(const struct compile_options *opt, struct compile_result *result)
{
	static int (*const stage[])(struct compilation *) = {
		read_signing, read_source, finish_zone, secure_zone, build_image};
	struct compilation c = {.opt = opt, .result = result};
	*result = (struct compile_result){0};
	int r = 0;
	for (unsigned i = 0; r == 0 && i < sizeof(stage) / sizeof(*stage); i++)
		r = stage[i](&c);
	compilation_deinit(&c);
	return r;
}

void compile_result_deinit(struct compile_result *result)
{
	file_list_deinit(&result->files);
	report_deinit(&result->report);
	*result = (struct compile_result){0};
}
