/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/expand.h"

#include "dataplane/answer/message_name.h"

#define RR_FIXED_LEN 10 /* type, class, TTL, RDLENGTH */

/* Where the RRs go; a sticky error once they do not fit. */
struct writer {
	uint8_t *msg;
	uint32_t pos;
	uint32_t limit;
	bool full;
};

static void put(struct writer *w, const uint8_t *src, uint32_t len)
{
	if (w->full || len > w->limit - w->pos) {
		w->full = true;
		return;
	}
	memcpy(w->msg + w->pos, src, len);
	w->pos += len;
}

static void put_pointer(struct writer *w, uint32_t off)
{
	put(w, (const uint8_t[]){(uint8_t)(0xc0 | off >> 8), (uint8_t)off}, 2);
}

/* The name at off of the message: a pointer where one reaches. */
static void put_message_name(struct writer *w, uint32_t off)
{
	if (off <= MSG_POINTER_MAX) {
		put_pointer(w, off);
		return;
	}
	uint8_t name[DNAME_LEN_MAX];
	unsigned len = message_name_read(name, w->msg, off);
	put(w, name, len);
}

/* A fragment being taken apart. */
struct fragment {
	const struct part *part;
	const uint8_t *wire;
	const uint16_t *apex_fix, *self_fix;
};

static bool has_fix(const uint16_t *fix, unsigned cnt, uint32_t pos)
{
	for (unsigned i = 0; i < cnt; i++)
		if (fix[i] == pos)
			return true;
	return false;
}

static uint32_t stored_at(const struct fragment *f, uint32_t pos)
{
	return (uint32_t)f->wire[pos] << 8 | f->wire[pos + 1];
}

static bool is_apex_fix(const struct fragment *f, uint32_t pos)
{
	return has_fix(f->apex_fix, f->part->rrset->apex_fix_cnt, pos);
}

static bool is_self_fix(const struct fragment *f, uint32_t pos)
{
	return has_fix(f->self_fix, f->part->rrset->self_fix_cnt, pos);
}

/* The apex without its first skip octets. */
static void put_apex(struct writer *w, const struct zone_view *zone, uint32_t skip)
{
	if (!zone->apex_far)
		put_pointer(w, zone->apex_off + skip);
	else
		put(w, image_apex(zone->img) + skip, zone->img->apex_len - skip);
}

/* The name at a position of the fragment, which may begin with, or lead to, a fix-up. */
static void put_fragment_name(struct writer *w, const struct fragment *f, uint32_t pos)
{
	for (;;) {
		if (is_apex_fix(f, pos)) {
			put_apex(w, f->part->zone, stored_at(f, pos));
			return;
		}
		if (is_self_fix(f, pos)) {
			pos = stored_at(f, pos);
			continue;
		}
		put(w, f->wire + pos, f->wire[pos] + 1U);
		if (f->wire[pos] == 0)
			return;
		pos += f->wire[pos] + 1U;
	}
}

/* Owner of the RR at pos; returns the position behind it. */
static uint32_t put_owner(struct writer *w, const struct fragment *f, uint32_t pos)
{
	if (f->part->rrset->owner_fix_cnt > 0) {
		put(w, f->part->owner_labels, f->part->owner_labels_len);
		put_message_name(w, f->part->owner_off);
		return pos + 2;
	}
	put_fragment_name(w, f, pos);
	while (f->wire[pos] != 0 && !is_apex_fix(f, pos) && !is_self_fix(f, pos))
		pos += f->wire[pos] + 1U;
	return pos + (is_apex_fix(f, pos) || is_self_fix(f, pos) ? 2 : 1);
}

static void put_rdata(struct writer *w, const struct fragment *f, uint32_t pos, uint32_t end)
{
	while (pos < end) {
		if (is_apex_fix(f, pos) || is_self_fix(f, pos)) {
			put_fragment_name(w, f, pos);
			pos += 2;
		} else {
			put(w, f->wire + pos, 1);
			pos++;
		}
	}
}

/* One RR; returns the position behind it. */
static uint32_t put_rr(struct writer *w, const struct fragment *f, uint32_t pos)
{
	pos = put_owner(w, f, pos);
	uint32_t rdata_pos = pos + RR_FIXED_LEN;
	uint32_t rdata_end = rdata_pos + stored_at(f, rdata_pos - 2);
	put(w, f->wire + pos, RR_FIXED_LEN);
	uint32_t written_pos = w->pos;
	put_rdata(w, f, rdata_pos, rdata_end);
	if (!w->full) {
		w->msg[written_pos - 2] = (uint8_t)((w->pos - written_pos) >> 8);
		w->msg[written_pos - 1] = (uint8_t)(w->pos - written_pos);
	}
	return rdata_end;
}

int expand_part(struct task *t, const struct part *p)
{
	const struct image_rrset *rrset = p->rrset;
	const uint16_t *fix = image_rrset_fix(rrset) + rrset->owner_fix_cnt;
	struct fragment f = {
		.part = p,
		.wire = image_rrset_wire(rrset),
		.apex_fix = fix,
		.self_fix = fix + rrset->apex_fix_cnt,
	};
	struct writer w = {.msg = t->msg, .pos = t->pos, .limit = t->limit};
	uint32_t pos = p->what & PART_DATA ? 0 : rrset->data_len;
	uint32_t end = rrset->data_len + (p->what & PART_SIG ? rrset->sig_len : 0U);
	while (pos < end && !w.full)
		pos = put_rr(&w, &f, pos);
	if (w.full)
		return -1;
	t->pos = w.pos;
	return 0;
}
