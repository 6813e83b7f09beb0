/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * migrate-schema: tables of an older PowerDNS are brought up to date.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/store/schema.h"

static void show_step(void *ctx, const char *what)
{
	printf("%s: %s\n", (const char *)ctx, what);
}

static void show_missing(void *ctx, const char *what)
{
	printf("%s: %s is missing\n", (const char *)ctx, what);
}

/* One database: 0, or -1 with err; *changed if there was something to do. */
static int migrate(struct cli *cli, enum database which, bool only_look, bool *changed,
	char err[static STORE_ERR_LEN])
{
	const struct store_config *config = &cli->databases.config[which];
	void *place = (void *)(uintptr_t)cli->databases.place[which];
	int rc = only_look ? schema_missing(config, show_missing, place, err)
			   : schema_migrate(config, time(NULL), show_step, place, err);
	if (rc == 0)
		*changed = true;
	else if (rc == 1)
		printf("%s: up to date\n", (const char *)place);
	return rc < 0 ? -1 : 0;
}

int cmd_migrate_schema(struct cli *cli, char **args)
{
	char err[STORE_ERR_LEN];
	bool changed = false, only_look = args[0] && strcmp(args[0], "check") == 0;
	if (args[0] && !only_look) {
		cli_error("Error: 'check' is all that can be said, not '%s'", args[0]);
		return 1;
	}
	if (!cli_databases(cli))
		return 1;
	for (unsigned i = 0; i < DATABASE_CNT; i++)
		if (cli->databases.place[i] &&
			migrate(cli, (enum database)i, only_look, &changed, err) != 0) {
			cli_error("Error: %s", err);
			return 1;
		}
	if (changed && !only_look && cli->databases.lists[ZONE_FROM_ROWS])
		printf("Now 'ensign rectify-all-zones' fills in order and authority of records\n");
	return only_look && changed ? 1 : 0;
}
