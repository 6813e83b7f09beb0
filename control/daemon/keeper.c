/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/keeper.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "control/compile/live.h"
#include "control/daemon/keeper_jobs.h"
#include "control/daemon/log.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"

void keeper_log_report(const struct report *report)
{
	for (unsigned i = 0; i < report->line_cnt; i++)
		log_line(report->line[i].severity == REPORT_ERROR ? LOG_ERROR : LOG_WARN, "%s",
			report->line[i].text);
	if (report_omitted(report) > 0)
		log_line(LOG_WARN, "... and %lu lines more", report_omitted(report));
}

/* ---- requests ------------------------------------------------------------------------------ */

static bool covers(const struct request *request, const struct zone_entry *entry)
{
	return request->apex == NULL || dname_cmp(request->apex, entry->apex) == 0;
}

static void tally(struct request *request, const struct zone_entry *entry, enum outcome outcome,
	const char *error)
{
	char name[DNAME_TEXT_MAX];
	request->compiled_cnt += outcome == OUTCOME_COMPILED;
	request->unchanged_cnt += outcome == OUTCOME_UNCHANGED;
	request->failed_cnt += outcome == OUTCOME_FAILED;
	request->removed_cnt += outcome == OUTCOME_REMOVED;
	if (outcome == OUTCOME_FAILED)
		report_add(&request->report, REPORT_ERROR, "%s %s",
			dname_to_text(name, entry->apex), error);
}

/* Hands finished requests back. done() may make new ones. */
static void finish_requests(struct keeper *keeper)
{
	for (struct request **link = &keeper->request; *link != NULL;) {
		struct request *request = *link;
		if (!request->started || request->left > 0) {
			link = &request->next;
			continue;
		}
		*link = request->next;
		request->done(request);
		link = &keeper->request;
	}
}

/* Tells the requests that wait for this zone, up to number seq. */
static void tell_requests(struct keeper *keeper, const struct zone_entry *entry, uint64_t seq,
	enum outcome outcome, const char *error)
{
	for (struct request *r = keeper->request; r != NULL; r = r->next) {
		if (!r->started || r->seq > seq || r->seq <= entry->settled_seq ||
			!covers(r, entry))
			continue;
		tally(r, entry, outcome, error);
		r->left--;
	}
}

/* A zone that has set out since the request was made need not do so again. */
static void start_one(struct keeper *keeper, struct request *request, struct zone_entry *entry)
{
	bool on_its_way = entry->state != ZONE_IDLE && entry->begun_seq >= request->seq;
	request->left++;
	if (entry->settled_seq >= request->seq)
		entry->settled_seq = request->seq - 1; /* the zone is newer than the request */
	if (!on_its_way || entry->state == ZONE_LOOKING)
		entry->forced |= request->forced;
	if (!on_its_way)
		keeper_want(keeper, entry);
}

static void start_all(struct keeper *keeper, struct request *request)
{
	for (size_t i = 0; i < keeper->registry.cnt; i++)
		if (!keeper->registry.entry[i]->gone)
			start_one(keeper, request, keeper->registry.entry[i]);
}

static void start_named(struct keeper *keeper, struct request *request)
{
	struct zone_entry *entry = registry_find(&keeper->registry, request->apex);
	request->unknown_zone = entry == NULL || entry->gone;
	if (!request->unknown_zone)
		start_one(keeper, request, entry);
}

static void start_request(struct keeper *keeper, struct request *request)
{
	request->started = true;
	if (request->config_failed)
		return;
	request->left++; /* not done before all its zones have set out: some are back at once */
	if (request->apex == NULL)
		start_all(keeper, request);
	else
		start_named(keeper, request);
	request->left--;
}

void keeper_request(struct keeper *keeper, struct request *request)
{
	struct request **link = &keeper->request;
	while (*link != NULL)
		link = &(*link)->next;
	*link = request;
	request->next = NULL;
	request->seq = ++keeper->seq;
	keeper_read_config(keeper, request);
}

void keeper_config_done(struct keeper *keeper, struct request *request)
{
	if (request != NULL)
		start_request(keeper, request);
	finish_requests(keeper);
	keeper_look_flush(keeper);
}

/* ---- the way of a zone --------------------------------------------------------------------- */

/* Takes a zone off the air that is no longer listed, or comes from elsewhere now. */
static void take_off(struct keeper *keeper, struct zone_entry *entry)
{
	static const struct publisher_image none;
	if (entry->image.size == 0)
		return;
	keeper_unpublish(keeper, entry->apex);
	if (entry->image.flags & IMAGE_LIVE)
		keeper_forget_keys(keeper, entry);
	registry_set_image(&keeper->registry, entry, &none);
	keeper->stats.removed++;
}

void keeper_entry_removed(void *ctx, struct zone_entry *entry)
{
	struct keeper *keeper = ctx;
	tell_requests(keeper, entry, UINT64_MAX, OUTCOME_REMOVED, NULL);
	take_off(keeper, entry);
	path_index_spoil(&keeper->paths);
}

static void set_out(struct keeper *keeper, struct zone_entry *entry)
{
	bool published = entry->image.size > 0;
	entry->wanted = false;
	entry->begun_seq = keeper->seq;
	registry_pin(entry);
	if (entry->source.origin == ZONE_FROM_NOWHERE) {
		take_off(keeper, entry);
		keeper_settle(keeper, entry, OUTCOME_UNCHANGED, NULL);
	} else if (published && !entry->forced) {
		registry_set_state(&keeper->registry, entry, ZONE_LOOKING);
		keeper_look(keeper, entry);
	} else {
		keeper_compile(keeper, entry);
	}
}

void keeper_want(struct keeper *keeper, struct zone_entry *entry)
{
	if (entry->state == ZONE_IDLE)
		set_out(keeper, entry);
	else
		entry->wanted = true;
}

void keeper_release(struct keeper *keeper, struct zone_entry *entry)
{
	registry_set_state(&keeper->registry, entry, ZONE_IDLE);
	bool wanted = !entry->gone && (entry->wanted || entry->has_next);
	if (entry->has_next)
		path_index_spoil(&keeper->paths);
	registry_unpin(&keeper->registry, entry, keeper_entry_removed, keeper);
	if (wanted)
		keeper_want(keeper, entry);
	finish_requests(keeper);
}

void keeper_settle(
	struct keeper *keeper, struct zone_entry *entry, enum outcome outcome, const char *error)
{
	keeper->stats.compiled += outcome == OUTCOME_COMPILED;
	keeper->stats.failed += outcome == OUTCOME_FAILED;
	tell_requests(keeper, entry, entry->begun_seq, outcome, error);
	if (entry->settled_seq < entry->begun_seq)
		entry->settled_seq = entry->begun_seq;
	keeper_release(keeper, entry);
}

/* ---- time ---------------------------------------------------------------------------------- */

void keeper_set_due(struct keeper *keeper, struct zone_entry *entry, uint64_t due_s)
{
	entry->due_s = due_s;
	if (due_s > 0 && (keeper->due_s == 0 || due_s < keeper->due_s))
		keeper->due_s = due_s;
}

void keeper_set_next_due(struct keeper *keeper, struct zone_entry *entry)
{
	uint64_t retry_s = keeper->now_s() + KEEPER_RETRY_S;
	keeper_set_due(keeper, entry,
		keeper_lacks_keys(keeper, entry) ? retry_s : entry->image.resign_at_s);
}

/* Sets out with every zone that is due, and finds out when the next one is. */
static void look_at_due(struct keeper *keeper, uint64_t now_s)
{
	keeper->due_s = 0;
	for (size_t i = 0; i < keeper->registry.cnt; i++) {
		struct zone_entry *entry = keeper->registry.entry[i];
		if (entry->due_s == 0 || entry->due_s > now_s) {
			keeper_set_due(keeper, entry, entry->due_s);
		} else {
			entry->due_s = 0; /* set again when it comes back */
			keeper_want(keeper, entry);
		}
	}
	keeper_look_flush(keeper);
}

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void keeper_tick(struct keeper *keeper)
{
	uint64_t now_s = keeper->now_s(), at_ms = now_ms();
	if (keeper->due_s > 0 && now_s >= keeper->due_s)
		look_at_due(keeper, now_s);
	keeper_poll_tick(keeper, at_ms);
	if (keeper->settings->bind_check_interval > 0)
		keeper_sweep_tick(keeper, at_ms);
}

/* ---- changes ------------------------------------------------------------------------------- */

static void file_changed(void *ctx, struct zone_entry *entry)
{
	keeper_want(ctx, entry);
}

void keeper_file_changed(struct keeper *keeper, const char *path)
{
	if (keeper_is_config_file(keeper, path))
		keeper_read_config(keeper, NULL);
	if (path_index_search(&keeper->paths, &keeper->registry, path, file_changed, keeper) < 0)
		log_line(LOG_ERROR, "%s has changed: out of memory", path);
	keeper_look_flush(keeper);
}

/* ---- keys of live zones -------------------------------------------------------------------- */

/* What is being compiled may have been refused its keys a moment ago, for want of a signer. */
void keeper_keys_lost(struct keeper *keeper)
{
	keeper->keys_seq++;
	for (size_t i = 0; i < keeper->registry.cnt; i++) {
		struct zone_entry *entry = keeper->registry.entry[i];
		if (entry->image.flags & IMAGE_LIVE || entry->state == ZONE_COMPILING)
			keeper_want(keeper, entry);
	}
	keeper_look_flush(keeper);
}

bool keeper_lacks_keys(const struct keeper *keeper, const struct zone_entry *entry)
{
	return keeper->live_keys != NULL && (entry->image.flags & IMAGE_LIVE) &&
	       entry->keys_seq != keeper->keys_seq;
}

void keeper_forget_keys(struct keeper *keeper, struct zone_entry *entry)
{
	const struct live_keys *live = keeper->live_keys;
	entry->keys_seq = 0;
	if (live != NULL)
		live->forget(live->ctx, entry->apex);
}

/* ---- start and end ------------------------------------------------------------------------- */

static void started(struct request *request)
{
	struct keeper *keeper =
		(struct keeper *)((char *)request - offsetof(struct keeper, first_request));
	keeper->running = true;
	log_line(LOG_NOTE, "%lu zones compiled, %lu unchanged, %lu failed", request->compiled_cnt,
		request->unchanged_cnt, request->failed_cnt);
	report_deinit(&request->report);
}

void keeper_start(struct keeper *keeper)
{
	keeper->first_request.done = started;
	keeper->keys_seq = 1;
	keeper_poll(keeper); /* before anything is read: what changes from then on is noticed */
	keeper_request(keeper, &keeper->first_request);
}

void keeper_deinit(struct keeper *keeper)
{
	registry_deinit(&keeper->registry);
	path_index_deinit(&keeper->paths);
	file_list_deinit(&keeper->config_files);
	free(keeper->config_error);
	keeper->config_error = NULL;
}
