/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * serve: a worker thread of the signer: takes requests from its share of the rings, checks them,
 * answers them.
 *
 *   serve_round()     up to SERVE_ROUND_MAX requests, of each ring no more than its turn
 *     nothing there   serve_prepare(): half of one ECDSA signature for later (ecdsa.h), 20 us
 *     nor to prepare  serve_nap(): 50 us, after a second without requests growing to 1 ms
 *
 * What must hold for a request to be signed, besides what sigring_request_check() and record.h say:
 * its zone is published, exactly this apex, and signed live; control has given a set of keys with
 * the image's live_id; its week is this one, the one before, or the next; some key of the set has
 * the role to sign the type.
 *
 * Images are read as the data plane reads them, with a reader slot (zonedb/publish.h): a round is a
 * quiescent state apart from the next one, and a nap is offline.
 */
#ifndef CONTROL_SIGNER_SERVE_H
#define CONTROL_SIGNER_SERVE_H

#include "control/signer/rrsig.h"
#include "zonedb/publish.h"

#define SERVE_ROUND_MAX 64U /* keys wait that long to change: 2 ms of signing */
#define SERVE_TURN_MAX	16U /* of one ring */

/* What all threads have in common. */
struct serve_options {
	struct publish_reader *reader;
	struct sigring *rings;
	struct keytab *keytab;
	uint64_t (*now_s)(void); /* Unix time */
	unsigned thread_cnt;
	uint32_t pool_size; /* pairs, of this thread */
};

struct serve;

/* A thread's share, of thread_idx below thread_cnt: the pairs of rings whose number leaves it when
 * divided by thread_cnt. NULL with err. Called before the sandbox is entered: it takes a slot. */
struct serve *serve_new(const struct serve_options *opt, unsigned thread_idx, char err[static 256]);
struct serve *serve_free(struct serve *serve);

/* Requests answered, refused ones too. */
unsigned serve_round(struct serve *serve);
/* Whether it has made a pair. */
bool serve_prepare(struct serve *serve);
void serve_nap(struct serve *serve);
/* The three, for good. */
void serve_run(struct serve *serve) __attribute__((noreturn));

/* One request: resp, complete. resp->payload is good until the next one. For serve_round() and
 * tests; between keytab_enter() and keytab_leave(). */
void serve_answer(
	struct serve *serve, struct sigring_response *resp, const struct sigring_request *req);
/* Pairs in the pool (tests, bench). */
uint32_t serve_pool_cnt(const struct serve *serve);

#endif
