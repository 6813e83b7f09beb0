/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * compile: one zone, from its file to its published image.
 *
 *   zone_make                                               parse, order, chain, sign
 *   -> image_build, into shared memory                      image
 *   -> live_keys.hand (live zones) -> publisher_commit
 *
 * Whatever fails, the version published before goes on being served. The zone's model in memory is
 * gone when compile_zone() returns.
 *
 * Threads: any number at once, each with a store of its own.
 */
#ifndef CONTROL_COMPILE_COMPILE_H
#define CONTROL_COMPILE_COMPILE_H

#include "control/compile/live.h"
#include "control/compile/publisher.h"
#include "control/compile/zone_make.h"

struct compile_options {
	struct zone_make_options make;
	struct publisher *publisher;
	const struct live_keys *live_keys; /* NULL: nobody signs live zones */
};

struct compile_result {
	struct publisher_image published; /* if it succeeded */
	bool handed;			  /* the keys of a live zone */
	struct zone_make_result make;	  /* of all stages */
};

/* Overwrites result, which is to be deinited after a failure, too. 0, or -1. */
int compile_zone(const struct compile_options *opt, struct compile_result *result)
	__attribute__((warn_unused_result));
void compile_result_deinit(struct compile_result *result); /* the zero state is safe */

#endif
