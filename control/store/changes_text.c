/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/changes_text.h"

#include "control/store/config.h"

#define ZONE_OF(row) "(SELECT name FROM domains WHERE id = " row ".domain_id)"

/* clang-format off */

/* ==== SQLite ================================================================================ */

/* A conflict clause would be overridden by that of the statement that fires the trigger. */
#define SQLITE_NOTE(zone) \
	" DELETE FROM ensign_changes WHERE zone = " zone ";" \
	" INSERT INTO ensign_changes (zone) SELECT " zone " WHERE " zone " IS NOT NULL;"

#define SQLITE_TRIGGER(table, event, text) \
	"CREATE TRIGGER IF NOT EXISTS ensign_change_" table "_" event " AFTER " event " ON " table \
	" BEGIN" text " END;"
#define SQLITE_TRIGGERS(table, old, new) \
	SQLITE_TRIGGER(table, "INSERT", SQLITE_NOTE(new)) \
	SQLITE_TRIGGER(table, "UPDATE", SQLITE_NOTE(old) SQLITE_NOTE(new)) \
	SQLITE_TRIGGER(table, "DELETE", SQLITE_NOTE(old))

static const char sqlite_install[] =
	"CREATE TABLE IF NOT EXISTS ensign_changes ("
	" id INTEGER PRIMARY KEY AUTOINCREMENT,"
	" zone VARCHAR(255) NOT NULL COLLATE NOCASE UNIQUE);"
	SQLITE_TRIGGERS("domains", "OLD.name", "NEW.name")
	SQLITE_TRIGGERS("records", ZONE_OF("OLD"), ZONE_OF("NEW"))
	SQLITE_TRIGGERS("cryptokeys", ZONE_OF("OLD"), ZONE_OF("NEW"))
	SQLITE_TRIGGERS("domainmetadata", ZONE_OF("OLD"), ZONE_OF("NEW"));

/* ==== PostgreSQL ============================================================================ */

/* Functions have the rights of who installs them: other users' changes are to be noted, too, and
 * see the tables of this schema, whatever search path whoever fires them has. A transaction notes
 * a zone once; TRUNCATE notes "", all of them. */
#define PGSQL_FUNCTION(name, zones) \
	"EXECUTE format($text$" \
	"CREATE OR REPLACE FUNCTION " name "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER" \
	" SET search_path = %I, pg_temp AS $body$" \
	" BEGIN" \
	"  INSERT INTO ensign_changes (zone) SELECT DISTINCT z FROM (" zones ") AS changed (z)" \
	"   WHERE z IS NOT NULL AND NOT EXISTS" \
	"    (SELECT 1 FROM ensign_changes WHERE xid = txid_current() AND zone = z);" \
	"  IF FOUND THEN PERFORM pg_notify('ensign_changes', ''); END IF;" \
	"  RETURN NULL;" \
	" END $body$ $text$, current_schema());"

#define PGSQL_TRIGGER(table, event, each, function) \
	"DROP TRIGGER IF EXISTS ensign_change_" table "_" event " ON " table ";" \
	"CREATE TRIGGER ensign_change_" table "_" event " AFTER " event " ON " table \
	" FOR EACH " each " EXECUTE PROCEDURE " function "();"
#define PGSQL_TRIGGERS(table, of) \
	PGSQL_TRIGGER(table, "INSERT", "ROW", "ensign_" of "_new") \
	PGSQL_TRIGGER(table, "UPDATE", "ROW", "ensign_" of "_changed") \
	PGSQL_TRIGGER(table, "DELETE", "ROW", "ensign_" of "_old") \
	PGSQL_TRIGGER(table, "TRUNCATE", "STATEMENT", "ensign_all_changed")

static const char pgsql_install[] =
	"CREATE TABLE IF NOT EXISTS ensign_changes ("
	" id BIGSERIAL PRIMARY KEY,"
	" zone TEXT NOT NULL,"
	" xid BIGINT NOT NULL DEFAULT txid_current(),"
	" at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now());"
	"CREATE INDEX IF NOT EXISTS ensign_changes_xid ON ensign_changes (xid, zone);"
	"GRANT SELECT ON ensign_changes TO PUBLIC;"
	"DO $do$ BEGIN "
	PGSQL_FUNCTION("ensign_zone_new", "VALUES (NEW.name)")
	PGSQL_FUNCTION("ensign_zone_old", "VALUES (OLD.name)")
	PGSQL_FUNCTION("ensign_zone_changed", "VALUES (OLD.name), (NEW.name)")
	PGSQL_FUNCTION("ensign_row_new", "SELECT name FROM domains WHERE id = NEW.domain_id")
	PGSQL_FUNCTION("ensign_row_old", "SELECT name FROM domains WHERE id = OLD.domain_id")
	PGSQL_FUNCTION("ensign_row_changed",
		"SELECT name FROM domains WHERE id IN (OLD.domain_id, NEW.domain_id)")
	PGSQL_FUNCTION("ensign_all_changed", "VALUES ('')")
	"END $do$;"
	PGSQL_TRIGGERS("domains", "zone")
	PGSQL_TRIGGERS("records", "row")
	PGSQL_TRIGGERS("cryptokeys", "row")
	PGSQL_TRIGGERS("domainmetadata", "row");

/* ==== MySQL ================================================================================= */

#define MYSQL_TRIGGER(table, event, zones) \
	"DROP TRIGGER IF EXISTS ensign_change_" table "_" event ";" \
	"CREATE TRIGGER ensign_change_" table "_" event " AFTER " event " ON " table \
	" FOR EACH ROW INSERT INTO ensign_changes (zone) " zones ";"
#define MYSQL_TRIGGERS(table) \
	MYSQL_TRIGGER(table, "INSERT", "SELECT name FROM domains WHERE id = NEW.domain_id") \
	MYSQL_TRIGGER(table, "UPDATE", "SELECT name FROM domains WHERE id IN (OLD.domain_id, NEW.domain_id)") \
	MYSQL_TRIGGER(table, "DELETE", "SELECT name FROM domains WHERE id = OLD.domain_id")

static const char mysql_install[] =
	"CREATE TABLE IF NOT EXISTS ensign_changes ("
	" id BIGINT AUTO_INCREMENT PRIMARY KEY,"
	" zone VARCHAR(255) NOT NULL,"
	" at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP) ENGINE=InnoDB CHARACTER SET 'latin1';"
	MYSQL_TRIGGER("domains", "INSERT", "VALUES (NEW.name)")
	MYSQL_TRIGGER("domains", "UPDATE", "SELECT OLD.name UNION SELECT NEW.name")
	MYSQL_TRIGGER("domains", "DELETE", "VALUES (OLD.name)")
	MYSQL_TRIGGERS("records")
	MYSQL_TRIGGERS("cryptokeys")
	MYSQL_TRIGGERS("domainmetadata");

/* clang-format on */

const struct changes_text changes_text[] = {
	[STORE_SQLITE] = {sqlite_install, 12},
	[STORE_PGSQL] = {pgsql_install, 16},
	[STORE_MYSQL] = {mysql_install, 12},
};
