/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands that a running ensignd answers: reload, status; and telling it of changes.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control/cli/client.h"
#include "control/daemon/protocol.h"

/* Connects to ensignd: 0; 1 if it does not run; -1 when the reason has been said. */
static int connect_server(struct cli *cli, struct client *client)
{
	char err[CLIENT_ERR_LEN];
	const struct settings *settings = cli_settings(cli);
	if (!settings)
		return -1;
	int rc = client_init(client, settings->socket_dir, err);
	if (rc < 0)
		cli_error("Error: cannot reach ensignd: %s", err);
	return rc;
}

/* The same where nothing can be done without. */
static int need_server(struct cli *cli, struct client *client)
{
	int rc = connect_server(cli, client);
	if (rc == 1)
		cli_error("ensignd does not run (no %s in %s); start it, or see whether socket-dir "
			  "is "
			  "the same for both",
			PROTOCOL_SOCKET_NAME, cli->settings.socket_dir);
	return rc ? -1 : 0;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return (long long)json_integer_value(json_object_get(object, key));
}

/* Says what went wrong, zone by zone where the answer has them. */
static void print_failure(const json_t *answer)
{
	size_t i;
	const json_t *error, *errors = json_object_get(answer, "errors");
	if (json_array_size(errors) == 0)
		cli_error("ensignd: %s", text_of(answer, "error"));
	json_array_foreach(errors, i, error)
		cli_error("ensignd: %s %s", text_of(error, "zone"), text_of(error, "error"));
}

/* ==== reload ================================================================================ */

/* "example.com. sign 34%" on the line of the one before if someone looks on. */
static void print_progress(void *ctx, json_t *line)
{
	const json_t *progress = json_object_get(line, "progress");
	long long done = number_of(progress, "done"), total = number_of(progress, "total");
	bool terminal = *(const bool *)ctx;
	if (!progress)
		return;
	fprintf(stderr, "%s%s %s", terminal ? "\r\x1b[K" : "", text_of(progress, "zone"),
		text_of(progress, "stage"));
	if (total)
		fprintf(stderr, " %lld%%", done * 100 / total);
	if (!terminal)
		fputc('\n', stderr);
}

/* Asks for a reload of one zone or, with NULL, of all; NULL when the reason has been said. */
static json_t *ask_reload(struct cli *cli, struct client *client, const char *zone, bool force)
{
	char err[CLIENT_ERR_LEN];
	bool terminal = isatty(STDERR_FILENO), progress = cli->opt.verbose && !cli->opt.quiet;
	json_t *request = json_pack("{s:s, s:s*, s:b, s:b}", "command", "reload", "zone", zone,
		"force", force, "progress", progress);
	json_t *answer =
		client_ask(client, request, progress ? print_progress : NULL, &terminal, err);
	if (progress && terminal)
		fputs("\r\x1b[K", stderr);
	if (!answer)
		cli_error("Error: %s", err);
	return answer;
}

static void print_reload(const json_t *answer)
{
	printf("%lld zones compiled, %lld unchanged, %lld removed, %lld failed\n",
		number_of(answer, "compiled"), number_of(answer, "unchanged"),
		number_of(answer, "removed"), number_of(answer, "failed"));
}

int cmd_reload(struct cli *cli, char **args)
{
	struct client client;
	struct cli_zone zone;
	if ((args[0] && cli_zone_read(&zone, args[0]) != 0) || need_server(cli, &client) != 0)
		return 1;
	json_t *answer = ask_reload(cli, &client, args[0] ? zone.fqdn : NULL, cli->opt.force);
	client_deinit(&client);
	if (!answer)
		return 1;
	int rc = json_is_true(json_object_get(answer, "ok")) ? 0 : 1;
	if (rc)
		print_failure(answer);
	if (cli->opt.json)
		return cli_print_json(answer) | rc;
	if (json_object_get(answer, "compiled") && !cli->opt.quiet)
		print_reload(answer);
	json_decref(answer);
	return rc;
}

int cli_changed(struct cli *cli, const struct cli_zone *zone)
{
	struct client client;
	if (!cli_zone_exists(zone)) {
		cli_note(cli, "Note: '%s' is not listed, so it is not served", zone->name);
		return 0;
	}
	int rc = connect_server(cli, &client);
	if (rc != 0)
		return rc < 0;
	json_t *answer = ask_reload(cli, &client, zone->fqdn, false);
	client_deinit(&client);
	if (answer && json_is_true(json_object_get(answer, "ok"))) {
		json_decref(answer);
		return 0;
	}
	if (answer)
		print_failure(answer);
	json_decref(answer);
	cli_error("The change is stored, but '%s' is served without it until that is mended",
		zone->name);
	return 1;
}

int cli_list_changed(struct cli *cli)
{
	struct client client;
	int rc = connect_server(cli, &client);
	if (rc != 0)
		return rc < 0;
	/* what it says about zones is not about this change */
	json_t *answer = ask_reload(cli, &client, NULL, false);
	client_deinit(&client);
	json_decref(answer);
	return answer ? 0 : 1;
}

/* ==== status ================================================================================ */

static void print_time(const char *what, long long at_s)
{
	char text[64];
	time_t t = (time_t)at_s;
	struct tm tm;
	if (at_s && gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		printf("%s%s", what, text);
}

static void print_compiling(const json_t *list)
{
	size_t i;
	const json_t *zone;
	json_array_foreach(list, i, zone)
	{
		long long total = number_of(zone, "total");
		printf("  %s %s", text_of(zone, "zone"), text_of(zone, "stage"));
		if (total)
			printf(" %lld%%", number_of(zone, "done") * 100 / total);
		putchar('\n');
	}
}

static void print_status(const json_t *answer)
{
	const json_t *zones = json_object_get(answer, "zones");
	printf("ensignd %s, pid %lld, %s", text_of(answer, "version"), number_of(answer, "pid"),
		text_of(answer, "state"));
	print_time(" since ", number_of(answer, "started_at"));
	printf("\nzones: %lld configured, %lld published, %lld compiling, %lld failed\n",
		number_of(zones, "configured"), number_of(zones, "published"),
		number_of(zones, "compiling"), number_of(zones, "failed"));
	print_compiling(json_object_get(answer, "compiling"));
	if (json_object_get(answer, "config_error"))
		printf("named.conf is refused, the zones before it are kept: %s\n",
			text_of(answer, "config_error"));
}

static void print_zone_status(const json_t *zone)
{
	printf("%s %s", text_of(zone, "name"), text_of(zone, "state"));
	if (json_object_get(zone, "serial"))
		printf(", serial %lld, signed: %s, denial: %s, %lld names, %lld RRsets, %lld "
		       "octets",
			number_of(zone, "serial"), text_of(zone, "signed"), text_of(zone, "denial"),
			number_of(zone, "names"), number_of(zone, "rrsets"),
			number_of(zone, "image_size"));
	if (json_is_false(json_object_get(zone, "signer_has_keys")))
		printf(", the signer lacks its keys");
	print_time(", compiled ", number_of(zone, "compiled_at"));
	print_time(", signed again ", number_of(zone, "resign_at"));
	putchar('\n');
	if (*text_of(zone, "error"))
		printf("  %s\n", text_of(zone, "error"));
}

static void take_zone(void *ctx, json_t *line)
{
	json_t *list = ctx, *zone = json_object_get(line, "zone");
	if (!zone)
		return;
	if (list)
		json_array_append(list, zone);
	else
		print_zone_status(zone);
}

/* Asks one command; its final line, or NULL when the reason has been said. */
static json_t *ask(
	struct client *client, const char *command, const char *zone, client_line_fn *fn, void *ctx)
{
	char err[CLIENT_ERR_LEN];
	json_t *answer = client_ask(
		client, json_pack("{s:s, s:s*}", "command", command, "zone", zone), fn, ctx, err);
	if (answer && json_is_true(json_object_get(answer, "ok")))
		return answer;
	if (answer)
		print_failure(answer);
	else
		cli_error("Error: %s", err);
	json_decref(answer);
	return NULL;
}

/* The zones, or with zone that one. */
static int show_zones(struct cli *cli, struct client *client, const char *zone)
{
	json_t *list = cli->opt.json ? json_array() : NULL;
	json_t *answer = ask(client, "zones", zone, take_zone, list);
	json_decref(answer);
	if (answer && list)
		return cli_print_json(list);
	json_decref(list);
	return answer ? 0 : 1;
}

static int show_status(struct cli *cli, struct client *client)
{
	json_t *answer = ask(client, "status", NULL, NULL, NULL);
	if (!answer)
		return 1;
	if (cli->opt.json)
		return cli_print_json(answer);
	print_status(answer);
	json_decref(answer);
	return cli->opt.verbose ? show_zones(cli, client, NULL) : 0;
}

int cmd_status(struct cli *cli, char **args)
{
	struct client client;
	struct cli_zone zone;
	if ((args[0] && cli_zone_read(&zone, args[0]) != 0) || need_server(cli, &client) != 0)
		return 1;
	int rc = args[0] ? show_zones(cli, &client, zone.fqdn) : show_status(cli, &client);
	client_deinit(&client);
	return rc;
}
