/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * burst: the stages of answer_burst(). Each goes over all messages still open and leaves what the
 * next one reads on its way into the cache.
 */
#include "dataplane/answer/answer.h"
#include "dataplane/answer/chaos.h"
#include "dataplane/answer/compose.h"
#include "dataplane/answer/denial.h"
#include "dataplane/answer/edns.h"
#include "dataplane/answer/parse.h"
#include "dataplane/answer/respond.h"
#include "dataplane/answer/task.h"

/* The messages a stage works on. */
struct batch {
	struct task *task[ANSWER_BURST_MAX];
	unsigned cnt;
};

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

static void parse_burst(struct answer *a, struct batch *b, struct answer_job *jobs, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct task *t = &a->task[i];
		enum parse_outcome outcome = parse_message(a, t, &jobs[i]);
		if (outcome == PARSE_DROP) {
			counter_add(a->counters,
				jobs[i].verdict == ANSWER_DROP_SHORT ? COUNTER_DROP_SHORT
								     : COUNTER_DROP_RESPONSE,
				1);
		} else if (outcome == PARSE_REPLY || answer_without_zone(a, t)) {
			compose_finish(a, t);
		} else {
			publish_zone_prepare(a->reader, &t->search, &t->q);
			b->task[b->cnt++] = t;
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
	const struct image_header *img = respond_zone(a, t);
	if (img == NULL) {
		task_error(t, RCODE_REFUSED, EDE_NOT_AUTHORITATIVE);
		return false;
	}
	if (goes_to_tcp(a, t)) {
		t->flags |= TASK_TC;
		return false;
	}
	respond_enter_zone(t, &t->first_zone, img);
	return true;
}

static void zone_burst(struct answer *a, struct batch *b)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < b->cnt; i++) {
		struct task *t = b->task[i];
		if (enter_zone(a, t))
			b->task[kept++] = t;
		else
			compose_finish(a, t);
	}
	b->cnt = kept;
}

/* Walks side by side, a step each in turn, so that their cache misses overlap. */
static void walk_burst(const struct batch *b)
{
	struct batch walking = *b;
	while (walking.cnt > 0) {
		unsigned kept = 0;
		for (unsigned i = 0; i < walking.cnt; i++)
			if (lookup_step(&walking.task[i]->lookup) == LOOKUP_RUNNING)
				walking.task[kept++] = walking.task[i];
		walking.cnt = kept;
	}
}

static void decide_burst(struct answer *a, const struct batch *b)
{
	for (unsigned i = 0; i < b->cnt; i++)
		respond_decide(a, b->task[i]);
	for (unsigned i = 0; i < b->cnt; i++)
		denial_find(b->task[i]);
	for (unsigned i = 0; i < b->cnt; i++) {
		denial_resolve(b->task[i]);
		compose_prefetch_extras(b->task[i]);
	}
	for (unsigned i = 0; i < b->cnt; i++)
		compose_prefetch_glue(b->task[i]);
}

static void compose_burst(struct answer *a, const struct batch *b)
{
	for (unsigned i = 0; i < b->cnt; i++) {
		compose_sections(a, b->task[i]);
		compose_finish(a, b->task[i]);
	}
}

void answer_burst(struct answer *a, struct answer_job *jobs, unsigned n)
{
	struct batch b = {.cnt = 0};
	parse_burst(a, &b, jobs, n);
	zone_burst(a, &b);
	walk_burst(&b);
	decide_burst(a, &b);
	compose_burst(a, &b);
}
