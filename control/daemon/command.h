/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * command: what the files of commands (command*.c) share, private to them.
 *
 * A command answers with client_send(), at once or later, and ends with client_done().
 */
#ifndef CONTROL_DAEMON_COMMAND_H
#define CONTROL_DAEMON_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/daemon/commands.h"
#include "control/daemon/keeper.h"
#include "control/daemon/server.h"

/* A request's members. */
struct arguments {
	bool has_zone;
	bool forced;
	bool quiet; /* "progress": false */
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD];
};

typedef void command_fn(
	struct commands *commands, struct client *client, const struct arguments *args);
command_fn command_reload;
command_fn command_status;
command_fn command_stats;
command_fn command_zones;
command_fn command_stop;

/* The whole answer: "ok": false and why. */
void command_refuse(struct client *client, const char *error);
json_t *command_name(const uint8_t *apex);
json_t *command_number(uint64_t number);
/* {"zone", "stage", "done", "total"} of a zone that is being compiled. */
json_t *command_progress(const struct zone_entry *entry);
/* Calls fn for each zone that a thread compiles just now, at most max. */
void command_each_compiling(const struct keeper *keeper, unsigned max,
	void (*fn)(void *ctx, const struct zone_entry *entry), void *ctx);

#endif
