/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/compile/compile.h"
#include "control/daemon/keeper_jobs.h"
#include "control/daemon/log.h"
#include "control/daemon/pool.h"
#include "control/daemon/watch.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"

#define LARGE_TEXT_LEN (8U << 20) /* octets of a zone's files */

struct compile_job {
	struct pool_job job;
	struct keeper *keeper;
	struct zone_entry *entry;
	uint64_t keys_seq; /* keeper's when it began */
	int result;
	struct compile_result out;
};

/* ---- in a thread --------------------------------------------------------------------------- */

/* Zones compiled at the same time share the cores. */
static unsigned share_of_cores(const struct keeper *keeper)
{
	unsigned limit = (unsigned)keeper->settings->signing_threads;
	unsigned cores = limit > 0 ? limit : keeper->core_cnt;
	unsigned share = cores / pool_running(keeper->compile_pool);
	return share > 0 ? share : 1;
}

#define STRING_OF(x)	 #x
#define TEXT_OF(x)	 STRING_OF(x)
#define PURGE_ALL_ARENAS "arena." TEXT_OF(MALLCTL_ARENAS_ALL) ".purge"

/* The allocator keeps what a zone's model was made of for the next one; that is right for small
 * zones, and hundreds of megabytes after a large one. */
static void give_memory_back(const struct file_list *files)
{
	uint64_t text_len = 0;
	for (unsigned i = 0; i < files->cnt; i++)
		text_len += files->file[i].id.size;
	if (text_len >= LARGE_TEXT_LEN)
		mallctl(PURGE_ALL_ARENAS, NULL, NULL, NULL, 0);
}

static void compile_run(struct pool_job *job, void *worker)
{
	struct compile_job *c = (struct compile_job *)job;
	struct compile_options opt = {
		.make =
			{
				.apex = c->entry->apex,
				.source = &c->entry->source,
				.now_s = c->keeper->now_s(),
				.thread_cnt = share_of_cores(c->keeper),
				.settings = c->keeper->settings,
				.remote = c->keeper->remote,
				.progress = &c->entry->progress,
			},
		.publisher = c->keeper->publisher,
		.live_keys = c->keeper->live_keys,
	};
	char err[STORE_ERR_LEN];
	c->result = -1;
	if (worker_store(worker, c->entry->source.origin, &opt.make.store, err) < 0) {
		report_add(&c->out.make.report, REPORT_ERROR, "%s", err);
		c->out.make.may_pass = true;
		return;
	}
	c->result = compile_zone(&opt, &c->out);
	give_memory_back(&c->out.make.read.files);
	if (c->out.make.may_pass)
		worker_reset(worker);
}

/* ---- back in the main thread ---------------------------------------------------------------- */

static bool same_paths(const struct file_list *a, const struct file_list *b)
{
	bool same = a->cnt == b->cnt;
	for (unsigned i = 0; same && i < a->cnt; i++)
		same = strcmp(a->file[i].path, b->file[i].path) == 0;
	return same;
}

void keeper_take_files(struct keeper *keeper, struct zone_entry *entry, struct file_list *files)
{
	if (files->cnt == 0)
		return; /* it did not come to that: what is known is still right */
	if (!same_paths(&entry->files, files))
		path_index_spoil(&keeper->paths);
	for (unsigned i = 1; i < files->cnt; i++)
		watch_file(keeper->watch, files->file[i].path);
	file_list_deinit(&entry->files);
	entry->files = *files;
	entry->look_hash = 0;
	*files = (struct file_list){0};
}

static void take_success(struct compile_job *c)
{
	struct zone_entry *entry = c->entry;
	char name[DNAME_TEXT_MAX], stages[PROGRESS_TEXT_MAX];
	if (entry->image.flags & IMAGE_LIVE && !(c->out.published.flags & IMAGE_LIVE))
		keeper_forget_keys(c->keeper, entry);
	entry->keys_seq = c->out.handed ? c->keys_seq : 0;
	registry_set_image(&c->keeper->registry, entry, &c->out.published);
	registry_set_error(&c->keeper->registry, entry, NULL);
	keeper_set_next_due(c->keeper, entry);
	log_line(LOG_NOTE, "zone %s serial %u is served: %u names, %lu octets",
		dname_to_text(name, entry->apex), entry->image.serial, entry->image.node_cnt,
		(unsigned long)entry->image.size);
	log_line(LOG_DETAIL, "zone %s took %s", name, progress_finish(&entry->progress, stages));
	keeper_log_report(&c->out.make.report);
}

/* The same failure again, without anybody having asked, is not worth a line. */
static void take_failure(struct compile_job *c)
{
	struct zone_entry *entry = c->entry;
	const char *error = report_first_error(&c->out.make.report);
	char name[DNAME_TEXT_MAX];
	if (c->keeper->request != NULL || entry->error == NULL ||
		strcmp(entry->error, error) != 0) {
		keeper_log_report(&c->out.make.report);
		log_line(LOG_ERROR, "zone %s is refused, %s", dname_to_text(name, entry->apex),
			entry->image.size > 0 ? "the version before is served on"
					      : "there is nothing to serve");
	}
	registry_set_error(&c->keeper->registry, entry, error);
	if (c->out.make.may_pass)
		keeper_set_due(c->keeper, entry, c->keeper->now_s() + KEEPER_RETRY_S);
}

static void compile_done(struct pool_job *job)
{
	struct compile_job *c = (struct compile_job *)job;
	keeper_take_files(c->keeper, c->entry, &c->out.make.read.files);
	if (c->result == 0)
		take_success(c);
	else
		take_failure(c);
	/* the copy: settling may replace the entry's */
	struct report report = c->out.make.report;
	c->out.make.report = (struct report){0};
	keeper_settle(c->keeper, c->entry, c->result == 0 ? OUTCOME_COMPILED : OUTCOME_FAILED,
		report_first_error(&report));
	keeper_look_flush(c->keeper);
	report_deinit(&report);
	compile_result_deinit(&c->out);
	free(c);
}

void keeper_compile(struct keeper *keeper, struct zone_entry *entry)
{
	registry_set_state(&keeper->registry, entry, ZONE_COMPILING);
	progress_start(&entry->progress);
	entry->forced = false;
	struct compile_job *c = calloc(1, sizeof(*c));
	if (c == NULL) {
		registry_set_error(&keeper->registry, entry, "out of memory");
		keeper_set_due(keeper, entry, keeper->now_s() + KEEPER_RETRY_S);
		keeper_settle(keeper, entry, OUTCOME_FAILED, "out of memory");
		return;
	}
	c->job.run = compile_run;
	c->job.done = compile_done;
	c->keeper = keeper;
	c->entry = entry;
	c->keys_seq = keeper->keys_seq;
	pool_submit(keeper->compile_pool, &c->job);
}
