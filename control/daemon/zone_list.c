/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/zone_list.h"

#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"

static int make_room(struct zone_list *list)
{
	if (list->cnt < list->cap)
		return 0;
	size_t cap = list->cap > 0 ? 2 * list->cap : 64;
	struct zone_item *item = reallocarray(list->item, cap, sizeof(*item));
	if (item == NULL)
		return -1;
	list->item = item;
	list->cap = cap;
	return 0;
}

int zone_list_add(struct zone_list *list, const struct zone_item *item)
{
	size_t len = dname_len(item->apex);
	uint8_t *apex = zone_arena_alloc(&list->names, len);
	if (apex == NULL || make_room(list) < 0)
		return -1;
	memcpy(apex, item->apex, len);
	list->item[list->cnt] = *item;
	list->item[list->cnt++].apex = apex;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct zone_item *x = a, *y = b;
	int order = dname_cmp(x->apex, y->apex);
	return order != 0 ? order : x->rank - y->rank;
}

static bool is_sorted(const struct zone_list *list)
{
	for (size_t i = 1; i < list->cnt; i++)
		if (compare(&list->item[i - 1], &list->item[i]) > 0)
			return false;
	return true;
}

void zone_list_sort(struct zone_list *list)
{
	size_t cnt = 0;
	if (!is_sorted(list))
		qsort(list->item, list->cnt, sizeof(*list->item), compare);
	for (size_t i = 0; i < list->cnt; i++)
		if (cnt == 0 || dname_cmp(list->item[cnt - 1].apex, list->item[i].apex) != 0)
			list->item[cnt++] = list->item[i];
	list->cnt = cnt;
}

void zone_list_deinit(struct zone_list *list)
{
	free(list->item);
	zone_arena_deinit(&list->names);
	*list = (struct zone_list){0};
}
