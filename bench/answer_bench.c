/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * answer_bench: the DNS engine alone, in memory: TSC cycles per question and stage of the burst.
 *
 *   answer_bench DIR ZONE [referral|positive|nxdomain] [do] [SECONDS] [QUESTIONS]
 *
 * DIR is a directory of published zones (setting zone-memory-dir), ZONE one of them. Questions are
 * drawn uniformly from the zone's own names, so memory is as cold as it gets; with QUESTIONS, a
 * power of two, only that many different ones are asked, and memory is warm:
 *
 *   referral   a host below a delegation
 *   positive   a name of the zone, for a type it has
 *   nxdomain   a random name one label below the apex
 *
 * A live zone is asked all questions until their signatures are in the cache, before anything is
 * measured; its signer must run, and QUESTIONS should be what it can sign in the time there is.
 *
 * Figures are those of the fastest 5 % of batches of bursts: on a machine that does other things
 * meanwhile, slower ones tell about those.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "dataplane/answer/burst.h"

#define QUESTION_CNT (1U << 20) /* by default */
#define BATCH_BURSTS 64
#define BATCH_MAX    100000
#define MSG_ROOM     2048
#define MSG_STRIDE   2304 /* as packet buffers lie */

struct question {
	uint16_t len;
	uint8_t wire[MSG_HEADER_LEN + DNAME_LEN_MAX + 4 + 11];
};

struct bench {
	struct publish_reader *reader;
	const struct image_header *img;
	struct sigthread sigs; /* of a live zone */
	struct wallclock clock;
	struct question *question; /* question_cnt, a power of two */
	uint32_t question_cnt;
	bool dnssec_ok;
	uint32_t node_cnt;
	const struct image_node **node; /* candidates for the kind asked */
	uint64_t random;
	uint8_t *msg;			     /* ANSWER_BURST_MAX times MSG_STRIDE */
	uint64_t stage_tsc[BURST_STAGE_CNT]; /* of the batch under way */
	float *batch[BURST_STAGE_CNT + 1];   /* cycles per question by batch; last: all stages */
	unsigned batch_cnt;
	uint64_t question_done, octets;
};

static __attribute__((noreturn)) void die(const char *what, const char *why)
{
	fprintf(stderr, "answer_bench: %s: %s\n", what, why);
	exit(1);
}

static void *must_alloc(size_t len)
{
	void *p = malloc(len);
	if (p == NULL)
		die("malloc", "out of memory");
	return p;
}

static uint64_t next_random(struct bench *b)
{
	b->random ^= b->random << 13; /* xorshift64 */
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random;
}

/* ---- questions ----------------------------------------------------------------------------- */

/* label and below (octets without root) in front of the apex, with type; a question for slot i. */
static void put_question(struct bench *b, struct question *q, const char *label,
	const uint8_t *below, size_t below_len, uint16_t type)
{
	uint8_t *at = q->wire;
	const uint8_t header[MSG_HEADER_LEN] = {[5] = 1, [11] = b->dnssec_ok};
	memcpy(at, header, sizeof(header));
	at += sizeof(header);
	if (label != NULL) {
		*at = (uint8_t)strlen(label);
		memcpy(at + 1, label, *at);
		at += *at + 1;
	}
	memcpy(at, below, below_len);
	at += below_len;
	memcpy(at, image_apex(b->img), b->img->apex_len);
	at += b->img->apex_len;
	const uint8_t tail[] = {(uint8_t)(type >> 8), (uint8_t)type, 0, RRCLASS_IN, 0, 0,
		RRTYPE_OPT, 4, 208, 0, 0, 0x80, 0, 0, 0};
	size_t tail_len = b->dnssec_ok ? sizeof(tail) : 4;
	memcpy(at, tail, tail_len);
	q->len = (uint16_t)(at + tail_len - q->wire);
}

static void ask_below(struct bench *b, struct question *q)
{
	const struct image_node *node = b->node[next_random(b) % b->node_cnt];
	put_question(b, q, "www", image_node_name(node), node->name_len, RRTYPE_A);
}

static void ask_existing(struct bench *b, struct question *q)
{
	const struct image_node *node = b->node[next_random(b) % b->node_cnt];
	uint16_t type = node->rrset[next_random(b) % node->rrset_cnt].type;
	put_question(b, q, NULL, image_node_name(node), node->name_len, type);
}

static void ask_missing(struct bench *b, struct question *q)
{
	char label[32];
	snprintf(label, sizeof(label), "nx%016llx", (unsigned long long)next_random(b));
	put_question(b, q, label, NULL, 0, RRTYPE_A);
}

static bool is_delegation(const struct image_node *node)
{
	return (node->flags & NODE_DELEGATION) != 0;
}

static bool has_data(const struct image_node *node)
{
	return (node->flags & (NODE_DELEGATION | NODE_GLUE)) == 0 && node->rrset_cnt > 0;
}

static bool is_any(const struct image_node *node)
{
	(void)node;
	return true;
}

struct kind {
	const char *name;
	bool (*fits)(const struct image_node *node);
	void (*ask)(struct bench *b, struct question *q);
};
static const struct kind kinds[] = {
	{"referral", is_delegation, ask_below},
	{"positive", has_data, ask_existing},
	{"nxdomain", is_any, ask_missing},
};

/* Collects the nodes of a kind from the index. */
static void collect_nodes(struct bench *b, const struct kind *kind)
{
	const struct image_bucket *bucket = image_at(b->img, b->img->index_off);
	b->node = must_alloc(b->img->node_cnt * sizeof(const struct image_node *));
	for (uint32_t i = 0; i < b->img->index_bucket_cnt; i++) {
		for (unsigned k = 0; k < bucket[i].used; k++) {
			const struct image_node *node =
				image_node(b->img, (struct node_ref){bucket[i].node[k]});
			if (kind->fits(node))
				b->node[b->node_cnt++] = node;
		}
	}
	if (b->node_cnt == 0)
		die(kind->name, "the zone has no such names");
}

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	die(name, "no such kind of question");
}

/* ---- run ----------------------------------------------------------------------------------- */

static void fill_burst(struct bench *b, struct answer_job *jobs, uint32_t first)
{
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++) {
		const struct question *q = &b->question[(first + i) & (b->question_cnt - 1)];
		jobs[i] = (struct answer_job){
			.msg = b->msg + i * MSG_STRIDE, .msg_len = q->len, .out_cap = MSG_ROOM};
		memcpy(jobs[i].msg, q->wire, q->len);
	}
}

/* What answer_burst() does, with the clock read between stages. */
static void run_burst(struct bench *b, struct answer *a, struct answer_job *jobs)
{
	if (b->sigs.cache != NULL)
		sigthread_begin(&b->sigs, __rdtsc());
	publish_recent_check(b->reader, &a->recent);
	struct burst burst = {.job = jobs, .job_cnt = ANSWER_BURST_MAX};
	uint64_t then = __rdtsc();
	for (unsigned i = 0; i < BURST_STAGE_CNT; i++) {
		burst_stage[i].run(a, &burst);
		uint64_t now = __rdtsc();
		b->stage_tsc[i] += now - then;
		then = now;
	}
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++)
		b->octets += jobs[i].out_len;
	b->question_done += ANSWER_BURST_MAX;
}

static double now_s(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Cycles per question of a batch. */
static void run_batch(struct bench *b, struct answer *a, uint32_t first)
{
	struct answer_job jobs[ANSWER_BURST_MAX];
	float sum = 0;
	memset(b->stage_tsc, 0, sizeof(b->stage_tsc));
	for (unsigned i = 0; i < BATCH_BURSTS; i++) {
		fill_burst(b, jobs, first + i * ANSWER_BURST_MAX);
		run_burst(b, a, jobs);
	}
	for (unsigned i = 0; i < BURST_STAGE_CNT; i++) {
		float cycles = (float)b->stage_tsc[i] / (BATCH_BURSTS * ANSWER_BURST_MAX);
		b->batch[i][b->batch_cnt] = cycles;
		sum += cycles;
	}
	b->batch[BURST_STAGE_CNT][b->batch_cnt++] = sum;
}

static void run(struct bench *b, struct answer *a, double seconds)
{
	double end = now_s() + seconds;
	for (unsigned i = 0; i <= BURST_STAGE_CNT; i++)
		b->batch[i] = must_alloc(BATCH_MAX * sizeof(float));
	for (uint32_t first = 0; b->batch_cnt < BATCH_MAX && now_s() < end;
		first += BATCH_BURSTS * ANSWER_BURST_MAX)
		run_batch(b, a, first);
}

/* ---- live signatures ----------------------------------------------------------------------- */

#define CACHE_LEN (UINT64_C(128) << 20)
#define PLACE_CNT 64

static void open_rings(struct bench *b, const char *dir, struct counters *counters)
{
	char err[256];
	const struct sigthread_config cfg = {.rings = sigring_open(dir, err),
		.clock = &b->clock,
		.cache_len = CACHE_LEN,
		.place_cnt = PLACE_CNT};
	struct publish_slot *slot = publish_slot_take(b->reader, "bench");
	if (cfg.rings == NULL || slot == NULL)
		die(dir, cfg.rings == NULL ? err : "no reader slot");
	wallclock_set(&b->clock, (uint64_t)time(NULL));
	if (sigthread_init(&b->sigs, &cfg, publish_slot_idx(slot), UINT64_C(4000000000), counters,
		    err) < 0)
		die(dir, err);
	(void)sigcache_populate(b->sigs.cache);
}

/* Asks a burst; true if all of it was answered. What is parked is forgotten: it will be asked
 * again. */
static bool ask_burst(struct bench *b, struct answer *a, uint32_t first)
{
	struct answer_job jobs[ANSWER_BURST_MAX];
	struct sigwait_done done[PLACE_CNT];
	bool whole = true;
	sigthread_poll(&b->sigs, __rdtsc(), done, PLACE_CNT);
	fill_burst(b, jobs, first);
	answer_burst(a, jobs, ANSWER_BURST_MAX);
	for (unsigned i = 0; i < ANSWER_BURST_MAX; i++)
		whole &= jobs[i].verdict == ANSWER_SEND;
	return whole;
}

static void fill_cache(struct bench *b, struct answer *a)
{
	double begin = now_s();
	sigthread_begin(&b->sigs, __rdtsc());
	for (uint32_t first = 0; first < b->question_cnt; first += ANSWER_BURST_MAX)
		while (!ask_burst(b, a, first))
			;
	printf("%u signatures in %.2f s\n", sigcache_used(b->sigs.cache), now_s() - begin);
}

/* ---- report -------------------------------------------------------------------------------- */

static int float_order(const void *a, const void *b)
{
	const float *left = a, *right = b;
	return (*left > *right) - (*left < *right);
}

/* What the fastest 5 % of batches stay below. */
static double quick(float *v, unsigned cnt)
{
	qsort(v, cnt, sizeof(*v), float_order);
	return cnt > 0 ? v[cnt / 20] : 0;
}

static void report(const struct bench *b, const struct counters *counters, double tsc_hz)
{
	for (unsigned i = 0; i < BURST_STAGE_CNT; i++)
		printf("%-10s %7.1f cycles/question\n", burst_stage[i].name,
			quick(b->batch[i], b->batch_cnt));
	double total = quick(b->batch[BURST_STAGE_CNT], b->batch_cnt);
	printf("%-10s %7.1f cycles/question, %.2f M questions/s, %.0f octets/answer\n", "total",
		total, tsc_hz / total / 1e6, (double)b->octets / (double)b->question_done);
	for (unsigned i = 0; i < COUNTER_CNT; i++)
		if (counters->v[i] > 0)
			printf("  %-20s %llu\n", counter_info[i].name,
				(unsigned long long)counters->v[i]);
}

static double measure_tsc_hz(void)
{
	double begin = now_s();
	uint64_t tsc = __rdtsc();
	while (now_s() < begin + 0.1)
		;
	return (double)(__rdtsc() - tsc) / (now_s() - begin);
}

static void open_zone(struct bench *b, const char *dir, const char *zone)
{
	char err[256];
	uint8_t apex[DNAME_LEN_MAX];
	struct qname q;
	struct publish_zone_search search;
	b->reader = publish_reader_new(dir, err);
	if (b->reader == NULL)
		die(dir, err);
	if (dname_from_text(apex, zone) < 0 || qname_read(&q, apex, sizeof(apex)) < 0)
		die(zone, "no domain name");
	publish_zone_prepare(b->reader, &search, &q);
	b->img = publish_zone_find(b->reader, &search, &q, q.label_cnt);
	if (b->img == NULL || b->img->apex_len != q.len)
		die(zone, "not published");
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage", "DIR ZONE [referral|positive|nxdomain] [do] [SECONDS] [QUESTIONS]");
	struct bench b = {.random = 0x9e3779b97f4a7c15};
	const struct kind *kind = find_kind(argc > 3 ? argv[3] : "referral");
	b.dnssec_ok = argc > 4 && strcmp(argv[4], "do") == 0;
	open_zone(&b, argv[1], argv[2]);
	collect_nodes(&b, kind);
	b.question_cnt = argc > 6 ? (uint32_t)atoi(argv[6]) : QUESTION_CNT;
	b.question = must_alloc(b.question_cnt * sizeof(*b.question));
	for (uint32_t i = 0; i < b.question_cnt; i++)
		kind->ask(&b, &b.question[i]);
	b.msg = must_alloc((size_t)ANSWER_BURST_MAX * MSG_STRIDE);

	static struct counters counters;
	const struct answer_config cfg = {.udp_size_max = 1232,
		.any_to_tcp = true,
		.any_minimal = true,
		.minimal_responses = true};
	void *mem = aligned_alloc(64, (answer_size() + 63) / 64 * 64);
	struct answer *a = answer_init(mem, &cfg, b.reader, &counters);
	if ((b.img->flags & IMAGE_LIVE) != 0) {
		open_rings(&b, argv[1], &counters);
		answer_set_live(a, &b.sigs);
		fill_cache(&b, a);
	}
	run(&b, a, argc > 5 ? atof(argv[5]) : 2.0);
	report(&b, &counters, measure_tsc_hz());
	return 0;
}
