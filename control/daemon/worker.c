/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/worker.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include "control/daemon/log.h"

static int open_database(struct worker *worker, enum database which, char err[static STORE_ERR_LEN])
{
	struct connection *c = &worker->connection[which];
	if (c->store != NULL || worker->databases->place[which] == NULL)
		return 0;
	c->attempt_cnt++;
	c->store = store_open(&worker->databases->config[which], 0, err);
	return c->store != NULL ? 0 : -1;
}

static void close_database(struct worker *worker, enum database which)
{
	struct connection *c = &worker->connection[which];
	c->store = store_close(c->store);
}

int worker_store(struct worker *worker, enum zone_origin origin, struct store **store,
	char err[static STORE_ERR_LEN])
{
	enum database which = worker->databases->keys_of[origin];
	if (open_database(worker, which, err) < 0)
		return -1;
	*store = worker->connection[which].store;
	return 0;
}

bool worker_poll(struct worker *worker)
{
	struct connection *c = &worker->connection[DATABASE_BIND];
	uint64_t version;
	char err[STORE_ERR_LEN];
	if (open_database(worker, DATABASE_BIND, err) < 0 || c->store == NULL)
		return false; /* the zones that need it say what is wrong */
	if (store_data_version(c->store, &version) < 0) {
		close_database(worker, DATABASE_BIND);
		return false;
	}
	bool reopened = c->polled_attempt != c->attempt_cnt;
	bool changed = reopened ? c->attempt_cnt > 1 : version != c->version;
	c->version = version;
	c->polled_attempt = c->attempt_cnt;
	return changed;
}

/* A connection of its own: that of a worker reads only. */
static void install_triggers(const struct store_config *config)
{
	char err[STORE_ERR_LEN];
	struct store *store = store_open(config, STORE_WRITE, err);
	if (store != NULL && store_changes_install(store) < 0)
		snprintf(err, sizeof(err), "%s", store_error(store));
	else if (store != NULL)
		err[0] = '\0';
	if (err[0] != '\0')
		log_line(LOG_WARN, "%s: a change has all zones looked at", err);
	store_close(store);
}

/* Old notes of changes go then, and triggers come back where tables were made anew. */
#define INSTALL_PERIOD_S 3600

static bool is_time_to_install(struct connection *c)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (c->installed_s != 0 && now.tv_sec - c->installed_s < INSTALL_PERIOD_S)
		return false;
	c->installed_s = now.tv_sec;
	return true;
}

static int open_for_changes(struct worker *worker, char err[static STORE_ERR_LEN])
{
	struct connection *c = &worker->connection[DATABASE_SQL];
	if (c->store == NULL)
		c->cursor.version = 0;
	if (open_database(worker, DATABASE_SQL, err) < 0)
		return -1;
	if (is_time_to_install(c))
		install_triggers(&worker->databases->config[DATABASE_SQL]);
	return 0;
}

int worker_changes(
	struct worker *worker, store_changed_fn *changed, void *ctx, char err[static STORE_ERR_LEN])
{
	struct connection *c = &worker->connection[DATABASE_SQL];
	if (open_for_changes(worker, err) < 0)
		return -1;
	int r = store_changes(c->store, &c->cursor, changed, ctx);
	if (r < 0) {
		snprintf(err, STORE_ERR_LEN, "%s", store_error(c->store));
		close_database(worker, DATABASE_SQL);
	}
	return r;
}

void worker_reset(struct worker *worker)
{
	for (unsigned i = 0; i < DATABASE_CNT; i++)
		close_database(worker, (enum database)i);
}
