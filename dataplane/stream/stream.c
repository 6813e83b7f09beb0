/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dataplane/stream/thread.h"

struct stream {
	struct stream_config cfg;
	struct client_table *clients;
	int stop_fd;
	unsigned thread_cnt;
	unsigned running_cnt;
	pthread_t *pthread;	       /* [thread_cnt] */
	struct stream_thread **thread; /* [thread_cnt] */
};

static int fail(char err[static STREAM_ERR_LEN], const char *what)
{
	snprintf(err, STREAM_ERR_LEN, "%s: %s", what, strerror(errno));
	return -1;
}

/* Opens one address in all threads. */
static int address_open(struct stream *stream, const char *text, char err[static STREAM_ERR_LEN])
{
	struct listen_address addr;
	if (listen_address_read(&addr, text, (uint16_t)stream->cfg.settings->local_port, err) < 0)
		return -1;
	for (unsigned i = 0; i < stream->thread_cnt; i++) {
		int outcome =
			stream_thread_listen(stream->thread[i], &addr, stream->thread_cnt > 1, err);
		if (outcome != LISTEN_OPEN)
			return outcome;
	}
	return LISTEN_OPEN;
}

static int addresses_open(struct stream *stream, char err[static STREAM_ERR_LEN])
{
	const struct setting_list *list = &stream->cfg.settings->local_address;
	unsigned open_cnt = 0;
	if (list->cnt > STREAM_ADDRESS_MAX) {
		snprintf(err, STREAM_ERR_LEN, "local-address: %u addresses, at most %d", list->cnt,
			STREAM_ADDRESS_MAX);
		return -1;
	}
	for (unsigned i = 0; i < list->cnt; i++) {
		int outcome = address_open(stream, list->item[i], err);
		if (outcome < 0)
			return -1;
		open_cnt += outcome == LISTEN_OPEN;
	}
	if (!open_cnt) {
		snprintf(err, STREAM_ERR_LEN, "local-address: no address to listen on");
		return -1;
	}
	return 0;
}

static int threads_new(struct stream *stream, char err[static STREAM_ERR_LEN])
{
	const struct settings *s = stream->cfg.settings;
	stream->thread_cnt = (unsigned)s->stream_threads;
	stream->thread = calloc(stream->thread_cnt, sizeof(stream->thread[0]));
	stream->pthread = calloc(stream->thread_cnt, sizeof(stream->pthread[0]));
	stream->clients = client_table_new(
		(uint32_t)s->max_tcp_connections, (uint32_t)s->max_tcp_connections_per_client);
	stream->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!stream->thread || !stream->pthread || !stream->clients || stream->stop_fd < 0)
		return fail(err, "stream threads");
	for (unsigned i = 0; i < stream->thread_cnt; i++) {
		stream->thread[i] =
			stream_thread_new(&stream->cfg, i, stream->clients, stream->stop_fd, err);
		if (!stream->thread[i])
			return -1;
	}
	return 0;
}

struct stream *stream_new(const struct stream_config *cfg, char err[static STREAM_ERR_LEN])
{
	struct stream *stream = calloc(1, sizeof(*stream));
	if (!stream) {
		fail(err, "stream");
		return NULL;
	}
	stream->cfg = *cfg;
	stream->stop_fd = -1;
	if (threads_new(stream, err) < 0 || addresses_open(stream, err) < 0)
		return stream_free(stream);
	return stream;
}

int stream_start(struct stream *stream, char err[static STREAM_ERR_LEN])
{
	for (; stream->running_cnt < stream->thread_cnt; stream->running_cnt++) {
		unsigned i = stream->running_cnt;
		errno = pthread_create(
			&stream->pthread[i], NULL, stream_thread_run, stream->thread[i]);
		if (errno)
			return fail(err, "pthread_create");
	}
	return 0;
}

void stream_stop(struct stream *stream)
{
	/* Never read again: level-triggered, so it wakes every thread. It cannot fail: the counter
	 * is far from its limit. */
	eventfd_write(stream->stop_fd, 1);
}

void stream_tick(struct stream *stream)
{
	for (unsigned i = 0; i < stream->thread_cnt; i++)
		stream_thread_tick(stream->thread[i]);
}

void stream_join(struct stream *stream)
{
	for (; stream->running_cnt; stream->running_cnt--)
		pthread_join(stream->pthread[stream->running_cnt - 1], NULL);
}

struct stream *stream_free(struct stream *stream)
{
	if (!stream)
		return NULL;
	for (unsigned i = 0; stream->thread && i < stream->thread_cnt; i++)
		stream_thread_free(stream->thread[i]);
	client_table_free(stream->clients);
	if (stream->stop_fd >= 0)
		close(stream->stop_fd);
	free(stream->thread);
	free(stream->pthread);
	free(stream);
	return NULL;
}
