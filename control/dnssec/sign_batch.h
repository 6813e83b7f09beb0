/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sign_batch: RRsets gathered for whoever signs in this process's place (struct dnssec_remote), and
 * the signatures put where they belong when they come back. One thread's.
 */
#ifndef CONTROL_DNSSEC_SIGN_BATCH_H
#define CONTROL_DNSSEC_SIGN_BATCH_H

#include "control/dnssec/sign.h"
#include "control/dnssec/tbs.h"

struct sign_batch;

/* An empty one for a zone, whose apex must outlive it. NULL: memory is out. */
struct sign_batch *sign_batch_new(const struct dnssec_remote *remote, const uint8_t *apex,
	const struct dnssec_window *window);
struct sign_batch *sign_batch_free(struct sign_batch *batch); /* takes NULL */

/* Adds an RRset, rrs being its records' canonical form; sends all when there are enough. rrset must
 * stay where it is until it has been sent; its signatures go into arena. 0, or -1 with err. */
int sign_batch_add(struct sign_batch *batch, struct zone_arena *arena, const struct tbs_rrset *what,
	struct zone_rrset *rrset, const uint8_t *rrs, size_t rrs_len, char err[static 256])
	__attribute__((warn_unused_result));
/* Sends what is left. 0, or -1 with err. */
int sign_batch_flush(struct sign_batch *batch, struct zone_arena *arena, char err[static 256])
	__attribute__((warn_unused_result));

#endif
