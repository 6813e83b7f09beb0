/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/worker.h"

#include <stddef.h>

int worker_store(struct worker *worker, struct store **store, char err[static STORE_ERR_LEN])
{
	if (worker->store == NULL && worker->path[0] != '\0') {
		worker->attempt_cnt++;
		worker->store = store_open(worker->path, 0, err);
		if (worker->store == NULL)
			return -1;
	}
	*store = worker->store;
	return 0;
}

bool worker_poll(struct worker *worker)
{
	struct store *store;
	uint64_t version;
	char err[STORE_ERR_LEN];
	if (worker_store(worker, &store, err) < 0 || store == NULL)
		return false; /* the zones that need it say what is wrong */
	if (store_data_version(store, &version) < 0) {
		worker_reset(worker);
		return false;
	}
	bool reopened = worker->polled_attempt != worker->attempt_cnt;
	bool changed = reopened ? worker->attempt_cnt > 1 : version != worker->version;
	worker->version = version;
	worker->polled_attempt = worker->attempt_cnt;
	return changed;
}

void worker_reset(struct worker *worker)
{
	worker->store = store_close(worker->store);
}
