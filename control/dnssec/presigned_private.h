/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * presigned_private: what the files of presigned.h share: an adoption under way, and its notes.
 */
#ifndef CONTROL_DNSSEC_PRESIGNED_PRIVATE_H
#define CONTROL_DNSSEC_PRESIGNED_PRIVATE_H

#include "control/dnssec/presigned.h"

/* Things worth telling the operator that do not keep a zone from being served. */
enum presigned_note {
	NOTE_UNSIGNED,
	NOTE_EXPIRED,
	NOTE_EARLY,
	NOTE_SIGNER,
	NOTE_KEY,
	NOTE_BITMAP,
	NOTE_CNT,
};

struct adoption {
	struct zone *zone;
	const struct presigned_options *opt;
	unsigned note_cnt[NOTE_CNT];
	char *err; /* 256 octets, the caller's */
};

/* presigned_say hands one sentence to the caller's note(). */
void presigned_say(const struct adoption *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* presigned_note counts a note about an RRset, and says it while there are few of its kind. */
void presigned_note(
	struct adoption *a, enum presigned_note kind, const uint8_t *owner, uint16_t type);
/* presigned_fail writes the reason the zone is refused for. Returns -1. */
int presigned_fail(const struct adoption *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The parts of NSEC3 rdata (RFC 5155, 3.2). */
struct nsec3_rdata {
	bool optout;
	uint16_t iterations;
	uint8_t salt_len;
	const uint8_t *salt;
	const uint8_t *next; /* NSEC3_HASH_LEN octets */
	const uint8_t *bitmap;
	unsigned bitmap_len;
};

/* presigned_nsec3_read takes the rdata of a zone's NSEC3 record apart; false if it is not of the
 * hash algorithm DNS has. */
bool presigned_nsec3_read(struct nsec3_rdata *parts, const struct zone_rrset *rrset);

/* presigned_choose_chain finds the zone's chain, drops the records of others, links the names to it
 * and checks that it proves all of them. 0, or -1 with a->err. */
int presigned_choose_chain(struct adoption *a) __attribute__((warn_unused_result));
/* presigned_check_sigs notes what is wrong with the signatures of the RRsets. */
void presigned_check_sigs(struct adoption *a);

#endif
