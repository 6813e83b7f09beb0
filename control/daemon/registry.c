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
	zone_source_deinit(&entry->source);
	zone_source_deinit(&entry->source_next);
	free(entry->error);
	file_list_deinit(&entry->files);
	free(entry);
	return NULL;
}

static struct zone_entry *entry_new(const struct zone_item *zone)
{
	struct zone_entry *entry = calloc(1, sizeof(*entry));
	size_t apex_len = dname_len(zone->apex);
	if (entry == NULL)
		return NULL;
	memcpy(entry->type, zone->type, sizeof(entry->type));
	entry->apex = calloc(1, apex_len + DNAME_PAD);
	if (entry->apex == NULL || zone_source_copy(&entry->source, &zone->source) < 0)
		return entry_free(entry);
	memcpy(entry->apex, zone->apex, apex_len);
	return entry;
}

static void use_next_source(struct zone_entry *entry)
{
	zone_source_deinit(&entry->source);
	entry->source = entry->source_next;
	entry->source_next = (struct zone_source){0};
	entry->has_next = false;
	file_list_deinit(&entry->files);
	entry->look_hash = 0;
}

/* Brings an entry in line with zone: 1 if that changed it, 0 if not, -1 out of memory. */
static int entry_update(struct zone_entry *entry, const struct zone_item *zone)
{
	const struct zone_source *current = entry->has_next ? &entry->source_next : &entry->source;
	struct zone_source next;
	memcpy(entry->type, zone->type, sizeof(entry->type));
	if (!entry->gone && zone_source_same(&zone->source, current))
		return 0;
	if (zone_source_copy(&next, &zone->source) < 0)
		return -1;
	zone_source_deinit(&entry->source_next);
	entry->source_next = next;
	entry->has_next = true;
	entry->gone = false;
	if (entry->pin_cnt == 0)
		use_next_source(entry);
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

static int plan_add_fresh(struct plan *plan, const struct zone_item *zone)
{
	struct zone_entry *entry = entry_new(zone);
	if (entry == NULL)
		return -1;
	plan->fresh[plan->fresh_cnt++] = entry;
	plan->entry[plan->cnt++] = entry;
	return 0;
}

/* Order of entry i of the registry against item j of list, ends last. */
static int compare_at(const struct registry *reg, size_t i, const struct zone_list *list, size_t j)
{
	if (i == reg->cnt || j == list->cnt)
		return (i == reg->cnt) - (j == list->cnt);
	return dname_cmp(reg->entry[i]->apex, list->item[j].apex);
}

/* Whether the list cannot say anything about an entry. */
static bool is_unknown(const struct zone_list *list, const struct zone_entry *entry)
{
	return list->unknown & 1U << entry->source.origin;
}

/* Merges the two sorted lists; entries that leave stay in the plan while they are pinned. */
static int plan_make(struct plan *plan, const struct registry *reg, const struct zone_list *list)
{
	size_t max = reg->cnt + list->cnt + 1;
	*plan = (struct plan){
		.entry = reallocarray(NULL, max, sizeof(*plan->entry)),
		.fresh = reallocarray(NULL, list->cnt + 1, sizeof(*plan->fresh)),
	};
	if (plan->entry == NULL || plan->fresh == NULL)
		return -1;
	for (size_t i = 0, j = 0; i < reg->cnt || j < list->cnt;) {
		int order = compare_at(reg, i, list, j);
		if (order > 0) {
			if (plan_add_fresh(plan, &list->item[j++]) < 0)
				return -1;
			continue;
		}
		if (order == 0 || reg->entry[i]->pin_cnt > 0 || is_unknown(list, reg->entry[i]))
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

static int update_entry(
	const struct apply *a, struct zone_entry *entry, const struct zone_item *zone)
{
	int r = entry_update(entry, zone);
	if (r > 0)
		a->changed(a->ctx, entry);
	return r;
}

/* Updates what stays and drops what leaves. */
static int apply_old(const struct apply *a, const struct zone_list *list)
{
	struct registry *reg = a->reg;
	int result = 0;
	for (size_t i = 0, j = 0; i < reg->cnt;) {
		int order = compare_at(reg, i, list, j);
		if (order <= 0 && is_unknown(list, reg->entry[i]))
			i++;
		else if (order < 0)
			remove_entry(a, reg->entry[i++]);
		else if (order == 0 && update_entry(a, reg->entry[i++], &list->item[j]) < 0)
			result = -1;
		j += order >= 0;
	}
	return result;
}

int registry_apply(struct registry *reg, const struct zone_list *list, registry_fn *changed,
	registry_fn *removed, void *ctx)
{
	struct apply apply = {reg, changed, removed, ctx};
	struct plan plan;
	if (plan_make(&plan, reg, list) < 0) {
		plan_drop(&plan);
		return -1;
	}
	int r = apply_old(&apply, list);
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
	} else if (entry->has_next) {
		use_next_source(entry);
		entry->wanted = true;
	}
}

/* ---- one zone ------------------------------------------------------------------------------ */

static struct zone_entry *insert(struct registry *reg, const struct zone_item *item)
{
	struct zone_entry **grown = reallocarray(reg->entry, reg->cnt + 1, sizeof(*reg->entry));
	if (grown == NULL)
		return NULL;
	reg->entry = grown;
	struct zone_entry *entry = entry_new(item);
	if (entry == NULL)
		return NULL;
	size_t at = registry_after(reg, item->apex);
	memmove(&grown[at + 1], &grown[at], (reg->cnt - at) * sizeof(*grown));
	grown[at] = entry;
	reg->cnt++;
	return entry;
}

struct zone_entry *registry_put(struct registry *reg, const struct zone_item *item)
{
	struct zone_entry *entry = registry_find(reg, item->apex);
	if (entry == NULL)
		return insert(reg, item);
	return entry_update(entry, item) < 0 ? NULL : entry;
}

void registry_drop(struct registry *reg, struct zone_entry *entry, registry_fn *removed, void *ctx)
{
	entry->gone = true;
	registry_pin(entry);
	registry_unpin(reg, entry, removed, ctx);
}

void registry_deinit(struct registry *reg)
{
	for (size_t i = 0; i < reg->cnt; i++)
		entry_free(reg->entry[i]);
	free(reg->entry);
	*reg = (struct registry){0};
}
