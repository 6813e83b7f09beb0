/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain: the zones of PowerDNS' generic schema (their records: row.h).
 *
 *   domains   id, name, master, last_check, type, notified_serial, account, options, catalog
 *
 * Tables of before PowerDNS 4.7 have no options and no catalog; there they are read as NULL, and to
 * set them is refused with what to do.
 *
 * Results: 0 done, 1 no such zone, -1 failure that store_error() explains.
 */
#ifndef CONTROL_STORE_DOMAIN_H
#define CONTROL_STORE_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "control/store/row.h"

struct store;

/* MASTER is also written PRIMARY, SLAVE SECONDARY. */
enum store_kind { STORE_NATIVE, STORE_MASTER, STORE_SLAVE, STORE_PRODUCER, STORE_CONSUMER };

struct store_domain {
	uint64_t id;
	char *name; /* as stored: without final dot */
	enum store_kind kind;
	char *masters; /* "192.0.2.1,[2001:db8::1]:5300"; NULL where the column is, as all below */
	char *account;
	char *options; /* JSON */
	char *catalog;
	int64_t notified_serial; /* -1: NULL */
	int64_t last_check;	 /* seconds of Unix time; -1: NULL */
};

/* Whether the schema is the generic one; else there are keys and metadata only. */
bool store_has_records(const struct store *store);

/* A kind as it is stored, in either spelling and case. 0, or -1: no such kind. */
int store_kind_from_text(enum store_kind *kind, const char *text)
	__attribute__((warn_unused_result));
const char *store_kind_text(enum store_kind kind);

/* Told of each zone, until it returns non-zero, which is returned. Texts are valid during the call;
 * it does not call the store. */
typedef int store_domain_fn(void *ctx, const struct store_domain *domain);
/* All zones, by name. */
int store_domains(struct store *store, store_domain_fn *fn, void *ctx)
	__attribute__((warn_unused_result));
/* One zone, named in either case, with or without final dot. The caller deinits it, in any case. */
int store_domain_find(struct store *store, const char *zone, struct store_domain *domain)
	__attribute__((warn_unused_result));
void store_domain_deinit(struct store_domain *domain); /* the zero state is safe */

/* ==== writing (STORE_WRITE) ================================================================= */

/* A new zone without records. 1: it is there already. */
int store_domain_add(struct store *store, const char *zone, enum store_kind kind, uint64_t *id)
	__attribute__((warn_unused_result));
/* A zone with its records, keys, metadata and comments. */
int store_domain_remove(struct store *store, uint64_t id) __attribute__((warn_unused_result));
/* NULL is stored as such. */
int store_domain_set_kind(struct store *store, uint64_t id, enum store_kind kind)
	__attribute__((warn_unused_result));
int store_domain_set_masters(struct store *store, uint64_t id, const char *masters)
	__attribute__((warn_unused_result));
int store_domain_set_account(struct store *store, uint64_t id, const char *account)
	__attribute__((warn_unused_result));
int store_domain_set_options(struct store *store, uint64_t id, const char *options)
	__attribute__((warn_unused_result));
int store_domain_set_catalog(struct store *store, uint64_t id, const char *catalog)
	__attribute__((warn_unused_result));
int store_domain_set_notified(struct store *store, uint64_t id, uint32_t serial)
	__attribute__((warn_unused_result));

#endif
