/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * commands: what the control socket's requests do (protocol.h), by one table.
 */
#ifndef CONTROL_DAEMON_COMMANDS_H
#define CONTROL_DAEMON_COMMANDS_H

#include <stddef.h>
#include <stdint.h>

struct client;
struct keeper;
struct loop;
struct memory_use;

struct commands {
	struct keeper *keeper;
	struct loop *loop;
	const struct memory_use *memory;
	uint64_t started_at_s;
};

/* For struct server_options; ctx is the struct commands. */
void commands_handle(void *ctx, struct client *client, const char *line, size_t len);

#endif
