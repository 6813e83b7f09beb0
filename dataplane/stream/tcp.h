/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tcp: the TCP connections of one stream thread: sockets, limits and time-outs around struct conn.
 *
 *   listening sockets -> accept -> struct tcp_conn (fixed slots) <-> epoll
 *                                    |  conn: bytes to questions to answers
 *                                    |  idle, life, stall: timers
 *                                    +- output: borrowed from a pool of TCP_OUTPUT_CNT
 *
 * What a client can hold: one slot (input buffer included) until idle_ms pass without a whole
 * question or life_ms are over; an output buffer until its answers are taken. When another
 * connection needs an output buffer and there is none, the connection that has held one for longest
 * is closed. Kernel memory is bounded by the socket buffers (listen.c); connections that end by a
 * time-out or a limit are reset, so none of it lingers.
 *
 * A connection whose question waits for signatures is not read from; the question is answered again
 * from the input when its place is done (tcp_resume), unless the connection is gone by then.
 *
 * Time is passed in, in milliseconds of any steady clock. One thread, but for the client table.
 */
#ifndef DATAPLANE_STREAM_TCP_H
#define DATAPLANE_STREAM_TCP_H

#include <stdint.h>

#include "dataplane/stream/client.h"
#include "dataplane/stream/engine.h"
#include "zonedb/counters.h"

struct tcp;

struct tcp_config {
	uint32_t conn_max;	      /* slots; the client table's bound */
	uint64_t question_max;	      /* per connection, 0 = no limit */
	uint64_t idle_ms;	      /* >= 1 */
	uint64_t life_ms;	      /* 0 = no limit */
	struct client_table *clients; /* shared with the other threads */
	struct stream_engine engine;
	uint32_t place_cnt; /* of questions that may wait for signatures */
	struct counters *counters;
	int epoll_fd;
};

/* NULL with errno when memory is out. */
struct tcp *tcp_new(const struct tcp_config *cfg);
/* Closes all connections, not the listening sockets. */
struct tcp *tcp_free(struct tcp *tcp);

/* Accepts connections from a listening socket (listen.h), TCP_LISTEN_MAX at most. 0, or -1 with
 * errno. */
int tcp_listen(struct tcp *tcp, int fd) __attribute__((warn_unused_result));
/* A question has waited at place. Does nothing if it is not one of a connection here. */
void tcp_resume(struct tcp *tcp, uint32_t place, enum sigwait_outcome outcome, uint64_t now_ms);
/* Closes what has run out of time. Returns milliseconds until the next, or -1. */
int tcp_expire(struct tcp *tcp, uint64_t now_ms);
/* Connections at the moment. */
uint32_t tcp_conn_cnt(const struct tcp *tcp);

#endif
