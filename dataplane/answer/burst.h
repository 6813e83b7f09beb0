/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * burst: the stages of answer_burst(), for it and for the benchmark that times them one by one
 * (private to dataplane/answer and bench).
 *
 * Each stage goes over all messages still open and leaves what the next one reads on its way into
 * the cache:
 *
 *   parse    header, question, EDNS               prefetches the zone table
 *   probe    finds candidates in it                          their image headers
 *   zone     picks the zone, begins the walk                 index buckets
 *   walk     steps through the index, in turn                nodes
 *   decide   which RRsets                                    them
 *   hash     hashes the next closer                          the NSEC3 chain's line
 *   cover    finds the NSEC3 that covers it                  it
 *   parts    which addresses go along                        them, and buckets of live
 *                                                            signatures
 *   entries  finds these, in live zones                      them
 *   compose  octets
 */
#ifndef DATAPLANE_ANSWER_BURST_H
#define DATAPLANE_ANSWER_BURST_H

#include "dataplane/answer/task.h"

/* The messages of an answer_burst(). */
struct burst {
	struct answer_job *job;
	unsigned job_cnt;
	unsigned task_cnt; /* messages still open */
	struct task *task[ANSWER_BURST_MAX];
	unsigned live_cnt; /* of these, messages with live signatures */
	struct task *live[ANSWER_BURST_MAX];
};

struct burst_stage {
	const char *name;
	void (*run)(struct answer *a, struct burst *b);
};

#define BURST_STAGE_CNT 10
extern const struct burst_stage burst_stage[BURST_STAGE_CNT];

#endif
