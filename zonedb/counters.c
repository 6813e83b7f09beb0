/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * counters: see counters.h.
 */
#include "zonedb/counters.h"

const struct counter_info counter_info[COUNTER_CNT] = {
#define X(id, name, help) [COUNTER_##id] = {name, help},
	COUNTER_TABLE(X)
#undef X
};
