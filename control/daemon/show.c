/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/show.h"

#include <stdio.h>
#include <string.h>

#include "control/daemon/keeper.h"
#include "control/daemon/log.h"
#include "zonedb/dname.h"

#define BAR_LEN 24

static const struct zone_entry *find_compiling(const struct registry *reg)
{
	for (size_t i = 0; reg->compiling_cnt > 0 && i < reg->cnt; i++) {
		const struct zone_entry *entry = reg->entry[i];
		if (entry->state == ZONE_COMPILING &&
			progress_get(&entry->progress).stage != PROGRESS_WAIT)
			return entry;
	}
	return NULL;
}

/* The zone shown before, if it still compiles, else another one. */
static const struct zone_entry *choose(struct show *show, const struct registry *reg)
{
	const struct zone_entry *entry = show->tick_cnt > 0 ? registry_find(reg, show->apex) : NULL;
	if (entry != NULL && entry->state == ZONE_COMPILING) {
		show->tick_cnt++;
		return entry;
	}
	entry = find_compiling(reg);
	show->tick_cnt = entry != NULL;
	show->stage = PROGRESS_WAIT;
	if (entry != NULL)
		memcpy(show->apex, entry->apex, dname_len(entry->apex));
	return entry;
}

static void draw(const struct zone_entry *entry, const struct progress *p, size_t others)
{
	static const char full[] = "########################", empty[] = "........................";
	char name[DNAME_TEXT_MAX], text[160], share[8] = "", more[32] = "";
	uint64_t part = p->total > 0 ? p->done * BAR_LEN / p->total : 0;
	int bar = (int)(part < BAR_LEN ? part : BAR_LEN);
	if (p->total > 0)
		snprintf(share, sizeof(share), "%3u %%", (unsigned)(p->done * 100 / p->total));
	if (others > 0)
		snprintf(more, sizeof(more), "  (+%lu zones)", (unsigned long)others);
	snprintf(text, sizeof(text), "%-5s [%.*s%.*s] %5s  %.60s%s", progress_stage_name(p->stage),
		bar, full, BAR_LEN - bar, empty, share, dname_to_text(name, entry->apex), more);
	log_status(text);
}

static void tell(struct show *show, const struct zone_entry *entry, const struct progress *p)
{
	char name[DNAME_TEXT_MAX];
	if (show->stage == p->stage)
		return;
	show->stage = p->stage;
	log_line(LOG_NOTE, "zone %s: %s", dname_to_text(name, entry->apex),
		progress_stage_name(p->stage));
}

void show_tick(struct show *show, const struct keeper *keeper)
{
	const struct registry *reg = &keeper->registry;
	const struct zone_entry *entry = choose(show, reg);
	if (entry == NULL || show->tick_cnt < SHOW_AFTER_TICKS)
		return log_status("");
	struct progress p = progress_get(&entry->progress);
	if (log_has_status())
		draw(entry, &p, reg->compiling_cnt - 1);
	else
		tell(show, entry, &p);
}
