/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_check_parts: what the files of image_check share; nobody else includes it.
 *
 * Order matters: the header first, then the body, which says where nodes stand, then the tables
 * that refer to them.
 */
#ifndef ZONEDB_IMAGE_CHECK_PARTS_H
#define ZONEDB_IMAGE_CHECK_PARTS_H

#include "zonedb/fragment_check.h"
#include "zonedb/image.h"

/* One bit per unit of the image. */
struct unit_map {
	uint64_t *word;
};

static inline bool unit_map_has(const struct unit_map *map, uint32_t unit)
{
	return map->word[unit / 64] >> unit % 64 & 1;
}

static inline void unit_map_set(struct unit_map *map, uint32_t unit)
{
	map->word[unit / 64] |= UINT64_C(1) << unit % 64;
}

static inline void unit_map_clear(struct unit_map *map, uint32_t unit)
{
	map->word[unit / 64] &= ~(UINT64_C(1) << unit % 64);
}

struct image_check {
	const struct image_header *img;
	uint64_t len;
	struct unit_map nodes;	/* where nodes start */
	struct unit_map rrsets; /* where RRsets start */
	struct unit_map
		denials;      /* NSEC3 zones: where nodes say their NSEC3 starts, until it is met */
	uint32_t indexed_cnt; /* nodes that belong into the index */
	struct fragment_check fragment;
	char *err; /* [256] */
};

/* Sets err to "PLACE: cause" (place: octets from the image's start) and returns false. */
bool image_check_fail(struct image_check *c, const char *what, uint64_t pos, const char *cause);
/* Whether unit is one of map's, and inside the image at all. */
static inline bool image_check_ref(
	const struct image_check *c, const struct unit_map *map, uint32_t unit)
{
	return unit < c->len / IMAGE_UNIT && unit_map_has(map, unit);
}
/* Whole name of a node that has been checked; its octets. */
size_t image_check_name(const struct image_check *c, uint8_t name[static DNAME_LEN_MAX],
	const struct image_node *node);

/* Rdata of an NSEC3 RRset that has been checked: its owner is its hash and the apex. */
static inline const uint8_t *image_check_nsec3_rdata(
	const struct image_header *img, const struct image_rrset *rrset)
{
	return image_rrset_wire(rrset) + 1 + NSEC3_LABEL_LEN + (img->apex_len > 1 ? 2 : 1) + 10;
}

bool image_check_body(struct image_check *c);
bool image_check_live(struct image_check *c);  /* denial of live zones; before the index */
bool image_check_index(struct image_check *c); /* leaves .nodes without those indexed: last */
bool image_check_nsec3(struct image_check *c);
bool image_check_order(struct image_check *c);

#endif
