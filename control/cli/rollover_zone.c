/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/rollover_zone.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/cli/rollover_facts.h"

static uint64_t now_s(void)
{
	return (uint64_t)time(NULL);
}

static int fail(const struct rollover_zone *rz, const char *cause)
{
	cli_error("Error: zone '%s': %s", rz->zone.name, cause);
	return 1;
}

/* ==== reading =============================================================================== */

static int read_rollover(struct rollover_zone *rz)
{
	const char *text = store_metas_find(&rz->data.metas, ROLLOVER_META_KIND);
	if (!text)
		return 0;
	rz->is_under_way = true;
	snprintf(rz->stored, sizeof(rz->stored), "%s", text);
	if (rollover_from_text(&rz->rollover, text) == 0)
		return 0;
	cli_error("Error: zone '%s': metadata %s cannot be read: %s", rz->zone.name,
		ROLLOVER_META_KIND, text);
	return 1;
}

static int read_policy(struct rollover_zone *rz)
{
	char err[256];
	const struct settings *settings = cli_settings(rz->cli);
	const char *text = store_metas_find(&rz->data.metas, ROLLOVER_POLICY_META_KIND);
	if (!settings)
		return 1;
	if (rollover_policy_init(&rz->policy, settings, err) != 0) {
		cli_error("Error: %s", err);
		return 1;
	}
	if (text && rollover_policy_set(&rz->policy, text, err) != 0)
		return fail(rz, err);
	return 0;
}

/* A row that cannot be read is as good as none: the key begins anew. */
static void read_ages(struct rollover_zone *rz)
{
	const struct store_metas *metas = &rz->data.metas;
	for (unsigned i = 0; i < metas->cnt; i++)
		if (!strcasecmp(metas->meta[i].kind, ROLLOVER_SINCE_META_KIND) &&
			rollover_ages_add(&rz->ages, metas->meta[i].content) != 0)
			cli_note(rz->cli, "Note: zone '%s': metadata %s '%s' is left out",
				rz->zone.name, ROLLOVER_SINCE_META_KIND, metas->meta[i].content);
}

int rollover_zone_read(
	struct rollover_zone *rz, struct cli *cli, const struct cli_zone *zone, bool write)
{
	*rz = (struct rollover_zone){.cli = cli, .zone = *zone};
	if (!cli_zone_exists(zone)) {
		cli_error("Error: zone '%s' not found", zone->name);
		return 1;
	}
	if (!cli_store(cli, zone, write) || cli_zone_data_read(cli, zone, &rz->data) != 0)
		return 1;
	read_ages(rz);
	return read_policy(rz) || read_rollover(rz);
}

void rollover_zone_deinit(struct rollover_zone *rz)
{
	cli_zone_data_deinit(&rz->data);
}

/* Reads it all again after a change. */
static int read_again(struct rollover_zone *rz)
{
	struct cli_zone zone = rz->zone;
	struct cli *cli = rz->cli;
	rollover_zone_deinit(rz);
	return rollover_zone_read(rz, cli, &zone, true);
}

/* ==== changing ============================================================================== */

/* What a transaction does: its zone, its work, with what. */
struct change {
	struct rollover_zone *rz;
	int (*make)(struct change *change);
	unsigned old_state, new_state;
	bool is_over;
	const struct key_algorithm *algorithm;
};

/* Somebody else may have stepped meanwhile: a timer, another host. */
static int see_that_nobody_was_here(struct rollover_zone *rz)
{
	struct store_metas metas = {0};
	int rc = store_zone_meta(rz->cli->store, rz->zone.fqdn, ROLLOVER_META_KIND, &metas);
	const char *text = store_metas_find(&metas, ROLLOVER_META_KIND);
	if (rc != 0)
		rc = cli_store_failed(rz->cli);
	else if (strcmp(text ? text : "", rz->stored) != 0)
		rc = fail(rz, "somebody else has just changed its rollover");
	store_metas_deinit(&metas);
	return rc;
}

/* Writes what is to be remembered. */
static int set_text(struct rollover_zone *rz, bool is_over)
{
	char text[ROLLOVER_TEXT_MAX];
	const char *value = rollover_to_text(text, &rz->rollover);
	int rc = store_meta_set(
		rz->cli->store, rz->zone.fqdn, ROLLOVER_META_KIND, &value, is_over ? 0 : 1);
	return rc == 0 ? 0 : cli_store_failed(rz->cli);
}

static int make_nothing(struct change *change)
{
	(void)change;
	return 0;
}

static int run_change(void *ctx)
{
	struct change *change = ctx;
	return see_that_nobody_was_here(change->rz) || change->make(change) ||
	       set_text(change->rz, change->is_over);
}

/* All of it or nothing; then it is served. */
static int commit(struct change *change)
{
	struct rollover_zone *rz = change->rz;
	if (cli_transaction(rz->cli, run_change, change) != 0)
		return 1;
	int rc = cli_changed(rz->cli, &rz->zone);
	return read_again(rz) || rc;
}

static int set_state(struct rollover_zone *rz, uint64_t id, unsigned state)
{
	struct store *store = rz->cli->store;
	const char *zone = rz->zone.fqdn;
	if (state == 0)
		return store_key_remove(store, zone, id);
	int rc = store_key_set_active(store, zone, id, state & ROLLOVER_SIGNS);
	return rc ? rc : store_key_set_published(store, zone, id, state & ROLLOVER_SHOWN);
}

static int set_states(struct rollover_zone *rz, const struct rollover_keys *keys, unsigned state)
{
	for (unsigned i = 0; i < keys->cnt; i++) {
		int rc = set_state(rz, keys->id[i], state);
		if (rc < 0)
			return cli_store_failed(rz->cli);
		if (rc > 0) {
			cli_error("Error: zone '%s' has no key %" PRIu64
				  " any more; rollover abort forgets the rollover",
				rz->zone.name, keys->id[i]);
			return 1;
		}
	}
	return 0;
}

static int make_states(struct change *change)
{
	const struct rollover *r = &change->rz->rollover;
	return set_states(change->rz, &r->old_keys, change->old_state) ||
	       set_states(change->rz, &r->new_keys, change->new_state);
}

static int enter_step(struct rollover_zone *rz)
{
	struct change change = {.rz = rz,
		.make = make_states,
		.old_state = rollover_old_state(&rz->rollover),
		.new_state = rollover_new_state(&rz->rollover)};
	return commit(&change);
}

static int end(struct rollover_zone *rz, unsigned old_state, unsigned new_state)
{
	struct change change = {.rz = rz,
		.make = make_states,
		.old_state = old_state,
		.new_state = new_state,
		.is_over = true};
	return commit(&change);
}

/* ==== beginning ============================================================================= */

/* Whether the rollover is to replace the key. */
static bool is_replaced(
	enum rollover_kind kind, const struct key_algorithm *algorithm, const struct key *key)
{
	static const uint8_t role[ROLLOVER_KIND_CNT] = {[ROLLOVER_ZSK] = KEY_ROLE_ZSK,
		[ROLLOVER_KSK] = KEY_ROLE_KSK,
		[ROLLOVER_CSK] = KEY_ROLE_CSK};
	if (!key->active)
		return false;
	return kind == ROLLOVER_ALGORITHM ? key->algorithm != algorithm->number
					  : key->role == role[kind];
}

static int choose_old(struct rollover_zone *rz, const struct key_algorithm *algorithm)
{
	struct rollover *r = &rz->rollover;
	for (unsigned i = 0; i < rz->data.keys.key_cnt; i++) {
		const struct key *key = &rz->data.keys.key[i];
		if (!is_replaced(r->kind, algorithm, key))
			continue;
		if (r->old_keys.cnt == ROLLOVER_KEY_MAX)
			return fail(rz, "it has too many keys to be replaced at once");
		r->old_keys.id[r->old_keys.cnt++] = key->id;
	}
	if (r->old_keys.cnt > 0)
		return 0;
	cli_error("Error: zone '%s' has no active key that a rollover of kind %s is about "
		  "(list-keys shows the keys)",
		rz->zone.name, rollover_kind_name(r->kind));
	return 1;
}

static bool has_tag(const struct rollover_zone *rz, const struct key *key)
{
	for (unsigned i = 0; i < rz->data.keys.key_cnt; i++)
		if (rz->data.keys.key[i].tag == key->tag)
			return true;
	return false;
}

/* Keys of one tag would have validators try both, and servers could not be told apart by it. */
static int generate(struct rollover_zone *rz, struct key *key, const struct key *old,
	const struct key_algorithm *algorithm)
{
	char err[256];
	bool same = algorithm->number == old->algorithm;
	do {
		key_deinit(key);
		if (key_generate(key, algorithm, old->flags, same ? old->bits : 0, err) != 0)
			return fail(rz, err);
	} while (has_tag(rz, key));
	return 0;
}

static int add_key(struct rollover_zone *rz, struct key *key)
{
	struct rollover *r = &rz->rollover;
	key->active = rollover_new_state(r) & ROLLOVER_SIGNS;
	key->published = rollover_new_state(r) & ROLLOVER_SHOWN;
	return cli_key_store(rz->cli, &rz->zone, key, &r->new_keys.id[r->new_keys.cnt++]);
}

/* A new key like each old one, but for the algorithm if that is to be another. */
static int make_new_keys(struct change *change)
{
	struct rollover_zone *rz = change->rz;
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < rz->rollover.old_keys.cnt; i++) {
		const struct key *old = keyset_find(&rz->data.keys, rz->rollover.old_keys.id[i]);
		const struct key_algorithm *algorithm =
			change->algorithm ? change->algorithm : key_algorithm(old->algorithm);
		struct key key = {0};
		rc = generate(rz, &key, old, algorithm) || add_key(rz, &key);
		key_deinit(&key);
	}
	return rc;
}

int rollover_zone_start(
	struct rollover_zone *rz, enum rollover_kind kind, const struct key_algorithm *algorithm)
{
	struct change change = {.rz = rz, .make = make_new_keys, .algorithm = algorithm};
	if (rz->is_under_way)
		return fail(rz, "a rollover is under way (rollover status shows it)");
	if (rz->data.policy.presigned)
		return fail(rz, "it is pre-signed: its keys are not here");
	rz->rollover = (struct rollover){.kind = (uint8_t)kind};
	return choose_old(rz, algorithm) || commit(&change);
}

/* ==== going on ============================================================================== */

/* Stores what a look has noted. */
static int remember(struct rollover_zone *rz)
{
	char text[ROLLOVER_TEXT_MAX];
	struct change change = {.rz = rz, .make = make_nothing};
	if (strcmp(rollover_to_text(text, &rz->rollover), rz->stored) == 0)
		return 0;
	if (cli_transaction(rz->cli, run_change, &change) != 0)
		return 1;
	memcpy(rz->stored, text, sizeof(text));
	return 0;
}

int rollover_zone_look(struct rollover_zone *rz)
{
	struct rollover_facts facts;
	if (rollover_facts_gather(rz, &facts) != 0)
		return 1;
	facts.now_s = now_s();
	rz->outcome = rollover_look(&rz->rollover, &facts);
	return remember(rz);
}

int rollover_zone_take_step(struct rollover_zone *rz)
{
	if (rollover_advance(&rz->rollover))
		return enter_step(rz);
	return end(rz, 0, rollover_new_state(&rz->rollover)) || rollover_zone_note_ages(rz);
}

/* ==== giving up ============================================================================= */

static bool has_all_keys(const struct rollover_zone *rz, const struct rollover_keys *keys)
{
	for (unsigned i = 0; i < keys->cnt; i++)
		if (!keyset_find(&rz->data.keys, keys->id[i]))
			return false;
	return true;
}

static int forget(struct rollover_zone *rz)
{
	struct change change = {.rz = rz, .make = make_nothing, .is_over = true};
	cli_note(rz->cli,
		"Note: keys of the rollover of zone '%s' are gone: it is forgotten, the "
		"others stay as they are",
		rz->zone.name);
	return commit(&change);
}

int rollover_zone_give_up(struct rollover_zone *rz)
{
	struct rollover *r = &rz->rollover;
	if (!has_all_keys(rz, &r->old_keys) || !has_all_keys(rz, &r->new_keys))
		return forget(rz);
	unsigned old_state = rollover_old_state(r);
	return rollover_turn_back(r) ? enter_step(rz) : end(rz, old_state, 0);
}

/* ==== ages ================================================================================== */

int rollover_zone_note_ages(struct rollover_zone *rz)
{
	char text[KEYSET_KEY_MAX][48];
	const char *value[KEYSET_KEY_MAX];
	if (!rollover_ages_update(&rz->ages, &rz->data.keys, now_s()))
		return 0;
	for (unsigned i = 0; i < rz->ages.cnt; i++) {
		const struct rollover_age *age = &rz->ages.age[i];
		snprintf(text[i], sizeof(text[i]), "%" PRIu64 " %" PRIu64, age->id, age->since_s);
		value[i] = text[i];
	}
	if (store_meta_set(rz->cli->store, rz->zone.fqdn, ROLLOVER_SINCE_META_KIND, value,
		    rz->ages.cnt) != 0)
		return cli_store_failed(rz->cli);
	return 0;
}

uint64_t rollover_zone_until(const struct rollover_zone *rz)
{
	const struct rollover_facts facts = {
		.zone_propagation_s = (uint32_t)rz->policy.propagation_s,
		.parent_propagation_s = (uint32_t)rz->policy.parent_propagation_s};
	return rollover_until(&rz->rollover, &facts);
}
