/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/chain.h"

#include "dataplane/answer/denial.h"
#include "dataplane/answer/live.h"
#include "dataplane/answer/message_name.h"
#include "dataplane/answer/respond.h"
#include "zonedb/wire.h"

#define RR_FIXED_LEN 10 /* type, class, TTL, RDLENGTH */

static uint32_t rdata_off(const struct task *t, uint32_t rr_off)
{
	return message_name_end(t->msg, rr_off) + RR_FIXED_LEN;
}

/* ---- DNAME --------------------------------------------------------------------------------- */

/* Makes the target of the current name: its labels before the DNAME's owner, then the DNAME's
 * target, uncompressed. Returns its octets, or 0 if that is no name (RFC 6672, 2.2). */
static unsigned substitute(const struct task *t, uint32_t target_off, uint8_t dst[DNAME_LEN_MAX])
{
	uint8_t name[DNAME_LEN_MAX], target[DNAME_LEN_MAX];
	message_name_read(name, t->msg, t->sname_off);
	unsigned above = t->q.label_cnt - t->zone->img->apex_label_cnt - t->lookup.node->label_cnt;
	unsigned prefix_len = t->q.label_off[above];
	unsigned target_len = message_name_read(target, t->msg, target_off);
	if (prefix_len + target_len > DNAME_LEN_MAX)
		return 0;
	memcpy(dst, name, prefix_len);
	memcpy(dst + prefix_len, target, target_len);
	return prefix_len + target_len;
}

/* Octets of the current name as an owner: a pointer where one reaches. */
static unsigned put_owner(const struct task *t, uint8_t dst[DNAME_LEN_MAX])
{
	if (t->sname_off > MSG_POINTER_MAX)
		return message_name_read(dst, t->msg, t->sname_off);
	wire_put_u16(dst, 0xc000U | t->sname_off);
	return 2;
}

/* Appends "current name CNAME target" with the DNAME's TTL (RFC 6672, 3.1); false if it does not
 * fit. */
static bool append_cname(struct task *t, const uint8_t *target, unsigned target_len)
{
	uint8_t owner[DNAME_LEN_MAX];
	unsigned owner_len = put_owner(t, owner);
	if (t->pos + owner_len + RR_FIXED_LEN + target_len > t->limit)
		return false;
	uint8_t *at = t->msg + t->pos;
	memcpy(at, owner, owner_len);
	at += owner_len;
	wire_put_u16(at, RRTYPE_CNAME);
	wire_put_u16(at + 2, RRCLASS_IN);
	wire_put_u32(at + 4, t->answer.rrset->ttl_s);
	wire_put_u16(at + 8, target_len);
	memcpy(at + RR_FIXED_LEN, target, target_len);
	t->pos += owner_len + RR_FIXED_LEN + target_len;
	t->rr_cnt[SECTION_ANSWER]++;
	return true;
}

/* Adds the CNAME of a DNAME standing at *rr_off, which is moved to it. */
static bool synthesize_cname(struct task *t, uint32_t *rr_off)
{
	uint8_t target[DNAME_LEN_MAX];
	unsigned target_len = substitute(t, rdata_off(t, *rr_off), target);
	if (target_len == 0) {
		t->rcode = RCODE_YXDOMAIN;
		return false;
	}
	*rr_off = t->pos;
	if (append_cname(t, target, target_len))
		return true;
	t->flags |= TASK_TC;
	return false;
}

/* ---- the next name ------------------------------------------------------------------------- */

/* True if the name at off has been the current name before: the question, or the owner of a CNAME
 * composed in the answer section. */
static bool was_current(const struct task *t, uint32_t off)
{
	if (message_name_equal(t->msg, off, MSG_HEADER_LEN))
		return true;
	for (unsigned i = 0; i < t->chain_cnt; i++)
		if (message_name_equal(t->msg, off, t->chain_off[i]))
			return true;
	return false;
}

static void enter_name(struct task *t, uint16_t off)
{
	uint8_t name[DNAME_LEN_MAX];
	unsigned len = message_name_read(name, t->msg, off);
	if (qname_read(&t->q, name, len) < 0)
		__builtin_unreachable(); /* we wrote it */
	t->chain_off[t->chain_cnt++] = off;
	t->sname_off = off;
	t->sname_flat = message_name_flat(t->msg, off);
}

/* Finds and decides the current name; false if it is another server's. */
static bool resolve(struct answer *a, struct task *t)
{
	publish_zone_prepare(a->reader, &t->search, &t->q);
	const struct image_header *img = respond_zone(a, t);
	if (img == NULL)
		return false;
	respond_enter_zone(a, t, &a->chain_zone[t->chain_cnt - 1], img);
	while (lookup_step(&t->lookup) == LOOKUP_RUNNING)
		;
	respond_decide(a, t);
	denial_hash(&t, 1);
	denial_cover(t);
	if (t->zone->live != NULL)
		live_prefetch(t);
	return true;
}

bool chain_follow(struct answer *a, struct task *t, uint32_t rr_off)
{
	if (t->kind == REPLY_DNAME && !synthesize_cname(t, &rr_off))
		return false;
	if (t->qtype == RRTYPE_CNAME)
		return false; /* the synthesised CNAME is what was asked for */
	uint32_t target_off = rdata_off(t, rr_off);
	if (t->chain_cnt == ANSWER_CHAIN_MAX || was_current(t, target_off))
		return false;
	enter_name(t, (uint16_t)target_off);
	return resolve(a, t);
}
