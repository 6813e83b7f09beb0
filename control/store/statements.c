/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/statements.h"

/* Rows of a zone that is ?1, as text, whichever schema. */
#define OF_ZONE "{bind|domain = ?1|domain_id = (SELECT id FROM domains WHERE name = ?1)}"
/* Where a row says whose it is. */
#define ZONE   "{bind|domain|domain_id}"
#define KIND   "{pgsql|lower(kind) = lower(?2)|kind = ?2}"
#define NEW_ID "{pgsql| RETURNING id}"
#define TABLES                                                                                     \
	"('domains', 'records', 'comments', 'domainmetadata', 'cryptokeys', 'tsigkeys', "          \
	"'ensign_changes', 'supermasters')"
#define TSIG "SELECT id, name, algorithm, secret FROM tsigkeys"
#define DOMAIN                                                                                     \
	"SELECT id, name, type, master, account, {domains.options|options|NULL},"                  \
	" {domains.catalog|catalog|NULL}, notified_serial, last_check FROM domains"
#define ROW                                                                                        \
	"SELECT id, name, type, content, ttl, prio, {records.disabled|disabled|0},"                \
	" {records.ordername|ordername|NULL}, {records.auth|auth|1} FROM records"
/* MySQL's tables have text of two character sets; octets go in as they come out. */
#define UTF8(value) "{mysql|CONVERT(CAST(" value " AS BINARY) USING utf8)|" value "}"

/* Tables that have triggers. */
#define WATCHED                                                                                    \
	"to_regclass('domains'), to_regclass('records'), to_regclass('cryptokeys'),"               \
	" to_regclass('domainmetadata')"
#define XMIN		     "txid_snapshot_xmin(txid_current_snapshot())"
#define HOLD_S		     "600" /* for which a transaction of MySQL is waited for */
#define DAY_S		     "86400"
#define SECONDS_AGO(seconds) "CURRENT_TIMESTAMP - INTERVAL " seconds " SECOND"
#define PGSQL_AGO(seconds)   "now() - " seconds " * interval '1 second'"
/* A number that columns give. */
#define HASH(columns)                                                                              \
	"{pgsql|hashtextextended|CRC32}(concat_ws('/', " columns "){pgsql|, 0)::numeric|)}"

/* clang-format off */
const struct statement_text statement_table[STATEMENT_CNT] = {
	[STATEMENT_COLUMNS] = {
		"{sqlite|SELECT lower(m.name), lower(c.name) FROM sqlite_master AS m, pragma_table_info(m.name) AS c"
		" WHERE m.type IN ('table', 'view') AND lower(m.name) IN " TABLES "}"
		"{pgsql|SELECT table_name, column_name FROM information_schema.columns"
		" WHERE table_schema = ANY (current_schemas(false)) AND table_name IN " TABLES "}"
		"{mysql|SELECT lower(table_name), lower(column_name) FROM information_schema.columns"
		" WHERE table_schema = DATABASE() AND lower(table_name) IN " TABLES "}",
		"read which tables there are"},
	[STATEMENT_VERSION] = {"PRAGMA data_version", "look for changes"},
	[STATEMENT_CHANGES_VERSION] = {
		"SELECT coalesce(max(id), 0) + count(*) * 4294967296 FROM ensign_changes", "look for changes"},
	/* numbers that change when tables do; rather too often */
	[STATEMENT_CONTENT_VERSION] = {
		"{pgsql|SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint"
		" ELSE hashtextextended(txid_current_snapshot()::text, 0) END}"
		"{mysql|SELECT CASE WHEN max(update_time) < " SECONDS_AGO("3") " THEN UNIX_TIMESTAMP(max(update_time))"
		" ELSE CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED) END FROM information_schema.tables"
		" WHERE table_schema = DATABASE() AND table_name IN ('domains', 'records', 'cryptokeys', 'domainmetadata')}",
		"look for changes"},

	[STATEMENT_KEYS] = {
		"SELECT id, flags, active, {cryptokeys.published|published|1}, content FROM cryptokeys"
		" WHERE " OF_ZONE " ORDER BY id", "read keys"},
	[STATEMENT_KEY_ADD] = {
		"INSERT INTO cryptokeys (" ZONE ", flags, active, content{cryptokeys.published|, published})"
		" VALUES (?1, ?2, ?3, ?4{cryptokeys.published|, ?5})" NEW_ID, "add a key"},
	[STATEMENT_KEY_ACTIVE] = {
		"UPDATE cryptokeys SET active = ?3 WHERE " OF_ZONE " AND id = ?2", "change a key"},
	[STATEMENT_KEY_PUBLISHED] = {
		"UPDATE cryptokeys SET published = ?3 WHERE " OF_ZONE " AND id = ?2", "change a key"},
	[STATEMENT_KEY_REMOVE] = {"DELETE FROM cryptokeys WHERE " OF_ZONE " AND id = ?2", "remove a key"},
	[STATEMENT_ADD_PUBLISHED] = {
		"ALTER TABLE cryptokeys ADD COLUMN published BOOL DEFAULT 1",
		"add the column that says which keys are published"},

	[STATEMENT_META] = {
		"SELECT kind, content FROM domainmetadata WHERE " OF_ZONE " ORDER BY id", "read metadata"},
	[STATEMENT_META_KIND] = {
		"SELECT kind, content FROM domainmetadata WHERE " OF_ZONE " AND " KIND " ORDER BY id",
		"read metadata"},
	[STATEMENT_META_ADD] = {
		"INSERT INTO domainmetadata (" ZONE ", kind, content) VALUES (?1, ?2, ?3)", "add metadata"},
	[STATEMENT_META_REMOVE] = {
		"DELETE FROM domainmetadata WHERE " OF_ZONE " AND " KIND, "remove metadata"},

	[STATEMENT_TSIG_KEYS] = {TSIG " ORDER BY name, id", "read TSIG keys"},
	[STATEMENT_TSIG_KEY] = {TSIG " WHERE name = ?1 ORDER BY id", "read a TSIG key"},
	[STATEMENT_TSIG_ADD] = {
		"INSERT INTO tsigkeys (name, algorithm, secret) VALUES (?1, ?2, ?3)", "add a TSIG key"},
	[STATEMENT_TSIG_REMOVE] = {"DELETE FROM tsigkeys WHERE name = ?1", "remove a TSIG key"},
	[STATEMENT_TSIG_REPLACE] = {
		"DELETE FROM tsigkeys WHERE name = ?1 AND algorithm = ?2", "replace a TSIG key"},

	[STATEMENT_DOMAINS] = {DOMAIN " ORDER BY name", "read the list of zones"},
	[STATEMENT_DOMAIN] = {DOMAIN " WHERE name = ?1", "look a zone up"},
	[STATEMENT_DOMAIN_ADD] = {
		"INSERT INTO domains (name, type) VALUES (?1, ?2)" NEW_ID, "add a zone"},
	[STATEMENT_DOMAIN_KIND] = {"UPDATE domains SET type = ?2 WHERE id = ?1", "change a zone's kind"},
	[STATEMENT_DOMAIN_MASTERS] = {
		"UPDATE domains SET master = ?2 WHERE id = ?1", "change a zone's primaries"},
	[STATEMENT_DOMAIN_ACCOUNT] = {
		"UPDATE domains SET account = " UTF8("?2") " WHERE id = ?1", "change a zone's account"},
	[STATEMENT_DOMAIN_OPTIONS] = {
		"UPDATE domains SET options = ?2 WHERE id = ?1", "change a zone's options"},
	[STATEMENT_DOMAIN_CATALOG] = {
		"UPDATE domains SET catalog = ?2 WHERE id = ?1", "change a zone's catalog"},
	[STATEMENT_DOMAIN_NOTIFIED] = {
		"UPDATE domains SET notified_serial = ?2 WHERE id = ?1", "note the serial that was announced"},
	[STATEMENT_DOMAIN_CLEAR_KEYS] = {
		"DELETE FROM cryptokeys WHERE domain_id = ?1", "remove a zone's keys"},
	[STATEMENT_DOMAIN_CLEAR_META] = {
		"DELETE FROM domainmetadata WHERE domain_id = ?1", "remove a zone's metadata"},
	[STATEMENT_DOMAIN_CLEAR_COMMENTS] = {
		"DELETE FROM comments WHERE domain_id = ?1", "remove a zone's comments"},
	[STATEMENT_DOMAIN_REMOVE] = {"DELETE FROM domains WHERE id = ?1", "remove a zone"},

	[STATEMENT_ROWS] = {ROW " WHERE domain_id = ?1 ORDER BY name, type", "read records"},
	[STATEMENT_ROWS_AT] = {
		ROW " WHERE domain_id = ?1 AND name = ?2 ORDER BY type, id", "read the records of a name"},
	[STATEMENT_ROWS_ORDERED] = {
		ROW " WHERE domain_id = ?1 AND ordername IS NOT NULL ORDER BY ordername{pgsql| USING ~<~}",
		"read records in order"},
	[STATEMENT_ROW_ADD] = {
		"INSERT INTO records (domain_id, name, type, content, ttl, prio{records.disabled|, disabled}"
		"{records.ordername|, ordername}{records.auth|, auth})"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6{records.disabled|, ?7}{records.ordername|, ?8}"
		"{records.auth|, ?9})" NEW_ID, "add a record"},
	[STATEMENT_ROW_CHANGE] = {
		"UPDATE records SET name = ?2, type = ?3, content = ?4, ttl = ?5, prio = ?6"
		"{records.disabled|, disabled = ?7}{records.ordername|, ordername = ?8}"
		"{records.auth|, auth = ?9} WHERE id = ?1", "change a record"},
	[STATEMENT_ROW_ORDER] = {
		"UPDATE records SET ordername = ?2, auth = ?3 WHERE id = ?1", "set a record's order"},
	[STATEMENT_ROW_REMOVE] = {"DELETE FROM records WHERE id = ?1", "remove a record"},
	[STATEMENT_ROWS_REMOVE] = {
		"DELETE FROM records WHERE domain_id = ?1", "remove a zone's records"},
	[STATEMENT_ROWS_REMOVE_NAME] = {
		"DELETE FROM records WHERE domain_id = ?1 AND name = ?2", "remove the records of a name"},
	[STATEMENT_ROWS_REMOVE_TYPE] = {
		"DELETE FROM records WHERE domain_id = ?1 AND name = ?2 AND type = ?3", "remove records"},

	[STATEMENT_COMMENTS] = {
		"SELECT name, type, account, comment, modified_at FROM comments WHERE domain_id = ?1"
		" ORDER BY name, type, id", "read comments"},
	[STATEMENT_COMMENT_ADD] = {
		"INSERT INTO comments (domain_id, name, type, modified_at, account, comment)"
		" VALUES (?1, ?2, ?3, ?4, " UTF8("?5") ", " UTF8("?6") ")", "add a comment"},
	[STATEMENT_AUTOPRIMARIES] = {
		"SELECT ip, nameserver, account FROM supermasters ORDER BY ip, nameserver",
		"read autoprimaries"},
	[STATEMENT_AUTOPRIMARY_ADD] = {
		"INSERT INTO supermasters (ip, nameserver, account) VALUES (?1, ?2, " UTF8("?3") ")",
		"add an autoprimary"},
	[STATEMENT_AUTOPRIMARY_REMOVE] = {
		"DELETE FROM supermasters WHERE ip = ?1 AND nameserver = ?2", "remove an autoprimary"},

	[STATEMENT_TRIGGERS] = {
		"{sqlite|SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'ensign_change_*'}"
		"{pgsql|SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'ensign_change_%' AND tgenabled <> 'D'"
		" AND tgrelid IN (" WATCHED ")}"
		"{mysql|SELECT count(*) FROM information_schema.triggers"
		" WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'ensign_change_%'}", "look for changes"},
	[STATEMENT_CHANGES_PLACE] = {
		"{pgsql|SELECT concat('x', substr(md5(concat(system_identifier, '/', 'ensign_changes'::regclass::oid)), 1, 15))"
		"::bit(60)::bigint FROM pg_control_system()}"
		"{mysql|SELECT UNIX_TIMESTAMP(create_time) FROM information_schema.tables"
		" WHERE table_schema = DATABASE() AND table_name = 'ensign_changes'}", "look for changes"},
	[STATEMENT_CHANGES_NEWEST] = {
		"{sqlite|SELECT coalesce(max(id), 0) FROM ensign_changes}"
		"{pgsql|SELECT " XMIN " - 1}"
		"{mysql|SELECT coalesce(max(id), 0) FROM ensign_changes WHERE at < " SECONDS_AGO(HOLD_S) "}",
		"look for changes"},
	[STATEMENT_CHANGES] = {
		"{sqlite|SELECT id, id, zone, 1 FROM ensign_changes WHERE id > ?1 ORDER BY id}"
		"{pgsql|SELECT xid, id, zone, CASE WHEN at < " PGSQL_AGO(DAY_S) " THEN 2 WHEN xid < " XMIN " THEN 1 ELSE 0 END"
		" FROM ensign_changes WHERE xid > ?1 ORDER BY xid, id}"
		"{mysql|SELECT id, id, zone, (at < " SECONDS_AGO(HOLD_S) ") + (at < " SECONDS_AGO(DAY_S) ")"
		" FROM ensign_changes WHERE id > ?1 ORDER BY id}", "look for changes"},
	/* the newest of the old ones stays, for whoever has not seen it */
	[STATEMENT_CHANGES_PRUNE] = {
		"DELETE FROM ensign_changes WHERE id < (SELECT newest FROM (SELECT max(id) AS newest"
		" FROM ensign_changes WHERE at < {pgsql|" PGSQL_AGO(DAY_S) "|" SECONDS_AGO(DAY_S) "}) AS old)",
		"remove old notes of changes"},
	[STATEMENT_SUMS] = {
		"SELECT d.name, concat_ws('/', d.id, d.type, sum(x.h)) FROM domains AS d LEFT JOIN"
		" (SELECT domain_id, " HASH("id, name, type, content, ttl, prio{records.disabled|, disabled}") " AS h FROM records"
		" UNION ALL SELECT domain_id, " HASH("id, flags, active{cryptokeys.published|, published}, content") " FROM cryptokeys"
		" UNION ALL SELECT domain_id, " HASH("id, kind, content") " FROM domainmetadata)"
		" AS x ON x.domain_id = d.id GROUP BY d.id, d.name, d.type", "look for changes"},
};
