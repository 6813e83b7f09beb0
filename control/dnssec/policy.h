/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * policy: what a zone's metadata says about its DNSSEC.
 *
 *   kind             content                 meaning
 *   PRESIGNED        1                       signatures and denial come with the zone
 *   NSEC3PARAM       alg flags iter salt     denial by NSEC3; without it, NSEC
 *   NSEC3NARROW      1                       NSEC3 answers that reveal no neighbour
 *   PUBLISH-CDS      2[,4...] | 0            CDS with these digests; 0 = the delete form (RFC 8078)
 *   PUBLISH-CDNSKEY  1 | 0                   CDNSKEY; 0 = the delete form
 *
 * Narrow answers are made while answering and cannot be compiled: until a zone is signed live, its
 * narrow setting is kept and shown, and the zone is compiled with the inclusive NSEC3 chain of the
 * same parameters, which proves the same.
 */
#ifndef CONTROL_DNSSEC_POLICY_H
#define CONTROL_DNSSEC_POLICY_H

#include "zonedb/zone.h"

#define POLICY_CDS_MAX 4 /* digest types in one PUBLISH-CDS: 1, 2 and 4 exist */

struct zone_policy {
	bool presigned;
	bool nsec3;
	bool narrow;
	bool publish_cdnskey;
	bool delete_cds;
	bool delete_cdnskey;
	uint8_t cds_digest_cnt;
	uint8_t cds_digest[POLICY_CDS_MAX];
	struct zone_nsec3_param nsec3_param;
};

/* policy_set takes one metadata row into policy (zero-initialised before the first). Returns 0; 1
 * if the kind says nothing about DNSSEC; -1 with err a sentence for the operator. */
int policy_set(struct zone_policy *policy, const char *kind, const char *content,
	char err[static 256]) __attribute__((warn_unused_result));
/* policy_clamp bounds the iterations of a zone signed here (max-nsec3-iterations): 1 if it had to,
 * 0 otherwise. Pre-signed zones keep theirs. */
int policy_clamp(struct zone_policy *policy, unsigned iterations_max);

/* "1 0 0 -" to param, as set-nsec3 takes it. -1 with err. */
int policy_nsec3_from_text(struct zone_nsec3_param *param, const char *text, char err[static 256])
	__attribute__((warn_unused_result));
/* The same back to text, salt in lower case; returns dst. */
#define POLICY_NSEC3_TEXT_MAX (sizeof("1 1 65535 ") + 2 * NSEC3_SALT_MAX)
char *policy_nsec3_to_text(
	char dst[static POLICY_NSEC3_TEXT_MAX], const struct zone_nsec3_param *param);

#endif
