/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/parallel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ITEM_CNT 10007

struct seen {
	uint8_t visit_cnt[ITEM_CNT];
	uint64_t bad_item; /* where work fails; ITEM_CNT = nowhere */
	uint64_t done;	   /* as last told */
};

static int visit(void *ctx, unsigned worker, uint64_t first, uint64_t end)
{
	struct seen *seen = ctx;
	for (uint64_t i = first; i < end; i++) {
		if (i == seen->bad_item)
			return -7;
		seen->visit_cnt[i]++;
	}
	return 0;
}

static void told(void *ctx, uint64_t done, uint64_t total)
{
	struct seen *seen = ctx;
	assert_true(done >= seen->done);
	assert_int_equal(total, ITEM_CNT);
	seen->done = done;
}

static struct parallel_job job_of(struct seen *seen, uint64_t chunk_len)
{
	return (struct parallel_job){.item_cnt = ITEM_CNT,
		.chunk_len = chunk_len,
		.work = visit,
		.ctx = seen,
		.progress = told,
		.progress_ctx = seen};
}

static void test_failure_ends_the_run(void **state)
{
	for (unsigned workers = 1; workers < 5; workers++) {
		struct seen *seen = calloc(1, sizeof(*seen));
		seen->bad_item = 5000;
		struct parallel_job job = job_of(seen, 7);
		assert_int_equal(parallel_run(&job, workers), -7);
		assert_true(seen->done < ITEM_CNT);
		free(seen);
	}
}

static void test_no_items(void **state)
{
	struct parallel_job job = {.chunk_len = 10};
	assert_int_equal(parallel_worker_cnt(&job, 8), 1);
	assert_int_equal(parallel_run(&job, 3), 0);
}

static void test_worker_count(void **state)
{
	struct parallel_job job = {.chunk_len = 10, .item_cnt = 31};
	assert_int_equal(parallel_worker_cnt(&job, 3), 3);
	assert_int_equal(parallel_worker_cnt(&job, 8), 4);
	job.item_cnt = UINT64_MAX / 2;
	assert_int_equal(parallel_worker_cnt(&job, 100000), PARALLEL_WORKER_MAX);
	assert_true(parallel_worker_cnt(&job, 0) >= 1);
}

static void test_each_item_once(void **state)
{
	static const uint64_t chunk[] = {1, 7, ITEM_CNT, 2 * ITEM_CNT};
	for (unsigned workers = 1; workers < 6; workers++) {
		for (size_t c = 0; c < sizeof(chunk) / sizeof(chunk[0]); c++) {
			struct seen *seen = calloc(1, sizeof(*seen));
			seen->bad_item = ITEM_CNT;
			struct parallel_job job = job_of(seen, chunk[c]);
			assert_int_equal(parallel_run(&job, workers), 0);
			for (unsigned i = 0; i < ITEM_CNT; i++)
				assert_int_equal(seen->visit_cnt[i], 1);
			assert_int_equal(seen->done, ITEM_CNT);
			free(seen);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failure_ends_the_run),
		cmocka_unit_test(test_no_items),
		cmocka_unit_test(test_worker_count),
		cmocka_unit_test(test_each_item_once),
	};
	return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
