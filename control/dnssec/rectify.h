/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rectify: what a PowerDNS database keeps of a zone's order and authority: of each row the columns
 * auth and ordername, and rows without a type for empty non-terminals.
 *
 *                  auth   ordername: NSEC       NSEC3             narrow, unsigned
 *   zone's own     1      its labels reversed   its hash          NULL
 *   delegation     0      likewise              likewise (*)      NULL
 *   - its DS       1      likewise              likewise          NULL
 *   - its A, AAAA  0      NULL                  NULL              NULL
 *   below a cut    0      NULL                  NULL              NULL
 *   empty          (**)   NULL                  its hash (*)      NULL
 *
 *   (*)  NULL with opt-out where no NSEC3 record stands: insecure delegations, and empty
 *        non-terminals that lead to nothing else
 *   (**) 1 if a name below it is the zone's own; with NSEC3 without opt-out always, above cuts
 *
 * Order and cuts are found by the code that serves zones (zone_finish.h, chain.h), on a zone that
 * has the names and no data: so a row that does not parse is rectified like others, and so is what
 * stands below a DNAME, which PowerDNS takes for the zone's own.
 *
 *   struct rectify r;
 *   rectify_init(&r, apex);
 *   rectify_add(&r, owner, type) for each row that has a type
 *   rectify_finish(&r, policy, thread_cnt, err)
 *   rectify_find(&r, owner), rectify_of(&r, i, type, &fields)
 *   rectify_deinit(&r);
 */
#ifndef CONTROL_DNSSEC_RECTIFY_H
#define CONTROL_DNSSEC_RECTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "control/dnssec/policy.h"
#include "zonedb/dname.h"
#include "zonedb/zone.h"

/* What is asked for as an empty non-terminal's type. */
#define RECTIFY_ENT 0

struct rectify {
	struct zone zone; /* its nodes are the names, in canonical order; [0] the apex */
	bool *has_own;	  /* [node_cnt] it, or a name below it, is the zone's own */
	bool nsec3;
	bool optout;
	bool ordered; /* there are ordernames at all */
};

/* Columns of a row. ordername is "" and not NULL at the apex of an NSEC zone. */
struct rectify_fields {
	bool auth;
	bool has_order; /* false: ordername NULL */
	char ordername[DNAME_TEXT_MAX];
};

void rectify_init(struct rectify *r, const uint8_t *apex);
void rectify_deinit(struct rectify *r);

/* rectify_add takes owner (lower case, at or below the apex) and type of a row. -1: out of memory.
 */
int rectify_add(struct rectify *r, const uint8_t *owner, uint16_t type)
	__attribute__((warn_unused_result));
/* rectify_finish works it all out, once; policy NULL: the zone has no keys. Hashes on thread_cnt
 * threads (0 = one per core). 0, or -1 with err. */
int rectify_finish(struct rectify *r, const struct zone_policy *policy, unsigned thread_cnt,
	char err[static 256]) __attribute__((warn_unused_result));

/* After rectify_finish(): */

/* rectify_find: index of a name among r->zone.node; ZONE_NODE_NONE if there is none. */
uint32_t rectify_find(const struct rectify *r, const uint8_t *owner);
/* rectify_is_ent: node i has no rows but one to be made. */
bool rectify_is_ent(const struct rectify *r, uint32_t i);
/* rectify_is_cut: node i is a delegation, or below one. */
bool rectify_is_cut(const struct rectify *r, uint32_t i);
/* rectify_has_ds: rows of node i are DS. */
bool rectify_has_ds(const struct rectify *r, uint32_t i);
/* rectify_of: what a row of node i and this type (RECTIFY_ENT: none) is to have. */
void rectify_of(const struct rectify *r, uint32_t i, uint16_t type, struct rectify_fields *fields);

#endif
