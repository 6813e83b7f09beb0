/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any TCP stream, cut into any pieces and answered into a socket that takes any number of octets at
 * a time, gives the questions and the answers a plain reading of the whole stream gives.
 *
 * Input: question_max, a seed for the pieces, then the stream.
 */
#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <string.h>

#include "dataplane/stream/conn.h"

/* Length of the answer to a question: whatever it says. 0 = none. */
static uint16_t answer_len(const uint8_t *msg, uint32_t len)
{
	return len < MSG_HEADER_LEN ? 0 : (uint16_t)((msg[0] << 8 | msg[1]) | 1);
}

/* ---- plain reading: the oracle ------------------------------------------------------------- */

struct reading {
	const uint8_t *stream;
	size_t len;
	size_t off;
	uint64_t cnt, max;
	uint64_t answer_octets;
	bool ended;
};

/* The next question of the stream, or NULL; *len of it as far as it is kept. */
static const uint8_t *reading_next(struct reading *r, uint32_t *len)
{
	if (r->ended || r->len - r->off < 2)
		return NULL;
	const uint8_t *msg = r->stream + r->off + 2;
	uint32_t whole = (uint32_t)(r->stream[r->off] << 8 | r->stream[r->off + 1]);
	*len = whole < TCP_QUERY_MAX ? whole : TCP_QUERY_MAX;
	size_t left = r->len - r->off - 2;
	if (left < *len)
		return NULL;
	r->off += 2 + (whole < left ? whole : left);
	uint16_t octets = answer_len(msg, *len);
	r->answer_octets += octets ? 2U + octets : 0;
	r->ended = !octets || ++r->cnt == r->max;
	return msg;
}

/* ---- the connection ------------------------------------------------------------------------ */

struct client {
	struct reading expected;
	struct conn conn;
	struct conn_output out;
	uint64_t sent_octets;
	uint32_t random;
};

static uint32_t client_random(struct client *c, uint32_t limit)
{
	c->random = c->random * 1664525 + 1013904223;
	return (c->random >> 8) % limit;
}

static int answer(void *ctx, uint8_t *msg, uint16_t len, uint16_t cap)
{
	struct client *c = ctx;
	uint32_t expected_len;
	const uint8_t *expected = reading_next(&c->expected, &expected_len);
	FUZZ_CHECK(expected && expected_len == len && !memcmp(expected, msg, len));
	FUZZ_CHECK(cap == MSG_LEN_MAX);
	return answer_len(msg, len);
}

static void send_some(struct client *c)
{
	FUZZ_CHECK(c->conn.out->off < c->conn.out->len);
	uint32_t left = c->conn.out->len - c->conn.out->off;
	uint32_t n = 1 + client_random(c, left);
	c->sent_octets += n;
	FUZZ_CHECK(!conn_output_sent(&c->conn, n) == (n < left));
}

static void serve(struct client *c)
{
	while (conn_has_question(&c->conn)) {
		FUZZ_CHECK(conn_answer(&c->conn, &c->out, answer, c) >= 1);
		while (conn_need(&c->conn) == CONN_NEED_OUTPUT)
			send_some(c);
	}
}

/* Feeds one piece of the stream; returns its octets. */
static size_t feed(struct client *c, const uint8_t *data, size_t len)
{
	size_t space_len;
	uint8_t *space = conn_input_space(&c->conn, &space_len);
	FUZZ_CHECK(space_len >= 1 && space + space_len == c->conn.in + sizeof(c->conn.in));
	size_t piece = 1 + client_random(c, client_random(c, 2) ? 8 : 8192);
	piece = piece < space_len ? piece : space_len;
	piece = piece < len ? piece : len;
	memcpy(space, data, piece);
	conn_input_add(&c->conn, piece);
	return piece;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct client c; /* large */
	uint32_t ignored;
	if (len < 2)
		return 0;
	c.expected = (struct reading){.stream = data + 2, .len = len - 2, .max = data[0]};
	c.random = data[1];
	c.sent_octets = 0;
	conn_init(&c.conn, data[0]);
	for (size_t off = 2; off < len; serve(&c))
		off += feed(&c, data + off, len - off);
	conn_input_eof(&c.conn);
	serve(&c);
	FUZZ_CHECK(conn_need(&c.conn) == CONN_NEED_CLOSE);
	FUZZ_CHECK(!reading_next(&c.expected, &ignored));
	FUZZ_CHECK(c.sent_octets == c.expected.answer_octets);
	return 0;
}
