/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * client: asks a running ensignd (control/daemon/protocol.h): one connection, one request at a
 * time, its answer line by line.
 */
#ifndef CONTROL_CLI_CLIENT_H
#define CONTROL_CLI_CLIENT_H

#include <jansson.h>

#define CLIENT_ERR_LEN 256

struct client {
	int fd;
	unsigned len; /* octets in buf behind the last line taken */
	unsigned pos;
	char *buf;
	unsigned buf_cap;
};

/* Connects to the socket in dir. 0; 1 if no server runs there; -1 with err. */
int client_init(struct client *client, const char *dir, char err[static CLIENT_ERR_LEN])
	__attribute__((warn_unused_result));
void client_deinit(struct client *client); /* after a successful init only */

/* Told of each line of an answer but the last; it keeps line's owner. */
typedef void client_line_fn(void *ctx, json_t *line);

/* Sends request (taken over) and waits for the answer's final line, as long as that takes; fn may
 * be NULL. The final line for the caller to json_decref(), whatever its "ok"; NULL with err if the
 * connection failed or what came is no answer. */
json_t *client_ask(struct client *client, json_t *request, client_line_fn *fn, void *ctx,
	char err[static CLIENT_ERR_LEN]) __attribute__((warn_unused_result));

#endif
