/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/stream_fixture.h"

#include <errno.h>
#include <sys/epoll.h>

#include "dataplane/stream/conn.h"
#include "dataplane/stream/events.h"
#include "dataplane/stream/tcp.h"

struct fixture {
	struct echo echo;
	struct counters counters;
	struct client_table *clients;
	struct tcp *tcp;
	struct listen_address addr;
	int epoll_fd, listen_fd;
	uint64_t now_ms;
};

struct limits {
	uint32_t conn_max, per_client_max;
	uint64_t question_max, life_ms;
};

enum { IDLE_MS = 10000 };

static struct fixture *fixture_new(struct limits limits)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint32_t conn_max = limits.conn_max ? limits.conn_max : 100;
	f->clients = client_table_new(conn_max, limits.per_client_max);
	f->epoll_fd = epoll_create1(0);
	f->now_ms = 1000000;
	f->tcp = tcp_new(&(struct tcp_config){
		.conn_max = conn_max,
		.question_max = limits.question_max,
		.idle_ms = IDLE_MS,
		.life_ms = limits.life_ms,
		.clients = f->clients,
		.engine = {echo_burst, echo_unsign, &f->echo},
		.place_cnt = ECHO_PLACES,
		.counters = &f->counters,
		.epoll_fd = f->epoll_fd,
	});
	f->listen_fd = fixture_open(&f->addr, "127.0.0.1", SOCK_STREAM);
	assert_int_equal(tcp_listen(f->tcp, f->listen_fd), 0);
	return f;
}

static void fixture_free(struct fixture *f)
{
	tcp_free(f->tcp);
	assert_int_equal(client_cnt(f->clients, (struct client_key){0}), 0);
	client_table_free(f->clients);
	close(f->listen_fd);
	close(f->epoll_fd);
	free(f);
}

/* Serves until nothing is ready any more; returns rounds. */
static unsigned serve(struct fixture *f)
{
	struct epoll_event ev[16];
	unsigned rounds = 0;
	for (int n; (n = epoll_wait(f->epoll_fd, ev, 16, 0)) > 0; rounds++) {
		assert_true(rounds < 10000);
		for (int i = 0; i < n; i++) {
			struct event_source *source = ev[i].data.ptr;
			source->ready(source, f->now_ms);
		}
	}
	return rounds;
}

static int client_open(struct fixture *f)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(connect(fd, &f->addr.sa, f->addr.len) == 0 || errno == EINPROGRESS);
	serve(f);
	return fd;
}

/* Sends a question of len octets with its length field. */
static void ask(int fd, uint16_t len, uint16_t id)
{
	uint8_t data[2 + 1024];
	data[0] = (uint8_t)(len >> 8);
	data[1] = (uint8_t)len;
	fixture_question(data + 2, len, id);
	assert_int_equal(send(fd, data, 2U + len, MSG_NOSIGNAL), 2 + len);
}

/* What the peer did: octets received, 0 = it ended the connection, -1 = nothing, -2 = reset. */
static ssize_t take(int fd, void *data, size_t len)
{
	ssize_t n = recv(fd, data, len, MSG_DONTWAIT);
	return n < 0 && errno == ECONNRESET ? -2 : n;
}

static void assert_answer(int fd, uint16_t len, uint16_t id)
{
	uint8_t data[2 + 1024];
	assert_int_equal(take(fd, data, 2U + len), 2 + len);
	assert_int_equal(data[0] << 8 | data[1], len);
	assert_int_equal(data[2] << 8 | data[3], id);
}

static void silent_client_is_closed_when_idle(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	uint8_t byte;
	assert_int_equal(tcp_conn_cnt(f->tcp), 1);
	assert_int_equal(tcp_expire(f->tcp, f->now_ms), IDLE_MS);
	assert_int_equal(tcp_expire(f->tcp, f->now_ms + IDLE_MS - 1), 1);
	assert_int_equal(take(fd, &byte, 1), -1);
	assert_int_equal(tcp_expire(f->tcp, f->now_ms + IDLE_MS), -1);
	assert_int_equal(take(fd, &byte, 1), -2);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	assert_int_equal(counter_get(&f->counters, COUNTER_TCP_TIMEOUTS), 1);
	close(fd);
	fixture_free(f);
}

/* An octet now and then is no question: it does not keep the connection. */
static void dripping_client_is_closed_when_idle(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	uint64_t begin_ms = f->now_ms;
	while (tcp_conn_cnt(f->tcp)) {
		assert_true(f->now_ms < begin_ms + IDLE_MS + 1000);
		assert_int_equal(send(fd, "\1", 1, MSG_NOSIGNAL), 1);
		serve(f);
		f->now_ms += 1000;
		tcp_expire(f->tcp, f->now_ms);
	}
	assert_int_equal(f->now_ms, begin_ms + IDLE_MS);
	close(fd);
	fixture_free(f);
}

static void question_restarts_the_idle_time(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	f->now_ms += IDLE_MS - 1;
	ask(fd, 30, 1);
	serve(f);
	assert_answer(fd, 30, 1);
	assert_int_equal(tcp_expire(f->tcp, f->now_ms + IDLE_MS - 1), 1);
	assert_int_equal(tcp_conn_cnt(f->tcp), 1);
	close(fd);
	fixture_free(f);
}

static void busy_client_is_closed_at_the_end_of_its_life(void **state)
{
	struct fixture *f = fixture_new((struct limits){.life_ms = 3 * IDLE_MS});
	int fd = client_open(f);
	uint8_t byte;
	for (uint16_t i = 0; i < 6; i++) {
		ask(fd, 30, i);
		serve(f);
		assert_answer(fd, 30, i);
		f->now_ms += IDLE_MS / 2;
		tcp_expire(f->tcp, f->now_ms);
	}
	assert_int_equal(take(fd, &byte, 1), -2);
	close(fd);
	fixture_free(f);
}

static void connections_over_the_limit_are_refused(void **state)
{
	struct fixture *f = fixture_new((struct limits){.conn_max = 2});
	int fd[3];
	uint8_t byte;
	for (int i = 0; i < 3; i++)
		fd[i] = client_open(f);
	assert_int_equal(tcp_conn_cnt(f->tcp), 2);
	assert_int_equal(take(fd[2], &byte, 1), 0);
	assert_int_equal(counter_get(&f->counters, COUNTER_TCP_REFUSED), 1);
	close(fd[0]);
	serve(f);
	close(fd[2]);
	fd[2] = client_open(f);
	ask(fd[2], 30, 9);
	serve(f);
	assert_answer(fd[2], 30, 9);
	close(fd[1]);
	close(fd[2]);
	fixture_free(f);
}

static void client_over_its_limit_is_refused(void **state)
{
	struct fixture *f = fixture_new((struct limits){.per_client_max = 1});
	int first = client_open(f), second = client_open(f);
	uint8_t byte;
	assert_int_equal(take(second, &byte, 1), 0);
	assert_int_equal(tcp_conn_cnt(f->tcp), 1);
	close(first);
	close(second);
	fixture_free(f);
}

static void last_answer_arrives_before_the_connection_ends(void **state)
{
	struct fixture *f = fixture_new((struct limits){.question_max = 2});
	int fd = client_open(f);
	uint8_t byte;
	for (uint16_t i = 0; i < 5; i++)
		ask(fd, 30, i);
	serve(f);
	assert_answer(fd, 30, 0);
	assert_answer(fd, 30, 1);
	assert_int_equal(take(fd, &byte, 1), 0);
	assert_int_equal(f->echo.job_cnt, 2);
	assert_int_equal(tcp_conn_cnt(f->tcp), 1); /* until the client ends it, or idle */
	close(fd);
	serve(f);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	fixture_free(f);
}

static void message_below_a_header_ends_the_connection(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	uint8_t byte;
	ask(fd, 30, 1);
	assert_int_equal(send(fd, "\0\2hi", 4, 0), 4);
	serve(f);
	assert_answer(fd, 30, 1);
	assert_int_equal(take(fd, &byte, 1), 0);
	close(fd);
	serve(f);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	fixture_free(f);
}

static void half_closed_client_gets_its_answers(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	uint8_t byte;
	for (uint16_t i = 0; i < 3; i++)
		ask(fd, 40, i);
	shutdown(fd, SHUT_WR);
	serve(f);
	for (uint16_t i = 0; i < 3; i++)
		assert_answer(fd, 40, i);
	assert_int_equal(take(fd, &byte, 1), 0);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	assert_int_equal(f->echo.flags, ANSWER_TCP);
	close(fd);
	fixture_free(f);
}

static void many_pipelined_questions_in_odd_pieces(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	enum { N = 500, LEN = 50 };
	static uint8_t data[N * (2 + LEN)];
	for (unsigned i = 0; i < N; i++) {
		uint8_t *at = data + (size_t)i * (2 + LEN);
		at[0] = 0;
		at[1] = LEN;
		fixture_question(at + 2, LEN, (uint16_t)i);
	}
	for (size_t off = 0; off < sizeof(data); off += 997) {
		size_t piece = sizeof(data) - off < 997 ? sizeof(data) - off : 997;
		assert_int_equal(send(fd, data + off, piece, 0), piece);
		serve(f);
	}
	for (unsigned i = 0; i < N; i++)
		assert_answer(fd, LEN, (uint16_t)i);
	close(fd);
	fixture_free(f);
}

/* Asks for large answers without reading them until the server has stopped reading. */
static unsigned stall(struct fixture *f, int fd)
{
	unsigned asked_cnt = 0, before;
	do {
		before = f->echo.job_cnt;
		for (int i = 0; i < 10; i++)
			ask(fd, 30, (uint16_t)asked_cnt++);
		serve(f);
	} while (f->echo.job_cnt - before == 10);
	return asked_cnt;
}

static void client_that_does_not_read_is_not_read_from(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	static uint8_t data[1 << 20];
	f->echo.answer_len = 60000;
	unsigned asked_cnt = stall(f, fd), served_cnt = f->echo.job_cnt;
	ask(fd, 30, (uint16_t)asked_cnt++);
	assert_int_equal(serve(f), 0); /* no spinning on it either */
	assert_int_equal(f->echo.job_cnt, served_cnt);
	size_t want = (size_t)asked_cnt * 60002, got = 0;
	while (got < want) {
		ssize_t n = take(fd, data, sizeof(data));
		if (n > 0)
			got += (size_t)n;
		else
			assert_int_equal(n, -1);
		serve(f);
	}
	assert_int_equal(got, want);
	assert_int_equal(f->echo.job_cnt, asked_cnt);
	close(fd);
	fixture_free(f);
}

static void stuck_client_is_closed_and_gives_back_its_buffer(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	f->echo.answer_len = 60000;
	stall(f, fd);
	f->now_ms += IDLE_MS;
	tcp_expire(f->tcp, f->now_ms);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	close(fd);
	fixture_free(f);
}

/* One more stuck client than there are output buffers: the one stuck longest goes. */
static void output_buffers_are_taken_from_the_longest_stuck(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd[TCP_OUTPUT_CNT + 1];
	f->echo.answer_len = 60000;
	for (unsigned i = 0; i < TCP_OUTPUT_CNT; i++) {
		fd[i] = client_open(f);
		stall(f, fd[i]);
		f->now_ms++;
	}
	assert_int_equal(tcp_conn_cnt(f->tcp), TCP_OUTPUT_CNT);
	fd[TCP_OUTPUT_CNT] = client_open(f);
	f->echo.answer_len = 0;
	ask(fd[TCP_OUTPUT_CNT], 30, 77);
	serve(f);
	assert_answer(fd[TCP_OUTPUT_CNT], 30, 77);
	assert_int_equal(tcp_conn_cnt(f->tcp), TCP_OUTPUT_CNT);
	/* the first one's connection is gone, the second one's is not */
	uint8_t byte;
	int error = 0;
	socklen_t error_len = sizeof(error);
	getsockopt(fd[0], SOL_SOCKET, SO_ERROR, &error, &error_len);
	assert_int_equal(error, ECONNRESET);
	assert_int_equal(take(fd[1], &byte, 1), 1);
	for (unsigned i = 0; i <= TCP_OUTPUT_CNT; i++)
		close(fd[i]);
	fixture_free(f);
}

/* ---- questions that wait --------------------------------------------------------------------- */

static void assert_nothing(int fd)
{
	uint8_t byte;
	assert_int_equal(take(fd, &byte, 1), -1);
}

static void others_places_are_left_alone(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	tcp_resume(f->tcp, 0, SIGWAIT_READY, f->now_ms);
	tcp_resume(f->tcp, ECHO_PLACES - 1, SIGWAIT_REFUSED, f->now_ms);
	assert_int_equal(f->echo.job_cnt, 0);
	fixture_free(f);
}

/* What is behind a parked question waits with it: answers come in order. */
static void answers_keep_their_order(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	f->echo.pass_cnt = 1;
	f->echo.park_cnt = 2;
	for (uint16_t id = 1; id <= 3; id++)
		ask(fd, 30, id);
	serve(f);
	assert_answer(fd, 30, 1);
	assert_nothing(fd);
	ask(fd, 30, 4);
	assert_int_equal(serve(f), 0); /* nor is anything read, or looked at */
	tcp_resume(f->tcp, 0, SIGWAIT_READY, f->now_ms);
	assert_int_equal(f->echo.round, 1);
	assert_nothing(fd);
	tcp_resume(f->tcp, 1, SIGWAIT_READY, f->now_ms);
	serve(f);
	for (uint16_t id = 2; id <= 4; id++)
		assert_answer(fd, 30, id);
	assert_int_equal(f->echo.round, 0);
	assert_int_equal(f->echo.job_cnt, 6);
	close(fd);
	fixture_free(f);
}

static void a_question_in_vain_ends_nothing(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	f->echo.park_cnt = 1;
	ask(fd, 30, 1);
	ask(fd, 30, 2);
	serve(f);
	tcp_resume(f->tcp, 0, SIGWAIT_TIMED_OUT, f->now_ms);
	serve(f);
	assert_answer(fd, 30, 1);
	assert_answer(fd, 30, 2);
	assert_int_equal(f->echo.unsigned_cnt, 1);
	close(fd);
	fixture_free(f);
}

static void half_closed_client_gets_what_it_waits_for(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	uint8_t byte;
	f->echo.park_cnt = 1;
	ask(fd, 30, 1);
	shutdown(fd, SHUT_WR);
	serve(f);
	assert_int_equal(tcp_conn_cnt(f->tcp), 1);
	tcp_resume(f->tcp, 0, SIGWAIT_READY, f->now_ms);
	serve(f);
	assert_answer(fd, 30, 1);
	assert_int_equal(take(fd, &byte, 1), 0);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	close(fd);
	fixture_free(f);
}

/* The client is gone: so is the connection, and the place's return is nobody's. */
static void reset_while_waiting_is_seen(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	const struct linger at_once = {.l_onoff = 1};
	int fd = client_open(f);
	f->echo.park_cnt = 1;
	ask(fd, 30, 1);
	serve(f);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	serve(f);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	/* another one takes its slot */
	fd = client_open(f);
	tcp_resume(f->tcp, 0, SIGWAIT_READY, f->now_ms);
	assert_int_equal(f->echo.job_cnt, 1);
	ask(fd, 30, 2);
	serve(f);
	assert_answer(fd, 30, 2);
	close(fd);
	fixture_free(f);
}

static void waiting_too_long_is_idle(void **state)
{
	struct fixture *f = fixture_new((struct limits){0});
	int fd = client_open(f);
	f->echo.park_cnt = 1;
	ask(fd, 30, 1);
	serve(f);
	tcp_expire(f->tcp, f->now_ms + IDLE_MS);
	assert_int_equal(tcp_conn_cnt(f->tcp), 0);
	tcp_resume(f->tcp, 0, SIGWAIT_READY, f->now_ms);
	assert_int_equal(f->echo.job_cnt, 1);
	close(fd);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silent_client_is_closed_when_idle),
		cmocka_unit_test(dripping_client_is_closed_when_idle),
		cmocka_unit_test(question_restarts_the_idle_time),
		cmocka_unit_test(busy_client_is_closed_at_the_end_of_its_life),
		cmocka_unit_test(connections_over_the_limit_are_refused),
		cmocka_unit_test(client_over_its_limit_is_refused),
		cmocka_unit_test(last_answer_arrives_before_the_connection_ends),
		cmocka_unit_test(message_below_a_header_ends_the_connection),
		cmocka_unit_test(half_closed_client_gets_its_answers),
		cmocka_unit_test(many_pipelined_questions_in_odd_pieces),
		cmocka_unit_test(client_that_does_not_read_is_not_read_from),
		cmocka_unit_test(stuck_client_is_closed_and_gives_back_its_buffer),
		cmocka_unit_test(output_buffers_are_taken_from_the_longest_stuck),
		cmocka_unit_test(others_places_are_left_alone),
		cmocka_unit_test(answers_keep_their_order),
		cmocka_unit_test(a_question_in_vain_ends_nothing),
		cmocka_unit_test(half_closed_client_gets_what_it_waits_for),
		cmocka_unit_test(reset_while_waiting_is_seen),
		cmocka_unit_test(waiting_too_long_is_idle),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
