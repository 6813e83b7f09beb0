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
#include "zonedb/wire.h"

#define DELAY_FIRST_MS	100
#define DELAY_MAX_MS	30000
#define LIFE_GOOD_MS	60000  /* a signer that lived this long was a good one */
#define SIGN_TIMEOUT_MS 120000 /* a batch behind those of all threads; RSA-4096: 1 s each */
#define PATIENCE_MS	10000  /* with one that makes no progress */

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
	bool is_secret; /* from key_secret_alloc() */
	size_t len;
	size_t pos; /* octets sent */
	signer_link_done_fn *done;
	void *ctx;
	bool awaited; /* signer_link_set() waits for it, and frees it */
	bool answered;
	struct outcome outcome;
	uint8_t *payload; /* of the answer; malloc()ed */
	size_t payload_len;
};

struct signer_link {
	struct signer_link_options opt;
	struct loop_source spawner;
	uint64_t due_ms;   /* when to ask for a signer; 0 = one lives, or is on its way */
	uint64_t since_ms; /* when it came up */
	unsigned delay_ms; /* before the next one; 0 = none has failed lately */
	uint8_t reply[PROTOCOL_REPLY_LEN];
	size_t reply_len;
	uint8_t *payload; /* of the reply being read, payload_cap octets; NULL: not yet there */
	size_t payload_len, payload_cap;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t answer;
	struct loop_source signer; /* fd -1: none */
	struct order *order;	   /* sent or to be sent, oldest first */
	uint64_t seq;
	uint64_t progress_ms; /* of the oldest order */
	bool starting;	      /* the spawner has been asked and has not answered */
	uint64_t lent_cnt;
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

static void drop_frame(struct order *order)
{
	if (order->is_secret)
		key_secret_free(order->frame);
	else
		free(order->frame);
	order->frame = NULL;
}

static void order_free(struct order *order)
{
	drop_frame(order);
	free(order->payload);
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
				drop_frame(order);
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

static struct order *order_new(enum protocol_order which, const struct signer_key_set *set)
{
	struct order *order = calloc(1, sizeof(*order));
	if (order != NULL) {
		order->frame = protocol_set(&order->len, which, set);
		order->is_secret = true;
	}
	return order;
}

int signer_link_post(struct signer_link *link, const struct signer_key_set *set,
	signer_link_done_fn *done, void *ctx, char err[static SIGNER_LINK_ERR_LEN])
{
	struct order *order = order_new(ORDER_SET, set);
	if (order != NULL) {
		order->done = done;
		order->ctx = ctx;
	}
	return submit(link, order, err);
}

/* Says of a zone what needs no answer. */
static void tell(struct signer_link *link, enum protocol_order which, const uint8_t *apex)
{
	char err[SIGNER_LINK_ERR_LEN];
	struct order *order = calloc(1, sizeof(*order));
	if (order != NULL) {
		order->frame = protocol_remove(&order->len, which, apex);
		order->is_secret = true;
	}
	(void)!submit(link, order, err); /* no signer: nothing to forget */
}

void signer_link_remove(struct signer_link *link, const uint8_t *apex)
{
	tell(link, ORDER_REMOVE, apex);
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

/* Sends an order and waits for its answer; *order stays the caller's if there was one. */
static int ask(struct signer_link *link, struct order *order, unsigned timeout_ms,
	char err[static SIGNER_LINK_ERR_LEN])
{
	if (order != NULL)
		order->awaited = true;
	int r = submit(link, order, err);
	if (r != 0)
		return r;
	struct outcome outcome = await(link, order, timeout_ms);
	if (outcome.fault != NULL) {
		fail(err, outcome.fault);
		order_free(order);
	}
	return outcome.result;
}

static int hand(struct signer_link *link, enum protocol_order which,
	const struct signer_key_set *set, unsigned timeout_ms, char err[static SIGNER_LINK_ERR_LEN])
{
	struct order *order = order_new(which, set);
	int r = ask(link, order, timeout_ms, err);
	if (r == 0)
		order_free(order);
	return r;
}

int signer_link_set(struct signer_link *link, const struct signer_key_set *set, unsigned timeout_ms,
	char err[static SIGNER_LINK_ERR_LEN])
{
	return hand(link, ORDER_SET, set, timeout_ms, err);
}

/* ---- zones as a whole ------------------------------------------------------------------------ */

/* Waits for a signer that is being started to have been. Gives a ticket. */
static uint64_t await_start(struct signer_link *link, unsigned timeout_ms)
{
	struct timespec at = deadline(timeout_ms);
	pthread_mutex_lock(&link->lock);
	while (link->starting &&
		pthread_cond_timedwait(&link->answer, &link->lock, &at) != ETIMEDOUT)
		;
	uint64_t ticket = ++link->lent_cnt;
	pthread_mutex_unlock(&link->lock);
	return ticket;
}

int signer_link_lend(struct signer_link *link, const uint8_t *apex, const struct keyset *keys,
	unsigned timeout_ms, uint64_t *ticket, char err[static SIGNER_LINK_ERR_LEN])
{
	*ticket = await_start(link, timeout_ms);
	const struct signer_key_set set = {.apex = apex, .live_id = {*ticket, 0}, .keys = keys};
	return hand(link, ORDER_LEND, &set, timeout_ms, err);
}

void signer_link_return(struct signer_link *link, const uint8_t *apex)
{
	tell(link, ORDER_RETURN, apex);
}

int signer_link_sign(struct signer_link *link, uint64_t ticket, struct dnssec_batch *batch,
	char err[static SIGNER_LINK_ERR_LEN])
{
	const uint64_t live_id[2] = {ticket, 0};
	struct order *order = calloc(1, sizeof(*order));
	if (order != NULL)
		order->frame = protocol_sign(&order->len, live_id, batch);
	int r = ask(link, order, SIGN_TIMEOUT_MS, err);
	if (r != 0)
		return r;
	r = protocol_read_sigs(batch, order->payload, order->payload_len);
	order_free(order);
	return r < 0 ? fail(err, "the signer's answer makes no sense") : 0;
}

/* ---- the signer's side ---------------------------------------------------------------------- */

/* Takes the signer away, and with it what it was told. */
static void drop(struct signer_link *link)
{
	pthread_mutex_lock(&link->lock);
	struct order *order = link->order;
	link->order = NULL;
	free(link->payload);
	link->payload = NULL;
	link->payload_len = link->reply_len = 0;
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

static void set_starting(struct signer_link *link, bool starting)
{
	pthread_mutex_lock(&link->lock);
	link->starting = starting;
	pthread_cond_broadcast(&link->answer);
	pthread_mutex_unlock(&link->lock);
}

static void start_if_due(struct signer_link *link)
{
	static const char order = SPAWNER_START;
	if (link->due_ms == 0 || now_ms() < link->due_ms)
		return;
	link->due_ms = 0;
	set_starting(link, true);
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
	struct wire_reader r = wire_reader_init(link->reply, sizeof(link->reply));
	uint64_t seq = (uint64_t)wire_read_u32(&r) << 32;
	seq |= wire_read_u32(&r);
	unsigned verdict = wire_read_u8(&r);
	struct order *order = answered_order(link, seq);
	if (order != NULL) {
		order->payload = link->payload;
		order->payload_len = link->payload_len;
	} else {
		free(link->payload);
	}
	link->payload = NULL;
	link->payload_len = link->reply_len = 0;
	if (order != NULL)
		order_finish(link, order,
			verdict == VERDICT_DONE
				? acknowledged
				: (struct outcome){-1, protocol_verdict_text(verdict)});
}

/* Where what comes next of a reply goes to, and how much is missing; 0: it is complete. NULL: it is
 * none. */
static uint8_t *reply_room(struct signer_link *link, size_t *len)
{
	*len = sizeof(link->reply) - link->reply_len;
	if (*len > 0)
		return link->reply + link->reply_len;
	if (link->payload == NULL) {
		link->payload_cap = wire_get_u32(link->reply + 9);
		link->payload = link->payload_cap <= PROTOCOL_PAYLOAD_MAX
					? malloc(link->payload_cap + 1)
					: NULL;
		if (link->payload == NULL)
			return NULL;
	}
	*len = link->payload_cap - link->payload_len;
	return link->payload + link->payload_len;
}

/* Reads replies; false when the signer is gone. */
static bool read_replies(struct signer_link *link)
{
	for (;;) {
		size_t len;
		uint8_t *room = reply_room(link, &len);
		if (room == NULL)
			return false;
		if (len == 0) {
			take_reply(link);
			continue;
		}
		ssize_t n = recv(link->signer.fd, room, len, MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		if (link->payload != NULL)
			link->payload_len += (size_t)n;
		else
			link->reply_len += (size_t)n;
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
	bool adopted = fd >= 0 && adopt(link, fd) == 0;
	int cause = errno;
	set_starting(link, false);
	if (fd < 0 && cause == EPIPE)
		return spawner_lost(link);
	link->since_ms = now_ms();
	if (!adopted) {
		log_line(LOG_ERROR, "signer: not started: %s", strerror(cause));
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
	set_starting(link, false);
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
