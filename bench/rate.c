/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rate: what the data plane's workers count, over time windows measured by the TSC.
 *
 *   rate DIR WINDOWS MILLISECONDS
 *
 * DIR is a directory of published zones (setting zone-memory-dir). Prints a JSON object per window:
 * {"rx":frames,"tx":frames,"parked":messages that began to wait for signatures,"tx_total":frames
 * since the workers began,"tsc":cycles,"seconds":...,"on_core":...,"workers":...}. on_core is how
 * many seconds the workers' threads ran: less than seconds * workers where others share their
 * cores. Reading does not disturb the workers beyond a cache line per window.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "zonedb/publish.h"

struct sample {
	uint64_t rx, tx, parked;
	uint64_t tsc;
	uint64_t ns;
	uint64_t on_core_ns;
	uint32_t pid;
	unsigned worker_cnt;
};

static int add_slot(void *ctx, const struct publish_slot_info *info)
{
	struct sample *s = ctx;
	if (strncmp(info->name, "worker", 6))
		return 0;
	s->rx += counter_get(info->counters, COUNTER_RX_FRAMES);
	s->tx += counter_get(info->counters, COUNTER_TX_FRAMES);
	s->parked += counter_get(info->counters, COUNTER_PARKED);
	s->pid = info->pid;
	s->worker_cnt++;
	return 0;
}

/* Reads the first line of /proc/PID/task/TID/NAME; an empty one if the thread is gone. */
static void thread_read(char line[static 128], uint32_t pid, const char *tid, const char *name)
{
	char path[300];
	snprintf(path, sizeof(path), "/proc/%u/task/%s/%s", pid, tid, name);
	FILE *in = fopen(path, "re");
	if (!in || !fgets(line, 128, in))
		line[0] = '\0';
	if (in)
		fclose(in);
}

/* Nanoseconds that EAL's worker threads ("rte-worker-1") of a process have run. */
static uint64_t workers_on_core_ns(uint32_t pid)
{
	char path[64], line[128];
	uint64_t sum = 0;
	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	DIR *dir = opendir(path);
	for (const struct dirent *entry; dir && (entry = readdir(dir));) {
		thread_read(line, pid, entry->d_name, "comm");
		if (!strstr(line, "-worker-"))
			continue;
		thread_read(line, pid, entry->d_name, "schedstat");
		sum += strtoull(line, NULL, 10);
	}
	if (dir)
		closedir(dir);
	return sum;
}

static struct sample take_sample(struct publish_reader *reader)
{
	struct sample s = {0};
	struct timespec ts;
	s.tsc = __rdtsc();
	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	publish_reader_each_slot(reader, add_slot, &s);
	s.ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	s.on_core_ns = workers_on_core_ns(s.pid);
	return s;
}

static void print_window(const struct sample *from, const struct sample *to)
{
	printf("{\"rx\":%" PRIu64 ",\"tx\":%" PRIu64 ",\"parked\":%" PRIu64 ",\"tx_total\":%" PRIu64
	       ",\"tsc\":%" PRIu64 ",\"seconds\":%.9f,\"on_core\":%.9f,\"workers\":%u}\n",
		to->rx - from->rx, to->tx - from->tx, to->parked - from->parked, to->tx,
		to->tsc - from->tsc, (double)(to->ns - from->ns) / 1e9,
		(double)(to->on_core_ns - from->on_core_ns) / 1e9, to->worker_cnt);
	fflush(stdout);
}

static void wait_ms(long ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&ts, NULL);
}

int main(int argc, char **argv)
{
	char err[256];
	if (argc != 4) {
		fprintf(stderr, "usage: rate DIR WINDOWS MILLISECONDS\n");
		return 2;
	}
	struct publish_reader *reader = publish_reader_new(argv[1], err);
	if (!reader) {
		fprintf(stderr, "rate: %s\n", err);
		return 1;
	}
	struct sample from = take_sample(reader);
	for (long left = strtol(argv[2], NULL, 10); left > 0; left--) {
		wait_ms(strtol(argv[3], NULL, 10));
		struct sample to = take_sample(reader);
		print_window(&from, &to);
		from = to;
	}
	publish_reader_free(reader);
	return 0;
}
