/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/fragment.h"

#include "zonedb/dname.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

void fragment_init(struct fragment *f, const uint8_t *apex)
{
	f->apex = apex;
	f->apex_len = dname_len(apex);
}

static uint16_t wire_pos(const struct fragment *f)
{
	return (uint16_t)wire_writer_len(&f->wire);
}

static void add_apex_fix(struct fragment *f, size_t apex_pos)
{
	f->apex_fix[f->head.apex_fix_cnt++] = wire_pos(f);
	wire_write_u16(&f->wire, (uint16_t)apex_pos);
}

static void add_self_fix(struct fragment *f, uint16_t pos)
{
	f->self_fix[f->head.self_fix_cnt++] = wire_pos(f);
	wire_write_u16(&f->wire, pos);
}

/* ---- names --------------------------------------------------------------------------------- */

/* Equal but for case; names of len octets each. */
static bool same_name(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t lower_a[DNAME_LEN_MAX], lower_b[DNAME_LEN_MAX];
	dname_lower(lower_a, a, len);
	dname_lower(lower_b, b, len);
	return memcmp(lower_a, lower_b, len) == 0;
}

/* Offset into the apex of the name that tail (len octets) is; 0 is the apex itself, -1 none. */
static int find_apex_tail(const struct fragment *f, const uint8_t *tail, size_t len)
{
	size_t pos = 0;
	while (f->apex_len - pos > len)
		pos += f->apex[pos] + 1U;
	if (f->apex_len - pos != len || !same_name(f->apex + pos, tail, len))
		return -1;
	return (int)pos;
}

/* Position in the wire where tail stands already, or -1. */
static int find_suffix(const struct fragment *f, const uint8_t *tail, size_t len)
{
	for (unsigned i = 0; i < f->suffix_cnt; i++)
		if (f->suffix[i].len == len && same_name(f->suffix[i].name, tail, len))
			return f->suffix[i].pos;
	return -1;
}

static void remember_suffix(struct fragment *f, const uint8_t *tail, size_t len)
{
	if (f->suffix_cnt < FRAGMENT_SUFFIX_MAX && wire_pos(f) <= MSG_POINTER_MAX)
		f->suffix[f->suffix_cnt++] =
			(struct fragment_suffix){tail, (uint16_t)len, wire_pos(f)};
}

/* Writes a name up to the first tail that a pointer can stand for. */
static void put_name_compressed(struct fragment *f, const uint8_t *name, size_t len)
{
	while (*name != 0) {
		int pos = find_apex_tail(f, name, len);
		if (pos >= 0) {
			add_apex_fix(f, (size_t)pos);
			return;
		}
		pos = find_suffix(f, name, len);
		if (pos >= 0) {
			add_self_fix(f, (uint16_t)pos);
			return;
		}
		remember_suffix(f, name, len);
		wire_write(&f->wire, name, *name + 1U);
		len -= *name + 1U;
		name += *name + 1;
	}
	wire_write_u8(&f->wire, 0); /* a bare root is shorter than a pointer */
}

/* ---- records ------------------------------------------------------------------------------- */

static void put_rdata(
	struct fragment *f, const struct rrtype_info *info, const uint8_t *rdata, size_t rdata_len)
{
	struct rdata_walk w = {.info = info, .rdata = rdata, .rdata_len = rdata_len};
	while (rrtype_walk(&w)) {
		if ((int)w.next - 1 == info->extra_block)
			f->target[f->target_cnt++] = (struct fragment_target){w.at, wire_pos(f)};
		if (w.block == RDATA_NAME_COMPRESS)
			put_name_compressed(f, w.at, w.len);
		else
			wire_write(&f->wire, w.at, w.len);
	}
}

/* NSEC3 RRsets carry their owner: the hash and the apex, in the RRSIGs a pointer to the first. */
static void put_nsec3_owner(struct fragment *f, const uint8_t *hash)
{
	char label[NSEC3_LABEL_LEN];
	if (wire_writer_len(&f->wire) > 0) {
		add_self_fix(f, 0);
		return;
	}
	nsec3_to_text(label, hash);
	wire_write_u8(&f->wire, NSEC3_LABEL_LEN);
	wire_write(&f->wire, label, NSEC3_LABEL_LEN);
	if (f->apex_len > 1)
		add_apex_fix(f, 0);
	else
		wire_write_u8(&f->wire, 0);
}

static void put_owner(struct fragment *f, const uint8_t *nsec3_hash)
{
	if (nsec3_hash != NULL) {
		put_nsec3_owner(f, nsec3_hash);
		return;
	}
	f->owner_fix[f->head.owner_fix_cnt++] = wire_pos(f);
	wire_write_u16(&f->wire, 0);
}

/* Writes packed records of a type; stops at the first that does not fit. */
static void put_rrs(struct fragment *f, const struct fragment_source *src, uint16_t type,
	uint32_t ttl_s, const uint8_t *packed, uint32_t packed_len)
{
	const struct rrtype_info *info = rrtype_info(type);
	const uint8_t *end = packed + packed_len;
	while (packed < end && wire_writer_ok(&f->wire)) {
		uint16_t rdata_len = wire_get_u16(packed);
		put_owner(f, src->nsec3_hash);
		wire_write_u16(&f->wire, type);
		wire_write_u16(&f->wire, RRCLASS_IN);
		wire_write_u32(&f->wire, ttl_s);
		uint8_t *rdlen = wire_reserve(&f->wire, 2);
		size_t start = wire_writer_len(&f->wire);
		put_rdata(f, info, packed + 2, rdata_len);
		if (wire_writer_ok(&f->wire))
			wire_put_u16(rdlen, (uint16_t)(wire_writer_len(&f->wire) - start));
		packed += 2 + rdata_len;
	}
}

int fragment_build(struct fragment *f, const struct fragment_source *src)
{
	const struct zone_rrset *rrset = src->rrset;
	f->wire = wire_writer_init(f->buf, sizeof(f->buf));
	f->target_cnt = f->suffix_cnt = 0;
	f->head = (struct image_rrset){
		.ttl_s = src->ttl_s,
		.type = rrset->type,
		.rr_cnt = rrset->rr_cnt,
		.sig_cnt = rrset->sig_cnt,
		.key_len = src->keyed ? sizeof(f->key) : 0,
	};
	put_rrs(f, src, rrset->type, src->ttl_s, rrset->rdata, rrset->rdata_len);
	f->head.data_len = wire_pos(f);
	if (rrset->sig_cnt > 0)
		put_rrs(f, src, RRTYPE_RRSIG, src->sig_ttl_s, rrset->sig, rrset->sig_len);
	f->head.sig_len = (uint16_t)(wire_pos(f) - f->head.data_len);
	return wire_writer_ok(&f->wire) ? 0 : -1;
}

static uint8_t *lay(uint8_t *dst, const void *src, size_t len)
{
	memcpy(dst, src, len);
	return dst + len;
}

void fragment_write(const struct fragment *f, void *dst)
{
	const struct image_rrset *head = &f->head;
	uint8_t *end = (uint8_t *)dst + image_rrset_len(head);
	uint8_t *pos = lay(dst, head, sizeof(*head));
	pos = lay(pos, &f->key, head->key_len);
	pos = lay(pos, f->extra, head->extra_cnt * sizeof(f->extra[0]));
	pos = lay(pos, f->owner_fix, head->owner_fix_cnt * sizeof(uint16_t));
	pos = lay(pos, f->apex_fix, head->apex_fix_cnt * sizeof(uint16_t));
	pos = lay(pos, f->self_fix, head->self_fix_cnt * sizeof(uint16_t));
	pos = lay(pos, f->buf, wire_writer_len(&f->wire));
	memset(pos, 0, (size_t)(end - pos));
}
