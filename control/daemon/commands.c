/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/daemon/keeper.h"
#include "control/daemon/loop.h"
#include "control/daemon/memory_use.h"
#include "control/daemon/protocol.h"
#include "control/daemon/server.h"
#include "zonedb/counters.h"
#include "zonedb/dname.h"

/* A request's members. */
struct arguments {
	bool has_zone;
	bool forced;
	bool quiet; /* "progress": false */
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD];
};

/* ---- answers ------------------------------------------------------------------------------- */

static void refuse(struct client *client, const char *error)
{
	client_send(client, json_pack("{s:b, s:s}", "ok", 0, "error", error));
	client_done(client);
}

static json_t *json_of_name(const uint8_t *apex)
{
	char name[DNAME_TEXT_MAX];
	return json_string(dname_to_text(name, apex));
}

static json_t *json_of_number(uint64_t number)
{
	return json_integer((json_int_t)number);
}

/* {"zone", "stage", "done", "total"} of a zone that is being compiled. */
static json_t *json_of_progress(const struct zone_entry *entry)
{
	struct progress p = progress_get(&entry->progress);
	return json_pack("{s:o, s:s, s:o, s:o}", "zone", json_of_name(entry->apex), "stage",
		progress_stage_name(p.stage), "done", json_of_number(p.done), "total",
		json_of_number(p.total));
}

/* Calls fn for each zone that a thread compiles just now, at most max. */
static void each_compiling(const struct keeper *keeper, unsigned max,
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

/* ---- reload -------------------------------------------------------------------------------- */

#define PROGRESS_ZONE_MAX 8 /* zones told of at a time */

struct reload {
	struct request request;
	struct client *client; /* NULL: has hung up */
	struct keeper *keeper;
	bool has_zone;
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD];
};

static void reload_free(struct reload *reload)
{
	report_deinit(&reload->request.report);
	free(reload);
}

/* "ZONE error" lines of the report as [{"zone", "error"}]. */
static json_t *json_of_errors(const struct report *report)
{
	json_t *errors = json_array();
	for (unsigned i = 0; i < report->line_cnt && i < PROTOCOL_ERROR_MAX; i++) {
		const char *space = strchr(report->line[i].text, ' ');
		size_t len = space != NULL ? (size_t)(space - report->line[i].text) : 0;
		json_array_append_new(
			errors, json_pack("{s:s%, s:s}", "zone", report->line[i].text, len, "error",
					space != NULL ? space + 1 : ""));
	}
	return errors;
}

static json_t *json_of_reload(const struct request *request)
{
	bool ok = request->failed_cnt == 0;
	json_t *json = json_pack("{s:b, s:o, s:o, s:o, s:o}", "ok", ok, "compiled",
		json_of_number(request->compiled_cnt), "unchanged",
		json_of_number(request->unchanged_cnt), "failed",
		json_of_number(request->failed_cnt), "removed",
		json_of_number(request->removed_cnt));
	if (!ok) {
		const char *first = report_first_error(&request->report);
		json_object_set_new(json, "error", json_string(first));
		json_object_set_new(json, "errors", json_of_errors(&request->report));
	}
	return json;
}

static void reload_done(struct request *request)
{
	struct reload *reload = (struct reload *)request;
	struct client *client = reload->client;
	if (client != NULL && request->config_failed) {
		refuse(client, report_first_error(&request->report));
	} else if (client != NULL && request->unknown_zone) {
		refuse(client, "no such zone in named.conf");
	} else if (client != NULL) {
		client_send(client, json_of_reload(request));
		client_done(client);
	}
	reload_free(reload);
}

static void reload_gone(struct client *client)
{
	((struct reload *)client->state)->client = NULL;
}

static void send_progress(void *ctx, const struct zone_entry *entry)
{
	struct client *client = ctx;
	if (client_has_room(client))
		client_send(client, json_pack("{s:o}", "progress", json_of_progress(entry)));
}

static void reload_tick(struct client *client)
{
	struct reload *reload = client->state;
	if (!reload->has_zone) {
		each_compiling(reload->keeper, PROGRESS_ZONE_MAX, send_progress, client);
		return;
	}
	const struct zone_entry *entry = registry_find(&reload->keeper->registry, reload->apex);
	if (entry != NULL && entry->state == ZONE_COMPILING)
		send_progress(client, entry);
}

static void command_reload(
	struct commands *commands, struct client *client, const struct arguments *args)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL)
		return refuse(client, "out of memory");
	reload->client = client;
	reload->keeper = commands->keeper;
	reload->has_zone = args->has_zone;
	memcpy(reload->apex, args->apex, sizeof(reload->apex));
	reload->request.apex = args->has_zone ? reload->apex : NULL;
	reload->request.forced = args->forced;
	reload->request.done = reload_done;
	client->state = reload;
	client->gone = reload_gone;
	client->tick = args->quiet ? NULL : reload_tick;
	keeper_request(commands->keeper, &reload->request);
}

/* ---- status -------------------------------------------------------------------------------- */

static void append_progress(void *array, const struct zone_entry *entry)
{
	json_array_append_new(array, json_of_progress(entry));
}

static void command_status(
	struct commands *commands, struct client *client, const struct arguments *args)
{
	(void)args;
	const struct keeper *keeper = commands->keeper;
	const struct registry *reg = &keeper->registry;
	json_t *compiling = json_array();
	each_compiling(keeper, PROTOCOL_ERROR_MAX, append_progress, compiling);
	json_t *json = json_pack("{s:b, s:s, s:i, s:o, s:s, s:{s:o, s:o, s:o, s:o}, s:o}", "ok", 1,
		"version", ENSIGN_VERSION, "pid", (int)getpid(), "started_at",
		json_of_number(commands->started_at_s), "state",
		keeper->running ? "running" : "starting", "zones", "configured",
		json_of_number(reg->cnt), "published", json_of_number(reg->published_cnt),
		"compiling", json_of_number(reg->compiling_cnt), "failed",
		json_of_number(reg->failed_cnt), "compiling", compiling);
	if (keeper->config_error != NULL)
		json_object_set_new(json, "config_error", json_string(keeper->config_error));
	client_send(client, json);
	client_done(client);
}

/* ---- stats --------------------------------------------------------------------------------- */

struct stats {
	uint64_t sum[COUNTER_CNT];
	json_t *threads;
};

static json_t *json_of_counters(const uint64_t value[static COUNTER_CNT])
{
	json_t *json = json_object();
	for (unsigned i = 0; i < COUNTER_CNT; i++)
		json_object_set_new(json, counter_info[i].name, json_of_number(value[i]));
	return json;
}

static int add_thread(void *ctx, const struct publish_slot_info *info)
{
	struct stats *stats = ctx;
	uint64_t value[COUNTER_CNT];
	for (unsigned i = 0; i < COUNTER_CNT; i++) {
		value[i] = counter_get(info->counters, i);
		stats->sum[i] += value[i];
	}
	json_array_append_new(stats->threads,
		json_pack("{s:s, s:o}", "name", info->name, "counters", json_of_counters(value)));
	return 0;
}

static json_t *json_of_control(const struct commands *commands)
{
	const struct keeper_stats *stats = &commands->keeper->stats;
	const struct memory_use *memory = commands->memory;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "config-reads",
		json_of_number(stats->config_reads), "zone-looks", json_of_number(stats->looks),
		"zones-compiled", json_of_number(stats->compiled), "zones-failed",
		json_of_number(stats->failed), "zones-removed", json_of_number(stats->removed),
		"zone-memory-used", json_of_number(memory->used_len), "zone-memory-retired",
		json_of_number(memory->retired_len));
}

static void command_stats(
	struct commands *commands, struct client *client, const struct arguments *args)
{
	(void)args;
	struct stats stats = {.threads = json_array()};
	publisher_each_slot(commands->keeper->publisher, add_thread, &stats);
	client_send(client,
		json_pack("{s:b, s:o, s:o, s:o}", "ok", 1, "control", json_of_control(commands),
			"dataplane", json_of_counters(stats.sum), "threads", stats.threads));
	client_done(client);
}

/* ---- zones --------------------------------------------------------------------------------- */

#define ZONES_AT_ONCE 256 /* lines made before the loop goes round */

/* How far a listing has come: zones may come and go meanwhile. */
struct listing {
	const struct keeper *keeper;
	bool has_zone;
	bool begun;
	uint64_t cnt;
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD]; /* the last one listed, or the only one */
};

static const char *state_name(const struct zone_entry *entry)
{
	if (entry->kind != NAMED_ZONE_PRIMARY)
		return "unsupported";
	if (entry->image.size > 0)
		return "served";
	return entry->error != NULL ? "failed" : "compiling";
}

static const char *signed_name(uint32_t flags)
{
	if ((flags & IMAGE_SIGNED) == 0)
		return "no";
	return flags & IMAGE_PRESIGNED ? "presigned" : "live";
}

static const char *denial_name(uint32_t flags)
{
	if (flags & IMAGE_NSEC3)
		return flags & IMAGE_OPTOUT ? "nsec3-optout" : "nsec3";
	return flags & IMAGE_NSEC ? "nsec" : "none";
}

static void add_image(json_t *zone, const struct publisher_image *image)
{
	json_object_update_new(zone,
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "signed",
			signed_name(image->flags), "denial", denial_name(image->flags), "serial",
			json_of_number(image->serial), "names", json_of_number(image->node_cnt),
			"rrsets", json_of_number(image->rrset_cnt), "image_size",
			json_of_number(image->size), "compiled_at",
			json_of_number(image->made_at_s), "resign_at",
			json_of_number(image->resign_at_s)));
}

static json_t *json_of_zone(const struct zone_entry *entry)
{
	json_t *zone = json_pack("{s:o, s:s, s:s, s:s}", "name", json_of_name(entry->apex), "file",
		entry->file, "type", entry->type, "state", state_name(entry));
	if (entry->image.size > 0)
		add_image(zone, &entry->image);
	if (entry->kind != NAMED_ZONE_PRIMARY)
		json_object_set_new(zone, "error",
			json_string("ensign serves zone files of its own (type primary)"));
	else if (entry->error != NULL)
		json_object_set_new(zone, "error", json_string(entry->error));
	return json_pack("{s:o}", "zone", zone);
}

static void listing_gone(struct client *client)
{
	free(client->state);
}

static void listing_end(struct client *client)
{
	struct listing *listing = client->state;
	json_t *cnt = json_of_number(listing->cnt);
	if (listing->has_zone && listing->cnt == 0)
		client_send(client, json_pack("{s:b, s:s, s:o}", "ok", 0, "error",
					    "no such zone in named.conf", "zones", cnt));
	else
		client_send(client, json_pack("{s:b, s:o}", "ok", 1, "zones", cnt));
	free(listing);
	client_done(client);
}

static void list_one(struct client *client, struct listing *listing)
{
	const struct zone_entry *entry = registry_find(&listing->keeper->registry, listing->apex);
	if (entry != NULL) {
		client_send(client, json_of_zone(entry));
		listing->cnt++;
	}
	listing_end(client);
}

static void listing_more(struct client *client)
{
	struct listing *listing = client->state;
	const struct registry *reg = &listing->keeper->registry;
	if (listing->has_zone)
		return list_one(client, listing);
	size_t at = registry_after(reg, listing->begun ? listing->apex : NULL);
	for (unsigned i = 0; i < ZONES_AT_ONCE && at < reg->cnt; i++, at++) {
		client_send(client, json_of_zone(reg->entry[at]));
		memcpy(listing->apex, reg->entry[at]->apex, dname_len(reg->entry[at]->apex));
		listing->begun = true;
		listing->cnt++;
	}
	if (at == reg->cnt)
		listing_end(client);
}

static void command_zones(
	struct commands *commands, struct client *client, const struct arguments *args)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	if (listing == NULL)
		return refuse(client, "out of memory");
	listing->keeper = commands->keeper;
	listing->has_zone = args->has_zone;
	memcpy(listing->apex, args->apex, sizeof(listing->apex));
	client->state = listing;
	client->gone = listing_gone;
	client->more = listing_more;
}

/* ---- stop ---------------------------------------------------------------------------------- */

static void command_stop(
	struct commands *commands, struct client *client, const struct arguments *args)
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
	void (*run)(struct commands *commands, struct client *client, const struct arguments *args);
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
		return refuse(client, "not a request: members are command, zone, force, progress");
	}
	const struct command *command = command_find(members.command);
	if (command == NULL)
		return refuse(client, "no such command");
	if ((members.given & ~command->members) != 0)
		return refuse(client, "a member this command does not take");
	if (arguments_take(&args, &members) < 0)
		return refuse(client, "zone is not a domain name");
	command->run(commands, client, &args);
}

void commands_handle(void *ctx, struct client *client, const char *line, size_t len)
{
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (request == NULL) {
		client_close(client);
		return refuse(client, "not a JSON object on one line");
	}
	run_request(ctx, client, request);
	json_decref(request);
}
