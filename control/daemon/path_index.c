/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/path_index.h"

#include <stdlib.h>

struct path_row {
	uint64_t hash;
	struct zone_entry *entry;
};

/* FNV-1a: paths are the operator's, nobody chooses them to collide. */
static uint64_t hash_path(const char *path)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *path != '\0'; path++)
		h = (h ^ (uint8_t)*path) * UINT64_C(0x100000001b3);
	return h;
}

static int compare_rows(const void *a, const void *b)
{
	const struct path_row *x = a, *y = b;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

void path_index_spoil(struct path_index *index)
{
	index->built = false;
}

static size_t count(const struct registry *reg)
{
	size_t cnt = reg->cnt;
	for (size_t i = 0; i < reg->cnt; i++)
		cnt += reg->entry[i]->files.cnt;
	return cnt;
}

static int build(struct path_index *index, const struct registry *reg)
{
	struct path_row *row = reallocarray(index->row, count(reg) + 1, sizeof(*row));
	if (row == NULL)
		return -1;
	index->row = row;
	index->cnt = 0;
	for (size_t i = 0; i < reg->cnt; i++) {
		struct zone_entry *entry = reg->entry[i];
		if (entry->source.origin == ZONE_FROM_FILE)
			row[index->cnt++] =
				(struct path_row){hash_path(entry->source.place), entry};
		for (unsigned j = 1; j < entry->files.cnt; j++)
			row[index->cnt++] =
				(struct path_row){hash_path(entry->files.file[j].path), entry};
	}
	qsort(row, index->cnt, sizeof(*row), compare_rows);
	index->built = true;
	return 0;
}

static size_t first_at(const struct path_index *index, uint64_t hash)
{
	size_t low = 0, high = index->cnt;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (index->row[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int path_index_search(struct path_index *index, const struct registry *reg, const char *path,
	registry_fn *fn, void *ctx)
{
	if (!index->built && build(index, reg) < 0)
		return -1;
	uint64_t hash = hash_path(path);
	for (size_t i = first_at(index, hash); i < index->cnt && index->row[i].hash == hash; i++)
		fn(ctx, index->row[i].entry);
	return 0;
}

void path_index_deinit(struct path_index *index)
{
	free(index->row);
	*index = (struct path_index){0};
}
