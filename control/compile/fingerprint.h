/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fingerprint: what a published image was compiled from, in 128 bits of its header, so that a
 * restarted control finds out what it need not compile again, from the image alone.
 *
 *   [0]  compiler version, apex, identity of the zone file, signing digest (signing.h)
 *   [1]  identities of the files it includes; 0 = it includes none
 *
 * They are apart because the includes are known only when the file has been read. [0] being the
 * same says that its text is the same; so if [1] is 0, there are still no includes, and nothing
 * need be read.
 */
#ifndef CONTROL_COMPILE_FINGERPRINT_H
#define CONTROL_COMPILE_FINGERPRINT_H

#include <stdint.h>

#include "control/compile/digest.h"
#include "control/source/file_list.h"

/* signing: signing_digest()'s. files: the zone file, then its includes, as read. 0, or -1: out of
 * memory. */
int fingerprint_make(uint64_t fingerprint[static 2], const uint8_t *apex,
	const struct file_list *files, const uint8_t signing[static DIGEST_LEN])
	__attribute__((warn_unused_result));

/* Whether an image of that fingerprint is what compiling path now would give. known: what was read
 * for it if that is known, else empty: a file with includes is then read through to learn them. In
 * found, empty before, are the files as they are now, if the answer is yes. Returns 0 the same, 1
 * not (or not to be told), -1 out of memory. */
int fingerprint_compare(const uint64_t fingerprint[static 2], const uint8_t *apex, const char *path,
	const struct file_list *known, const uint8_t signing[static DIGEST_LEN],
	struct file_list *found) __attribute__((warn_unused_result));

#endif
