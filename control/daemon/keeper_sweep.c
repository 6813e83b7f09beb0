/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "control/daemon/keeper_jobs.h"
#include "control/daemon/log.h"
#include "control/daemon/pool.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"

#define SWEEP_BATCH                                                                                \
	256 /* zones whose files a job looks at: looks by request wait no longer for it */

/* ---- files --------------------------------------------------------------------------------- */

struct sweep_item {
	struct zone_entry *entry;
	uint64_t hash; /* of its files as they are; 0 = unchanged */
};

/* Goes through the zones a batch at a time, and looks at named.conf with the first. */
struct sweep_job {
	struct pool_job job;
	struct keeper *keeper;
	bool with_config;
	uint64_t config_hash;
	unsigned cnt;
	struct sweep_item item[SWEEP_BATCH];
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15) >> 1 | 1;
}

/* 0 if the files are those that were read. */
static uint64_t hash_of_changed(const struct file_list *files)
{
	uint64_t hash = 0;
	bool changed = false;
	for (unsigned i = 0; i < files->cnt; i++) {
		struct file_id id = file_id_of_path(files->file[i].path);
		changed |= !file_id_equal(&id, &files->file[i].id);
		hash = mix(mix(mix(mix(hash, id.device), id.inode), id.size), id.mtime_ns);
	}
	return changed ? hash : 0;
}

static void sweep_run(struct pool_job *job, void *worker)
{
	(void)worker;
	struct sweep_job *sweep = (struct sweep_job *)job;
	if (sweep->with_config)
		sweep->config_hash = hash_of_changed(&sweep->keeper->config_files);
	for (unsigned i = 0; i < sweep->cnt; i++)
		sweep->item[i].hash = hash_of_changed(&sweep->item[i].entry->files);
}

/* A file that is being written looks different each time: it is read when it has come to rest for a
 * whole round. (Whoever closes or renames it tells inotify, and is not kept waiting.) */
static bool has_come_to_rest(uint64_t *before, uint64_t now)
{
	bool rests = now != 0 && now == *before;
	*before = now;
	return rests;
}

static void sweep_done(struct pool_job *job)
{
	struct sweep_job *sweep = (struct sweep_job *)job;
	struct keeper *keeper = sweep->keeper;
	for (unsigned i = 0; i < sweep->cnt; i++) {
		struct zone_entry *entry = sweep->item[i].entry;
		entry->wanted |= has_come_to_rest(&entry->look_hash, sweep->item[i].hash);
		keeper_release(keeper, entry);
	}
	if (sweep->with_config && has_come_to_rest(&keeper->config_hash, sweep->config_hash))
		keeper_read_config(keeper, NULL);
	keeper->sweeping = false;
	free(sweep);
	keeper_look_flush(keeper);
}

/* Takes the next zones that are idle. Those at work find changes by themselves. */
static void fill(struct sweep_job *sweep)
{
	struct keeper *keeper = sweep->keeper;
	struct registry *reg = &keeper->registry;
	size_t at = registry_after(reg, keeper->sweep_started ? keeper->sweep_apex : NULL);
	for (; at < reg->cnt && sweep->cnt < SWEEP_BATCH; at++) {
		struct zone_entry *entry = reg->entry[at];
		memcpy(keeper->sweep_apex, entry->apex, dname_len(entry->apex));
		if (entry->state != ZONE_IDLE || entry->source.origin != ZONE_FROM_FILE)
			continue;
		registry_pin(entry);
		registry_set_state(reg, entry, ZONE_LOOKING);
		sweep->item[sweep->cnt++].entry = entry;
	}
	keeper->sweep_started = at < reg->cnt;
}

/* A config job under way will replace .config_files, perhaps while a sweep reads them; one that
 * comes later waits for the sweep: the pool has one thread and keeps the order. */
static void start_sweep(struct keeper *keeper)
{
	struct sweep_job *sweep = calloc(1, sizeof(*sweep));
	if (sweep == NULL)
		return; /* the next tick tries again */
	sweep->job.run = sweep_run;
	sweep->job.done = sweep_done;
	sweep->keeper = keeper;
	sweep->with_config = !keeper->sweep_started && keeper->config_jobs == 0;
	keeper->sweeping = true;
	fill(sweep);
	pool_submit(keeper->look_pool, &sweep->job);
}

/* ---- when ---------------------------------------------------------------------------------- */

/* A round over many zones takes several ticks; a new one does not begin before the interval is
 * over. */
static bool sweep_is_due(struct keeper *keeper, uint64_t at_ms)
{
	if (keeper->sweep_started)
		return true;
	if (at_ms - keeper->swept_ms < keeper->settings->bind_check_interval * 1000)
		return false;
	keeper->swept_ms = at_ms;
	return true;
}

void keeper_sweep_tick(struct keeper *keeper, uint64_t at_ms)
{
	if (!keeper->sweeping && sweep_is_due(keeper, at_ms))
		start_sweep(keeper);
}
