/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * respond: what the answer for a name consists of (private to dataplane/answer).
 *
 * From the outcome of a walk to kind, rcode and parts (RFC 1034, 4.3.2; RFC 4592; RFC 6672).
 */
#ifndef DATAPLANE_ANSWER_RESPOND_H
#define DATAPLANE_ANSWER_RESPOND_H

#include "dataplane/answer/task.h"
#include "zonedb/prefetch.h"

/* Image of the zone that answers for t's current name and type: the deepest, but for DS the one
 * above a cut if that is served too (RFC 4035, 3.1.4.1). NULL: none is served. .search is prepared.
 */
const struct image_header *respond_zone(const struct answer *a, const struct task *t);
/* Looks at img as the zone of t's current name, and begins the walk. */
void respond_enter_zone(
	struct answer *a, struct task *t, struct zone_view *zone, const struct image_header *img);
/* Decides on the outcome of the walk; prefetches the RRsets. TASK_HASHING may be pending. */
void respond_decide(struct answer *a, struct task *t);

/* A part of the current zone, with RRSIGs if DO; its RRset and owner are the caller's to set. */
static inline void respond_init_part(const struct task *t, struct part *p)
{
	p->zone = t->zone;
	p->owner_labels_len = 0;
	p->what = t->zone->part_what;
}

/* Adds one to the authority section. */
static inline struct part *respond_add_authority(struct task *t)
{
	struct part *p = &t->authority[t->authority_cnt++];
	respond_init_part(t, p);
	return p;
}

/* Makes p of a live zone one of the current name's that is made while answering; what: one of
 * PART_MADE. */
static inline struct made *respond_make(struct task *t, struct part *p, enum part_what what)
{
	p->what |= (uint8_t)what;
	p->made = &t->made[t->made_cnt++];
	return p->made;
}

/* Whether an RRset has RRSIGs, or gets them while answering. */
static inline bool respond_has_sig(const struct image_rrset *rrset)
{
	return (rrset->sig_cnt | rrset->key_len) > 0;
}

/* Makes node, of the current zone, the owner of p: what it shares with the current name by pointer,
 * the labels before that written out. */
void respond_owner_node(const struct task *t, struct part *p, const struct image_node *node);

/* Asks for an RRset. How long it is stands in it, so its length is a guess: what its kind usually
 * takes, and an RRSIG as long as the SOA's if it has one. */
enum prefetch_guess {
	PREFETCH_NS = 112,     /* two name servers: never signed in a referral */
	PREFETCH_DATA = 80,    /* a DS, some addresses */
	PREFETCH_NSEC3 = 120,  /* owner, next hash and bitmap */
	PREFETCH_ADDRESS = 56, /* glue: an A or AAAA, unsigned */
};

static inline void respond_prefetch(const struct image_rrset *rrset, uint32_t len)
{
	const uint8_t *at = (const uint8_t *)rrset;
	for (uint32_t off = 0; off < len; off += 64)
		prefetch_line(at + off);
	prefetch_line(at + len - 1);
}

#endif
