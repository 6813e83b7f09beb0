/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain: the zones of PowerDNS' generic schema, and their records (row.h).
 *
 * Results: 0 done, 1 no such zone, -1 failure that store_error() explains.
 */
#ifndef CONTROL_STORE_DOMAIN_H
#define CONTROL_STORE_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "control/store/row.h"

struct store;

enum store_kind { STORE_NATIVE, STORE_MASTER, STORE_SLAVE, STORE_PRODUCER, STORE_CONSUMER };

struct store_domain {
	uint64_t id;
	char *name; /* as stored: without final dot */
	enum store_kind kind;
};

/* Whether the schema is the generic one; else there are keys and metadata only. */
bool store_has_records(const struct store *store);

/* Told of each zone, until it returns non-zero, which is returned. */
typedef int store_domain_fn(void *ctx, const struct store_domain *domain);
/* All zones, by name. */
int store_domains(struct store *store, store_domain_fn *fn, void *ctx)
	__attribute__((warn_unused_result));
/* One zone, named in either case, with or without final dot. The caller deinits it, in any case. */
int store_domain_find(struct store *store, const char *zone, struct store_domain *domain)
	__attribute__((warn_unused_result));
void store_domain_deinit(struct store_domain *domain); /* the zero state is safe */

/* The zone's records, by name and type, one at a time: memory does not grow with the zone. fn does
 * not call the store. */
int store_rows(struct store *store, uint64_t domain_id, store_row_fn *fn, void *ctx)
	__attribute__((warn_unused_result));

#endif
