/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * records: all records of a zone file as they stand there, to be looked at in canonical order. What
 * check-zone works on: a struct zone would already have dropped or refused what it wants to find.
 *
 *   records_add() for each -> records_sort() -> ranges
 *
 * A subtree is one run of records, for a name sorts right before all names below it.
 */
#ifndef CONTROL_CLI_RECORDS_H
#define CONTROL_CLI_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/source/zone_file.h"
#include "zonedb/zone.h"

struct record {
	const uint8_t *owner; /* absolute, lower case */
	const uint8_t *rdata;
	size_t seq; /* place in the file */
	uint32_t ttl_s;
	uint16_t type;
	uint16_t rdata_len;
};

struct records {
	struct record *record;
	size_t cnt;
	size_t cap;
	struct zone_arena arena;
};

/* Half-open run of records. */
struct record_range {
	size_t begin;
	size_t end;
};

/* Copies a record in. -1: out of memory. */
int records_add(struct records *records, const struct record *record, size_t owner_len)
	__attribute__((warn_unused_result));
/* zone_file_sink_fn: records_add() of what comes from a file or from rows; records is the struct.
 */
int records_take(void *records, const struct zone_file_record *record, char err[static 256]);
/* By owner (canonical order), type, place in the file. */
void records_sort(struct records *records);
void records_deinit(struct records *records); /* the zero state is safe */

/* All after records_sort(): */

/* Records of exactly this owner; empty if there are none. */
struct record_range records_of(const struct records *records, const uint8_t *owner);
/* Records at and below this name. */
struct record_range records_below(const struct records *records, const uint8_t *name);
/* The run of one owner and type that begins at i. */
struct record_range records_rrset(const struct records *records, size_t i);
bool records_has(const struct records *records, const uint8_t *owner, uint16_t type);
/* Names that have no records but stand between the apex and one that has. */
size_t records_empty_cnt(const struct records *records, const uint8_t *apex);

#endif
