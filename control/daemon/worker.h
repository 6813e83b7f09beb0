/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * worker: what each thread of a pool has of its own: a connection to each database.
 *
 * They are opened when they are first needed, after privileges have been dropped, and opened again
 * after a failure.
 */
#ifndef CONTROL_DAEMON_WORKER_H
#define CONTROL_DAEMON_WORKER_H

#include <stdbool.h>

#include "control/compile/databases.h"
#include "control/store/changes.h"
#include "control/store/store.h"

struct connection {
	struct store *store;
	unsigned attempt_cnt;	    /* to open it */
	unsigned polled_attempt;    /* the one that .version was read after; 0 = none yet */
	uint64_t version;	    /* store_data_version() at the last poll */
	struct store_cursor cursor; /* store_changes() */
	int64_t installed_s;	    /* when its triggers were seen to; 0: never */
};

struct worker {
	const struct databases *databases;
	struct connection connection[DATABASE_CNT];
};

/* The database with the keys, and rows if there are such, of zones from there in *store; NULL if
 * there is none. 0, or -1 with err: it cannot be opened. */
int worker_store(struct worker *worker, enum zone_origin origin, struct store **store,
	char err[static STORE_ERR_LEN]) __attribute__((warn_unused_result));
/* Whether keys and metadata of zones in files may have changed since the last poll by this worker.
 * The first is the one to compare with, unless the database could not be opened at once. */
bool worker_poll(struct worker *worker);
/* store_changes() of the SQL database, since the last call by this worker; -1 with err. */
int worker_changes(struct worker *worker, store_changed_fn *changed, void *ctx,
	char err[static STORE_ERR_LEN]) __attribute__((warn_unused_result));
/* Closes all, so that the next worker_store() opens them anew. */
void worker_reset(struct worker *worker);

#endif
