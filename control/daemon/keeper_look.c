/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/compile/fingerprint.h"
#include "control/compile/live.h"
#include "control/compile/signing.h"
#include "control/daemon/keeper_jobs.h"
#include "control/daemon/log.h"
#include "control/daemon/pool.h"
#include "zonedb/dname.h"

#define LOOK_BATCH 64 /* zones a job looks at: a thousandth of a second's work */

struct look_item {
	struct zone_entry *entry;
	int result;	   /* as fingerprint_compare() */
	uint64_t keys_seq; /* keys are to be handed over; 0 = not */
	bool handed;
	struct source_state found;
	char error[STORE_ERR_LEN];
};

struct look_job {
	struct pool_job job;
	struct keeper *keeper;
	unsigned cnt;
	struct look_item item[LOOK_BATCH];
};

/* Only keys of the image that is served go to whoever signs it: if the database has others now,
 * they come with the image that is compiled next. */
static void hand_keys(struct look_item *item, const struct keeper *keeper,
	const struct signing *signing, char err[static 256])
{
	const struct zone_entry *entry = item->entry;
	const struct publisher_image *image = &entry->image;
	const struct live_keys *live = keeper->live_keys;
	struct live_key_set set = live_key_set_of(entry->apex, image->live_id, signing);
	uint64_t live_id[2];
	char name[DNAME_TEXT_MAX];
	if (live_id_make(live_id, publisher_seed(keeper->publisher), entry->apex, signing,
		    image->negative_ttl_s) < 0 ||
		memcmp(live_id, image->live_id, sizeof(live_id)) != 0)
		return;
	int r = live->hand(live->ctx, &set, err);
	item->handed = r == 0;
	if (r < 0)
		log_line(LOG_ERROR, "zone %s: signer: %s", dname_to_text(name, entry->apex), err);
}

/* What cannot be read now is met again by the compilation that it leads to. */
static void look_for_keys(struct look_item *item, const struct keeper *keeper, struct store *store)
{
	struct signing signing;
	char err[256];
	if (signing_read(&signing, store, keeper->settings, item->entry->apex, keeper->now_s(),
		    err) >= 0)
		hand_keys(item, keeper, &signing, err);
	signing_deinit(&signing);
}

static int look_at(struct look_item *item, const struct keeper *keeper, struct worker *worker)
{
	const struct zone_entry *entry = item->entry;
	uint8_t digest[DIGEST_LEN];
	struct store *store;
	char err[256];
	if (worker_store(worker, entry->source.origin, &store, item->error) < 0)
		return -1;
	if (item->keys_seq > 0)
		look_for_keys(item, keeper, store);
	const struct fingerprint_query query = {
		.apex = entry->apex,
		.source = &entry->source,
		.known = &entry->files,
		.store = store,
		.signing = digest,
	};
	int r = signing_digest(digest, store, keeper->settings, entry->apex, keeper->now_s(), err);
	if (r == 0)
		r = fingerprint_compare(entry->image.fingerprint, &query, &item->found, err);
	if (r < 0) {
		snprintf(item->error, sizeof(item->error), "%s", err);
		worker_reset(worker);
	}
	return r;
}

static void look_run(struct pool_job *job, void *worker)
{
	struct look_job *look = (struct look_job *)job;
	for (unsigned i = 0; i < look->cnt; i++)
		look->item[i].result = look_at(&look->item[i], look->keeper, worker);
}

static void look_failed(struct keeper *keeper, struct zone_entry *entry, const char *error)
{
	char name[DNAME_TEXT_MAX];
	log_line(LOG_ERROR, "zone %s: %s", dname_to_text(name, entry->apex), error);
	registry_set_error(&keeper->registry, entry, error);
	keeper_set_due(keeper, entry, keeper->now_s() + KEEPER_RETRY_S);
	keeper_settle(keeper, entry, OUTCOME_FAILED, error);
}

/* What is published is what would be compiled: an earlier failure is history. */
static void look_unchanged(struct keeper *keeper, struct look_item *item)
{
	struct zone_entry *entry = item->entry;
	keeper_take_files(keeper, entry, &item->found.files);
	registry_set_error(&keeper->registry, entry, NULL);
	keeper_set_next_due(keeper, entry);
	keeper_settle(keeper, entry, OUTCOME_UNCHANGED, NULL);
}

static void take_item(struct keeper *keeper, struct look_item *item)
{
	struct zone_entry *entry = item->entry;
	if (item->handed)
		entry->keys_seq = item->keys_seq;
	if (entry->gone)
		keeper_settle(keeper, entry, OUTCOME_REMOVED, NULL);
	else if (item->result < 0)
		look_failed(keeper, entry, item->error);
	else if (item->result == 0 && !entry->forced)
		look_unchanged(keeper, item);
	else
		keeper_compile(keeper, entry);
}

static void look_done(struct pool_job *job)
{
	struct look_job *look = (struct look_job *)job;
	struct keeper *keeper = look->keeper;
	keeper->stats.looks += look->cnt;
	for (unsigned i = 0; i < look->cnt; i++) {
		take_item(keeper, &look->item[i]);
		file_list_deinit(&look->item[i].found.files);
	}
	free(look);
	keeper_look_flush(keeper);
}

void keeper_look(struct keeper *keeper, struct zone_entry *entry)
{
	if (keeper->look == NULL)
		keeper->look = calloc(1, sizeof(*keeper->look));
	if (keeper->look == NULL) {
		look_failed(keeper, entry, "out of memory");
		return;
	}
	struct look_job *look = keeper->look;
	look->item[look->cnt++] = (struct look_item){.entry = entry,
		.keys_seq = keeper_lacks_keys(keeper, entry) ? keeper->keys_seq : 0};
	if (look->cnt == LOOK_BATCH)
		keeper_look_flush(keeper);
}

void keeper_look_flush(struct keeper *keeper)
{
	struct look_job *look = keeper->look;
	if (look == NULL)
		return;
	keeper->look = NULL;
	look->job.run = look_run;
	look->job.done = look_done;
	look->keeper = keeper;
	pool_submit(keeper->look_pool, &look->job);
}
