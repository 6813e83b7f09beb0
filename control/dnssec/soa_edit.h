/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * soa_edit: serials that move with the signatures (metadata SOA-EDIT, default-soa-edit,
 * default-soa-edit-signed), so that secondaries fetch a zone anew when it is signed anew. What is
 * stored stays as it is; only what is served is edited, and never of a pre-signed zone.
 *
 *   kind                  serial that is served; W is the last Thursday 00:00 UTC, D its local date
 *   INCREMENT-WEEKS       stored + weeks since 1970
 *   INCEPTION-EPOCH       W, if that is more than what is stored
 *   INCEPTION-INCREMENT   D01 for what is below D00, D02 for D00 and D01, one more up to (D + 2)99
 *   EPOCH                 the time
 *   INCEPTION             D01                  (PowerDNS 3.x and 4.0)
 *   INCEPTION-WEEK        weeks since 1970     (likewise)
 *   NONE                  stored; also no default
 *
 * A zone is edited when it is compiled, and compiled anew each Thursday if its kind says so. (EPOCH
 * of PowerDNS is the time of the question; nobody can act on such a serial.)
 */
#ifndef CONTROL_DNSSEC_SOA_EDIT_H
#define CONTROL_DNSSEC_SOA_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/zone.h"

struct soa_edit; /* a kind */

/* soa_edit_find finds a kind by name, in either case; NULL if there is none such. */
const struct soa_edit *soa_edit_find(const char *name);
/* soa_edit_moves says whether the serial changes while the stored one does not. NULL does not. */
bool soa_edit_moves(const struct soa_edit *kind);
/* soa_edit_serial edits a stored serial. NULL: as it is. */
uint32_t soa_edit_serial(const struct soa_edit *kind, uint32_t serial, uint64_t now_s);
/* soa_edit_zone edits that of a finished zone. -1: out of memory. */
int soa_edit_zone(struct zone *zone, const struct soa_edit *kind, uint64_t now_s)
	__attribute__((warn_unused_result));

#endif
