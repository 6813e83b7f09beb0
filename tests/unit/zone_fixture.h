/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_fixture: zones and images for tests, from a few lines of text, without control's sources,
 * chains and signatures. What fails here fails the test program at once.
 *
 *   struct zone zone;
 *   fixture_zone(&zone, "example.",
 *           "@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n"
 *           "@ 3600 NS ns1\n"
 *           "ns1 3600 A 192.0.2.1\n");
 *   fixture_nsec3(&zone, 0, 0, "", false);
 *   fixture_sign(&zone);
 *   struct image_header *img = fixture_image(&zone, 42);
 *   ...
 *   free(img);
 *   zone_deinit(&zone);
 *
 * A line is: owner TTL TYPE rdata. Names without a final dot are below the apex, "@" is the apex.
 * Fields of rdata are separated by blanks; text has neither quotes nor blanks; binary fields are
 * hex ("-" for none).
 */
#ifndef TESTS_UNIT_ZONE_FIXTURE_H
#define TESTS_UNIT_ZONE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/zone.h"

/* The lines, taken in and finished. */
void fixture_zone(struct zone *zone, const char *apex, const char *text);
/* The lines, added to a zone that is not finished yet. */
void fixture_add(struct zone *zone, const char *text);

/* Adds an NSEC or NSEC3 chain to a finished zone: records, .order or .nsec3, .denial,
 * .wildcard_denial and their flags. With opt-out, insecure delegations have no NSEC3. */
void fixture_nsec(struct zone *zone);
void fixture_nsec3(
	struct zone *zone, uint16_t iterations, uint8_t salt_len, const char *salt, bool optout);
/* The same for live zones, with fixture_live() to follow: NSEC3 records that span one hash each, at
 * every name and for the wildcards that do not exist; compact denial's NSEC at every name. */
void fixture_narrow(
	struct zone *zone, uint16_t iterations, uint8_t salt_len, const char *salt, bool optout);
void fixture_compact(struct zone *zone);
/* Puts an RRSIG that verifies nothing beside each authoritative RRset and NSEC3. */
void fixture_sign(struct zone *zone);
/* Instead of that: makes it a live zone, whose RRsets get signature keys. */
void fixture_live(struct zone *zone);

/* Builds the image; malloc'ed, IMAGE_ALIGN aligned. */
struct image_header *fixture_image(const struct zone *zone, uint64_t hash_seed);

/* A question name of the zone's, in the same notation as owners. */
void fixture_qname(struct qname *q, const struct zone *zone, const char *name);

#endif
