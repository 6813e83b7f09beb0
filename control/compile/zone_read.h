/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_read: a zone's records, from wherever they are (zone_source.h), into its model; the first
 * stage of zone_make, private to it.
 */
#ifndef CONTROL_COMPILE_ZONE_READ_H
#define CONTROL_COMPILE_ZONE_READ_H

#include "control/compile/zone_make.h"
#include "control/dnssec/presigned_held.h"

struct zone_read_outcome {
	bool has_signatures;	    /* the source does */
	struct presigned_held held; /* of a pre-signed zone in rows without chain */
};

/* Adds the records that a zone of that mode keeps to zone, the zero state before; notes in
 * result->read what they were read from. Overwrites outcome, which is to be deinited also after a
 * failure. 0, or -1 with an error reported. */
int zone_read(struct zone *zone, const struct zone_make_options *opt, enum dnssec_mode mode,
	struct zone_make_result *result, struct zone_read_outcome *outcome)
	__attribute__((warn_unused_result));
void zone_read_outcome_deinit(struct zone_read_outcome *outcome);

#endif
