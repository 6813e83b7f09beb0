/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * engine: how udp.c and tcp.c reach the DNS engine: answer_burst() in the server, a few lines in
 * their tests.
 */
#ifndef DATAPLANE_STREAM_ENGINE_H
#define DATAPLANE_STREAM_ENGINE_H

#include "dataplane/answer/answer.h"

struct stream_engine {
	void (*burst)(void *ctx, struct answer_job *jobs, unsigned n); /* as answer_burst() */
	/* as answer_unsigned() */
	void (*unsign)(void *ctx, struct answer_job *job, enum sigwait_outcome outcome);
	void *ctx;
};

#endif
