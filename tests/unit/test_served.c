/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/packet/served.h"

static char err[512];

/* Settings from text; deinit them. */
static void settings_from(struct settings *s, const char *text)
{
	memset(s, 0, sizeof(*s));
	assert_int_equal(settings_parse(s, text, strlen(text), "test", err), 0);
}

static void test_bad_addresses(void **state)
{
	static const char *const bad[] = {"192.0.2", "192.0.2.1:53", "[2001:db8::1]:53",
		"2001:db8::g", "localhost", "192.0.2.1/24"};
	static struct frame_served served;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct settings s;
		char text[128];
		snprintf(text, sizeof(text), "dataplane-address=192.0.2.1, %s\n", bad[i]);
		settings_from(&s, text);
		assert_int_equal(served_read(&served, &s, err), -1);
		assert_non_null(strstr(err, bad[i]));
		assert_non_null(strstr(err, "dataplane-address"));
		settings_deinit(&s);
	}
}

static void test_too_many(void **state)
{
	static struct frame_served served;
	static char text[32 * (SERVED_ADDRESS_MAX + 2)];
	struct settings s;
	size_t used = (size_t)sprintf(text, "dataplane-address=");
	for (unsigned i = 0; i <= SERVED_ADDRESS_MAX; i++)
		used += (size_t)sprintf(text + used, "10.0.%u.%u ", i / 250, i % 250 + 1);
	settings_from(&s, text);
	assert_int_equal(served_read(&served, &s, err), -1);
	settings_deinit(&s);
}

static void test_own_list_before_local_address(void **state)
{
	static struct frame_served served;
	struct settings s;
	settings_from(&s, "local-address=192.0.2.1\nlocal-port=5300\n");
	assert_int_equal(served_read(&served, &s, err), 0);
	assert_int_equal(served.cnt4, 1);
	assert_int_equal(served.cnt6, 0);
	assert_memory_equal(&served.port_be, "\x14\xb4", 2);
	settings_deinit(&s);
	settings_from(&s, "local-address=192.0.2.1\ndataplane-address=2001:db8::1 2001:db8::2\n");
	assert_int_equal(served_read(&served, &s, err), 0);
	assert_int_equal(served.cnt4, 0);
	assert_int_equal(served.cnt6, 2);
	assert_memory_equal(&served.port_be, "\x00\x35", 2);
	settings_deinit(&s);
}

static void test_unspecified_stands_for_all(void **state)
{
	static struct frame_served served;
	struct settings s;
	settings_from(&s, "dataplane-address=0.0.0.0\n");
	assert_int_equal(served_read(&served, &s, err), 0);
	assert_true(served.any4 && !served.any6);
	settings_deinit(&s);
	settings_from(&s, "dataplane-address=::\n");
	assert_int_equal(served_read(&served, &s, err), 0);
	assert_true(served.any6 && !served.any4);
	settings_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_own_list_before_local_address),
		cmocka_unit_test(test_unspecified_stands_for_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
