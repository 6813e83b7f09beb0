/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/server.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/daemon/log.h"
#include "control/daemon/protocol.h"

#define BACKLOG 16

struct server {
	struct server_options opt;
	struct loop_source source;
	struct client *client; /* newest first */
	unsigned client_cnt;
	bool bound; /* the socket in the file system is ours */
};

/* ---- sending ------------------------------------------------------------------------------- */

static size_t waiting(const struct client *client)
{
	return client->out_len - client->out_pos;
}

bool client_has_room(const struct client *client)
{
	return waiting(client) < SERVER_OUT_MAX;
}

static void flush(struct client *client)
{
	while (waiting(client) > 0) {
		ssize_t n = send(client->source.fd, client->out + client->out_pos, waiting(client),
			MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break; /* not now, or never: the loop will tell */
		client->out_pos += (size_t)n;
	}
	if (waiting(client) == 0)
		client->out_pos = client->out_len = 0;
}

static int reserve(struct client *client, size_t len)
{
	if (client->out_pos > 0) {
		memmove(client->out, client->out + client->out_pos, waiting(client));
		client->out_len -= client->out_pos;
		client->out_pos = 0;
	}
	size_t need = client->out_len + len;
	if (need <= client->out_cap)
		return 0;
	char *out = realloc(client->out, need * 2);
	if (out == NULL)
		return -1;
	client->out = out;
	client->out_cap = need * 2;
	return 0;
}

void client_close(struct client *client)
{
	client->closing = true;
}

void client_send(struct client *client, json_t *json)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	size_t len = text != NULL ? strlen(text) : 0;
	if (text != NULL && reserve(client, len + 1) == 0) {
		memcpy(client->out + client->out_len, text, len);
		client->out[client->out_len + len] = '\n';
		client->out_len += len + 1;
	} else {
		client_close(client);
	}
	free(text);
}

void client_done(struct client *client)
{
	client->busy = false;
	client->more = NULL;
	client->tick = NULL;
	client->gone = NULL;
	client->state = NULL;
	flush(client); /* what does not go now, the next tick sees to */
}

/* ---- connections --------------------------------------------------------------------------- */

static void drop(struct client *client)
{
	struct server *server = client->server;
	struct client **link = &server->client;
	while (*link != client)
		link = &(*link)->next;
	*link = client->next;
	server->client_cnt--;
	if (client->gone != NULL)
		client->gone(client);
	loop_remove(server->opt.loop, &client->source);
	close(client->source.fd);
	free(client->in);
	free(client->out);
	free(client);
}

/* Handles the lines that are there, one command at a time. */
static void take_lines(struct client *client)
{
	struct server *server = client->server;
	while (!client->busy && !client->closing) {
		char *end = memchr(client->in, '\n', client->in_len);
		if (end == NULL)
			break;
		size_t len = (size_t)(end - client->in);
		*end = '\0';
		client->busy = true;
		server->opt.handle(server->opt.ctx, client, client->in, len);
		client->in_len -= len + 1;
		memmove(client->in, end + 1, client->in_len);
	}
	if (!client->busy && client->in_len == PROTOCOL_REQUEST_MAX)
		client_close(client); /* no line can be that long */
}

/* False: the client has hung up. */
static bool receive(struct client *client)
{
	size_t room = PROTOCOL_REQUEST_MAX - client->in_len;
	if (room == 0)
		return true; /* while a command is under way */
	ssize_t n = recv(client->source.fd, client->in + client->in_len, room, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client->in_len += (size_t)n;
	return n > 0;
}

/* Says what is waited for: requests when there is room for them, room when there is more to say. */
static int update_events(struct client *client)
{
	bool can_take = client->in_len < PROTOCOL_REQUEST_MAX && !client->closing;
	uint32_t events = (can_take ? EPOLLIN : 0) | (waiting(client) > 0 ? EPOLLOUT : 0);
	return loop_change(client->server->opt.loop, &client->source, events);
}

/* Goes on with a client after anything has happened to it; it may be gone then. */
static void proceed(struct client *client)
{
	for (;;) {
		take_lines(client);
		flush(client);
		if (client->more == NULL || !client_has_room(client))
			break;
		client->more(client);
	}
	bool finished = client->closing && waiting(client) == 0;
	if (finished || update_events(client) < 0)
		drop(client);
}

static void client_ready(struct loop_source *source, uint32_t events)
{
	struct client *client = (struct client *)((char *)source - offsetof(struct client, source));
	if (events & (EPOLLERR | EPOLLHUP))
		return drop(client);
	if ((events & EPOLLIN) && !receive(client))
		return drop(client);
	proceed(client);
}

static struct client *client_new(struct server *server, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	char *in = malloc(PROTOCOL_REQUEST_MAX);
	if (client == NULL || in == NULL) {
		free(client);
		free(in);
		return NULL;
	}
	*client = (struct client){.source = {fd, client_ready}, .server = server, .in = in};
	client->next = server->client;
	server->client = client;
	server->client_cnt++;
	return client;
}

static void accept_one(struct loop_source *source, uint32_t events)
{
	(void)events;
	struct server *server = (struct server *)((char *)source - offsetof(struct server, source));
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	struct client *client =
		server->client_cnt < SERVER_CLIENT_MAX ? client_new(server, fd) : NULL;
	if (client == NULL)
		close(fd);
	else if (loop_add(server->opt.loop, &client->source, EPOLLIN) < 0)
		drop(client);
}

void server_tick(struct server *server)
{
	for (struct client *client = server->client, *next; client != NULL; client = next) {
		next = client->next;
		if (client->tick != NULL)
			client->tick(client);
		proceed(client);
	}
}

/* ---- the socket ---------------------------------------------------------------------------- */

static int fail(const struct server *server, char err[static 256])
{
	snprintf(err, 256, "%.200s: %.50s", server->opt.path, strerror(errno));
	return -1;
}

/* A socket that nobody accepts on is left over from a process that was killed. */
static bool is_left_over(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	int r = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	int cause = errno;
	close(fd);
	return r < 0 && cause == ECONNREFUSED;
}

static int bind_socket(struct server *server, char err[static 256])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(server->opt.path);
	errno = ENAMETOOLONG;
	if (len >= sizeof(address.sun_path))
		return fail(server, err);
	memcpy(address.sun_path, server->opt.path, len);
	if (is_left_over(&address))
		unlink(server->opt.path);
	mode_t before = umask(0117); /* 0660 from the first moment */
	int r = bind(server->source.fd, (const struct sockaddr *)&address, sizeof(address));
	umask(before);
	if (r < 0)
		return fail(server, err);
	server->bound = true;
	return 0;
}

static int open_socket(struct server *server, char err[static 256])
{
	server->source.ready = accept_one;
	server->source.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->source.fd < 0)
		return fail(server, err);
	if (bind_socket(server, err) < 0)
		return -1;
	if (chown(server->opt.path, server->opt.uid, server->opt.gid) < 0 ||
		listen(server->source.fd, BACKLOG) < 0 ||
		loop_add(server->opt.loop, &server->source, EPOLLIN) < 0)
		return fail(server, err);
	return 0;
}

struct server *server_new(const struct server_options *opt, char err[static 256])
{
	struct server *server = calloc(1, sizeof(*server));
	if (server == NULL) {
		snprintf(err, 256, "out of memory");
		return NULL;
	}
	server->opt = *opt;
	return open_socket(server, err) < 0 ? server_free(server) : server;
}

struct server *server_free(struct server *server)
{
	if (server == NULL)
		return NULL;
	while (server->client != NULL) {
		flush(server->client);
		drop(server->client);
	}
	if (server->source.fd >= 0) {
		loop_remove(server->opt.loop, &server->source);
		close(server->source.fd);
	}
	if (server->bound && unlink(server->opt.path) < 0)
		log_line(LOG_WARN, "%s: %s", server->opt.path, strerror(errno));
	free(server);
	return NULL;
}
