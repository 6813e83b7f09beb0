/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/thread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dataplane/stream/events.h"
#include "dataplane/stream/tcp.h"
#include "dataplane/stream/udp.h"

#define SIGNATURES_SLEEP_MS 1 /* the signer's longest nap, and epoll's shortest sleep */

struct socket_entry {
	struct event_source source;
	struct stream_thread *thread;
	int fd;
};

struct stream_thread {
	struct publish_slot *slot;
	struct answer *answer;
	struct udp *udp;
	struct tcp *tcp;
	struct sigthread sigs;
	struct event_source stop_source;
	bool stopping;
	int epoll_fd;
	unsigned socket_cnt;
	struct socket_entry socket[2 * STREAM_ADDRESS_MAX]; /* UDP and TCP */
};

static uint64_t now_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void engine_burst(void *ctx, struct answer_job *jobs, unsigned n)
{
	answer_burst(ctx, jobs, n);
}

static void engine_unsign(void *ctx, struct answer_job *job, enum sigwait_outcome outcome)
{
	answer_unsigned(ctx, job, outcome);
}

static void udp_ready(struct event_source *source, uint64_t now)
{
	struct socket_entry *s = event_container(source, struct socket_entry, source);
	udp_serve(s->thread->udp, s->fd);
}

static void stop_ready(struct event_source *source, uint64_t now)
{
	event_container(source, struct stream_thread, stop_source)->stopping = true;
}

/* ---- live signatures ----------------------------------------------------------------------- */

/* Answers questions that have waited for signatures. Returns how long the thread may sleep for
 * those that still do, in milliseconds; -1: there are none. */
static int signatures_poll(struct stream_thread *thread, uint64_t now)
{
	struct sigwait_done done[ANSWER_BURST_MAX];
	if (!thread->sigs.is_used)
		return -1;
	unsigned n = sigthread_poll(&thread->sigs, now, done, ANSWER_BURST_MAX);
	udp_resume(thread->udp, done, n);
	for (unsigned i = 0; i < n; i++)
		tcp_resume(thread->tcp, done[i].place, done[i].outcome, now);
	if (!sigwait_parked(thread->sigs.wait))
		return -1;
	return n ? 0 : SIGNATURES_SLEEP_MS;
}

void stream_thread_tick(struct stream_thread *thread)
{
	sigthread_populate(&thread->sigs);
}

/* ---- loop ---------------------------------------------------------------------------------- */

/* The earlier of two waits, -1 being for ever. */
static int wait_min(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

void *stream_thread_run(void *arg)
{
	struct stream_thread *thread = arg;
	struct epoll_event ev[STREAM_EVENTS_MAX];
	while (!thread->stopping) {
		int wait_ms = signatures_poll(thread, now_ms());
		wait_ms = wait_min(wait_ms, tcp_expire(thread->tcp, now_ms()));
		publish_offline(thread->slot);
		int n = epoll_wait(thread->epoll_fd, ev, STREAM_EVENTS_MAX, wait_ms);
		publish_online(thread->slot);
		uint64_t now = now_ms();
		if (thread->sigs.cache)
			sigthread_begin(&thread->sigs, now);
		for (int i = 0; i < n; i++) {
			struct event_source *source = ev[i].data.ptr;
			source->ready(source, now);
		}
	}
	publish_offline(thread->slot);
	return NULL;
}

/* ---- setting up ---------------------------------------------------------------------------- */

static int engine_new(struct stream_thread *thread, const struct stream_config *cfg)
{
	void *mem = NULL;
	if (posix_memalign(&mem, 64, answer_size()))
		return -1;
	thread->answer =
		answer_init(mem, &cfg->answer, cfg->reader, publish_slot_counters(thread->slot));
	answer_set_live(thread->answer, &thread->sigs);
	return 0;
}

static int signatures_new(struct stream_thread *thread, const struct stream_config *cfg)
{
	char err[256]; /* errno says it, too */
	return sigthread_init(&thread->sigs, &cfg->sigs, publish_slot_idx(thread->slot), 1000,
		publish_slot_counters(thread->slot), err);
}

static struct tcp *thread_tcp_new(
	struct stream_thread *thread, const struct stream_config *cfg, struct client_table *clients)
{
	const struct settings *s = cfg->settings;
	return tcp_new(&(struct tcp_config){
		.conn_max = (uint32_t)s->max_tcp_connections,
		.question_max = s->max_tcp_transactions_per_conn,
		.idle_ms = s->tcp_idle_timeout * 1000,
		.life_ms = s->max_tcp_connection_duration * 1000,
		.clients = clients,
		.engine = {engine_burst, engine_unsign, thread->answer},
		.place_cnt = cfg->sigs.place_cnt,
		.counters = publish_slot_counters(thread->slot),
		.epoll_fd = thread->epoll_fd,
	});
}

/* Returns NULL, or what could not be made, with errno. */
static const char *thread_build(struct stream_thread *thread, const struct stream_config *cfg,
	unsigned idx, struct client_table *clients, int stop_fd)
{
	char name[32];
	snprintf(name, sizeof(name), "stream%u", idx);
	thread->slot = publish_slot_take(cfg->reader, name);
	if (!thread->slot)
		return "reader slot";
	publish_offline(thread->slot);
	if (engine_new(thread, cfg) < 0)
		return "engine";
	if (signatures_new(thread, cfg) < 0)
		return "signature cache";
	thread->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (thread->epoll_fd < 0)
		return "epoll";
	thread->udp = udp_new((struct stream_engine){engine_burst, engine_unsign, thread->answer},
		publish_slot_counters(thread->slot), cfg->answer.udp_size_max, cfg->sigs.place_cnt);
	thread->tcp = thread_tcp_new(thread, cfg, clients);
	if (!thread->udp || !thread->tcp)
		return "buffers";
	thread->stop_source.ready = stop_ready;
	if (event_set(thread->epoll_fd, EPOLL_CTL_ADD, stop_fd, EPOLLIN, &thread->stop_source) < 0)
		return "stop event";
	return NULL;
}

struct stream_thread *stream_thread_new(const struct stream_config *cfg, unsigned idx,
	struct client_table *clients, int stop_fd, char err[static STREAM_ERR_LEN])
{
	struct stream_thread *thread = calloc(1, sizeof(*thread));
	errno = ENOMEM;
	const char *failed = "memory";
	if (thread) {
		thread->epoll_fd = -1;
		failed = thread_build(thread, cfg, idx, clients, stop_fd);
	}
	if (!failed)
		return thread;
	snprintf(err, STREAM_ERR_LEN, "stream thread %u: %s: %s", idx, failed, strerror(errno));
	return stream_thread_free(thread);
}

struct stream_thread *stream_thread_free(struct stream_thread *thread)
{
	if (!thread)
		return NULL;
	tcp_free(thread->tcp);
	udp_free(thread->udp);
	for (unsigned i = 0; i < thread->socket_cnt; i++)
		close(thread->socket[i].fd);
	if (thread->epoll_fd >= 0)
		close(thread->epoll_fd);
	free(thread->answer);
	sigthread_deinit(&thread->sigs);
	if (thread->slot)
		publish_slot_give(thread->slot);
	free(thread);
	return NULL;
}

static struct socket_entry *socket_add(struct stream_thread *thread, int fd)
{
	struct socket_entry *s = &thread->socket[thread->socket_cnt++];
	*s = (struct socket_entry){.source.ready = udp_ready, .thread = thread, .fd = fd};
	return s;
}

int stream_thread_listen(struct stream_thread *thread, const struct listen_address *addr,
	bool shared, char err[static STREAM_ERR_LEN])
{
	int udp_fd, tcp_fd;
	int outcome = listen_open(&udp_fd, addr, SOCK_DGRAM, shared, err);
	if (outcome != LISTEN_OPEN)
		return outcome;
	struct socket_entry *s = socket_add(thread, udp_fd);
	outcome = listen_open(&tcp_fd, addr, SOCK_STREAM, shared, err);
	if (outcome != LISTEN_OPEN)
		return outcome;
	socket_add(thread, tcp_fd);
	if (event_set(thread->epoll_fd, EPOLL_CTL_ADD, udp_fd, EPOLLIN, &s->source) < 0 ||
		tcp_listen(thread->tcp, tcp_fd) < 0) {
		snprintf(err, STREAM_ERR_LEN, "epoll: %s", strerror(errno));
		return -1;
	}
	return LISTEN_OPEN;
}
