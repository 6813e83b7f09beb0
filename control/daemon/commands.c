/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/commands.h"

#include <string.h>

#include "control/daemon/command.h"
#include "control/daemon/loop.h"
#include "zonedb/dname.h"

/* ---- answers ------------------------------------------------------------------------------- */

void command_refuse(struct client *client, const char *error)
{
	client_send(client, json_pack("{s:b, s:s}", "ok", 0, "error", error));
	client_done(client);
}

json_t *command_name(const uint8_t *apex)
{
	char name[DNAME_TEXT_MAX];
	return json_string(dname_to_text(name, apex));
}

json_t *command_number(uint64_t number)
{
	return json_integer((json_int_t)number);
}

json_t *command_progress(const struct zone_entry *entry)
{
	struct progress p = progress_get(&entry->progress);
	return json_pack("{s:o, s:s, s:o, s:o}", "zone", command_name(entry->apex), "stage",
		progress_stage_name(p.stage), "done", command_number(p.done), "total",
		command_number(p.total));
}

void command_each_compiling(const struct keeper *keeper, unsigned max,
	void (*fn)(void *ctx, const struct zone_entry *entry), void *ctx)
{
	const struct registry *reg = &keeper->registry;
	if (reg->compiling_cnt == 0)
		return;
	for (size_t i = 0; i < reg->cnt && max > 0; i++) {
		const struct zone_entry *entry = reg->entry[i];
		if (entry->state != ZONE_COMPILING ||
			progress_get(&entry->progress).stage == PROGRESS_WAIT)
			continue;
		fn(ctx, entry);
		max--;
	}
}

/* ---- stop ---------------------------------------------------------------------------------- */

void command_stop(struct commands *commands, struct client *client, const struct arguments *args)
{
	(void)args;
	client_send(client, json_pack("{s:b}", "ok", 1));
	client_done(client);
	client_close(client);
	loop_stop(commands->loop);
}

/* ---- requests ------------------------------------------------------------------------------ */

enum member { TAKES_ZONE = 1 << 0, TAKES_FORCE = 1 << 1, TAKES_PROGRESS = 1 << 2 };

static const struct command {
	const char *name;
	unsigned members; /* enum member */
	command_fn *run;
} command_table[] = {
	{"reload", TAKES_ZONE | TAKES_FORCE | TAKES_PROGRESS, command_reload},
	{"status", 0, command_status},
	{"stats", 0, command_stats},
	{"zones", TAKES_ZONE, command_zones},
	{"stop", 0, command_stop},
};

static const struct command *command_find(const char *name)
{
	for (unsigned i = 0; i < sizeof(command_table) / sizeof(*command_table); i++)
		if (strcmp(command_table[i].name, name) == 0)
			return &command_table[i];
	return NULL;
}

/* Members of a well-formed request; NULL where there is none. */
struct members {
	const char *command;
	const char *zone;
	int force;
	int progress;
	unsigned given; /* enum member */
};

static int members_take(struct members *m, json_t *request)
{
	*m = (struct members){.progress = 1};
	if (json_unpack(request, "{s:s, s?s, s?b, s?b !}", "command", &m->command, "zone", &m->zone,
		    "force", &m->force, "progress", &m->progress) < 0)
		return -1;
	m->given = (json_object_get(request, "zone") != NULL ? TAKES_ZONE : 0) |
		   (json_object_get(request, "force") != NULL ? TAKES_FORCE : 0) |
		   (json_object_get(request, "progress") != NULL ? TAKES_PROGRESS : 0);
	return 0;
}

static int arguments_take(struct arguments *args, const struct members *m)
{
	*args = (struct arguments){
		.has_zone = m->zone != NULL, .forced = m->force, .quiet = !m->progress};
	if (m->zone == NULL)
		return 0;
	uint8_t wire[DNAME_LEN_MAX];
	int len = dname_from_text(wire, m->zone);
	if (len < 0)
		return -1;
	dname_lower(args->apex, wire, (size_t)len);
	return 0;
}

static void run_request(struct commands *commands, struct client *client, json_t *request)
{
	struct members members;
	struct arguments args;
	if (members_take(&members, request) < 0) {
		client_close(client);
		return command_refuse(
			client, "not a request: members are command, zone, force, progress");
	}
	const struct command *command = command_find(members.command);
	if (command == NULL)
		return command_refuse(client, "no such command");
	if ((members.given & ~command->members) != 0)
		return command_refuse(client, "a member this command does not take");
	if (arguments_take(&args, &members) < 0)
		return command_refuse(client, "zone is not a domain name");
	command->run(commands, client, &args);
}

void commands_handle(void *ctx, struct client *client, const char *line, size_t len)
{
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (request == NULL) {
		client_close(client);
		return command_refuse(client, "not a JSON object on one line");
	}
	run_request(ctx, client, request);
	json_decref(request);
}
