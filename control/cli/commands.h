/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * commands: the one table of what `ensign` can do. Dispatch, `ensign help`, the manual page and the
 * shell completions are all made from it; adding a command is adding a row and its function.
 *
 * Row: X(function, "name", "object action", "arguments", options, "summary", "detail")
 *
 *   function       int cmd_<function>(struct cli *cli, char **args): an exit code (cli.h)
 *   name           as pdnsutil up to 4.9 spells it
 *   object action  as pdnsutil from 5.0 on spells it; "" = none
 *   arguments      one word each; in brackets = may be left out; "..." after the last = any number
 *                  of it. The words are also what completion goes by: ZONE, KEY-ID, FILE, a|b.
 *   options        enum command_option beyond --verbose and --quiet, which all take
 *   summary        what `ensign help` shows: no full stop
 *   detail         sentences for the manual page and `ensign help COMMAND`; "" = summary says it
 * all
 *
 * Rows with a name only, SECTION("title"), group what follows.
 */
#ifndef CONTROL_CLI_COMMANDS_H
#define CONTROL_CLI_COMMANDS_H

enum command_option {
	COMMAND_JSON = 1 << 0,
	COMMAND_FORCE = 1 << 1,
	COMMAND_WATCH = 1 << 2,
};

/* clang-format off */
#define COMMAND_TABLE(SECTION, X) \
	SECTION("Zones and their DNSSEC") \
	X(secure_zone, "secure-zone", "zone secure", "ZONE [ZONE...]", COMMAND_FORCE, \
		"Add DNSSEC to zones", \
		"Adds a key to each zone: a combined signing key, or a pair if default-zsk-algorithm is " \
		"set. A zone that is signed already is left alone, and so is, without --force, one that " \
		"named.conf does not list.") \
	X(secure_all_zones, "secure-all-zones", "zone secure-all", "[increase-serial]", 0, \
		"Add DNSSEC to all zones that have none", \
		"Pre-signed zones are left alone. With increase-serial each zone of the database that got " \
		"keys gets a higher serial, too.") \
	X(disable_dnssec, "disable-dnssec", "zone dnssec-disable", "ZONE", 0, \
		"Remove all keys of a zone and its denial and pre-signed settings", \
		"Take the DS records out of the parent zone first and wait until they have expired.") \
	X(show_zone, "show-zone", "zone show", "ZONE", COMMAND_JSON, \
		"Show kind, metadata, keys and DS records of a zone", \
		"With --verbose also SHA-1 DS records.") \
	X(list_zone, "list-zone", "zone list", "ZONE", COMMAND_JSON, \
		"Show the records of a zone as they are stored", \
		"Names are absolute: the output can be read as a zone file.") \
	X(list_all_zones, "list-all-zones", "zone list-all", "[primary|secondary|native|producer|consumer]", COMMAND_JSON, \
		"List the zones that are served", \
		"Of an SQL database those with a SOA record. With --verbose all, and how many there are.") \
	X(check_zone, "check-zone", "zone check", "ZONE", COMMAND_JSON, \
		"Check the zone file, keys and metadata of a zone", \
		"Exits with 0 if there are no errors; warnings do not count.") \
	X(check_all_zones, "check-all-zones", "zone check-all", "[exit-on-error]", COMMAND_JSON, \
		"Check all zones", \
		"With exit-on-error no further ones after one that has errors.") \
	X(rectify_zone, "rectify-zone", "zone rectify", "ZONE [ZONE...]", 0, \
		"Store the order and authority of a zone's records", \
		"For PowerDNS, which serves by them: the columns auth and ordername, and rows for empty " \
		"non-terminals, of zones in an SQL database. ensignd works them out whenever it compiles a " \
		"zone. Nothing is stored of zones from files; of them it is said what pdnsutil does.") \
	X(rectify_all_zones, "rectify-all-zones", "zone rectify-all", "[quiet]", 0, \
		"Do what rectify-zone does for all zones", "quiet: only errors are shown.") \
	X(export_zone, "export-zone", "zone export", "ZONE", 0, \
		"Print a zone as it is served, as the text of a zone file", \
		"The zone is made of its file, keys and metadata as they are now, just as ensignd does " \
		"it, which need not run: with its DNSKEY, NSEC or NSEC3 and RRSIG records if it is " \
		"secured. Signatures are made anew; those by ECDSA differ every time. Of a zone that is " \
		"served with narrow NSEC3 or compact denial, which no text can hold, it says so and prints " \
		"the NSEC3 or NSEC chain instead.") \
	X(set_presigned, "set-presigned", "zone set-presigned", "ZONE", 0, \
		"Serve the signatures the zone comes with", "") \
	X(unset_presigned, "unset-presigned", "zone unset-presigned", "ZONE", 0, \
		"No longer serve the signatures the zone comes with", "") \
	X(set_nsec3, "set-nsec3", "zone set-nsec3", "ZONE [PARAMS] [narrow]", 0, \
		"Deny existence by NSEC3", \
		"PARAMS are hash algorithm, flags (1: opt-out), iterations and salt in one word, " \
		"'1 0 0 -' by default. narrow: answers reveal no neighbouring names; for zones that are " \
		"signed live, others are served with an inclusive chain.") \
	X(unset_nsec3, "unset-nsec3", "zone unset-nsec3", "ZONE", 0, \
		"Deny existence by NSEC", "") \
	X(hash_zone_record, "hash-zone-record", "rrset hash", "ZONE NAME", COMMAND_JSON, \
		"Print the NSEC3 hash of a name with the zone's parameters", \
		"NAME is taken as it stands, absolute, with or without the final dot.") \
	X(set_publish_cds, "set-publish-cds", "zone set-publish-cds", "ZONE [DIGESTS]", 0, \
		"Publish CDS records", \
		"DIGESTS are digest types separated by commas, 2 by default; 0 asks the parent zone to " \
		"remove its DS records (RFC 8078).") \
	X(unset_publish_cds, "unset-publish-cds", "zone unset-publish-cds", "ZONE", 0, \
		"No longer publish CDS records", "") \
	X(set_publish_cdnskey, "set-publish-cdnskey", "zone set-publish-cdnskey", "ZONE [delete]", 0, \
		"Publish CDNSKEY records", "delete asks the parent zone to remove its DS records (RFC 8078).") \
	X(unset_publish_cdnskey, "unset-publish-cdnskey", "zone unset-publish-cdnskey", "ZONE", 0, \
		"No longer publish CDNSKEY records", "") \
	\
	SECTION("Zones in an SQL database") \
	X(create_zone, "create-zone", "zone create", "ZONE [NSNAME]", 0, \
		"Make a zone with a SOA record, and an NS record if a name is given", \
		"The SOA record is that of default-soa-content.") \
	X(create_secondary_zone, "create-secondary-zone", "zone create-secondary", "ZONE ADDRESS [ADDRESS...]", 0, \
		"Make a zone that is to come from these primaries", \
		"Addresses may have ports: 192.0.2.1:5300, [2001:db8::1]:5300.") \
	X(change_secondary_zone_primary, "change-secondary-zone-primary", "zone change-primary", "ZONE ADDRESS [ADDRESS...]", 0, \
		"Change the primaries of a zone", "") \
	X(delete_zone, "delete-zone", "zone delete", "ZONE", 0, \
		"Remove a zone with its records, keys, metadata and comments", "") \
	X(clear_zone, "clear-zone", "zone clear", "ZONE", 0, \
		"Remove the records of a zone", "") \
	X(load_zone, "load-zone", "zone load", "ZONE FILE", 0, \
		"Replace the records of a zone by those of a zone file", \
		"A zone that is not there is made. With an error in the file nothing is changed.") \
	X(edit_zone, "edit-zone", "zone edit", "ZONE", 0, \
		"Change the records of a zone in an editor", \
		"EDITOR is called with all records, every name in them absolute. What has changed is shown and " \
		"asked about before it is stored; the zone is rectified afterwards.") \
	X(import, "import", "", "FILE [ZONE]", 0, \
		"Put the zones of a named.conf, or of one zone file, into the database", \
		"With ZONE, FILE is its zone file. What zone2sql --dnssec and rectify-zone do: NSEC and NSEC3 " \
		"records are left out, order and authority stored. Zones with signatures become pre-signed. " \
		"With an error anywhere nothing is imported.") \
	X(b2b_migrate, "b2b-migrate", "", "bind BACKEND", 0, \
		"Copy all zones of named.conf, with keys, metadata and TSIG keys, into the database", \
		"launch must name bind and BACKEND, which must have no zones. Afterwards take bind out of launch.") \
	X(increase_serial, "increase-serial", "zone increase-serial", "ZONE", 0, \
		"Increase the serial of a zone", \
		"By one, or to what SOA-EDIT makes of it if that is more.") \
	X(set_kind, "set-kind", "zone set-kind", "ZONE primary|secondary|native|producer|consumer", 0, \
		"Change the kind of a zone", "") \
	X(set_account, "set-account", "zone set-account", "ZONE ACCOUNT", 0, \
		"Change the account of a zone", "") \
	X(set_catalog, "set-catalog", "catalog set", "ZONE CATALOG", 0, \
		"Make a zone a member of a catalog", "An empty CATALOG takes it out.") \
	X(list_member_zones, "list-member-zones", "catalog list-members", "CATALOG", COMMAND_JSON, \
		"List the members of a catalog", "") \
	X(set_option, "set-option", "zone set-option", "ZONE producer|consumer coo|unique|group [VALUE...]", 0, \
		"Set an option of a zone, or remove it", "") \
	X(set_options_json, "set-options-json", "zone set-options-json", "ZONE JSON", 0, \
		"Set all options of a zone", "An empty JSON removes them.") \
	X(add_record, "add-record", "rrset add", "ZONE NAME TYPE [TTL] CONTENT [CONTENT...]", 0, \
		"Add records", \
		"NAME is below the zone's, @ the zone's, with a final dot absolute. Names in CONTENT are " \
		"absolute. One word per record.") \
	X(replace_rrset, "replace-rrset", "rrset replace", "ZONE NAME TYPE [TTL] CONTENT [CONTENT...]", 0, \
		"Replace the records of a name and type", "Arguments are those of add-record.") \
	X(delete_rrset, "delete-rrset", "rrset delete", "ZONE NAME TYPE", 0, \
		"Remove the records of a name and type", "") \
	X(add_comment, "add-comment", "rrset add-comment", "ZONE NAME TYPE COMMENT [ACCOUNT]", 0, \
		"Add a comment to the records of a name and type", "") \
	X(list_comments, "list-comments", "rrset list-comments", "ZONE", COMMAND_JSON, \
		"Show the comments of a zone", "") \
	X(add_autoprimary, "add-autoprimary", "autoprimary add", "ADDRESS NAMESERVER [ACCOUNT]", 0, \
		"Let a server provision zones", "Stored for PowerDNS: ensign has no transfers yet.") \
	X(remove_autoprimary, "remove-autoprimary", "autoprimary remove", "ADDRESS NAMESERVER", 0, \
		"No longer let it", "") \
	X(list_autoprimaries, "list-autoprimaries", "autoprimary list", "", COMMAND_JSON, \
		"Show the servers that may provision zones", "") \
	\
	SECTION("Keys") \
	X(list_keys, "list-keys", "zone list-keys", "[ZONE]", COMMAND_JSON, \
		"List the keys of a zone, or of all", "") \
	X(add_zone_key, "add-zone-key", "zone add-key", \
		"ZONE [zsk|ksk] [BITS] [active|inactive] [published|unpublished] [ALGORITHM]", 0, \
		"Make a key and add it to a zone; print its id", \
		"After the zone, words may come in any order. Left out: zsk, inactive, published, the " \
		"algorithm and size of default-zsk-algorithm and -size, or with ksk default-ksk-algorithm " \
		"and -size. Algorithms: see list-algorithms.") \
	X(activate_zone_key, "activate-zone-key", "zone activate-key", "ZONE KEY-ID", 0, \
		"Let a key sign", "") \
	X(deactivate_zone_key, "deactivate-zone-key", "zone deactivate-key", "ZONE KEY-ID", 0, \
		"No longer let a key sign", "") \
	X(publish_zone_key, "publish-zone-key", "zone publish-key", "ZONE KEY-ID", 0, \
		"Show a key in the DNSKEY records", "") \
	X(unpublish_zone_key, "unpublish-zone-key", "zone unpublish-key", "ZONE KEY-ID", 0, \
		"No longer show a key in the DNSKEY records", "") \
	X(remove_zone_key, "remove-zone-key", "zone remove-key", "ZONE KEY-ID", 0, \
		"Remove a key for good", \
		"The private key is overwritten in the database. A copy made by export-zone-key is the " \
		"only way back.") \
	X(import_zone_key, "import-zone-key", "zone import-key", \
		"ZONE FILE [active|inactive] [ksk|zsk] [published|unpublished]", 0, \
		"Add the private key in a file to a zone; print its id", \
		"FILE is what export-zone-key, dnssec-keygen, ldns-keygen or keymgr write, or - for standard " \
		"input. Left out: active, ksk, published.") \
	X(import_zone_key_pem, "import-zone-key-pem", "zone import-key-pem", \
		"ZONE FILE ALGORITHM [ksk|zsk]", 0, \
		"Add the private key in a PEM file to a zone; print its id", \
		"FILE is what `openssl genpkey` or keymgr write, unencrypted, or - for standard input. The key " \
		"will be active and published; left out: ksk. Algorithms: see list-algorithms.") \
	X(generate_zone_key, "generate-zone-key", "zone generate-key", "ksk|zsk [ALGORITHM] [BITS]", COMMAND_JSON, \
		"Make a key and print it, without storing it", \
		"What is printed can be given to import-zone-key. Left out: the algorithm and size of " \
		"default-ksk-algorithm and -size, or with zsk default-zsk-algorithm and -size.") \
	X(export_zone_key, "export-zone-key", "zone export-key", "ZONE KEY-ID", COMMAND_JSON, \
		"Print a private key", "") \
	X(export_zone_key_pem, "export-zone-key-pem", "zone export-key-pem", "ZONE KEY-ID", COMMAND_JSON, \
		"Print a private key in PEM", "As PKCS #8, unencrypted.") \
	X(export_zone_dnskey, "export-zone-dnskey", "zone export-dnskey", "ZONE KEY-ID", COMMAND_JSON, \
		"Print the DNSKEY record of a key", "") \
	X(export_zone_ds, "export-zone-ds", "zone export-ds", "ZONE", COMMAND_JSON, \
		"Print the DS records for the parent zone", "With --verbose also SHA-1.") \
	X(list_algorithms, "list-algorithms", "", "", COMMAND_JSON, \
		"List the algorithms keys may have", "") \
	\
	SECTION("TSIG keys") \
	X(import_tsig_key, "import-tsig-key", "tsigkey import", "NAME ALGORITHM KEY", 0, \
		"Store a TSIG key", "KEY is the secret in base64.") \
	X(generate_tsig_key, "generate-tsig-key", "tsigkey generate", "NAME ALGORITHM", 0, \
		"Make and store a TSIG key", \
		"Algorithms: hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512.") \
	X(delete_tsig_key, "delete-tsig-key", "tsigkey delete", "NAME", 0, \
		"Remove a TSIG key", "Zones that refer to it are not changed.") \
	X(list_tsig_keys, "list-tsig-keys", "tsigkey list", "", COMMAND_JSON, \
		"Show all TSIG keys, with their secrets", "") \
	X(activate_tsig_key, "activate-tsig-key", "tsigkey activate", "ZONE NAME primary|secondary|producer|consumer", 0, \
		"Let a TSIG key fetch a zone, or have a zone fetched with it", \
		"Metadata TSIG-ALLOW-AXFR of a primary, AXFR-MASTER-TSIG of a secondary.") \
	X(deactivate_tsig_key, "deactivate-tsig-key", "tsigkey deactivate", "ZONE NAME primary|secondary|producer|consumer", 0, \
		"Undo activate-tsig-key", "") \
	\
	SECTION("Rollovers") \
	X(rollover_start, "start-rollover", "rollover start", "ZONE zsk|ksk|csk|algorithm [ALGORITHM]", COMMAND_JSON, \
		"Begin to replace keys of a zone", \
		"Makes a key for each that is to go, and takes the first step; the further ones are rollover " \
		"run's. A rollover of kind algorithm replaces all keys that have another one than ALGORITHM. CDS " \
		"and CDNSKEY, where they are published, follow it.") \
	X(rollover_step, "step-rollover", "rollover step", "ZONE [ZONE...]", COMMAND_JSON, \
		"Take the next step of zones' rollovers if its time has come", \
		"A step's time begins when all of rollover-servers serve it or, where it waits for the parent, when " \
		"all of rollover-parent-servers have the DS; it lasts as long as resolvers may have cached what was " \
		"before (RFC 7583): a TTL, and rollover-propagation or rollover-parent-propagation. Says what is " \
		"waited for.") \
	X(rollover_run, "run-rollovers", "rollover run", "[ZONE...]", COMMAND_JSON, \
		"Take the steps that are due, and begin the rollovers that are", \
		"For a timer, every few minutes, on one machine; without ZONE for all zones. A rollover is due when " \
		"a key is older than rollover-zsk-lifetime or rollover-ksk-lifetime. Metadata " \
		"X-ENSIGN-ROLLOVER-POLICY says otherwise for one zone, in words as zsk-lifetime=7776000 " \
		"parent-servers=192.0.2.1,192.0.2.2 propagation=60. Exits with 1 if somebody did not answer. With --quiet it says only what has changed.") \
	X(rollover_status, "show-rollover", "rollover status", "[ZONE...]", COMMAND_JSON, \
		"Show rollovers that are under way", "Asks nobody: what is shown is what rollover run has found.") \
	X(rollover_abort, "abort-rollover", "rollover abort", "ZONE", COMMAND_JSON, \
		"Take a rollover back", \
		"Removes the new keys if nobody relies on them yet; else the rollover goes on the other way, step by step.") \
	\
	SECTION("Metadata") \
	X(get_meta, "get-meta", "metadata get", "ZONE [KIND...]", COMMAND_JSON, \
		"Show metadata of a zone: all, or these kinds", "") \
	X(set_meta, "set-meta", "metadata set", "ZONE KIND [VALUE...]", 0, \
		"Replace the metadata of one kind", \
		"Without a VALUE the kind is removed. ensign's own kinds: X-ENSIGN-SIGNING, live or eager, " \
		"says for one zone what signing-policy says for all; X-ENSIGN-DENIAL compact gives a zone " \
		"that is signed live compact denial of existence (RFC 9824).") \
	X(add_meta, "add-meta", "metadata add", "ZONE KIND VALUE [VALUE...]", 0, \
		"Add values to the metadata of a kind that may have several", "") \
	\
	SECTION("The key database") \
	X(create_bind_db, "create-bind-db", "", "FILE", 0, \
		"Make an empty database for keys and metadata", \
		"It can be used by ensign and by PowerDNS' bind backend (bind-dnssec-db). It is readable by its " \
		"owner only, and given to the user of setuid if that is set.") \
	X(create_sql_db, "create-sql-db", "", "", 0, \
		"Make the tables for zones in the database of launch's SQL backend", \
		"PowerDNS' generic schema: a new SQLite file (gsqlite3-database), readable by its owner only and " \
		"given to the user of setuid; or the tables in an empty database of a PostgreSQL or MariaDB server.") \
	X(migrate_schema, "migrate-schema", "", "[check]", 0, \
		"Bring tables of an older PowerDNS up to date", \
		"Adds the columns and tables that PowerDNS 3.0 to 4.6 did not have. Before, an SQLite file is copied " \
		"to FILE.before_DATE_TIME, a server's tables to TABLE_before_DATE_TIME in the same database; the copies " \
		"hold private keys and stay until they are removed. With check, only says what is missing, and exits " \
		"with 1 if anything is.") \
	X(test_schema, "test-schema", "", "ZONE", 0, \
		"Try with a new zone whether the database keeps what zones need", \
		"The zone stays there: delete-zone removes it. Exits with 1 if a test fails.") \
	\
	SECTION("The running server") \
	X(reload, "reload", "", "[ZONE]", COMMAND_JSON | COMMAND_FORCE, \
		"Compile what has changed, of one zone or all, and wait until it is served", \
		"Changed keys, metadata and files are also noticed without it, within bind-check-interval. " \
		"With --force unchanged zones are compiled, too; with --verbose progress is shown.") \
	X(status, "status", "", "[ZONE]", COMMAND_JSON, \
		"Show what ensignd does, or how a zone is served", "With --verbose all zones are listed.") \
	X(stats, "stats", "", "", COMMAND_JSON | COMMAND_WATCH, \
		"Show the counters of the data plane", \
		"Read from shared memory: ensignd need not run. With --watch rates per second are shown " \
		"every second until interrupted, per worker and in total.") \
	X(help, "help", "", "[COMMAND]", 0, \
		"Show all commands, or one", "")

/* Further names of commands, in pdnsutil over the years: X("name", "name in COMMAND_TABLE"). */
#define COMMAND_ALIAS_TABLE(X) \
	X("add-supermaster", "add-autoprimary") \
	X("create-slave-zone", "create-secondary-zone") \
	X("change-slave-zone-master", "change-secondary-zone-primary") \
	X("change-slave-zone-primary", "change-secondary-zone-primary")
/* clang-format on */

#endif
