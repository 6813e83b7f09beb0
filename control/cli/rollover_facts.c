/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/rollover_facts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control/cli/parent_ds.h"
#include "control/cli/served_keys.h"
#include "zonedb/rrtype.h"

/* ==== TTLs ================================================================================== */

static void note_ttl(struct rollover_facts *facts, const struct zone_rrset *rrset)
{
	if (rrset->ttl_s > facts->data_ttl_s)
		facts->data_ttl_s = rrset->ttl_s;
	if (rrset->type == RRTYPE_DNSKEY)
		facts->dnskey_ttl_s = rrset->ttl_s;
}

/* TTLs of the zone as it is made now; DNSKEY stand at the apex only. */
static int read_ttls(struct rollover_zone *rz, struct rollover_facts *facts)
{
	struct cli_made made;
	int rc = cli_zone_make(rz->cli, &rz->zone, false, &made);
	if (rc != 0)
		cli_error("Error: zone '%s' cannot be made: %s", rz->zone.name,
			report_first_error(&made.result.report));
	for (uint32_t i = 0; rc == 0 && i < made.zone.node_cnt; i++)
		for (const struct zone_rrset *rrset = made.zone.node[i].rrset; rrset;
			rrset = rrset->next)
			note_ttl(facts, rrset);
	cli_made_deinit(&made);
	return rc != 0;
}

/* ==== servers of the zone =================================================================== */

/* Where this server answers: on loopback, if it answers anywhere. */
static void add_own_server(struct rollover_servers *servers, const struct settings *settings)
{
	const char *address =
		settings->local_address.cnt ? settings->local_address.item[0] : "0.0.0.0";
	if (!strcmp(address, "0.0.0.0"))
		address = "127.0.0.1";
	else if (!strcmp(address, "::"))
		address = "::1";
	bool is_v6 = strchr(address, ':') != NULL;
	snprintf(servers->text[servers->cnt++], ROLLOVER_SERVER_LEN, "%s%.45s%s:%u",
		is_v6 ? "[" : "", address, is_v6 ? "]" : "", (unsigned)settings->local_port);
}

static bool is_as_meant(const struct key *key, unsigned state)
{
	return key->active == !!(state & ROLLOVER_SIGNS) &&
	       key->published == !!(state & ROLLOVER_SHOWN);
}

/* What keys are meant to do; the operator's own changes of them are none of the step's. */
static int add_meant(const struct rollover_zone *rz, struct served_keys *meant,
	const struct rollover_keys *keys, unsigned state)
{
	for (unsigned i = 0; i < keys->cnt; i++) {
		const struct key *key = keyset_find(&rz->data.keys, keys->id[i]);
		if (!key || !is_as_meant(key, state)) {
			cli_error("Error: zone '%s': key %" PRIu64
				  " is not as step %s has it: set it back, or use rollover abort",
				rz->zone.name, keys->id[i], rollover_step_name(&rz->rollover));
			return 1;
		}
		meant->key[meant->cnt++] = (struct served_key){key, state};
	}
	return 0;
}

static int read_meant(const struct rollover_zone *rz, struct served_keys *meant)
{
	const struct rollover *r = &rz->rollover;
	meant->cnt = 0;
	return add_meant(rz, meant, &r->old_keys, rollover_old_state(r)) ||
	       add_meant(rz, meant, &r->new_keys, rollover_new_state(r));
}

static int ask_servers(
	struct rollover_zone *rz, const struct served_keys *meant, struct rollover_facts *facts)
{
	struct rollover_servers own = {.cnt = 0};
	const struct rollover_servers *servers = &rz->policy.servers;
	if (servers->cnt == 0) {
		add_own_server(&own, &rz->cli->settings);
		servers = &own;
	}
	int rc = served_keys_ask(rz->zone.apex, servers, meant, rz->reason);
	facts->is_served = rc == 0;
	if (rc < 0)
		cli_error("Error: keys of zone '%s', asked of %s", rz->zone.name, rz->reason);
	return rc < 0;
}

/* ==== the parent ============================================================================ */

/* Entry points among keys: those with a DS. */
static void take_entry_points(const struct rollover_zone *rz, const struct rollover_keys *keys,
	struct parent_ds_keys *found)
{
	for (unsigned i = 0; i < keys->cnt; i++) {
		const struct key *key = keyset_find(&rz->data.keys, keys->id[i]);
		if (key && key->role != KEY_ROLE_ZSK)
			found->key[found->cnt++] = key;
	}
}

static int ask_parent(struct rollover_zone *rz, struct rollover_facts *facts)
{
	struct parent_ds_keys new_keys = {.cnt = 0}, old_keys = {.cnt = 0};
	struct parent_ds ds;
	char err[DNS_ASK_ERR_LEN];
	take_entry_points(rz, &rz->rollover.new_keys, &new_keys);
	take_entry_points(rz, &rz->rollover.old_keys, &old_keys);
	if (parent_ds_ask(&ds, rz->zone.apex, &rz->policy.parent_servers, &new_keys, &old_keys,
		    err) != 0) {
		cli_error("Error: DS of zone '%s', asked of %s", rz->zone.name, err);
		return 1;
	}
	facts->ds_has_new = ds.has_new;
	facts->ds_has_old = ds.has_old;
	facts->ds_ttl_s =
		ds.ttl_s > rz->policy.parent_ttl_s ? ds.ttl_s : (uint32_t)rz->policy.parent_ttl_s;
	return 0;
}

int rollover_facts_gather(struct rollover_zone *rz, struct rollover_facts *facts)
{
	*facts = (struct rollover_facts){.zone_propagation_s = (uint32_t)rz->policy.propagation_s,
		.parent_propagation_s = (uint32_t)rz->policy.parent_propagation_s};
	struct served_keys meant;
	rz->reason[0] = '\0';
	if (read_meant(rz, &meant) != 0 ||
		(rz->rollover.since_s == 0 && ask_servers(rz, &meant, facts) != 0))
		return 1;
	return rollover_asks_parent(&rz->rollover) ? ask_parent(rz, facts) : read_ttls(rz, facts);
}
