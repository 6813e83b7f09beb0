/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/image_layout.h"

/* Takes len octets at *pos, aligned; their offset in units. */
static uint32_t take(uint64_t *pos, uint64_t len, uint64_t align)
{
	uint64_t start = image_round_up(*pos, align);
	*pos = start + len;
	return (uint32_t)(start / IMAGE_UNIT);
}

static void place_nsec3(struct image_header *head, uint64_t *pos)
{
	uint64_t cnt = head->nsec3_cnt, line_cnt = head->nsec3_line_cnt;
	head->nsec3_off = take(pos, cnt * sizeof(struct image_nsec3), IMAGE_ALIGN);
	head->nsec3_low_off = take(pos, cnt * sizeof(uint64_t), IMAGE_UNIT);
	head->nsec3_line_off = take(pos, line_cnt * sizeof(struct image_nsec3_line), IMAGE_ALIGN);
}

static void place_order(struct image_header *head, uint64_t *pos)
{
	uint64_t cnt = head->order_cnt;
	head->order_off = take(pos, cnt * sizeof(struct node_ref), IMAGE_UNIT);
	head->order_key_off = take(pos, image_order_tree_len(cnt), IMAGE_ALIGN);
}

uint64_t image_place_tables(struct image_header *head)
{
	uint64_t bucket_cnt = head->index_bucket_cnt;
	uint64_t pos =
		image_round_up(sizeof(*head) + head->apex_len + head->nsec3_salt_len, IMAGE_ALIGN);
	head->header_len = (uint32_t)pos;
	head->nsec3_off = head->nsec3_low_off = head->nsec3_line_off = 0;
	head->order_off = head->order_key_off = 0;
	head->index_off = take(&pos, bucket_cnt * sizeof(struct image_bucket), IMAGE_ALIGN);
	if (head->nsec3_cnt > 0)
		place_nsec3(head, &pos);
	if (head->order_cnt > 0)
		place_order(head, &pos);
	head->body_off = take(&pos, 0, IMAGE_ALIGN);
	return pos;
}
