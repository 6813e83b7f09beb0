/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/live.h"

#include "dataplane/answer/compose.h"
#include "dataplane/answer/edns.h"
#include "dataplane/answer/message_name.h"
#include "dataplane/sigcache/sigcache_entry.h"
#include "zonedb/nsec3.h"
#include "zonedb/synth.h"
#include "zonedb/wire.h"

#define POINTER_BITS 0xc000U

/* ---- zones --------------------------------------------------------------------------------- */

__attribute__((noinline)) void live_enter(
	struct answer *a, const struct task *t, struct zone_view *zone)
{
	if ((t->flags & TASK_DO) == 0 && t->qtype != RRTYPE_RRSIG)
		return;
	a->live.is_met = true;
	if (a->live.sigs != NULL && a->live.sigs->cache != NULL)
		a->live.sigs->is_used = true;
	zone->live = &a->live;
	zone->part_what |= PART_LIVE;
	zone->sig_len = sizeof(struct sig_key);
}

/* ---- keys ---------------------------------------------------------------------------------- */

/* Whether p is to have RRSIGs: a cut's NS and glue are not. */
static inline bool is_signed(const struct part *p)
{
	return (p->what & PART_SIG) != 0 &&
	       ((p->what & (PART_COVER | PART_COMPACT)) != 0 || p->rrset->key_len != 0);
}

static inline struct sig_key key_of(const struct part *p)
{
	return p->what & PART_MADE ? p->made->key : *image_rrset_key(p->rrset);
}

void live_settle_key(const struct task *t, const struct part *p)
{
	const struct image_header *img = p->zone->img;
	if (p->what & PART_COVER)
		p->made->key = sig_key_cover(img->live_id, p->made->hash);
	else if (p->what & PART_COMPACT)
		p->made->key = sig_key_compact(img->live_id, t->q.wire, t->q.len);
	else if ((p->what & PART_EXPANDED) != 0 && p->rrset->key_len != 0)
		p->made->key = sig_key_expanded(*image_rrset_key(p->rrset), t->q.wire, t->q.len);
}

static inline void prefetch_part(struct task *t, struct sigcache *cache, unsigned i)
{
	const struct part *p = &t->answer + i;
	if (!is_signed(p))
		return;
	if (__builtin_expect(p->what & PART_MADE, 0))
		live_settle_key(t, p);
	const struct sig_key key = key_of(p);
	t->signed_parts |= (uint16_t)(1U << i);
	if (sigcache_recall(cache, key, &t->spot[i]))
		return;
	t->pending_parts |= (uint16_t)(1U << i);
	sigcache_prefetch(cache, key, &t->spot[i]);
}

static inline struct sigcache *cache_of(const struct live *live)
{
	return live->sigs != NULL ? live->sigs->cache : NULL;
}

void live_prefetch(struct task *t)
{
	struct sigcache *cache = cache_of(t->zone->live);
	if (cache == NULL)
		return;
	if (task_has_answer(t))
		prefetch_part(t, cache, 0);
	for (unsigned i = 1; i <= t->authority_cnt; i++)
		prefetch_part(t, cache, i);
}

void live_prefetch_entries(struct task *t)
{
	const struct sigcache *cache = cache_of(t->zone->live);
	for (unsigned left = t->pending_parts; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctz(left);
		sigcache_prefetch_entry(cache, key_of(&t->answer + i), &t->spot[i]);
		if (t->spot[i].entry != NULL)
			t->pending_parts &= (uint16_t) ~(1U << i);
	}
}

/* ---- finding -------------------------------------------------------------------------------- */

/* The signatures of p: those whose spot is known, or any others: chains go on, and additional
 * records come up late. */
static inline struct sigcache_hit found(struct task *t, const struct part *p)
{
	struct sigcache *cache = cache_of(p->zone->live);
	size_t i = (size_t)(p - &t->answer);
	if (i < TASK_PART_MAX && (t->signed_parts >> i & 1) != 0) {
		t->signed_parts &= (uint16_t)~1U; /* the next step's answer is another part */
		return sigcache_find_at(cache, key_of(p), &t->spot[i]);
	}
	if (cache == NULL)
		return (struct sigcache_hit){0};
	return sigcache_find(cache, key_of(p));
}

/* ---- wants --------------------------------------------------------------------------------- */

/* The owner of p as a request names it: in full, lower case. */
static uint8_t owner_name(const struct task *t, const struct part *p, uint8_t name[DNAME_LEN_MAX])
{
	unsigned labels_len = p->owner_labels_len;
	if (labels_len > 0) /* else it may be that there is no such pointer */
		memcpy(name, p->owner_labels, labels_len);
	uint8_t rest[DNAME_LEN_MAX];
	unsigned rest_len = message_name_read(rest, t->msg, p->owner_off);
	dname_lower(name + labels_len, rest, rest_len);
	return (uint8_t)(labels_len + rest_len);
}

static enum sign_kind made_kind(const struct part *p)
{
	if (p->what & PART_COVER)
		return SIGN_NARROW_COVER;
	return p->what & PART_COMPACT ? SIGN_COMPACT : SIGN_EXPANDED;
}

/* What p's signatures are asked for by; name is where its name goes. */
static struct sigwait_want want_of(const struct task *t, const struct part *p, uint8_t *name)
{
	const struct image_header *img = p->zone->img;
	struct sigwait_want want = {
		.key = key_of(p), .apex_len = img->apex_len, .apex = image_apex(img), .name = name};
	if (p->what & PART_MADE) {
		want.kind = (uint8_t)made_kind(p);
		want.type = p->what & PART_EXPANDED ? p->rrset->type : 0;
		want.name_len = owner_name(t, p, name);
	} else if (p->rrset == image_rrset(img, img->soa_negative)) {
		want.kind = SIGN_NEGATIVE_SOA;
	} else if (p->rrset->type == RRTYPE_NSEC3) {
		const char *label = (const char *)image_rrset_wire(p->rrset) + 1;
		want.kind = SIGN_NSEC3;
		want.name_len = NSEC3_HASH_LEN;
		(void)!nsec3_from_text(name, label, NSEC3_LABEL_LEN);
	} else {
		want.kind = SIGN_RRSET;
		want.type = p->rrset->type;
		want.name_len = owner_name(t, p, name);
	}
	return want;
}

/* What is beyond the bound is asked for when the rest is there. */
static __attribute__((noinline)) void note_missing(const struct task *t, const struct part *p)
{
	struct live *live = p->zone->live;
	if (live->want_cnt == SIGWAIT_WANT_MAX)
		return;
	unsigned i = live->want_cnt++;
	struct sigcache *cache = cache_of(live);
	if (cache == NULL)
		return;
	live->want[i] = want_of(t, p, live->name[i]);
	live->want[i].week = sigcache_week(cache);
}

static __attribute__((noinline)) void refresh(
	const struct task *t, const struct part *p, uint32_t week)
{
	uint8_t name[DNAME_LEN_MAX];
	const struct sigthread *sigs = p->zone->live->sigs;
	struct sigwait_want want = want_of(t, p, name);
	want.week = week;
	sigwait_refresh(sigs->wait, sigs->now, p->zone->img->apex_hash, &want);
}

/* ---- octets -------------------------------------------------------------------------------- */

/* Octets RRSIGs take that are not there yet; what is wrong in this guess matters to the messages'
 * other parts only until they are. */
static uint32_t guess_len(const struct part *p)
{
	return p->zone->img->live_sig_len;
}

static __attribute__((noinline)) bool write_far(struct task *t, const struct part *p,
	const struct sigcache_entry *entry, uint32_t owner_off)
{
	uint8_t owner[DNAME_LEN_MAX];
	unsigned owner_len = message_name_read(owner, t->msg, owner_off);
	uint32_t len = sigcache_len(entry, owner_len);
	if (t->pos + len > t->limit)
		return false;
	sigcache_write_far(p->zone->live->sigs->cache, entry, t->msg + t->pos, owner, owner_len,
		image_apex(p->zone->img));
	t->pos += len;
	return true;
}

/* What nearly all are; false if they do not fit. */
static inline bool write_plain(struct task *t, const struct part *p,
	const struct sigcache_entry *entry, enum section section, uint32_t owner_off)
{
	uint32_t len = sigcache_plain_len(entry);
	if (t->pos + len > t->limit)
		return false;
	sigcache_write_plain(entry, t->msg + t->pos, (uint16_t)(POINTER_BITS | owner_off),
		image_apex(p->zone->img));
	t->pos += len;
	t->rr_cnt[section]++;
	return true;
}

static __attribute__((noinline)) bool write_near(struct task *t, const struct part *p,
	const struct sigcache_entry *entry, uint32_t owner_off)
{
	uint32_t len = sigcache_len(entry, 2);
	if (t->pos + len > t->limit)
		return false;
	sigcache_write(p->zone->live->sigs->cache, entry, t->msg + t->pos,
		(uint16_t)(POINTER_BITS | owner_off), image_apex(p->zone->img));
	t->pos += len;
	return true;
}

/* Leaves room for RRSIGs that are missing. */
static __attribute__((noinline)) bool skip_sigs(struct task *t, const struct part *p)
{
	note_missing(t, p);
	if (t->pos + guess_len(p) > t->limit)
		return false;
	t->pos += guess_len(p);
	return true;
}

bool live_append_sigs(
	struct task *t, const struct part *p, enum section section, uint32_t owner_off)
{
	struct sigcache_hit hit = found(t, p);
	if (__builtin_expect(hit.entry == NULL, 0))
		return skip_sigs(t, p);
	if (__builtin_expect(hit.refresh_week != 0, 0))
		refresh(t, p, hit.refresh_week);
	if (sigcache_is_plain(hit.entry) && owner_off <= MSG_POINTER_MAX)
		return write_plain(t, p, hit.entry, section, owner_off);
	t->rr_cnt[section] += (uint16_t)sigcache_cnt(hit.entry);
	return owner_off <= MSG_POINTER_MAX ? write_near(t, p, hit.entry, owner_off)
					    : write_far(t, p, hit.entry, owner_off);
}

/* ---- records made while answering ---------------------------------------------------------- */

static __attribute__((noinline)) uint32_t append_cover(struct task *t, const struct part *p)
{
	const struct image_header *img = p->zone->img;
	bool far = p->zone->apex_far;
	size_t len = synth_cover_len(img) + (far ? img->apex_len : 0U);
	uint32_t start = t->pos;
	if (start + len > t->limit)
		return COMPOSE_FULL;
	t->pos += (uint32_t)synth_cover(
		t->msg + start, img, p->made->hash, far ? SYNTH_CANONICAL : p->zone->apex_off);
	return start;
}

/* An NSEC of the current name, which stands at p->owner_off. */
static __attribute__((noinline)) uint32_t append_nsec(struct task *t, const struct part *p)
{
	const struct image_header *img = p->zone->img;
	bool far = p->owner_off > MSG_POINTER_MAX;
	uint16_t owner_at = far ? SYNTH_CANONICAL : p->owner_off;
	size_t name_len = t->q.len;
	size_t len = far ? name_len : 0;
	uint32_t start = t->pos;
	len += p->what & PART_COMPACT ? SYNTH_COMPACT_LEN(name_len) : SYNTH_EXPANDED_LEN(p->rrset);
	if (start + len > t->limit)
		return COMPOSE_FULL;
	if (p->what & PART_COMPACT)
		len = synth_compact(t->msg + start, img, t->q.wire, name_len, owner_at);
	else
		len = synth_expanded(t->msg + start, img, p->rrset, t->q.wire, t->q.len, owner_at);
	t->pos += (uint32_t)len;
	return start;
}

static bool is_expanded_nsec(const struct part *p)
{
	return (p->what & PART_EXPANDED) != 0 && p->rrset->type == RRTYPE_NSEC;
}

/* ---- parts --------------------------------------------------------------------------------- */

/* The records without RRSIGs; as compose_stored(). */
static inline uint32_t append_data(struct task *t, const struct part *p, enum section section)
{
	if ((p->what & (PART_COVER | PART_COMPACT)) != 0 || is_expanded_nsec(p)) {
		uint32_t start = p->what & PART_COVER ? append_cover(t, p) : append_nsec(t, p);
		t->rr_cnt[section] += start != COMPOSE_FULL;
		return start;
	}
	return compose_stored(t, p, section);
}

/* Where the owner of p, appended at start, stands. */
static inline uint32_t owner_of(const struct part *p, uint32_t start)
{
	if (p->what & PART_MADE)
		return p->what & PART_COVER ? start : p->owner_off;
	bool own = p->owner_labels_len > 0 || p->rrset->owner_fix_cnt == 0;
	return own && (p->what & PART_DATA) != 0 ? start : p->owner_off;
}

uint32_t live_compose(struct task *t, const struct part *p, enum section section)
{
	uint32_t start = t->pos, base = start;
	uint16_t rr_cnt = t->rr_cnt[section];
	if (p->what & PART_DATA)
		base = append_data(t, p, section);
	if (base == COMPOSE_FULL || !is_signed(p))
		return base;
	if (live_append_sigs(t, p, section, owner_of(p, start)))
		return base;
	t->pos = start;
	t->rr_cnt[section] = rr_cnt;
	return COMPOSE_FULL;
}

/* ---- messages ------------------------------------------------------------------------------ */

static void restore_question(struct task *t)
{
	t->pos = t->question_end;
	memset(t->rr_cnt, 0, sizeof(t->rr_cnt));
	t->flags &= (uint8_t) ~(TASK_AA | TASK_TC);
}

static uint32_t park(struct answer *a, struct task *t)
{
	const struct sigthread *sigs = a->live.sigs;
	if (sigs == NULL || sigs->wait == NULL || t->job->round >= SIGWAIT_ROUND_MAX)
		return SIGWAIT_NONE;
	return sigwait_park(sigs->wait, sigs->now, t->first_zone.img->apex_hash, a->live.want,
		a->live.want_cnt);
}

/* Whether a client that gets no answer has better prospects than one with SERVFAIL. */
static bool is_dropped(const struct answer *a, const struct task *t)
{
	bool is_crowded = a->live.sigs != NULL && a->live.sigs->wait != NULL &&
			  t->job->round < SIGWAIT_ROUND_MAX;
	return is_crowded && (t->flags & TASK_TCP) == 0;
}

static void drop(struct answer_job *job)
{
	job->out_len = 0;
	job->verdict = ANSWER_DROP_UNSIGNED;
}

bool live_shed(const struct answer *a, const struct task *t)
{
	const struct sigthread *sigs = a->live.sigs;
	struct sig_key lacking[TASK_PART_MAX];
	unsigned cnt = 0;
	if (!is_dropped(a, t))
		return false;
	for (unsigned left = t->pending_parts; left != 0; left &= left - 1)
		lacking[cnt++] = key_of(&t->answer + __builtin_ctz(left));
	if (!sigwait_refuses(sigs->wait, t->first_zone.img->apex_hash, sigcache_week(sigs->cache),
		    lacking, cnt))
		return false;
	drop(t->job);
	return true;
}

bool live_park(struct answer *a, struct task *t)
{
	struct answer_job *job = t->job;
	restore_question(t);
	job->place = park(a, t);
	bool dropped = is_dropped(a, t);
	a->live.want_cnt = 0;
	if (job->place == SIGWAIT_NONE && !dropped) {
		task_error(t, RCODE_SERVFAIL, EDE_NOT_READY);
		return true;
	}
	drop(job);
	if (job->place != SIGWAIT_NONE) {
		job->verdict = ANSWER_PARKED;
		job->msg_len = (uint16_t)edns_write_question(t);
	}
	return false;
}
