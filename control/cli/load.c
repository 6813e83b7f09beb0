/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Loading a zone as ensignd would, and rectify-zone.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/dnssec/presigned.h"
#include "control/dnssec/sign.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"
#include "zonedb/zone_finish.h"

struct loading {
	struct zone *zone;
	enum dnssec_mode mode;
};

static int take_record(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	const struct loading *loading = ctx;
	if (!dnssec_keeps(loading->mode, record->type))
		return 0;
	enum zone_add outcome = zone_add_rr(loading->zone, record->owner, record->type,
		record->ttl_s, record->rdata, record->rdata_len);
	if (outcome == ZONE_ADD_DONE)
		return 0;
	snprintf(err, 256, "%s", zone_add_text(outcome));
	return -1;
}

int cli_zone_load(struct cli *cli, const struct cli_zone *zone, const struct cli_zone_data *data,
	struct zone *loaded, char err[static 256])
{
	struct loading loading = {.zone = loaded, .mode = dnssec_mode(&data->policy, &data->keys)};
	zone_init(loaded, zone->apex);
	if (cli_zone_file_read(cli, zone, take_record, &loading) != 0) {
		snprintf(err, 256, "its file has errors");
		return -1;
	}
	if (zone_finish(loaded, err) != 0)
		return -1;
	if (loading.mode != DNSSEC_PRESIGNED)
		return 0;
	const struct presigned_options opt = {.now_s = (uint64_t)time(NULL)};
	return presigned_adopt(loaded, &opt, err);
}

/* ==== rectify-zone ========================================================================== */

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

static int rectify(struct cli *cli, const struct cli_zone *zone)
{
	struct cli_zone_data data;
	struct zone loaded = {0};
	char err[256];
	int rc = 1;
	if (cli_zone_data_read(cli, zone, &data) != 0)
		;
	else if (data.policy.presigned)
		cli_error("Rectify presigned zone '%s' is not allowed/necessary.", zone->name);
	else if (cli_zone_load(cli, zone, &data, &loaded, err) != 0)
		cli_error("Error: zone '%s': %s", zone->name, err);
	else
		rc = 0;
	if (rc == 0)
		cli_note(cli, "%s '%s', %lu updates", ordering_name(&data), zone->name,
			count_updates(&loaded, &data));
	zone_deinit(&loaded);
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
		} else if (!zone.conf) {
			cli_error("No SOA known for '%s', is such a zone in the database? "
				  "(named.conf "
				  "does not list it)",
				zone.name);
			rc = 1;
		} else {
			rc |= rectify(cli, &zone);
		}
	}
	return rc;
}
