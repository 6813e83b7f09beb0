/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/burst.h"

#include "dataplane/answer/chaos.h"
#include "dataplane/answer/compose.h"
#include "dataplane/answer/denial.h"
#include "dataplane/answer/edns.h"
#include "dataplane/answer/live.h"
#include "dataplane/answer/parse.h"
#include "dataplane/answer/respond.h"

size_t answer_size(void)
{
	return sizeof(struct answer);
}

struct answer *answer_init(void *mem, const struct answer_config *cfg,
	const struct publish_reader *reader, struct counters *counters)
{
	struct answer *a = mem;
	memset(a, 0, sizeof(*a));
	a->cfg = cfg;
	a->reader = reader;
	a->counters = counters;
	edns_init(a);
	return a;
}

void answer_set_live(struct answer *answer, struct sigthread *sigs)
{
	answer->live.sigs = sigs;
}

/* Types that are no RRset of a zone. AXFR and IXFR: transfers are for permitted clients, over TCP
 * (RFC 5936); MAILA and MAILB are obsolete query types (RFC 1035, 3.2.3; NOTIMP as BIND does); OPT,
 * TSIG and the rest of RFC 6895's range cannot be asked for. */
static void refuse_meta_type(struct task *t)
{
	switch (t->qtype) {
	case RRTYPE_AXFR:
	case RRTYPE_IXFR:
		task_error(t, RCODE_REFUSED, EDE_PROHIBITED);
		break;
	case RRTYPE_MAILA:
	case RRTYPE_MAILB:
		task_error(t, RCODE_NOTIMP, EDE_NOT_SUPPORTED);
		break;
	default:
		task_error(t, RCODE_FORMERR, EDE_INVALID_QUERY_TYPE);
		break;
	}
}

/* Questions that no zone is needed for; true if t was one. */
static bool answer_without_zone(const struct answer *a, struct task *t)
{
	if (t->qclass == RRCLASS_CH)
		chaos_answer(a, t);
	else if (t->qclass != RRCLASS_IN)
		task_error(t, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
	else if (t->qtype != RRTYPE_ANY && rrtype_is_meta(t->qtype))
		refuse_meta_type(t);
	else
		return false;
	return true;
}

static void count_drop(const struct answer *a, const struct answer_job *job)
{
	bool is_short = job->verdict == ANSWER_DROP_SHORT;
	counter_add(a->counters, is_short ? COUNTER_DROP_SHORT : COUNTER_DROP_RESPONSE, 1);
}

/* Most questions are for one zone, and that is not searched again. (DS goes to the zone above.) */
static void prepare_search(const struct answer *a, struct task *t)
{
	bool known = t->qtype != RRTYPE_DS && publish_recent_holds(a->reader, &a->recent, &t->q);
	t->img = known ? a->recent.img : NULL;
	if (!known)
		publish_zone_prepare(a->reader, &t->search, &t->q);
}

static void run_parse(struct answer *a, struct burst *b)
{
	for (unsigned i = 0; i < b->job_cnt; i++) {
		struct task *t = &a->task[i];
		enum parse_outcome outcome = parse_message(a, t, &b->job[i]);
		if (outcome == PARSE_DROP) {
			count_drop(a, &b->job[i]);
		} else if (outcome == PARSE_REPLY || answer_without_zone(a, t)) {
			compose_finish(a, t);
		} else {
			prepare_search(a, t);
			b->task[b->task_cnt++] = t;
		}
	}
}

/* ANY and RRSIG over UDP, where the setting sends them to TCP. */
static bool goes_to_tcp(const struct answer *a, const struct task *t)
{
	return a->cfg->any_to_tcp && (t->flags & TASK_TCP) == 0 &&
	       (t->qtype == RRTYPE_ANY || t->qtype == RRTYPE_RRSIG);
}

/* Begins the walk of t; false if t is decided. */
static bool enter_zone(struct answer *a, struct task *t)
{
	const struct image_header *img = t->img != NULL ? t->img : respond_zone(a, t);
	if (img == NULL) {
		task_error(t, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
		return false;
	}
	if (goes_to_tcp(a, t)) {
		t->flags |= TASK_TC;
		return false;
	}
	publish_recent_set(&a->recent, img);
	respond_enter_zone(a, t, &t->first_zone, img);
	return true;
}

static void run_probe(struct answer *a, struct burst *b)
{
	for (unsigned i = 0; i < b->task_cnt; i++)
		if (b->task[i]->img == NULL)
			publish_zone_probe(a->reader, &b->task[i]->search);
}

static void run_zone(struct answer *a, struct burst *b)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < b->task_cnt; i++) {
		struct task *t = b->task[i];
		if (enter_zone(a, t))
			b->task[kept++] = t;
		else
			compose_finish(a, t);
	}
	b->task_cnt = kept;
}

/* A step each in turn, so that the walks' cache misses overlap. */
static void run_walk(struct answer *a, struct burst *b)
{
	(void)a;
	struct lookup *walking[ANSWER_BURST_MAX];
	unsigned cnt = b->task_cnt;
	for (unsigned i = 0; i < cnt; i++)
		walking[i] = &b->task[i]->lookup;
	while (cnt > 0) {
		unsigned kept = 0;
		for (unsigned i = 0; i < cnt; i++)
			if (lookup_step(walking[i]) == LOOKUP_RUNNING)
				walking[kept++] = walking[i];
		cnt = kept;
	}
}

static void run_decide(struct answer *a, struct burst *b)
{
	for (unsigned i = 0; i < b->task_cnt; i++)
		respond_decide(a, b->task[i]);
}

static void run_hash(struct answer *a, struct burst *b)
{
	(void)a;
	denial_hash(b->task, b->task_cnt);
}

static void run_cover(struct answer *a, struct burst *b)
{
	(void)a;
	for (unsigned i = 0; i < b->task_cnt; i++)
		denial_cover(b->task[i]);
}

/* Gathers the messages with live signatures. */
static void collect_live(struct answer *a, struct burst *b)
{
	a->live.is_met = false;
	for (unsigned i = 0; i < b->task_cnt; i++)
		if (b->task[i]->zone->live != NULL)
			b->live[b->live_cnt++] = b->task[i];
}

static void run_parts(struct answer *a, struct burst *b)
{
	for (unsigned i = 0; i < b->task_cnt; i++)
		compose_prefetch_parts(b->task[i]);
	if (a->live.is_met)
		collect_live(a, b);
	for (unsigned i = 0; i < b->live_cnt; i++)
		live_prefetch(b->live[i]);
}

static void run_entries(struct answer *a, struct burst *b)
{
	(void)a;
	for (unsigned i = 0; i < b->live_cnt; i++)
		live_prefetch_entries(b->live[i]);
}

static void run_compose(struct answer *a, struct burst *b)
{
	for (unsigned i = 0; i < b->task_cnt; i++) {
		struct task *t = b->task[i];
		if (t->pending_parts != 0 && live_shed(a, t))
			continue;
		compose_sections(a, t);
		if (a->live.want_cnt == 0 || live_park(a, t))
			compose_finish(a, t);
	}
}

const struct burst_stage burst_stage[BURST_STAGE_CNT] = {
	{"parse", run_parse},
	{"probe", run_probe},
	{"zone", run_zone},
	{"walk", run_walk},
	{"decide", run_decide},
	{"hash", run_hash},
	{"cover", run_cover},
	{"parts", run_parts},
	{"entries", run_entries},
	{"compose", run_compose},
};

void answer_burst(struct answer *a, struct answer_job *jobs, unsigned n)
{
	struct burst b = {.job = jobs, .job_cnt = n, .task_cnt = 0};
	publish_recent_check(a->reader, &a->recent);
	for (unsigned i = 0; i < BURST_STAGE_CNT; i++)
		burst_stage[i].run(a, &b);
}

void answer_unsigned(struct answer *a, struct answer_job *job, enum sigwait_outcome outcome)
{
	struct task *t = &a->task[0];
	enum parse_outcome parsed = parse_message(a, t, job);
	if (parsed == PARSE_DROP)
		return;
	if (parsed == PARSE_QUESTION)
		task_error(t, RCODE_SERVFAIL,
			outcome == SIGWAIT_REFUSED ? EDE_RRSIGS_MISSING : EDE_NOT_READY);
	compose_finish(a, t);
}
