/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * conn: one DNS-over-TCP connection as a state machine over byte buffers (RFC 1035, 4.2.2; RFC
 * 7766). Knows no socket: tcp.c moves the octets, tests feed them in any pieces.
 *
 *   socket -> input (one query's worth)  -> conn_answer() -> output (borrowed) -> socket
 *
 * Messages carry a two-octet length in front. Any number of questions may lie in the input
 * (pipelining, RFC 7766, 6.2.1.1); they are answered in order. A connection with unsent output
 * wants no input: a client that does not read is not read from. A question that waits for
 * signatures (parked) stays in the input, and those behind it wait with it, as answers go out in
 * order; nor is anything read meanwhile.
 *
 * Memory is fixed: the input buffer in struct conn, and one output buffer only while there is
 * something to send. A message longer than TCP_QUERY_MAX is answered from its first TCP_QUERY_MAX
 * octets, which are cut off in mid-record (FORMERR), and the rest is skipped.
 */
#ifndef DATAPLANE_STREAM_CONN_H
#define DATAPLANE_STREAM_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/limits.h"

#define CONN_PREFIX_LEN 2 /* octets of the length field */
#define CONN_INPUT_LEN	(CONN_PREFIX_LEN + TCP_QUERY_MAX)
#define CONN_OUTPUT_LEN TCP_OUTPUT_LEN

/* Answers with their length fields; octets off..len are still to be sent. */
struct conn_output {
	struct conn_output *next; /* in the pool of free ones */
	uint32_t off;
	uint32_t len;
	uint8_t data[CONN_OUTPUT_LEN];
};

struct conn {
	struct conn_output *out; /* NULL = nothing to send */
	uint64_t question_max;	 /* of this connection; 0 = no limit */
	uint64_t question_cnt;
	uint32_t in_len;
	uint32_t skip_len; /* octets to come that belong to an overlong message */
	bool eof;	   /* the peer has sent all it wants to */
	bool parked;	   /* the first question in the input cannot be answered yet */
	bool closing;	   /* we answer nothing more */
	uint8_t in[CONN_INPUT_LEN];
};

/* What a connection waits for. */
enum conn_need {
	CONN_NEED_INPUT,  /* more octets: conn_input_space() */
	CONN_NEED_OUTPUT, /* its output sent: conn_output_sent() */
	CONN_NEED_ANSWER, /* what its question waits for: conn_resume() */
	CONN_NEED_DRAIN,  /* our side shut down; further input is thrown away until the peer ends */
	CONN_NEED_CLOSE,
};

/* Answers the query of len octets at msg in place, cap octets writable. Returns the answer's
 * octets; 0 = there is none, and the connection is closed (no DNS client sends what we would drop);
 * or CONN_PARKED, and it will be asked again after conn_resume(). */
typedef int (*conn_answer_fn)(void *ctx, uint8_t *msg, uint16_t len, uint16_t cap);
#define CONN_PARKED (-1)

void conn_init(struct conn *c, uint64_t question_max);

/* Where input goes next; *len octets (>= 1) may be written there. Not while output is unsent. */
uint8_t *conn_input_space(struct conn *c, size_t *len);
/* len octets have been written there. */
void conn_input_add(struct conn *c, size_t len);
/* The peer has shut down its side. */
void conn_input_eof(struct conn *c);

/* True if a question is there to be answered now. */
bool conn_has_question(const struct conn *c);
/* Answers whole questions into out, which becomes c's output, as long as there is room for a
 * message of any size, and up to one that is parked. c has none before. Returns how many; c->out
 * stays NULL if there was nothing to send.
 */
unsigned conn_answer(struct conn *c, struct conn_output *out, conn_answer_fn answer, void *ctx);
/* A parked question is there to be answered again. */
void conn_resume(struct conn *c);
/* len octets of the output have been sent. Once all are, returns the buffer, which is no longer
 * c's; else NULL. */
struct conn_output *conn_output_sent(struct conn *c, size_t len);

enum conn_need conn_need(const struct conn *c);

#endif
