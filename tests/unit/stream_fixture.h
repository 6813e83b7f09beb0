/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stream_fixture: sockets on loopback and an engine of a few lines, for tests of udp.c and tcp.c.
 * Both ends are in one thread: what has been sent over loopback is there when send() returns.
 */
#ifndef TESTS_UNIT_STREAM_FIXTURE_H
#define TESTS_UNIT_STREAM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataplane/stream/engine.h"
#include "dataplane/stream/listen.h"

#define ECHO_PLACES 8

/* Answers with the question, QR set and answer_len octets long (0 = as long as the question); drops
 * what is shorter than a header. Parks jobs first if told to, under places counted up. */
struct echo {
	uint16_t answer_len;
	unsigned pass_cnt; /* jobs to be answered before */
	unsigned park_cnt; /* jobs to be parked */
	uint32_t place;	   /* of the next */
	unsigned unsigned_cnt;
	uint8_t round; /* of the last job */
	unsigned burst_cnt, job_cnt;
	uint8_t flags; /* of the last job */
};

/* Whether this job is parked. */
static bool echo_parks(struct echo *echo, struct answer_job *job)
{
	if (!echo->park_cnt || echo->pass_cnt) {
		echo->pass_cnt -= echo->pass_cnt > 0;
		return false;
	}
	echo->park_cnt--;
	job->verdict = ANSWER_PARKED;
	job->place = echo->place++;
	return true;
}

static void echo_unsign(void *ctx, struct answer_job *job, enum sigwait_outcome outcome)
{
	struct echo *echo = ctx;
	assert_int_not_equal(outcome, SIGWAIT_READY);
	echo->unsigned_cnt++;
	job->verdict = ANSWER_SEND;
	job->out_len = job->msg_len;
	job->msg[2] |= 0x80;
	job->msg[3] |= 2;
}

static void echo_burst(void *ctx, struct answer_job *jobs, unsigned n)
{
	struct echo *echo = ctx;
	echo->burst_cnt++;
	for (unsigned i = 0; i < n; i++) {
		struct answer_job *job = &jobs[i];
		echo->job_cnt++;
		echo->flags = job->flags;
		echo->round = job->round;
		if (echo_parks(echo, job))
			continue;
		job->verdict = job->msg_len < MSG_HEADER_LEN ? ANSWER_DROP_SHORT : ANSWER_SEND;
		job->out_len = echo->answer_len ? echo->answer_len : job->msg_len;
		if (job->verdict != ANSWER_SEND)
			continue;
		assert_true(job->out_len <= job->out_cap);
		if (job->out_len > job->msg_len)
			memset(job->msg + job->msg_len, 0xee, job->out_len - job->msg_len);
		job->msg[2] |= 0x80;
	}
}

/* A listening or UDP socket at a free port of host; its address in addr. */
static int fixture_open(struct listen_address *addr, const char *host, int type)
{
	char err[LISTEN_ERR_LEN];
	int fd;
	assert_int_equal(listen_address_read(addr, host, 0, err), 0);
	assert_int_equal(listen_open(&fd, addr, type, false, err), LISTEN_OPEN);
	assert_int_equal(getsockname(fd, &addr->sa, &addr->len), 0);
	return fd;
}

/* A question of len octets: header with the id, one question for a name of one label. */
static void fixture_question(uint8_t *msg, size_t len, uint16_t id)
{
	static const uint8_t question[] = {3, 'c', 'o', 'm', 0, 0, 1, 0, 1};
	memset(msg, 0, len);
	msg[0] = (uint8_t)(id >> 8);
	msg[1] = (uint8_t)id;
	msg[5] = 1;
	if (len >= MSG_HEADER_LEN + sizeof(question))
		memcpy(msg + MSG_HEADER_LEN, question, sizeof(question));
}

#endif
