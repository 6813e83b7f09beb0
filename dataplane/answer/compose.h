/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * compose: from parts to octets (private to dataplane/answer).
 *
 * Sections grow behind the question; an RRset goes in whole with its RRSIGs or not at all
 * (RFC 2181, 9). What does not fit sets TC if the answer is wrong without it, and ends the
 * composing.
 */
#ifndef DATAPLANE_ANSWER_COMPOSE_H
#define DATAPLANE_ANSWER_COMPOSE_H

#include "dataplane/answer/task.h"

#define COMPOSE_FULL UINT32_MAX

/* Appends what the image holds of p to a section: all but the RRSIGs of live zones. Returns the
 * offset its fragment begins at, to which positions inside the fragment may be added; 0 if it was
 * written out in full (expand.h), so that they mean nothing; or COMPOSE_FULL, the message
 * unchanged.
 */
uint32_t compose_stored(struct task *t, const struct part *p, enum section section)
	__attribute__((warn_unused_result));

/* Composes t's sections, following chains. */
void compose_sections(struct answer *a, struct task *t);
/* OPT and header; t's job is done. */
void compose_finish(struct answer *a, struct task *t);
/* Prefetches the addresses of the additional section, once the RRset that names them is in the
 * cache. */
void compose_prefetch_parts(const struct task *t);

#endif
