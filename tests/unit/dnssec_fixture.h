/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dnssec_fixture: zones from master-file text and keys for the tests of control/dnssec. What fails
 * here fails the test.
 */
#ifndef TESTS_UNIT_DNSSEC_FIXTURE_H
#define TESTS_UNIT_DNSSEC_FIXTURE_H

#include "control/dnssec/presigned.h"
#include "control/dnssec/sign.h"

/* Signatures valid from 2020-01-01 to 2037-12-31, whenever the test runs: ldns-verify-zone takes no
 * later end. */
#define FIXTURE_INCEPTION_S  UINT64_C(1577836800)
#define FIXTURE_EXPIRATION_S UINT64_C(2145830400)
#define FIXTURE_NOW_S	     UINT64_C(1795300000) /* in between */

/* A zone with one of each: wildcard, empty non-terminals, secure and insecure delegations, glue,
 * DNAME, CNAME, odd labels, unknown types, mixed case. Its apex is "example." */
extern const char fixture_example[];

/* Reads master-file text, or a file of it, as a zone of that mode, and finishes it. */
void dnssec_fixture_zone(
	struct zone *zone, const char *apex, const char *text, enum dnssec_mode mode);
void dnssec_fixture_file(
	struct zone *zone, const char *apex, const char *path, enum dnssec_mode mode);
/* The zone as zone_print() writes it; free() it. */
char *dnssec_fixture_print(const struct zone *zone);

/* Cuts out the lines of text that have both words. Returns how many. */
unsigned dnssec_fixture_cut(char *text, const char *a, const char *b);

/* Adds an active, published key, generated (a short one for RSA) or from the text of a private key
 * file. */
void dnssec_fixture_generate(struct keyset *keys, unsigned algorithm, uint16_t flags);
void dnssec_fixture_key(struct keyset *keys, uint16_t flags, const char *content);

/* Assigns roles and signs: nsec3 as in "1 0 0 -", NULL for NSEC. */
void dnssec_fixture_secure(struct zone *zone, struct keyset *keys, const char *nsec3);

/* Node of a name; the test fails if there is none. */
struct zone_node *dnssec_fixture_node(struct zone *zone, const char *name);

#endif
