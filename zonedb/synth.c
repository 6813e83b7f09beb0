/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/synth.h"

#include "zonedb/copy.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define RR_HEAD_LEN 10 /* type, class, TTL, rdlength */
#define NSEC3_SHA1  1

static uint8_t *put(uint8_t *dst, const void *src, size_t len)
{
	copy_short(dst, src, len);
	return dst + len;
}

/* A name, or the pointer to where it stands. */
static uint8_t *put_name(uint8_t *dst, const uint8_t *name, size_t name_len, uint16_t at)
{
	if (at == SYNTH_CANONICAL)
		return put(dst, name, name_len);
	wire_put_u16(dst, (uint16_t)(0xc000 | at));
	return dst + 2;
}

static uint8_t *put_head(
	uint8_t *dst, const struct image_header *img, uint16_t type, size_t rdata_len)
{
	wire_put_u16(dst, type);
	wire_put_u16(dst + 2, RRCLASS_IN);
	wire_put_u32(dst + 4, image_rrset(img, img->soa_negative)->ttl_s);
	wire_put_u16(dst + 8, (uint16_t)rdata_len);
	return dst + RR_HEAD_LEN;
}

/* ---- narrow NSEC3 --------------------------------------------------------------------------- */

void synth_hash_after(uint8_t dst[static NSEC3_HASH_LEN], const uint8_t hash[static NSEC3_HASH_LEN])
{
	memmove(dst, hash, NSEC3_HASH_LEN);
	for (unsigned i = NSEC3_HASH_LEN; i-- > 0;)
		if (++dst[i] != 0)
			return;
}

void synth_hash_before(
	uint8_t dst[static NSEC3_HASH_LEN], const uint8_t hash[static NSEC3_HASH_LEN])
{
	memmove(dst, hash, NSEC3_HASH_LEN);
	for (unsigned i = NSEC3_HASH_LEN; i-- > 0;)
		if (dst[i]-- != 0)
			return;
}

static size_t cover_rdata_len(const struct image_header *img)
{
	return 5U + img->nsec3_salt_len + 1 + NSEC3_HASH_LEN;
}

size_t synth_cover_len(const struct image_header *img)
{
	/* a pointer to the root would be longer than the root */
	size_t apex_len = img->apex_len > 1 ? 2 : 1;
	return 1 + NSEC3_LABEL_LEN + apex_len + RR_HEAD_LEN + cover_rdata_len(img);
}

size_t synth_cover(uint8_t dst[static SYNTH_COVER_MAX], const struct image_header *img,
	const uint8_t hash[static NSEC3_HASH_LEN], uint16_t apex_at)
{
	uint8_t bound[NSEC3_HASH_LEN], *at = dst;
	synth_hash_before(bound, hash);
	*at++ = NSEC3_LABEL_LEN;
	nsec3_to_text((char *)at, bound);
	at = put_name(at + NSEC3_LABEL_LEN, image_apex(img), img->apex_len,
		img->apex_len > 1 ? apex_at : SYNTH_CANONICAL);
	at = put_head(at, img, RRTYPE_NSEC3, cover_rdata_len(img));
	*at++ = NSEC3_SHA1;
	*at++ = img->flags & IMAGE_OPTOUT ? NSEC3_FLAG_OPTOUT : 0;
	wire_put_u16(at, img->nsec3_iterations);
	at[2] = img->nsec3_salt_len;
	at = put(at + 3, image_salt(img), img->nsec3_salt_len);
	*at++ = NSEC3_HASH_LEN;
	synth_hash_after(at, hash);
	return (size_t)(at + NSEC3_HASH_LEN - dst);
}

/* ---- compact NSEC --------------------------------------------------------------------------- */

/* Upper-case letters are no octets of canonical names. */
static uint8_t next_octet(uint8_t octet)
{
	return octet == 'A' - 1 ? 'Z' + 1 : (uint8_t)(octet + 1);
}

/* The name behind all that begin with name's first label, counted up; that label is not all ones.
 */
static size_t count_up(uint8_t *dst, const uint8_t *name, size_t name_len)
{
	uint8_t len = name[0];
	while (name[len] == UINT8_MAX)
		len--;
	dst[0] = len;
	memcpy(dst + 1, name + 1, len);
	dst[len] = next_octet(dst[len]);
	memcpy(dst + 1 + len, name + 1 + name[0], name_len - 1 - name[0]);
	return name_len - name[0] + len;
}

static bool all_ones(const uint8_t *label)
{
	for (unsigned i = 1; i <= label[0]; i++)
		if (label[i] != UINT8_MAX)
			return false;
	return true;
}

/* Nothing fits below or behind name's first label but what is counted up. */
static size_t next_of_longest(uint8_t *dst, const uint8_t *name, size_t name_len, size_t apex_len)
{
	while (name_len > apex_len && all_ones(name)) {
		name_len -= name[0] + 1U;
		name += name[0] + 1;
	}
	if (name_len > apex_len)
		return count_up(dst, name, name_len);
	memcpy(dst, name, name_len);
	return name_len;
}

size_t synth_next_name(
	uint8_t dst[static DNAME_LEN_MAX], const uint8_t *name, size_t name_len, size_t apex_len)
{
	if (name_len + 2 <= DNAME_LEN_MAX) {
		dst[0] = 1;
		dst[1] = 0;
		memcpy(dst + 2, name, name_len);
		return name_len + 2;
	}
	if (name_len == DNAME_LEN_MAX || name[0] == DNAME_LABEL_MAX || name_len == apex_len)
		return next_of_longest(dst, name, name_len, apex_len);
	/* one octet is left: too little for a label, enough for the one that is there */
	size_t label_len = name[0] + 1U;
	memcpy(dst, name, label_len);
	dst[0]++;
	dst[label_len] = 0;
	memcpy(dst + label_len + 1, name + label_len, name_len - label_len);
	return name_len + 1;
}

/* An NSEC of name, from its next name on. */
static size_t put_nsec(uint8_t *dst, const struct image_header *img, const uint8_t *name,
	size_t name_len, uint16_t owner_at, const uint8_t *bitmap, size_t bitmap_len)
{
	uint8_t next[DNAME_LEN_MAX];
	size_t next_len = synth_next_name(next, name, name_len, img->apex_len);
	uint8_t *at = put_name(dst, name, name_len, owner_at);
	at = put_head(at, img, RRTYPE_NSEC, next_len + bitmap_len);
	at = put(at, next, next_len);
	return (size_t)(put(at, bitmap, bitmap_len) - dst);
}

size_t synth_compact(uint8_t dst[static SYNTH_COMPACT_MAX], const struct image_header *img,
	const uint8_t *name, size_t name_len, uint16_t owner_at)
{
	/* window 0 up to octet 16: RRSIG (46) and NSEC (47), NXNAME (128) */
	static const uint8_t bitmap[] = {
		0, 17, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80};
	return put_nsec(dst, img, name, name_len, owner_at, bitmap, sizeof(bitmap));
}

size_t synth_expanded(uint8_t *dst, const struct image_header *img, const struct image_rrset *nsec,
	const uint8_t *name, size_t name_len, uint16_t owner_at)
{
	/* one record: owner pointer, head, next name, bitmap */
	const uint8_t *next = image_rrset_wire(nsec) + 2 + RR_HEAD_LEN;
	const uint8_t *bitmap = next + dname_len(next);
	size_t bitmap_len = (size_t)(image_rrset_wire(nsec) + nsec->data_len - bitmap);
	return put_nsec(dst, img, name, name_len, owner_at, bitmap, bitmap_len);
}
