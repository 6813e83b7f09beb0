/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands that take keys of a zone from one step of a rollover to the next (dnssec/rollover.h).
 */
#include "control/cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/cli/parent_ds.h"
#include "control/dnssec/rollover.h"
#include "zonedb/rrtype.h"

struct work {
	struct cli *cli;
	struct cli_zone zone;
	struct cli_zone_data data;
	struct rollover rollover;
	bool is_under_way;
};

static uint64_t now_s(void)
{
	return (uint64_t)time(NULL);
}

static void work_deinit(struct work *work)
{
	cli_zone_data_deinit(&work->data);
}

/* Reads zone, keys and rollover. 0, or -1 when the reason has been said. */
static int work_init(struct work *work, struct cli *cli, const char *zone, bool write)
{
	*work = (struct work){.cli = cli};
	if (cli_zone_find(cli, &work->zone, zone) != 0 || !cli_store(cli, &work->zone, write) ||
		cli_zone_data_read(cli, &work->zone, &work->data) != 0)
		return -1;
	const char *text = store_metas_find(&work->data.metas, ROLLOVER_META_KIND);
	if (!text)
		return 0;
	work->is_under_way = true;
	if (rollover_from_text(&work->rollover, text) == 0)
		return 0;
	cli_error("Error: zone '%s': metadata %s cannot be read: %s", work->zone.name,
		ROLLOVER_META_KIND, text);
	return -1;
}

static const struct key *key_of(const struct work *work, uint64_t id)
{
	for (unsigned i = 0; i < work->data.keys.key_cnt; i++)
		if (work->data.keys.key[i].id == id)
			return &work->data.keys.key[i];
	return NULL;
}

/* ==== changing keys ========================================================================= */

static int set_state(struct work *work, uint64_t id, unsigned state)
{
	struct store *store = work->cli->store;
	const char *zone = work->zone.fqdn;
	if (state == 0)
		return store_key_remove(store, zone, id);
	return store_key_set_active(store, zone, id, state & ROLLOVER_SIGNS) ||
	       store_key_set_published(store, zone, id, state & ROLLOVER_SHOWN);
}

static int set_states(struct work *work, const struct rollover_keys *keys, unsigned state)
{
	for (unsigned i = 0; i < keys->cnt; i++) {
		int r = set_state(work, keys->id[i], state);
		if (r < 0)
			return cli_store_failed(work->cli);
		if (r > 0) {
			cli_error("Error: zone '%s' has no key %" PRIu64
				  " any more; rollover abort forgets the rollover",
				work->zone.name, keys->id[i]);
			return 1;
		}
	}
	return 0;
}

/* Writes what is to be remembered; NULL: nothing more. */
static int set_text(struct work *work, const char *text)
{
	return store_meta_set(work->cli->store, work->zone.fqdn, ROLLOVER_META_KIND, &text,
		       text ? 1 : 0) == 0
		       ? 0
		       : cli_store_failed(work->cli);
}

/* Makes all changes, or none, and has them served. */
static int change(struct work *work, unsigned old_state, unsigned new_state, bool is_over)
{
	char text[ROLLOVER_TEXT_MAX];
	struct store *store = work->cli->store;
	if (store_begin(store) != 0)
		return cli_store_failed(work->cli);
	int rc = set_states(work, &work->rollover.old_keys, old_state) ||
		 set_states(work, &work->rollover.new_keys, new_state) ||
		 set_text(work, is_over ? NULL : rollover_to_text(text, &work->rollover));
	if (rc == 0 && store_commit(store) != 0)
		rc = cli_store_failed(work->cli);
	if (rc != 0) {
		store_rollback(store);
		return 1;
	}
	return cli_changed(work->cli, &work->zone);
}

/* ==== beginning ============================================================================= */

/* Whether the rollover is to replace the key. */
static bool is_replaced(enum rollover_kind kind, const struct key *key)
{
	static const uint8_t role[ROLLOVER_KIND_CNT] = {[ROLLOVER_ZSK] = KEY_ROLE_ZSK,
		[ROLLOVER_KSK] = KEY_ROLE_KSK,
		[ROLLOVER_CSK] = KEY_ROLE_CSK};
	return key->active && (kind == ROLLOVER_ALGORITHM || key->role == role[kind]);
}

static int choose_old(struct work *work)
{
	struct rollover *r = &work->rollover;
	for (unsigned i = 0; i < work->data.keys.key_cnt; i++) {
		const struct key *key = &work->data.keys.key[i];
		if (!is_replaced(r->kind, key))
			continue;
		if (r->old_keys.cnt == ROLLOVER_KEY_MAX) {
			cli_error("Error: zone '%s' has too many keys", work->zone.name);
			return 1;
		}
		r->old_keys.id[r->old_keys.cnt++] = key->id;
	}
	if (r->old_keys.cnt > 0)
		return 0;
	cli_error("Error: zone '%s' has no active key that a rollover of kind %s is about "
		  "(list-keys shows the keys)",
		work->zone.name, rollover_kind_name(r->kind));
	return 1;
}

/* Makes a key like the old one, with the algorithm if that is another, and notes its id. */
static int make_new(struct work *work, const struct key *old, const struct key_algorithm *algorithm)
{
	struct rollover *r = &work->rollover;
	struct key key = {0};
	char err[256];
	bool same = algorithm->number == old->algorithm;
	if (key_generate(&key, algorithm, old->flags, same ? old->bits : 0, err) != 0) {
		cli_error("Error: %s", err);
		return 1;
	}
	char *content = key_to_content(&key);
	const struct store_key stored = {.flags = key.flags,
		.active = rollover_new_state(r) & ROLLOVER_SIGNS,
		.published = rollover_new_state(r) & ROLLOVER_SHOWN,
		.content = content};
	uint64_t *id = &r->new_keys.id[r->new_keys.cnt++];
	int rc = 0;
	if (!content || store_key_add(work->cli->store, work->zone.fqdn, &stored, id) != 0)
		rc = content ? cli_store_failed(work->cli) : 1;
	key_secret_free(content);
	key_deinit(&key);
	return rc;
}

/* One new key for each old one. */
static int make_all_new(struct work *work, const struct key_algorithm *algorithm)
{
	char text[ROLLOVER_TEXT_MAX];
	struct rollover *r = &work->rollover;
	for (unsigned i = 0; i < r->old_keys.cnt; i++) {
		const struct key *old = key_of(work, r->old_keys.id[i]);
		if (make_new(work, old, algorithm ? algorithm : key_algorithm(old->algorithm)) != 0)
			return 1;
	}
	return set_text(work, rollover_to_text(text, r));
}

static int begin(struct work *work, const struct key_algorithm *algorithm)
{
	struct store *store = work->cli->store;
	if (choose_old(work) != 0)
		return 1;
	if (store_begin(store) != 0)
		return cli_store_failed(work->cli);
	if (make_all_new(work, algorithm) != 0 ||
		(store_commit(store) != 0 && cli_store_failed(work->cli))) {
		store_rollback(store);
		return 1;
	}
	for (unsigned i = 0; i < work->rollover.new_keys.cnt; i++)
		printf("%" PRIu64 "\n", work->rollover.new_keys.id[i]);
	return cli_changed(work->cli, &work->zone);
}

/* The algorithm a rollover of this kind is given, or NULL; false when the words have been found
 * wrong. */
static bool read_algorithm(
	enum rollover_kind kind, const char *text, const struct key_algorithm **made)
{
	*made = text ? key_algorithm_from_text(text) : NULL;
	if (text && !*made)
		cli_error("Error: unknown algorithm '%s' (see list-algorithms)", text);
	else if ((kind == ROLLOVER_ALGORITHM) != (text != NULL))
		cli_error("Error: an algorithm is for rollovers of kind algorithm, and those need "
			  "one");
	else
		return true;
	return false;
}

int cmd_rollover_start(struct cli *cli, char **args)
{
	struct work work = {0};
	const struct key_algorithm *algorithm;
	int kind = rollover_kind_from_text(args[1]);
	if (kind < 0) {
		cli_error(
			"Error: '%s' is no kind of rollover: zsk, ksk, csk or algorithm", args[1]);
		return 1;
	}
	if (!read_algorithm(kind, args[2], &algorithm))
		return 1;
	int rc = work_init(&work, cli, args[0], true) != 0;
	if (rc == 0 && work.is_under_way) {
		cli_error("Error: zone '%s' has a rollover under way (rollover status shows it)",
			work.zone.name);
		rc = 1;
	}
	if (rc == 0) {
		work.rollover = (struct rollover){.kind = (uint8_t)kind, .since_s = now_s()};
		rc = begin(&work, algorithm);
	}
	work_deinit(&work);
	return rc;
}

/* ==== going on ============================================================================== */

/* Entry points among keys: those with a DS. */
static void entry_points(const struct work *work, const struct rollover_keys *keys,
	const struct key *found[ROLLOVER_KEY_MAX], unsigned *cnt)
{
	*cnt = 0;
	for (unsigned i = 0; i < keys->cnt; i++) {
		const struct key *key = key_of(work, keys->id[i]);
		if (key && key->role != KEY_ROLE_ZSK)
			found[(*cnt)++] = key;
	}
}

static int ask_parent(struct work *work, struct rollover_facts *facts)
{
	const struct key *new_key[ROLLOVER_KEY_MAX], *old_key[ROLLOVER_KEY_MAX];
	struct parent_ds_keys new_keys = {.key = new_key}, old_keys = {.key = old_key};
	const struct setting_list *servers = &work->cli->settings.rollover_parent_servers;
	struct parent_ds ds;
	char err[PARENT_DS_ERR_LEN];
	entry_points(work, &work->rollover.new_keys, new_key, &new_keys.cnt);
	entry_points(work, &work->rollover.old_keys, old_key, &old_keys.cnt);
	if (parent_ds_ask(&ds, work->zone.apex, servers->item, servers->cnt, &new_keys, &old_keys,
		    err) != 0) {
		cli_error("Error: zone '%s': %s", work->zone.name, err);
		return 1;
	}
	facts->ds_has_new = ds.has_new;
	facts->ds_has_old = ds.has_old;
	facts->ds_ttl_s = ds.ttl_s;
	return 0;
}

/* TTLs of the zone as it is served. */
static int read_ttls(struct work *work, struct rollover_facts *facts)
{
	struct cli_made made;
	int r = cli_zone_make(work->cli, &work->zone, false, &made);
	if (r != 0)
		cli_error("Error: zone '%s' cannot be made: %s", work->zone.name,
			report_first_error(&made.result.report));
	for (uint32_t i = 0; r == 0 && i < made.zone.node_cnt; i++)
		for (const struct zone_rrset *rrset = made.zone.node[i].rrset; rrset;
			rrset = rrset->next) {
			if (rrset->ttl_s > facts->data_ttl_s)
				facts->data_ttl_s = rrset->ttl_s;
			if (i == 0 && rrset->type == RRTYPE_DNSKEY)
				facts->dnskey_ttl_s = rrset->ttl_s;
		}
	cli_made_deinit(&made);
	return r != 0;
}

static int gather(struct work *work, struct rollover_facts *facts)
{
	const struct settings *settings = cli_settings(work->cli);
	if (!settings)
		return 1;
	*facts = (struct rollover_facts){
		.now_s = now_s(), .propagation_s = (uint32_t)settings->rollover_propagation};
	if (rollover_asks_parent(&work->rollover))
		return ask_parent(work, facts);
	return read_ttls(work, facts);
}

static char *time_text(char dst[static 32], uint64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm;
	strftime(dst, 32, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&at, &tm));
	return dst;
}

static void say_wait(const struct work *work, enum rollover_outcome outcome, uint64_t until_s)
{
	char text[32];
	const struct rollover *r = &work->rollover;
	const char *what = rollover_kind_name(r->kind), *step = rollover_step_name(r);
	if (outcome == ROLLOVER_WAIT)
		printf("%s: %s rollover, step %s: until %s\n", work->zone.name, what, step,
			time_text(text, until_s + 1));
	else
		printf("%s: %s rollover, step %s: until the parent has the DS of %s "
		       "(export-zone-ds shows it)\n",
			work->zone.name, what, step,
			r->kind == ROLLOVER_ALGORITHM ? "the new keys and of no old one"
						      : "the new keys");
}

static int take_step(struct work *work)
{
	struct rollover *r = &work->rollover;
	bool is_over = !rollover_advance(r, now_s());
	unsigned new_state = rollover_new_state(r);
	int rc = change(work, is_over ? 0 : rollover_old_state(r), new_state, is_over);
	if (rc == 0)
		printf("%s: %s rollover: %s\n", work->zone.name, rollover_kind_name(r->kind),
			is_over ? "done" : rollover_step_name(r));
	return rc;
}

static int go_on(struct work *work)
{
	struct rollover_facts facts;
	uint64_t until_s;
	char text[ROLLOVER_TEXT_MAX];
	uint64_t since_s = work->rollover.since_s;
	if (gather(work, &facts) != 0)
		return 1;
	enum rollover_outcome outcome = rollover_look(&work->rollover, &facts, &until_s);
	if (outcome == ROLLOVER_STEP)
		return take_step(work);
	say_wait(work, outcome, until_s);
	if (work->rollover.since_s == since_s)
		return 0;
	return set_text(work, rollover_to_text(text, &work->rollover));
}

static int step_zone(struct cli *cli, const char *zone, bool only_if_under_way)
{
	struct work work = {0};
	int rc = work_init(&work, cli, zone, true) != 0;
	if (rc == 0 && work.is_under_way) {
		rc = go_on(&work);
	} else if (rc == 0 && !only_if_under_way) {
		cli_error("Error: zone '%s' has no rollover under way", work.zone.name);
		rc = 1;
	}
	work_deinit(&work);
	return rc;
}

static int step_each(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	(void)ctx;
	return step_zone(cli, zone->name, true);
}

int cmd_rollover_step(struct cli *cli, char **args)
{
	int rc = 0;
	if (!args[0])
		return cli_zones_each(cli, step_each, NULL);
	for (; *args; args++)
		rc |= step_zone(cli, *args, false);
	return rc;
}

int cmd_rollover_abort(struct cli *cli, char **args)
{
	struct work work = {0};
	int rc = work_init(&work, cli, args[0], true) != 0;
	if (rc == 0 && !work.is_under_way) {
		cli_error("Error: zone '%s' has no rollover under way", work.zone.name);
		rc = 1;
	} else if (rc == 0 && !rollover_can_abort(&work.rollover)) {
		cli_error("Error: zone '%s': in step %s it is too late: the old keys are on their "
			  "way "
			  "out",
			work.zone.name, rollover_step_name(&work.rollover));
		rc = 1;
	} else if (rc == 0) {
		rc = change(&work, rollover_old_state(&work.rollover), 0, true);
	}
	work_deinit(&work);
	return rc;
}

/* ==== showing =============================================================================== */

static json_t *ids_to_json(const struct rollover_keys *keys)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < keys->cnt; i++)
		json_array_append_new(list, json_integer((json_int_t)keys->id[i]));
	return list;
}

static void show(const struct work *work, json_t *list)
{
	const struct rollover *r = &work->rollover;
	char text[ROLLOVER_TEXT_MAX];
	if (!list) {
		printf("%s: %s\n", work->zone.name, rollover_to_text(text, r));
		return;
	}
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:I, s:b, s:o, s:o}", "zone", work->zone.fqdn,
			      "kind", rollover_kind_name(r->kind), "step", rollover_step_name(r),
			      "since", (json_int_t)r->since_s, "waits_for_parent",
			      rollover_asks_parent(r), "old_keys", ids_to_json(&r->old_keys),
			      "new_keys", ids_to_json(&r->new_keys)));
}

static int show_zone(struct cli *cli, const char *zone, json_t *list)
{
	struct work work = {0};
	int rc = work_init(&work, cli, zone, false) != 0;
	if (rc == 0 && work.is_under_way)
		show(&work, list);
	work_deinit(&work);
	return rc;
}

static int show_each(struct cli *cli, const struct cli_zone *zone, void *list)
{
	return show_zone(cli, zone->name, list);
}

int cmd_rollover_status(struct cli *cli, char **args)
{
	json_t *list = cli->opt.json ? json_array() : NULL;
	int rc = args[0] ? show_zone(cli, args[0], list) : cli_zones_each(cli, show_each, list);
	if (list && rc == 0)
		return cli_print_json(list);
	json_decref(list);
	return rc;
}
