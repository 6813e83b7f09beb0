/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The control socket and its commands, in one thread with the loop: what they refuse, and the
 * answers that need no zone to be compiled (test_keeper.c compiles).
 */
#include "control/daemon/server.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/compile/live.h"
#include "control/daemon/commands.h"
#include "control/daemon/keeper.h"
#include "control/daemon/memory_use.h"
#include "control/daemon/protocol.h"

#define ZONE_CNT 3000

struct fixture {
	char dir[64];
	char path[96];
	struct loop *loop;
	struct server *server;
	struct keeper keeper;
	struct memory_use memory;
	struct commands commands;
	int fd; /* the client's */
	char in[1 << 20];
	size_t in_len;
	bool closed;
};

static struct server *open_server(struct fixture *f, char err[static 256])
{
	struct server_options opt = {.loop = f->loop,
		.path = f->path,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.handle = commands_handle,
		.ctx = &f->commands};
	return server_new(&opt, err);
}

static int connect_client(const struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	strcpy(address.sun_path, f->path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char err[256];
	strcpy(f->dir, "/tmp/ensign-test-server-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/" PROTOCOL_SOCKET_NAME, f->dir);
	f->loop = loop_new();
	f->commands = (struct commands){
		.keeper = &f->keeper, .loop = f->loop, .memory = &f->memory, .started_at_s = 5};
	f->server = open_server(f, err);
	if (f->server == NULL)
		return -1;
	f->fd = connect_client(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	close(f->fd);
	server_free(f->server);
	loop_free(f->loop);
	keeper_deinit(&f->keeper);
	int r = rmdir(f->dir); /* the socket is gone */
	free(f);
	return r;
}

/* ---- a client ------------------------------------------------------------------------------ */

static void receive(struct fixture *f)
{
	ssize_t n = recv(f->fd, f->in + f->in_len, sizeof(f->in) - f->in_len, 0);
	f->closed = n == 0 || (n < 0 && errno != EAGAIN);
	f->in_len += n > 0 ? (size_t)n : 0;
}

static void tick(void *ctx)
{
	struct fixture *f = ctx;
	server_tick(f->server);
	receive(f);
	if (f->closed || memchr(f->in, '\n', f->in_len) != NULL)
		loop_stop(f->loop);
}

/* Sends raw octets. */
static void say(struct fixture *f, const char *text, size_t len)
{
	assert_int_equal(send(f->fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

/* The next line; NULL if the server has hung up instead. */
static json_t *hear(struct fixture *f)
{
	if (memchr(f->in, '\n', f->in_len) == NULL)
		assert_int_equal(loop_run(f->loop, 0, tick, f), 0);
	char *end = memchr(f->in, '\n', f->in_len);
	if (end == NULL)
		return NULL;
	size_t len = (size_t)(end - f->in);
	json_t *line = json_loadb(f->in, len, 0, NULL);
	assert_non_null(line);
	f->in_len -= len + 1;
	memmove(f->in, end + 1, f->in_len);
	return line;
}

static json_t *ask(struct fixture *f, const char *line)
{
	say(f, line, strlen(line));
	say(f, "\n", 1);
	return hear(f);
}

static void assert_refused(json_t *answer, const char *error)
{
	assert_non_null(answer);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_string_equal(json_string_value(json_object_get(answer, "error")), error);
	json_decref(answer);
}

static json_int_t number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

/* ---- refused ------------------------------------------------------------------------------- */

static void test_no_request(void **state)
{
	struct fixture *f = *state;
	static const char *const line[] = {"", "x", "[]", "{", "{}x", "{\"command\":1}",
		"{\"command\":\"status\",\"command\":\"stop\"}",
		"{\"command\":\"status\",\"more\":1}", "{\"zone\":\"a.\"}",
		"{\"command\":\"reload\",\"force\":1}"};
	for (unsigned i = 0; i < sizeof(line) / sizeof(*line); i++) {
		json_t *answer = ask(f, line[i]);
		assert_true(json_is_false(json_object_get(answer, "ok")));
		json_decref(answer);
		assert_null(hear(f)); /* and it hangs up */
		close(f->fd);
		f->fd = connect_client(f);
		f->closed = false;
	}
}

static void test_bad_request(void **state)
{
	struct fixture *f = *state;
	assert_refused(ask(f, "{\"command\":\"nothing\"}"), "no such command");
	assert_refused(ask(f, "{\"command\":\"status\",\"zone\":\"a.\"}"),
		"a member this command does not take");
	assert_refused(
		ask(f, "{\"command\":\"zones\",\"zone\":\"a..b\"}"), "zone is not a domain name");
	assert_refused(
		ask(f, "{\"command\":\"zones\",\"zone\":\"a.\"}"), "no such zone in named.conf");
}

static void test_endless_line(void **state)
{
	struct fixture *f = *state;
	char text[PROTOCOL_REQUEST_MAX];
	memset(text, ' ', sizeof(text));
	say(f, text, sizeof(text));
	assert_null(hear(f));
}

static void test_too_many_clients(void **state)
{
	struct fixture *f = *state;
	int fd[SERVER_CLIENT_MAX];
	for (unsigned i = 0; i < SERVER_CLIENT_MAX; i++) {
		fd[i] = connect_client(f);
		json_decref(ask(f, "{\"command\":\"status\"}"));
	}
	char octet;
	assert_int_equal(recv(fd[SERVER_CLIENT_MAX - 1], &octet, 1, 0), 0);
	assert_int_equal(recv(fd[0], &octet, 1, 0), -1);
	for (unsigned i = 0; i < SERVER_CLIENT_MAX; i++)
		close(fd[i]);
}

static void test_second_server(void **state)
{
	struct fixture *f = *state;
	char err[256];
	assert_null(open_server(f, err));
	assert_non_null(strstr(err, "Address already in use"));
	json_decref(ask(f, "{\"command\":\"status\"}"));
}

static void test_left_over_socket(void **state)
{
	struct fixture *f = *state;
	char err[256];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	server_free(f->server);
	strcpy(address.sun_path, f->path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd); /* as a killed process leaves it */
	f->server = open_server(f, err);
	assert_non_null(f->server);
}

/* ---- answered ------------------------------------------------------------------------------ */

static void test_mode(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void test_status(void **state)
{
	struct fixture *f = *state;
	json_t *answer = ask(f, "{\"command\":\"status\"}");
	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_int_equal(number(answer, "pid"), getpid());
	assert_int_equal(number(answer, "started_at"), 5);
	assert_string_equal(json_string_value(json_object_get(answer, "state")), "starting");
	assert_int_equal(number(json_object_get(answer, "zones"), "configured"), 0);
	assert_null(json_object_get(answer, "config_error"));
	json_decref(answer);
	f->keeper.config_error = strdup("broken");
	f->keeper.running = true;
	answer = ask(f, "{\"command\":\"status\"}");
	assert_string_equal(json_string_value(json_object_get(answer, "config_error")), "broken");
	assert_string_equal(json_string_value(json_object_get(answer, "state")), "running");
	json_decref(answer);
}

static void ignore(void *ctx, struct zone_entry *entry)
{
	(void)ctx;
	(void)entry;
}

static void fill_registry(struct fixture *f)
{
	static char file[ZONE_CNT][16];
	struct zone_list list = {0};
	char name[32];
	uint8_t apex[DNAME_LEN_MAX];
	for (unsigned i = 0; i < ZONE_CNT; i++) {
		struct zone_item item = {apex, {ZONE_FROM_FILE, file[i]}, "native", 0};
		snprintf(name, sizeof(name), "z%u.example", i);
		snprintf(file[i], sizeof(file[i]), "/z%u", i);
		assert_true(dname_from_text(apex, name) > 0);
		assert_int_equal(zone_list_add(&list, &item), 0);
	}
	zone_list_sort(&list);
	assert_int_equal(registry_apply(&f->keeper.registry, &list, ignore, ignore, NULL), 0);
	zone_list_deinit(&list);
}

static void test_live_zone(void **state)
{
	struct fixture *f = *state;
	fill_registry(f);
	struct zone_entry *entry = f->keeper.registry.entry[0];
	struct publisher_image image = {
		.size = 640, .flags = IMAGE_LIVE | IMAGE_NSEC3 | IMAGE_NARROW};
	registry_set_image(&f->keeper.registry, entry, &image);
	static const struct live_keys keys;
	f->keeper.live_keys = &keys;
	f->keeper.keys_seq = 2;
	for (uint64_t seq = 0; seq <= 2; seq++) {
		entry->keys_seq = seq;
		json_t *answer = ask(f, "{\"command\":\"zones\",\"zone\":\"Z0.example\"}");
		const json_t *zone = json_object_get(answer, "zone");
		assert_string_equal(json_string_value(json_object_get(zone, "signed")), "live");
		assert_string_equal(
			json_string_value(json_object_get(zone, "denial")), "nsec3-narrow");
		assert_int_equal(json_is_true(json_object_get(zone, "signer_has_keys")), seq == 2);
		json_decref(answer);
		json_decref(hear(f));
	}
}

static void test_one_zone(void **state)
{
	struct fixture *f = *state;
	fill_registry(f);
	struct zone_entry *entry = f->keeper.registry.entry[0];
	struct publisher_image image = {
		.size = 640, .serial = 7, .flags = IMAGE_SIGNED | IMAGE_NSEC3 | IMAGE_OPTOUT};
	registry_set_image(&f->keeper.registry, entry, &image);
	registry_set_error(&f->keeper.registry, entry, "it is late");
	json_t *answer = ask(f, "{\"command\":\"zones\",\"zone\":\"Z0.example\"}");
	const json_t *zone = json_object_get(answer, "zone");
	assert_string_equal(json_string_value(json_object_get(zone, "name")), "z0.example.");
	assert_string_equal(json_string_value(json_object_get(zone, "file")), "/z0");
	assert_string_equal(json_string_value(json_object_get(zone, "state")), "served");
	assert_string_equal(json_string_value(json_object_get(zone, "signed")), "eager");
	assert_string_equal(json_string_value(json_object_get(zone, "denial")), "nsec3-optout");
	assert_string_equal(json_string_value(json_object_get(zone, "error")), "it is late");
	assert_int_equal(number(zone, "serial"), 7);
	json_decref(answer);
	answer = hear(f);
	assert_int_equal(number(answer, "zones"), 1);
	json_decref(answer);
}

/* More lines than are made at once, each once and in order, and a command behind them. */
static void test_all_zones(void **state)
{
	struct fixture *f = *state;
	fill_registry(f);
	json_t *answer = ask(f, "{\"command\":\"zones\"}\n{\"command\":\"status\"}");
	for (unsigned i = 0; i < ZONE_CNT; i++) {
		char name[32];
		snprintf(name, sizeof(name), "/%s", f->keeper.registry.entry[i]->source.place + 1);
		const json_t *zone = json_object_get(answer, "zone");
		assert_string_equal(json_string_value(json_object_get(zone, "file")), name);
		assert_string_equal(json_string_value(json_object_get(zone, "state")), "compiling");
		json_decref(answer);
		answer = hear(f);
	}
	assert_int_equal(number(answer, "zones"), ZONE_CNT);
	json_decref(answer);
	answer = hear(f);
	assert_int_equal(number(json_object_get(answer, "zones"), "configured"), ZONE_CNT);
	json_decref(answer);
}

static void test_client_leaves_in_the_middle(void **state)
{
	struct fixture *f = *state;
	fill_registry(f);
	json_decref(ask(f, "{\"command\":\"zones\"}"));
	close(f->fd);
	f->fd = connect_client(f);
	f->in_len = 0;
	json_decref(ask(f, "{\"command\":\"status\"}"));
}

static void never(void *ctx)
{
	(void)ctx;
}

static void test_stop(void **state)
{
	struct fixture *f = *state;
	static const char request[] = "{\"command\":\"stop\"}\n";
	say(f, request, sizeof(request) - 1);
	assert_int_equal(loop_run(f->loop, 1000, never, NULL), 0);
	json_t *answer = hear(f);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	json_decref(answer);
	assert_null(hear(f));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_request),
		TEST(test_bad_request),
		TEST(test_endless_line),
		TEST(test_too_many_clients),
		TEST(test_second_server),
		TEST(test_left_over_socket),
		TEST(test_mode),
		TEST(test_status),
		TEST(test_one_zone),
		TEST(test_live_zone),
		TEST(test_all_zones),
		TEST(test_client_leaves_in_the_middle),
		TEST(test_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
