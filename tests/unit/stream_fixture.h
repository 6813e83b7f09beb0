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

/* Answers with the question, QR set and answer_len octets long (0 = as long as the question); drops
 * what is shorter than a header. */
struct echo {
	uint16_t answer_len;
	unsigned burst_cnt, job_cnt;
	uint8_t flags; /* of the last job */
};

static void echo_burst(void *ctx, struct answer_job *jobs, unsigned n)
{
	struct echo *echo = ctx;
	echo->burst_cnt++;
	for (unsigned i = 0; i < n; i++) {
		struct answer_job *job = &jobs[i];
		echo->job_cnt++;
		echo->flags = job->flags;
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
