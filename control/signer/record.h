/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * record: finds what a request names, in the image that is published.
 *
 * This is where it is decided what the signer signs: never octets that come with a request, only
 * records that the zone has, or denial of a name it has not. Whoever sends requests, control's
 * image is what counts.
 *
 *   kind           found                                refused
 *   RRSET          authoritative RRset at name, or at   name below a cut or DNAME; NS of a cut;
 *                  the wildcard that stands for it      glue; a type that is not there
 *   NEGATIVE_SOA   header.soa_negative
 *   NSEC3          record with that owner hash          no such record
 *   NARROW_COVER   H-1 .. H+1 round name's hash H        name exists, or is not directly below an
 *                  (zonedb/synth.h)                     existing one, or below a cut or DNAME
 *   COMPACT        name's own NSEC, denying it           name or a wildcard for it exists, or it is
 *                                                       below a cut or DNAME
 *   EXPANDED       wildcard's RRset as name's own       name exists; no wildcard stands for it
 *
 * That last three only in zones that are answered that way.
 */
#ifndef CONTROL_SIGNER_RECORD_H
#define CONTROL_SIGNER_RECORD_H

#include "control/dnssec/tbs.h"
#include "zonedb/sigring.h"
#include "zonedb/synth.h"

/* What is to be signed. */
struct record {
	const struct image_header *img;
	const struct image_rrset *rrset; /* of the image; NULL: .made */
	const uint8_t *made;		 /* .made_len octets, canonical form */
	size_t made_len;
	struct tbs_rrset what; /* type, TTL, owner to sign it with */
	uint32_t sig_ttl_s;    /* of the RRSIGs */
	struct sig_key key;
};

/* Where a record is put together, for one request after another. */
struct record_space {
	struct qname name;
	uint8_t owner[1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX];
	uint8_t made[RDATA_LEN_MAX + 3 * DNAME_LEN_MAX]; /* an expanded NSEC, at most */
};

/* Finds req's record in img, the live-signed image of its apex. req has passed
 * sigring_request_check(). SIGN_OK with *record, which lies in img, req and space; or why not. */
enum sign_status record_find(struct record *record, struct record_space *space,
	const struct image_header *img, const struct sigring_request *req);

/* Writes its canonical form. 0, or -1: memory is out. */
int record_write(struct tbs *tbs, const struct record *record) __attribute__((warn_unused_result));

#endif
