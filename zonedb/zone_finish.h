/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_finish: from records in any order to a zone as image_build and signing want it.
 *
 * Afterwards: nodes in canonical order without doubles, node[0] the apex; empty non-terminals are
 * nodes; parents and wildcards linked; RRsets in order of type, their records in canonical order
 * without duplicates, the lowest of differing TTLs taken (RFC 2181, 5.2); RRSIGs beside what they
 * cover; delegation, DNAME, CNAME, glue and wildcard flags set, with everything below a cut or a
 * DNAME marked NODE_GLUE; authority known per RRset; serial and negative TTL set; NSEC3 records
 * sorted by hash. The denial chain is not this module's: .denial and .wildcard_denial are
 * IMAGE_DENIAL_NONE and .order is empty.
 */
#ifndef ZONEDB_ZONE_FINISH_H
#define ZONEDB_ZONE_FINISH_H

#include "zonedb/zone.h"

/* Call once. 0, or -1 with err a sentence naming owner and type: no SOA or NS at the apex, several
 * SOA, CNAME or DNAME records, SOA below the apex, CNAME beside other data (RFC 2181, 10.1), an
 * RRset or number of types above its bound, or "out of memory". The zone is then only fit for
 * zone_deinit(). */
int zone_finish(struct zone *zone, char err[static 256]) __attribute__((warn_unused_result));

/* Whether an RRset of this type at a node with these flags is the zone's own (to be signed). */
bool zone_type_authoritative(uint8_t node_flags, uint16_t type);

#endif
