/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * live: what makes a zone one whose signatures are made when first asked for (zonedb/image.h), and
 * what whoever makes them must be given.
 *
 *   zone_make -> live_mark()      flags and live_id
 *   compile   -> live_keys.hand   the keys, before the image is served
 *
 * The live_id is a digest of all that signatures depend on besides what is signed. It is in the
 * image and with the keys, and only keys of the image's live_id may sign for it: so a change of
 * keys reaches answers with the image, all at once. And it is in the key every signature is cached
 * by: what does not depend on the change keeps its signatures.
 */
#ifndef CONTROL_COMPILE_LIVE_H
#define CONTROL_COMPILE_LIVE_H

#include "control/compile/signing.h"
#include "zonedb/zone.h"

/* What one zone is signed with. */
struct live_key_set {
	const uint8_t *apex; /* lower case */
	uint64_t live_id[2];
	uint32_t inception_margin_s;
	uint32_t expiry_extend_s;
	const struct keyset *keys; /* roles assigned; only active ones sign */
};

/* Who makes the signatures. */
struct live_keys {
	/* Gives a zone's keys over; the set is the caller's again when it returns. 0: they are in
	 * use; 1 with err: not now, they will be asked for; -1 with err: they are refused. Any
	 * thread but the loop's. */
	int (*hand)(void *ctx, const struct live_key_set *set, char err[static 256]);
	/* The zone is no longer signed live. Any thread. */
	void (*forget)(void *ctx, const uint8_t *apex);
	void *ctx;
};

/* Digest for a zone of this apex (lower case); never all zeros. -1: out of memory. */
int live_id_make(uint64_t live_id[static 2], uint64_t hash_seed, const uint8_t *apex,
	const struct signing *signing, uint32_t negative_ttl_s) __attribute__((warn_unused_result));
/* Makes a zone with apex records and chain a live one. hash_seed: of the directory its image is
 * for. -1: out of memory. */
int live_mark(struct zone *zone, const struct signing *signing, uint64_t hash_seed)
	__attribute__((warn_unused_result));
/* What to hand over for an image of that live_id; lives as long as signing. */
struct live_key_set live_key_set_of(
	const uint8_t *apex, const uint64_t live_id[static 2], const struct signing *signing);

#endif
