/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/remote.h"

/* A zone being signed. */
struct loan {
	const struct remote_signer *remote;
	uint64_t ticket;
};

static int sign_batch(void *ctx, struct dnssec_batch *batch, char err[static 256])
{
	const struct loan *loan = ctx;
	return loan->remote->sign(loan->remote->ctx, loan->ticket, batch, err) == 0 ? 0 : -1;
}

int remote_sign(const struct remote_signer *remote, struct zone *zone,
	const struct dnssec_options *opt, struct keyset *keys, bool *may_pass, char err[static 256])
{
	struct loan loan = {.remote = remote};
	const struct dnssec_remote by_batch = {.sign = sign_batch, .ctx = &loan};
	struct dnssec_options there = *opt;
	int r = remote->lend(remote->ctx, zone->apex, keys, &loan.ticket, err);
	if (r != 0)
		return r;
	keyset_forget_private(keys);
	there.remote = &by_batch;
	/* half of them wait for the others' batches: then there is always one to be signed */
	there.thread_cnt = 2 * opt->thread_cnt;
	r = dnssec_sign(zone, &there, err);
	remote->give_back(remote->ctx, zone->apex);
	*may_pass = r < 0; /* who lent a zone's keys to it has seen to all but its own life */
	return r;
}
