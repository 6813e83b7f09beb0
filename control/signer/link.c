/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/link.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "control/daemon/log.h"
#include "control/daemon/loop.h"
#include "control/signer/protocol.h"
#include "control/signer/spawner.h"

#define DELAY_FIRST_MS 100
#define DELAY_MAX_MS   30000
#define LIFE_GOOD_MS   60000 /* a signer that lived this long was a good one */
#define PATIENCE_MS    10000 /* with one that makes no progress */

/* How an order ended: 0, or 1 or -1 with why. */
struct outcome {
	int result;
	const char *fault;
};

static const struct outcome acknowledged = {0, NULL};
static const struct outcome gone = {1, "the signer has ended"};
static const struct outcome silent = {1, "the signer does not answer"};

/* Something the signer is told. */
struct order {
	struct order *next;
	uint64_t seq;
	uint8_t *frame; /* NULL once it has been sent */
	size_t len;
	size_t pos; /* octets sent */
	signer_link_done_fn *done;
	void *ctx;
	bool awaited; /* signer_link_set() waits for it, and frees it */
	bool answered;
	struct outcome outcome;
};

struct signer_link {
	struct signer_link_options opt;
	struct loop_source spawner;
	uint64_t due_ms;   /* when to ask for a signer; 0 = one lives, or is on its way */
	uint64_t since_ms; /* when it came up */
	unsigned delay_ms; /* before the next one; 0 = none has failed lately */
	uint8_t reply[PROTOCOL_REPLY_LEN];
	size_t reply_len;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t answer;
	struct loop_source signer; /* fd -1: none */
	struct order *order;	   /* sent or to be sent, oldest first */
	uint64_t seq;
	uint64_t progress_ms; /* of the oldest order */
};

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int fail(char err[static SIGNER_LINK_ERR_LEN], const char *cause)
{
	snprintf(err, SIGNER_LINK_ERR_LEN, "%s", cause);
	return -1;
}

/* ---- orders -------------------------------------------------------------------------------- */

static void order_free(struct order *order)
{
	key_secret_free(order->frame);
	free(order);
}

/* Tells whoever is to know; not under the lock, but for waiters. */
static void order_finish(struct signer_link *link, struct order *order, struct outcome outcome)
{
	if (!order->awaited) {
		if (order->done != NULL)
			order->done(order->ctx, outcome.result, outcome.fault);
		order_free(order);
		return;
	}
	pthread_mutex_lock(&link->lock);
	order->outcome = outcome;
	order->answered = true;
	pthread_cond_broadcast(&link->answer);
	pthread_mutex_unlock(&link->lock);
}

static void finish_all(struct signer_link *link, struct order *order, struct outcome outcome)
{
	for (struct order *next; order != NULL; order = next) {
		next = order->next;
		order_finish(link, order, outcome);
	}
}

/* Writes as much as the socket takes. A broken socket is the loop's to notice. Under the lock. */
static void send_orders(struct signer_link *link)
{
	for (struct order *order = link->order; order != NULL; order = order->next) {
		while (order->frame != NULL) {
			ssize_t n = send(link->signer.fd, order->frame + order->pos,
				order->len - order->pos, MSG_NOSIGNAL | MSG_DONTWAIT);
			if (n < 0)
				goto full;
			link->progress_ms = now_ms();
			order->pos += (size_t)n;
			if (order->pos == order->len)
				order->frame = key_secret_free(order->frame);
		}
	}
	(void)!loop_change(link->opt.loop, &link->signer, EPOLLIN);
	return;
full:
	(void)!loop_change(link->opt.loop, &link->signer, EPOLLIN | EPOLLOUT);
}

static void append(struct signer_link *link, struct order *order)
{
	struct order **end = &link->order;
	while (*end != NULL)
		end = &(*end)->next;
	if (end == &link->order)
		link->progress_ms = now_ms();
	order->seq = ++link->seq;
	protocol_number(order->frame, order->seq);
	*end = order;
}

/* Takes the order out of the queue; false if it is no longer there. Under the lock. */
static bool unlink_order(struct signer_link *link, const struct order *order)
{
	for (struct order **at = &link->order; *at != NULL; at = &(*at)->next) {
		if (*at == order) {
			*at = order->next;
			return true;
		}
	}
	return false;
}

/* Queues order, whose frame may be NULL: memory is out. Frees it when it fails. */
static int submit(
	struct signer_link *link, struct order *order, char err[static SIGNER_LINK_ERR_LEN])
{
	if (order == NULL || order->frame == NULL) {
		free(order);
		return fail(err, "out of memory");
	}
	pthread_mutex_lock(&link->lock);
	bool up = link->signer.fd >= 0;
	if (up) {
		append(link, order);
		send_orders(link);
	}
	pthread_mutex_unlock(&link->lock);
	if (up)
		return 0;
	order_free(order);
	fail(err, "no signer is running");
	return 1;
}

static struct order *order_new(const struct signer_key_set *set)
{
	struct order *order = calloc(1, sizeof(*order));
	if (order != NULL)
		order->frame = protocol_set(&order->len, set);
	return order;
}

int signer_link_post(struct signer_link *link, const struct signer_key_set *set,
	signer_link_done_fn *done, void *ctx, char err[static SIGNER_LINK_ERR_LEN])
{
	struct order *order = order_new(set);
	if (order != NULL) {
		order->done = done;
		order->ctx = ctx;
	}
	return submit(link, order, err);
}

void signer_link_remove(struct signer_link *link, const uint8_t *apex)
{
	char err[SIGNER_LINK_ERR_LEN];
	struct order *order = calloc(1, sizeof(*order));
	if (order != NULL)
		order->frame = protocol_remove(&order->len, apex);
	(void)!submit(link, order, err); /* no signer: nothing to forget */
}

static struct timespec deadline(unsigned timeout_ms)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout_ms / 1000;
	at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* Waits for the answer to an order that has been submitted. */
static struct outcome await(struct signer_link *link, struct order *order, unsigned timeout_ms)
{
	struct timespec at = deadline(timeout_ms);
	pthread_mutex_lock(&link->lock);
	while (!order->answered &&
		pthread_cond_timedwait(&link->answer, &link->lock, &at) != ETIMEDOUT)
		;
	if (!order->answered && unlink_order(link, order)) {
		order->answered = true;
		order->outcome = silent;
	}
	while (!order->answered) /* the loop's thread has it in hand */
		pthread_cond_wait(&link->answer, &link->lock);
	pthread_mutex_unlock(&link->lock);
	return order->outcome;
}

int signer_link_set(struct signer_link *link, const struct signer_key_set *set, unsigned timeout_ms,
	char err[static SIGNER_LINK_ERR_LEN])
{
	struct order *order = order_new(set);
	if (order != NULL)
		order->awaited = true;
	int r = submit(link, order, err);
	if (r != 0)
		return r;
	struct outcome outcome = await(link, order, timeout_ms);
	order_free(order);
	if (outcome.fault != NULL)
		fail(err, outcome.fault);
	return outcome.result;
}

/* ---- the signer's side ---------------------------------------------------------------------- */

/* Takes the signer away, and with it what it was told. */
static void drop(struct signer_link *link)
{
	pthread_mutex_lock(&link->lock);
	struct order *order = link->order;
	link->order = NULL;
	if (link->signer.fd >= 0) {
		loop_remove(link->opt.loop, &link->signer);
		close(link->signer.fd);
		link->signer.fd = -1;
	}
	pthread_mutex_unlock(&link->lock);
	finish_all(link, order, gone);
}

/* Puts a start off, longer each time. */
static void plan_start(struct signer_link *link)
{
	uint64_t now = now_ms();
	if (link->since_ms != 0 && now - link->since_ms >= LIFE_GOOD_MS)
		link->delay_ms = 0;
	link->due_ms = now + link->delay_ms;
	link->delay_ms = link->delay_ms == 0 ? DELAY_FIRST_MS : 2 * link->delay_ms;
	if (link->delay_ms > DELAY_MAX_MS)
		link->delay_ms = DELAY_MAX_MS;
}

static void start_if_due(struct signer_link *link)
{
	static const char order = SPAWNER_START;
	if (link->due_ms == 0 || now_ms() < link->due_ms)
		return;
	link->due_ms = 0;
	if (send(link->spawner.fd, &order, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		log_line(LOG_CRITICAL, "signer: cannot be started: %s", strerror(errno));
}

static void replace(struct signer_link *link, const char *cause)
{
	log_line(LOG_ERROR, "signer: %s", cause);
	drop(link);
	plan_start(link);
	start_if_due(link);
}

/* The order this answers; they are answered in their order, but some may have been given up. */
static struct order *answered_order(struct signer_link *link, uint64_t seq)
{
	pthread_mutex_lock(&link->lock);
	struct order *order = link->order;
	while (order != NULL && order->seq != seq)
		order = order->next;
	if (order != NULL)
		unlink_order(link, order);
	link->progress_ms = now_ms();
	pthread_mutex_unlock(&link->lock);
	return order;
}

static void take_reply(struct signer_link *link)
{
	uint64_t seq = 0;
	for (unsigned i = 0; i < 8; i++)
		seq = seq << 8 | link->reply[i];
	unsigned verdict = link->reply[8];
	struct order *order = answered_order(link, seq);
	if (order != NULL)
		order_finish(link, order,
			verdict == VERDICT_DONE
				? acknowledged
				: (struct outcome){-1, protocol_verdict_text(verdict)});
}

/* Reads replies; false when the signer is gone. */
static bool read_replies(struct signer_link *link)
{
	for (;;) {
		ssize_t n = recv(link->signer.fd, link->reply + link->reply_len,
			sizeof(link->reply) - link->reply_len, MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		link->reply_len += (size_t)n;
		if (link->reply_len < sizeof(link->reply))
			continue;
		link->reply_len = 0;
		take_reply(link);
	}
}

static void signer_ready(struct loop_source *source, uint32_t events)
{
	struct signer_link *link =
		(struct signer_link *)((char *)source - offsetof(struct signer_link, signer));
	if (events & EPOLLOUT) {
		pthread_mutex_lock(&link->lock);
		send_orders(link);
		pthread_mutex_unlock(&link->lock);
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !read_replies(link))
		replace(link, "has ended, another one is started");
}

/* ---- the spawner's side --------------------------------------------------------------------- */

static int adopt(struct signer_link *link, int fd)
{
	struct loop_source source = {.fd = fd, .ready = signer_ready};
	pthread_mutex_lock(&link->lock);
	link->signer = source;
	link->reply_len = 0;
	int r = loop_add(link->opt.loop, &link->signer, EPOLLIN);
	if (r < 0)
		link->signer.fd = -1;
	pthread_mutex_unlock(&link->lock);
	if (r < 0)
		close(fd);
	return r;
}

static void spawner_lost(struct signer_link *link)
{
	log_line(LOG_CRITICAL, "signer: the process that starts signers is gone: restart ensignd");
	loop_remove(link->opt.loop, &link->spawner);
}

static void spawner_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	struct signer_link *link =
		(struct signer_link *)((char *)source - offsetof(struct signer_link, spawner));
	int fd = signer_spawner_receive(source->fd);
	if (fd < 0 && errno == EAGAIN)
		return;
	if (fd < 0 && errno == EPIPE)
		return spawner_lost(link);
	link->since_ms = now_ms();
	if (fd < 0 || adopt(link, fd) < 0) {
		log_line(LOG_ERROR, "signer: not started: %s", strerror(errno));
		return plan_start(link);
	}
	link->opt.started(link->opt.ctx);
}

/* ---- life ----------------------------------------------------------------------------------- */

static void init_locks(struct signer_link *link)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&link->lock, NULL);
	pthread_cond_init(&link->answer, &attr);
	pthread_condattr_destroy(&attr);
}

struct signer_link *signer_link_new(const struct signer_link_options *opt)
{
	struct signer_link *link = calloc(1, sizeof(*link));
	if (link == NULL)
		return NULL;
	link->opt = *opt;
	link->spawner = (struct loop_source){opt->spawner_fd, spawner_ready};
	link->signer.fd = -1;
	init_locks(link);
	if (loop_add(opt->loop, &link->spawner, EPOLLIN) < 0)
		return signer_link_free(link);
	plan_start(link);
	start_if_due(link);
	return link;
}

void signer_link_end(struct signer_link *link)
{
	static const char order = SPAWNER_QUIT;
	if (link == NULL)
		return;
	drop(link);
	(void)!send(link->spawner.fd, &order, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

struct signer_link *signer_link_free(struct signer_link *link)
{
	if (link == NULL)
		return NULL;
	signer_link_end(link);
	loop_remove(link->opt.loop, &link->spawner);
	close(link->spawner.fd);
	pthread_mutex_destroy(&link->lock);
	pthread_cond_destroy(&link->answer);
	free(link);
	return NULL;
}

void signer_link_tick(struct signer_link *link)
{
	pthread_mutex_lock(&link->lock);
	bool stuck = link->order != NULL && now_ms() - link->progress_ms > PATIENCE_MS;
	pthread_mutex_unlock(&link->lock);
	if (stuck)
		replace(link, "hangs, another one is started");
	else
		start_if_due(link);
}

bool signer_link_is_up(struct signer_link *link)
{
	pthread_mutex_lock(&link->lock);
	bool up = link->signer.fd >= 0;
	pthread_mutex_unlock(&link->lock);
	return up;
}
