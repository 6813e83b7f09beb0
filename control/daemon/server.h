/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * server: the control socket (protocol.h): connections, lines in, lines out. What lines say is the
 * commands' (commands.h).
 *
 * Main thread only. Nothing here blocks: a client that does not read is sent no more than
 * SERVER_OUT_MAX octets ahead.
 */
#ifndef CONTROL_DAEMON_SERVER_H
#define CONTROL_DAEMON_SERVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "control/daemon/loop.h"

#define SERVER_CLIENT_MAX 64	    /* connections at once: operators and scripts of one machine */
#define SERVER_OUT_MAX	  (1 << 20) /* octets waiting for a client, beyond which it gets no more */

struct server;

/* A connection. Commands use the functions below and the last members. */
struct client {
	struct loop_source source;
	struct server *server;
	struct client *next;
	char *in; /* PROTOCOL_REQUEST_MAX octets */
	size_t in_len;
	char *out;
	size_t out_pos; /* sent */
	size_t out_len;
	size_t out_cap;
	bool busy;    /* a command has not answered in full */
	bool closing; /* to be closed when all is sent */

	/* of the command under way; cleared by client_done() */
	void (*more)(struct client *client); /* there is room for more lines; may be NULL */
	void (*tick)(struct client *client); /* now and then; may be NULL */
	void (*gone)(struct client *client); /* the client has hung up; may be NULL */
	void *state;
};

struct server_options {
	struct loop *loop;
	const char *path; /* of the socket; outlives the server */
	uid_t uid;	  /* its owner; (uid_t)-1 = the process's */
	gid_t gid;
	/* Handles one line, NUL-terminated: calls client_send() and client_done(), at once or
	 * later. */
	void (*handle)(void *ctx, struct client *client, const char *line, size_t len);
	void *ctx;
};

/* Creates the socket, in place of one that no server listens on any more. NULL with err. */
struct server *server_new(const struct server_options *opt, char err[static 256]);
/* Closes all connections, sending what can be sent at once, and removes the socket. */
struct server *server_free(struct server *server);
/* Calls the clients' .tick. */
void server_tick(struct server *server);

/* Sends one line; takes json over. NULL (no memory) closes the connection. */
void client_send(struct client *client, json_t *json);
/* False while too much is waiting to be sent: lines that can be left out should be. */
bool client_has_room(const struct client *client);
/* The command has answered: the next may come. */
void client_done(struct client *client);
/* Closes the connection when all is sent. */
void client_close(struct client *client);

#endif
