/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_join: one zone of pieces that threads have collected records in (zone_file_read_parts()).
 *
 * Names come out in the order of the file, run by run: files are mostly sorted, and zone_finish()
 * is twice as fast if it finds its names in order.
 */
#ifndef CONTROL_COMPILE_ZONE_JOIN_H
#define CONTROL_COMPILE_ZONE_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/zone.h"

/* What one thread has collected; zero but for .zone before, and that initialised. */
struct zone_piece {
	struct zone zone;
	struct zone_run *run; /* in the order they came */
	size_t run_cnt;
	size_t run_cap;
	bool out_of_memory;
};

/* Names that are added from now on belong to run number of the file. */
void zone_piece_begin_run(struct zone_piece *piece, uint64_t number);
void zone_piece_deinit(struct zone_piece *piece);

/* Moves all that the pieces hold into zone, which is initialised and empty. 0, or -1: out of
 * memory. The pieces are to be deinited in either case. */
int zone_join(struct zone *zone, struct zone_piece *piece, unsigned piece_cnt)
	__attribute__((warn_unused_result));

#endif
