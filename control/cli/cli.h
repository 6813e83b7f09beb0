/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cli: what the commands of `ensign` share: settings, named.conf and database, each opened when
 * first asked for; the zone an argument names; telling ensignd about a change.
 *
 * Results go to standard output, all else to standard error. Exit codes: 0 done, 1 not done, and
 * why has been said. (pdnsutil exits with 0 in some of the cases that are failures here; the manual
 * page lists them.)
 */
#ifndef CONTROL_CLI_CLI_H
#define CONTROL_CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/cli/command.h"
#include "control/cli/options.h"
#include "control/compile/databases.h"
#include "control/compile/zone_make.h"
#include "control/dnssec/keyset.h"
#include "control/dnssec/policy.h"
#include "control/source/named_conf.h"
#include "control/source/zone_file.h"
#include "control/store/domain.h"
#include "control/store/store.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"

struct cli {
	struct cli_options opt;
	const struct command *command;
	struct settings settings;   /* ask cli_settings() */
	struct databases databases; /* ask cli_databases() */
	struct store *database[DATABASE_CNT];
	struct store *store;	    /* what cli_store() gave last */
	struct named_conf conf;	    /* ask cli_conf() */
	struct cli_domain *domains; /* those that struct cli_zone refers to */
	bool has_settings;
	bool has_conf;
};

/* A zone as an argument names it. */
struct cli_zone {
	uint8_t apex[DNAME_LEN_MAX + DNAME_PAD]; /* wire, lower case */
	char name[DNAME_TEXT_MAX]; /* as pdnsutil shows it: no final dot, "." the root */
	char fqdn[DNAME_TEXT_MAX]; /* with the final dot, as records show it */
	/* Where it is listed, by the first of launch that does: one of these, or neither. */
	const struct named_zone *conf;
	const struct store_domain *domain;
};

/* ---- saying things ------------------------------------------------------------------------- */

/* A line on standard error, whatever --quiet says. */
void cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line on standard error, unless --quiet. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What reading a file brought up: errors, with --verbose warnings, on standard error. */
void cli_report(const struct cli *cli, const struct report *report);
/* Writes json to standard output, indented, and gives it back. 0, or 1 if memory was out. */
int cli_print_json(json_t *json);
/* Ends a command that has gathered list, or, without --json, printed lines, list being NULL: prints
 * list if rc is 0, and gives it back. Returns the exit code. */
int cli_end_list(json_t *list, int rc);

/* Writes a name as pdnsutil shows it: no final dot, but the root's; returns dst. */
char *cli_name_text(char dst[static DNAME_TEXT_MAX], const uint8_t *name);

/* ---- things to work on ---------------------------------------------------------------------- */

/* All of these: what was asked for, or NULL when the reason has been said. It is cli's. */
const struct settings *cli_settings(struct cli *cli);
const struct databases *cli_databases(struct cli *cli);
const struct named_conf *cli_conf(struct cli *cli);
/* The database with the zone's keys and metadata; zone NULL: with what belongs to no zone. write:
 * for changing it; asked first without and then with, it is opened anew. */
struct store *cli_store(struct cli *cli, const struct cli_zone *zone, bool write);
/* One of the databases; NULL when the reason has been said. */
struct store *cli_database(struct cli *cli, enum database which, bool write);
/* The database that has zones in it, for writing; refuses where there is none, in pdnsutil's words
 * before what to do about it. */
struct store *cli_sql_store(struct cli *cli, const char *refusal);
void cli_forget_domains(struct cli *cli);
void cli_deinit(struct cli *cli);

/* Runs fn, which is 0 when it has done its changes to cli->store, in a transaction. 0, or 1 with
 * nothing changed, when the reason has been said. */
int cli_transaction(struct cli *cli, int (*fn)(void *ctx), void *ctx);

/* Says what store_error() has to say; always 1. */
int cli_store_failed(struct cli *cli);

/* Reads a name in presentation format. 0, or -1 when the reason has been said. */
int cli_zone_read(struct cli_zone *zone, const char *text) __attribute__((warn_unused_result));
/* cli_zone_read() and a look at what lists zones, which may not list it. */
int cli_zone_find(struct cli *cli, struct cli_zone *zone, const char *text)
	__attribute__((warn_unused_result));
/* A look at the database alone, that must have the zone. */
int cli_zone_find_domain(struct cli *cli, struct cli_zone *zone, const char *text)
	__attribute__((warn_unused_result));
/* cli_zone_find() of a zone that must be listed, in the database: its records can be changed. -1 in
 * other cases, too, when that has been said: "Zone 'x' MISSING", or that it is a file's. */
int cli_zone_find_rows(struct cli *cli, struct cli_zone *zone, const char *text,
	const char *missing) __attribute__((warn_unused_result));
/* Whether it is listed anywhere. */
bool cli_zone_exists(const struct cli_zone *zone);
/* "Master", "Slave", "Native" ...: what pdnsutil calls a listed zone's kind. */
const char *cli_zone_kind(const struct cli_zone *zone);

/* Whether it can have records: a database lists zones without SOA, which are not served. */
bool cli_zone_is_active(struct cli *cli, const struct cli_zone *zone);

/* Told of a zone; an exit code. */
typedef int cli_zone_fn(struct cli *cli, const struct cli_zone *zone, void *ctx);
/* Calls fn for every listed zone, whatever it returns; all of that ORed. 1 if they cannot be
 * listed, and why has been said. */
int cli_zones_each(struct cli *cli, cli_zone_fn *fn, void *ctx);

/* A KEY-ID argument: the id, or 0 when what is wrong with it has been said. */
uint64_t cli_key_id(const char *text);

/* What the database says about a zone. */
struct cli_zone_data {
	struct store_metas metas;
	struct zone_policy policy;
	struct keyset keys;   /* ascending id, roles assigned */
	unsigned bad_key_cnt; /* keys left out because they cannot be used */
	bool is_secured;      /* a key is active, and it is not pre-signed */
};

/* Reads all of it. A key that cannot be used is said and left out. 0, or -1 when the reason has
 * been said. Deinit it in both cases. */
int cli_zone_data_read(struct cli *cli, const struct cli_zone *zone, struct cli_zone_data *data)
	__attribute__((warn_unused_result));
void cli_zone_data_deinit(struct cli_zone_data *data);
/* Puts keys in the order pdnsutil shows them in. */
void cli_keys_sort(struct keyset *keys);

/* The kinds of metadata, sorted, each once; NULL-terminated. For the caller to free(), not what
 * lies in it. NULL: out of memory. */
char **cli_metas_kinds(const struct store_metas *metas);
/* An object with an array of values for each of kinds. */
json_t *cli_metas_to_json(const struct store_metas *metas, char *const *kinds);

/* Writes a key to the zone's database (cli_store() for writing must have been called). 0 with its
 * id, or 1 when the reason has been said. */
int cli_key_store(
	struct cli *cli, const struct cli_zone *zone, const struct key *key, uint64_t *id);
/* Makes a key that is active and published and writes it to the database (cli_store() for writing
 * must have been called). 0, or 1 when the reason has been said. */
int cli_key_generate(struct cli *cli, const struct cli_zone *zone,
	const struct key_algorithm *algorithm, uint16_t flags, unsigned bits);

/* The name of a record as an argument gives it, as it is stored: "@" and "" are the zone's, one
 * with a final dot is absolute, others are below the zone's. -1 when what is wrong has been said.
 */
int cli_record_name(const struct cli_zone *zone, char name[static DNAME_TEXT_MAX], const char *text)
	__attribute__((warn_unused_result));

/* Gives sink the records of a listed zone. 0, or -1 when the errors have been said; rows that do
 * not parse are said and left out. */
int cli_zone_records(struct cli *cli, const struct cli_zone *zone, zone_file_sink_fn *sink,
	void *ctx) __attribute__((warn_unused_result));
/* The same, what there is to say about rows going to the report instead. */
int cli_zone_records_report(struct cli *cli, const struct cli_zone *zone, zone_file_sink_fn *sink,
	void *ctx, struct report *rows) __attribute__((warn_unused_result));

/* Gives fn the zone's records as rows of a database, all of them as they stand there, those of a
 * file in canonical order. 0; -1 when the errors have been said; what fn returned, else. */
int cli_zone_rows(struct cli *cli, const struct cli_zone *zone, store_row_fn *fn, void *ctx)
	__attribute__((warn_unused_result));

/* A zone as ensignd would serve it. */
struct cli_made {
	struct zone zone;
	struct zone_make_result result;
};

/* Makes zone, which named.conf lists, from its file and the database as they are now. Signatures of
 * zones signed here may be left out: they are most of the work. 0, or -1 with errors in the report,
 * those apart that kept it from being tried and have been said. Deinit it in all cases. */
int cli_zone_make(struct cli *cli, const struct cli_zone *zone, bool with_signatures,
	struct cli_made *made) __attribute__((warn_unused_result));
void cli_made_deinit(struct cli_made *made);

/* Stores the order and authority of a zone in the database, in a transaction of its own, and says
 * how many updates that took, behind prefix. 0, or 1 when the reason has been said. */
int cli_zone_rectify(struct cli *cli, const struct cli_zone *zone, const char *prefix);

/* Increases the stored serial of a zone in the database by what SOA-EDIT says, at least one; says
 * which it is now. 0, or 1 when the reason has been said. */
int cli_serial_increase(struct cli *cli, const struct cli_zone *zone);

/* ---- the running server ---------------------------------------------------------------------- */

/* After a change: has ensignd take it over, and waits until that is served. Nothing happens if it
 * does not run, or the zone is not in named.conf. Returns 0, or 1 if ensignd says it failed. */
int cli_changed(struct cli *cli, const struct cli_zone *zone);
/* The same after zones were made or removed: ensignd looks at all of them. */
int cli_list_changed(struct cli *cli);

#endif
