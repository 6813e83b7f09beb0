/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * config: which database, and how to reach it.
 *
 *   launch=      schema            settings
 *   bind         by zone name      bind-dnssec-db: an SQLite file
 *   gsqlite3     PowerDNS' generic gsqlite3-*: an SQLite file
 *   gpgsql       the same          gpgsql-*: PostgreSQL
 *   gmysql       the same          gmysql-*: MariaDB, MySQL
 *
 * (Which of the two schemas a file has is found out from its tables.) Names and meanings are those
 * of PowerDNS' settings.
 */
#ifndef CONTROL_STORE_CONFIG_H
#define CONTROL_STORE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

enum store_database { STORE_SQLITE, STORE_PGSQL, STORE_MYSQL };

/* Texts are not owned; NULL and "" are the library's default. */
struct store_config {
	enum store_database database;
	const char *name; /* SQLite: path; else the database's name */
	const char *host; /* PostgreSQL: a directory is that of its socket */
	const char *socket;
	const char *user;
	const char *password;
	const char *extra; /* PostgreSQL: further "key=value" of its connection string */
	const char *group; /* MySQL: of its option files */
	const char *journal_mode;
	const char *synchronous;
	uint16_t port;	     /* 0: the default */
	unsigned timeout_s;  /* MySQL: of a connect, read or write; 0: none */
	bool no_dnssec;	     /* there are keys and metadata on signing, but not for us */
	bool foreign_keys;   /* SQLite: constraints are enforced */
	bool is_prepared;    /* PostgreSQL: statements stay prepared */
	bool tls;	     /* MySQL */
	bool read_committed; /* MySQL: isolation of transactions */
	bool thread_cleanup; /* MySQL: the thread's memory is freed with the connection */
};

struct settings;

/* What settings say about a backend of launch=; valid as long as they are. name is "" if there is
 * no such database. 0, or -1 with err: a setting that is needed is missing, two exclude each other.
 */
int store_config_from_settings(struct store_config *config, const struct settings *settings,
	const char *backend, char err[static 256]) __attribute__((warn_unused_result));

#define STORE_PLACE_LEN 256

/* Which database, for messages: the path of an SQLite file, or "PostgreSQL database 'pdns' at
 * 192.0.2.1". Returns dst. */
const char *store_config_place(const struct store_config *config, char dst[static STORE_PLACE_LEN]);
bool store_config_is_file(const struct store_config *config);
/* An SQLite file. */
struct store_config store_config_file(const char *path);

#endif
