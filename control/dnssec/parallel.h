/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * parallel: runs a function over the items 0 .. item_cnt - 1 in several threads.
 *
 * Items go out in chunks, to whichever worker is free; the calling thread is worker 0. Only for
 * work where an item's result depends on nothing but the item, so that who did it does not show.
 */
#ifndef CONTROL_DNSSEC_PARALLEL_H
#define CONTROL_DNSSEC_PARALLEL_H

#include <stdint.h>

#define PARALLEL_WORKER_MAX 1024 /* bound of the signing-threads setting */

struct parallel_job {
	uint64_t item_cnt;
	uint64_t chunk_len; /* items handed out at once: enough to make the hand-out cheap */
	/* Does the items first .. end - 1; returns 0, or negative to stop all. Each worker index is
	 * in use by one thread. */
	int (*work)(void *ctx, unsigned worker, uint64_t first, uint64_t end);
	void *ctx;
	void (*progress)(void *ctx, uint64_t done, uint64_t total); /* by worker 0; may be NULL */
	void *progress_ctx;
};

/* Workers that are worth starting for the job: wanted (0 = one per core this process may use), but
 * no more than it has chunks. At least 1. */
unsigned parallel_worker_cnt(const struct parallel_job *job, unsigned wanted);
/* Runs the job in worker_cnt threads (fewer if the system gives no more). Returns 0, or what a
 * failed work() returned. All threads have ended when it returns. */
int parallel_run(const struct parallel_job *job, unsigned worker_cnt)
	__attribute__((warn_unused_result));

#endif
