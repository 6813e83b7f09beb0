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
 * Live zones: RRSIGs come from the thread's signature cache. A message that lacks some is parked
 * (dataplane/sigcache/sigwait.h): its verdict is ANSWER_PARKED, and .msg holds a question again,
 * .msg_len octets of it, at most ANSWER_PARKED_LEN_MAX. The caller keeps it under the job's .place
 * until sigwait_poll() gives that back, and answers it as if it had just come in, .round counted
 * up; or, if the outcome is not SIGWAIT_READY, by answer_unsigned(). Where there is no room to
 * wait, and after SIGWAIT_ROUND_MAX rounds, a client over TCP gets SERVFAIL; over UDP nothing, as
 * it asks again. RRSIG asked for by type is answered as ANY is.
 *
 * Behaviour: RFC 1034, 1035, 2181, 2308, 4035, 5155, 6672 (DNAME), 6891 (EDNS), 8020, 8482 (ANY),
 * 8914 (extended errors), 9471 (glue), 9824 (compact denial).
 *
 * Threads: a struct answer belongs to one thread.
 */
#ifndef DATAPLANE_ANSWER_ANSWER_H
#define DATAPLANE_ANSWER_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/sigcache/sigthread.h"
#include "zonedb/counters.h"
#include "zonedb/publish.h"

/* What became of a message. One row of counters each; ANSWER_DROP_* send nothing. */
enum answer_verdict {
	ANSWER_SEND = 0,
	ANSWER_DROP_SHORT,    /* below 12 octets: no id to answer */
	ANSWER_DROP_RESPONSE, /* QR set: never answer an answer */
	ANSWER_DROP_UNSIGNED, /* no room to wait for signatures (counted where that was found) */
	ANSWER_PARKED,	      /* waits for signatures at .place */
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
	uint32_t place;	  /* if ANSWER_PARKED */
	uint8_t round;	  /* times the question has been parked before; the caller's */
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

/* Octets of a parked question: it is put back to header, question and OPT. */
#define ANSWER_PARKED_LEN_MAX (MSG_HEADER_LEN + DNAME_LEN_MAX + 4 + 11 + 4)

struct answer; /* per-thread state: scratch for one burst */

/* Octets and alignment of a struct answer, for callers that place it (hugepage, stack of a fuzzer).
 */
size_t answer_size(void);
/* Initialises state at mem. Everything pointed to outlives it. counters may be a plain struct. */
struct answer *answer_init(void *mem, const struct answer_config *cfg,
	const struct publish_reader *reader, struct counters *counters);

/* Lets the engine answer questions with DO about live zones; without it, or where sigs has no
 * cache, they get SERVFAIL. sigs is the thread's and outlives the engine. */
void answer_set_live(struct answer *answer, struct sigthread *sigs);

/* Answers n (<= ANSWER_BURST_MAX) messages. Between calls the engine holds no image pointer, so the
 * caller may quiesce. */
void answer_burst(struct answer *answer, struct answer_job *jobs, unsigned n);

/* Answers a parked question whose wait was in vain, with SERVFAIL and an extended error. */
void answer_unsigned(struct answer *answer, struct answer_job *job, enum sigwait_outcome outcome);

#endif
