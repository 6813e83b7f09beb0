/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Making a zone as ensignd would, and export-zone.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <time.h>

#include "control/dnssec/zone_print.h"

/* The database, if there is to be one: without, zones are unsigned. */
static int open_store(struct cli *cli, const struct cli_zone *zone, struct store **store)
{
	const struct databases *databases = &cli->databases;
	*store = NULL;
	if (zone->conf && !databases->place[databases->keys_of[ZONE_FROM_FILE]])
		return 0;
	*store = cli_store(cli, zone, false);
	return *store ? 0 : -1;
}

/* As struct zone_source has it; place NULL: a zone of named.conf without a file. */
static struct zone_source source_of(const struct cli *cli, const struct cli_zone *zone)
{
	if (zone->domain)
		return (struct zone_source){
			ZONE_FROM_ROWS, (char *)(uintptr_t)cli->databases.place[DATABASE_SQL]};
	return (struct zone_source){ZONE_FROM_FILE, zone->conf->file};
}

int cli_zone_make(
	struct cli *cli, const struct cli_zone *zone, bool with_signatures, struct cli_made *made)
{
	struct progress progress; /* nobody looks */
	const struct zone_source source = source_of(cli, zone);
	struct zone_make_options opt = {
		.apex = zone->apex,
		.source = &source,
		.now_s = (uint64_t)time(NULL),
		.progress = &progress,
		.eager = with_signatures,
		.without_signatures = !with_signatures,
	};
	*made = (struct cli_made){0};
	if (open_store(cli, zone, &opt.store) != 0)
		return -1;
	if (!source.place) {
		report_add(&made->result.report, REPORT_ERROR, "%s: zone %s has no file",
			zone->conf->at, zone->fqdn);
		return -1;
	}
	opt.settings = &cli->settings;
	opt.thread_cnt = (unsigned)cli->settings.signing_threads;
	progress_start(&progress);
	return zone_make(&made->zone, &opt, &made->result);
}

void cli_made_deinit(struct cli_made *made)
{
	zone_make_result_deinit(&made->result);
	zone_deinit(&made->zone);
}

/* ==== export-zone =========================================================================== */

/* Output that cannot be written is main()'s to tell of. */
static int print_zone(const struct cli_zone *zone, const struct zone *made)
{
	if (zone_print(made, stdout) == 0 || ferror(stdout))
		return 0;
	cli_error("Error: zone '%s' has a record that cannot be written as text", zone->name);
	return 1;
}

/* Some denial is made while answering and cannot be written down. */
static void note_denial(const struct cli_zone *zone, const struct signing *signing)
{
	if (signing->live && policy_denial(&signing->policy, true) == POLICY_NARROW)
		cli_error("Zone '%s' is served with narrow NSEC3, which no text can hold; this is "
			  "the "
			  "zone with an inclusive NSEC3 chain instead",
			zone->name);
	if (signing->live && policy_denial(&signing->policy, true) == POLICY_COMPACT)
		cli_error("Zone '%s' is served with compact denial (RFC 9824), which no text can "
			  "hold; "
			  "this is the zone with an NSEC chain instead",
			zone->name);
}

int cmd_export_zone(struct cli *cli, char **args)
{
	struct cli_zone zone;
	struct cli_made made;
	int rc = 1;
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (!cli_zone_exists(&zone)) {
		cli_error(
			"No such zone in the database (named.conf does not list '%s')", zone.name);
		return 1;
	}
	bool is_made = cli_zone_make(cli, &zone, true, &made) == 0;
	cli_report(cli, &made.result.report);
	if (is_made) {
		note_denial(&zone, &made.result.signing);
		rc = print_zone(&zone, &made.zone);
	}
	cli_made_deinit(&made);
	return rc;
}
