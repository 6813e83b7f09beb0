/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "control/daemon/command.h"
#include "control/daemon/protocol.h"
#include "zonedb/dname.h"

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
		command_number(request->compiled_cnt), "unchanged",
		command_number(request->unchanged_cnt), "failed",
		command_number(request->failed_cnt), "removed",
		command_number(request->removed_cnt));
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
		command_refuse(client, report_first_error(&request->report));
	} else if (client != NULL && request->unknown_zone) {
		command_refuse(client, "no such zone in named.conf");
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
		client_send(client, json_pack("{s:o}", "progress", command_progress(entry)));
}

static void reload_tick(struct client *client)
{
	struct reload *reload = client->state;
	if (!reload->has_zone) {
		command_each_compiling(reload->keeper, PROGRESS_ZONE_MAX, send_progress, client);
		return;
	}
	const struct zone_entry *entry = registry_find(&reload->keeper->registry, reload->apex);
	if (entry != NULL && entry->state == ZONE_COMPILING)
		send_progress(client, entry);
}

void command_reload(struct commands *commands, struct client *client, const struct arguments *args)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL)
		return command_refuse(client, "out of memory");
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
