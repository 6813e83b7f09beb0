/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/conn.h"

#include <assert.h>
#include <string.h>

static_assert(CONN_OUTPUT_LEN >= CONN_PREFIX_LEN + MSG_LEN_MAX, "room for the largest message");
static_assert(TCP_QUERY_MAX >= MSG_HEADER_LEN + DNAME_LEN_MAX + 4, "room for any question");

/* A question in the input: where its message is, and where the next one begins. */
struct question {
	uint32_t msg_off;
	uint32_t msg_len; /* octets kept of it */
	uint32_t end_off;
	uint32_t skip_len; /* octets of it beyond TCP_QUERY_MAX */
};

static uint16_t prefix_get(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void prefix_put(uint8_t *at, uint16_t len)
{
	at[0] = (uint8_t)(len >> 8);
	at[1] = (uint8_t)len;
}

/* The whole question at off, if there is one. */
static bool question_at(const struct conn *c, uint32_t off, struct question *q)
{
	if (c->in_len - off < CONN_PREFIX_LEN)
		return false;
	uint32_t msg_len = prefix_get(c->in + off);
	q->msg_off = off + CONN_PREFIX_LEN;
	q->msg_len = msg_len < TCP_QUERY_MAX ? msg_len : TCP_QUERY_MAX;
	q->skip_len = msg_len - q->msg_len;
	q->end_off = q->msg_off + q->msg_len;
	return q->end_off <= c->in_len;
}

void conn_init(struct conn *c, uint64_t question_max)
{
	memset(c, 0, offsetof(struct conn, in));
	c->question_max = question_max;
}

uint8_t *conn_input_space(struct conn *c, size_t *len)
{
	*len = sizeof(c->in) - c->in_len;
	return c->in + c->in_len;
}

void conn_input_add(struct conn *c, size_t len)
{
	uint8_t *added = c->in + c->in_len;
	size_t skip_len = len < c->skip_len ? len : c->skip_len;
	if (c->closing)
		return;
	if (skip_len) {
		memmove(added, added + skip_len, len - skip_len);
		c->skip_len -= (uint32_t)skip_len;
	}
	c->in_len += (uint32_t)(len - skip_len);
}

void conn_input_eof(struct conn *c)
{
	c->eof = true;
}

bool conn_has_question(const struct conn *c)
{
	struct question q;
	return !c->closing && !c->parked && !c->out && question_at(c, 0, &q);
}

/* False if the question is parked. */
static bool answer_append(struct conn *c, struct conn_output *out, const struct question *q,
	conn_answer_fn answer, void *ctx)
{
	uint8_t *prefix = out->data + out->len;
	uint8_t *msg = prefix + CONN_PREFIX_LEN;
	memcpy(msg, c->in + q->msg_off, q->msg_len);
	int len = answer(ctx, msg, (uint16_t)q->msg_len, MSG_LEN_MAX);
	c->parked = len == CONN_PARKED;
	if (c->parked)
		return false;
	c->question_cnt++;
	c->closing = !len || c->question_cnt == c->question_max;
	if (!len)
		return true;
	prefix_put(prefix, (uint16_t)len);
	out->len += CONN_PREFIX_LEN + (uint32_t)len;
	return true;
}

static void input_consume(struct conn *c, uint32_t len)
{
	if (!len)
		return;
	memmove(c->in, c->in + len, c->in_len - len);
	c->in_len -= len;
}

unsigned conn_answer(struct conn *c, struct conn_output *out, conn_answer_fn answer, void *ctx)
{
	struct question q;
	uint32_t off = 0;
	unsigned cnt = 0;
	out->off = out->len = 0;
	while (!c->closing && out->len + CONN_PREFIX_LEN + MSG_LEN_MAX <= sizeof(out->data) &&
		question_at(c, off, &q)) {
		if (!answer_append(c, out, &q, answer, ctx))
			break;
		off = q.end_off;
		c->skip_len = q.skip_len; /* non-zero only if the input ends here */
		cnt++;
	}
	input_consume(c, c->closing ? c->in_len : off);
	c->out = out->len ? out : NULL;
	return cnt;
}

struct conn_output *conn_output_sent(struct conn *c, size_t len)
{
	struct conn_output *out = c->out;
	out->off += (uint32_t)len;
	if (out->off < out->len)
		return NULL;
	c->out = NULL;
	return out;
}

void conn_resume(struct conn *c)
{
	c->parked = false;
}

enum conn_need conn_need(const struct conn *c)
{
	if (c->out)
		return CONN_NEED_OUTPUT;
	if (c->parked)
		return CONN_NEED_ANSWER;
	if (c->eof)
		return CONN_NEED_CLOSE;
	return c->closing ? CONN_NEED_DRAIN : CONN_NEED_INPUT;
}
