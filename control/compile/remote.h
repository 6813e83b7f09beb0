/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * remote: signing a zone as a whole in another process, to which its keys are lent for that. Here
 * they are then forgotten, minutes before the signatures of a large zone are made.
 */
#ifndef CONTROL_COMPILE_REMOTE_H
#define CONTROL_COMPILE_REMOTE_H

#include <stdint.h>

#include "control/dnssec/sign.h"

/* Whoever signs. */
struct remote_signer {
	/* Lends the keys of a zone (apex in lower case); *ticket goes with what they are to sign.
	 * 0; 1: nobody is there to take them; -1 with err: they are refused. Any thread but the
	 * loop's. */
	int (*lend)(void *ctx, const uint8_t *apex, const struct keyset *keys, uint64_t *ticket,
		char err[static 256]);
	/* Signs a batch. 0; 1 with err: not now; -1 with err: not at all. */
	int (*sign)(void *ctx, uint64_t ticket, struct dnssec_batch *batch, char err[static 256]);
	/* What was lent is forgotten there, too. */
	void (*give_back)(void *ctx, const uint8_t *apex);
	void *ctx;
};

/* dnssec_sign() by remote: keys are lent, their private halves freed, and all is signed. 0; 1 with
 * err: nobody takes keys, the caller has them still; -1 with err, *may_pass if it might work later.
 */
int remote_sign(const struct remote_signer *remote, struct zone *zone,
	const struct dnssec_options *opt, struct keyset *keys, bool *may_pass, char err[static 256])
	__attribute__((warn_unused_result));

#endif
