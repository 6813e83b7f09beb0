/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * presigned_held: pre-signed zones without their denial chain, as PowerDNS keeps them in databases:
 * of NSEC, NSEC3 and NSEC3PARAM only the signatures are there, and the records are made of the
 * zone's names and metadata, as the signer made them.
 *
 *   presigned_hold(held, ...)     each of those RRSIGs, while the source is read
 *   zone_finish(zone)             which would drop them: they cover nothing yet
 *   presigned_make_chain(held)    the records, with what was held beside them
 *   presigned_adopt(zone)         as with zones that have all
 *
 * A source that does have a chain gets what was held back by presigned_give_back().
 */
#ifndef CONTROL_DNSSEC_PRESIGNED_HELD_H
#define CONTROL_DNSSEC_PRESIGNED_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/zone.h"

struct zone_policy;

struct presigned_held {
	struct held_sig *sig;
	size_t cnt;
	size_t cap;
};

/* presigned_is_of_chain says whether a record is part of a chain, or a signature over such. */
bool presigned_is_chain(uint16_t type);
bool presigned_signs_chain(uint16_t type, const uint8_t *rdata, size_t rdata_len);
/* presigned_hold copies an RRSIG that presigned_signs_chain(), its owner in lower case. -1: out of
 * memory. */
int presigned_hold(struct presigned_held *held, const uint8_t *owner, uint32_t ttl_s,
	const uint8_t *rdata, size_t rdata_len) __attribute__((warn_unused_result));
/* presigned_give_back adds what was held to a zone that is not finished. 0, or -1 with err. */
int presigned_give_back(const struct presigned_held *held, struct zone *zone, char err[static 256])
	__attribute__((warn_unused_result));
/* presigned_make_chain makes the chain that policy says of a finished zone, with TTL and signatures
 * of what was held; a signature over nothing is left out. 0, or -1 with err. */
int presigned_make_chain(const struct presigned_held *held, struct zone *zone,
	const struct zone_policy *policy, unsigned thread_cnt, char err[static 256])
	__attribute__((warn_unused_result));
void presigned_held_deinit(struct presigned_held *held); /* the zero state is safe */

#endif
