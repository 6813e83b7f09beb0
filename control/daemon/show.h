/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * show: tells whoever watches standard error how long compilations are coming along: a bar in the
 * last line of a terminal, else a line per stage.
 *
 * Only of zones that take longer than SHOW_AFTER_TICKS: the others are done before one could read
 * it.
 */
#ifndef CONTROL_DAEMON_SHOW_H
#define CONTROL_DAEMON_SHOW_H

#include <stdint.h>

#include "zonedb/limits.h"

#define SHOW_AFTER_TICKS 5 /* a second */

struct keeper;

/* The zone being shown; zero at first. */
struct show {
	uint8_t apex[DNAME_LEN_MAX + 16];
	unsigned tick_cnt; /* it has been seen compiling; 0 = no zone */
	unsigned stage;	   /* the last one told, in lines */
};

/* Call it on every tick. */
void show_tick(struct show *show, const struct keeper *keeper);

#endif
