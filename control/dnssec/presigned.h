/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * presigned: takes a zone's own signatures and denial chain over as they are.
 *
 *   presigned_init(&p, zone)
 *   for each record of the source: dnssec_sort() says
 *       DNSSEC_ASIDE -> presigned_add(&p, ...)       RRSIG, NSEC3
 *       DNSSEC_KEEP  -> zone_add_rr(zone, ...)       all else, NSEC and NSEC3PARAM included
 *   zone_finish(zone)
 *   presigned_adopt(&p)                              attaches them
 *   presigned_deinit(&p)
 *
 * Set aside because neither is data of a name: RRSIGs belong to RRsets, and the owners of NSEC3
 * records are no names of the zone (RFC 5155, 7.2.8 with 9.2).
 *
 * Chain: that of an NSEC3PARAM record whose NSEC3 records are all there, else NSEC; a second chain,
 * as parameter changes leave it, is dropped with a note. Every signature over an RRset is kept,
 * whatever its algorithm, with the RRset's TTL (RFC 4034, 3).
 *
 * What is wrong with the zone is judged by what it would do to answers. Refused: no SOA or DNSKEY
 * signature, no chain, a chain with a gap, a name no record of the chain proves, an NSEC3 record
 * that cannot be read. All else is noted and served: an RRset without signature (left out of
 * nothing; validators will not accept it), a signature over nothing (dropped), expired or not
 * yet valid ones, type bitmaps that do not fit the name, NSEC3 records of no name.
 */
#ifndef CONTROL_DNSSEC_PRESIGNED_H
#define CONTROL_DNSSEC_PRESIGNED_H

#include "zonedb/zone.h"

/* Notes of one kind that are written out; the rest is only counted, or a zone with a million
 * unsigned RRsets would fill the log. */
#define PRESIGNED_NOTE_MAX 10

struct presigned_options {
	uint64_t now_s;				   /* for notes on validity times */
	unsigned thread_cnt;			   /* for hashing; 0 = one per core */
	void (*note)(void *ctx, const char *text); /* a sentence without newline; may be NULL */
	void *note_ctx;
};

struct presigned {
	struct zone *zone;
	struct presigned_rr *rr; /* set aside, in the order added */
	size_t rr_cnt;
	size_t rr_cap;
};

void presigned_init(struct presigned *p, struct zone *zone);
/* presigned_add sets an RRSIG or NSEC3 record aside. owner is absolute, lower case, in the zone;
 * everything is copied. -1 with err: malformed rdata, owner outside the zone, memory. */
int presigned_add(struct presigned *p, const uint8_t *owner, uint16_t type, uint32_t ttl_s,
	const uint8_t *rdata, size_t rdata_len, char err[static 256])
	__attribute__((warn_unused_result));
/* presigned_adopt attaches what was set aside to the finished zone and sets its flags. 0, or -1
 * with err: the zone cannot be served and is to be thrown away. */
int presigned_adopt(struct presigned *p, const struct presigned_options *opt, char err[static 256])
	__attribute__((warn_unused_result));
void presigned_deinit(struct presigned *p); /* the zero state is safe */

#endif
