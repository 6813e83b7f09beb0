/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fingerprint: what a published image was compiled from, in 128 bits of its header, so that a
 * restarted control finds out what it need not compile again, from the image alone.
 *
 *   [0]  compiler version, apex, what the source is, signing digest (signing.h)
 *   [1]  identities of the files it includes; 0 = it includes none
 *
 * What a source is: a file's path and identity; a digest of rows. The two are apart because
 * includes are known only when the file has been read. [0] being the same says that its text is the
 * same; so if [1] is 0, there are still no includes, and nothing need be read.
 */
#ifndef CONTROL_COMPILE_FINGERPRINT_H
#define CONTROL_COMPILE_FINGERPRINT_H

#include <stdint.h>

#include "control/compile/digest.h"
#include "control/source/file_list.h"
#include "control/source/zone_source.h"

struct store;

/* What a zone was read from, as it was then. */
struct source_state {
	struct file_list files;	  /* of a file: it, then its includes */
	uint8_t rows[DIGEST_LEN]; /* of rows: their digest (rows.h) */
};

/* signing: signing_digest()'s. 0, or -1: out of memory. */
int fingerprint_make(uint64_t fingerprint[static 2], const uint8_t *apex,
	const struct zone_source *source, const struct source_state *state,
	const uint8_t signing[static DIGEST_LEN]) __attribute__((warn_unused_result));

/* Whose fingerprint is to be compared. */
struct fingerprint_query {
	const uint8_t *apex;
	const struct zone_source *source;
	const struct file_list *known; /* files read for it, if that is known, else empty: one with
					  includes is then read through to learn them */
	struct store *store;	       /* with the rows, if it is made of such */
	const uint8_t *signing;	       /* signing_digest()'s */
};

/* Whether an image of that fingerprint is what compiling the source now would give. In found, the
 * zero state before, is the source as it is now, if the answer is yes. Returns 0 the same, 1 not
 * (or not to be told), -1 with err. */
int fingerprint_compare(const uint64_t fingerprint[static 2], const struct fingerprint_query *query,
	struct source_state *found, char err[static 256]) __attribute__((warn_unused_result));

#endif
