/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * row: the records of zones of PowerDNS' generic schema, as they are stored.
 *
 *   records   id, domain_id, name, type, content, ttl, prio, disabled, ordername, auth
 *
 * Names, also those in content, have no final dot. Tables of PowerDNS 3.x may lack disabled,
 * ordername and auth; there all rows read as enabled and authoritative.
 *
 * Results: 0 done, 1 no such row, -1 failure that store_error() explains.
 */
#ifndef CONTROL_STORE_ROW_H
#define CONTROL_STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#define STORE_TTL_DEFAULT_S 3600 /* of a row whose ttl is NULL, as PowerDNS' default-ttl */

struct store;

/* A row of the table records. Texts are valid during the call. */
struct store_row {
	uint64_t id;
	const char *name;      /* without final dot */
	const char *type;      /* NULL: an empty non-terminal */
	const char *content;   /* NULL where the column is */
	const char *ordername; /* the same */
	uint32_t ttl_s;
	int prio; /* -1: NULL */
	bool disabled;
	bool auth;
};

/* Told of each row, until it returns non-zero, which is returned. It does not call the store. */
typedef int store_row_fn(void *ctx, const struct store_row *row);

/* The zone's records, by name and type, one at a time: memory does not grow with the zone. */
int store_rows(struct store *store, uint64_t domain_id, store_row_fn *fn, void *ctx)
	__attribute__((warn_unused_result));
/* Those of one name, by type. */
int store_rows_at(struct store *store, uint64_t domain_id, const char *name, store_row_fn *fn,
	void *ctx) __attribute__((warn_unused_result));

/* Those with an ordername, by that as PowerDNS asks for them: octet by octet, if the schema is as
 * it is to be. */
int store_rows_ordered(struct store *store, uint64_t domain_id, store_row_fn *fn, void *ctx)
	__attribute__((warn_unused_result));

/* ==== writing (STORE_WRITE) ================================================================= */

/* Adds a row; row->id is not looked at, *id is the one it got. The name is stored lower case,
 * without final dot. An empty non-terminal (type NULL) gets neither TTL nor prio. */
int store_row_add(struct store *store, uint64_t domain_id, const struct store_row *row,
	uint64_t *id) __attribute__((warn_unused_result));
/* Gives the row with row->id all other columns of row. */
int store_row_change(struct store *store, const struct store_row *row)
	__attribute__((warn_unused_result));
/* Sets order and authority of a row; ordername may be NULL. */
int store_row_order(struct store *store, uint64_t id, const char *ordername, bool auth)
	__attribute__((warn_unused_result));
int store_row_remove(struct store *store, uint64_t id) __attribute__((warn_unused_result));

/* Removes the zone's rows of name and type; of all types if type is NULL, empty non-terminals too;
 * of the whole zone if name is NULL, too. 1: there were none. */
int store_rows_remove(struct store *store, uint64_t domain_id, const char *name, const char *type)
	__attribute__((warn_unused_result));

#endif
