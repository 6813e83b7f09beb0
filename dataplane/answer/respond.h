/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * respond: what the answer for a name consists of (private to dataplane/answer).
 *
 * From the outcome of a walk to kind, rcode and parts (RFC 1034, 4.3.2; RFC 4592; RFC 6672).
 */
#ifndef DATAPLANE_ANSWER_RESPOND_H
#define DATAPLANE_ANSWER_RESPOND_H

#include "dataplane/answer/task.h"

/* Image of the zone that answers for t's current name and type: the deepest, but for DS the one
 * above a cut if that is served too (RFC 4035, 3.1.4.1). NULL: none is served. .search is prepared.
 */
const struct image_header *respond_zone(const struct answer *a, const struct task *t);
/* Looks at img as the zone of t's current name, and begins the walk. */
void respond_enter_zone(struct task *t, struct zone_view *zone, const struct image_header *img);
/* Decides on the outcome of the walk; prefetches the RRsets. TASK_HASHING may be pending. */
void respond_decide(struct answer *a, struct task *t);

/* Adds an authority part of the current zone, with RRSIGs if DO; its RRset and owner are the
 * caller's to set. */
struct part *respond_add_authority(struct task *t);
/* Makes node, of the current zone, the owner of p: what it shares with the current name by pointer,
 * the labels before that written out. */
void respond_owner_node(const struct task *t, struct part *p, const struct image_node *node);

/* Asks for the memory composing will read. */
static inline void respond_prefetch(const struct image_rrset *rrset)
{
	const uint8_t *at = (const uint8_t *)rrset;
	__builtin_prefetch(at);
	__builtin_prefetch(at + 64);
	__builtin_prefetch(at + 128);
}

#endif
