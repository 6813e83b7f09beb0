/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * parse: from the octets of a query to a task (private to dataplane/answer).
 *
 * The whole message is read before anything is written, as the answer goes over it.
 */
#ifndef DATAPLANE_ANSWER_PARSE_H
#define DATAPLANE_ANSWER_PARSE_H

#include "dataplane/answer/task.h"

enum parse_outcome {
	PARSE_QUESTION = 0, /* .q, .qtype, .qclass: to be answered from the zones */
	PARSE_REPLY,	    /* t is decided (task_error) */
	PARSE_DROP,	    /* job->verdict says why */
};

/* Reads job's message into t, which need not be clear. */
enum parse_outcome parse_message(const struct answer *a, struct task *t, struct answer_job *job);

#endif
