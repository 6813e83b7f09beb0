/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_build: writes a finished struct zone as an image (build side).
 *
 * Two passes over the same code: a measuring one, then a writing one into memory the caller has
 * got from publish_alloc(). Equal RRset fragments (same wire, same extras, same TTL) are written
 * once: hosters' name-server sets, the bulk of a TLD, cost one fragment each.
 */
#ifndef ZONEDB_IMAGE_BUILD_H
#define ZONEDB_IMAGE_BUILD_H

#include "zonedb/image.h"
#include "zonedb/zone.h"

struct image_build; /* plan of one image: sizes, positions, fragment table */

/* Returns a plan, or NULL with *err set to a sentence naming owner and type of what does not fit
 * (an RRset above RRSET_WIRE_MAX, more than NODE_RRSET_MAX types at a name, ...) or "out of
 * memory". zone must have been through zone_finish() and, if signed, chain and signatures. */
struct image_build *image_build_new(
	const struct zone *zone, uint64_t hash_seed, char err[static 256]);
/* Octets image_build_write() will write; a multiple of IMAGE_ALIGN. */
uint64_t image_build_size(const struct image_build *build);
/* Writes the image, checksum included, to dst (size octets, IMAGE_ALIGN aligned). */
void image_build_write(const struct image_build *build, void *dst);
struct image_build *image_build_free(struct image_build *build);

#endif
