/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * databases: where zones are listed, and where their keys and metadata are, as the settings say.
 *
 *   launch                   zones listed in      their keys and metadata in
 *   bind                     named.conf           bind-dnssec-db
 *   gsqlite3                 its domains          the same database
 *   bind,gsqlite3            both                 each its own
 *   + bind-hybrid            likewise             the SQL database, all of them
 *
 * (gpgsql and gmysql as gsqlite3.) A zone that both list is that of the one launch has first.
 */
#ifndef CONTROL_COMPILE_DATABASES_H
#define CONTROL_COMPILE_DATABASES_H

#include <stdbool.h>
#include <stdint.h>

#include "control/source/zone_source.h"
#include "control/store/config.h"

struct settings;

enum database { DATABASE_BIND, DATABASE_SQL, DATABASE_CNT };

struct databases {
	struct store_config config[DATABASE_CNT]; /* as long as the settings are */
	const char *place[DATABASE_CNT]; /* in messages; of SQLite its path. NULL: there is none */
	char sql_place[STORE_PLACE_LEN];
	enum database keys_of[ZONE_ORIGIN_CNT]; /* of zones from there */
	bool lists[ZONE_ORIGIN_CNT];		/* whether launch names what lists them */
	uint8_t rank[ZONE_ORIGIN_CNT];		/* lowest first */
};

/* 0, or -1 with err. *databases is not moved afterwards: it points to itself. */
int databases_from_settings(struct databases *databases, const struct settings *settings,
	char err[static 256]) __attribute__((warn_unused_result));

#endif
