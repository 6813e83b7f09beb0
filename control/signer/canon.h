/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * canon: what is signed, from an RRset as it lies in an image.
 *
 * Fragments have their names compressed by fix-ups (zonedb/image.h). Here they are written out, and
 * put into canonical form. Records stand in an image in canonical order, without duplicates:
 * control put them there so (zonedb/zone.h), image_check vouches for the rest.
 */
#ifndef CONTROL_SIGNER_CANON_H
#define CONTROL_SIGNER_CANON_H

#include "control/dnssec/tbs.h"
#include "zonedb/image.h"

/* Writes the records of rrset, signed as what says (which may name another owner or TTL than they
 * have), into tbs. 0, or -1: memory is out. */
int canon_rrset(struct tbs *tbs, const struct tbs_rrset *what, const struct image_header *img,
	const struct image_rrset *rrset) __attribute__((warn_unused_result));

#endif
