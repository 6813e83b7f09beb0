/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * store: keys and metadata of zones, in a database that PowerDNS made or could have made.
 *
 *                   bind-dnssec-db                    generic schema
 *   cryptokeys      id, domain, flags, active,        id, domain_id, ...
 *                   published, content
 *   domainmetadata  id, domain, kind, content         id, domain_id, ...
 *   tsigkeys        id, name, algorithm, secret       the same             tsig.h
 *   domains         -                                 id, name, ...        domain.h
 *   records         -                                 id, domain_id, ...   row.h
 *
 * The first is an SQLite file, beside zones in files; the second is in SQLite, PostgreSQL, MariaDB
 * or MySQL. Tables, indexes and journal mode are PowerDNS', so that each of the two programs can be
 * used on what the other wrote, also while the other runs. A zone is a text name in any case, with
 * or without the final dot; it is stored lower case without it, the root as ".". Kinds of metadata
 * compare without regard to case. In the generic schema only zones that are in domains can have
 * keys and metadata.
 *
 * Databases of PowerDNS before 4.3 have no column `published`; there every key counts as published.
 * A bind-dnssec-db is not altered until a key is to be unpublished; the generic schema by
 * schema_migrate() only.
 *
 * Threads: a struct store belongs to one thread. Processes: any number, the database arbitrates; a
 * writer that finds an SQLite file busy waits STORE_BUSY_MS at most. A server that has gone away is
 * connected to again by the next call.
 *
 * Results: 0 done, 1 no such key, -1 failure that store_error() explains.
 */
#ifndef CONTROL_STORE_STORE_H
#define CONTROL_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "control/store/config.h"
#include "zonedb/limits.h"

#define STORE_BUSY_MS  5000
#define STORE_ERR_LEN  512
#define STORE_NAME_MAX (DNAME_LEN_MAX * 4 + 2) /* octets of a name as text, every octet as \DDD */

enum store_flag {
	STORE_WRITE = 1 << 0, /* otherwise only reading functions may be called */
};

struct store;

/* One key. content is the private key in the text format of `Private-key-format: v1.2`. */
struct store_key {
	uint64_t id;
	uint16_t flags; /* DNSKEY flags: 256 or 257 */
	bool active;
	bool published;
	char *content;
};

struct store_keys {
	struct store_key *key; /* ascending id */
	unsigned cnt;
};

struct store_meta {
	char *kind; /* as stored; kinds compare without regard to case */
	char *content;
};

struct store_metas {
	struct store_meta *meta; /* in the order they were stored */
	unsigned cnt;
};

/* Opens an existing database. NULL with err set: not there, no right to, tables missing. Config's
 * texts outlive the store. */
struct store *store_open(
	const struct store_config *config, unsigned flags, char err[static STORE_ERR_LEN]);
/* The same of an SQLite file without further settings. */
struct store *store_open_file(const char *path, unsigned flags, char err[static STORE_ERR_LEN]);
struct store *store_close(struct store *store);
bool store_is_writable(const struct store *store);

/* What went wrong in the last call that returned -1: which database, what was tried, cause. */
const char *store_error(const struct store *store);

/* A number that is another one after keys or metadata may have changed, by whichever process, or
 * after another file took the path's place (which is then used). Costs one page read, or a
 * server's query. Start with any value of *version; compare for equality only. */
int store_data_version(struct store *store, uint64_t *version) __attribute__((warn_unused_result));

/* Name as it is stored: lower case, no final dot, root ".". -1 if it is longer than a name can be.
 */
int store_name(char dst[static STORE_NAME_MAX], const char *zone)
	__attribute__((warn_unused_result));

/* ==== reading =============================================================================== */

/* The zone's keys; no keys is 0 with cnt 0. The caller deinits keys, also after a failure. */
int store_zone_keys(struct store *store, const char *zone, struct store_keys *keys)
	__attribute__((warn_unused_result));
/* Overwrites the private keys in memory, then frees them. The zero state is safe. */
void store_keys_deinit(struct store_keys *keys);
/* The key with this id; NULL if the zone has none such. */
const struct store_key *store_keys_find(const struct store_keys *keys, uint64_t id);

/* The zone's metadata of one kind, or of all with kind NULL. The caller deinits metas, also after a
 * failure. */
int store_zone_meta(struct store *store, const char *zone, const char *kind,
	struct store_metas *metas) __attribute__((warn_unused_result));
void store_metas_deinit(struct store_metas *metas); /* the zero state is safe */
/* Content of the first of this kind (either case); NULL if there is none. */
const char *store_metas_find(const struct store_metas *metas, const char *kind);

/* ==== writing (STORE_WRITE) ================================================================= */

/* Brackets several changes: all are made, or none. Not nested. A change outside of brackets is a
 * transaction of its own. store_rollback() does nothing when there is none. */
int store_begin(struct store *store) __attribute__((warn_unused_result));
int store_commit(struct store *store) __attribute__((warn_unused_result));
void store_rollback(struct store *store);

/* Adds a key; key->id is not looked at, *id is the one it got. */
int store_key_add(struct store *store, const char *zone, const struct store_key *key, uint64_t *id)
	__attribute__((warn_unused_result));
int store_key_set_active(struct store *store, const char *zone, uint64_t id, bool active)
	__attribute__((warn_unused_result));
int store_key_set_published(struct store *store, const char *zone, uint64_t id, bool published)
	__attribute__((warn_unused_result));
int store_key_remove(struct store *store, const char *zone, uint64_t id)
	__attribute__((warn_unused_result));

/* Replaces all values of a kind; cnt 0 removes them. */
int store_meta_set(struct store *store, const char *zone, const char *kind,
	const char *const *value, unsigned cnt) __attribute__((warn_unused_result));
/* Adds one value to those of a kind. */
int store_meta_add(struct store *store, const char *zone, const char *kind, const char *value)
	__attribute__((warn_unused_result));

#endif
