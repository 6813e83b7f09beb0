/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "dataplane/stream/client.h"

static struct client_key key4(const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
	return client_key((struct sockaddr *)&in);
}

static struct client_key key6(const char *text)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return client_key((struct sockaddr *)&in6);
}

static void leaving_without_entering_changes_nothing(void **state)
{
	struct client_table *t = client_table_new(4, 2);
	client_leave(t, key4("192.0.2.1"));
	assert_int_equal(client_cnt(t, (struct client_key){0}), 0);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_WELCOME);
	client_leave(t, key4("192.0.2.2"));
	assert_int_equal(client_cnt(t, (struct client_key){0}), 1);
	client_table_free(t);
	assert_null(client_table_free(NULL));
}

static void client_over_its_limit_is_refused(void **state)
{
	struct client_table *t = client_table_new(10, 2);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_WELCOME);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_WELCOME);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_TOO_MANY);
	assert_int_equal(client_enter(t, key4("192.0.2.2")), CLIENT_WELCOME);
	client_leave(t, key4("192.0.2.1"));
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_WELCOME);
	client_table_free(t);
}

static void full_table_refuses_everybody(void **state)
{
	struct client_table *t = client_table_new(2, 0);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_WELCOME);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_WELCOME);
	assert_int_equal(client_enter(t, key4("192.0.2.1")), CLIENT_TABLE_FULL);
	assert_int_equal(client_enter(t, key6("2001:db8::1")), CLIENT_TABLE_FULL);
	client_leave(t, key4("192.0.2.1"));
	assert_int_equal(client_enter(t, key6("2001:db8::1")), CLIENT_WELCOME);
	client_table_free(t);
}

static void ipv6_client_is_its_64(void **state)
{
	struct client_table *t = client_table_new(10, 1);
	assert_int_equal(client_enter(t, key6("2001:db8:0:1::1")), CLIENT_WELCOME);
	assert_int_equal(client_enter(t, key6("2001:db8:0:1:ffff::2")), CLIENT_TOO_MANY);
	assert_int_equal(client_enter(t, key6("2001:db8:0:2::1")), CLIENT_WELCOME);
	client_table_free(t);
}

static void families_do_not_mix(void **state)
{
	struct client_table *t = client_table_new(10, 1);
	/* the same 64 bits: 192.0.2.1 and its octets as the beginning of an IPv6 address */
	struct client_key v4 = key4("192.0.2.1"), v6 = key6("c000:201::");
	assert_int_equal(client_enter(t, v4), CLIENT_WELCOME);
	v6.prefix = v4.prefix;
	assert_int_equal(client_enter(t, v6), CLIENT_WELCOME);
	client_table_free(t);
}

/* Oracle: a plain array of counts. */
static void random_walk_agrees_with_array(void **state)
{
	enum { CLIENTS = 97, TOTAL_MAX = 150, EACH_MAX = 3 };
	struct client_table *t = client_table_new(TOTAL_MAX, EACH_MAX);
	uint32_t cnt[CLIENTS] = {0}, total = 0;
	srandom(1);
	for (int step = 0; step < 200000; step++) {
		unsigned who = (unsigned)random() % CLIENTS;
		struct client_key key = {.prefix = who * UINT64_C(0x100000001), .family = AF_INET6};
		if (random() & 1 && cnt[who]) {
			client_leave(t, key);
			cnt[who]--, total--;
		} else {
			bool welcome = client_enter(t, key) == CLIENT_WELCOME;
			assert_int_equal(welcome, total < TOTAL_MAX && cnt[who] < EACH_MAX);
			cnt[who] += welcome, total += welcome;
		}
		assert_int_equal(client_cnt(t, key), cnt[who]);
		assert_int_equal(client_cnt(t, (struct client_key){0}), total);
	}
	client_table_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaving_without_entering_changes_nothing),
		cmocka_unit_test(client_over_its_limit_is_refused),
		cmocka_unit_test(full_table_refuses_everybody),
		cmocka_unit_test(ipv6_client_is_its_64),
		cmocka_unit_test(families_do_not_mix),
		cmocka_unit_test(random_walk_agrees_with_array),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
