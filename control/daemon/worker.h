/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * worker: what each thread of a pool has of its own: a connection to the database.
 *
 * It is opened when it is first needed, after privileges have been dropped, and opened again after
 * a failure.
 */
#ifndef CONTROL_DAEMON_WORKER_H
#define CONTROL_DAEMON_WORKER_H

#include <stdbool.h>

#include "control/store/store.h"

struct worker {
	const char *path; /* setting bind-dnssec-db; "" = there is none */
	struct store *store;
	unsigned attempt_cnt;	 /* to open it */
	unsigned polled_attempt; /* the one that .version was read after; 0 = none yet */
	uint64_t version;	 /* store_data_version() at the last poll */
};

/* The database in *store, NULL if there is none. 0, or -1 with err: it cannot be opened. */
int worker_store(struct worker *worker, struct store **store, char err[static STORE_ERR_LEN])
	__attribute__((warn_unused_result));
/* Whether the database may have changed since the last poll by this worker. The first is the one to
 * compare with, unless the database could not be opened at once. */
bool worker_poll(struct worker *worker);
/* Closes it, so that the next worker_store() opens it anew. */
void worker_reset(struct worker *worker);

#endif
