/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Shared by the workers of one run. Nothing but the hand-out goes through it; results are read
 * after pthread_join(), which orders them, so relaxed is enough for both atomics. */
struct run {
	const struct parallel_job *job;
	_Atomic uint64_t next; /* first item not handed out; any worker adds */
	_Atomic int failure;   /* any worker stores, once it has failed */
};

struct worker {
	struct run *run;
	unsigned index;
	pthread_t thread;
};

static void report(const struct parallel_job *job, uint64_t done)
{
	if (job->progress)
		job->progress(job->progress_ctx, done, job->item_cnt);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct run *run = w->run;
	const struct parallel_job *job = run->job;
	while (!atomic_load_explicit(&run->failure, memory_order_relaxed)) {
		uint64_t first =
			atomic_fetch_add_explicit(&run->next, job->chunk_len, memory_order_relaxed);
		if (first >= job->item_cnt)
			break;
		uint64_t left = job->item_cnt - first;
		uint64_t end = first + (left < job->chunk_len ? left : job->chunk_len);
		int result = job->work(job->ctx, w->index, first, end);
		if (result < 0)
			atomic_store_explicit(&run->failure, result, memory_order_relaxed);
		else if (w->index == 0)
			report(job, end);
	}
	return NULL;
}

unsigned parallel_worker_cnt(const struct parallel_job *job, unsigned wanted)
{
	cpu_set_t cpus;
	if (!wanted)
		wanted = sched_getaffinity(0, sizeof(cpus), &cpus) ? 1 : (unsigned)CPU_COUNT(&cpus);
	if (wanted > PARALLEL_WORKER_MAX)
		wanted = PARALLEL_WORKER_MAX;
	uint64_t chunk_cnt = (job->item_cnt + job->chunk_len - 1) / job->chunk_len;
	if (wanted > chunk_cnt)
		wanted = (unsigned)chunk_cnt;
	return wanted ? wanted : 1;
}

int parallel_run(const struct parallel_job *job, unsigned worker_cnt)
{
	struct run run = {.job = job};
	struct worker first = {.run = &run};
	struct worker *other = worker_cnt > 1 ? calloc(worker_cnt - 1, sizeof(*other)) : NULL;
	unsigned started = 0;
	while (other && started < worker_cnt - 1) {
		struct worker *w = &other[started];
		*w = (struct worker){.run = &run, .index = started + 1};
		if (pthread_create(&w->thread, NULL, worker_main, w))
			break;
		started++;
	}
	worker_main(&first);
	for (unsigned i = 0; i < started; i++)
		pthread_join(other[i].thread, NULL);
	free(other);
	int failure = atomic_load_explicit(&run.failure, memory_order_relaxed);
	if (!failure)
		report(job, job->item_cnt);
	return failure;
}
