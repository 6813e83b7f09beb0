/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * schema: makes the tables of PowerDNS' schemas, and brings older ones up to date.
 *
 *   bind-dnssec-db    keys and metadata by zone name, in an SQLite file
 *   generic schema    zones with all they have, as PowerDNS 4.7 and later
 */
#ifndef CONTROL_STORE_SCHEMA_H
#define CONTROL_STORE_SCHEMA_H

#include "control/store/store.h"

/* Makes a bind-dnssec-db: a new file, readable by its owner only, as it will hold private keys. 0,
 * or -1 with err; a file that exists is an error and is left alone. */
int store_create(const char *path, char err[static STORE_ERR_LEN])
	__attribute__((warn_unused_result));

/* Makes the tables of the generic schema: in a new SQLite file, likewise, or in a server's database
 * that exists and has none of them. 0, or -1 with err and nothing made. */
int schema_create(const struct store_config *config, char err[static STORE_ERR_LEN])
	__attribute__((warn_unused_result));

/* Told of what is done, or would be. */
typedef void schema_step_fn(void *ctx, const char *what);

/* What the tables of an older PowerDNS, 3.0 or later, lack. 0, 1: nothing, -1 with err. */
int schema_missing(const struct store_config *config, schema_step_fn *step, void *ctx,
	char err[static STORE_ERR_LEN]) __attribute__((warn_unused_result));

/* Adds that. Before, everything is copied: an SQLite file beside itself (its backup API, so while
 * others write, too), a server's tables in the same database:
 *
 *   /var/lib/pdns.sqlite3.before_20261125_093300        readable by its owner only
 *   domains_before_20261125_093300, records_before_..., ...
 *
 * The copies hold private keys. They stay; who is satisfied removes them. Rows are left as they
 * are: columns for order and authority that are new want a rectify-all-zones. now_s, Unix time, is
 * in the names. 0; 1: nothing was missing, nothing was done; -1 with err: SQLite and PostgreSQL are
 * as they were, and MySQL, which has no transactions for this, goes on where it was the next time.
 */
int schema_migrate(const struct store_config *config, int64_t now_s, schema_step_fn *step,
	void *ctx, char err[static STORE_ERR_LEN]) __attribute__((warn_unused_result));

#endif
