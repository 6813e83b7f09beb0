/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_source: where a zone's records come from.
 *
 *   ZONE_FROM_FILE      a master file (zone_file.h)
 *   ZONE_FROM_ROWS      the rows of a PowerDNS database (sql_zone.h)
 *   ZONE_FROM_NOWHERE   listed, but not for ensign to serve
 *
 * What differs between them is in tables by origin, of those who read them (control/compile).
 */
#ifndef CONTROL_SOURCE_ZONE_SOURCE_H
#define CONTROL_SOURCE_ZONE_SOURCE_H

#include <stdbool.h>

enum zone_origin { ZONE_FROM_NOWHERE, ZONE_FROM_FILE, ZONE_FROM_ROWS, ZONE_ORIGIN_CNT };

struct zone_source {
	enum zone_origin origin;
	char *place; /* the file's path; the database, as messages name it; "" */
};

bool zone_source_same(const struct zone_source *a, const struct zone_source *b);
/* Overwrites copy. -1: out of memory, and copy is in the zero state. */
int zone_source_copy(struct zone_source *copy, const struct zone_source *source)
	__attribute__((warn_unused_result));
void zone_source_deinit(struct zone_source *source); /* the zero state is safe */

#endif
