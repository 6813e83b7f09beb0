/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signing: what database, settings and clock say about one zone's DNSSEC: its keys, its policy, the
 * validity window; and a digest of it all, to notice changes by.
 */
#ifndef CONTROL_COMPILE_SIGNING_H
#define CONTROL_COMPILE_SIGNING_H

#include <stdint.h>

#include "control/compile/digest.h"
#include "control/dnssec/sign.h"
#include "control/dnssec/soa_edit.h"
#include "control/store/store.h"

struct settings;

struct signing {
	struct keyset keys; /* roles assigned */
	struct zone_policy policy;
	enum dnssec_mode mode;
	bool live; /* signatures are made when asked for; else, if mode says so, when compiled.
		      Never where those over one RRset would not fit a response of the signer's */
	struct dnssec_window window;
	const struct soa_edit *soa_edit; /* NULL: the serial is served as it is */
	uint32_t inception_margin_s;	 /* the settings the window is made of */
	uint32_t expiry_extend_s;
	uint8_t digest[DIGEST_LEN]; /* of keys, metadata, settings that matter; of the window,
				       unless live; of the week, if the serial moves */
};

/* Reads what concerns the zone named apex. store NULL: there is no database, the zone is unsigned.
 * Returns 0; 1 with a note in err where something was put right (iterations clamped, unknown
 * SOA-EDIT, too many signatures to be made live); -1 with err: database unreadable, key or metadata
 * malformed. signing is overwritten and is to be deinited after a failure, too. */
int signing_read(struct signing *signing, struct store *store, const struct settings *settings,
	const uint8_t *apex, uint64_t now_s, char err[static 256])
	__attribute__((warn_unused_result));
/* The digest alone, without making keys of their text: for looking whether anything has changed.
 * 0, or -1 with err. */
int signing_digest(uint8_t digest[static DIGEST_LEN], struct store *store,
	const struct settings *settings, const uint8_t *apex, uint64_t now_s, char err[static 256])
	__attribute__((warn_unused_result));
void signing_deinit(struct signing *signing); /* the zero state is safe */

#endif
