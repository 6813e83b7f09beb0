/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/compile.h"

#include <stdio.h>

#include "zonedb/image_build.h"

/* One compilation. */
struct compilation {
	const struct compile_options *opt;
	struct compile_result *result;
	struct zone zone;
};

static int fail(const struct compilation *c, const char *text)
{
	zone_make_say(&c->opt->make, &c->result->make, REPORT_ERROR, text);
	return -1;
}

/* Whoever signs a live zone must have its keys before its image is served. If nobody signs just
 * now, which is said elsewhere, the zone had better be served all the same: signatures that are
 * known still go out, and the keys are handed over later. */
static int hand_keys(struct compilation *c)
{
	const struct live_keys *live = c->opt->live_keys;
	struct live_key_set set =
		live_key_set_of(c->zone.apex, c->zone.live_id, &c->result->make.signing);
	char err[256], text[320];
	if (live == NULL || !(c->zone.flags & IMAGE_LIVE))
		return 0;
	int r = live->hand(live->ctx, &set, err);
	c->result->handed = r == 0;
	if (r >= 0)
		return 0;
	snprintf(text, sizeof(text), "signer: %s", err);
	return fail(c, text);
}

static int publish(struct compilation *c, const struct image_build *build)
{
	struct publisher *publisher = c->opt->publisher;
	uint64_t size = image_build_size(build);
	progress_enter(c->opt->make.progress, PROGRESS_IMAGE, size);
	void *image = publisher_alloc(publisher, size);
	c->result->make.may_pass = image == NULL;
	if (image == NULL)
		return fail(c, "no room in the memory for zones: see zone-memory-dir, "
			       "zone-memory-max and the number of hugepages");
	image_build_write(build, image);
	char err[256];
	if (hand_keys(c) < 0) {
		publisher_abort(publisher, image);
		return -1;
	}
	if (publisher_commit(publisher, image, &c->result->published, err) < 0)
		return fail(c, err);
	return 0;
}

static int build_image(struct compilation *c)
{
	char err[256];
	progress_enter(c->opt->make.progress, PROGRESS_IMAGE, 0);
	struct image_build *build =
		image_build_new(&c->zone, publisher_seed(c->opt->publisher), err);
	if (build == NULL)
		return fail(c, err);
	int r = publish(c, build);
	image_build_free(build);
	return r;
}

int compile_zone(const struct compile_options *opt, struct compile_result *result)
{
	struct compilation c = {.opt = opt, .result = result};
	*result = (struct compile_result){0};
	struct zone_make_options make = opt->make;
	make.hash_seed = publisher_seed(opt->publisher);
	int r = zone_make(&c.zone, &make, &result->make);
	if (r == 0)
		r = build_image(&c);
	signing_deinit(&result->make.signing); /* private keys stay no longer than needed */
	zone_deinit(&c.zone);
	return r;
}

void compile_result_deinit(struct compile_result *result)
{
	zone_make_result_deinit(&result->make);
	*result = (struct compile_result){0};
}
