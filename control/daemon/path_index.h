/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * path_index: which zones are read from a file, includes counted. Main thread only.
 *
 * Built anew on the first search after path_index_spoil(): sorting a million paths costs less than
 * a tenth of reading the zones that made it necessary.
 */
#ifndef CONTROL_DAEMON_PATH_INDEX_H
#define CONTROL_DAEMON_PATH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/daemon/registry.h"

struct path_index {
	struct path_row *row; /* ascending hash */
	size_t cnt;
	bool built;
};

/* Zones, or their files, have changed. */
void path_index_spoil(struct path_index *index);
/* Calls fn for each zone that reads path, and, as paths are compared by a 64-bit hash, perhaps for
 * one that does not. -1: out of memory. */
int path_index_search(struct path_index *index, const struct registry *reg, const char *path,
	registry_fn *fn, void *ctx) __attribute__((warn_unused_result));
void path_index_deinit(struct path_index *index);

#endif
