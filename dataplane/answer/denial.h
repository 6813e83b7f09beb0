/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * denial: the NSEC and NSEC3 records that prove what an answer says (private to dataplane/answer).
 *
 * Closest enclosers and their wildcards have their records in the image, so a proof costs one NSEC3
 * hash at most, that of the next closer name. Each function adds authority parts to t for its
 * current name; the cover of the next closer is missing until denial_hash() and denial_cover()
 * have run. Without DO or in an unsigned zone none adds anything.
 *
 * A zone with opt-out may have names without an NSEC3 record (insecure delegations, and empty
 * non-terminals above nothing else). Proofs then begin at the closest provable encloser (RFC 5155,
 * 7.2.1), which the walk up through the nodes finds.
 */
#ifndef DATAPLANE_ANSWER_DENIAL_H
#define DATAPLANE_ANSWER_DENIAL_H

#include "dataplane/answer/task.h"

/* node exists but has no RRset of the type (RFC 4035, 3.1.3.1; RFC 5155, 7.2.3, 7.2.4), or is a
 * delegation without DS (RFC 4035, 3.1.4.1; RFC 5155, 7.2.7). */
void denial_nodata(struct answer *a, struct task *t, const struct image_node *node);
/* The name does not exist, nor a wildcard at encloser (RFC 4035, 3.1.3.2; RFC 5155, 7.2.2). */
void denial_nxdomain(struct answer *a, struct task *t, const struct image_node *encloser);
/* The answer is a wildcard's: the name itself does not exist (RFC 4035, 3.1.3.3; RFC 5155, 7.2.6).
 */
void denial_wildcard(struct answer *a, struct task *t, const struct image_node *encloser);
/* A wildcard matches but lacks the type (RFC 4035, 3.1.3.4; RFC 5155, 7.2.5). */
void denial_wildcard_nodata(struct answer *a, struct task *t, const struct image_node *encloser,
	const struct image_node *wildcard);

/* Hashes the next closer names of those tasks that have one due, two at a time, and asks for what
 * denial_cover() will read. */
void denial_hash(struct task *const *task, unsigned cnt);
/* Adds the record that covers t's, if it has been hashed. */
void denial_cover(struct task *t);

#endif
