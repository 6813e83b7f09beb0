/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache_bench: a full cache of live signatures under constant insertion, through the change of
 * the signing week: TSC cycles of each step of a poll loop, and the memory taken.
 *
 *   sigcache_bench [SIGNATURES [RUNS]]          (2500000 P-256 ones, 3 runs)
 *
 * Each round of the loop is what a worker does: a burst of 16 questions of four signatures each (of
 * an NXDOMAIN: SOA and two proofs that are hot, one that is cold), those that miss are parked,
 * refreshes the cache proposes are asked for; then a poll. The signer is played between rounds,
 * outside of what is measured. Half of the cold names are new, the other half old acquaintances.
 * Time runs from half an hour before the last six hours of the week to half an hour after its end.
 *
 *   find     cycles of a burst's 64 signatures, found or missed, prefetching included
 *   park     cycles of a message that misses
 *   poll     cycles of a poll: responses inserted, places given back
 *   insert   cycles of a single insert into the full cache
 *
 *   spin     cycles of a step that does nothing, some 5 us of it: what is seen there is the
 *            machine's doing
 *
 * All runs do exactly the same. "worst" is the worst step of the best run of each step: on a
 * machine that does other things meanwhile, a pause that is there in one run only is not this
 * code's. Beside it: the worst step of all runs during which the kernel did not give the core to
 * somebody else (getrusage: no involuntary context switch), and the worst of all. Interrupts, and
 * what a hypervisor does, no count tells; hence spin. Page faults during slow steps are counted:
 * those would be this code's.
 *
 * The last line is JSON, for bench/run: worst steps in microseconds, in these three readings.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "dataplane/sigcache/sigwait.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define BURST	   16U
#define PER_MSG	   4U
#define HOT_CNT	   1000U
#define ROUND_CNT  100000U
#define INSERT_CNT 1000000U
#define WEEK	   2968U
#define APEX	   "\4test"
#define SIG_LEN	   (SIG_FIXED_LEN + 64)
#define BEGIN_S	   ((uint64_t)(WEEK + 1) * SIG_WEEK_S - SIG_AHEAD_S - 1800)
#define END_S	   ((uint64_t)(WEEK + 1) * SIG_WEEK_S + 1800)

#define SLOW_CYCLES 20000U /* some 8 us: steps that took as long are looked into */
#define SPIN_CNT    400000U
#define SPIN_CYCLES 12000U

enum step { STEP_FIND, STEP_PARK, STEP_POLL, STEP_INSERT, STEP_SPIN, STEP_CNT };
static const char *const step_name[STEP_CNT] = {"find", "park", "poll", "insert", "spin"};

/* Cycles of every step taken: the least of the runs so far, and the worst of all. */
struct series {
	uint32_t *best;
	uint32_t cnt, max;
	uint32_t worst, worst_alone; /* alone: without a context switch meanwhile */
	uint32_t switched_cnt;	     /* slow steps with one */
	uint32_t fault_cnt;	     /* slow steps with page faults */
};

struct bench {
	uint64_t sig_cnt;
	char dir[64];
	struct sigring *rings;
	struct sigring_server signer;
	struct counters counters;
	struct sigcache *cache;
	struct sigwait *wait;
	struct series series[STEP_CNT];
	uint64_t random;
	uint64_t newest;     /* names so far */
	uint64_t tsc;	     /* of the loop: sigwait's ticks */
	struct rusage usage; /* as last looked at, outside of what is measured */
	uint8_t payload[SIG_LEN];
};

static __attribute__((noreturn)) void die(const char *what, const char *why)
{
	fprintf(stderr, "sigcache_bench: %s: %s\n", what, why);
	exit(1);
}

static uint64_t next_random(struct bench *b)
{
	b->random ^= b->random << 13; /* xorshift64 */
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random;
}

/* ---- what is measured ---------------------------------------------------------------------- */

static inline uint64_t tsc_begin(void)
{
	_mm_lfence();
	return __rdtsc();
}

static inline uint64_t tsc_end(void)
{
	unsigned cpu;
	uint64_t tsc = __rdtscp(&cpu);
	_mm_lfence();
	return tsc;
}

static void usage_look(struct bench *b)
{
	getrusage(RUSAGE_THREAD, &b->usage);
}

/* Looks for what else may have taken the time of a slow step. */
static void note_slow(struct bench *b, struct series *s, uint32_t cycles)
{
	const struct rusage before = b->usage;
	usage_look(b);
	s->fault_cnt +=
		b->usage.ru_minflt + b->usage.ru_majflt != before.ru_minflt + before.ru_majflt;
	if (b->usage.ru_nivcsw != before.ru_nivcsw)
		s->switched_cnt++;
	else if (cycles > s->worst_alone)
		s->worst_alone = cycles;
}

static void note(struct bench *b, enum step step, uint64_t cycles)
{
	struct series *s = &b->series[step];
	uint32_t c = cycles < UINT32_MAX ? (uint32_t)cycles : UINT32_MAX;
	if (c > s->worst)
		s->worst = c;
	if (c > SLOW_CYCLES)
		note_slow(b, s, c);
	else if (c > s->worst_alone)
		s->worst_alone = c;
	if (s->cnt == s->max)
		return;
	if (c < s->best[s->cnt])
		s->best[s->cnt] = c;
	s->cnt++;
}

/* ---- keys and signatures ------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9); /* splitmix64 */
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static struct sig_key key_of(uint64_t n)
{
	return (struct sig_key){{mix(n * 2 + 1), mix(n * 2 + 2)}};
}

static void payload_init(uint8_t *payload)
{
	struct wire_writer w = wire_writer_init(payload, SIG_LEN);
	wire_write_u16(&w, RRTYPE_RRSIG);
	wire_write_u16(&w, RRCLASS_IN);
	wire_write_u32(&w, 3600);
	wire_write_u16(&w, 18 + sizeof(APEX) + 64);
	memset(wire_reserve(&w, 18 + 64), 0, 18 + 64);
}

static struct sigring_response response(struct bench *b, struct sig_key key, uint32_t week)
{
	wire_put_u32(b->payload + 18, (week + 2) * SIG_WEEK_S);
	wire_put_u32(b->payload + 22, (week - 1) * SIG_WEEK_S);
	return (struct sigring_response){.status = SIGN_OK,
		.week = week,
		.sig_cnt = 1,
		.len = SIG_LEN,
		.key = key,
		.payload = b->payload};
}

/* The name of number n: its digits, in letters. */
static uint8_t *name_put(uint8_t *name, uint64_t n)
{
	name[0] = 12;
	for (unsigned i = 0; i < 12; i++)
		name[1 + i] = (uint8_t)('a' + (n >> (i * 4) & 15));
	memcpy(name + 13, APEX, sizeof(APEX));
	return name;
}

static uint64_t name_number(const uint8_t *name)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < 12; i++)
		n |= (uint64_t)(name[1 + i] - 'a') << (i * 4);
	return n;
}

/* ---- a round of the loop ------------------------------------------------------------------- */

static struct sigwait_want want_of(uint64_t n, uint32_t week, uint8_t *name)
{
	return (struct sigwait_want){
		.key = key_of(n),
		.week = week,
		.type = RRTYPE_A,
		.kind = SIGN_RRSET,
		.apex_len = sizeof(APEX),
		.name_len = 13 + sizeof(APEX),
		.apex = (const uint8_t *)APEX,
		.name = name_put(name, n),
	};
}

/* Numbers of the names a burst needs. */
static void burst_choose(struct bench *b, uint64_t n[BURST * PER_MSG])
{
	for (unsigned i = 0; i < BURST * PER_MSG; i++) {
		uint64_t r = next_random(b);
		if (i % PER_MSG)
			n[i] = r % HOT_CNT;
		else
			n[i] = r >> 63 ? b->newest++ : b->newest - 1 - (r >> 8) % (b->sig_cnt / 2);
	}
}

static void burst_find(struct bench *b, const struct sig_key key[BURST * PER_MSG],
	struct sigcache_hit hit[BURST * PER_MSG])
{
	struct sigcache_spot spot[BURST * PER_MSG];
	for (unsigned i = 0; i < BURST * PER_MSG; i++)
		sigcache_prefetch(b->cache, key[i], &spot[i]);
	for (unsigned i = 0; i < BURST * PER_MSG; i++)
		sigcache_prefetch_entry(b->cache, key[i], &spot[i]);
	for (unsigned i = 0; i < BURST * PER_MSG; i++)
		hit[i] = sigcache_find_at(b->cache, key[i], &spot[i]);
}

static void burst_ask(
	struct bench *b, const uint64_t *n, const struct sigcache_hit hit[BURST * PER_MSG])
{
	for (unsigned i = 0; i < BURST * PER_MSG; i++) {
		uint8_t name[DNAME_LEN_MAX];
		if (hit[i].entry && !hit[i].refresh_week)
			continue;
		uint32_t week = hit[i].entry ? hit[i].refresh_week : sigcache_week(b->cache);
		struct sigwait_want want = want_of(n[i], week, name);
		uint64_t begin = tsc_begin();
		if (hit[i].entry)
			sigwait_refresh(b->wait, b->tsc, 1, &want);
		else
			sigwait_park(b->wait, b->tsc, 1, &want, 1);
		note(b, STEP_PARK, tsc_end() - begin);
	}
}

static void signer_play(struct bench *b)
{
	struct sigring_request req;
	while (sigring_server_next(&b->signer, &req)) {
		struct sigring_response resp = response(b, key_of(name_number(req.name)), req.week);
		resp.ticket = req.ticket;
		sigring_server_reply(&b->signer, &resp);
	}
	sigring_server_flush(&b->signer);
}

static void round_run(struct bench *b)
{
	uint64_t n[BURST * PER_MSG];
	struct sig_key key[BURST * PER_MSG];
	struct sigcache_hit hit[BURST * PER_MSG];
	struct sigwait_done done[BURST];
	burst_choose(b, n);
	for (unsigned i = 0; i < BURST * PER_MSG; i++)
		key[i] = key_of(n[i]);
	usage_look(b);
	uint64_t begin = tsc_begin();
	burst_find(b, key, hit);
	note(b, STEP_FIND, tsc_end() - begin);
	burst_ask(b, n, hit);
	begin = tsc_begin();
	sigwait_poll(b->wait, b->tsc++, done, BURST);
	note(b, STEP_POLL, tsc_end() - begin);
	signer_play(b);
}

static void insert_run(struct bench *b)
{
	struct sigring_response resp = response(b, key_of(b->newest++), WEEK + 1);
	usage_look(b);
	uint64_t begin = tsc_begin();
	if (sigcache_insert(b->cache, &resp, sizeof(APEX), true))
		die("insert", "no room");
	note(b, STEP_INSERT, tsc_end() - begin);
}

static void spin_run(struct bench *b)
{
	usage_look(b);
	uint64_t begin = tsc_begin();
	while (__rdtsc() - begin < SPIN_CYCLES)
		;
	note(b, STEP_SPIN, tsc_end() - begin);
}

/* ---- a run --------------------------------------------------------------------------------- */

static void cache_fill(struct bench *b)
{
	for (b->newest = 0; b->newest < b->sig_cnt; b->newest++) {
		struct sigring_response resp = response(b, key_of(b->newest), WEEK);
		if (sigcache_insert(b->cache, &resp, sizeof(APEX), false))
			die("insert", "no room");
	}
}

static void run_begin(struct bench *b)
{
	char err[256];
	/* 128 octets of a slot, 21 of index, and the first slot, which is not used */
	b->cache = sigcache_new(b->sig_cnt * 150 + (2 << 20), &b->counters, err);
	if (!b->cache || sigcache_populate(b->cache))
		die("cache", err);
	const struct sigwait_options opt = {.counters = &b->counters,
		.cache = b->cache,
		.rings = b->rings,
		.place_cnt = 2048,
		.timeout = UINT64_C(1) << 40};
	b->wait = sigwait_new(&opt, err);
	if (!b->wait)
		die("places", err);
	sigring_server_init(&b->signer, b->rings, 0);
	for (unsigned i = 0; i < STEP_CNT; i++)
		b->series[i].cnt = 0;
	memset(&b->counters, 0, sizeof(b->counters));
	b->random = UINT64_C(0x9e3779b97f4a7c15);
	sigcache_set_time(b->cache, BEGIN_S);
	cache_fill(b);
}

static void run(struct bench *b)
{
	run_begin(b);
	for (unsigned i = 0; i < ROUND_CNT; i++) {
		sigcache_set_time(b->cache, BEGIN_S + i * (END_S - BEGIN_S) / ROUND_CNT);
		round_run(b);
	}
	for (unsigned i = 0; i < INSERT_CNT; i++)
		insert_run(b);
	for (unsigned i = 0; i < SPIN_CNT; i++)
		spin_run(b);
	b->wait = sigwait_free(b->wait);
}

/* ---- report -------------------------------------------------------------------------------- */

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

static void report_series(const char *name, const struct series *s, double tsc_per_us)
{
	printf("%-7s %8u steps: cycles median %u, 99.9 %% %u, worst %u (%.1f us); in any run "
	       "%.1f us, with a switch %.1f us; slow steps with a switch %u, a page fault %u\n",
		name, s->cnt, s->best[s->cnt / 2], s->best[s->cnt - 1 - s->cnt / 1000],
		s->best[s->cnt - 1], s->best[s->cnt - 1] / tsc_per_us, s->worst_alone / tsc_per_us,
		s->worst / tsc_per_us, s->switched_cnt, s->fault_cnt);
}

static void report_json(const struct bench *b, double tsc_per_us)
{
	printf("{\"signatures\":%u,\"octets\":%" PRIu64, sigcache_used(b->cache),
		sigcache_memory(b->cache));
	for (unsigned i = 0; i < STEP_CNT; i++)
		printf(",\"%s_worst_us\":%.2f,\"%s_alone_us\":%.2f,\"%s_seen_us\":%.2f",
			step_name[i], b->series[i].best[b->series[i].cnt - 1] / tsc_per_us,
			step_name[i], b->series[i].worst_alone / tsc_per_us, step_name[i],
			b->series[i].worst / tsc_per_us);
	printf("}\n");
}

static double measure_tsc_per_us(void)
{
	struct timespec begin, end, pause = {.tv_nsec = 50000000};
	clock_gettime(CLOCK_MONOTONIC, &begin);
	uint64_t tsc = __rdtsc();
	nanosleep(&pause, NULL);
	tsc = __rdtsc() - tsc;
	clock_gettime(CLOCK_MONOTONIC, &end);
	double us = (double)(end.tv_sec - begin.tv_sec) * 1e6 +
		    (double)(end.tv_nsec - begin.tv_nsec) / 1e3;
	return (double)tsc / us;
}

static void report_counter(const struct bench *b, enum counter which)
{
	printf("  %s %" PRIu64, counter_info[which].name, counter_get(&b->counters, which));
}

static void report(struct bench *b)
{
	static const enum counter shown[] = {COUNTER_SIG_HITS, COUNTER_SIG_MISSES,
		COUNTER_SIG_EVICTIONS, COUNTER_PARKED, COUNTER_SIGN_AHEAD, COUNTER_DROP_SIGN_SHARE,
		COUNTER_DROP_SIGN_FULL};
	double tsc_per_us = measure_tsc_per_us();
	printf("cache: %u of %u slots in use, %.1f MiB, %.1f octets a signature\n",
		sigcache_used(b->cache), sigcache_capacity(b->cache),
		(double)sigcache_memory(b->cache) / 1048576,
		(double)sigcache_memory(b->cache) / sigcache_used(b->cache));
	for (unsigned i = 0; i < STEP_CNT; i++)
		qsort(b->series[i].best, b->series[i].cnt, sizeof(*b->series[i].best), compare_u32);
	for (unsigned i = 0; i < STEP_CNT; i++)
		report_series(step_name[i], &b->series[i], tsc_per_us);
	for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		report_counter(b, shown[i]);
	printf("\n");
	report_json(b, tsc_per_us);
}

static void series_init(struct series *s, uint32_t max)
{
	s->max = max;
	s->best = malloc(max * sizeof(*s->best));
	if (!s->best)
		die("malloc", "out of memory");
	memset(s->best, 0xff, max * sizeof(*s->best));
}

static void rings_open(struct bench *b)
{
	char err[256], path[96];
	strcpy(b->dir, "/dev/shm/ensign-sigcache-bench-XXXXXX");
	if (!mkdtemp(b->dir))
		die(b->dir, "cannot create");
	int fd = sigring_create(b->dir, UINT32_MAX, UINT32_MAX, err);
	b->rings = fd >= 0 ? sigring_map(fd, err) : NULL;
	snprintf(path, sizeof(path), "%s/sigrings", b->dir);
	unlink(path);
	rmdir(b->dir);
	if (!b->rings)
		die("rings", err);
	close(fd);
}

int main(int argc, char **argv)
{
	static struct bench b;
	b.sig_cnt = argc > 1 ? strtoull(argv[1], NULL, 10) : 2500000;
	unsigned run_cnt = argc > 2 ? (unsigned)atoi(argv[2]) : 3;
	if (b.sig_cnt < 2 * HOT_CNT || !run_cnt)
		die("usage", "[SIGNATURES [RUNS]]");
	rings_open(&b);
	payload_init(b.payload);
	series_init(&b.series[STEP_FIND], ROUND_CNT);
	series_init(&b.series[STEP_PARK], ROUND_CNT * BURST * PER_MSG);
	series_init(&b.series[STEP_POLL], ROUND_CNT);
	series_init(&b.series[STEP_INSERT], INSERT_CNT);
	series_init(&b.series[STEP_SPIN], SPIN_CNT);
	for (unsigned i = 0; i < run_cnt; i++) {
		b.cache = sigcache_free(b.cache);
		run(&b);
	}
	report(&b);
	return 0;
}
