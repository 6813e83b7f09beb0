/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands on what a database keeps beside records: comments on RRsets, autoprimaries.
 */
#include "control/store/comment.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/cli/cli.h"
#include "zonedb/rrtype.h"

/* ==== autoprimaries ========================================================================= */

#define NO_AUTOPRIMARIES "could not find a backend with autosecondary support"

int cmd_add_autoprimary(struct cli *cli, char **args)
{
	uint8_t address[16];
	struct cli_zone name;
	if (inet_pton(AF_INET, args[0], address) != 1 &&
		inet_pton(AF_INET6, args[0], address) != 1) {
		cli_error("Error: '%s' is no address", args[0]);
		return 1;
	}
	if (cli_zone_read(&name, args[1]) != 0 || !cli_sql_store(cli, NO_AUTOPRIMARIES))
		return 1;
	const struct store_autoprimary autoprimary = {args[0], args[1], args[2] ? args[2] : ""};
	return store_autoprimary_add(cli->store, &autoprimary) == 0 ? 0 : cli_store_failed(cli);
}

int cmd_remove_autoprimary(struct cli *cli, char **args)
{
	if (!cli_sql_store(cli, NO_AUTOPRIMARIES))
		return 1;
	return store_autoprimary_remove(cli->store, args[0], args[1]) >= 0 ? 0
									   : cli_store_failed(cli);
}

/* ctx: the list as JSON, or NULL. */
static int list_autoprimary(void *ctx, const struct store_autoprimary *autoprimary)
{
	if (ctx)
		json_array_append_new(
			ctx, json_pack("{s:s, s:s, s:s}", "ip", autoprimary->ip, "nameserver",
				     autoprimary->nameserver, "account", autoprimary->account));
	else
		printf("IP=%s, NS=%s, account=%s\n", autoprimary->ip, autoprimary->nameserver,
			autoprimary->account);
	return 0;
}

int cmd_list_autoprimaries(struct cli *cli, char **args)
{
	(void)args;
	if (!cli_sql_store(cli, NO_AUTOPRIMARIES))
		return 1;
	json_t *list = cli->opt.json ? json_array() : NULL;
	int rc = store_autoprimaries(cli->store, list_autoprimary, list) == 0
			 ? 0
			 : cli_store_failed(cli);
	return cli_end_list(list, rc);
}

/* ==== comments ============================================================================== */

int cmd_add_comment(struct cli *cli, char **args)
{
	struct cli_zone zone;
	char name[DNAME_TEXT_MAX], type_text[12];
	uint16_t type;
	if (cli_zone_find_rows(cli, &zone, args[0], "does not exist") != 0 ||
		cli_record_name(&zone, name, args[1]) != 0)
		return 1;
	if (rrtype_from_text(&type, args[2]) < 0) {
		cli_error("Error: Unknown DNS type '%s'", args[2]);
		return 1;
	}
	const struct store_comment comment = {.name = name,
		.type = rrtype_to_text(type_text, type),
		.text = args[3],
		.account = args[4] ? args[4] : "",
		.modified_at = time(NULL)};
	return store_comment_add(cli->store, zone.domain->id, &comment) == 0
		       ? 0
		       : cli_store_failed(cli);
}

/* As list_autoprimary(). */
static int list_comment(void *ctx, const struct store_comment *comment)
{
	if (ctx)
		json_array_append_new(
			ctx, json_pack("{s:s, s:s, s:I, s:s, s:s}", "name", comment->name, "type",
				     comment->type, "modified_at", (json_int_t)comment->modified_at,
				     "account", comment->account, "content", comment->text));
	else
		printf("%s IN %s (%s) %s\n", comment->name, comment->type, comment->account,
			comment->text);
	return 0;
}

int cmd_list_comments(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (cli_zone_find_rows(cli, &zone, args[0], "does not exist") != 0)
		return 1;
	json_t *list = cli->opt.json ? json_array() : NULL;
	int rc = store_comments(cli->store, zone.domain->id, list_comment, list) == 0
			 ? 0
			 : cli_store_failed(cli);
	return cli_end_list(list, rc);
}
