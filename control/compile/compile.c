/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/compile.h"

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
	int r = zone_make(&c.zone, &opt->make, &result->make);
	if (r == 0)
		r = build_image(&c);
	zone_deinit(&c.zone);
	return r;
}

void compile_result_deinit(struct compile_result *result)
{
	zone_make_result_deinit(&result->make);
	*result = (struct compile_result){0};
}
