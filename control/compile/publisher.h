/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publisher: the one publish_writer of the process, for many threads.
 *
 * publish.h wants one thread at a time; a mutex sees to that. It is held for the length of an
 * allocation or a commit (which checks the image in full), never while an image is written. The
 * event loop uses the try and remembered forms only, so a commit of a large image does not hold up
 * the control socket.
 */
#ifndef CONTROL_COMPILE_PUBLISHER_H
#define CONTROL_COMPILE_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/publish.h"

struct publisher;

/* What is remembered of a published image. */
struct publisher_image {
	uint64_t fingerprint[2];
	uint64_t size; /* octets; 0 = nothing is published */
	uint64_t made_at_s;
	uint64_t resign_at_s; /* 0 = never */
	uint32_t serial;
	uint32_t flags; /* enum image_flag */
	uint32_t node_cnt;
	uint32_t rrset_cnt;
	uint32_t negative_ttl_s;
	uint64_t live_id[2]; /* of a live zone */
};

/* Takes the writer over. NULL: out of memory (the writer stays the caller's). */
struct publisher *publisher_new(struct publish_writer *writer);
struct publisher *publisher_free(struct publisher *publisher);
uint64_t publisher_seed(const struct publisher *publisher);

/* As publish_alloc, publish_abort, publish_commit, publish_remove. A commit says in *published what
 * is served from then on. */
void *publisher_alloc(struct publisher *publisher, uint64_t len)
	__attribute__((warn_unused_result));
void publisher_abort(struct publisher *publisher, void *image);
int publisher_commit(struct publisher *publisher, void *image, struct publisher_image *published,
	char err[static 256]) __attribute__((warn_unused_result));
int publisher_remove(struct publisher *publisher, const uint8_t *apex);

/* Calls fn for each zone published, until it returns non-zero, which is returned. fn does not call
 * the publisher. */
typedef int publisher_each_fn(
	void *ctx, const uint8_t *apex, const struct publisher_image *published);
int publisher_each(struct publisher *publisher, publisher_each_fn *fn, void *ctx);

/* Frees what no reader holds any more, unless another thread is at it. Octets still waiting, octets
 * in use; false: busy, ask again. */
bool publisher_try_reclaim(struct publisher *publisher, uint64_t *waiting, uint64_t *used);
/* publish_writer_each_slot; it reads the readers file only, so it waits for no other thread. */
void publisher_each_slot(struct publisher *publisher, publish_slot_fn *fn, void *ctx);

#endif
