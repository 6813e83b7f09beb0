/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "control/store/changes_private.h"
#include "control/store/store_private.h"

/* What a zone was when it was last looked at. */
struct zone_sum {
	char *name;
	char *sum;
};

struct sums {
	struct zone_sum *sum;
	unsigned cnt;
};

static void sums_free(struct zone_sum *sum, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		free(sum[i].name);
		free(sum[i].sum);
	}
	free(sum);
}

void changes_forget_sums(struct store_cursor *cursor)
{
	sums_free(cursor->sum, cursor->sum_cnt);
	cursor->sum = NULL;
	cursor->sum_cnt = 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct zone_sum *x = a, *y = b;
	return strcmp(x->name, y->name);
}

static int sums_add(struct store *store, void *ctx)
{
	struct sums *sums = ctx;
	struct zone_sum *array = store_array_reserve(sums->sum, sums->cnt, sizeof(*array));
	if (array == NULL)
		return store_fail_memory(store);
	sums->sum = array;
	struct zone_sum *sum = &array[sums->cnt++];
	*sum = (struct zone_sum){store_column_dup(store, 0), store_column_dup(store, 1)};
	return sum->name != NULL && sum->sum != NULL ? 0 : store_fail_memory(store);
}

static int sums_read(struct store *store, struct sums *sums)
{
	int rc = store_each(store, STATEMENT_SUMS, NULL, sums_add, sums);
	if (rc == 0 && sums->cnt != 0)
		qsort(sums->sum, sums->cnt, sizeof(*sums->sum), compare_names);
	return rc;
}

/* Both are in order: what is in one only, or differs, has changed. */
static void tell_difference(const struct store_cursor *old, const struct sums *new,
	store_changed_fn *changed, void *ctx)
{
	size_t i = 0, k = 0;
	while (i < old->sum_cnt || k < new->cnt) {
		int order = i == old->sum_cnt ? 1
			    : k == new->cnt   ? -1
					      : compare_names(&old->sum[i], &new->sum[k]);
		if (order < 0)
			changed(ctx, old->sum[i].name);
		else if (order > 0 || strcmp(old->sum[i].sum, new->sum[k].sum) != 0)
			changed(ctx, new->sum[k].name);
		i += order <= 0;
		k += order >= 0;
	}
}

int changes_by_sum(
	struct store *store, struct store_cursor *cursor, store_changed_fn *changed, void *ctx)
{
	struct sums sums = {0};
	bool knew = cursor->sum != NULL, read_rows = cursor->place != 0;
	if (sums_read(store, &sums) != 0) {
		sums_free(sums.sum, sums.cnt);
		return -1;
	}
	if (knew)
		tell_difference(cursor, &sums, changed, ctx);
	changes_forget_sums(cursor);
	cursor->place = 0;
	cursor->sum = sums.sum;
	cursor->sum_cnt = sums.cnt;
	return read_rows; /* what the triggers would have told of until they went */
}
