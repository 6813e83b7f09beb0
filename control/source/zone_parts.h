/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_parts: the threads of zone_file_read_parts(), private to it.
 *
 *   reading thread: text_input -> stretch of plain lines? -> copied into a block -> queue
 *                                  \- no: reads it itself
 *   other threads:  block -> records -> their own sink context
 *
 * A block carries what the lines before it have left behind: origin, default TTL, owner, stated
 * TTL. None of these changes in it but the last two, and a block ends where the next line states
 * its owner. When all blocks are in use the reading thread reads one of them itself.
 *
 * Whatever needs to be reported - by any thread - ends it all: messages want line numbers and the
 * order of the file, which reading it in one thread gives.
 */
#ifndef CONTROL_SOURCE_ZONE_PARTS_H
#define CONTROL_SOURCE_ZONE_PARTS_H

#include "control/source/zone_file.h"

struct zone_parts;
struct zone_reader;

/* Starts the threads. NULL: out of memory. */
struct zone_parts *zone_parts_new(
	const struct zone_file_options *opt, const struct zone_file_parts *parts);
/* Gives the text at the reader's position away, as far as it is plain: the reader goes on behind
 * it.
 */
void zone_parts_give(struct zone_parts *parts, struct zone_reader *reader);
/* Waits for all, and frees it. 0, or 1: something was to be reported. */
int zone_parts_end(struct zone_parts *parts);

#endif
