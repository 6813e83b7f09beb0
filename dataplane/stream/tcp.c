/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dataplane/stream/conn.h"
#include "dataplane/stream/events.h"
#include "dataplane/stream/timers.h"

struct tcp_conn {
	struct event_source source;
	struct tcp *tcp;
	struct tcp_conn *next; /* among the free ones */
	struct timer idle, life, stall;
	struct client_key client;
	int fd;		 /* -1 = free */
	uint32_t events; /* epoll is watching for */
	bool broken;	 /* the socket has failed */
	bool shut;	 /* our side is shut down */
	uint8_t round;	 /* times the first question has been parked */
	uint8_t outcome; /* enum sigwait_outcome of the last time */
	uint32_t place;	 /* where it is, if conn.parked */
	struct conn conn;
};

struct tcp_listener {
	struct event_source source;
	struct tcp *tcp;
	int fd;
};

struct tcp {
	struct tcp_config cfg;
	struct timer_queue idle, life;
	struct timer_queue stall; /* holders of output buffers, longest first; never expires */
	struct timer_queue pause; /* accepting, while the system is out of something */
	struct timer pause_timer;
	struct tcp_listener listener[TCP_LISTEN_MAX];
	unsigned listener_cnt;
	uint32_t conn_cnt;
	uint32_t slot_used;    /* slots that have ever been used: the first ones */
	struct tcp_conn *slot; /* [conn_max], untouched memory costs nothing */
	struct tcp_conn *slot_free;
	struct tcp_conn **parked;   /* by number: whose question is there; NULL = none of ours */
	struct conn_output *output; /* [TCP_OUTPUT_CNT] */
	struct conn_output *output_free;
};

static void conn_ready(struct event_source *source, uint64_t now_ms);

/* ---- output buffers ------------------------------------------------------------------------ */

static void output_give(struct tcp *tcp, struct conn_output *out)
{
	out->next = tcp->output_free;
	tcp->output_free = out;
}

static void conn_close(struct tcp_conn *c);

/* Closes without TIME_WAIT and without what is still unsent. */
static void conn_reset(struct tcp_conn *c)
{
	const struct linger at_once = {.l_onoff = 1};
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	conn_close(c);
}

static struct conn_output *output_take(struct tcp *tcp)
{
	if (!tcp->output_free) {
		struct timer *t = timer_oldest(&tcp->stall);
		counter_add(tcp->cfg.counters, COUNTER_TCP_TIMEOUTS, 1);
		conn_reset(timer_container(t, struct tcp_conn, stall));
	}
	struct conn_output *out = tcp->output_free;
	tcp->output_free = out->next;
	return out;
}

/* ---- connections --------------------------------------------------------------------------- */

static void conn_close(struct tcp_conn *c)
{
	struct tcp *tcp = c->tcp;
	timer_cancel(&c->idle);
	timer_cancel(&c->life);
	timer_cancel(&c->stall);
	if (c->conn.out)
		output_give(tcp, c->conn.out);
	if (c->conn.parked)
		tcp->parked[c->place] = NULL;
	client_leave(tcp->cfg.clients, c->client);
	close(c->fd);
	c->fd = -1;
	c->next = tcp->slot_free;
	tcp->slot_free = c;
	tcp->conn_cnt--;
}

static int park(struct tcp_conn *c, uint32_t place)
{
	c->place = place;
	c->round++;
	c->tcp->parked[place] = c;
	return CONN_PARKED;
}

static int engine_answer(void *ctx, uint8_t *msg, uint16_t len, uint16_t cap)
{
	struct tcp_conn *c = ctx;
	const struct stream_engine *engine = &c->tcp->cfg.engine;
	struct answer_job job = {
		.msg = msg, .msg_len = len, .out_cap = cap, .flags = ANSWER_TCP, .round = c->round};
	if (c->outcome == SIGWAIT_READY)
		engine->burst(engine->ctx, &job, 1);
	else
		engine->unsign(engine->ctx, &job, c->outcome);
	c->outcome = SIGWAIT_READY;
	if (job.verdict == ANSWER_PARKED)
		return park(c, job.place);
	c->round = 0;
	return job.verdict == ANSWER_SEND ? job.out_len : 0;
}

/* Sends what there is to send; true once nothing is left. */
static bool conn_flush(struct tcp_conn *c)
{
	while (c->conn.out) {
		struct conn_output *out = c->conn.out;
		ssize_t n = send(c->fd, out->data + out->off, out->len - out->off,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0) {
			c->broken = errno != EAGAIN && errno != EINTR;
			return false;
		}
		out = conn_output_sent(&c->conn, (size_t)n);
		if (out) {
			timer_cancel(&c->stall);
			output_give(c->tcp, out);
		}
	}
	return true;
}

/* Answers all whole questions; true if all answers could be sent. */
static bool conn_serve(struct tcp_conn *c, uint64_t now_ms)
{
	struct tcp *tcp = c->tcp;
	while (conn_has_question(&c->conn)) {
		struct conn_output *out = output_take(tcp);
		if (conn_answer(&c->conn, out, engine_answer, c))
			timer_arm(&tcp->idle, &c->idle, now_ms);
		if (!c->conn.out)
			output_give(tcp, out);
		else if (!conn_flush(c))
			return false;
	}
	return true;
}

/* Reads once; true if anything came. */
static bool conn_receive(struct tcp_conn *c)
{
	size_t space_len;
	uint8_t *space = conn_input_space(&c->conn, &space_len);
	ssize_t n = recv(c->fd, space, space_len, MSG_DONTWAIT);
	if (n > 0)
		conn_input_add(&c->conn, (size_t)n);
	else if (n == 0)
		conn_input_eof(&c->conn);
	else
		c->broken = errno != EAGAIN && errno != EINTR;
	return n > 0;
}

static void conn_watch(struct tcp_conn *c, uint32_t events)
{
	if (c->events == events)
		return;
	c->events = events;
	if (event_set(c->tcp->cfg.epoll_fd, EPOLL_CTL_MOD, c->fd, events, &c->source) < 0)
		conn_reset(c);
}

static const uint32_t watched_events[] = {
	[CONN_NEED_INPUT] = EPOLLIN,
	[CONN_NEED_OUTPUT] = EPOLLOUT,
	[CONN_NEED_ANSWER] = 0,
	[CONN_NEED_DRAIN] = EPOLLIN,
};

/* Does what the connection's state asks for, after all that could be done at once has been. */
static void conn_settle(struct tcp_conn *c, uint64_t now_ms)
{
	enum conn_need need = c->broken ? CONN_NEED_CLOSE : conn_need(&c->conn);
	if (need == CONN_NEED_CLOSE) {
		conn_close(c);
		return;
	}
	if (need == CONN_NEED_DRAIN && !c->shut) {
		c->shut = true;
		shutdown(c->fd, SHUT_WR);
	}
	if (need == CONN_NEED_OUTPUT && !c->stall.next)
		timer_arm(&c->tcp->stall, &c->stall, now_ms);
	conn_watch(c, watched_events[need]);
}

/* Does all that can be done at once. */
static void conn_proceed(struct tcp_conn *c, uint64_t now_ms)
{
	bool flowing = conn_flush(c) && conn_serve(c, now_ms);
	for (unsigned i = 0; flowing && !c->conn.parked && i < TCP_READS_MAX && conn_receive(c);
		i++)
		flowing = conn_serve(c, now_ms);
	conn_settle(c, now_ms);
}

static void conn_ready(struct event_source *source, uint64_t now_ms)
{
	struct tcp_conn *c = event_container(source, struct tcp_conn, source);
	if (c->fd < 0)
		return;
	if (c->events)
		conn_proceed(c, now_ms);
	else /* the kernel tells unasked that the peer has reset the connection */
		conn_close(c);
}

void tcp_resume(struct tcp *tcp, uint32_t place, enum sigwait_outcome outcome, uint64_t now_ms)
{
	struct tcp_conn *c = tcp->parked[place];
	if (!c)
		return;
	tcp->parked[place] = NULL;
	c->outcome = (uint8_t)outcome;
	conn_resume(&c->conn);
	conn_proceed(c, now_ms);
}

/* ---- accepting ----------------------------------------------------------------------------- */

static struct tcp_conn *slot_take(struct tcp *tcp)
{
	struct tcp_conn *c = tcp->slot_free;
	if (c)
		tcp->slot_free = c->next;
	else
		c = &tcp->slot[tcp->slot_used++]; /* the client table admits no more than conn_max
						   */
	memset(c, 0, offsetof(struct tcp_conn, conn));
	conn_init(&c->conn, tcp->cfg.question_max);
	return c;
}

static void conn_open(struct tcp *tcp, int fd, struct client_key client, uint64_t now_ms)
{
	struct tcp_conn *c = slot_take(tcp);
	c->source.ready = conn_ready;
	c->tcp = tcp;
	c->fd = fd;
	c->client = client;
	tcp->conn_cnt++;
	timer_arm(&tcp->idle, &c->idle, now_ms);
	timer_arm(&tcp->life, &c->life, now_ms);
	c->events = EPOLLIN;
	counter_add(tcp->cfg.counters, COUNTER_TCP_CONNECTIONS, 1);
	if (event_set(tcp->cfg.epoll_fd, EPOLL_CTL_ADD, fd, c->events, &c->source) < 0)
		conn_close(c);
}

static void listeners_watch(struct tcp *tcp, uint32_t events)
{
	for (unsigned i = 0; i < tcp->listener_cnt; i++) {
		struct tcp_listener *l = &tcp->listener[i];
		event_set(tcp->cfg.epoll_fd, EPOLL_CTL_MOD, l->fd, events, &l->source);
	}
}

/* True if accept failed for this connection only, or for want of one. */
static bool accept_harmless(int error)
{
	return error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM;
}

static void listener_ready(struct event_source *source, uint64_t now_ms)
{
	struct tcp_listener *l = event_container(source, struct tcp_listener, source);
	struct tcp *tcp = l->tcp;
	for (unsigned i = 0; i < TCP_ACCEPT_MAX; i++) {
		struct sockaddr_storage peer;
		socklen_t peer_len = sizeof(peer);
		int fd = accept4(
			l->fd, (struct sockaddr *)&peer, &peer_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && !accept_harmless(errno)) {
			listeners_watch(tcp, 0);
			timer_arm(&tcp->pause, &tcp->pause_timer, now_ms);
		}
		if (fd < 0)
			return;
		struct client_key client = client_key((struct sockaddr *)&peer);
		if (client_enter(tcp->cfg.clients, client) == CLIENT_WELCOME) {
			conn_open(tcp, fd, client, now_ms);
			continue;
		}
		counter_add(tcp->cfg.counters, COUNTER_TCP_REFUSED, 1);
		close(fd);
	}
}

int tcp_listen(struct tcp *tcp, int fd)
{
	if (tcp->listener_cnt == TCP_LISTEN_MAX) {
		errno = ENOSPC;
		return -1;
	}
	struct tcp_listener *l = &tcp->listener[tcp->listener_cnt++];
	*l = (struct tcp_listener){.source.ready = listener_ready, .tcp = tcp, .fd = fd};
	return event_set(tcp->cfg.epoll_fd, EPOLL_CTL_ADD, fd, EPOLLIN, &l->source);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void expire_queue(
	struct tcp *tcp, const struct timer_queue *queue, size_t member_off, uint64_t now_ms)
{
	struct timer *t;
	while ((t = timer_expired(queue, now_ms))) {
		counter_add(tcp->cfg.counters, COUNTER_TCP_TIMEOUTS, 1);
		conn_reset((struct tcp_conn *)((char *)t - member_off));
	}
}

/* The earlier of two waits, -1 being for ever. */
static int wait_min(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int tcp_expire(struct tcp *tcp, uint64_t now_ms)
{
	expire_queue(tcp, &tcp->idle, offsetof(struct tcp_conn, idle), now_ms);
	expire_queue(tcp, &tcp->life, offsetof(struct tcp_conn, life), now_ms);
	if (timer_expired(&tcp->pause, now_ms)) {
		timer_cancel(&tcp->pause_timer);
		listeners_watch(tcp, EPOLLIN);
	}
	return wait_min(timer_wait_ms(&tcp->pause, now_ms),
		wait_min(timer_wait_ms(&tcp->idle, now_ms), timer_wait_ms(&tcp->life, now_ms)));
}

uint32_t tcp_conn_cnt(const struct tcp *tcp)
{
	return tcp->conn_cnt;
}

/* Address space that costs memory only where it has been touched. */
static void *space_map(size_t len)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}

static void space_unmap(void *at, size_t len)
{
	if (at)
		munmap(at, len);
}

struct tcp *tcp_new(const struct tcp_config *cfg)
{
	struct tcp *tcp = calloc(1, sizeof(*tcp));
	if (!tcp)
		return NULL;
	tcp->cfg = *cfg;
	timer_queue_init(&tcp->idle, cfg->idle_ms);
	timer_queue_init(&tcp->life, cfg->life_ms);
	timer_queue_init(&tcp->stall, 1);
	timer_queue_init(&tcp->pause, TCP_ACCEPT_PAUSE_MS);
	tcp->slot = space_map(cfg->conn_max * sizeof(*tcp->slot));
	tcp->output = space_map(TCP_OUTPUT_CNT * sizeof(*tcp->output));
	tcp->parked = space_map(SIGWAIT_NUMBER_CNT(cfg->place_cnt) * sizeof(*tcp->parked));
	if (!tcp->slot || !tcp->output || (!tcp->parked && cfg->place_cnt))
		return tcp_free(tcp);
	for (unsigned i = 0; i < TCP_OUTPUT_CNT; i++)
		output_give(tcp, &tcp->output[i]);
	return tcp;
}

struct tcp *tcp_free(struct tcp *tcp)
{
	if (!tcp)
		return NULL;
	for (uint32_t i = 0; i < tcp->slot_used; i++)
		if (tcp->slot[i].fd >= 0)
			conn_close(&tcp->slot[i]);
	space_unmap(tcp->slot, tcp->cfg.conn_max * sizeof(*tcp->slot));
	space_unmap(tcp->output, TCP_OUTPUT_CNT * sizeof(*tcp->output));
	space_unmap(tcp->parked, SIGWAIT_NUMBER_CNT(tcp->cfg.place_cnt) * sizeof(*tcp->parked));
	free(tcp);
	return NULL;
}
