/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/registry.h"

#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"

/* ---- entries ------------------------------------------------------------------------------- */

static struct zone_entry *entry_free(struct zone_entry *entry)
{
	if (entry == NULL)
		return NULL;
	free(entry->apex);
	free(entry->file);
	free(entry->file_next);
	free(entry->error);
	file_list_deinit(&entry->files);
	free(entry);
	return NULL;
}

static struct zone_entry *entry_new(const struct named_zone *zone)
{
	struct zone_entry *entry = calloc(1, sizeof(*entry));
	if (entry == NULL)
		return NULL;
	entry->kind = zone->kind;
	memcpy(entry->type, zone->type, sizeof(entry->type));
	entry->file = strdup(zone->file != NULL ? zone->file : "");
	entry->apex = calloc(1, zone->apex_len + (size_t)DNAME_PAD);
	if (entry->file == NULL || entry->apex == NULL)
		return entry_free(entry);
	memcpy(entry->apex, zone->apex, zone->apex_len);
	return entry;
}

static void use_next_file(struct zone_entry *entry)
{
	free(entry->file);
	entry->file = entry->file_next;
	entry->file_next = NULL;
	file_list_deinit(&entry->files);
	entry->look_hash = 0;
}

/* Brings an entry in line with zone: 1 if that changed it, 0 if not, -1 out of memory. */
static int entry_update(struct zone_entry *entry, const struct named_zone *zone)
{
	const char *file = zone->file != NULL ? zone->file : "";
	const char *current = entry->file_next != NULL ? entry->file_next : entry->file;
	bool changed = entry->gone || entry->kind != zone->kind || strcmp(file, current) != 0;
	if (!changed)
		return 0;
	char *copy = strdup(file);
	if (copy == NULL)
		return -1;
	free(entry->file_next);
	entry->file_next = copy;
	entry->gone = false;
	entry->kind = zone->kind;
	memcpy(entry->type, zone->type, sizeof(entry->type));
	if (entry->pin_cnt == 0)
		use_next_file(entry);
	return 1;
}

/* ---- counters ------------------------------------------------------------------------------ */

void registry_set_state(struct registry *reg, struct zone_entry *entry, enum zone_state state)
{
	reg->compiling_cnt -= entry->state == ZONE_COMPILING;
	entry->state = state;
	reg->compiling_cnt += entry->state == ZONE_COMPILING;
}

void registry_set_error(struct registry *reg, struct zone_entry *entry, const char *error)
{
	reg->failed_cnt -= entry->error != NULL;
	free(entry->error);
	entry->error = error != NULL ? strdup(error) : NULL;
	reg->failed_cnt += entry->error != NULL;
}

void registry_set_image(
	struct registry *reg, struct zone_entry *entry, const struct publisher_image *image)
{
	reg->published_cnt -= entry->image.size > 0;
	entry->image = *image;
	reg->published_cnt += entry->image.size > 0;
}

static void forget(struct registry *reg, struct zone_entry *entry)
{
	static const struct publisher_image none;
	registry_set_state(reg, entry, ZONE_IDLE);
	registry_set_error(reg, entry, NULL);
	registry_set_image(reg, entry, &none);
	entry_free(entry);
}

/* ---- the array ----------------------------------------------------------------------------- */

size_t registry_after(const struct registry *reg, const uint8_t *apex)
{
	size_t low = 0, high = apex != NULL ? reg->cnt : 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (dname_cmp(reg->entry[middle]->apex, apex) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct zone_entry *registry_find(const struct registry *reg, const uint8_t *apex)
{
	size_t after = registry_after(reg, apex);
	struct zone_entry *entry = after > 0 ? reg->entry[after - 1] : NULL;
	return entry != NULL && dname_cmp(entry->apex, apex) == 0 ? entry : NULL;
}

/* ---- merging a configuration in ------------------------------------------------------------- */

/* What the array becomes; all memory is got before anything changes. */
struct plan {
	struct zone_entry **entry;
	size_t cnt;
	struct zone_entry **fresh; /* entries made for it, in order */
	size_t fresh_cnt;
};

static void plan_drop(struct plan *plan)
{
	for (size_t i = 0; i < plan->fresh_cnt; i++)
		entry_free(plan->fresh[i]);
	free(plan->fresh);
	free(plan->entry);
}

static int plan_add_fresh(struct plan *plan, const struct named_zone *zone)
{
	struct zone_entry *entry = entry_new(zone);
	if (entry == NULL)
		return -1;
	plan->fresh[plan->fresh_cnt++] = entry;
	plan->entry[plan->cnt++] = entry;
	return 0;
}

/* Order of entry i of the registry against zone j of conf, ends last. */
static int compare_at(const struct registry *reg, size_t i, const struct named_conf *conf, size_t j)
{
	if (i == reg->cnt || j == conf->zone_cnt)
		return (i == reg->cnt) - (j == conf->zone_cnt);
	return dname_cmp(reg->entry[i]->apex, conf->zone[j].apex);
}

/* Merges the two sorted lists; entries that leave stay in the plan while they are pinned. */
static int plan_make(struct plan *plan, const struct registry *reg, const struct named_conf *conf)
{
	size_t max = reg->cnt + conf->zone_cnt + 1;
	*plan = (struct plan){
		.entry = reallocarray(NULL, max, sizeof(*plan->entry)),
		.fresh = reallocarray(NULL, conf->zone_cnt + 1, sizeof(*plan->fresh)),
	};
	if (plan->entry == NULL || plan->fresh == NULL)
		return -1;
	for (size_t i = 0, j = 0; i < reg->cnt || j < conf->zone_cnt;) {
		int order = compare_at(reg, i, conf, j);
		if (order > 0) {
			if (plan_add_fresh(plan, &conf->zone[j++]) < 0)
				return -1;
			continue;
		}
		if (order == 0 || reg->entry[i]->pin_cnt > 0)
			plan->entry[plan->cnt++] = reg->entry[i];
		i++;
		j += order == 0;
	}
	return 0;
}

struct apply {
	struct registry *reg;
	registry_fn *changed;
	registry_fn *removed;
	void *ctx;
};

static void remove_entry(const struct apply *a, struct zone_entry *entry)
{
	if (entry->pin_cnt > 0) {
		entry->gone = true;
		return;
	}
	a->removed(a->ctx, entry);
	forget(a->reg, entry);
}

/* Updates what stays and drops what leaves. */
static int apply_old(const struct apply *a, const struct named_conf *conf)
{
	struct registry *reg = a->reg;
	int result = 0;
	for (size_t i = 0, j = 0; i < reg->cnt;) {
		int order = compare_at(reg, i, conf, j);
		if (order < 0) {
			remove_entry(a, reg->entry[i++]);
		} else if (order > 0) {
			j++;
		} else {
			struct zone_entry *entry = reg->entry[i++];
			int r = entry_update(entry, &conf->zone[j++]);
			if (r > 0)
				a->changed(a->ctx, entry);
			else if (r < 0)
				result = -1;
		}
	}
	return result;
}

int registry_apply(struct registry *reg, const struct named_conf *conf, registry_fn *changed,
	registry_fn *removed, void *ctx)
{
	struct apply apply = {reg, changed, removed, ctx};
	struct plan plan;
	if (plan_make(&plan, reg, conf) < 0) {
		plan_drop(&plan);
		return -1;
	}
	int r = apply_old(&apply, conf);
	free(reg->entry);
	reg->entry = plan.entry;
	reg->cnt = plan.cnt;
	for (size_t i = 0; i < plan.fresh_cnt; i++)
		changed(ctx, plan.fresh[i]);
	free(plan.fresh);
	return r;
}

/* ---- pins ---------------------------------------------------------------------------------- */

void registry_pin(struct zone_entry *entry)
{
	entry->pin_cnt++;
}

static void take_out(struct registry *reg, struct zone_entry *entry)
{
	size_t at = registry_after(reg, entry->apex) - 1;
	reg->cnt--;
	memmove(&reg->entry[at], &reg->entry[at + 1], (reg->cnt - at) * sizeof(*reg->entry));
}

void registry_unpin(struct registry *reg, struct zone_entry *entry, registry_fn *removed, void *ctx)
{
	if (--entry->pin_cnt > 0)
		return;
	if (entry->gone) {
		removed(ctx, entry);
		take_out(reg, entry);
		forget(reg, entry);
	} else if (entry->file_next != NULL) {
		use_next_file(entry);
		entry->wanted = true;
	}
}

void registry_deinit(struct registry *reg)
{
	for (size_t i = 0; i < reg->cnt; i++)
		entry_free(reg->entry[i]);
	free(reg->entry);
	*reg = (struct registry){0};
}
