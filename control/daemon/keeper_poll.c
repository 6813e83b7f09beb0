/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What has changed in databases: keys and metadata of zones in files, and, zone by zone, of an SQL
 * database all there is.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/daemon/keeper_jobs.h"
#include "control/daemon/log.h"
#include "control/daemon/pool.h"
#include "control/store/domain.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"

#define KEYS_POLL_MS	200  /* between looks: a change of keys is served in a second */
#define POLLS_A_PERIOD	4    /* looks in sql-check-interval: the rest of it is for compiling */
#define CHANGED_CNT_MAX 1000 /* zones that are looked up singly; more, and all are listed anew */

struct poll_job {
	struct pool_job job;
	struct keeper *keeper;
	bool keys_changed;	 /* of zones in files */
	int rows;		 /* as store_changes() */
	struct zone_list zones;	 /* that changed; ZONE_FROM_NOWHERE: the database has it no more */
	char err[STORE_ERR_LEN]; /* .rows -1: why */
};

/* ---- in a thread --------------------------------------------------------------------------- */

/* What is no name is none of ours. Where memory is out, all may have changed. */
static void note_zone(void *ctx, const char *zone)
{
	struct poll_job *poll = ctx;
	uint8_t apex[DNAME_LEN_MAX];
	struct zone_item item = {.apex = apex, .source.place = (char *)""};
	int len = dname_from_text(apex, zone);
	if (len < 0 || poll->zones.cnt > CHANGED_CNT_MAX)
		return;
	dname_lower(apex, apex, (size_t)len);
	if (zone_list_add(&poll->zones, &item) < 0)
		poll->rows = 1;
}

/* Finds out whether the database still has the zone. */
static int find_zone(struct poll_job *poll, struct worker *worker, struct zone_item *item)
{
	struct store_domain domain;
	struct store *store;
	char name[DNAME_TEXT_MAX];
	if (worker_store(worker, ZONE_FROM_ROWS, &store, poll->err) < 0)
		return -1;
	int r = store_domain_find(store, dname_to_text(name, item->apex), &domain);
	if (r == 0)
		keeper_item_of_domain(poll->keeper, item, &domain);
	else if (r < 0)
		strcpy(poll->err, store_error(store));
	store_domain_deinit(&domain);
	return r < 0 ? -1 : 0;
}

static int poll_rows(struct poll_job *poll, struct worker *worker)
{
	int r = worker_changes(worker, note_zone, poll, poll->err);
	if (r != 0 || poll->rows != 0)
		return r != 0 ? r : poll->rows;
	if (poll->zones.cnt > CHANGED_CNT_MAX)
		return 1;
	zone_list_sort(&poll->zones);
	for (size_t i = 0; r == 0 && i < poll->zones.cnt; i++)
		r = find_zone(poll, worker, &poll->zones.item[i]);
	return r;
}

static void poll_run(struct pool_job *job, void *worker)
{
	struct poll_job *poll = (struct poll_job *)job;
	poll->keys_changed = worker_poll(worker);
	if (poll->keeper->databases->lists[ZONE_FROM_ROWS])
		poll->rows = poll_rows(poll, worker);
}

/* ---- back in the main thread ---------------------------------------------------------------- */

static void want_from(struct keeper *keeper, enum zone_origin origin)
{
	for (size_t i = 0; i < keeper->registry.cnt; i++)
		if (keeper->registry.entry[i]->source.origin == origin)
			keeper_want(keeper, keeper->registry.entry[i]);
}

static void want_failed(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->registry.cnt; i++)
		if (keeper->registry.entry[i]->error != NULL)
			keeper_want(keeper, keeper->registry.entry[i]);
}

/* What named.conf lists, too, may be its from now on. */
static void take_gone(struct keeper *keeper, struct zone_entry *entry)
{
	if (entry->source.origin != ZONE_FROM_ROWS)
		keeper_want(keeper, entry);
	else if (keeper->databases->lists[ZONE_FROM_FILE])
		keeper_read_config(keeper, NULL);
	else
		registry_drop(&keeper->registry, entry, keeper_entry_removed, keeper);
}

static bool is_rows(const struct keeper *keeper, const struct zone_entry *entry)
{
	const uint8_t *rank = keeper->databases->rank;
	return entry == NULL || entry->source.origin == ZONE_FROM_ROWS ||
	       rank[ZONE_FROM_ROWS] < rank[ZONE_FROM_FILE];
}

static void take_changed(struct keeper *keeper, const struct zone_item *item)
{
	struct zone_entry *entry = registry_find(&keeper->registry, item->apex);
	if (is_rows(keeper, entry))
		entry = registry_put(&keeper->registry, item);
	if (entry == NULL) {
		log_line(LOG_ERROR, "a new zone is not served: out of memory");
		return;
	}
	if (entry->begun_seq == 0)
		entry->settled_seq = keeper->seq; /* requests so far do not wait for it */
	keeper_want(keeper, entry);
}

static void take_zones(struct keeper *keeper, const struct zone_list *list)
{
	for (size_t i = 0; i < list->cnt; i++) {
		const struct zone_item *item = &list->item[i];
		struct zone_entry *entry = registry_find(&keeper->registry, item->apex);
		if (item->source.origin == ZONE_FROM_ROWS)
			take_changed(keeper, item);
		else if (entry != NULL)
			take_gone(keeper, entry);
	}
}

/* Zones that wait for the database, listed or not, need not wait for their time. */
static void database_is_back(struct keeper *keeper)
{
	if (keeper->database_away)
		log_line(LOG_NOTE, "the database is there again");
	if (keeper->database_away)
		want_failed(keeper);
	if (keeper->rows_unknown && keeper->config_jobs == 0)
		keeper_read_config(keeper, NULL);
	keeper->database_away = false;
}

static void take_rows(struct keeper *keeper, const struct poll_job *poll)
{
	bool is_first = !keeper->polled_rows; /* all zones are about to be looked at */
	keeper->polled_rows = true;
	if (poll->rows < 0) {
		if (!keeper->database_away)
			log_line(LOG_ERROR, "%s: zones are served as they are", poll->err);
		keeper->database_away = true;
		return;
	}
	database_is_back(keeper);
	if (poll->rows > 0 && !is_first) {
		keeper_read_config(keeper, NULL);
		want_from(keeper, ZONE_FROM_ROWS);
	}
	take_zones(keeper, &poll->zones);
}

static void poll_done(struct pool_job *job)
{
	struct poll_job *poll = (struct poll_job *)job;
	struct keeper *keeper = poll->keeper;
	keeper->polling = false;
	if (poll->keys_changed) {
		log_line(LOG_DETAIL, "keys or metadata have changed");
		want_from(keeper, ZONE_FROM_FILE);
	}
	if (keeper->databases->lists[ZONE_FROM_ROWS])
		take_rows(keeper, poll);
	zone_list_deinit(&poll->zones);
	free(poll);
	keeper_look_flush(keeper);
}

void keeper_poll(struct keeper *keeper)
{
	struct poll_job *poll = calloc(1, sizeof(*poll));
	if (poll == NULL)
		return; /* the next tick tries again */
	poll->job.run = poll_run;
	poll->job.done = poll_done;
	poll->keeper = keeper;
	keeper->polling = true;
	pool_submit(keeper->look_pool, &poll->job);
}

/* ---- when ---------------------------------------------------------------------------------- */

/* Milliseconds between looks; 0: never. */
static uint64_t period_ms(const struct keeper *keeper)
{
	const struct settings *s = keeper->settings;
	const struct databases *d = keeper->databases;
	uint64_t rows_ms =
		d->lists[ZONE_FROM_ROWS] ? s->sql_check_interval * 1000 / POLLS_A_PERIOD : 0;
	bool keys = s->bind_check_interval > 0 && d->place[DATABASE_BIND] != NULL;
	if (keys && (rows_ms == 0 || rows_ms > KEYS_POLL_MS))
		return KEYS_POLL_MS;
	return rows_ms;
}

void keeper_poll_tick(struct keeper *keeper, uint64_t at_ms)
{
	uint64_t period = period_ms(keeper);
	if (keeper->polling || period == 0 || at_ms - keeper->polled_ms < period)
		return;
	keeper->polled_ms = at_ms;
	keeper_poll(keeper);
}
