/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bulk: signs zones as a whole, for control, while they are compiled.
 *
 *   control --ORDER_SIGN--> main thread --bulk_submit--> queue --> bulk threads --reply--> control
 *
 * What is signed is what control sends, with keys it has lent for that (ORDER_LEND), which sign
 * nothing else: control makes the zones, there is nothing here to hold it against. The threads have
 * a lower priority than those that serve the data plane, and no prepared pairs.
 */
#ifndef CONTROL_SIGNER_BULK_H
#define CONTROL_SIGNER_BULK_H

#include "control/signer/rrsig.h"

struct bulk;

/* Gives control the outcome of an order; payload may be NULL. Any thread. */
typedef void bulk_reply_fn(
	void *ctx, uint64_t seq, unsigned verdict, const uint8_t *payload, size_t payload_len);

struct bulk_options {
	struct keytab *keytab; /* the keys lent; not those that sign images */
	bulk_reply_fn *reply;
	void *ctx;
};

struct bulk *bulk_new(const struct bulk_options *opt); /* NULL: memory is out */
/* After all threads have returned. Takes NULL. */
struct bulk *bulk_free(struct bulk *bulk);
/* Queues a batch; what msg points to is copied. Replied to at once if that fails. */
void bulk_submit(struct bulk *bulk, const struct protocol_message *msg);
/* A thread's work; returns after bulk_stop(), with nothing queued. */
void bulk_run(struct bulk *bulk);
void bulk_stop(struct bulk *bulk);

#endif
