/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/compose.h"

#include "dataplane/answer/chain.h"
#include "dataplane/answer/edns.h"
#include "dataplane/answer/expand.h"
#include "dataplane/answer/live.h"
#include "dataplane/answer/respond.h"
#include "zonedb/wire.h"

#define POINTER_BITS 0xc000U

/* ---- one part ------------------------------------------------------------------------------ */

/* Points cnt RRs' owners at a name. */
static inline void fix_owners(uint8_t *dst, const uint16_t *fix, unsigned cnt, uint32_t owner_off)
{
	for (const uint16_t *end = fix + cnt; fix < end; fix++)
		wire_put_u16(dst + *fix, (uint16_t)(POINTER_BITS | owner_off));
}

/* Names in rdata, and owners of NSEC3: adds base to the tail stored there. It is read from the
 * image: the copy's stores may still be on their way. */
static inline void fix_tails(
	uint8_t *dst, const uint8_t *wire, const uint16_t *fix, unsigned cnt, uint32_t base)
{
	for (const uint16_t *end = fix + cnt; fix < end; fix++)
		wire_put_u16(
			dst + *fix, (uint16_t)((POINTER_BITS | base) + wire_get_u16(wire + *fix)));
}

static inline void count_rrs(struct task *t, const struct part *p, enum section section)
{
	const struct image_rrset *rrset = p->rrset;
	unsigned cnt = p->what & PART_SIG ? rrset->sig_cnt : 0U;
	cnt += p->what & PART_DATA ? rrset->rr_cnt : 0U;
	t->rr_cnt[section] += (uint16_t)cnt;
}

/* The common case: all pointers reach, the owner is one. */
static inline uint32_t compose_fragment(struct task *t, const struct part *p, enum section section)
{
	const struct image_rrset *rrset = p->rrset;
	bool sig = p->what & PART_SIG;
	uint32_t start = t->pos;
	uint32_t len = rrset->data_len + (sig ? rrset->sig_len : 0U);
	if (start + len > t->limit)
		return COMPOSE_FULL;
	const uint16_t *fix = image_rrset_fix(rrset);
	unsigned owner_cnt = rrset->owner_fix_cnt;
	uint8_t *dst = t->msg + start;
	const uint8_t *wire = image_rrset_wire(rrset);
	memcpy(dst, wire, len);
	fix_owners(dst, fix, sig || owner_cnt == 0 ? owner_cnt : rrset->rr_cnt, p->owner_off);
	fix += owner_cnt;
	fix_tails(dst, wire, fix, rrset->apex_fix_cnt, p->zone->apex_off);
	fix_tails(dst, wire, fix + rrset->apex_fix_cnt, rrset->self_fix_cnt, start);
	count_rrs(t, p, section);
	t->pos = start + len;
	return start;
}

/* RRSIGs alone, which have no names to be fixed but their owners (RFC 4034, 3.1.7). */
static uint32_t compose_sigs(struct task *t, const struct part *p, enum section section)
{
	const struct image_rrset *rrset = p->rrset;
	const uint16_t *fix = image_rrset_fix(rrset) + rrset->rr_cnt;
	uint32_t start = t->pos;
	if (start + rrset->sig_len > t->limit)
		return COMPOSE_FULL;
	memcpy(t->msg + start, image_rrset_wire(rrset) + rrset->data_len, rrset->sig_len);
	for (unsigned i = 0; i < rrset->sig_cnt; i++)
		wire_put_u16(t->msg + start + (fix[i] - rrset->data_len),
			(uint16_t)(POINTER_BITS | p->owner_off));
	t->pos += rrset->sig_len;
	count_rrs(t, p, section);
	return start;
}

/* An owner that begins with labels: they are written before the fragment, whose first owner is the
 * rest of the name and whose others point to the whole. */
static uint32_t compose_owned(struct task *t, const struct part *p, enum section section)
{
	struct part rest = *p;
	uint32_t owner_off = t->pos;
	rest.owner_labels_len = 0;
	rest.what &= (uint8_t)~PART_UNUSUAL;
	if (t->pos + p->owner_labels_len > t->limit)
		return COMPOSE_FULL;
	t->pos += p->owner_labels_len;
	uint32_t start = compose_fragment(t, &rest, section);
	if (start == COMPOSE_FULL) {
		t->pos = owner_off;
		return COMPOSE_FULL;
	}
	const struct image_rrset *rrset = p->rrset;
	unsigned cnt = rrset->rr_cnt + (p->what & PART_SIG ? rrset->sig_cnt : 0U);
	memcpy(t->msg + owner_off, p->owner_labels, p->owner_labels_len);
	fix_owners(t->msg + start, image_rrset_fix(rrset) + 1, cnt - 1, owner_off);
	return start;
}

static uint32_t compose_expanded(struct task *t, const struct part *p, enum section section)
{
	if (expand_part(t, p) < 0)
		return COMPOSE_FULL;
	count_rrs(t, p, section);
	return 0;
}

/* True if some pointer of p, composed up to end, would not reach. */
static bool is_out_of_reach(const struct part *p, uint32_t end)
{
	const struct image_rrset *rrset = p->rrset;
	if (rrset->owner_fix_cnt > 0 && p->owner_off > MSG_POINTER_MAX)
		return true;
	if (rrset->apex_fix_cnt > 0 && p->zone->apex_far)
		return true;
	return end > MSG_POINTER_MAX && (rrset->self_fix_cnt > 0 || p->owner_labels_len > 0);
}

static __attribute__((noinline)) uint32_t compose_unusual(
	struct task *t, const struct part *p, enum section section, uint32_t end)
{
	if (is_out_of_reach(p, end))
		return compose_expanded(t, p, section);
	if (p->owner_labels_len > 0)
		return compose_owned(t, p, section);
	if ((p->what & PART_DATA) == 0)
		return compose_sigs(t, p, section);
	return compose_fragment(t, p, section);
}

uint32_t compose_stored(struct task *t, const struct part *p, enum section section)
{
	const struct image_rrset *rrset = p->rrset;
	bool usual = (p->what & (PART_DATA | PART_UNUSUAL)) == PART_DATA;
	if (usual && t->limit <= MSG_POINTER_MAX)
		return compose_fragment(t, p, section);
	uint32_t end_max = t->pos + p->owner_labels_len + rrset->data_len + rrset->sig_len;
	if (!usual || (p->owner_off | end_max) > MSG_POINTER_MAX)
		return compose_unusual(t, p, section, end_max);
	return compose_fragment(t, p, section);
}

/* The common case in a live zone: RRSIGs follow from the cache. */
static inline uint32_t compose_live(struct task *t, const struct part *p, enum section section)
{
	const struct image_rrset *rrset = p->rrset;
	uint16_t rr_cnt = t->rr_cnt[section];
	uint32_t start = compose_fragment(t, p, section);
	if (start == COMPOSE_FULL || rrset->key_len == 0 || (p->what & PART_SIG) == 0)
		return start;
	if (live_append_sigs(t, p, section, rrset->owner_fix_cnt > 0 ? p->owner_off : start))
		return start;
	t->rr_cnt[section] = rr_cnt; /* signatures that did not all fit are counted, too */
	t->pos = start;
	return COMPOSE_FULL;
}

/* What is not so common. */
static __attribute__((noinline)) uint32_t compose_other(
	struct task *t, const struct part *p, enum section section)
{
	return p->what & PART_LIVE ? live_compose(t, p, section) : compose_stored(t, p, section);
}

/* Appends p to a section; whether it is of a live zone is the caller's guess, made where the code
 * is compiled: what most answers are made of is laid out for either kind on its own. */
static inline uint32_t compose_part(
	struct task *t, const struct part *p, enum section section, bool live)
{
	const uint8_t usual = live ? PART_DATA | PART_LIVE : PART_DATA;
	/* all that is in a message of this size is within reach of pointers */
	if (__builtin_expect(
		    (p->what & (PART_DATA | PART_UNUSUAL | PART_LIVE | PART_MADE)) != usual ||
			    t->limit > MSG_POINTER_MAX,
		    0))
		return compose_other(t, p, section);
	return live ? compose_live(t, p, section) : compose_fragment(t, p, section);
}

/* ---- sections ------------------------------------------------------------------------------ */

static void truncate(struct task *t)
{
	t->flags |= TASK_TC;
	t->extra_part = NULL;
}

/* ANY and RRSIG: the RRsets of a node, or the first of them (RFC 8482, 4.1). */
static __attribute__((noinline)) void compose_any(const struct answer *a, struct task *t)
{
	const struct image_node *node = t->node;
	if (t->qtype == RRTYPE_RRSIG)
		t->answer.what = (uint8_t)((t->answer.what & ~PART_DATA) | PART_SIG | PART_UNUSUAL);
	for (unsigned i = 0; i < node->rrset_cnt; i++) {
		t->answer.rrset = image_rrset(t->zone->img, node->rrset[i].rrset);
		if ((t->answer.what & PART_DATA) == 0 && !respond_has_sig(t->answer.rrset))
			continue;
		if (t->answer.what & PART_MADE)
			live_settle_key(t, &t->answer);
		if (compose_other(t, &t->answer, SECTION_ANSWER) == COMPOSE_FULL) {
			truncate(t);
			return;
		}
		if (a->cfg->any_minimal)
			return;
	}
}

/* Whether the RRset asked for brings its additional data along. */
static bool wants_extras(const struct answer *a, const struct task *t)
{
	return !a->cfg->minimal_responses ||
	       (t->qtype == RRTYPE_NS && t->lookup.node->label_cnt == 0);
}

/* The answer part; true if the chain goes on from it. */
static inline bool compose_answer(struct answer *a, struct task *t, bool live)
{
	if (t->kind == REPLY_ANY) {
		compose_any(a, t);
		return false;
	}
	if (!task_has_answer(t))
		return false;
	uint32_t rr_off = t->pos;
	uint32_t base = compose_part(t, &t->answer, SECTION_ANSWER, live);
	if (base == COMPOSE_FULL) {
		truncate(t);
		return false;
	}
	if (t->kind != REPLY_DATA)
		return chain_follow(a, t, rr_off);
	if (t->answer.rrset->extra_cnt > 0 && wants_extras(a, t)) {
		t->extra_part = &t->answer;
		t->extra_base = (uint16_t)base;
	}
	return false;
}

static inline void compose_authority(struct task *t, bool live)
{
	for (unsigned i = 0; i < t->authority_cnt; i++) {
		uint32_t base = compose_part(t, &t->authority[i], SECTION_AUTHORITY, live);
		if (base == COMPOSE_FULL) {
			truncate(t);
			return;
		}
		if (t->extra_part == &t->authority[i])
			t->extra_base = (uint16_t)base;
	}
}

/* ---- additional section -------------------------------------------------------------------- */

static void own_extra(const struct task *t, struct part *p, const struct image_extra *extra)
{
	if (t->extra_base > 0)
		p->owner_off = (uint16_t)(t->extra_base + extra->name_pos);
	else
		respond_owner_node(t, p, image_node(p->zone->img, extra->node));
}

/* Adds one address RRset, if need be without its RRSIGs (RFC 4035, 3.1.1); false if not even so. */
static bool compose_address(struct task *t, struct part *p)
{
	if (compose_part(t, p, SECTION_ADDITIONAL, false) != COMPOSE_FULL)
		return true;
	if (!respond_has_sig(p->rrset) || (p->what & PART_SIG) == 0)
		return false;
	struct part unsigned_part = *p;
	unsigned_part.what &= (uint8_t)~PART_SIG;
	return compose_part(t, &unsigned_part, SECTION_ADDITIONAL, false) != COMPOSE_FULL;
}

/* Adds the addresses of one name; false if one did not fit. */
static bool compose_extra(struct task *t, const struct image_extra *extra)
{
	const struct part *from = t->extra_part;
	const struct rrset_ref address[] = {extra->a, extra->aaaa};
	struct part p = {.zone = from->zone, .what = from->zone->part_what};
	own_extra(t, &p, extra);
	const uint8_t what = p.what, unsigned_what = what & (uint8_t)~PART_LIVE;
	bool whole = true;
	for (unsigned i = 0; i < sizeof(address) / sizeof(address[0]); i++) {
		if (address[i].v == 0)
			continue;
		p.rrset = image_rrset(from->zone->img, address[i]);
		p.what = p.rrset->key_len > 0 ? what : unsigned_what; /* glue is not signed */
		whole &= compose_address(t, &p);
	}
	return whole;
}

/* Glue a referral is useless without first, and TC if it does not fit (RFC 9471); the rest as far
 * as there is room. */
static void compose_additional(struct task *t)
{
	const struct image_rrset *rrset = t->extra_part->rrset;
	const struct image_extra *extra = image_rrset_extra(rrset);
	for (unsigned i = 0; i < rrset->extra_cnt; i++) {
		if (extra[i].mandatory && !compose_extra(t, &extra[i])) {
			truncate(t);
			return;
		}
	}
	for (unsigned i = 0; i < rrset->extra_cnt; i++)
		if (!extra[i].mandatory)
			(void)compose_extra(t, &extra[i]);
}

/* Asks for an RRset of one or two addresses; that of no RRset is the image's header, which is warm.
 */
static void prefetch_address(const struct image_header *img, struct rrset_ref ref)
{
	const uint8_t *rrset = (const uint8_t *)image_rrset(img, ref);
	prefetch_line(rrset);
	prefetch_line(rrset + PREFETCH_ADDRESS - 1);
}

static void prefetch_addresses(const struct part *p)
{
	const struct image_extra *extra = image_rrset_extra(p->rrset);
	for (unsigned i = 0; i < p->rrset->extra_cnt; i++) {
		prefetch_address(p->zone->img, extra[i].a);
		prefetch_address(p->zone->img, extra[i].aaaa);
	}
}

void compose_prefetch_parts(const struct task *t)
{
	if (t->extra_part != NULL)
		prefetch_addresses(t->extra_part);
}

static inline void compose_all(struct answer *a, struct task *t, bool live)
{
	while (compose_answer(a, t, live))
		;
	if ((t->flags & TASK_TC) == 0)
		compose_authority(t, live);
	if (t->extra_part != NULL)
		compose_additional(t);
}

static __attribute__((noinline)) void compose_all_live(struct answer *a, struct task *t)
{
	compose_all(a, t, true);
}

void compose_sections(struct answer *a, struct task *t)
{
	if (t->zone->live != NULL)
		compose_all_live(a, t);
	else
		compose_all(a, t, false);
}

/* ---- header -------------------------------------------------------------------------------- */

enum header_bit {
	BYTE2_QR = 0x80,
	BYTE2_AA = 0x04,
	BYTE2_TC = 0x02,
	BYTE2_KEPT = 0x79, /* opcode, RD */
	BYTE3_KEPT = 0x10, /* CD (RFC 4035, 3.1.6) */
};

static void write_header(struct task *t)
{
	uint8_t *msg = t->msg;
	msg[2] = (uint8_t)(BYTE2_QR | (msg[2] & BYTE2_KEPT) | (t->flags & TASK_AA ? BYTE2_AA : 0) |
			   (t->flags & TASK_TC ? BYTE2_TC : 0));
	msg[3] = (uint8_t)((msg[3] & BYTE3_KEPT) | (t->rcode & 0xf));
	wire_put_u16(msg + 4, t->flags & TASK_QUESTION ? 1 : 0);
	for (unsigned i = 0; i < SECTION_CNT; i++)
		wire_put_u16(msg + 6 + 2 * i, t->rr_cnt[i]);
}

static enum counter outcome_counter(const struct task *t)
{
	static const uint8_t by_rcode[] = {
		[RCODE_FORMERR] = COUNTER_ANSWER_FORMERR,
		[RCODE_SERVFAIL] = COUNTER_ANSWER_SERVFAIL,
		[RCODE_NXDOMAIN] = COUNTER_ANSWER_NXDOMAIN,
		[RCODE_NOTIMP] = COUNTER_ANSWER_NOTIMP,
		[RCODE_REFUSED] = COUNTER_ANSWER_REFUSED,
		[RCODE_YXDOMAIN] = COUNTER_ANSWER_YXDOMAIN,
		[RCODE_BADVERS] = COUNTER_ANSWER_BADVERS,
	};
	if (t->rcode != RCODE_NOERROR)
		return by_rcode[t->rcode];
	if (t->kind == REPLY_CHAOS)
		return COUNTER_ANSWER_CHAOS;
	if (t->rr_cnt[SECTION_ANSWER] > 0)
		return COUNTER_ANSWER_POSITIVE;
	return t->kind == REPLY_REFERRAL ? COUNTER_ANSWER_REFERRAL : COUNTER_ANSWER_NODATA;
}

static void count(struct counters *counters, const struct task *t)
{
	counter_add(counters, t->flags & TASK_TCP ? COUNTER_TCP_QUERIES : COUNTER_UDP_QUERIES, 1);
	counter_add(counters, COUNTER_DO_QUERIES, t->flags & TASK_DO ? 1 : 0);
	counter_add(counters, COUNTER_TRUNCATED, t->flags & TASK_TC ? 1 : 0);
	counter_add(counters, outcome_counter(t), 1);
}

void compose_finish(struct answer *a, struct task *t)
{
	edns_write(a, t);
	write_header(t);
	t->job->verdict = ANSWER_SEND;
	t->job->out_len = (uint16_t)t->pos;
	count(a->counters, t);
}
