/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "control/daemon/command.h"
#include "control/daemon/loop.h"
#include "control/daemon/memory_use.h"
#include "control/daemon/protocol.h"
#include "zonedb/counters.h"
#include "zonedb/dname.h"

/* ---- status -------------------------------------------------------------------------------- */

static void append_progress(void *array, const struct zone_entry *entry)
{
	json_array_append_new(array, command_progress(entry));
}

void command_status(struct commands *commands, struct client *client, const struct arguments *args)
{
	(void)args;
	const struct keeper *keeper = commands->keeper;
	const struct registry *reg = &keeper->registry;
	json_t *compiling = json_array();
	command_each_compiling(keeper, PROTOCOL_ERROR_MAX, append_progress, compiling);
	json_t *json = json_pack("{s:b, s:s, s:i, s:o, s:s, s:{s:o, s:o, s:o, s:o}, s:o}", "ok", 1,
		"version", ENSIGN_VERSION, "pid", (int)getpid(), "started_at",
		command_number(commands->started_at_s), "state",
		keeper->running ? "running" : "starting", "zones", "configured",
		command_number(reg->cnt), "published", command_number(reg->published_cnt),
		"compiling", command_number(reg->compiling_cnt), "failed",
		command_number(reg->failed_cnt), "compiling", compiling);
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
		json_object_set_new(json, counter_info[i].name, command_number(value[i]));
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
		command_number(stats->config_reads), "zone-looks", command_number(stats->looks),
		"zones-compiled", command_number(stats->compiled), "zones-failed",
		command_number(stats->failed), "zones-removed", command_number(stats->removed),
		"zone-memory-used", command_number(memory->used_len), "zone-memory-retired",
		command_number(memory->retired_len));
}

void command_stats(struct commands *commands, struct client *client, const struct arguments *args)
{
	(void)args;
	struct stats stats = {.threads = json_array()};
	publisher_each_slot(commands->keeper->publisher, add_thread, &stats);
	client_send(client,
		json_pack("{s:b, s:o, s:o, s:o}", "ok", 1, "control", json_of_control(commands),
			"dataplane", json_of_counters(stats.sum), "threads", stats.threads));
	client_done(client);
}
