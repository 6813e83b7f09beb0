/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands on zones of the database as such: making and removing them, what the table domains says.
 */
#include "control/cli/cli.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/cli/row_write.h"

#define MASTERS_MAX 4096

/* ==== create-zone, create-secondary-zone ==================================================== */

struct creation {
	struct cli *cli;
	struct cli_zone zone;
	enum store_kind kind;
	const char *nsname;  /* NULL: no NS record */
	const char *masters; /* NULL: none */
	uint64_t id;
};

/* The name of a zone that is to be made; -1 if it is listed already, and that has been said. */
static int read_new_zone(struct creation *creation, struct cli *cli, const char *text)
{
	*creation = (struct creation){.cli = cli};
	if (cli_zone_find(cli, &creation->zone, text) != 0)
		return -1;
	if (!cli_zone_exists(&creation->zone))
		return 0;
	cli_error("Zone '%s' exists already", creation->zone.name);
	return -1;
}

static int add_domain(struct creation *creation)
{
	struct store *store = creation->cli->store;
	int rc = store_domain_add(store, creation->zone.fqdn, creation->kind, &creation->id);
	if (rc == 0 && creation->masters)
		rc = store_domain_set_masters(store, creation->id, creation->masters);
	return rc < 0 ? cli_store_failed(creation->cli) : rc;
}

static int add_row(struct creation *creation, const char *type, const char *content)
{
	struct row_writer writer;
	const struct store_row row = {.name = creation->zone.name,
		.type = type,
		.content = content,
		.ttl_s = STORE_TTL_DEFAULT_S,
		.prio = -1};
	int rc = row_writer_init(&writer, creation->cli, creation->id, creation->zone.apex);
	if (rc == 0)
		rc = row_parse(&creation->zone, &row, row_writer_add, &writer);
	row_writer_deinit(&writer);
	return rc;
}

/* default-soa-content, with the zone's name for "@". */
static int soa_content(char *soa, size_t soa_size, const struct creation *creation)
{
	const char *name = strcmp(creation->zone.name, ".") == 0 ? "" : creation->zone.name;
	size_t len = 0;
	for (const char *at = creation->cli->settings.default_soa_content; *at && len < soa_size;
		at++)
		len += *at == '@' ? (size_t)snprintf(soa + len, soa_size - len, "%s", name)
				  : (size_t)snprintf(soa + len, soa_size - len, "%c", *at);
	return len < soa_size ? 0 : -1;
}

static int create(void *ctx)
{
	struct creation *creation = ctx;
	char soa[2 * DNAME_TEXT_MAX + 128];
	if (add_domain(creation) != 0)
		return -1;
	if (creation->kind == STORE_SLAVE)
		return 0;
	if (soa_content(soa, sizeof(soa), creation) != 0) {
		cli_error("Error: default-soa-content is too long");
		return -1;
	}
	if (add_row(creation, "SOA", soa) != 0)
		return -1;
	return creation->nsname ? add_row(creation, "NS", creation->nsname) : 0;
}

int cmd_create_zone(struct cli *cli, char **args)
{
	struct creation creation;
	if (read_new_zone(&creation, cli, args[0]) != 0)
		return 1;
	cli_error("Creating empty zone '%s'", creation.zone.name);
	creation.nsname = args[1];
	if (creation.nsname)
		puts("Also adding one NS record");
	if (!cli_sql_store(cli, "Zone was not created!") ||
		cli_transaction(cli, create, &creation) != 0)
		return 1;
	return cli_list_changed(cli);
}

/* "192.0.2.1", "192.0.2.1:5300", "2001:db8::1", "[2001:db8::1]:5300". */
static bool is_address(const char *text)
{
	char host[INET6_ADDRSTRLEN + 2];
	uint8_t address[16];
	const char *colon = strrchr(text, ':');
	bool is_bracketed = *text == '[', is_v4 = colon && strchr(text, ':') == colon;
	const char *end = text + strlen(text);
	if (is_bracketed) {
		end = strchr(text++, ']');
		colon = end && end[1] == ':' ? end + 1 : NULL;
	} else if (is_v4) {
		end = colon;
	} else {
		colon = NULL;
	}
	if (!end || (size_t)(end - text) >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)(end - text), text);
	if (colon && (!colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
			     strtoul(colon + 1, NULL, 10) > UINT16_MAX))
		return false;
	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Addresses as PowerDNS stores them; -1 when what is wrong with them has been said. */
static int join_masters(char masters[static MASTERS_MAX], char **addresses)
{
	size_t len = 0;
	for (unsigned i = 0; addresses[i]; i++) {
		if (!is_address(addresses[i])) {
			cli_error(
				"Error: Unable to convert presentation address '%s'", addresses[i]);
			return -1;
		}
		len += (size_t)snprintf(
			masters + len, MASTERS_MAX - len, "%s%s", i ? ", " : "", addresses[i]);
		if (len >= MASTERS_MAX) {
			cli_error("Error: too many addresses");
			return -1;
		}
	}
	return 0;
}

static void say_masters(const char *format, const char *name, char **addresses)
{
	fprintf(stderr, format, name);
	for (unsigned i = 0; addresses[i]; i++)
		fprintf(stderr, "%s%s", i ? "," : "", addresses[i]);
	fputs("'\n", stderr);
}

int cmd_create_secondary_zone(struct cli *cli, char **args)
{
	struct creation creation;
	char masters[MASTERS_MAX];
	if (read_new_zone(&creation, cli, args[0]) != 0 || join_masters(masters, args + 1) != 0)
		return 1;
	creation.kind = STORE_SLAVE;
	creation.masters = masters;
	say_masters("Creating secondary zone '%s', with primaries '", creation.zone.name, args + 1);
	if (!cli_sql_store(cli, "Zone was not created!") ||
		cli_transaction(cli, create, &creation) != 0)
		return 1;
	return cli_list_changed(cli);
}

/* ==== one field of a zone =================================================================== */

typedef int set_text_fn(struct store *store, uint64_t id, const char *text);

static int set_text(struct cli *cli, const char *name, set_text_fn *set, const char *text)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, name) != 0)
		return 1;
	if (!cli_zone_exists(&zone)) {
		cli_error("No such zone %s in the database", zone.name);
		return 1;
	}
	if (!zone.domain) {
		cli_error(
			"Could not find backend willing to accept new zone configuration ('%s' is "
			"in named.conf)",
			zone.name);
		return 1;
	}
	if (!cli_store(cli, &zone, true))
		return 1;
	if (set(cli->store, zone.domain->id, text) != 0)
		return cli_store_failed(cli);
	return cli_changed(cli, &zone);
}

int cmd_change_secondary_zone_primary(struct cli *cli, char **args)
{
	struct cli_zone zone;
	char masters[MASTERS_MAX];
	if (cli_zone_find_rows(cli, &zone, args[0], "doesn't exist") != 0 ||
		join_masters(masters, args + 1) != 0)
		return 1;
	say_masters("Updating secondary zone '%s', primaries to '", zone.name, args + 1);
	return set_text(cli, args[0], store_domain_set_masters, masters);
}

static int set_kind(struct store *store, uint64_t id, const char *text)
{
	enum store_kind kind;
	/* said before */
	return store_kind_from_text(&kind, text) == 0 ? store_domain_set_kind(store, id, kind) : -1;
}

int cmd_set_kind(struct cli *cli, char **args)
{
	enum store_kind kind;
	if (store_kind_from_text(&kind, args[1]) != 0) {
		cli_error("Error: '%s' is no kind of zone (primary, secondary, native, producer, "
			  "consumer)",
			args[1]);
		return 1;
	}
	return set_text(cli, args[0], set_kind, args[1]);
}

int cmd_set_account(struct cli *cli, char **args)
{
	return set_text(cli, args[0], store_domain_set_account, args[1]);
}

int cmd_set_catalog(struct cli *cli, char **args)
{
	struct cli_zone catalog;
	if (!*args[1])
		return set_text(cli, args[0], store_domain_set_catalog, "");
	char name[DNAME_TEXT_MAX];
	if (cli_zone_read(&catalog, args[1]) != 0)
		return 1;
	return set_text(cli, args[0], store_domain_set_catalog, cli_name_text(name, catalog.apex));
}

/* ==== options =============================================================================== */

int cmd_set_options_json(struct cli *cli, char **args)
{
	json_error_t fault;
	json_t *json = *args[1] ? json_loads(args[1], 0, &fault) : NULL;
	if (*args[1] && !json) {
		cli_error("Parsing of JSON document failed: %s (%d)", fault.text, fault.position);
		return 1;
	}
	json_decref(json);
	return set_text(cli, args[0], store_domain_set_options, args[1]);
}

/* Sets or, where there are no values, removes one option below a role. -1 when what is wrong with
 * the value has been said. */
static int change_option(json_t *options, const char *role, const char *name, char **values)
{
	json_t *object = json_object_get(options, role), *array;
	if (!json_is_object(object)) {
		object = json_object();
		json_object_set_new(options, role, object);
	}
	if (!values[0] || !*values[0]) {
		json_object_del(object, name);
		return 0;
	}
	if (strcmp(name, "group") != 0) { /* a name */
		struct cli_zone value;
		if (cli_zone_read(&value, values[0]) != 0)
			return -1;
		json_object_set_new(object, name, json_string(value.fqdn));
		return 0;
	}
	array = json_array();
	for (; *values; values++)
		json_array_append_new(array, json_string(*values));
	json_object_set_new(object, name, array);
	return 0;
}

static bool is_option(const char *role, const char *name)
{
	return (strcmp(role, "producer") == 0 || strcmp(role, "consumer") == 0) &&
	       (strcmp(name, "coo") == 0 || strcmp(name, "unique") == 0 ||
		       strcmp(name, "group") == 0);
}

int cmd_set_option(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (!is_option(args[1], args[2])) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	const char *text = zone.domain && zone.domain->options ? zone.domain->options : "";
	json_t *options = *text ? json_loads(text, 0, NULL) : json_object();
	if (!json_is_object(options)) {
		cli_error("Error: the options of zone '%s' are no JSON object", zone.name);
		json_decref(options);
		return 1;
	}
	bool is_changed = change_option(options, args[1], args[2], args + 3) == 0;
	char *changed = is_changed ? json_dumps(options, JSON_SORT_KEYS) : NULL;
	int rc = changed ? set_text(cli, args[0], store_domain_set_options, changed) : 1;
	free(changed);
	json_decref(options);
	return rc;
}

/* ==== catalog ================================================================================ */

struct members {
	const char *catalog;
	json_t *list; /* NULL: printed */
};

static int list_member(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	const struct members *members = ctx;
	(void)cli;
	if (!zone->domain || !zone->domain->catalog ||
		strcasecmp(zone->domain->catalog, members->catalog) != 0)
		return 0;
	if (members->list)
		json_array_append_new(members->list, json_string(zone->fqdn));
	else
		puts(zone->name);
	return 0;
}

int cmd_list_member_zones(struct cli *cli, char **args)
{
	struct cli_zone zone;
	struct members members = {.list = cli->opt.json ? json_array() : NULL};
	int rc = 1;
	if (cli_zone_find(cli, &zone, args[0]) != 0) {
		json_decref(members.list);
		return 1;
	}
	members.catalog = zone.name;
	if (!zone.domain)
		cli_error("No such zone %s in the database", zone.name);
	else if (zone.domain->kind != STORE_PRODUCER && zone.domain->kind != STORE_CONSUMER)
		cli_error("Zone '%s' is no catalog (set-kind: producer or consumer)", zone.name);
	else
		rc = cli_zones_each(cli, list_member, &members);
	return cli_end_list(members.list, rc);
}

/* ==== delete-zone, clear-zone =============================================================== */

struct removal {
	struct cli *cli;
	struct cli_zone zone;
	bool records_only;
};

static int remove_zone(void *ctx)
{
	struct removal *removal = ctx;
	struct store *store = removal->cli->store;
	uint64_t id = removal->zone.domain->id;
	int rc = removal->records_only ? store_rows_remove(store, id, NULL, NULL)
				       : store_domain_remove(store, id);
	return rc < 0 ? cli_store_failed(removal->cli) : 0;
}

static int remove_all(struct cli *cli, const char *text, bool records_only)
{
	struct removal removal = {.cli = cli, .records_only = records_only};
	if (cli_zone_find_rows(cli, &removal.zone, text, "not found!") != 0 ||
		cli_transaction(cli, remove_zone, &removal) != 0)
		return 1;
	return cli_list_changed(cli);
}

int cmd_delete_zone(struct cli *cli, char **args)
{
	return remove_all(cli, args[0], false);
}

int cmd_clear_zone(struct cli *cli, char **args)
{
	return remove_all(cli, args[0], true);
}
