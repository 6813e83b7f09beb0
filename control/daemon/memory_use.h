/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * memory_use: what the daemon last heard of the memory for zones. The publisher may be busy; these
 * figures are at hand at any time.
 */
#ifndef CONTROL_DAEMON_MEMORY_USE_H
#define CONTROL_DAEMON_MEMORY_USE_H

#include <stdint.h>

struct memory_use {
	uint64_t used_len;    /* octets: images, tables, and what waits to be freed */
	uint64_t retired_len; /* octets that readers may still hold */
};

#endif
