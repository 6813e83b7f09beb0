/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_print: a zone as master-file text (RFC 1035, 5), one record a line: owner, TTL, class, type,
 * rdata, all names absolute.
 *
 * Order: names canonically, types ascending but the SOA first, each RRset followed by its RRSIGs;
 * NSEC3 records at the end.
 */
#ifndef CONTROL_DNSSEC_ZONE_PRINT_H
#define CONTROL_DNSSEC_ZONE_PRINT_H

#include <stdio.h>

#include "zonedb/zone.h"

/* rdata_to_text writes presentation format of rdata ("257 3 13 mdsswUyr..."), RFC 3597's for types
 * without one. Returns the text's length, or -1 if it does not fit or the rdata is malformed. */
int rdata_to_text(char *dst, size_t dst_size, uint16_t type, const uint8_t *rdata, size_t rdata_len)
	__attribute__((warn_unused_result));
/* zone_print writes the zone; 0, or -1 on a write error or malformed rdata. */
int zone_print(const struct zone *zone, FILE *out) __attribute__((warn_unused_result));

#endif
