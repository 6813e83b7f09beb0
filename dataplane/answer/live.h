/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * live: RRSIGs that are not in the image (private to dataplane/answer).
 *
 *   live_enter()      a zone: its parts will be PART_LIVE
 *   live_prefetch()   keys of the parts -> buckets of the cache      one stage for all messages,
 *   live_prefetch_entries()                entries                   then the other
 *   live_shed()       a message that lacks some and could not wait for them
 *   live_compose()    an RRset, RRSIGs from the cache behind it; those it has not are noted
 *   live_park()       the message, if any were noted
 *
 * A message that lacks signatures is composed to its end all the same, so that it waits for all of
 * them at once; room is left for them as if they were there. Then it is put back to its question.
 */
#ifndef DATAPLANE_ANSWER_LIVE_H
#define DATAPLANE_ANSWER_LIVE_H

#include "dataplane/answer/task.h"

/* Makes zone, an image's view of t, that of a live zone, if t is to have RRSIGs: with DO, and where
 * they are what is asked for. */
void live_enter(struct answer *a, const struct task *t, struct zone_view *zone);

/* t is of a live zone and decided. Settles the keys of its parts. */
void live_prefetch(struct task *t);
/* Leaves in .pending_parts those whose signatures the cache has not. */
void live_prefetch_entries(struct task *t);
/* There are such: drops t at once if there is no room for it to wait for them; true then. Under a
 * flood of new names that is most messages, and what they cost is missing from the others. */
bool live_shed(const struct answer *a, const struct task *t);
/* Settles the key of one part, its RRset being known. */
void live_settle_key(const struct task *t, const struct part *p);

/* Appends the RRSIGs of p, which has some, and whose owner stands at owner_off; false if they do
 * not fit. */
bool live_append_sigs(struct task *t, const struct part *p, enum section section,
	uint32_t owner_off) __attribute__((warn_unused_result));
/* compose_stored() with the RRSIGs, for parts with PART_LIVE. */
uint32_t live_compose(struct task *t, const struct part *p, enum section section)
	__attribute__((warn_unused_result));

/* t has been composed, and lacks signatures. Parks it, or ends it with SERVFAIL or a drop: true if
 * it is to be finished. */
bool live_park(struct answer *a, struct task *t);

#endif
