/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/expand.h"

#include "dataplane/answer/message_name.h"
#include "zonedb/wire.h"

#define RR_FIXED_LEN 10 /* type, class, TTL, RDLENGTH */

/* The name at off of the message: a pointer where one reaches. */
static void put_message_name(struct wire_writer *w, const uint8_t *msg, uint32_t off)
{
	uint8_t name[DNAME_LEN_MAX];
	if (off <= MSG_POINTER_MAX)
		wire_write_u16(w, (uint16_t)(0xc000 | off));
	else
		wire_write(w, name, message_name_read(name, msg, off));
}

/* A fragment being taken apart. */
struct fragment {
	const struct part *part;
	const uint8_t *msg; /* it goes to */
	const uint8_t *wire;
	const uint16_t *apex_fix, *self_fix;
};

/* First fix-up at or behind pos, in a list in ascending order (image_check); none: UINT32_MAX. */
static uint32_t next_fix(const uint16_t *fix, unsigned cnt, uint32_t pos)
{
	unsigned low = 0, high = cnt;
	while (low < high) {
		unsigned mid = (low + high) / 2;
		if (fix[mid] < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low < cnt ? fix[low] : UINT32_MAX;
}

static uint32_t stored_at(const struct fragment *f, uint32_t pos)
{
	return (uint32_t)f->wire[pos] << 8 | f->wire[pos + 1];
}

static uint32_t next_apex_fix(const struct fragment *f, uint32_t pos)
{
	return next_fix(f->apex_fix, f->part->rrset->apex_fix_cnt, pos);
}

static uint32_t next_self_fix(const struct fragment *f, uint32_t pos)
{
	return next_fix(f->self_fix, f->part->rrset->self_fix_cnt, pos);
}

static bool is_fix(const struct fragment *f, uint32_t pos)
{
	return next_apex_fix(f, pos) == pos || next_self_fix(f, pos) == pos;
}

/* The apex without its first skip octets. */
static void put_apex(struct wire_writer *w, const struct zone_view *zone, uint32_t skip)
{
	if (!zone->apex_far)
		wire_write_u16(w, (uint16_t)(0xc000 | (zone->apex_off + skip)));
	else
		wire_write(w, image_apex(zone->img) + skip, zone->img->apex_len - skip);
}

/* The name at a position of the fragment, which may begin with, or lead to, a fix-up. */
static void put_fragment_name(struct wire_writer *w, const struct fragment *f, uint32_t pos)
{
	for (;;) {
		if (next_apex_fix(f, pos) == pos) {
			put_apex(w, f->part->zone, stored_at(f, pos));
			return;
		}
		if (next_self_fix(f, pos) == pos) {
			pos = stored_at(f, pos);
			continue;
		}
		wire_write(w, f->wire + pos, f->wire[pos] + 1U);
		if (f->wire[pos] == 0)
			return;
		pos += f->wire[pos] + 1U;
	}
}

/* Owner of the RR at pos; returns the position behind it. */
static uint32_t put_owner(struct wire_writer *w, const struct fragment *f, uint32_t pos)
{
	if (f->part->rrset->owner_fix_cnt > 0) {
		wire_write(w, f->part->owner_labels, f->part->owner_labels_len);
		put_message_name(w, f->msg, f->part->owner_off);
		return pos + 2;
	}
	put_fragment_name(w, f, pos);
	while (!is_fix(f, pos) && f->wire[pos] != 0)
		pos += f->wire[pos] + 1U;
	return pos + (is_fix(f, pos) ? 2 : 1);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void put_rdata(struct wire_writer *w, const struct fragment *f, uint32_t pos, uint32_t end)
{
	while (pos < end) {
		uint32_t fix = least(next_apex_fix(f, pos), next_self_fix(f, pos));
		wire_write(w, f->wire + pos, least(fix, end) - pos);
		if (fix < end)
			put_fragment_name(w, f, fix);
		pos = fix < end ? fix + 2 : end;
	}
}

/* One RR; returns the position behind it. */
static uint32_t put_rr(struct wire_writer *w, const struct fragment *f, uint32_t pos)
{
	pos = put_owner(w, f, pos);
	uint32_t rdata_pos = pos + RR_FIXED_LEN;
	uint32_t rdata_end = rdata_pos + stored_at(f, rdata_pos - 2);
	wire_write(w, f->wire + pos, RR_FIXED_LEN);
	uint8_t *rdata = w->pos;
	put_rdata(w, f, rdata_pos, rdata_end);
	if (wire_writer_ok(w))
		wire_put_u16(rdata - 2, (uint16_t)(w->pos - rdata));
	return rdata_end;
}

int expand_part(struct task *t, const struct part *p)
{
	const struct image_rrset *rrset = p->rrset;
	const uint16_t *fix = image_rrset_fix(rrset) + rrset->owner_fix_cnt;
	struct fragment f = {
		.part = p,
		.msg = t->msg,
		.wire = image_rrset_wire(rrset),
		.apex_fix = fix,
		.self_fix = fix + rrset->apex_fix_cnt,
	};
	struct wire_writer w = wire_writer_init(t->msg + t->pos, t->limit - t->pos);
	uint32_t pos = p->what & PART_DATA ? 0 : rrset->data_len;
	uint32_t end = rrset->data_len + (p->what & PART_SIG ? rrset->sig_len : 0U);
	while (pos < end && wire_writer_ok(&w))
		pos = put_rr(&w, &f, pos);
	if (!wire_writer_ok(&w))
		return -1;
	t->pos += (uint32_t)wire_writer_len(&w);
	return 0;
}
