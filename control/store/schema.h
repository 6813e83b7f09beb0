/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * schema: makes the tables of PowerDNS' schemas.
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

#endif
