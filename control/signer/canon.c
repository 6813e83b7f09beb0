/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/canon.h"

#include <string.h>

#include "zonedb/wire.h"

/* Fix-ups of one kind, ascending. */
struct fixes {
	const uint16_t *pos;
	unsigned cnt;
};

/* A fragment being written out. */
struct reading {
	const struct image_header *img;
	const uint8_t *wire;
	struct fixes apex, self;
	unsigned pos;
};

/* First fix-up at or behind pos; none: UINT32_MAX. */
static uint32_t next_fix(const struct fixes *fixes, uint32_t pos)
{
	unsigned low = 0, high = fixes->cnt;
	while (low < high) {
		unsigned mid = (low + high) / 2;
		if (fixes->pos[mid] < pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low < fixes->cnt ? fixes->pos[low] : UINT32_MAX;
}

static uint8_t *put(uint8_t *dst, const uint8_t *src, size_t len)
{
	memcpy(dst, src, len);
	return dst + len;
}

/* The name that begins at pos of the fragment, to dst; returns the end. */
static uint8_t *put_name(uint8_t *dst, const struct reading *r, uint32_t pos)
{
	for (;;) {
		if (next_fix(&r->apex, pos) == pos) {
			unsigned skip = wire_get_u16(r->wire + pos);
			return put(dst, image_apex(r->img) + skip, r->img->apex_len - skip);
		}
		if (next_fix(&r->self, pos) == pos) {
			pos = wire_get_u16(r->wire + pos);
			continue;
		}
		dst = put(dst, r->wire + pos, r->wire[pos] + 1U);
		if (r->wire[pos] == 0)
			return dst;
		pos += r->wire[pos] + 1U;
	}
}

/* Rdata from r->pos to end, to dst. Returns its octets written out. */
static size_t put_rdata(uint8_t *dst, struct reading *r, uint32_t end)
{
	uint8_t *at = dst;
	while (r->pos < end) {
		uint32_t apex = next_fix(&r->apex, r->pos), self = next_fix(&r->self, r->pos);
		uint32_t fix = apex < self ? apex : self;
		uint32_t plain_end = fix < end ? fix : end;
		at = put(at, r->wire + r->pos, plain_end - r->pos);
		if (fix < end)
			at = put_name(at, r, fix);
		r->pos = fix < end ? fix + 2 : end;
	}
	return (size_t)(at - dst);
}

/* Steps over the owner: two octets to be fixed up, or an NSEC3's hash and apex, which is a fix-up
 * unless it is the root. */
static void skip_owner(struct reading *r, const struct image_rrset *rrset)
{
	if (rrset->owner_fix_cnt > 0)
		r->pos += 2;
	else
		r->pos += 1 + NSEC3_LABEL_LEN + (r->img->apex_len > 1 ? 2U : 1U);
}

int canon_rrset(struct tbs *tbs, const struct tbs_rrset *what, const struct image_header *img,
	const struct image_rrset *rrset)
{
	uint8_t rdata[RDATA_LEN_MAX + DNAME_LEN_MAX];
	const uint16_t *fix = image_rrset_fix(rrset) + rrset->owner_fix_cnt;
	struct reading r = {
		.img = img,
		.wire = image_rrset_wire(rrset),
		.apex = {fix, rrset->apex_fix_cnt},
		.self = {fix + rrset->apex_fix_cnt, rrset->self_fix_cnt},
	};
	size_t room = rrset->data_len +
		      (size_t)DNAME_LEN_MAX * (rrset->apex_fix_cnt + rrset->self_fix_cnt);
	if (tbs_begin(tbs, what, rrset->rr_cnt, room) < 0)
		return -1;
	for (unsigned i = 0; i < rrset->rr_cnt; i++) {
		skip_owner(&r, rrset);
		uint32_t end = r.pos + RR_HEAD_LEN + wire_get_u16(r.wire + r.pos + 8);
		r.pos += RR_HEAD_LEN;
		tbs_add(tbs, what, rdata, put_rdata(rdata, &r, end));
	}
	return 0;
}
