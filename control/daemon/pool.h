/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pool: threads that run jobs, first come first served, and hand them back to the event loop.
 *
 *   main thread --pool_submit--> queue --> run() in a thread --> done queue, eventfd
 *   main thread <--------- done(), from pool_collect() when pool_fd() is readable
 *
 * A job belongs to the pool from pool_submit() until its done() is called, which may free it.
 * A pool of one thread keeps the order of submission.
 */
#ifndef CONTROL_DAEMON_POOL_H
#define CONTROL_DAEMON_POOL_H

#include <stdbool.h>

struct pool;

/* Embedded in what it works on. */
struct pool_job {
	void (*run)(struct pool_job *job, void *thread_ctx); /* in a thread of the pool */
	void (*done)(struct pool_job *job);		     /* in the main thread */
	struct pool_job *next;				     /* the pool's */
};

/* Starts thread_cnt threads called name (15 characters, outlives the pool), thread i with
 * thread_ctx + i * thread_ctx_size as context. NULL with errno set. */
struct pool *pool_new(
	const char *name, unsigned thread_cnt, void *thread_ctx, unsigned long thread_ctx_size);
/* Waits for the jobs that run; those still queued are not run, their done() is not called. */
struct pool *pool_free(struct pool *pool);
void pool_submit(struct pool *pool, struct pool_job *job);
/* Jobs that have been submitted and whose done() has not been called; main thread. */
unsigned long pool_outstanding(const struct pool *pool);
int pool_fd(const struct pool *pool);
void pool_collect(struct pool *pool);
/* Jobs that are running now; any thread. At least 1 when asked by a job. */
unsigned pool_running(const struct pool *pool);

#endif
