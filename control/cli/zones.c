/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands on zones as a whole: securing them, listing them; the database file.
 */
#include "control/cli/cli.h"
#include "control/store/schema.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ==== create-bind-db ======================================================================== */

/* Gives the file to the user and group the server will run as (names or numbers, a user's group
 * where none is set); -1 when the reason has been said. */
static int give_to_server(const struct settings *settings, const char *path)
{
	const char *user = settings->setuid, *group = settings->setgid;
	const struct passwd *passwd = *user ? getpwnam(user) : NULL;
	const struct group *entry = *group ? getgrnam(group) : NULL;
	char *user_end = NULL, *group_end = NULL;
	uid_t uid = *user ? (uid_t)strtoul(user, &user_end, 10) : (uid_t)-1;
	gid_t gid = *group ? (gid_t)strtoul(group, &group_end, 10) : (gid_t)-1;
	if ((*user && !passwd && *user_end) || (*group && !entry && *group_end)) {
		cli_error("Error: no such user '%s' or group '%s' (settings setuid, setgid)", user,
			group);
		return -1;
	}
	if (passwd) {
		uid = passwd->pw_uid;
		gid = *group ? gid : passwd->pw_gid;
	}
	if (chown(path, uid, entry ? entry->gr_gid : gid) == 0)
		return 0;
	cli_error("Error: cannot give '%s' to the server's user: %s", path, strerror(errno));
	return -1;
}

int cmd_create_bind_db(struct cli *cli, char **args)
{
	char err[STORE_ERR_LEN];
	if (store_create(args[0], err) != 0) {
		cli_error("Error: Error creating database in BIND backend: %s", err);
		return 1;
	}
	/* usable without a settings file: then it stays the caller's */
	char path[4096];
	if (geteuid() != 0 || cli_options_config_path(&cli->opt, path, sizeof(path)) != 0 ||
		access(path, F_OK) != 0)
		return 0;
	const struct settings *settings = cli_settings(cli);
	return settings && give_to_server(settings, args[0]) == 0 ? 0 : 1;
}

/* ==== create-sql-db ========================================================================= */

int cmd_create_sql_db(struct cli *cli, char **args)
{
	char err[STORE_ERR_LEN];
	const struct databases *databases = cli_databases(cli);
	(void)args;
	if (!databases)
		return 1;
	if (!databases->lists[ZONE_FROM_ROWS]) {
		cli_error("Error: launch names no SQL backend");
		return 1;
	}
	const struct store_config *config = &databases->config[DATABASE_SQL];
	if (schema_create(config, err) != 0) {
		cli_error("Error: %s", err);
		return 1;
	}
	if (geteuid() != 0 || config->database != STORE_SQLITE)
		return 0;
	return give_to_server(&cli->settings, config->name) == 0 ? 0 : 1;
}

/* ==== secure-zone, disable-dnssec =========================================================== */

/* One key of a pair, or the only one. name "": it is not wanted. */
static int secure_with(struct cli *cli, const struct cli_zone *zone, const char *what,
	const char *name, uint16_t flags, uint64_t bits)
{
	const struct key_algorithm *algorithm = key_algorithm_from_text(name);
	if (!*name)
		return 0;
	if (!algorithm) {
		cli_error("Error: unknown algorithm '%s' for the %s (see list-algorithms)", name,
			what);
		return 1;
	}
	printf("Adding %s with algorithm %s\n", what, name);
	return cli_key_generate(cli, zone, algorithm, flags, (unsigned)bits);
}

static int add_default_keys(struct cli *cli, const struct cli_zone *zone)
{
	const struct settings *s = cli_settings(cli);
	const char *ksk = s->default_ksk_algorithm, *zsk = s->default_zsk_algorithm;
	if (!*ksk && !*zsk) {
		cli_error("Error: neither default-ksk-algorithm nor default-zsk-algorithm is set");
		return 1;
	}
	if (*ksk && s->default_ksk_size)
		printf("Securing zone with key size %llu\n",
			(unsigned long long)s->default_ksk_size);
	else if (*ksk)
		puts("Securing zone with default key size");
	return secure_with(cli, zone, *zsk ? "KSK" : "CSK (257)", ksk, KEY_FLAGS_SEP,
		       s->default_ksk_size) ||
	       secure_with(cli, zone, *ksk ? "ZSK" : "CSK (256)", zsk, KEY_FLAGS_ZSK,
		       s->default_zsk_size);
}

/* Within a transaction, so that two of us do not both add keys. */
static int secure_in_transaction(struct cli *cli, const struct cli_zone *zone)
{
	struct cli_zone_data data;
	int rc = cli_zone_data_read(cli, zone, &data) == 0 ? 0 : 1;
	if (rc == 0 && (data.is_secured || data.policy.presigned)) {
		cli_error("Zone '%s' already secure, remove keys with ensign remove-zone-key if "
			  "needed",
			zone->name);
		rc = 1;
	}
	cli_zone_data_deinit(&data);
	return rc ? rc : add_default_keys(cli, zone);
}

static int secure_zone(struct cli *cli, const char *text)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, text) != 0 || !cli_store(cli, &zone, true))
		return 1;
	if (!cli_zone_exists(&zone) && !cli->opt.force) {
		cli_error(
			"Can't find a zone called '%s' (named.conf does not list it; --force adds "
			"keys all the same)",
			zone.name);
		return 1;
	}
	if (cli_zone_exists(&zone) && strcmp(cli_zone_kind(&zone), "Slave") == 0)
		cli_error("Warning! This is a secondary zone! If this was a mistake, please run\n"
			  "ensign disable-dnssec %s right now!",
			zone.name);
	if (store_begin(cli->store) != 0)
		return cli_store_failed(cli);
	if (secure_in_transaction(cli, &zone) != 0) {
		store_rollback(cli->store);
		return 1;
	}
	if (store_commit(cli->store) != 0)
		return cli_store_failed(cli);
	printf("Zone %s secured\n", zone.name);
	fflush(stdout);
	if (zone.domain && cli_zone_is_active(cli, &zone) && cli_zone_rectify(cli, &zone, "") != 0)
		return 1;
	return cli_changed(cli, &zone);
}

int cmd_secure_zone(struct cli *cli, char **args)
{
	int rc = 0;
	for (; *args; args++)
		rc |= secure_zone(cli, *args);
	return rc;
}

/* ---- secure-all-zones ---- */

struct securing {
	bool increase_serial;
	unsigned long secured_cnt;
	unsigned long error_cnt;
};

static bool needs_keys(struct cli *cli, const struct cli_zone *zone)
{
	struct cli_zone_data data;
	bool needs = cli_zone_data_read(cli, zone, &data) == 0 && !data.is_secured &&
		     !data.policy.presigned;
	cli_zone_data_deinit(&data);
	return needs;
}

static int secure_next(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	struct securing *securing = ctx;
	if (!cli_zone_is_active(cli, zone) || !needs_keys(cli, zone))
		return 0;
	printf("Securing %s: ", zone->name);
	int rc = secure_zone(cli, zone->name);
	if (rc == 0)
		securing->secured_cnt++;
	else
		securing->error_cnt++;
	if (rc == 0 && securing->increase_serial && zone->domain)
		rc = cli_serial_increase(cli, zone);
	return rc;
}

int cmd_secure_all_zones(struct cli *cli, char **args)
{
	struct securing securing = {.increase_serial = args[0]};
	if (args[0] && strcmp(args[0], "increase-serial") != 0) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	int rc = cli_zones_each(cli, secure_next, &securing);
	printf("Secured: %lu zones. Errors: %lu\n", securing.secured_cnt, securing.error_cnt);
	return rc;
}

static int remove_all(struct cli *cli, const struct cli_zone *zone)
{
	static const char *const kinds[] = {"NSEC3PARAM", "NSEC3NARROW", "PRESIGNED"};
	struct store_keys keys;
	int rc = store_zone_keys(cli->store, zone->fqdn, &keys);
	if (rc == 0 && keys.cnt == 0) {
		cli_error("No keys for zone '%s'.", zone->name);
		store_keys_deinit(&keys);
		return 1;
	}
	for (unsigned i = 0; rc == 0 && i < keys.cnt; i++)
		rc = store_key_remove(cli->store, zone->fqdn, keys.key[i].id);
	for (unsigned i = 0; rc == 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		rc = store_meta_set(cli->store, zone->fqdn, kinds[i], NULL, 0);
	store_keys_deinit(&keys);
	return rc == 0 ? 0 : cli_store_failed(cli);
}

int cmd_disable_dnssec(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, args[0]) != 0 || !cli_store(cli, &zone, true))
		return 1;
	if (store_begin(cli->store) != 0)
		return cli_store_failed(cli);
	if (remove_all(cli, &zone) != 0) {
		store_rollback(cli->store);
		cli_error("Cannot disable DNSSEC on %s", zone.name);
		return 1;
	}
	return store_commit(cli->store) == 0 ? cli_changed(cli, &zone) : cli_store_failed(cli);
}

/* ==== list-all-zones ======================================================================== */

/* Kinds an argument may ask for. */
static const struct {
	const char *word;
	const char *kind;
} kind_table[] = {
	{"primary", "Master"},
	{"master", "Master"},
	{"secondary", "Slave"},
	{"slave", "Slave"},
	{"native", "Native"},
	{"producer", "Producer"},
	{"consumer", "Consumer"},
};

static const char *kind_from_word(const char *word)
{
	for (unsigned i = 0; i < sizeof(kind_table) / sizeof(kind_table[0]); i++)
		if (strcasecmp(word, kind_table[i].word) == 0)
			return kind_table[i].kind;
	return NULL;
}

static json_t *listed_zone_to_json(const struct cli_zone *zone)
{
	return json_pack("{s:s, s:s, s:s?}", "name", zone->fqdn, "kind", cli_zone_kind(zone),
		"file", zone->conf ? zone->conf->file : NULL);
}

/* What list-all-zones is to show. */
struct listing {
	const char *word; /* the kind as asked for */
	const char *kind; /* NULL: all */
	json_t *list;	  /* NULL: as text */
	unsigned long cnt;
};

static int list_zone(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	struct listing *listing = ctx;
	if (!cli->opt.verbose && !cli_zone_is_active(cli, zone))
		return 0;
	if (listing->kind && strcmp(cli_zone_kind(zone), listing->kind) != 0)
		return 0;
	listing->cnt++;
	if (listing->list)
		json_array_append_new(listing->list, listed_zone_to_json(zone));
	else
		puts(zone->name);
	return 0;
}

int cmd_list_all_zones(struct cli *cli, char **args)
{
	struct listing listing = {
		.word = args[0], .kind = args[0] ? kind_from_word(args[0]) : NULL};
	if (args[0] && !listing.kind) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	listing.list = cli->opt.json ? json_array() : NULL;
	int rc = cli_zones_each(cli, list_zone, &listing);
	if (listing.list && rc == 0)
		return cli_print_json(listing.list);
	json_decref(listing.list);
	if (rc == 0 && cli->opt.verbose)
		printf("%s zonecount: %lu\n", listing.word ? listing.word : "All", listing.cnt);
	return rc;
}
