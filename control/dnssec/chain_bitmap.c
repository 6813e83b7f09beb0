/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/chain.h"

#include <string.h>

#include "zonedb/rrtype.h"

#define TYPE_CNT_MAX (NODE_RRSET_MAX + 2) /* those at the node, RRSIG and NSEC */

/* Types in ascending order, without duplicates. */
struct type_list {
	unsigned cnt;
	uint16_t type[TYPE_CNT_MAX];
};

static void add_type(struct type_list *list, uint16_t type)
{
	unsigned at = list->cnt;
	while (at && list->type[at - 1] > type)
		at--;
	if ((at && list->type[at - 1] == type) || list->cnt == TYPE_CNT_MAX)
		return;
	memmove(&list->type[at + 1], &list->type[at], (list->cnt - at) * sizeof(list->type[0]));
	list->type[at] = type;
	list->cnt++;
}

/* Glue is not mentioned, delegation NS is (RFC 4034, 4.1.2; RFC 5155, 7.1). NSEC3 sets RRSIG only
 * where something is signed: the NSEC3 record itself is not at this name. */
static void list_types(struct type_list *list, const struct zone_node *node, bool nsec3)
{
	bool is_signed = !nsec3;
	list->cnt = 0;
	for (const struct zone_rrset *r = node->rrset; r; r = r->next) {
		if (r->authoritative || r->type == RRTYPE_NS)
			add_type(list, r->type);
		is_signed |= r->authoritative;
	}
	if (is_signed)
		add_type(list, RRTYPE_RRSIG);
	if (!nsec3)
		add_type(list, RRTYPE_NSEC);
}

unsigned chain_bitmap(
	uint8_t dst[static CHAIN_BITMAP_MAX], const struct zone_node *node, bool nsec3)
{
	struct type_list list;
	list_types(&list, node, nsec3);
	uint8_t *window = dst, *end = dst; /* the open window, and behind it */
	for (unsigned i = 0; i < list.cnt; i++) {
		uint8_t number = (uint8_t)(list.type[i] >> 8), low = (uint8_t)list.type[i];
		if (window == end || window[0] != number) {
			window = end;
			memset(window, 0, 2 + 32);
			window[0] = number;
		}
		window[1] = low / 8 + 1;
		window[2 + low / 8] |= (uint8_t)(0x80 >> low % 8);
		end = window + 2 + window[1];
	}
	return (unsigned)(end - dst);
}
