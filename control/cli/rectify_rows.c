/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/rectify_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/rectify.h"
#include "zonedb/rrtype.h"

/* A row that is not as it should be. */
struct row_change {
	uint64_t id;
	uint32_t node; /* ZONE_NODE_NONE: an empty non-terminal that is none, to be removed */
	uint16_t type;
};

/* What is known of a name's rows. */
struct name_state {
	bool has_ent;	 /* a row for an empty non-terminal */
	bool is_changed; /* as pdnsutil counts it */
};

struct rectifying {
	struct cli *cli;
	const struct cli_zone *zone;
	struct rectify names;
	struct name_state *state; /* by node */
	struct row_change *change;
	size_t change_cnt;
	size_t change_cap;
	unsigned long update_cnt;
	bool has_soa;
	bool is_full; /* more empty non-terminals than max-ent-entries */
};

static int out_of_memory(void)
{
	cli_error("Error: out of memory");
	return -1;
}

/* ==== names ================================================================================= */

/* The row's name in wire format; false if it is none, or outside of the zone. */
static bool read_owner(const struct rectifying *r, const struct store_row *row, uint8_t *owner)
{
	int len = row->name ? dname_from_text(owner, row->name) : -1;
	if (len < 0)
		return false;
	dname_lower(owner, owner, (size_t)len);
	return dname_is_under(owner, r->zone->apex);
}

/* A row's type, RECTIFY_ENT for none. An unknown one orders as any other. */
static uint16_t read_type(const struct store_row *row)
{
	uint16_t type = RRTYPE_TXT;
	if (!row->type || !*row->type)
		return RECTIFY_ENT;
	return rrtype_from_text(&type, row->type) < 0 ? RRTYPE_TXT : type;
}

static int take_name(void *ctx, const struct store_row *row)
{
	struct rectifying *r = ctx;
	uint8_t owner[DNAME_LEN_MAX + DNAME_PAD];
	uint16_t type = read_type(row);
	if (row->disabled || type == RECTIFY_ENT)
		return 0;
	if (!read_owner(r, row, owner)) {
		cli_error("Row %llu of zone '%s': '%s' is no name in the zone",
			(unsigned long long)row->id, r->zone->name, row->name ? row->name : "");
		return 0;
	}
	r->has_soa |= type == RRTYPE_SOA && dname_cmp(owner, r->zone->apex) == 0;
	return rectify_add(&r->names, owner, type) == 0 ? 0 : out_of_memory();
}

static unsigned long ent_cnt(const struct rectify *names)
{
	unsigned long cnt = 0;
	for (uint32_t i = 0; i < names->zone.node_cnt; i++)
		cnt += rectify_is_ent(names, i);
	return cnt;
}

static int order_names(struct rectifying *r, const struct zone_policy *policy)
{
	char err[256];
	if (rectify_finish(&r->names, policy, (unsigned)r->cli->settings.signing_threads, err) !=
		0) {
		cli_error("Error: zone '%s': %s", r->zone->name, err);
		return -1;
	}
	r->is_full = ent_cnt(&r->names) > r->cli->settings.max_ent_entries;
	if (r->is_full)
		cli_error("Zone '%s' has too many empty non terminals.", r->zone->name);
	r->state = calloc(r->names.zone.node_cnt, sizeof(*r->state));
	return r->state ? 0 : out_of_memory();
}

/* ==== rows that differ ====================================================================== */

static int add_change(
	struct rectifying *r, const struct store_row *row, uint32_t node, uint16_t type)
{
	if (r->change_cnt == r->change_cap) {
		size_t cap = r->change_cap ? r->change_cap * 2 : 1024;
		struct row_change *change = reallocarray(r->change, cap, sizeof(*change));
		if (!change)
			return out_of_memory();
		r->change = change;
		r->change_cap = cap;
	}
	r->change[r->change_cnt++] = (struct row_change){row->id, node, type};
	return 0;
}

static bool has_fields(const struct store_row *row, const struct rectify_fields *fields)
{
	bool has_order = row->ordername != NULL;
	return row->auth == fields->auth && has_order == fields->has_order &&
	       (!has_order || strcmp(row->ordername, fields->ordername) == 0);
}

/* pdnsutil sets what all rows of a name have in common at once, if a row has it otherwise; where
 * there is an order, it cannot tell a row that has none from one that is to have none. */
static void count_row(
	struct rectifying *r, const struct store_row *row, uint32_t node, uint16_t type)
{
	struct rectify_fields common;
	bool has_order = row->ordername && *row->ordername;
	rectify_of(&r->names, node, type == RECTIFY_ENT ? RECTIFY_ENT : RRTYPE_TXT, &common);
	bool same = row->auth == common.auth && has_order == (*common.ordername != '\0') &&
		    (!has_order || strcmp(row->ordername, common.ordername) == 0);
	if (!same || (r->names.ordered && !has_order))
		r->state[node].is_changed = true;
}

static int compare_row(void *ctx, const struct store_row *row)
{
	struct rectifying *r = ctx;
	uint8_t owner[DNAME_LEN_MAX + DNAME_PAD];
	struct rectify_fields fields;
	uint16_t type = read_type(row);
	if (row->disabled || !read_owner(r, row, owner))
		return 0;
	uint32_t node = rectify_find(&r->names, owner);
	if (type == RECTIFY_ENT &&
		(node == ZONE_NODE_NONE || r->is_full || !rectify_is_ent(&r->names, node)))
		return add_change(r, row, ZONE_NODE_NONE, type);
	r->state[node].has_ent |= type == RECTIFY_ENT;
	count_row(r, row, node, type);
	rectify_of(&r->names, node, type, &fields);
	return has_fields(row, &fields) ? 0 : add_change(r, row, node, type);
}

/* ==== counting as pdnsutil does ============================================================= */

/* Besides: DS, A and AAAA at and below cuts, each NS of opt-out; and the apex, whose order by name
 * is as good as none. */
static unsigned long updates_of(const struct rectifying *r, uint32_t i)
{
	const struct rectify *names = &r->names;
	const struct name_state *state = &r->state[i];
	bool has_ds = rectify_has_ds(names, i);
	bool has_hash = names->ordered && names->nsec3;
	if (rectify_is_ent(names, i))
		return !r->is_full && (!state->has_ent || state->is_changed);
	unsigned long cnt = (state->is_changed || (i == 0 && !has_hash)) + has_ds;
	if (rectify_is_cut(names, i))
		cnt += 2 + (names->optout && !has_ds);
	return cnt;
}

/* ==== writing =============================================================================== */

static int apply(struct rectifying *r, const struct row_change *change)
{
	struct store *store = r->cli->store;
	struct rectify_fields fields;
	if (change->node == ZONE_NODE_NONE)
		return store_row_remove(store, change->id);
	rectify_of(&r->names, change->node, change->type, &fields);
	return store_row_order(
		store, change->id, fields.has_order ? fields.ordername : NULL, fields.auth);
}

static int add_ent(struct rectifying *r, uint32_t i)
{
	char name[DNAME_TEXT_MAX];
	struct rectify_fields fields;
	const struct store_row row = {.name = cli_name_text(name, r->names.zone.node[i].owner)};
	uint64_t id;
	rectify_of(&r->names, i, RECTIFY_ENT, &fields);
	if (store_row_add(r->cli->store, r->zone->domain->id, &row, &id) != 0)
		return -1;
	return store_row_order(
		r->cli->store, id, fields.has_order ? fields.ordername : NULL, fields.auth);
}

static int write_changes(struct rectifying *r)
{
	for (size_t i = 0; i < r->change_cnt; i++)
		if (apply(r, &r->change[i]) < 0)
			return -1;
	for (uint32_t i = 0; i < r->names.zone.node_cnt; i++) {
		r->update_cnt += updates_of(r, i);
		if (rectify_is_ent(&r->names, i) && !r->state[i].has_ent && !r->is_full &&
			add_ent(r, i) != 0)
			return -1;
	}
	return 0;
}

/* ==== all of it ============================================================================= */

/* The rows are read twice, in one transaction: names first, for their order says what each is to
 * have. */
static int rectify(struct rectifying *r, const struct zone_policy *policy)
{
	if (cli_zone_rows(r->cli, r->zone, take_name, r) != 0)
		return -1;
	if (!r->has_soa) {
		cli_error("No SOA known for '%s', is such a zone in the database?", r->zone->name);
		return -1;
	}
	if (order_names(r, policy) != 0 || cli_zone_rows(r->cli, r->zone, compare_row, r) != 0)
		return -1;
	if (write_changes(r) == 0)
		return 0;
	cli_store_failed(r->cli);
	return -1;
}

int rectify_rows(struct cli *cli, const struct cli_zone *zone, const struct zone_policy *policy,
	unsigned long *update_cnt)
{
	struct rectifying r = {.cli = cli, .zone = zone};
	rectify_init(&r.names, zone->apex);
	int rc = rectify(&r, policy);
	*update_cnt = r.update_cnt;
	rectify_deinit(&r.names);
	free(r.state);
	free(r.change);
	return rc;
}

/* ==== looking only ========================================================================== */

struct looking {
	struct rectifying r;
	store_row_fn *fn;
	void *ctx;
	size_t row_cnt;
};

static int look_at_row(void *ctx, const struct store_row *row)
{
	struct looking *looking = ctx;
	uint8_t owner[DNAME_LEN_MAX + DNAME_PAD];
	struct rectify_fields fields;
	uint16_t type = read_type(row);
	looking->row_cnt += !row->disabled;
	if (row->disabled || type == RECTIFY_ENT || !read_owner(&looking->r, row, owner))
		return 0;
	rectify_of(&looking->r.names, rectify_find(&looking->r.names, owner), type, &fields);
	return row->auth == fields.auth ? 0 : looking->fn(looking->ctx, row);
}

int rectify_rows_wrong(
	struct cli *cli, const struct cli_zone *zone, store_row_fn *fn, void *ctx, size_t *row_cnt)
{
	struct looking looking = {.r = {.cli = cli, .zone = zone}, .fn = fn, .ctx = ctx};
	char err[256] = "";
	rectify_init(&looking.r.names, zone->apex);
	int rc = cli_zone_rows(cli, zone, take_name, &looking.r);
	if (rc == 0)
		rc = rectify_finish(&looking.r.names, NULL, 1, err);
	if (*err)
		cli_error("Error: zone '%s': %s", zone->name, err);
	if (rc == 0)
		rc = cli_zone_rows(cli, zone, look_at_row, &looking);
	*row_cnt = looking.row_cnt;
	rectify_deinit(&looking.r.names);
	return rc;
}
