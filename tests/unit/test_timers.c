/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "dataplane/stream/timers.h"

static void cancel_of_zero_state_is_safe(void **state)
{
	struct timer t = {0};
	timer_cancel(&t);
	assert_null(t.next);
}

static void empty_queue_never_expires(void **state)
{
	struct timer_queue q;
	timer_queue_init(&q, 10);
	assert_null(timer_oldest(&q));
	assert_null(timer_expired(&q, UINT64_MAX));
	assert_int_equal(timer_wait_ms(&q, 5), -1);
}

static void no_delay_means_never_armed(void **state)
{
	struct timer_queue q;
	struct timer t = {0};
	timer_queue_init(&q, 0);
	timer_arm(&q, &t, 100);
	assert_null(timer_oldest(&q));
	assert_int_equal(timer_wait_ms(&q, 100000), -1);
}

static void not_a_moment_too_early(void **state)
{
	struct timer_queue q;
	struct timer t = {0};
	timer_queue_init(&q, 10);
	timer_arm(&q, &t, 100);
	assert_null(timer_expired(&q, 109));
	assert_int_equal(timer_wait_ms(&q, 109), 1);
	assert_ptr_equal(timer_expired(&q, 110), &t);
	assert_int_equal(timer_wait_ms(&q, 110), 0);
	assert_int_equal(timer_wait_ms(&q, 5000), 0);
}

static void long_delays_are_clamped(void **state)
{
	struct timer_queue q;
	struct timer t = {0};
	timer_queue_init(&q, UINT64_C(1) << 40);
	timer_arm(&q, &t, 0);
	assert_int_equal(timer_wait_ms(&q, 0), INT_MAX);
}

static void expiry_is_in_order_of_arming(void **state)
{
	struct timer_queue q;
	struct timer t[3] = {0};
	timer_queue_init(&q, 10);
	for (int i = 0; i < 3; i++)
		timer_arm(&q, &t[i], (uint64_t)i);
	timer_arm(&q, &t[0], 5); /* re-armed: now the newest */
	assert_ptr_equal(timer_expired(&q, 100), &t[1]);
	timer_cancel(&t[1]);
	assert_ptr_equal(timer_expired(&q, 100), &t[2]);
	timer_cancel(&t[2]);
	assert_ptr_equal(timer_expired(&q, 100), &t[0]);
	timer_cancel(&t[0]);
	timer_cancel(&t[0]);
	assert_null(timer_expired(&q, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancel_of_zero_state_is_safe),
		cmocka_unit_test(empty_queue_never_expires),
		cmocka_unit_test(no_delay_means_never_armed),
		cmocka_unit_test(not_a_moment_too_early),
		cmocka_unit_test(long_delays_are_clamped),
		cmocka_unit_test(expiry_is_in_order_of_arming),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
