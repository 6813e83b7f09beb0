/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * settings: the one settings file, /etc/ensign/ensign.conf, in PowerDNS' syntax.
 *
 *   # comment        also behind a value, after white space
 *   key=value        spaces around key and value do not count; a \ at the end of a line joins the
 *                    next one to it (elsewhere \ is refused); the last line for a key holds
 *   key+=more        adds to a list
 *   include-dir=/etc/ensign/conf.d      reads *.conf there after this file, in order of name
 *
 * Kinds: a string is the value as it stands; a list has commas or white space between items, words
 * only white space (so a comma may be part of one); a number is decimal, within bounds; a bool is
 * yes/no, on/off or true/false; a choice is one of the words its help lists.
 *
 * Both processes and the command line read it, and this is the only layer all three see. One table,
 * SETTING_TABLE, holds name, kind, default, bounds and help; a setting is added there and nowhere
 * else. Names are PowerDNS' where the meaning is the same. Unknown names and bad values are refused
 * with file and line; a name PowerDNS has and ensign does not gets a message saying so.
 */
#ifndef ZONEDB_SETTINGS_H
#define ZONEDB_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* clang-format off */
/* STRING(id, name, default, help)  LIST and WORDS: the same  NUMBER(id, name, default, min, max, help)
 * BOOL(id, name, default, help)  CHOICE(id, name, default, words, help): a string, one of words, which
 * has "|" between  STRINGs and LISTs have defaults in the file's syntax */
#define SETTING_TABLE(STRING, LIST, WORDS, NUMBER, BOOL, CHOICE) \
	/* where zones come from */ \
	LIST(launch, "launch", "bind", "backends to use, the first that knows a zone has it: bind (named.conf and zone files), gsqlite3, gpgsql, gmysql (PowerDNS' generic schema in SQLite, PostgreSQL, MariaDB or MySQL)") \
	STRING(bind_config, "bind-config", "", "named.conf that lists the zones of launch=bind") \
	STRING(bind_dnssec_db, "bind-dnssec-db", "", "SQLite file with keys and metadata, PowerDNS' schema") \
	NUMBER(bind_check_interval, "bind-check-interval", 1, 0, 86400, "seconds between looks for changed files and keys, 0 = only on reload") \
	NUMBER(sql_check_interval, "sql-check-interval", 2, 0, 86400, "seconds within which changes in an SQL database are served, 0 = only on reload") \
	STRING(gsqlite3_database, "gsqlite3-database", "", "SQLite file with zones, keys and metadata, of launch=gsqlite3") \
	BOOL(gsqlite3_dnssec, "gsqlite3-dnssec", true, "whether keys, and metadata on signing, of that file count") \
	BOOL(gsqlite3_pragma_foreign_keys, "gsqlite3-pragma-foreign-keys", false, "whether SQLite enforces its constraints") \
	STRING(gsqlite3_pragma_journal_mode, "gsqlite3-pragma-journal-mode", "WAL", "SQLite's journal_mode, set when writing") \
	STRING(gsqlite3_pragma_synchronous, "gsqlite3-pragma-synchronous", "", "SQLite's synchronous, set when writing; empty = SQLite's own") \
	STRING(gpgsql_host, "gpgsql-host", "", "PostgreSQL server of launch=gpgsql: name, address or directory of its socket; empty = libpq's default") \
	NUMBER(gpgsql_port, "gpgsql-port", 0, 0, 65535, "its port, 0 = libpq's default") \
	STRING(gpgsql_dbname, "gpgsql-dbname", "", "name of the database") \
	STRING(gpgsql_user, "gpgsql-user", "", "user to connect as; empty = libpq's default") \
	STRING(gpgsql_password, "gpgsql-password", "", "password of that user") \
	STRING(gpgsql_extra_connection_parameters, "gpgsql-extra-connection-parameters", "", "further parameters of libpq's connection string, as sslmode=verify-full") \
	BOOL(gpgsql_prepared_statements, "gpgsql-prepared-statements", true, "keep statements prepared on the server; no = for connection poolers") \
	BOOL(gpgsql_dnssec, "gpgsql-dnssec", true, "whether keys, and metadata on signing, of that database count") \
	STRING(gmysql_host, "gmysql-host", "", "MariaDB or MySQL server of launch=gmysql: name or address") \
	NUMBER(gmysql_port, "gmysql-port", 3306, 0, 65535, "its port") \
	STRING(gmysql_socket, "gmysql-socket", "", "its unix socket, instead of gmysql-host") \
	STRING(gmysql_dbname, "gmysql-dbname", "powerdns", "name of the database") \
	STRING(gmysql_user, "gmysql-user", "powerdns", "user to connect as") \
	STRING(gmysql_password, "gmysql-password", "", "password of that user") \
	STRING(gmysql_group, "gmysql-group", "client", "group of the library's option files that is read") \
	NUMBER(gmysql_timeout, "gmysql-timeout", 10, 0, 86400, "seconds to wait for the server, 0 = for ever") \
	BOOL(gmysql_ssl, "gmysql-ssl", false, "whether the connection must be encrypted") \
	BOOL(gmysql_innodb_read_committed, "gmysql-innodb-read-committed", true, "whether transactions see what others commit meanwhile") \
	BOOL(gmysql_thread_cleanup, "gmysql-thread-cleanup", false, "whether the library's memory of a thread is freed with its connection") \
	BOOL(gmysql_dnssec, "gmysql-dnssec", true, "whether keys, and metadata on signing, of that database count") \
	BOOL(bind_hybrid, "bind-hybrid", false, "keys and metadata of bind zones are in the SQL database, not in bind-dnssec-db") \
	/* serving on kernel sockets */ \
	LIST(local_address, "local-address", "0.0.0.0, ::", "addresses answered on kernel sockets") \
	NUMBER(local_port, "local-port", 53, 1, 65535, "UDP and TCP port, everywhere") \
	NUMBER(stream_threads, "stream-threads", 1, 1, 64, "threads that serve kernel sockets (TCP, UDP, punted packets)") \
	NUMBER(max_tcp_connections, "max-tcp-connections", 1000, 1, 1000000, "TCP connections at once") \
	NUMBER(max_tcp_connections_per_client, "max-tcp-connections-per-client", 0, 0, 1000000, "of one address (IPv6: /64), 0 = no limit") \
	NUMBER(max_tcp_transactions_per_conn, "max-tcp-transactions-per-conn", 0, 0, 1000000000, "questions per connection, 0 = no limit") \
	NUMBER(tcp_idle_timeout, "tcp-idle-timeout", 10, 1, 3600, "seconds a connection may stay without a whole question") \
	NUMBER(max_tcp_connection_duration, "max-tcp-connection-duration", 0, 0, 86400, "seconds a connection may last, 0 = no limit") \
	/* serving on DPDK ports */ \
	WORDS(dataplane_ports, "dataplane-ports", "", "DPDK ports: vdev strings (net_af_xdp0,iface=eth0) or PCI addresses; empty = kernel sockets only") \
	LIST(dataplane_cores, "dataplane-cores", "", "cores of the workers, one each; empty = one worker on the last core") \
	LIST(dataplane_address, "dataplane-address", "", "addresses answered on DPDK ports; empty = local-address") \
	WORDS(dataplane_eal, "dataplane-eal", "", "further arguments for DPDK's EAL") \
	NUMBER(dataplane_mbufs, "dataplane-mbufs", 16384, 1024, 16777216, "packet buffers per port") \
	WORDS(dataplane_punt, "dataplane-punt", "", "TAP ports (net_tap0,iface=dns0) that carry what is not a question to the kernel and back, one per port") \
	/* answers */ \
	NUMBER(udp_truncation_threshold, "udp-truncation-threshold", 1232, 512, 65535, "largest UDP answer") \
	BOOL(any_to_tcp, "any-to-tcp", true, "answer ANY over UDP with TC") \
	BOOL(any_minimal, "any-minimal", true, "answer ANY with one RRset (RFC 8482)") \
	BOOL(minimal_responses, "minimal-responses", true, "leave out additional data that is not needed") \
	STRING(server_id, "server-id", "", "NSID and CHAOS id.server; disabled = none, empty = host name") \
	STRING(version_string, "version-string", "full", "CHAOS version: full, anonymous (REFUSED) or a text") \
	/* signing */ \
	CHOICE(signing_policy, "signing-policy", "live", "live|eager", "signatures of zones with keys: made when first asked for, or all of them when the zone is compiled; metadata X-ENSIGN-SIGNING says so for one zone") \
	STRING(default_ksk_algorithm, "default-ksk-algorithm", "ecdsa256", "secure-zone: algorithm of the KSK (CSK without a ZSK)") \
	NUMBER(default_ksk_size, "default-ksk-size", 0, 0, 4096, "secure-zone: bits, 0 = the algorithm's") \
	STRING(default_zsk_algorithm, "default-zsk-algorithm", "", "secure-zone: algorithm of the ZSK; empty = none") \
	NUMBER(default_zsk_size, "default-zsk-size", 0, 0, 4096, "secure-zone: bits, 0 = the algorithm's") \
	NUMBER(signing_threads, "signing-threads", 0, 0, 1024, "threads that sign at compile time, 0 = one per core") \
	NUMBER(signature_inception_margin, "signature-inception-margin", 604800, 0, 2419200, "seconds signatures begin before last Thursday 00:00 UTC") \
	NUMBER(rrsig_expiry_extend, "rrsig-expiry-extend", 0, 0, 2419200, "seconds signatures end after the Thursday two weeks later") \
	NUMBER(sigcache_size, "sigcache-size", 128, 1, 65536, "MiB each data-plane thread keeps for live signatures: 900000 of P-256 in 128") \
	NUMBER(max_parked_queries, "max-parked-queries", 2048, 1, 65536, "questions of each data-plane thread that may wait for signatures at once") \
	NUMBER(max_nsec3_iterations, "max-nsec3-iterations", 100, 0, 2500, "bound for zones signed here") \
	BOOL(direct_dnskey, "direct-dnskey", false, "join DNSKEY, CDS and CDNSKEY records of signed zones' data to those of their keys; else such records are left out") \
	CHOICE(default_soa_edit, "default-soa-edit", "", "|NONE|INCREMENT-WEEKS|INCEPTION-EPOCH|INCEPTION-INCREMENT|EPOCH|INCEPTION|INCEPTION-WEEK", "how served serials move with the week, for zones without metadata SOA-EDIT; empty = they do not") \
	CHOICE(default_soa_edit_signed, "default-soa-edit-signed", "", "|NONE|INCREMENT-WEEKS|INCEPTION-EPOCH|INCEPTION-INCREMENT|EPOCH|INCEPTION|INCEPTION-WEEK", "the same for signed zones; empty = default-soa-edit") \
	/* rollovers: what `ensign rollover` reckons with; metadata X-ENSIGN-ROLLOVER-POLICY says it for one zone */ \
	NUMBER(rollover_zsk_lifetime, "rollover-zsk-lifetime", 0, 0, 999999999, "seconds after which rollover run replaces a ZSK, 0 = never") \
	NUMBER(rollover_ksk_lifetime, "rollover-ksk-lifetime", 0, 0, 999999999, "the same for a KSK or CSK") \
	LIST(rollover_servers, "rollover-servers", "", "servers of the zones, address or address:port, all of which must serve a step before its time counts; empty = this one, at local-address") \
	NUMBER(rollover_propagation, "rollover-propagation", 300, 0, 999999999, "seconds until servers of a zone that are not among them serve it, too") \
	LIST(rollover_parent_servers, "rollover-parent-servers", "", "servers of the parent zone, all of which are asked for DS; empty = the system's resolver") \
	NUMBER(rollover_parent_propagation, "rollover-parent-propagation", 3600, 0, 999999999, "seconds until servers of the parent that were not asked have a DS, too") \
	NUMBER(rollover_parent_ttl, "rollover-parent-ttl", 86400, 0, 999999999, "seconds a DS is reckoned to be cached, at least: a resolver does not tell its whole TTL") \
	/* the signer: signatures made when asked for */ \
	NUMBER(signer_threads, "signer-threads", 1, 1, 64, "threads of the signer, each for a share of the data plane's threads") \
	LIST(signer_cores, "signer-cores", "", "cores of the signer's threads, one each; empty = any") \
	NUMBER(signer_pool_size, "signer-pool-size", 262144, 0, 16777216, "ECDSA signatures half made ahead while the signer is idle, 64 octets of locked memory each") \
	STRING(signer_setuid, "signer-setuid", "", "user the signer runs as; empty = setuid") \
	STRING(default_soa_content, "default-soa-content", "a.misconfigured.dns.server.invalid hostmaster.@ 0 10800 3600 604800 3600", "create-zone: the SOA record, @ stands for the zone's name") \
	NUMBER(max_ent_entries, "max-ent-entries", 100000, 0, 4294967295, "rectify-zone: empty non-terminals of a zone, more are left out") \
	/* processes */ \
	STRING(socket_dir, "socket-dir", "/run/ensign", "directory of the control socket") \
	STRING(zone_memory_dir, "zone-memory-dir", "/dev/hugepages/ensign", "directory of the published zones; on hugetlbfs, else any tmpfs") \
	NUMBER(zone_memory_max, "zone-memory-max", 65536, 64, 16777216, "MiB of address space for published zones") \
	STRING(setuid, "setuid", "", "user to run as; empty = stay") \
	STRING(setgid, "setgid", "", "group to run as; empty = stay") \
	NUMBER(loglevel, "loglevel", 4, 0, 9, "syslog severity shown on standard error") \
	LIST(include_dir, "include-dir", "", "directories whose *.conf files are read too")
/* clang-format on */

struct setting_list {
	char **item; /* cnt strings */
	unsigned cnt;
};

struct settings {
#define SETTING_FIELD_STRING(id, ...) char *id;
#define SETTING_FIELD_LIST(id, ...)   struct setting_list id;
#define SETTING_FIELD_NUMBER(id, ...) uint64_t id;
#define SETTING_FIELD_BOOL(id, ...)   bool id;
	SETTING_TABLE(SETTING_FIELD_STRING, SETTING_FIELD_LIST, SETTING_FIELD_LIST,
		SETTING_FIELD_NUMBER, SETTING_FIELD_BOOL, SETTING_FIELD_STRING)
};

#define SETTINGS_FILE_DEFAULT "/etc/ensign/ensign.conf"
#define SETTINGS_LEN_MAX      (1U << 20) /* octets of a file: a larger one is no settings file */

/* Sets *s (uninitialised before) to defaults, then the file and the directories it includes.
 * Returns 0, or -1 with err "FILE:LINE: cause" and *s in the zero state. path NULL: defaults only.
 */
int settings_read(struct settings *s, const char *path, char err[static 512])
	__attribute__((warn_unused_result));
/* The same from len octets of text (fuzzing, tests); name stands for the file in messages.
 * include-dir is noted, not followed. */
int settings_parse(struct settings *s, const char *text, size_t len, const char *name,
	char err[static 512]) __attribute__((warn_unused_result));
/* One "key=value" or "key+=value" from a command line, "--" already taken off. include-dir is
 * refused: the file has been read. 0, or -1 with err and *s as it was. */
int settings_set(struct settings *s, const char *assignment, char err[static 512])
	__attribute__((warn_unused_result));
void settings_deinit(struct settings *s); /* the zero state is safe */
/* Writes every setting with its help and current value, a settings file that reads back to the same
 * values. include-dir is left out: what it brought is there. */
void settings_print(const struct settings *s, FILE *out);

#endif
