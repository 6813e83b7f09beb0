/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job_queue {
	struct pool_job *first;
	struct pool_job **end; /* where the next one is linked in */
};

struct thread {
	struct pool *pool;
	void *ctx;
	pthread_t id;
};

struct pool {
	const char *name; /* of the threads */
	int event_fd;
	unsigned long outstanding; /* the main thread's */
	pthread_mutex_t mutex;	   /* of all below */
	pthread_cond_t wanted;	   /* something in queue, or stopped */
	struct job_queue queue;
	struct job_queue finished;
	unsigned running;
	bool stopped;
	unsigned thread_cnt;
	struct thread thread[];
};

static void queue_init(struct job_queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_put(struct job_queue *queue, struct pool_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct pool_job *queue_take(struct job_queue *queue)
{
	struct pool_job *job = queue->first;
	queue->first = job->next;
	if (queue->first == NULL)
		queue->end = &queue->first;
	return job;
}

static void finish(struct pool *pool, struct pool_job *job)
{
	static const uint64_t one = 1;
	pool->running--;
	queue_put(&pool->finished, job);
	/* cannot fail: the counter is far from its limit */
	ssize_t n = write(pool->event_fd, &one, sizeof(one));
	(void)n;
}

static void *work(void *arg)
{
	struct thread *thread = arg;
	struct pool *pool = thread->pool;
	pthread_setname_np(pthread_self(), pool->name);
	pthread_mutex_lock(&pool->mutex);
	for (;;) {
		while (pool->queue.first == NULL && !pool->stopped)
			pthread_cond_wait(&pool->wanted, &pool->mutex);
		if (pool->stopped)
			break;
		struct pool_job *job = queue_take(&pool->queue);
		pool->running++;
		pthread_mutex_unlock(&pool->mutex);
		job->run(job, thread->ctx);
		pthread_mutex_lock(&pool->mutex);
		finish(pool, job);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* Signals are the main thread's (signalfd). */
static int start_threads(struct pool *pool, unsigned cnt, char *ctx, size_t size)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int cause = 0;
	for (unsigned i = 0; i < cnt && cause == 0; i++) {
		struct thread *thread = &pool->thread[i];
		*thread = (struct thread){.pool = pool, .ctx = ctx + i * size};
		cause = pthread_create(&thread->id, NULL, work, thread);
		pool->thread_cnt += cause == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = cause;
	return cause == 0 ? 0 : -1;
}

struct pool *pool_new(
	const char *name, unsigned thread_cnt, void *thread_ctx, unsigned long thread_ctx_size)
{
	struct pool *pool = calloc(1, sizeof(*pool) + thread_cnt * sizeof(pool->thread[0]));
	if (pool == NULL)
		return NULL;
	pool->name = name;
	queue_init(&pool->queue);
	queue_init(&pool->finished);
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->wanted, NULL);
	pool->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->event_fd >= 0 &&
		start_threads(pool, thread_cnt, thread_ctx, thread_ctx_size) == 0)
		return pool;
	int cause = errno;
	pool_free(pool);
	errno = cause;
	return NULL;
}

struct pool *pool_free(struct pool *pool)
{
	if (pool == NULL)
		return NULL;
	pthread_mutex_lock(&pool->mutex);
	pool->stopped = true;
	pthread_cond_broadcast(&pool->wanted);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->thread_cnt; i++)
		pthread_join(pool->thread[i].id, NULL);
	if (pool->event_fd >= 0)
		close(pool->event_fd);
	pthread_cond_destroy(&pool->wanted);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
	return NULL;
}

unsigned long pool_outstanding(const struct pool *pool)
{
	return pool->outstanding;
}

void pool_submit(struct pool *pool, struct pool_job *job)
{
	pool->outstanding++;
	pthread_mutex_lock(&pool->mutex);
	queue_put(&pool->queue, job);
	pthread_cond_signal(&pool->wanted);
	pthread_mutex_unlock(&pool->mutex);
}

int pool_fd(const struct pool *pool)
{
	return pool->event_fd;
}

static struct pool_job *take_finished(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	struct pool_job *job = pool->finished.first != NULL ? queue_take(&pool->finished) : NULL;
	pthread_mutex_unlock(&pool->mutex);
	return job;
}

void pool_collect(struct pool *pool)
{
	uint64_t cnt;
	struct pool_job *job;
	ssize_t n = read(pool->event_fd, &cnt, sizeof(cnt)); /* only clears it */
	(void)n;
	while ((job = take_finished(pool)) != NULL) {
		pool->outstanding--;
		job->done(job);
	}
}

unsigned pool_running(const struct pool *pool)
{
	struct pool *p = (struct pool *)pool;
	pthread_mutex_lock(&p->mutex);
	unsigned running = p->running;
	pthread_mutex_unlock(&p->mutex);
	return running;
}
