/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * chain: the denial-of-existence chain of a zone: its records, and for every name which of them
 * denies what.
 *
 *   NSEC   (RFC 4034, 4)  one record at every authoritative name and every delegation, in
 *          canonical order; none at empty non-terminals and glue.
 *   NSEC3  (RFC 5155)     one record per authoritative name, delegation and empty non-terminal, in
 *          order of their hashes. With opt-out, insecure delegations and the empty non-terminals
 *          that lead to nothing else have none and are covered by a neighbour's.
 *
 * Zones that are signed live may have records instead that deny one name each, so that an answer
 * tells of no other (zonedb/synth.h):
 *
 *   narrow    an NSEC3 record that matches each name, empty non-terminals and insecure delegations
 *             too, opt-out or not; and one for each wildcard that does not exist, which covers it
 *             alone. What a missing name needs besides is made when it is asked for.
 *   compact   an NSEC at each name, empty non-terminals too, up to the name directly behind it.
 *
 * Filled in for each node (zonedb/image.h says what for): .denial and .wildcard_denial, with
 * NODE_DENIAL_MATCH and NODE_WILDCARD_DENIAL_MATCH where the record is the name's own.
 */
#ifndef CONTROL_DNSSEC_CHAIN_H
#define CONTROL_DNSSEC_CHAIN_H

#include "zonedb/zone.h"

/* dnssec_chain makes the chain of a finished zone that has none: NSEC3 with *param, NSEC if param
 * is NULL. Hashes on thread_cnt threads (0 = one per core). Sets zone->order or zone->nsec3,
 * .nsec3_param and the IMAGE_NSEC, IMAGE_NSEC3, IMAGE_OPTOUT flags. Returns 0, or -1 with err:
 * out of memory, or two names with one hash (choose another salt). */
int dnssec_chain(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256]) __attribute__((warn_unused_result));

/* dnssec_chain_narrow and dnssec_chain_compact make the records of a live zone, as
 * dnssec_chain(). They set IMAGE_NARROW with IMAGE_NSEC3, and IMAGE_COMPACT. */
int dnssec_chain_narrow(struct zone *zone, const struct zone_nsec3_param *param,
	unsigned thread_cnt, char err[static 256]) __attribute__((warn_unused_result));
int dnssec_chain_compact(struct zone *zone, char err[static 256])
	__attribute__((warn_unused_result));

/* dnssec_chain_by_policy makes what policy_denial() says of a zone signed here, live or not. */
struct zone_policy;
int dnssec_chain_by_policy(struct zone *zone, const struct zone_policy *policy, bool live,
	unsigned thread_cnt, char err[static 256]) __attribute__((warn_unused_result));

/* chain_link_nsec and chain_link_nsec3 fill in the nodes' denial for a chain whose records are
 * there already: zone->order with NSEC RRsets at those nodes, or zone->nsec3 sorted by hash. What
 * dnssec_chain() and the adoption of pre-signed zones share. */
int chain_link_nsec(struct zone *zone, char err[static 256]) __attribute__((warn_unused_result));
int chain_link_nsec3(struct zone *zone, unsigned thread_cnt, char err[static 256])
	__attribute__((warn_unused_result));

/* Type bitmap (RFC 4034, 4.1.2) an NSEC (nsec3 false) or NSEC3 record of node must carry. Returns
 * its octets; dst of at least CHAIN_BITMAP_MAX. */
#define CHAIN_BITMAP_MAX (256 * 34)
unsigned chain_bitmap(
	uint8_t dst[static CHAIN_BITMAP_MAX], const struct zone_node *node, bool nsec3);

#endif
