/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/client.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/daemon/protocol.h"

/* A server that reads one request line and answers with fixed octets, in pieces of one octet if
 * asked to, then closes. */
struct server {
	char dir[64];
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int listener;
	pthread_t thread;
	const char *answer;
	bool piecemeal;
	char request[PROTOCOL_REQUEST_MAX + 1];
};

static void *serve(void *arg)
{
	struct server *server = arg;
	int fd = accept(server->listener, NULL, NULL);
	size_t len = 0;
	while (len < PROTOCOL_REQUEST_MAX && (len == 0 || server->request[len - 1] != '\n')) {
		ssize_t part = read(fd, server->request + len, PROTOCOL_REQUEST_MAX - len);
		if (part <= 0)
			break;
		len += (size_t)part;
	}
	size_t left = strlen(server->answer), step = server->piecemeal ? 1 : left;
	for (const char *at = server->answer; left; at += step, left -= step)
		if (write(fd, at, step) != (ssize_t)step)
			break;
	close(fd);
	return NULL;
}

static int setup(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	strcpy(server->dir, "/tmp/ensign-test-client-XXXXXX");
	server->listener = -1;
	if (!mkdtemp(server->dir))
		return -1;
	snprintf(server->path, sizeof(server->path), "%s/" PROTOCOL_SOCKET_NAME, server->dir);
	*state = server;
	return 0;
}

static int teardown(void **state)
{
	struct server *server = *state;
	if (server->listener >= 0)
		close(server->listener);
	unlink(server->path);
	int rc = rmdir(server->dir);
	free(server);
	return rc;
}

static void listen_at(struct server *server)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	strcpy(addr.sun_path, server->path);
	server->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(server->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(server->listener, 1), 0);
}

/* Asks {"command": "x"} of a server that answers so. */
static json_t *ask(struct server *server, const char *answer, client_line_fn *fn, void *ctx,
	char err[static CLIENT_ERR_LEN])
{
	struct client client;
	server->answer = answer;
	listen_at(server);
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
	assert_int_equal(client_init(&client, server->dir, err), 0);
	json_t *final = client_ask(&client, json_pack("{s:s}", "command", "x"), fn, ctx, err);
	client_deinit(&client);
	pthread_join(server->thread, NULL);
	return final;
}

/* ==== what must fail ======================================================================== */

static void no_server(void **state)
{
	struct server *server = *state;
	struct client client;
	char err[CLIENT_ERR_LEN];
	assert_int_equal(client_init(&client, server->dir, err), 1);
	assert_int_equal(client_init(&client, "/nonexistent/ensign", err), 1);
}

static void dead_servers_socket(void **state)
{
	struct server *server = *state;
	struct client client;
	char err[CLIENT_ERR_LEN];
	listen_at(server);
	close(server->listener);
	server->listener = -1;
	assert_int_equal(client_init(&client, server->dir, err), 1);
}

static void directory_too_long(void **state)
{
	struct client client;
	char err[CLIENT_ERR_LEN] = "", dir[200] = {0};
	memset(dir, 'd', sizeof(dir) - 1);
	assert_int_equal(client_init(&client, dir, err), -1);
	assert_non_null(strstr(err, "too long"));
}

static void answers_that_are_none(void **state)
{
	static const char *const answer[] = {
		"", "{\"ok\": true}", "\n", "ok\n", "[1]\n", "{\"ok\"\n", "{\"progress\": {}}\n"};
	for (unsigned i = 0; i < sizeof(answer) / sizeof(answer[0]); i++) {
		struct server *server = *state;
		char err[CLIENT_ERR_LEN] = "";
		assert_null(ask(server, answer[i], NULL, NULL, err));
		assert_non_null(strstr(err, "ensignd"));
		close(server->listener);
		server->listener = -1;
		unlink(server->path);
	}
}

static void request_too_long(void **state)
{
	struct server *server = *state;
	struct client client;
	char err[CLIENT_ERR_LEN], zone[PROTOCOL_REQUEST_MAX] = {0};
	memset(zone, 'z', sizeof(zone) - 1);
	listen_at(server);
	assert_int_equal(client_init(&client, server->dir, err), 0);
	assert_null(client_ask(&client, json_pack("{s:s}", "zone", zone), NULL, NULL, err));
	assert_string_equal(err, "request too long");
	client_deinit(&client);
}

/* ==== what must work ======================================================================== */

static void take_stage(void *ctx, json_t *line)
{
	char *seen = ctx;
	strcat(seen, json_string_value(json_object_get(line, "progress")));
}

static void lines_then_the_final_one(void **state)
{
	struct server *server = *state;
	char err[CLIENT_ERR_LEN], seen[16] = "";
	json_t *final = ask(server,
		"{\"progress\": \"a\"}\n{\"progress\": \"b\"}\n{\"ok\": false, \"error\": \"e\"}\n",
		take_stage, seen, err);
	assert_non_null(final);
	assert_string_equal(seen, "ab");
	assert_string_equal(json_string_value(json_object_get(final, "error")), "e");
	assert_string_equal(server->request, "{\"command\":\"x\"}\n");
	json_decref(final);
}

static void octet_by_octet(void **state)
{
	struct server *server = *state;
	char err[CLIENT_ERR_LEN], seen[16] = "";
	server->piecemeal = true;
	json_t *final =
		ask(server, "{\"progress\": \"a\"}\n{\"ok\": true}\n", take_stage, seen, err);
	assert_non_null(final);
	assert_string_equal(seen, "a");
	json_decref(final);
}

static void line_longer_than_the_buffer(void **state)
{
	struct server *server = *state;
	char err[CLIENT_ERR_LEN];
	enum { LEN = 20000 };
	char *answer = calloc(1, LEN + 64);
	int len = sprintf(answer, "{\"ok\": true, \"text\": \"");
	memset(answer + len, 't', LEN);
	strcpy(answer + len + LEN, "\"}\n");
	json_t *final = ask(server, answer, NULL, NULL, err);
	assert_non_null(final);
	assert_int_equal(json_string_length(json_object_get(final, "text")), LEN);
	json_decref(final);
	free(answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_server),
		TEST(dead_servers_socket),
		TEST(directory_too_long),
		TEST(answers_that_are_none),
		TEST(request_too_long),
		TEST(lines_then_the_final_one),
		TEST(octet_by_octet),
		TEST(line_longer_than_the_buffer),
	};
	return cmocka_run_group_tests_name("cli_client", tests, NULL, NULL);
}
