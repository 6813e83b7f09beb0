/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rollover_policy: when keys of a zone are to be rolled over, and what a rollover reckons with: the
 * settings rollover-..., and for one zone metadata X-ENSIGN-ROLLOVER-POLICY, whose words are the
 * same names without "rollover-":
 *
 *   zsk-lifetime=7776000 parent-ttl=3600 parent-servers=192.0.2.1,[2001:db8::1]:5300
 *
 * A key's time begins when its rollover is over, or, for keys made otherwise, when a run of
 * rollovers first sees it. It is kept as one row a key, metadata X-ENSIGN-KEY-SINCE:
 *
 *   3 1795600000
 */
#ifndef CONTROL_DNSSEC_ROLLOVER_POLICY_H
#define CONTROL_DNSSEC_ROLLOVER_POLICY_H

#include "control/dnssec/keyset.h"
#include "control/dnssec/rollover.h"
#include "zonedb/settings.h"

#define ROLLOVER_POLICY_META_KIND "X-ENSIGN-ROLLOVER-POLICY"
#define ROLLOVER_SINCE_META_KIND  "X-ENSIGN-KEY-SINCE"

#define ROLLOVER_SERVER_MAX 16 /* asked one after the other; the root has 13 */
#define ROLLOVER_SERVER_LEN sizeof("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535")

/* Addresses with or without port, as settings write them. */
struct rollover_servers {
	char text[ROLLOVER_SERVER_MAX][ROLLOVER_SERVER_LEN];
	unsigned cnt;
};

struct rollover_policy {
	uint64_t zsk_lifetime_s; /* 0: for ever */
	uint64_t ksk_lifetime_s; /* of CSKs, too */
	uint64_t propagation_s;
	uint64_t parent_propagation_s;
	uint64_t parent_ttl_s; /* what a DS lives in caches at least */
	struct rollover_servers servers, parent_servers;
};

/* The settings' policy. 0, or -1 with err. */
int rollover_policy_init(struct rollover_policy *policy, const struct settings *settings,
	char err[static 256]) __attribute__((warn_unused_result));
/* Takes a zone's words. 0, or -1 with err and policy spoilt. */
int rollover_policy_set(struct rollover_policy *policy, const char *text, char err[static 256])
	__attribute__((warn_unused_result));

/* ---- the age of keys ------------------------------------------------------------------------- */

struct rollover_ages {
	struct rollover_age {
		uint64_t id;
		uint64_t since_s;
	} age[KEYSET_KEY_MAX];
	unsigned cnt;
};

/* Takes a row. 0, or -1 if it is none, or there are too many. */
int rollover_ages_add(struct rollover_ages *ages, const char *text)
	__attribute__((warn_unused_result));
/* Lets the ages be those of the active keys of the set: the others are forgotten, and keys that are
 * new here begin now. Whether anything changed. */
bool rollover_ages_update(struct rollover_ages *ages, const struct keyset *keys, uint64_t now_s);
/* The kind of rollover that is due, ZSKs first; -1: none. Ages are those of the set. */
int rollover_due(const struct rollover_policy *policy, const struct rollover_ages *ages,
	const struct keyset *keys, uint64_t now_s);

#endif
