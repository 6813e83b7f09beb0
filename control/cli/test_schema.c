/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-schema: whether a database keeps what zones need, tried with a zone made for it.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "control/cli/row_write.h"

#define LONG_LEN 300 /* more than columns of old schemas had room for */

struct trial {
	struct cli *cli;
	struct cli_zone zone;
	uint64_t id;
	unsigned order; /* names seen in order: _underscore, then z */
	bool is_long;
};

static int add(struct trial *trial, const char *label, const char *type, const char *content)
{
	char name[DNAME_TEXT_MAX + 16];
	uint64_t id;
	snprintf(name, sizeof(name), "%s%s", label, trial->zone.name);
	const struct store_row row = {
		.name = name, .type = type, .content = content, .ttl_s = 3600, .auth = true};
	return store_row_add(trial->cli->store, trial->id, &row, &id) == 0
		       ? 0
		       : cli_store_failed(trial->cli);
}

static void fill_long(char content[static LONG_LEN + 3])
{
	memset(content, 'A', LONG_LEN + 2);
	content[0] = content[LONG_LEN + 1] = '"';
	content[LONG_LEN / 2] = '"';
	content[LONG_LEN / 2 + 1] = ' ';
	content[LONG_LEN / 2 + 2] = '"';
	content[LONG_LEN + 2] = '\0';
}

static int feed(void *ctx)
{
	struct trial *trial = ctx;
	char content[LONG_LEN + 3];
	fill_long(content);
	if (store_domain_add(trial->cli->store, trial->zone.fqdn, STORE_NATIVE, &trial->id) != 0)
		return cli_store_failed(trial->cli);
	if (add(trial, "", "SOA",
		    "ns1.example.net hostmaster.example.net 4294967295 7200 3600 1209600 300") ||
		add(trial, "", "NS", "ns1.example.net") || add(trial, "", "TXT", content) ||
		add(trial, "_underscore.", "A", "192.0.2.1") || add(trial, "z.", "A", "192.0.2.2"))
		return 1;
	return store_domain_set_notified(trial->cli->store, trial->id, 2147484148U) == 0
		       ? 0
		       : cli_store_failed(trial->cli);
}

static int look(void *ctx, const struct store_row *row)
{
	struct trial *trial = ctx;
	char content[LONG_LEN + 3];
	fill_long(content);
	if (row->type && strcmp(row->type, "TXT") == 0)
		trial->is_long = row->content && strcmp(row->content, content) == 0;
	return 0;
}

static int look_in_order(void *ctx, const struct store_row *row)
{
	struct trial *trial = ctx;
	const char *wanted[] = {"_underscore", "z"};
	if (trial->order < 2 && row->ordername && strcmp(row->ordername, wanted[trial->order]) == 0)
		trial->order++;
	return 0;
}

static int say(bool ok, const char *good, const char *bad)
{
	printf(ok ? "[+] %s\n" : "[-] %s\n", ok ? good : bad);
	return !ok;
}

static int check(struct trial *trial)
{
	struct cli_zone zone;
	struct store *store = trial->cli->store;
	if (store_rows(store, trial->id, look, trial) != 0 ||
		store_rows_ordered(store, trial->id, look_in_order, trial) != 0)
		return cli_store_failed(trial->cli);
	if (cli_zone_find_domain(trial->cli, &zone, trial->zone.fqdn) != 0)
		return 1;
	return say(trial->is_long, "content field is over 255 bytes",
		       "content field is cut, or changed") |
	       say(trial->order == 2, "ordername sorting is correct for names starting with _",
		       "ordername sorting is not by octets: see the schema's collation") |
	       say(zone.domain->notified_serial == 2147484148, "Big serials work correctly",
		       "serials above 2147483647 are not kept");
}

int cmd_test_schema(struct cli *cli, char **args)
{
	struct trial trial = {.cli = cli};
	puts("Note: test-schema will try to create the zone, but it will not remove it.\n"
	     "Please clean up after this.");
	if (!cli_sql_store(cli, "Zone was not created!") ||
		cli_zone_read(&trial.zone, args[0]) != 0)
		return 1;
	if (cli_transaction(cli, feed, &trial) != 0)
		return 1;
	char *secure[] = {args[0], NULL};
	if (cmd_secure_zone(cli, secure) != 0)
		return 1;
	int rc = cli_store(cli, NULL, true) ? check(&trial) : 1;
	printf("\nEnd of tests, please remove %s from zones+records\n", trial.zone.name);
	return rc;
}
