/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * policy: what a zone's metadata says about its DNSSEC.
 *
 *   kind              content        meaning
 *   PRESIGNED         1              signatures and denial come with the zone
 *   NSEC3PARAM        alg flags      denial by NSEC3; without it, NSEC
 *                     iter salt
 *   NSEC3NARROW       1              NSEC3 answers that reveal no neighbour
 *   PUBLISH-CDS       2[,4...] | 0   CDS with these digests; 0: the delete form (RFC 8078)
 *   PUBLISH-CDNSKEY   1 | 0          CDNSKEY; 0: the delete form
 *   X-ENSIGN-SIGNING  live | eager   signatures when first asked for, or when compiled; without it
 *                                    as the setting signing-policy says
 *   X-ENSIGN-DENIAL   compact        compact denial (RFC 9824) instead of NSEC and NSEC3
 *   X-ENSIGN-ROLLOVER see rollover.h keys on their way in or out: which of them CDS and CDNSKEY
 *                                    tell the parent of
 *
 * The kinds that begin with X- are ensign's own; PowerDNS keeps such and takes no notice.
 *
 * Narrow and compact answers are made while answering: eagerly signed zones cannot have them. Their
 * setting is then kept and shown, and the zone is compiled with the inclusive NSEC3 chain of the
 * same parameters, or with NSEC, which prove the same.
 */
#ifndef CONTROL_DNSSEC_POLICY_H
#define CONTROL_DNSSEC_POLICY_H

#include "control/dnssec/rollover.h"
#include "zonedb/zone.h"

#define POLICY_CDS_MAX 4 /* digest types in one PUBLISH-CDS: 1 to 4 exist */

enum policy_signing { POLICY_SIGNING_UNSET, POLICY_SIGNING_LIVE, POLICY_SIGNING_EAGER };

/* How a zone says that a name does not exist. */
enum policy_denial { POLICY_NSEC, POLICY_NSEC3, POLICY_NARROW, POLICY_COMPACT };

struct zone_policy {
	bool presigned;
	bool compact;
	uint8_t signing; /* enum policy_signing */
	bool nsec3;
	bool narrow;
	bool publish_cdnskey;
	bool delete_cds;
	bool delete_cdnskey;
	uint8_t cds_digest_cnt;
	uint8_t cds_digest[POLICY_CDS_MAX];
	bool is_rolling; /* X-ENSIGN-ROLLOVER: rollover is under way */
	struct zone_nsec3_param nsec3_param;
	struct rollover rollover;
};

/* policy_set takes one metadata row into policy (zero-initialised before the first). Returns 0; 1
 * if the kind says nothing about DNSSEC; -1 with err a sentence for the operator. */
int policy_set(struct zone_policy *policy, const char *kind, const char *content,
	char err[static 256]) __attribute__((warn_unused_result));
/* policy_clamp bounds the iterations of a zone signed here (max-nsec3-iterations): 1 if it had to,
 * 0 otherwise. Pre-signed zones keep theirs. */
int policy_clamp(struct zone_policy *policy, unsigned iterations_max);

/* policy_is_live says whether a zone with active keys is signed live; by_default is the setting's,
 * "live" or "eager". */
bool policy_is_live(const struct zone_policy *policy, const char *by_default);
/* policy_denial says how a zone signed here, live or not, denies. */
enum policy_denial policy_denial(const struct zone_policy *policy, bool live);

/* "1 0 0 -" to param, as set-nsec3 takes it. -1 with err. */
int policy_nsec3_from_text(struct zone_nsec3_param *param, const char *text, char err[static 256])
	__attribute__((warn_unused_result));
/* The same back to text, salt in lower case; returns dst. */
#define POLICY_NSEC3_TEXT_MAX (sizeof("1 1 65535 ") + 2 * NSEC3_SALT_MAX)
char *policy_nsec3_to_text(
	char dst[static POLICY_NSEC3_TEXT_MAX], const struct zone_nsec3_param *param);

#endif
