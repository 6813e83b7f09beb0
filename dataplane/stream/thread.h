/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * thread: one stream thread: its sockets, its engine state, its loop.
 *
 *   new (main thread) -> sockets added (main thread) -> run (own thread) -> free (main thread)
 */
#ifndef DATAPLANE_STREAM_THREAD_H
#define DATAPLANE_STREAM_THREAD_H

#include <stdbool.h>

#include "dataplane/stream/client.h"
#include "dataplane/stream/listen.h"
#include "dataplane/stream/stream.h"

struct stream_thread;

/* NULL with err. stop_fd: an eventfd that becomes readable when the thread shall return. */
struct stream_thread *stream_thread_new(const struct stream_config *cfg, unsigned idx,
	struct client_table *clients, int stop_fd, char err[static STREAM_ERR_LEN]);
struct stream_thread *stream_thread_free(struct stream_thread *thread);

/* Opens the thread's UDP and listening socket at addr. shared: other threads have theirs there.
 * Returns LISTEN_OPEN, LISTEN_NO_FAMILY or -1 with err. */
int stream_thread_listen(struct stream_thread *thread, const struct listen_address *addr,
	bool shared, char err[static STREAM_ERR_LEN]) __attribute__((warn_unused_result));

/* stream_tick() for this one. */
void stream_thread_tick(struct stream_thread *thread);

/* The loop; a pthread start routine. */
void *stream_thread_run(void *thread);

#endif
