/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/daemon/keeper_jobs.h"
#include "control/daemon/log.h"
#include "control/daemon/pool.h"
#include "control/daemon/watch.h"
#include "control/source/named_conf.h"
#include "control/store/domain.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"

/* ---- taking zones off the air --------------------------------------------------------------- */

struct unpublish_job {
	struct pool_job job;
	struct publisher *publisher;
	uint8_t apex[DNAME_LEN_MAX];
};

static void unpublish_run(struct pool_job *job, void *worker)
{
	(void)worker;
	struct unpublish_job *u = (struct unpublish_job *)job;
	char name[DNAME_TEXT_MAX];
	dname_to_text(name, u->apex);
	if (publisher_remove(u->publisher, u->apex) < 0)
		log_line(LOG_ERROR, "zone %s cannot be taken off: out of memory", name);
	else
		log_line(LOG_NOTE, "zone %s is no longer served", name);
}

static void unpublish_done(struct pool_job *job)
{
	free(job);
}

void keeper_unpublish(struct keeper *keeper, const uint8_t *apex)
{
	struct unpublish_job *u = calloc(1, sizeof(*u));
	if (u == NULL) {
		log_line(LOG_ERROR, "a zone cannot be taken off: out of memory");
		return;
	}
	u->job.run = unpublish_run;
	u->job.done = unpublish_done;
	u->publisher = keeper->publisher;
	memcpy(u->apex, apex, dname_len(apex));
	pool_submit(keeper->look_pool, &u->job);
}

/* ---- what an earlier process has left ------------------------------------------------------- */

static int attach_image(void *ctx, const uint8_t *apex, const struct publisher_image *published)
{
	struct keeper *keeper = ctx;
	struct zone_entry *entry = registry_find(&keeper->registry, apex);
	if (entry != NULL && entry->image.size == 0) {
		registry_set_image(&keeper->registry, entry, published);
		keeper_set_due(keeper, entry, published->resign_at_s);
	} else if (entry == NULL && !keeper->rows_unknown) {
		keeper_unpublish(keeper, apex);
		keeper->stats.removed++;
	}
	return 0;
}

/* Once it is known which zones are wanted: what is published and wanted is served on, the rest
 * goes. */
static void attach(struct keeper *keeper)
{
	if (!keeper->attached)
		publisher_each(keeper->publisher, attach_image, keeper);
	keeper->attached = !keeper->rows_unknown;
}

/* ---- what lists zones ----------------------------------------------------------------------- */

struct config_job {
	struct pool_job job;
	struct keeper *keeper;
	struct request *request; /* may be NULL */
	unsigned long removed_cnt;
	int result;
	struct named_conf conf;
	struct zone_list list;
	struct file_list files; /* as they were when they were read */
	struct report report;
};

/* Notes which file it was before reading it: one that changes meanwhile is then read again. */
static int read_noted(void *ctx, const char *path, char **text, size_t *len)
{
	struct config_job *c = ctx;
	struct file_id id = file_id_of_path(path);
	if (file_list_add(&c->files, path, &id) < 0)
		return -1;
	return named_conf_read_file(NULL, path, text, len);
}

static int add_named_zone(
	const struct keeper *keeper, struct zone_list *list, const struct named_zone *zone)
{
	struct zone_item item = {
		.apex = zone->apex,
		.source = {.origin = zone->kind == NAMED_ZONE_PRIMARY ? ZONE_FROM_FILE
								      : ZONE_FROM_NOWHERE,
			.place = zone->file != NULL ? zone->file : (char *)""},
		.rank = keeper->databases->rank[ZONE_FROM_FILE],
	};
	memcpy(item.type, zone->type, sizeof(item.type));
	return zone_list_add(list, &item);
}
static_assert(sizeof(((struct named_zone *)0)->type) == ZONE_TYPE_MAX, "copied");

static int list_named_zones(struct config_job *c)
{
	int r = 0;
	if (named_conf_read(&c->conf, c->keeper->settings->bind_config, read_noted, c, &c->report) <
		0)
		return -1;
	for (size_t i = 0; r == 0 && i < c->conf.zone_cnt; i++)
		r = add_named_zone(c->keeper, &c->list, &c->conf.zone[i]);
	if (r < 0)
		report_add(&c->report, REPORT_ERROR, "out of memory");
	return r;
}

void keeper_item_of_domain(
	const struct keeper *keeper, struct zone_item *item, const struct store_domain *domain)
{
	item->source.origin = ZONE_FROM_ROWS;
	item->source.place = (char *)keeper->databases->place[DATABASE_SQL];
	item->rank = keeper->databases->rank[ZONE_FROM_ROWS];
	strcpy(item->type, store_kind_text(domain->kind));
}

static int add_domain(void *ctx, const struct store_domain *domain)
{
	struct config_job *c = ctx;
	uint8_t apex[DNAME_LEN_MAX];
	struct zone_item item = {.apex = apex};
	int len = dname_from_text(apex, domain->name);
	if (len < 0) {
		report_add(&c->report, REPORT_WARNING,
			"%s: domain %lu, column name: '%.80s' is no "
			"domain name",
			c->keeper->databases->place[DATABASE_SQL], (unsigned long)domain->id,
			domain->name);
		return 0;
	}
	dname_lower(apex, apex, (size_t)len);
	keeper_item_of_domain(c->keeper, &item, domain);
	return zone_list_add(&c->list, &item);
}

/* Without the database, the zones there are stay, and those of named.conf go their way. */
static int list_domains(struct config_job *c, struct worker *worker)
{
	char err[STORE_ERR_LEN] = "out of memory";
	struct store *store;
	if (worker_store(worker, ZONE_FROM_ROWS, &store, err) == 0) {
		if (store_domains(store, add_domain, c) == 0)
			return 0;
		snprintf(err, sizeof(err), "%s", store_error(store));
	}
	report_add(&c->report, REPORT_WARNING, "%s: its zones are served as they are", err);
	c->list.unknown = 1 << ZONE_FROM_ROWS;
	return 0;
}

static int list_zones(struct config_job *c, struct worker *worker)
{
	const struct databases *databases = c->keeper->databases;
	int r = 0;
	if (databases->lists[ZONE_FROM_FILE])
		r = list_named_zones(c);
	if (r == 0 && databases->lists[ZONE_FROM_ROWS])
		r = list_domains(c, worker);
	zone_list_sort(&c->list);
	return r;
}

static void config_run(struct pool_job *job, void *worker)
{
	struct config_job *c = (struct config_job *)job;
	c->result = list_zones(c, worker);
}

static void entry_changed(void *ctx, struct zone_entry *entry)
{
	struct config_job *c = ctx;
	if (entry->begun_seq == 0 && entry->settled_seq == 0)
		entry->settled_seq = c->keeper->seq; /* requests so far do not wait for it */
	entry->wanted = true;
}

static void entry_removed(void *ctx, struct zone_entry *entry)
{
	struct config_job *c = ctx;
	c->removed_cnt++;
	keeper_entry_removed(c->keeper, entry);
}

static void watch_files(struct keeper *keeper)
{
	for (unsigned i = 0; i < keeper->config_files.cnt; i++)
		watch_file(keeper->watch, keeper->config_files.file[i].path);
	for (size_t i = 0; i < keeper->registry.cnt; i++)
		if (keeper->registry.entry[i]->source.origin == ZONE_FROM_FILE)
			watch_file(keeper->watch, keeper->registry.entry[i]->source.place);
}

static void set_out_with_changed(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->registry.cnt; i++) {
		struct zone_entry *entry = keeper->registry.entry[i];
		if (entry->wanted && entry->state == ZONE_IDLE)
			keeper_want(keeper, entry);
	}
}

static void apply(struct config_job *c)
{
	struct keeper *keeper = c->keeper;
	if (registry_apply(&keeper->registry, &c->list, entry_changed, entry_removed, c) < 0)
		log_line(
			LOG_ERROR, "the list of zones could not be applied in full: out of memory");
	path_index_spoil(&keeper->paths);
	keeper->rows_unknown = c->list.unknown != 0;
	attach(keeper);
	watch_files(keeper);
	set_out_with_changed(keeper);
}

static void take_outcome(struct config_job *c)
{
	struct keeper *keeper = c->keeper;
	keeper_log_report(&c->report);
	free(keeper->config_error);
	keeper->config_error = c->result < 0 ? strdup(report_first_error(&c->report)) : NULL;
	file_list_deinit(&keeper->config_files);
	keeper->config_files = c->files;
	keeper->config_hash = 0;
	c->files = (struct file_list){0};
	if (c->result == 0)
		apply(c);
	if (c->request == NULL)
		return;
	c->request->removed_cnt += c->removed_cnt;
	c->request->config_failed = c->result < 0;
	if (c->result < 0) {
		c->request->report = c->report;
		c->report = (struct report){0};
	}
}

static void config_done(struct pool_job *job)
{
	struct config_job *c = (struct config_job *)job;
	c->keeper->config_jobs--;
	take_outcome(c);
	keeper_config_done(c->keeper, c->request);
	zone_list_deinit(&c->list);
	named_conf_deinit(&c->conf);
	file_list_deinit(&c->files);
	report_deinit(&c->report);
	free(c);
}

void keeper_read_config(struct keeper *keeper, struct request *request)
{
	struct config_job *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		log_line(LOG_ERROR, "the list of zones is not read: out of memory");
		if (request != NULL)
			request->config_failed = true;
		keeper_config_done(keeper, request);
		return;
	}
	c->job.run = config_run;
	c->job.done = config_done;
	c->keeper = keeper;
	c->request = request;
	keeper->stats.config_reads++;
	keeper->config_jobs++;
	pool_submit(keeper->look_pool, &c->job);
}

bool keeper_is_config_file(const struct keeper *keeper, const char *path)
{
	for (unsigned i = 0; i < keeper->config_files.cnt; i++)
		if (strcmp(keeper->config_files.file[i].path, path) == 0)
			return true;
	return false;
}
