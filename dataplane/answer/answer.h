/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * answer: the DNS engine. Messages in, answers out, in place; no DPDK, no socket, no allocation, no
 * system call, no lock (held to it by tests/check_hot_path). The packet path, the stream path, the
 * fuzzers, the replay tests and the benchmarks all run this code.
 *
 *   answer_burst:   parse -> find zone -> walk to node -> (NSEC3 hash) -> compose
 *                   in stages over the burst, each prefetching what the next touches
 *
 * The answer is written over the query: the question stays where it is (its case with it),
 * everything behind it is composed anew.
 *
 * Behaviour: RFC 1034, 1035, 2181, 2308, 4035, 5155, 6672 (DNAME), 6891 (EDNS), 8020, 8482 (ANY),
 * 8914 (extended errors), 9471 (glue).
 *
 * Threads: a struct answer belongs to one thread.
 */
#ifndef DATAPLANE_ANSWER_ANSWER_H
#define DATAPLANE_ANSWER_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/counters.h"
#include "zonedb/publish.h"

/* What became of a message. One row of counters each; ANSWER_DROP_* send nothing. */
enum answer_verdict {
	ANSWER_SEND = 0,
	ANSWER_DROP_SHORT,    /* below 12 octets: no id to answer */
	ANSWER_DROP_RESPONSE, /* QR set: never answer an answer */
};

enum answer_flag {
	ANSWER_TCP = 1 << 0, /* stream: no truncation below out_cap, no EDNS size */
};

/* One message. The caller fills the first part, the engine the second. */
struct answer_job {
	uint8_t *msg;	  /* query in, answer out; out_cap octets writable */
	uint16_t msg_len; /* octets of the query */
	uint16_t out_cap; /* octets the answer may take in this buffer, >= MSG_UDP_LEN_MIN */
	uint8_t flags;	  /* enum answer_flag */

	uint8_t verdict;  /* enum answer_verdict */
	uint16_t out_len; /* octets of the answer if ANSWER_SEND */
};

/* Settings of the engine; constant while it runs. */
struct answer_config {
	uint16_t udp_size_max;	/* EDNS size we send at most and announce (default 1232) */
	bool any_to_tcp;	/* ANY over UDP gets TC (default true) */
	bool any_minimal;	/* ANY is answered with one RRset (RFC 8482, 4.1; default true) */
	bool minimal_responses; /* no additional data but glue and addresses of apex NS */
	uint8_t nsid_len;	/* NSID (RFC 5001) and CHAOS id.server; 0 = none */
	uint8_t version_len;	/* CHAOS version.bind / version.server; 0 = REFUSED */
	char nsid[128];
	char version[128];
};

struct answer; /* per-thread state: scratch for one burst */

/* Octets and alignment of a struct answer, for callers that place it (hugepage, stack of a fuzzer).
 */
size_t answer_size(void);
/* Initialises state at mem. Everything pointed to outlives it. counters may be a plain struct. */
struct answer *answer_init(void *mem, const struct answer_config *cfg,
	const struct publish_reader *reader, struct counters *counters);

/* Answers n (<= ANSWER_BURST_MAX) messages. Between calls the engine holds no image pointer, so the
 * caller may quiesce. */
void answer_burst(struct answer *answer, struct answer_job *jobs, unsigned n);

#endif
