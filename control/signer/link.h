/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * link: control's side of the signer process: starts it, watches over it, hands it keys.
 *
 *   ensignd --"start one"--> spawner (spawner.h) --fork, exec--> ensignd --role=signer
 *      |                                                            ^
 *      +-------------- stream socket: key sets, acknowledgements ---+
 *
 * A key set is all the signer may sign one zone with: which image of it (live_id), the keys with
 * their roles, the validity window's margins. The signer signs an image only with the set of the
 * same live_id, so the order is: set, acknowledged, then the image is committed. It keeps the set
 * before until that has happened.
 *
 * Private keys stay here no longer than it takes to write them into the socket, in memory that is
 * wiped: the link has no store of sets. Each signer that comes up, the first one too, knows no
 * keys: .started is called, and whoever has the zones sends all sets again, from the database.
 *
 * A signer that dies is started again, at once the first time, then after 100 ms, twice that, up to
 * 30 s; it has lived long enough after a minute. One that neither takes nor acknowledges anything
 * for 10 s, while there is something, is replaced. Nothing here waits for a signer but
 * signer_link_set(), which is told how long: what the socket does not take stays queued.
 *
 * Threads: signer_link_set(), signer_link_post() and signer_link_remove() from any, the others and
 * all callbacks in the loop's. The loop's thread must not call signer_link_set(): the
 * acknowledgement it waits for comes in there.
 */
#ifndef CONTROL_SIGNER_LINK_H
#define CONTROL_SIGNER_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "control/dnssec/keyset.h"
#include "control/dnssec/sign.h"

struct loop;
struct signer_link;

#define SIGNER_LINK_ERR_LEN 256

/* What one zone is signed with. */
struct signer_key_set {
	const uint8_t *apex; /* lower case */
	uint64_t live_id[2]; /* of the image (zonedb/image.h) */
	uint32_t inception_margin_s;
	uint32_t expiry_extend_s;
	const struct keyset *keys; /* roles assigned; only active ones are sent */
};

struct signer_link_options {
	struct loop *loop;
	int spawner_fd; /* signer_spawner_start()'s; the link's from then on */
	/* A signer has come up that knows no key sets. */
	void (*started)(void *ctx);
	void *ctx;
};

/* Asks for a first signer. NULL with errno set. */
struct signer_link *signer_link_new(const struct signer_link_options *opt);
/* Ends the signer; who waits is told that it is gone, and nothing more can be sent. For a process
 * that ends while other threads may be at the link. Takes NULL. */
void signer_link_end(struct signer_link *link);
/* The same, and frees the link. Takes NULL. Returns NULL. */
struct signer_link *signer_link_free(struct signer_link *link);
/* Several times a second. */
void signer_link_tick(struct signer_link *link);
/* Whether a signer runs and takes key sets. */
bool signer_link_is_up(struct signer_link *link);

/* Sends a set in place of the zone's older one, and waits until the signer has it, at most
 * timeout_ms. 0; 1 with err: no signer runs, it died, or it takes too long: the set is asked for
 * through .started, and the caller may go on; -1 with err: the signer refuses it, or memory is out.
 */
int signer_link_set(struct signer_link *link, const struct signer_key_set *set, unsigned timeout_ms,
	char err[static SIGNER_LINK_ERR_LEN]) __attribute__((warn_unused_result));
/* The same without waiting: done is called once, later, in the loop's thread, with what
 * signer_link_set() would return and err. Not 0, with err, and then it is not: 1: no signer runs;
 * -1: memory is out. done may be NULL.
 */
typedef void signer_link_done_fn(void *ctx, int result, const char *fault);
int signer_link_post(struct signer_link *link, const struct signer_key_set *set,
	signer_link_done_fn *done, void *ctx, char err[static SIGNER_LINK_ERR_LEN])
	__attribute__((warn_unused_result));
/* For a zone that is signed as a whole, at compile time, by threads of the signer's own that give
 * way to those that serve the data plane (bulk.h):
 *
 *   signer_link_lend()      the keys, which may then be forgotten here; waits for a signer that is
 *                           being started
 *   signer_link_sign()      batches, from any number of threads
 *   signer_link_return()
 *
 * lend gives a ticket that goes with the batches: these keys sign nothing else, and no image.
 * Results as signer_link_set()'s. */
int signer_link_lend(struct signer_link *link, const uint8_t *apex, const struct keyset *keys,
	unsigned timeout_ms, uint64_t *ticket, char err[static SIGNER_LINK_ERR_LEN])
	__attribute__((warn_unused_result));
int signer_link_sign(struct signer_link *link, uint64_t ticket, struct dnssec_batch *batch,
	char err[static SIGNER_LINK_ERR_LEN]) __attribute__((warn_unused_result));
void signer_link_return(struct signer_link *link, const uint8_t *apex);
/* The signer forgets the zone's keys. If none runs there is nothing to forget. */
void signer_link_remove(struct signer_link *link, const uint8_t *apex);

#endif
