/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stream: DNS over kernel sockets, UDP and TCP, on all addresses of local-address.
 *
 *   thread 0: epoll { UDP sockets, listening sockets, connections } -> engine
 *   thread 1: the same, sockets of its own (SO_REUSEPORT), nothing shared but the client table
 *
 * It serves hosts without a DPDK port, TCP for those with one, and the questions the packet path
 * leaves to the kernel (fragments, an address not served there).
 *
 * Each thread has its reader slot ("stream0"...), counters and engine state. It is offline while it
 * sleeps, so an idle thread never holds up the freeing of an image. While questions wait for
 * signatures it sleeps for a millisecond at most.
 *
 * Life: stream_new (opens all sockets, so privileges may be dropped after it) -> stream_start ->
 * stream_stop -> stream_join -> stream_free. All from one thread; stream_stop also from others and
 * from signal handlers.
 */
#ifndef DATAPLANE_STREAM_STREAM_H
#define DATAPLANE_STREAM_STREAM_H

#include "dataplane/answer/answer.h"
#include "dataplane/sigcache/sigthread.h"
#include "zonedb/publish.h"
#include "zonedb/settings.h"

#define STREAM_ERR_LEN 512

struct stream_config {
	/* local_address, local_port, stream_threads and the TCP limits are used; must outlive the
	 * struct stream. */
	const struct settings *settings;
	struct answer_config answer;
	struct publish_reader *reader; /* outlives the struct stream */
	struct sigthread_config sigs;  /* live zones */
};

struct stream;

/* Opens the sockets of all threads. NULL with err. */
struct stream *stream_new(const struct stream_config *cfg, char err[static STREAM_ERR_LEN]);

/* Starts the threads. Returns 0, or -1 with err. */
int stream_start(struct stream *stream, char err[static STREAM_ERR_LEN])
	__attribute__((warn_unused_result));

/* Asks the threads to return; they finish the burst at hand. Async-signal-safe. */
void stream_stop(struct stream *stream);

/* What the threads leave to others: memory of their signature caches. A few times a second, while
 * they run. */
void stream_tick(struct stream *stream);

/* Waits until they have returned. */
void stream_join(struct stream *stream);

/* Closes everything. The threads have been joined or never started. NULL is fine; returns NULL. */
struct stream *stream_free(struct stream *stream);

#endif
