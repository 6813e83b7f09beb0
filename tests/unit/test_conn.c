/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dataplane/stream/conn.h"

/* An engine that answers with the question's octets, or as told. */
struct script {
	unsigned asked_cnt;
	uint16_t last_len;
	uint8_t last[TCP_QUERY_MAX];
	int answer_len; /* -1 = as long as the question, 0 = no answer */
};

static int script_answer(void *ctx, uint8_t *msg, uint16_t len, uint16_t cap)
{
	struct script *s = ctx;
	assert_int_equal(cap, MSG_LEN_MAX);
	s->asked_cnt++;
	s->last_len = len;
	memcpy(s->last, msg, len);
	if (s->answer_len < 0)
		return len;
	memset(msg, 0xaa, (size_t)s->answer_len);
	return (uint16_t)s->answer_len;
}

struct fixture {
	struct conn conn;
	struct conn_output out;
	struct script script;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	conn_init(&f->conn, 0);
	f->script.answer_len = -1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Writes a message of len octets, each with the value fill, behind its length; returns octets. */
static size_t put_message(uint8_t *dst, uint16_t len, uint8_t fill)
{
	dst[0] = (uint8_t)(len >> 8);
	dst[1] = (uint8_t)len;
	memset(dst + 2, fill, len);
	return 2U + len;
}

static void feed(struct conn *c, const uint8_t *data, size_t len)
{
	size_t space_len;
	uint8_t *space = conn_input_space(c, &space_len);
	assert_true(len <= space_len);
	memcpy(space, data, len);
	conn_input_add(c, len);
}

static unsigned answer(struct fixture *f)
{
	return conn_answer(&f->conn, &f->out, script_answer, &f->script);
}

static void nothing_is_no_question(void **state)
{
	struct fixture *f = *state;
	assert_false(conn_has_question(&f->conn));
	assert_int_equal(answer(f), 0);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_INPUT);
}

static void incomplete_question_waits(void **state)
{
	struct fixture *f = *state;
	uint8_t data[64];
	size_t len = put_message(data, 20, 7);
	for (size_t i = 0; i + 1 < len; i++) {
		feed(&f->conn, data + i, 1);
		assert_false(conn_has_question(&f->conn));
		assert_int_equal(answer(f), 0);
	}
	feed(&f->conn, data + len - 1, 1);
	assert_true(conn_has_question(&f->conn));
	assert_int_equal(answer(f), 1);
	assert_int_equal(f->script.last_len, 20);
	assert_int_equal(f->out.len, 22);
	assert_memory_equal(f->out.data, data, 22);
}

static void eof_in_mid_question_closes(void **state)
{
	struct fixture *f = *state;
	feed(&f->conn, (const uint8_t[]){0, 20, 1}, 3);
	conn_input_eof(&f->conn);
	assert_int_equal(answer(f), 0);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_CLOSE);
}

static void unanswerable_message_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	uint8_t data[8];
	size_t len = put_message(data, 0, 0);
	len += put_message(data + len, 3, 1);
	f->script.answer_len = 0;
	feed(&f->conn, data, len);
	assert_int_equal(answer(f), 1);
	assert_int_equal(f->script.last_len, 0);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_DRAIN);
	assert_false(conn_has_question(&f->conn));
}

static void answers_before_an_unanswerable_message_are_sent(void **state)
{
	struct fixture *f = *state;
	uint8_t data[64];
	feed(&f->conn, data, put_message(data, 20, 1));
	assert_int_equal(answer(f), 1);
	conn_output_sent(&f->conn, f->out.len);
	f->conn.question_max = 3; /* two more, then no more */
	for (int i = 0; i < 3; i++)
		feed(&f->conn, data, put_message(data, 20, 1));
	assert_int_equal(answer(f), 2);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_OUTPUT);
	assert_int_equal(f->out.len, 2 * 22);
	assert_ptr_equal(conn_output_sent(&f->conn, f->out.len), &f->out);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_DRAIN);
	/* what comes now is thrown away, however much it is */
	for (int i = 0; i < 1000; i++)
		feed(&f->conn, data, 22);
	assert_false(conn_has_question(&f->conn));
	conn_input_eof(&f->conn);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_CLOSE);
}

static void unsent_output_stops_input(void **state)
{
	struct fixture *f = *state;
	uint8_t data[64];
	size_t len = put_message(data, 30, 3);
	feed(&f->conn, data, len);
	assert_int_equal(answer(f), 1);
	feed(&f->conn, data, len); /* had been read before the output got stuck */
	assert_false(conn_has_question(&f->conn));
	for (size_t i = 1; i < len; i++) {
		assert_null(conn_output_sent(&f->conn, 1));
		assert_int_equal(conn_need(&f->conn), CONN_NEED_OUTPUT);
	}
	assert_ptr_equal(conn_output_sent(&f->conn, 1), &f->out);
	assert_true(conn_has_question(&f->conn));
	assert_int_equal(conn_need(&f->conn), CONN_NEED_INPUT);
}

static void overlong_message_is_cut_and_skipped(void **state)
{
	struct fixture *f = *state;
	enum { LEN = 60000 };
	uint8_t *data = malloc(2 + LEN + 22);
	size_t len = put_message(data, LEN, 9), fed = 0;
	len += put_message(data + len, 20, 5);
	unsigned answered_cnt = 0;
	while (fed < len) {
		size_t space_len;
		conn_input_space(&f->conn, &space_len);
		assert_true(space_len >= 1);
		size_t piece = len - fed < 1000 ? len - fed : 1000;
		piece = piece < space_len ? piece : space_len;
		feed(&f->conn, data + fed, piece);
		fed += piece;
		unsigned cnt = answer(f);
		if (cnt && ++answered_cnt == 1)
			assert_int_equal(f->script.last_len, TCP_QUERY_MAX);
		if (cnt)
			conn_output_sent(&f->conn, f->out.len);
	}
	assert_int_equal(f->script.asked_cnt, 2);
	assert_int_equal(f->script.last_len, 20);
	assert_int_equal(f->script.last[19], 5);
	assert_int_equal(f->conn.in_len, 0);
	free(data);
}

static void pipelined_questions_are_answered_in_order(void **state)
{
	struct fixture *f = *state;
	uint8_t data[CONN_INPUT_LEN];
	size_t len = 0;
	unsigned cnt = 0;
	while (len + 22 <= sizeof(data))
		len += put_message(data + len, 20, (uint8_t)cnt++);
	feed(&f->conn, data, len);
	feed(&f->conn, (const uint8_t[]){0}, 1); /* the next one begins */
	assert_int_equal(answer(f), cnt);
	assert_int_equal(f->out.len, len);
	assert_memory_equal(f->out.data, data, len);
	assert_int_equal(f->conn.in_len, 1);
}

static void full_output_leaves_questions_for_later(void **state)
{
	struct fixture *f = *state;
	uint8_t data[5 * 22];
	size_t len = 0;
	for (int i = 0; i < 5; i++)
		len += put_message(data + len, 20, (uint8_t)i);
	f->script.answer_len = MSG_LEN_MAX;
	feed(&f->conn, data, len);
	assert_int_equal(answer(f), 2);
	assert_int_equal(f->out.len, CONN_OUTPUT_LEN);
	assert_ptr_equal(conn_output_sent(&f->conn, f->out.len), &f->out);
	assert_int_equal(answer(f), 2);
	conn_output_sent(&f->conn, f->out.len);
	conn_input_eof(&f->conn); /* half-closed: what was asked is answered still */
	assert_true(conn_has_question(&f->conn));
	assert_int_equal(answer(f), 1);
	assert_int_equal(f->script.last[0], 4);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_OUTPUT);
	conn_output_sent(&f->conn, f->out.len);
	assert_int_equal(conn_need(&f->conn), CONN_NEED_CLOSE);
}

/* Oracle: the same stream cut at any place gives the same output. */
static void random_pieces_give_the_same_answers(void **state)
{
	struct fixture *f = *state;
	enum { MESSAGES = 300 };
	uint8_t *data = malloc(MESSAGES * 600), *got = malloc(MESSAGES * 600);
	size_t len = 0, fed = 0, got_len = 0;
	srandom(2);
	for (int i = 0; i < MESSAGES; i++)
		len += put_message(data + len, (uint16_t)(12 + random() % 500), (uint8_t)i);
	while (fed < len) {
		size_t space_len, piece = 1 + (size_t)random() % 3000;
		conn_input_space(&f->conn, &space_len);
		piece = piece < space_len ? piece : space_len;
		piece = piece < len - fed ? piece : len - fed;
		feed(&f->conn, data + fed, piece);
		fed += piece;
		while (conn_has_question(&f->conn)) {
			assert_true(answer(f) >= 1);
			memcpy(got + got_len, f->out.data, f->out.len);
			got_len += f->out.len;
			conn_output_sent(&f->conn, f->out.len);
		}
	}
	assert_int_equal(got_len, len);
	assert_memory_equal(got, data, len);
	free(data);
	free(got);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_no_question),
		TEST(incomplete_question_waits),
		TEST(eof_in_mid_question_closes),
		TEST(unanswerable_message_ends_the_connection),
		TEST(answers_before_an_unanswerable_message_are_sent),
		TEST(unsent_output_stops_input),
		TEST(overlong_message_is_cut_and_skipped),
		TEST(pipelined_questions_are_answered_in_order),
		TEST(full_output_leaves_questions_for_later),
		TEST(random_pieces_give_the_same_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
