/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/respond.h"

#include "dataplane/answer/denial.h"
#include "dataplane/answer/edns.h"
#include "dataplane/answer/live.h"
#include "dataplane/answer/message_name.h"

uint16_t task_suffix_off(const struct task *t, unsigned label_idx)
{
	if (t->sname_flat)
		return (uint16_t)(t->sname_off + t->q.label_off[label_idx]);
	return (uint16_t)message_name_suffix(t->msg, t->sname_off, label_idx);
}

/* Labels of the current name below the apex. */
static unsigned labels_below_apex(const struct task *t)
{
	return t->q.label_cnt - t->zone->img->apex_label_cnt;
}

/* ---- zone ---------------------------------------------------------------------------------- */

const struct image_header *respond_zone(const struct answer *a, const struct task *t)
{
	if (t->qtype == RRTYPE_DS && t->q.label_cnt > 0) {
		const struct image_header *above =
			publish_zone_find(a->reader, &t->search, &t->q, t->q.label_cnt - 1U);
		if (above != NULL)
			return above;
	}
	return publish_zone_find(a->reader, &t->search, &t->q, t->q.label_cnt);
}

/* Pointers into the apex are computed as its offset + constant, which holds if it lies in one run
 * near enough; the question's always does. */
static bool apex_is_far(const struct task *t, const struct zone_view *zone)
{
	if (t->sname_flat && t->sname_off == MSG_HEADER_LEN)
		return false;
	return zone->apex_off + zone->img->apex_len > MSG_POINTER_MAX ||
	       !message_name_flat(t->msg, zone->apex_off);
}

void respond_enter_zone(
	struct answer *a, struct task *t, struct zone_view *zone, const struct image_header *img)
{
	bool dnssec_ok = (t->flags & TASK_DO) != 0;
	zone->img = img;
	zone->apex_off = task_suffix_off(t, (unsigned)t->q.label_cnt - img->apex_label_cnt);
	zone->apex_far = apex_is_far(t, zone);
	zone->has_denial =
		dnssec_ok && (img->flags & (IMAGE_NSEC | IMAGE_NSEC3 | IMAGE_COMPACT)) != 0;
	/* the apex' RRsets are warm */
	zone->sig_len = dnssec_ok ? image_rrset(img, img->soa_negative)->sig_len : 0;
	zone->part_what = (uint8_t)(PART_DATA | (dnssec_ok ? PART_SIG : 0) |
				    (zone->apex_far ? PART_UNUSUAL : 0));
	zone->live = NULL;
	if ((img->flags & IMAGE_LIVE) != 0)
		live_enter(a, t, zone);
	t->zone = zone;
	lookup_start(&t->lookup, img, &t->q);
}

/* ---- parts --------------------------------------------------------------------------------- */

void respond_owner_node(const struct task *t, struct part *p, const struct image_node *node)
{
	const uint8_t *name = image_node_name(node);
	const struct qname *q = &t->q;
	unsigned below = labels_below_apex(t);
	unsigned shared = node->label_cnt; /* labels of the suffix tried */
	unsigned off = 0;
	for (; shared > 0; shared--, off += name[off] + 1U) {
		if (shared > below)
			continue;
		unsigned q_off = q->label_off[below - shared];
		unsigned q_len = q->label_off[below] - q_off;
		if (q_len == node->name_len - off &&
			memcmp(name + off, q->wire + q_off, q_len) == 0)
			break;
	}
	p->owner_labels = name;
	p->owner_labels_len = (uint8_t)off;
	p->what |= off > 0 ? PART_UNUSUAL : 0;
	p->owner_off = task_suffix_off(t, below - shared);
}

static void set_answer(struct task *t, struct rrset_ref ref, uint16_t owner_off)
{
	respond_init_part(t, &t->answer);
	t->answer.rrset = image_rrset(t->zone->img, ref);
	t->answer.owner_off = owner_off;
	respond_prefetch(t->answer.rrset, PREFETCH_DATA + t->zone->sig_len);
}

static struct part *add_rrset(
	struct task *t, struct rrset_ref ref, uint16_t owner_off, uint32_t prefetch_len)
{
	struct part *p = respond_add_authority(t);
	p->rrset = image_rrset(t->zone->img, ref);
	p->owner_off = owner_off;
	respond_prefetch(p->rrset, prefetch_len);
	return p;
}

static void add_soa(struct task *t)
{
	struct part *p = respond_add_authority(t);
	p->rrset = image_rrset(t->zone->img, t->zone->img->soa_negative); /* warm: all ask for it */
	p->owner_off = t->zone->apex_off;
}

/* ---- decisions ----------------------------------------------------------------------------- */

/* AA speaks of the first owner in the answer (RFC 1035, 4.1.1), so only the first step sets it. */
static void set_authoritative(struct task *t)
{
	if (t->chain_cnt == 0)
		t->flags |= TASK_AA;
}

static bool node_has_sig(const struct task *t, const struct image_node *node)
{
	for (unsigned i = 0; i < node->rrset_cnt; i++)
		if (respond_has_sig(image_rrset(t->zone->img, node->rrset[i].rrset)))
			return true;
	return false;
}

/* ANY and RRSIG take what the node has; true if they find something. */
static bool decide_any(struct task *t, const struct image_node *node)
{
	bool found = t->qtype == RRTYPE_ANY ? node->rrset_cnt > 0
					    : t->qtype == RRTYPE_RRSIG && node_has_sig(t, node);
	if (!found)
		return false;
	t->kind = REPLY_ANY;
	t->node = node;
	respond_init_part(t, &t->answer);
	t->answer.owner_off = t->sname_off;
	return true;
}

/* Compact zones: the answer is a wildcard's, signed as if it were the current name's. */
static void expand_answer(struct task *t)
{
	bool is_compact = t->zone->live != NULL && (t->zone->img->flags & IMAGE_COMPACT) != 0;
	if (is_compact)
		respond_make(t, &t->answer, PART_EXPANDED);
}

/* Takes what node has for the type; false if that is nothing. node is the current name, or the
 * wildcard that stands for it. */
static bool decide_node(struct task *t, const struct image_node *node)
{
	set_authoritative(t);
	if (decide_any(t, node))
		return true;
	struct rrset_ref ref = lookup_rrset(node, t->qtype);
	t->kind = REPLY_DATA;
	if (ref.v == 0 && (node->flags & NODE_CNAME) != 0) {
		ref = lookup_rrset(node, RRTYPE_CNAME);
		t->kind = REPLY_CNAME;
	}
	if (ref.v == 0)
		return false;
	set_answer(t, ref, t->sname_off);
	return true;
}

static void decide_nodata(struct task *t)
{
	t->kind = REPLY_NODATA;
	add_soa(t);
}

static void decide_found(struct answer *a, struct task *t, const struct image_node *node)
{
	if (decide_node(t, node))
		return;
	decide_nodata(t);
	denial_nodata(a, t, node);
}

static void decide_wildcard(struct answer *a, struct task *t, const struct image_node *encloser)
{
	const struct image_node *wildcard = image_node(t->zone->img, encloser->wildcard);
	if (decide_node(t, wildcard)) {
		expand_answer(t);
		denial_wildcard(a, t, encloser);
		return;
	}
	decide_nodata(t);
	denial_wildcard_nodata(a, t, encloser, wildcard);
}

static void decide_missing(struct answer *a, struct task *t, const struct image_node *encloser)
{
	if (encloser->wildcard.v != 0) {
		decide_wildcard(a, t, encloser);
		return;
	}
	set_authoritative(t);
	/* whoever gets the compact proof reads there that the name is missing (RFC 9824, 3.1), and
	 * is told so here, too, only if that does not confuse it (5.1) */
	bool is_compact = t->zone->has_denial && (t->zone->img->flags & IMAGE_COMPACT) != 0;
	t->kind = REPLY_NXDOMAIN;
	t->rcode = is_compact && !t->compact_ok ? RCODE_NOERROR : RCODE_NXDOMAIN;
	add_soa(t);
	denial_nxdomain(a, t, encloser);
}

/* DS, or the proof that there is none (RFC 4035, 3.1.4). */
static void add_delegation_security(
	struct answer *a, struct task *t, const struct image_node *cut, uint16_t owner_off)
{
	struct rrset_ref ds = lookup_rrset(cut, RRTYPE_DS);
	if (!t->zone->has_denial)
		return;
	if (ds.v != 0)
		add_rrset(t, ds, owner_off, PREFETCH_DATA + t->zone->sig_len);
	else
		denial_nodata(a, t, cut);
}

static void decide_delegation(struct answer *a, struct task *t, const struct image_node *cut)
{
	unsigned above = labels_below_apex(t) - cut->label_cnt;
	if (above == 0 && t->qtype == RRTYPE_DS) {
		decide_found(a, t, cut); /* the parent's data (RFC 4035, 3.1.4.1) */
		return;
	}
	t->kind = REPLY_REFERRAL;
	uint16_t owner_off = task_suffix_off(t, above);
	t->extra_part = add_rrset(t, lookup_rrset(cut, RRTYPE_NS), owner_off, PREFETCH_NS);
	add_delegation_security(a, t, cut, owner_off);
}

static void decide_dname(struct task *t, const struct image_node *node)
{
	set_authoritative(t);
	t->kind = REPLY_DNAME;
	unsigned above = labels_below_apex(t) - node->label_cnt;
	set_answer(t, lookup_rrset(node, RRTYPE_DNAME), task_suffix_off(t, above));
}

void respond_decide(struct answer *a, struct task *t)
{
	const struct image_node *node = t->lookup.node;
	switch (t->lookup.outcome) {
	case LOOKUP_FOUND:
		decide_found(a, t, node);
		break;
	case LOOKUP_DELEGATION:
		decide_delegation(a, t, node);
		break;
	case LOOKUP_DNAME:
		decide_dname(t, node);
		break;
	default:
		decide_missing(a, t, node);
		break;
	}
}
