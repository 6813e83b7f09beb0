/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/fragment_check.h"

#include <stdlib.h>

#include "zonedb/dname.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

void fragment_check_init(struct fragment_check *fc, const uint8_t *apex, size_t apex_len)
{
	fc->apex = apex;
	fc->apex_len = apex_len;
	for (size_t pos = 0; apex[pos] != 0; pos += apex[pos] + 1U)
		fc->apex_label[pos] = true;
}

/* ---- a walk over the wire ------------------------------------------------------------------ */

/* Fix-ups of one kind, used up in the order of the wire. */
struct fix_queue {
	const uint16_t *next;
	const uint16_t *end;
};

struct scan {
	struct fragment_check *fc;
	const struct image_rrset *rrset;
	const uint8_t *wire;
	size_t len;
	size_t pos;
	struct fix_queue owner, apex, self;
	const struct image_extra *extra, *extra_end;
	const uint8_t *nsec3_hash;
	const char *cause; /* of the first failure; NULL = none */
};

static bool fail(struct scan *s, const char *cause)
{
	if (s->cause == NULL)
		s->cause = cause;
	return false;
}

static bool take(struct scan *s, size_t len)
{
	if (len > s->len - s->pos)
		return fail(s, "record is cut short");
	s->pos += len;
	return true;
}

/* Takes a 16-bit fix-up if the next one of this kind stands here. */
static bool take_fix(struct scan *s, struct fix_queue *queue, uint16_t *value)
{
	if (queue->next == queue->end || *queue->next != s->pos || s->len - s->pos < 2)
		return false;
	*value = wire_get_u16(s->wire + s->pos);
	queue->next++;
	s->pos += 2;
	return true;
}

/* ---- names --------------------------------------------------------------------------------- */

/* Octets of the name a pointer at the end of a name stands for; 0 if it is no pointer, or a bad
 * one. name_start: where the name began, before which self fix-ups must point. */
static unsigned pointer_len(struct scan *s, size_t name_start)
{
	const struct fragment_check *fc = s->fc;
	uint16_t value;
	if (take_fix(s, &s->apex, &value)) {
		if (value < fc->apex_len && fc->apex_label[value])
			return (unsigned)fc->apex_len - value;
		fail(s, "apex fix-up does not point to a label");
	} else if (take_fix(s, &s->self, &value)) {
		if (value < name_start && fc->name_len[value] > 0)
			return fc->name_len[value];
		fail(s, "self fix-up does not point back to a name");
	}
	return 0;
}

static bool take_label(struct scan *s)
{
	if (s->pos == s->len || s->wire[s->pos] > DNAME_LABEL_MAX)
		return fail(s, "malformed name");
	return take(s, s->wire[s->pos] + 1U);
}

/* Remembers the names that start at each of these labels, the whole being len octets long. */
static bool note_names(struct scan *s, const size_t *label, unsigned label_cnt, size_t len)
{
	if (len > DNAME_LEN_MAX)
		return fail(s, "name is too long");
	for (unsigned i = 0; i < label_cnt; i++)
		s->fc->name_len[label[i]] = (uint8_t)(len - (label[i] - label[0]));
	return true;
}

/* Takes a name that may end in a pointer. */
static bool take_name(struct scan *s)
{
	size_t label[DNAME_LABEL_CNT_MAX + 1], start = s->pos;
	unsigned label_cnt = 0;
	for (;;) {
		unsigned tail_len = pointer_len(s, start);
		if (s->cause != NULL)
			return false;
		if (tail_len > 0)
			return note_names(s, label, label_cnt, s->pos - 2 - start + tail_len);
		size_t pos = s->pos;
		if (!take_label(s))
			return false;
		if (s->wire[pos] == 0)
			return note_names(s, label, label_cnt, s->pos - start);
		if (label_cnt == DNAME_LABEL_CNT_MAX)
			return fail(s, "name has too many labels");
		label[label_cnt++] = pos;
	}
}

/* ---- records ------------------------------------------------------------------------------- */

static bool take_nsec3_owner(struct scan *s)
{
	char label[NSEC3_LABEL_LEN];
	uint16_t value;
	if (s->pos > 0)
		return (take_fix(s, &s->self, &value) && value == 0) ||
		       fail(s, "signature's owner is not the NSEC3's");
	if (!take_name(s))
		return false;
	nsec3_to_text(label, s->nsec3_hash);
	size_t end = 1 + NSEC3_LABEL_LEN + (s->fc->apex_len > 1 ? 2 : 1);
	bool apex_follows = s->fc->name_len[0] == 1 + NSEC3_LABEL_LEN + s->fc->apex_len;
	return (s->pos == end && apex_follows && s->wire[0] == NSEC3_LABEL_LEN &&
		       memcmp(s->wire + 1, label, sizeof(label)) == 0) ||
	       fail(s, "NSEC3 owner is not its hash");
}

static bool take_owner(struct scan *s)
{
	uint16_t value;
	if (s->nsec3_hash != NULL)
		return take_nsec3_owner(s);
	return (take_fix(s, &s->owner, &value) && value == 0) || fail(s, "owner without fix-up");
}

/* The name here is a target: the next extra may be its. */
static void match_extra(struct scan *s)
{
	if (s->extra < s->extra_end && s->extra->name_pos == s->pos)
		s->extra++;
}

/* Takes rdata that has names to be compressed: those and fixed blocks only. */
static bool take_compressed_rdata(struct scan *s, const struct rrtype_info *info)
{
	for (int i = 0; info->block[i] != RDATA_END; i++) {
		bool ok;
		if (i == info->extra_block)
			match_extra(s);
		if (info->block[i] == RDATA_NAME_COMPRESS)
			ok = take_name(s);
		else
			ok = take(s, info->block[i] - RDATA_FIXED_1 + 1U);
		if (!ok)
			return false;
	}
	return true;
}

static bool take_plain_rdata(struct scan *s, const struct rrtype_info *info, size_t len)
{
	const uint8_t *rdata = s->wire + s->pos;
	size_t start = s->pos;
	if (rrtype_check_rdata(info->type, rdata, len) != 0)
		return fail(s, "malformed record data");
	struct rdata_walk w = {.info = info, .rdata = rdata, .rdata_len = len};
	while (rrtype_walk(&w)) {
		s->pos = start + (size_t)(w.at - rdata);
		if ((int)w.next - 1 == info->extra_block)
			match_extra(s);
	}
	s->pos = start + len;
	return true;
}

static bool has_compressed_names(const struct rrtype_info *info)
{
	for (int i = 0; info->block[i] != RDATA_END; i++)
		if (info->block[i] == RDATA_NAME_COMPRESS)
			return true;
	return false;
}

static bool take_rdata(struct scan *s, const struct rrtype_info *info, size_t len)
{
	size_t end = s->pos + len;
	if (len > s->len - s->pos)
		return fail(s, "record is cut short");
	if (!has_compressed_names(info))
		return take_plain_rdata(s, info, len);
	return take_compressed_rdata(s, info) && (s->pos == end || fail(s, "wrong rdlength"));
}

/* Takes one record of this type. */
static bool take_rr(struct scan *s, uint16_t type, uint32_t ttl_s)
{
	size_t head = s->pos;
	if (!take_owner(s))
		return false;
	head = s->pos;
	if (!take(s, 10))
		return false;
	const uint8_t *p = s->wire + head;
	if (wire_get_u16(p) != type || wire_get_u16(p + 2) != RRCLASS_IN)
		return fail(s, "record of another type or class");
	if (wire_get_u32(p + 4) != ttl_s)
		return fail(s, "record of another TTL");
	return take_rdata(s, rrtype_info(type), wire_get_u16(p + 8));
}

static bool take_data(struct scan *s)
{
	for (unsigned i = 0; i < s->rrset->rr_cnt; i++)
		if (!take_rr(s, s->rrset->type, s->rrset->ttl_s))
			return false;
	return s->pos == s->rrset->data_len || fail(s, "wrong data_len");
}

static bool take_sigs(struct scan *s)
{
	for (unsigned i = 0; i < s->rrset->sig_cnt; i++) {
		size_t start = s->pos;
		/* owner pointer, type, class; the first RRSIG's TTL is that of all */
		if (s->len - start < 12)
			return fail(s, "record is cut short");
		uint32_t ttl_s = wire_get_u32(s->wire + s->rrset->data_len + 6);
		if (!take_rr(s, RRTYPE_RRSIG, ttl_s))
			return false;
		if (wire_get_u16(s->wire + start + 12) != s->rrset->type)
			return fail(s, "signature covers another type");
	}
	return s->pos == s->len || fail(s, "wrong sig_len");
}

static bool queue_done(struct scan *s, const struct fix_queue *queue)
{
	return queue->next == queue->end || fail(s, "fix-up where no name is");
}

static bool take_all(struct scan *s)
{
	return take_data(s) && take_sigs(s) && queue_done(s, &s->owner) &&
	       queue_done(s, &s->apex) && queue_done(s, &s->self) &&
	       (s->extra == s->extra_end || fail(s, "extra where no target is"));
}

/* ---- the record in the image --------------------------------------------------------------- */

static const char *check_head(
	const struct image_rrset *rrset, uint64_t room, const uint8_t *nsec3_hash)
{
	if (room < sizeof(*rrset) || room < image_rrset_len(rrset))
		return "RRset is cut short";
	unsigned owner_cnt = nsec3_hash != NULL ? 0 : rrset->rr_cnt + rrset->sig_cnt;
	bool key_fits = rrset->key_len == 0 || rrset->key_len == sizeof(struct sig_key);
	if (rrset->rr_cnt == 0 || rrset->owner_fix_cnt != owner_cnt || !key_fits ||
		(uint32_t)rrset->data_len + rrset->sig_len > RRSET_WIRE_MAX)
		return "bad counts";
	if ((rrset->type == RRTYPE_NSEC3) != (nsec3_hash != NULL) || rrtype_is_meta(rrset->type) ||
		rrset->type == RRTYPE_RRSIG)
		return "type may not stand here";
	return NULL;
}

static const char *check_extras(const struct image_rrset *rrset)
{
	const struct image_extra *extra = image_rrset_extra(rrset);
	for (unsigned i = 0; i < rrset->extra_cnt; i++)
		if (extra[i].mandatory > (rrset->type == RRTYPE_NS))
			return "bad extra";
	return NULL;
}

static struct fix_queue queue_of(const uint16_t **fix, uint16_t cnt)
{
	struct fix_queue queue = {*fix, *fix + cnt};
	*fix += cnt;
	return queue;
}

const char *fragment_check(struct fragment_check *fc, const struct image_rrset *rrset,
	uint64_t room, const uint8_t *nsec3_hash)
{
	const char *cause = check_head(rrset, room, nsec3_hash);
	if (cause == NULL)
		cause = check_extras(rrset);
	if (cause != NULL)
		return cause;
	const uint16_t *fix = image_rrset_fix(rrset);
	struct scan s = {
		.fc = fc,
		.rrset = rrset,
		.wire = image_rrset_wire(rrset),
		.len = (size_t)rrset->data_len + rrset->sig_len,
		.extra = image_rrset_extra(rrset),
		.extra_end = image_rrset_extra(rrset) + rrset->extra_cnt,
		.nsec3_hash = nsec3_hash,
	};
	s.owner = queue_of(&fix, rrset->owner_fix_cnt);
	s.apex = queue_of(&fix, rrset->apex_fix_cnt);
	s.self = queue_of(&fix, rrset->self_fix_cnt);
	memset(fc->name_len, 0, s.len);
	take_all(&s);
	return s.cause;
}

/* ---- names of a checked fragment ----------------------------------------------------------- */

static bool has_fix(const uint16_t *fix, uint16_t cnt, size_t pos)
{
	for (uint16_t i = 0; i < cnt; i++)
		if (fix[i] == pos)
			return true;
	return false;
}

size_t fragment_name(const struct fragment_check *fc, uint8_t name[static DNAME_LEN_MAX],
	const struct image_rrset *rrset, uint16_t start)
{
	const uint8_t *wire = image_rrset_wire(rrset);
	const uint16_t *apex_fix = image_rrset_fix(rrset) + rrset->owner_fix_cnt;
	const uint16_t *self_fix = apex_fix + rrset->apex_fix_cnt;
	size_t len = 0, pos = start;
	for (;;) {
		if (has_fix(apex_fix, rrset->apex_fix_cnt, pos)) {
			uint16_t value = wire_get_u16(wire + pos);
			memcpy(name + len, fc->apex + value, fc->apex_len - value);
			return len + fc->apex_len - value;
		}
		if (has_fix(self_fix, rrset->self_fix_cnt, pos)) {
			pos = wire_get_u16(wire + pos);
			continue;
		}
		dname_lower(name + len, wire + pos, wire[pos] + 1U);
		len += wire[pos] + 1U;
		if (wire[pos] == 0)
			return len;
		pos += wire[pos] + 1U;
	}
}
