/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_list: the zones to be served, as whatever lists them has them: named.conf, a database.
 *
 *   zone_list_add() for each         in any order
 *   zone_list_sort()                 canonical order; of doubles, the one of the lowest rank
 *   registry_apply(), zone_list_deinit()
 */
#ifndef CONTROL_DAEMON_ZONE_LIST_H
#define CONTROL_DAEMON_ZONE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/source/zone_source.h"
#include "zonedb/zone.h"

#define ZONE_TYPE_MAX 16 /* of a type's name, with its end */

struct zone_item {
	const uint8_t *apex;	   /* wire, lower case; the list's */
	struct zone_source source; /* .place is not the list's */
	char type[ZONE_TYPE_MAX];  /* as written: "primary", "NATIVE" */
	uint8_t rank;		   /* which comes first in the setting launch */
};

struct zone_list {
	struct zone_item *item;
	size_t cnt;
	size_t cap;
	struct zone_arena names;
	/* Zones of these origins, 1 << enum zone_origin, are not known just now, as what lists them
	 * cannot be read: those there are stay. */
	unsigned unknown;
};

/* Copies item; its place must outlive the list. -1: out of memory. */
int zone_list_add(struct zone_list *list, const struct zone_item *item)
	__attribute__((warn_unused_result));
void zone_list_sort(struct zone_list *list);
void zone_list_deinit(struct zone_list *list); /* the zero state is safe */

#endif
