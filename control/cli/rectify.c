/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rectify-zone: pdnsutil's account of what it would store of a zone's order and authority.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/cli/rectify_rows.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"

static bool is_cut_or_below(const struct zone *zone, const struct zone_node *node)
{
	while (!(node->flags & NODE_DELEGATION) && node->parent != ZONE_NODE_NONE)
		node = &zone->node[node->parent];
	return node->flags & NODE_DELEGATION;
}

/* Empty non-terminals above cuts, but above nothing else. */
static unsigned long count_hollow(const struct zone *zone)
{
	unsigned long cnt = 0;
	bool *solid = calloc(zone->node_cnt, sizeof(*solid)); /* has authoritative data below */
	for (uint32_t i = zone->node_cnt; solid && i-- > 0;) {
		const struct zone_node *node = &zone->node[i];
		if (is_cut_or_below(zone, node))
			continue;
		solid[i] |= node->rrset != NULL;
		if (solid[i] && node->parent != ZONE_NODE_NONE)
			solid[node->parent] = true;
		cnt += !node->rrset && !solid[i];
	}
	free(solid);
	return cnt;
}

/* How many updates of ordering and authority pdnsutil would make on the records of a zone from a
 * file, of which it knows the authority but no ordering: each name where an ordering is to be
 * stored; otherwise the apex, delegations with DS, whose records differ in authority, and without
 * keys the empty non-terminals that have none. Each DS set, A and AAAA of each name at or below a
 * cut, and with opt-out its NS. */
static unsigned long count_updates(const struct zone *zone, const struct cli_zone_data *data)
{
	bool nsec3 = data->is_secured && data->policy.nsec3;
	bool ordered = data->is_secured && !(nsec3 && data->policy.narrow);
	bool optout = nsec3 && data->policy.nsec3_param.optout;
	unsigned long updates = ordered ? zone->node_cnt : 1;
	if (!data->is_secured)
		updates += count_hollow(zone);
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		bool has_ds = zone_node_rrset(node, RRTYPE_DS);
		updates += has_ds;
		if (!node->rrset || !is_cut_or_below(zone, node))
			continue;
		updates += 2 + (optout && !has_ds);
		updates += !ordered && has_ds;
	}
	return updates;
}

static const char *ordering_name(const struct cli_zone_data *data)
{
	if (!data->is_secured)
		return "Adding empty non-terminals for non-DNSSEC zone";
	if (!data->policy.nsec3)
		return "Adding NSEC ordering information for zone";
	if (data->policy.narrow)
		return "Erasing NSEC3 ordering since we are narrow, only setting 'auth' fields for "
		       "zone";
	return data->policy.nsec3_param.optout
		       ? "Adding NSEC3 opt-out hashed ordering information for zone"
		       : "Adding NSEC3 hashed ordering information for zone";
}

static void say_updates(struct cli *cli, const struct cli_zone *zone,
	const struct cli_zone_data *data, unsigned long cnt, const char *prefix)
{
	cli_note(cli, "%s%s '%s', %lu updates", prefix, ordering_name(data), zone->name, cnt);
}

/* Nothing is stored of a file's order: once the zone has been made as ensignd would, says what
 * would be. */
static int rectify_file(struct cli *cli, const struct cli_zone *zone,
	const struct cli_zone_data *data, const char *prefix)
{
	struct cli_made made;
	int rc = cli_zone_make(cli, zone, false, &made) == 0 ? 0 : 1;
	cli_report(cli, &made.result.report);
	if (rc == 0)
		say_updates(cli, zone, data, count_updates(&made.zone, data), prefix);
	cli_made_deinit(&made);
	return rc;
}

static int rectify_database(struct cli *cli, const struct cli_zone *zone,
	const struct cli_zone_data *data, const char *prefix)
{
	unsigned long cnt;
	if (!cli_store(cli, zone, true))
		return 1;
	if (store_begin(cli->store) != 0)
		return cli_store_failed(cli);
	if (rectify_rows(cli, zone, data->is_secured ? &data->policy : NULL, &cnt) != 0) {
		store_rollback(cli->store);
		return 1;
	}
	if (store_commit(cli->store) != 0)
		return cli_store_failed(cli);
	say_updates(cli, zone, data, cnt, prefix);
	return 0;
}

int cli_zone_rectify(struct cli *cli, const struct cli_zone *zone, const char *prefix)
{
	struct cli_zone_data data;
	int rc = 1;
	if (cli_zone_data_read(cli, zone, &data) != 0)
		;
	else if (data.policy.presigned)
		cli_error("%sRectify presigned zone '%s' is not allowed/necessary.", prefix,
			zone->name);
	else if (zone->domain)
		rc = rectify_database(cli, zone, &data, prefix);
	else
		rc = rectify_file(cli, zone, &data, prefix);
	cli_zone_data_deinit(&data);
	return rc;
}

int cmd_rectify_zone(struct cli *cli, char **args)
{
	int rc = 0;
	for (; *args; args++) {
		struct cli_zone zone;
		if (cli_zone_find(cli, &zone, *args) != 0) {
			rc = 1;
		} else if (!cli_zone_exists(&zone)) {
			cli_error("No SOA known for '%s', is such a zone in the database?",
				zone.name);
			rc = 1;
		} else {
			rc |= cli_zone_rectify(cli, &zone, "");
		}
	}
	return rc;
}

/* ==== rectify-all-zones ===================================================================== */

static int rectify_next(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	unsigned long *done_cnt = ctx;
	char prefix[DNAME_TEXT_MAX + 16];
	if (!cli_zone_is_active(cli, zone))
		return 0;
	snprintf(prefix, sizeof(prefix), "Rectifying %s: ", zone->name);
	int rc = cli_zone_rectify(cli, zone, prefix);
	*done_cnt += rc == 0;
	return rc;
}

int cmd_rectify_all_zones(struct cli *cli, char **args)
{
	unsigned long done_cnt = 0;
	if (args[0] && strcmp(args[0], "quiet") != 0) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	if (args[0])
		cli->opt.quiet = "";
	int rc = cli_zones_each(cli, rectify_next, &done_cnt);
	if (!cli->opt.quiet)
		printf("Rectified %lu zones.\n", done_cnt);
	return rc;
}
