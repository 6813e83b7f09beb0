/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * lookup: from a question name to a node of an image (read side).
 *
 * The walk goes from the apex down, one hash probe per existing label, and ends at the first
 * delegation, DNAME or missing label, so a 127-label name costs what its existing part costs.
 * It is cut into steps that each touch one thing prefetched by the step before, so that a burst of
 * questions can be walked side by side with their memory accesses overlapping:
 *
 *   lookup_start(); prefetch is issued
 *   while (!done) for each question: lookup_step()
 *
 * No step allocates, locks or fails.
 */
#ifndef ZONEDB_LOOKUP_H
#define ZONEDB_LOOKUP_H

#include "zonedb/dname.h"
#include "zonedb/image.h"

enum lookup_outcome {
	LOOKUP_RUNNING = 0,
	LOOKUP_FOUND,	   /* .node is the question name itself (perhaps an empty non-terminal) */
	LOOKUP_DELEGATION, /* .node is a zone cut at or above the question name */
	LOOKUP_DNAME,	   /* .node is a DNAME owner above the question name */
	LOOKUP_MISSING,	   /* .node is the closest encloser; .label_cnt its labels below the apex */
};

struct lookup {
	const struct image_header *img;
	const struct qname *q;
	const struct image_node *node; /* deepest existing name so far */
	uint64_t hash;		       /* of the name being probed */
	uint32_t bucket;	       /* being probed */
	struct node_ref candidate;     /* tag matched, node prefetched, name not yet compared */
	uint16_t slots;		       /* of the bucket, still to be looked at: their tags match */
	uint8_t state;		       /* private */
	uint8_t label_cnt;	       /* labels below the apex matched so far */
	uint8_t left;		       /* labels of the question below .node */
	uint8_t apex_off;	       /* of the apex in the question */
	uint8_t outcome;	       /* enum lookup_outcome */
};

/* Begins the walk of q, which is at or below img's apex. */
void lookup_start(struct lookup *l, const struct image_header *img, const struct qname *q);
/* One step; returns l->outcome. */
enum lookup_outcome lookup_step(struct lookup *l);

/* Finds q in one go. */
static inline enum lookup_outcome lookup_run(
	struct lookup *l, const struct image_header *img, const struct qname *q)
{
	lookup_start(l, img, q);
	while (lookup_step(l) == LOOKUP_RUNNING)
		;
	return l->outcome;
}

/* RRset of a type at a node; .v = 0 if none. */
struct rrset_ref lookup_rrset(const struct image_node *node, uint16_t type);

/* Key of a name in the search tree of the order table. */
struct image_order_key image_order_key_of(const uint8_t *name, unsigned apex_label_cnt);

/* NSEC zones: index into the order table of the record whose owner is the last at or before q in
 * canonical order. q is at or below the apex. */
uint32_t lookup_order(const struct image_header *img, const struct qname *q);

#endif
