/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/daemon/protocol.h"

#define LINE_MAX_LEN (1U << 24) /* the counters of all threads take a fraction of it */
#define BUF_LEN	     4096U

int client_init(struct client *client, const char *dir, char err[static CLIENT_ERR_LEN])
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int len =
		snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/%s", dir, PROTOCOL_SOCKET_NAME);
	*client = (struct client){.fd = -1};
	if (len < 0 || (size_t)len >= sizeof(addr.sun_path)) {
		snprintf(err, CLIENT_ERR_LEN, "socket-dir is too long for a socket's name");
		return -1;
	}
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd >= 0 && connect(client->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return 0;
	int cause = errno;
	if (client->fd >= 0)
		close(client->fd);
	/* no file, or one that a dead server left behind */
	if (cause == ENOENT || cause == ENOTDIR || cause == ECONNREFUSED)
		return 1;
	snprintf(err, CLIENT_ERR_LEN, "%s: %s", addr.sun_path, strerror(cause));
	return -1;
}

void client_deinit(struct client *client)
{
	close(client->fd);
	free(client->buf);
	*client = (struct client){.fd = -1};
}

static int send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EINTR)
			return -1;
		if (sent > 0) {
			data += sent;
			len -= (size_t)sent;
		}
	}
	return 0;
}

static int send_request(struct client *client, json_t *request, char err[static CLIENT_ERR_LEN])
{
	char *text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	size_t len = text ? strlen(text) : 0;
	int rc = -1;
	if (!text || len >= PROTOCOL_REQUEST_MAX) {
		snprintf(err, CLIENT_ERR_LEN, "%s", text ? "request too long" : "out of memory");
	} else {
		text[len] = '\n'; /* in place of the NUL */
		rc = send_all(client->fd, text, len + 1);
		if (rc != 0)
			snprintf(err, CLIENT_ERR_LEN, "cannot ask ensignd: %s", strerror(errno));
	}
	free(text);
	return rc;
}

/* Makes room behind what is in the buffer. */
static int buf_reserve(struct client *client)
{
	if (client->pos) {
		memmove(client->buf, client->buf + client->pos, client->len);
		client->pos = 0;
	}
	if (client->len < client->buf_cap)
		return 0;
	unsigned cap = client->buf_cap ? client->buf_cap * 2 : BUF_LEN;
	char *buf = cap <= LINE_MAX_LEN ? realloc(client->buf, cap) : NULL;
	if (!buf)
		return -1;
	client->buf = buf;
	client->buf_cap = cap;
	return 0;
}

/* Reads more: octets, 0 at the end, -1. */
static ssize_t buf_fill(struct client *client)
{
	ssize_t part;
	if (buf_reserve(client) != 0)
		return -1;
	do
		part = recv(
			client->fd, client->buf + client->len, client->buf_cap - client->len, 0);
	while (part < 0 && errno == EINTR);
	if (part > 0)
		client->len += (unsigned)part;
	return part;
}

/* The next line as JSON; NULL with err. */
static json_t *read_line(struct client *client, char err[static CLIENT_ERR_LEN])
{
	char *end;
	unsigned seen = 0;
	while (!client->len ||
		!(end = memchr(client->buf + client->pos + seen, '\n', client->len - seen))) {
		seen = client->len;
		if (buf_fill(client) <= 0) {
			snprintf(err, CLIENT_ERR_LEN, "ensignd ended the connection");
			return NULL;
		}
	}
	char *line = client->buf + client->pos;
	unsigned len = (unsigned)(end - line);
	client->pos += len + 1;
	client->len -= len + 1;
	json_t *json = json_loadb(line, len, 0, NULL);
	if (json_is_object(json))
		return json;
	json_decref(json);
	snprintf(err, CLIENT_ERR_LEN, "ensignd's answer is no JSON object");
	return NULL;
}

json_t *client_ask(struct client *client, json_t *request, client_line_fn *fn, void *ctx,
	char err[static CLIENT_ERR_LEN])
{
	json_t *line;
	if (send_request(client, request, err) != 0)
		return NULL;
	while ((line = read_line(client, err))) {
		if (json_object_get(line, "ok"))
			return line;
		if (fn)
			fn(ctx, line);
		json_decref(line);
	}
	return NULL;
}
