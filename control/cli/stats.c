/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * stats: the counters of the data plane's threads, read from shared memory, so that neither process
 * is asked or held up; as totals, or with --watch as rates per second.
 */
#include "control/cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "zonedb/counters.h"
#include "zonedb/publish.h"

#define NS_PER_S UINT64_C(1000000000)

/* One thread's counters at one time, or what they grew by per second. */
struct sample {
	char name[PUBLISH_SLOT_NAME_MAX];
	uint32_t pid;
	uint64_t v[COUNTER_CNT];
};

/* All of them. The one behind the last thread is their sum. */
struct snapshot {
	uint64_t at_ns;
	unsigned cnt;
	struct sample thread[READER_SLOT_MAX + 1];
};

/* ==== reading =============================================================================== */

static int take_slot(void *ctx, const struct publish_slot_info *info)
{
	struct snapshot *snapshot = ctx;
	struct sample *sample = &snapshot->thread[snapshot->cnt++];
	memcpy(sample->name, info->name, sizeof(sample->name));
	sample->pid = info->pid;
	for (unsigned i = 0; i < COUNTER_CNT; i++)
		sample->v[i] = counter_get(info->counters, (enum counter)i);
	return snapshot->cnt == READER_SLOT_MAX;
}

static int compare_thread(const void *a, const void *b)
{
	const struct sample *left = a, *right = b;
	int order = strcmp(left->name, right->name);
	return order ? order : (left->pid > right->pid) - (left->pid < right->pid);
}

static void sum_up(struct snapshot *snapshot)
{
	struct sample *total = &snapshot->thread[snapshot->cnt];
	*total = (struct sample){.name = "total"};
	for (unsigned i = 0; i < snapshot->cnt; i++)
		for (unsigned k = 0; k < COUNTER_CNT; k++)
			total->v[k] += snapshot->thread[i].v[k];
}

static void take_snapshot(struct publish_reader *reader, struct snapshot *snapshot)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	snapshot->at_ns = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
	snapshot->cnt = 0;
	publish_reader_each_slot(reader, take_slot, snapshot);
	qsort(snapshot->thread, snapshot->cnt, sizeof(snapshot->thread[0]), compare_thread);
	sum_up(snapshot);
}

static const struct sample *find_thread(
	const struct snapshot *snapshot, const struct sample *thread)
{
	for (unsigned i = 0; i < snapshot->cnt; i++)
		if (compare_thread(&snapshot->thread[i], thread) == 0)
			return &snapshot->thread[i];
	return NULL;
}

/* What grew between two snapshots, per second. A thread that was not there before shows zeros. */
static void make_rates(
	struct snapshot *rates, const struct snapshot *before, const struct snapshot *now)
{
	uint64_t elapsed_ns = now->at_ns > before->at_ns ? now->at_ns - before->at_ns : 1;
	*rates = *now;
	for (unsigned i = 0; i < now->cnt; i++) {
		const struct sample *old = find_thread(before, &now->thread[i]);
		for (unsigned k = 0; k < COUNTER_CNT; k++) {
			uint64_t v = now->thread[i].v[k], v_old = old ? old->v[k] : v;
			uint64_t grown = v > v_old ? v - v_old : 0;
			rates->thread[i].v[k] =
				(uint64_t)((unsigned __int128)grown * NS_PER_S / elapsed_ns);
		}
	}
	sum_up(rates);
}

/* ==== showing =============================================================================== */

/* A row for each counter that ever counted (all of them with --verbose), a column for the total and
 * for each thread. Returns the number of lines. */
static unsigned print_table(
	const struct snapshot *shown, const struct snapshot *seen, bool all, const char *title)
{
	unsigned lines = 1;
	printf("%-20s %14s", title, "total");
	for (unsigned i = 0; i < shown->cnt; i++)
		printf(" %14s", shown->thread[i].name);
	putchar('\n');
	for (unsigned k = 0; k < COUNTER_CNT; k++) {
		if (!all && !seen->thread[seen->cnt].v[k])
			continue;
		printf("%-20s %14llu", counter_info[k].name,
			(unsigned long long)shown->thread[shown->cnt].v[k]);
		for (unsigned i = 0; i < shown->cnt; i++)
			printf(" %14llu", (unsigned long long)shown->thread[i].v[k]);
		putchar('\n');
		lines++;
	}
	return lines;
}

/* A line for each thread and one for the total, naming what is not 0. */
static void print_lines(const struct snapshot *rates)
{
	for (unsigned i = 0; i <= rates->cnt; i++) {
		fputs(rates->thread[i].name, stdout);
		for (unsigned k = 0; k < COUNTER_CNT; k++)
			if (rates->thread[i].v[k])
				printf(" %s=%llu/s", counter_info[k].name,
					(unsigned long long)rates->thread[i].v[k]);
		putchar('\n');
	}
}

static json_t *sample_to_json(const struct sample *sample)
{
	json_t *object = json_object();
	for (unsigned k = 0; k < COUNTER_CNT; k++)
		json_object_set_new(
			object, counter_info[k].name, json_integer((json_int_t)sample->v[k]));
	return object;
}

static json_t *snapshot_to_json(const struct snapshot *snapshot)
{
	json_t *threads = json_array();
	for (unsigned i = 0; i < snapshot->cnt; i++) {
		const struct sample *thread = &snapshot->thread[i];
		json_array_append_new(threads,
			json_pack("{s:s, s:I, s:o}", "name", thread->name, "pid",
				(json_int_t)thread->pid, "counters", sample_to_json(thread)));
	}
	return json_pack("{s:o, s:o}", "total", sample_to_json(&snapshot->thread[snapshot->cnt]),
		"threads", threads);
}

/* ==== watching ============================================================================== */

static volatile sig_atomic_t interrupted; /* written by the handler alone */

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* Waits until next_ns of the monotonic clock, or an interrupt. */
static void wait_until(uint64_t next_ns)
{
	const struct timespec at = {
		.tv_sec = (time_t)(next_ns / NS_PER_S), .tv_nsec = (long)(next_ns % NS_PER_S)};
	while (!interrupted && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
}

/* Shows one second's rates; false when nobody reads them any more. */
static bool show_rates(
	const struct cli *cli, const struct snapshot *rates, const struct snapshot *now)
{
	static unsigned lines; /* of the table before, to write over */
	if (cli->opt.json) {
		json_t *json = snapshot_to_json(rates);
		json_dumpf(json, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(json);
	} else if (isatty(STDOUT_FILENO)) {
		if (lines)
			printf("\x1b[%uF\x1b[J", lines);
		lines = print_table(rates, now, cli->opt.verbose, "per second");
	} else {
		print_lines(rates);
	}
	return fflush(stdout) == 0;
}

static void watch(
	const struct cli *cli, struct publish_reader *reader, struct snapshot work[static 3])
{
	struct snapshot *before = &work[0], *now = &work[1], *rates = &work[2];
	const struct sigaction action = {.sa_handler = on_interrupt};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	take_snapshot(reader, before);
	for (uint64_t next_ns = before->at_ns + NS_PER_S;; next_ns += NS_PER_S) {
		wait_until(next_ns);
		if (interrupted)
			return;
		take_snapshot(reader, now);
		make_rates(rates, before, now);
		if (!show_rates(cli, rates, now))
			return;
		struct snapshot *swap = before;
		before = now;
		now = swap;
	}
}

/* ==== command =============================================================================== */

static int show_totals(const struct cli *cli, struct publish_reader *reader, struct snapshot *now)
{
	take_snapshot(reader, now);
	if (cli->opt.json)
		return cli_print_json(snapshot_to_json(now));
	if (now->cnt == 0)
		cli_note(cli,
			"No thread of a data plane is attached; ensign-dataplane does not run");
	else
		print_table(now, now, cli->opt.verbose, "since start");
	return 0;
}

int cmd_stats(struct cli *cli, char **args)
{
	char err[256];
	const struct settings *settings = cli_settings(cli);
	if (!settings)
		return 1;
	struct publish_reader *reader = publish_reader_new(settings->zone_memory_dir, err);
	struct snapshot *work = calloc(3, sizeof(*work));
	int rc = 0;
	if (!reader || !work) {
		cli_error("Error: %s", reader ? "out of memory" : err);
		rc = 1;
	} else if (cli->opt.watch) {
		watch(cli, reader, work);
	} else {
		rc = show_totals(cli, reader, work);
	}
	free(work);
	publish_reader_free(reader);
	return rc;
}
