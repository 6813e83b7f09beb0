/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * records: small things the making of DNSSEC records shares: packed rdata, and where a made RRset
 * goes.
 */
#ifndef CONTROL_DNSSEC_RECORDS_H
#define CONTROL_DNSSEC_RECORDS_H

#include "zonedb/image.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"
#include "zonedb/zone.h"

#define PACK_HEAD_LEN	  2 /* octets before each rdata in packed form (zonedb/zone.h) */
#define NSEC3_SHA1	  1 /* the only hash algorithm (RFC 5155, 11) */
#define NSEC3_FLAG_OPTOUT 1 /* RFC 5155, 3.1.2.1 */

/* One RR of packed rdata. */
struct packed_rr {
	const uint8_t *rdata;
	unsigned len;
};

/* records_next reads the RR at *at, before end, and steps over it; false at the end. */
static inline bool records_next(const uint8_t **at, const uint8_t *end, struct packed_rr *rr)
{
	if (*at == end)
		return false;
	rr->len = wire_get_u16(*at);
	rr->rdata = *at + PACK_HEAD_LEN;
	*at = rr->rdata + rr->len;
	return true;
}

/* A name of which the zone denies the DS: delegation without DS. */
static inline bool records_is_insecure(const struct zone_node *node)
{
	return (node->flags & NODE_DELEGATION) && !zone_node_rrset(node, RRTYPE_DS);
}

/* records_pack_one allocates packed rdata of one RR with rdata_len octets, to be filled in at
 * *rdata. NULL: memory is out. */
static inline uint8_t *records_pack_one(struct zone *zone, unsigned rdata_len, uint8_t **rdata)
{
	uint8_t *packed = zone_arena_alloc(&zone->arena, PACK_HEAD_LEN + rdata_len);
	if (!packed)
		return NULL;
	wire_put_u16(packed, (uint16_t)rdata_len);
	*rdata = packed + PACK_HEAD_LEN;
	return packed;
}

/* records_nsec3param publishes the NSEC3PARAM that policy says, if it says one. -1: memory is out.
 */
struct zone_policy;
int records_nsec3param(struct zone *zone, const struct zone_policy *policy)
	__attribute__((warn_unused_result));

#endif
