/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"

static int grow(struct records *records)
{
	size_t cap = records->cap ? records->cap * 2 : 1024;
	struct record *record = reallocarray(records->record, cap, sizeof(*record));
	if (!record)
		return -1;
	records->record = record;
	records->cap = cap;
	return 0;
}

int records_add(struct records *records, const struct record *record, size_t owner_len)
{
	if (records->cnt == records->cap && grow(records) != 0)
		return -1;
	uint8_t *copy = zone_arena_alloc(&records->arena, owner_len + record->rdata_len);
	if (!copy)
		return -1;
	memcpy(copy, record->owner, owner_len);
	memcpy(copy + owner_len, record->rdata, record->rdata_len);
	struct record *added = &records->record[records->cnt];
	*added = *record;
	added->owner = copy;
	added->rdata = copy + owner_len;
	added->seq = records->cnt++;
	return 0;
}

int records_take(void *records, const struct zone_file_record *record, char err[static 256])
{
	const struct record copy = {.owner = record->owner,
		.rdata = record->rdata,
		.ttl_s = record->ttl_s,
		.type = record->type,
		.rdata_len = record->rdata_len};
	if (records_add(records, &copy, record->owner_len) == 0)
		return 0;
	snprintf(err, 256, "out of memory");
	return -1;
}

static int compare(const void *a, const void *b)
{
	const struct record *left = a, *right = b;
	int order = dname_cmp(left->owner, right->owner);
	if (order == 0)
		order = (left->type > right->type) - (left->type < right->type);
	return order ? order : (left->seq > right->seq) - (left->seq < right->seq);
}

void records_sort(struct records *records)
{
	if (records->cnt)
		qsort(records->record, records->cnt, sizeof(records->record[0]), compare);
}

void records_deinit(struct records *records)
{
	free(records->record);
	zone_arena_deinit(&records->arena);
	*records = (struct records){0};
}

/* First record whose owner is not before name. */
static size_t lower_bound(const struct records *records, const uint8_t *name)
{
	size_t begin = 0, end = records->cnt;
	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;
		if (dname_cmp(records->record[middle].owner, name) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

struct record_range records_of(const struct records *records, const uint8_t *owner)
{
	struct record_range range = {.begin = lower_bound(records, owner)};
	range.end = range.begin;
	while (range.end < records->cnt && dname_cmp(records->record[range.end].owner, owner) == 0)
		range.end++;
	return range;
}

struct record_range records_below(const struct records *records, const uint8_t *name)
{
	struct record_range range = {.begin = lower_bound(records, name)};
	range.end = range.begin;
	while (range.end < records->cnt && dname_is_under(records->record[range.end].owner, name))
		range.end++;
	return range;
}

struct record_range records_rrset(const struct records *records, size_t i)
{
	struct record_range range = {.begin = i, .end = i};
	const struct record *first = &records->record[i];
	while (range.end < records->cnt && records->record[range.end].type == first->type &&
		dname_cmp(records->record[range.end].owner, first->owner) == 0)
		range.end++;
	return range;
}

bool records_has(const struct records *records, const uint8_t *owner, uint16_t type)
{
	struct record_range range = records_of(records, owner);
	for (size_t i = range.begin; i < range.end; i++)
		if (records->record[i].type == type)
			return true;
	return false;
}

static const uint8_t *parent_of(const uint8_t *name)
{
	return name + 1 + name[0];
}

size_t records_empty_cnt(const struct records *records, const uint8_t *apex)
{
	size_t cnt = 0;
	/* In canonical order whatever has an empty parent in common comes in one run, and the
	 * parent itself would come first: a parent above the record before was counted there. */
	for (size_t i = 0; i < records->cnt; i++) {
		const uint8_t *before = i ? records->record[i - 1].owner : apex;
		const uint8_t *name = records->record[i].owner;
		if (!dname_is_under(name, apex) || dname_cmp(name, apex) == 0)
			continue;
		for (name = parent_of(name);
			dname_cmp(name, apex) != 0 && !dname_is_under(before, name);
			name = parent_of(name))
			cnt++;
	}
	return cnt;
}
