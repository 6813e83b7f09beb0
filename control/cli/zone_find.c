/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Zones where they are listed: in named.conf, in the SQL database, or in both.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/cli/cli.h"

/* A zone found in the database; they stay until the end, as zones refer to them. */
struct cli_domain {
	struct cli_domain *next;
	struct store_domain domain;
};

/* Takes domain over, also if memory is out: NULL. */
static const struct store_domain *keep_domain(struct cli *cli, struct store_domain *domain)
{
	struct cli_domain *kept = malloc(sizeof(*kept));
	if (!kept) {
		store_domain_deinit(domain);
		cli_error("Error: out of memory");
		return NULL;
	}
	*kept = (struct cli_domain){cli->domains, *domain};
	cli->domains = kept;
	return &kept->domain;
}

void cli_forget_domains(struct cli *cli)
{
	while (cli->domains) {
		struct cli_domain *next = cli->domains->next;
		store_domain_deinit(&cli->domains->domain);
		free(cli->domains);
		cli->domains = next;
	}
}

static int compare_apex(const void *apex, const void *element)
{
	return dname_cmp(apex, ((const struct named_zone *)element)->apex);
}

/* Each looks a zone up in one place: 0, found or not, or -1 when the reason has been said. */
static int find_in_conf(struct cli *cli, struct cli_zone *zone)
{
	const struct named_conf *conf = cli_conf(cli);
	if (conf && conf->zone_cnt)
		zone->conf = bsearch(zone->apex, conf->zone, conf->zone_cnt, sizeof(conf->zone[0]),
			compare_apex);
	return conf ? 0 : -1;
}

static int find_in_database(struct cli *cli, struct cli_zone *zone)
{
	struct store_domain domain;
	struct store *store = cli_database(cli, DATABASE_SQL, false);
	int rc = store ? store_domain_find(store, zone->fqdn, &domain) : -1;
	if (rc < 0 && store)
		cli_error("Error: %s", store_error(store));
	if (rc == 0)
		zone->domain = keep_domain(cli, &domain);
	return rc < 0 || (rc == 0 && !zone->domain) ? -1 : 0;
}

/* What launch names, in its order. */
static unsigned origins(const struct cli *cli, enum zone_origin origin[static ZONE_ORIGIN_CNT])
{
	const struct databases *databases = &cli->databases;
	bool rows_first = databases->rank[ZONE_FROM_ROWS] < databases->rank[ZONE_FROM_FILE];
	unsigned cnt = 0;
	if (databases->lists[ZONE_FROM_ROWS] && rows_first)
		origin[cnt++] = ZONE_FROM_ROWS;
	if (databases->lists[ZONE_FROM_FILE])
		origin[cnt++] = ZONE_FROM_FILE;
	if (databases->lists[ZONE_FROM_ROWS] && !rows_first)
		origin[cnt++] = ZONE_FROM_ROWS;
	return cnt;
}

static int find(struct cli *cli, struct cli_zone *zone)
{
	static int (*const table[])(struct cli *, struct cli_zone *) = {
		[ZONE_FROM_FILE] = find_in_conf, [ZONE_FROM_ROWS] = find_in_database};
	enum zone_origin origin[ZONE_ORIGIN_CNT];
	unsigned cnt = origins(cli, origin);
	for (unsigned i = 0; i < cnt && !cli_zone_exists(zone); i++)
		if (table[origin[i]](cli, zone) != 0)
			return -1;
	return 0;
}

int cli_zone_find(struct cli *cli, struct cli_zone *zone, const char *text)
{
	if (!cli_databases(cli) || cli_zone_read(zone, text) != 0)
		return -1;
	return find(cli, zone);
}

int cli_zone_find_domain(struct cli *cli, struct cli_zone *zone, const char *text)
{
	if (cli_zone_read(zone, text) != 0 || find_in_database(cli, zone) != 0)
		return -1;
	if (zone->domain)
		return 0;
	cli_error("Zone '%s' is not in the database", zone->name);
	return -1;
}

int cli_zone_find_rows(
	struct cli *cli, struct cli_zone *zone, const char *text, const char *missing)
{
	if (cli_zone_find(cli, zone, text) != 0)
		return -1;
	if (zone->domain)
		return cli_store(cli, zone, true) ? 0 : -1;
	if (zone->conf)
		cli_error("Zone '%s' is in a file: change that instead (%s)", zone->name,
			zone->conf->file ? zone->conf->file : zone->conf->at);
	else
		cli_error("Zone '%s' %s", zone->name, missing);
	return -1;
}

bool cli_zone_exists(const struct cli_zone *zone)
{
	return zone->conf || zone->domain;
}

static int is_soa(void *ctx, const struct store_row *row)
{
	(void)ctx;
	return row->type && strcmp(row->type, "SOA") == 0 && !row->disabled;
}

bool cli_zone_is_active(struct cli *cli, const struct cli_zone *zone)
{
	struct store *store = cli->database[DATABASE_SQL];
	if (!zone->domain)
		return zone->conf;
	return store_rows_at(store, zone->domain->id, zone->domain->name, is_soa, NULL) == 1;
}

/* ---- kinds ---- */

static const char *conf_kind(const struct named_zone *conf)
{
	static const struct {
		const char *type;
		const char *kind;
	} table[] = {
		{"master", "Master"},
		{"primary", "Master"},
		{"slave", "Slave"},
		{"secondary", "Slave"},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcasecmp(conf->type, table[i].type) == 0)
			return table[i].kind;
	return "Native";
}

const char *cli_zone_kind(const struct cli_zone *zone)
{
	static const char *const table[] = {
		[STORE_NATIVE] = "Native",
		[STORE_MASTER] = "Master",
		[STORE_SLAVE] = "Slave",
		[STORE_PRODUCER] = "Producer",
		[STORE_CONSUMER] = "Consumer",
	};
	return zone->domain ? table[zone->domain->kind] : conf_kind(zone->conf);
}

/* ---- all of them ---- */

/* A zone is of the first place that lists it. */
static int visit(
	struct cli *cli, const char *name, enum zone_origin origin, cli_zone_fn *fn, void *ctx)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, name) != 0)
		return 1;
	bool is_there = origin == ZONE_FROM_FILE ? zone.conf != NULL : zone.domain != NULL;
	return is_there ? fn(cli, &zone, ctx) : 0;
}

static int visit_conf(struct cli *cli, cli_zone_fn *fn, void *ctx)
{
	const struct named_conf *conf = cli_conf(cli);
	int rc = conf ? 0 : 1;
	for (size_t i = 0; conf && i < conf->zone_cnt; i++) {
		char name[DNAME_TEXT_MAX];
		rc |= visit(cli, dname_to_text(name, conf->zone[i].apex), ZONE_FROM_FILE, fn, ctx);
	}
	return rc;
}

struct names {
	char **name;
	size_t cnt;
	size_t cap;
};

static int add_name(void *ctx, const struct store_domain *domain)
{
	struct names *names = ctx;
	if (names->cnt == names->cap) {
		size_t cap = names->cap ? names->cap * 2 : 64;
		char **name = reallocarray(names->name, cap, sizeof(*name));
		if (!name)
			return -1;
		names->name = name;
		names->cap = cap;
	}
	names->name[names->cnt] = strdup(domain->name);
	return names->name[names->cnt++] ? 0 : -1;
}

static int visit_database(struct cli *cli, cli_zone_fn *fn, void *ctx)
{
	struct store *store = cli_database(cli, DATABASE_SQL, false);
	struct names names = {0};
	int rc = store && store_domains(store, add_name, &names) == 0 ? 0 : 1;
	if (rc != 0 && store)
		cli_error("Error: %s", store_error(store));
	for (size_t i = 0; i < names.cnt; i++) {
		rc |= visit(cli, names.name[i], ZONE_FROM_ROWS, fn, ctx);
		free(names.name[i]);
	}
	free(names.name);
	return rc;
}

int cli_zones_each(struct cli *cli, cli_zone_fn *fn, void *ctx)
{
	static int (*const table[])(struct cli *, cli_zone_fn *, void *) = {
		[ZONE_FROM_FILE] = visit_conf, [ZONE_FROM_ROWS] = visit_database};
	enum zone_origin origin[ZONE_ORIGIN_CNT];
	if (!cli_databases(cli))
		return 1;
	int rc = 0;
	unsigned cnt = origins(cli, origin);
	for (unsigned i = 0; i < cnt; i++)
		rc |= table[origin[i]](cli, fn, ctx);
	return rc;
}
