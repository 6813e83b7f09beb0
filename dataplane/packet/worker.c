/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "dataplane/packet/worker.h"

#define SIGS_ROUNDS_MAX 8 /* of full bursts, some 10 us each, between two looks for signatures */

/* One burst on its way through the loop; lives on the stack, in the first-level cache. */
struct burst {
	struct answer_job job[ANSWER_BURST_MAX];
	struct frame frame[ANSWER_BURST_MAX];
	struct rte_mbuf *asked[ANSWER_BURST_MAX]; /* job[i] came in asked[i] */
	struct rte_mbuf *punted[ANSWER_BURST_MAX];
	struct rte_mbuf *dropped[ANSWER_BURST_MAX];
	struct rte_mbuf *answered[ANSWER_BURST_MAX];
	unsigned asked_cnt;
	unsigned punted_cnt;
	unsigned dropped_cnt;
	unsigned answered_cnt;
};

struct verdict_info {
	uint8_t counter;
	bool punt;
};

static const struct verdict_info verdict_info[FRAME_VERDICT_CNT] = {
#define X(id, name, hand_on) [FRAME_##id] = {.counter = COUNTER_##name, .punt = hand_on},
	FRAME_VERDICT_TABLE(X)
#undef X
};

static unsigned verified_by_port(const struct rte_mbuf *m)
{
	unsigned verified = 0;
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		verified |= FRAME_IP_SUM;
	if ((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		verified |= FRAME_UDP_SUM;
	return verified;
}

/* A tag the driver took off on receive is put on again on send. */
static uint64_t vlan_flag(const struct rte_mbuf *m)
{
	return m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED ? RTE_MBUF_F_TX_VLAN : 0;
}

/* Octets an answer may have: its packet fits the MTU, its frame the buffer. */
static uint16_t answer_room(
	const struct worker_queue *q, const struct rte_mbuf *m, const struct frame *f)
{
	unsigned by_mtu = q->mtu - f->ip_len - FRAME_UDP_LEN;
	unsigned by_buffer = m->buf_len - m->data_off - f->msg_off;
	return (uint16_t)RTE_MIN(by_mtu, by_buffer);
}

/* b->frame[b->asked_cnt] is classified already. */
static void add_question(struct burst *b, const struct worker_queue *q, struct rte_mbuf *m)
{
	unsigned i = b->asked_cnt++;
	const struct frame *f = &b->frame[i];
	b->asked[i] = m;
	b->job[i] = (struct answer_job){
		.msg = rte_pktmbuf_mtod_offset(m, uint8_t *, f->msg_off),
		.msg_len = f->msg_len,
		.out_cap = answer_room(q, m, f),
	};
}

static void divert(struct worker *w, struct burst *b, const struct worker_queue *q,
	struct rte_mbuf *m, enum frame_verdict verdict)
{
	if (verdict_info[verdict].punt && q->punt_port != WORKER_NO_PORT) {
		m->ol_flags = vlan_flag(m);
		b->punted[b->punted_cnt++] = m;
		return;
	}
	counter_add(w->counters, verdict_info[verdict].counter, 1);
	b->dropped[b->dropped_cnt++] = m;
}

static void classify(struct worker *w, struct burst *b, const struct worker_queue *q,
	struct rte_mbuf **received, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(received[i], void *));
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = received[i];
		enum frame_verdict verdict = FRAME_MALFORMED;
		if (m->nb_segs == 1)
			verdict = frame_classify(w->served, rte_pktmbuf_mtod(m, uint8_t *),
				m->data_len, verified_by_port(m), &b->frame[b->asked_cnt]);
		if (verdict == FRAME_QUESTION)
			add_question(b, q, m);
		else
			divert(w, b, q, m, verdict);
	}
}

/* What the port has to know to fill checksums in. */
static void request_offload(struct rte_mbuf *m, const struct frame *f, unsigned offload)
{
	uint64_t flags = 0;
	if (f->ip_len == FRAME_IPV6_LEN)
		flags |= RTE_MBUF_F_TX_IPV6;
	else
		flags |= RTE_MBUF_F_TX_IPV4 | (offload & FRAME_IP_SUM ? RTE_MBUF_F_TX_IP_CKSUM : 0);
	if (offload & FRAME_UDP_SUM)
		flags |= RTE_MBUF_F_TX_UDP_CKSUM;
	m->ol_flags |= flags;
	m->tx_offload = rte_mbuf_tx_offload(f->ip_off, f->ip_len, 0, 0, 0, 0, 0);
}

static void finish(
	const struct worker_queue *q, struct rte_mbuf *m, const struct frame *f, uint16_t msg_len)
{
	uint16_t skip = frame_reply(rte_pktmbuf_mtod(m, uint8_t *), f, msg_len, q->tx_offload);
	m->data_off += skip;
	m->data_len = f->msg_off - skip + msg_len;
	m->pkt_len = m->data_len;
	m->ol_flags = vlan_flag(m);
	if (q->tx_offload)
		request_offload(m, f, q->tx_offload);
}

static void park(struct worker *w, const struct burst *b, const struct worker_queue *q, unsigned i)
{
	w->parked[b->job[i].place] = (struct worker_parked){
		.mbuf = b->asked[i],
		.frame = b->frame[i],
		.msg_len = b->job[i].msg_len,
		.queue = (uint8_t)(q - w->queue),
		.round = b->job[i].round,
	};
}

/* What becomes of question i, which has been through the engine. */
static void settle(struct worker *w, struct burst *b, const struct worker_queue *q, unsigned i)
{
	if (likely(b->job[i].verdict == ANSWER_SEND)) {
		finish(q, b->asked[i], &b->frame[i], b->job[i].out_len);
		b->answered[b->answered_cnt++] = b->asked[i];
	} else if (b->job[i].verdict == ANSWER_PARKED) {
		park(w, b, q, i);
	} else {
		b->dropped[b->dropped_cnt++] = b->asked[i];
	}
}

static void compose(struct worker *w, struct burst *b, const struct worker_queue *q)
{
	if (!b->asked_cnt)
		return;
	if (w->sigs.cache)
		sigthread_begin(&w->sigs, rte_rdtsc());
	answer_burst(w->answer, b->job, b->asked_cnt);
	for (unsigned i = 0; i < b->asked_cnt; i++)
		settle(w, b, q, i);
}

/* Sends and counts; what the port does not take is dropped. */
static void send_frames(struct worker *w, uint16_t port, uint16_t queue, struct rte_mbuf **m,
	unsigned n, enum counter sent_counter)
{
	unsigned sent = rte_eth_tx_burst(port, queue, m, (uint16_t)n);
	counter_add(w->counters, sent_counter, sent);
	if (unlikely(sent < n)) {
		counter_add(w->counters, COUNTER_TX_FULL, n - sent);
		rte_pktmbuf_free_bulk(m + sent, n - sent);
	}
}

static void release(struct worker *w, struct burst *b, const struct worker_queue *q)
{
	if (b->answered_cnt)
		send_frames(w, q->port, q->queue, b->answered, b->answered_cnt, COUNTER_TX_FRAMES);
	if (b->punted_cnt)
		send_frames(w, q->punt_port, q->queue, b->punted, b->punted_cnt, COUNTER_PUNT);
	if (b->dropped_cnt)
		rte_pktmbuf_free_bulk(b->dropped, b->dropped_cnt);
}

static unsigned poll_questions(struct worker *w, const struct worker_queue *q)
{
	struct rte_mbuf *received[ANSWER_BURST_MAX];
	unsigned n = rte_eth_rx_burst(q->port, q->queue, received, ANSWER_BURST_MAX);
	if (!n)
		return 0;
	struct burst b;
	b.asked_cnt = b.punted_cnt = b.dropped_cnt = b.answered_cnt = 0;
	classify(w, &b, q, received, n);
	compose(w, &b, q);
	release(w, &b, q);
	counter_add(w->counters, COUNTER_RX_FRAMES, n);
	counter_add(w->counters, COUNTER_LOOP_BURSTS, 1);
	return n;
}

/* ---- live signatures ------------------------------------------------------------------------- */

/* Takes a question from its place into the burst; it has waited. */
static void resume(struct burst *b, const struct worker_queue *q, struct worker_parked *parked)
{
	unsigned i = b->asked_cnt++;
	b->asked[i] = parked->mbuf;
	b->frame[i] = parked->frame;
	b->job[i] = (struct answer_job){
		.msg = rte_pktmbuf_mtod_offset(parked->mbuf, uint8_t *, parked->frame.msg_off),
		.msg_len = parked->msg_len,
		.out_cap = answer_room(q, parked->mbuf, &parked->frame),
		.round = parked->round + 1,
	};
}

/* In vain: what there is to say is said at once, and the burst left as it was. */
static void give_up(struct worker *w, struct burst *b, const struct worker_queue *q,
	enum sigwait_outcome outcome)
{
	unsigned i = --b->asked_cnt;
	answer_unsigned(w->answer, &b->job[i], outcome);
	settle(w, b, q, i);
}

/* Answers those of a queue that have waited. */
static void answer_done(
	struct worker *w, const struct worker_queue *q, const struct sigwait_done *done, unsigned n)
{
	struct burst b;
	b.asked_cnt = b.punted_cnt = b.dropped_cnt = b.answered_cnt = 0;
	for (unsigned i = 0; i < n; i++) {
		struct worker_parked *parked = &w->parked[done[i].place];
		if (&w->queue[parked->queue] != q)
			continue;
		resume(&b, q, parked);
		if (done[i].outcome != SIGWAIT_READY)
			give_up(w, &b, q, done[i].outcome);
	}
	compose(w, &b, q);
	release(w, &b, q);
}

/* Asks for a buffer nobody has looked at since its question was parked: its head, and the frame
 * where most drivers put it. */
static void prefetch_buffer(const struct rte_mbuf *m)
{
	const uint8_t *frame = (const uint8_t *)(m + 1) + RTE_PKTMBUF_HEADROOM;
	rte_prefetch0(m);
	rte_prefetch0(frame);
	rte_prefetch0(frame + RTE_CACHE_LINE_SIZE);
}

/* Questions that have waited for signatures; returns how many. */
static unsigned poll_signatures(struct worker *w)
{
	struct sigwait_done done[ANSWER_BURST_MAX];
	unsigned n = sigthread_poll(&w->sigs, rte_rdtsc(), done, ANSWER_BURST_MAX);
	for (unsigned i = 0; i < n; i++)
		prefetch_buffer(w->parked[done[i].place].mbuf);
	for (unsigned i = 0; n && i < w->queue_cnt; i++)
		answer_done(w, &w->queue[i], done, n);
	return n;
}

/* ---- loop ------------------------------------------------------------------------------------ */

/* The way back of punted traffic: what the kernel sends goes out unread. */
static unsigned poll_kernel(struct worker *w, const struct worker_queue *q)
{
	struct rte_mbuf *received[ANSWER_BURST_MAX];
	unsigned n = rte_eth_rx_burst(q->port, q->queue, received, ANSWER_BURST_MAX);
	if (!n)
		return 0;
	for (unsigned i = 0; i < n; i++)
		received[i]->ol_flags = vlan_flag(received[i]);
	send_frames(w, q->from_kernel, q->queue, received, n, COUNTER_UNPUNT);
	return n;
}

/* Under load signatures are left to gather for a few rounds: a burst of many messages that go on
 * costs little more than one of a few. Not where more come than a look takes in. n frames have come
 * in this round. */
static bool signatures_are_due(struct worker *w, unsigned n)
{
	return n < ANSWER_BURST_MAX || ++w->rounds_since_poll >= SIGS_ROUNDS_MAX;
}

/* Looks for signatures if it is time to; returns what there was and is to do for them. */
static unsigned poll_due_signatures(struct worker *w, unsigned n)
{
	if (!w->sigs.is_used || !signatures_are_due(w, n))
		return 0;
	unsigned done = poll_signatures(w);
	w->rounds_since_poll = done < SIGWAIT_RESPONSES_MAX ? 0 : SIGS_ROUNDS_MAX;
	return done + sigwait_parked(w->sigs.wait);
}

static unsigned poll_all(struct worker *w)
{
	unsigned n = 0;
	for (unsigned i = 0; i < w->queue_cnt; i++) {
		const struct worker_queue *q = &w->queue[i];
		n += q->from_kernel == WORKER_NO_PORT ? poll_questions(w, q) : poll_kernel(w, q);
	}
	return n + poll_due_signatures(w, n);
}

void worker_run(struct worker *w)
{
	uint32_t idle_polls = 0;
	/* relaxed: the flag says nothing about other memory, and is seen within a round or two */
	while (!__atomic_load_n(w->stop, __ATOMIC_RELAXED)) {
		unsigned n = poll_all(w);
		publish_quiesce(w->slot);
		if (likely(n)) {
			idle_polls = 0;
			continue;
		}
		counter_add(w->counters, COUNTER_LOOP_IDLE, 1);
		if (w->idle_polls_max && ++idle_polls >= w->idle_polls_max)
			return;
		rte_pause();
	}
}
