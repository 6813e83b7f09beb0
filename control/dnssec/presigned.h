/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * presigned: takes a zone's own signatures and denial chain over as they are.
 *
 *   zone_add_rr(zone, ...)      every record of the source that dnssec_keeps() (sign.h) says to
 * keep zone_finish(zone)           puts RRSIGs beside what they cover, NSEC3 records into
 * zone->nsec3 presigned_adopt(zone)       chooses and checks the chain, finds out what denies each
 * name
 *
 * Chain: the NSEC3 records of an NSEC3PARAM at the apex, if they are all there; else NSEC. A second
 * chain, as changes of parameters leave it, is dropped with a note. Every signature over an RRset
 * is kept, whatever its algorithm.
 *
 * What is wrong with the zone is judged by what it does to answers. Refused: no DNSKEY, SOA or
 * DNSKEY without signature, no complete chain, a name that no record of the chain proves. All else
 * is noted and served: other RRsets without signature (validators will reject those alone),
 * signatures over nothing, by another zone, or out of their time, type bitmaps that do not fit
 * their name, NSEC3 records of no name.
 */
#ifndef CONTROL_DNSSEC_PRESIGNED_H
#define CONTROL_DNSSEC_PRESIGNED_H

#include "zonedb/zone.h"

/* Notes of one kind that are written out; the rest are only counted, or a zone with a million
 * unsigned RRsets would fill the log. */
#define PRESIGNED_NOTE_MAX 5

struct presigned_options {
	uint64_t now_s;				   /* for notes on validity times */
	unsigned thread_cnt;			   /* for hashing; 0 = one per core */
	void (*note)(void *ctx, const char *text); /* a sentence without newline; may be NULL */
	void *note_ctx;
};

/* presigned_adopt makes a finished zone a signed one with what came with it. Sets zone->flags,
 * .order or .nsec3 and .nsec3_param, and the nodes' denial. Returns 0, or -1 with err naming what
 * cannot be served: the zone is then to be thrown away. */
int presigned_adopt(struct zone *zone, const struct presigned_options *opt, char err[static 256])
	__attribute__((warn_unused_result));

#endif
