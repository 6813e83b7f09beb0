/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/stream_fixture.h"

#include <arpa/inet.h>

#include "dataplane/stream/udp.h"

struct fixture {
	struct echo echo;
	struct counters counters;
	struct udp *udp;
	struct listen_address addr;
	int server_fd, client_fd;
};

static struct fixture *fixture_new(const char *host, uint16_t udp_size_max)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->udp = udp_new((struct stream_engine){echo_burst, echo_unsign, &f->echo}, &f->counters,
		udp_size_max, ECHO_PLACES);
	f->server_fd = fixture_open(&f->addr, host, SOCK_DGRAM);
	f->client_fd = socket(f->addr.sa.sa_family, SOCK_DGRAM, 0);
	return f;
}

static void fixture_free(struct fixture *f)
{
	udp_free(f->udp);
	close(f->server_fd);
	close(f->client_fd);
	free(f);
}

static void ask(struct fixture *f, const void *msg, size_t len)
{
	assert_int_equal(sendto(f->client_fd, msg, len, 0, &f->addr.sa, f->addr.len), len);
}

static ssize_t take(struct fixture *f, void *msg, size_t len, struct listen_address *from)
{
	from->len = sizeof(from->in6);
	return recvfrom(f->client_fd, msg, len, MSG_DONTWAIT, &from->sa, &from->len);
}

static void truncation_of_broken_messages_keeps_in_bounds(void **state)
{
	uint8_t msg[32];
	/* no question; a name that runs out of the message; a question cut short */
	memset(msg, 0, sizeof(msg));
	assert_int_equal(udp_truncate(msg, sizeof(msg)), MSG_HEADER_LEN);
	memset(msg, 63, sizeof(msg));
	assert_int_equal(udp_truncate(msg, sizeof(msg)), MSG_HEADER_LEN);
	fixture_question(msg, sizeof(msg), 1);
	assert_int_equal(udp_truncate(msg, MSG_HEADER_LEN + 8), MSG_HEADER_LEN);
	assert_int_equal(msg[5], 0);
}

static void truncation_keeps_the_question_only(void **state)
{
	uint8_t msg[512];
	fixture_question(msg, sizeof(msg), 0x1234);
	msg[7] = msg[9] = msg[11] = 2;
	assert_int_equal(udp_truncate(msg, sizeof(msg)), MSG_HEADER_LEN + 9);
	const uint8_t header[] = {0x12, 0x34, 0x02, 0, 0, 1, 0, 0, 0, 0, 0, 0};
	assert_memory_equal(msg, header, sizeof(header));
}

static void nothing_waiting_is_nothing_done(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	assert_int_equal(udp_serve(f->udp, f->server_fd), 0);
	assert_int_equal(f->echo.burst_cnt, 0);
	fixture_free(f);
}

static void dropped_message_gets_no_answer(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	struct listen_address from;
	uint8_t msg[64];
	ask(f, "short", 5);
	ask(f, "", 0);
	fixture_question(msg, 40, 7);
	ask(f, msg, 40);
	assert_int_equal(udp_serve(f->udp, f->server_fd), 3);
	assert_int_equal(take(f, msg, sizeof(msg), &from), 40);
	assert_int_equal(msg[1], 7);
	assert_int_equal(take(f, msg, sizeof(msg), &from), -1);
	fixture_free(f);
}

static void overlong_question_is_cut(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	struct listen_address from;
	static uint8_t msg[60000];
	fixture_question(msg, sizeof(msg), 7);
	ask(f, msg, sizeof(msg));
	assert_int_equal(udp_serve(f->udp, f->server_fd), 1);
	assert_int_equal(take(f, msg, sizeof(msg), &from), UDP_QUERY_MAX);
	fixture_free(f);
}

/* Loopback's MTU is 65536, an answer of 65535 octets does not fit it with its headers. */
static void answer_too_large_for_the_interface_gets_tc(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", MSG_LEN_MAX);
	struct listen_address from;
	uint8_t msg[64];
	f->echo.answer_len = MSG_LEN_MAX;
	fixture_question(msg, 40, 7);
	ask(f, msg, 40);
	assert_int_equal(udp_serve(f->udp, f->server_fd), 1);
	assert_int_equal(take(f, msg, sizeof(msg), &from), MSG_HEADER_LEN + 9);
	assert_int_equal(msg[2], 0x82); /* QR, TC */
	assert_int_equal(counter_get(&f->counters, COUNTER_TX_FULL), 0);
	fixture_free(f);
}

static void bursts_are_answered_whole(void **state)
{
	struct fixture *f = fixture_new("::1", 1232);
	struct listen_address from;
	uint8_t msg[64];
	enum { N = 3 * ANSWER_BURST_MAX + 5 };
	for (uint16_t i = 0; i < N; i++) {
		fixture_question(msg, 30U + i % 20, i);
		ask(f, msg, 30U + i % 20);
	}
	assert_int_equal(udp_serve(f->udp, f->server_fd), N);
	assert_int_equal(f->echo.burst_cnt, 4);
	for (uint16_t i = 0; i < N; i++) {
		assert_int_equal(take(f, msg, sizeof(msg), &from), 30 + i % 20);
		assert_int_equal(msg[1], i);
		assert_int_equal(msg[2], 0x80);
	}
	fixture_free(f);
}

static void one_socket_does_not_keep_the_thread(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	uint8_t msg[40];
	fixture_question(msg, sizeof(msg), 1);
	for (int i = 0; i < (UDP_BURSTS_MAX + 1) * ANSWER_BURST_MAX; i++)
		ask(f, msg, sizeof(msg));
	assert_int_equal(udp_serve(f->udp, f->server_fd), UDP_BURSTS_MAX * ANSWER_BURST_MAX);
	assert_int_equal(udp_serve(f->udp, f->server_fd), ANSWER_BURST_MAX);
	fixture_free(f);
}

/* Bound to the wildcard, asked at 127.0.0.77: the answer must come from there. */
static void answer_comes_from_the_address_asked(void **state)
{
	struct fixture *f = fixture_new("0.0.0.0", 1232);
	struct listen_address from;
	uint8_t msg[40];
	inet_pton(AF_INET, "127.0.0.77", &f->addr.in.sin_addr);
	fixture_question(msg, sizeof(msg), 1);
	ask(f, msg, sizeof(msg));
	assert_int_equal(udp_serve(f->udp, f->server_fd), 1);
	assert_int_equal(take(f, msg, sizeof(msg), &from), sizeof(msg));
	assert_int_equal(from.in.sin_addr.s_addr, f->addr.in.sin_addr.s_addr);
	fixture_free(f);
}

static void ipv6_wildcard_answers(void **state)
{
	struct fixture *f = fixture_new("::", 1232);
	struct listen_address from;
	uint8_t msg[40];
	f->addr.in6.sin6_addr = in6addr_loopback;
	fixture_question(msg, sizeof(msg), 1);
	ask(f, msg, sizeof(msg));
	assert_int_equal(udp_serve(f->udp, f->server_fd), 1);
	assert_int_equal(take(f, msg, sizeof(msg), &from), sizeof(msg));
	assert_memory_equal(&from.in6.sin6_addr, &in6addr_loopback, 16);
	fixture_free(f);
}

/* ---- questions that wait --------------------------------------------------------------------- */

static void resume(struct fixture *f, uint32_t place, enum sigwait_outcome outcome)
{
	const struct sigwait_done done = {.place = place, .outcome = (uint8_t)outcome};
	udp_resume(f->udp, &done, 1);
}

static void expect_id(struct fixture *f, uint16_t id, uint8_t rcode)
{
	uint8_t msg[512];
	struct listen_address from;
	assert_true(take(f, msg, sizeof(msg), &from) > 0);
	assert_int_equal(msg[0] << 8 | msg[1], id);
	assert_int_equal(msg[3] & 15, rcode);
	assert_memory_equal(&from.sa, &f->addr.sa, f->addr.len);
}

static void expect_nothing(struct fixture *f)
{
	uint8_t msg[512];
	struct listen_address from;
	assert_int_equal(take(f, msg, sizeof(msg), &from), -1);
}

static void others_places_are_left_alone(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	resume(f, 0, SIGWAIT_READY);
	resume(f, ECHO_PLACES - 1, SIGWAIT_REFUSED);
	assert_int_equal(f->echo.job_cnt, 0);
	fixture_free(f);
}

static void a_question_in_vain_is_told_so(void **state)
{
	struct fixture *f = fixture_new("::1", 1232);
	uint8_t msg[64];
	fixture_question(msg, sizeof(msg), 7);
	f->echo.park_cnt = 1;
	ask(f, msg, sizeof(msg));
	udp_serve(f->udp, f->server_fd);
	resume(f, 0, SIGWAIT_TIMED_OUT);
	expect_id(f, 7, 2);
	resume(f, 0, SIGWAIT_TIMED_OUT);
	assert_int_equal(f->echo.unsigned_cnt, 1);
	fixture_free(f);
}

static void a_question_waits_while_others_are_answered(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	uint8_t msg[64];
	f->echo.pass_cnt = 1;
	f->echo.park_cnt = 3;
	for (uint16_t id = 1; id <= 5; id++) {
		fixture_question(msg, sizeof(msg), id);
		ask(f, msg, sizeof(msg));
	}
	udp_serve(f->udp, f->server_fd);
	expect_id(f, 1, 0);
	expect_id(f, 5, 0);
	expect_nothing(f);
	const struct sigwait_done done[] = {
		{2, SIGWAIT_READY}, {0, SIGWAIT_REFUSED}, {1, SIGWAIT_READY}};
	udp_resume(f->udp, done, 3);
	expect_id(f, 4, 0);
	expect_id(f, 2, 2);
	expect_id(f, 3, 0);
	expect_nothing(f);
	fixture_free(f);
}

static void a_question_may_wait_again(void **state)
{
	struct fixture *f = fixture_new("127.0.0.1", 1232);
	uint8_t msg[64];
	fixture_question(msg, sizeof(msg), 9);
	f->echo.park_cnt = 2;
	ask(f, msg, sizeof(msg));
	udp_serve(f->udp, f->server_fd);
	resume(f, 0, SIGWAIT_READY);
	expect_nothing(f);
	resume(f, 1, SIGWAIT_READY);
	expect_id(f, 9, 0);
	assert_int_equal(f->echo.round, 2);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncation_of_broken_messages_keeps_in_bounds),
		cmocka_unit_test(truncation_keeps_the_question_only),
		cmocka_unit_test(nothing_waiting_is_nothing_done),
		cmocka_unit_test(dropped_message_gets_no_answer),
		cmocka_unit_test(overlong_question_is_cut),
		cmocka_unit_test(answer_too_large_for_the_interface_gets_tc),
		cmocka_unit_test(bursts_are_answered_whole),
		cmocka_unit_test(one_socket_does_not_keep_the_thread),
		cmocka_unit_test(answer_comes_from_the_address_asked),
		cmocka_unit_test(ipv6_wildcard_answers),
		cmocka_unit_test(others_places_are_left_alone),
		cmocka_unit_test(a_question_in_vain_is_told_so),
		cmocka_unit_test(a_question_waits_while_others_are_answered),
		cmocka_unit_test(a_question_may_wait_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
