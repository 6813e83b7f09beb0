/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/key_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/dnssec/key.h"

/* A NULL-terminated vector of words. */
#define WORDS(...) ((char *const *)(const char *const[]){__VA_ARGS__, NULL})

static const struct key_words defaults = {.flags = KEY_FLAGS_ZSK, .published = true};

static void words_that_are_none(void **state)
{
	static const char *const bad[] = {"", "kskk", "rsasha257", "255", "65536", "99999999999",
		"2048x", "-2048", "0x800", " ksk", "3", "17"};
	char err[256];
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct key_words request = defaults;
		assert_int_equal(key_words_read(&request, WORDS("ksk", bad[i]), true, err), -1);
		assert_non_null(strstr(err, "Unknown algorithm, key flag or size '"));
		assert_non_null(strstr(err, bad[i]));
	}
}

static void size_and_algorithm_of_a_finished_key(void **state)
{
	char err[256];
	struct key_words request = defaults;
	assert_int_equal(key_words_read(&request, WORDS("2048"), false, err), -1);
	assert_string_equal(err, "Unknown key flag '2048'");
	assert_int_equal(key_words_read(&request, WORDS("ecdsa256"), false, err), -1);
}

static void nothing_said(void **state)
{
	char err[256];
	struct key_words request = defaults;
	assert_int_equal(key_words_read(&request, (char *const[]){NULL}, true, err), 0);
	assert_memory_equal(&request, &defaults, sizeof(request));
}

static void any_order_and_case(void **state)
{
	char err[256];
	struct key_words request = defaults;
	char *const *words = WORDS("Unpublished", "3072", "ACTIVE", "RSASHA256", "ksk");
	assert_int_equal(key_words_read(&request, words, true, err), 0);
	assert_int_equal(request.flags, KEY_FLAGS_SEP);
	assert_int_equal(request.bits, 3072);
	assert_int_equal(request.algorithm->number, 8);
	assert_true(request.active);
	assert_false(request.published);
}

static void algorithm_by_number(void **state)
{
	char err[256];
	struct key_words request = defaults;
	assert_int_equal(key_words_read(&request, WORDS("13"), true, err), 0);
	assert_int_equal(request.algorithm->number, 13);
	assert_int_equal(request.bits, 0);
}

static void last_word_counts(void **state)
{
	char err[256];
	struct key_words request = defaults;
	char *const *words = WORDS("ksk", "zsk", "active", "passive", "unpublished", "published");
	assert_int_equal(key_words_read(&request, words, true, err), 0);
	assert_memory_equal(&request, &defaults, sizeof(request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_none),
		cmocka_unit_test(size_and_algorithm_of_a_finished_key),
		cmocka_unit_test(nothing_said),
		cmocka_unit_test(any_order_and_case),
		cmocka_unit_test(algorithm_by_number),
		cmocka_unit_test(last_word_counts),
	};
	return cmocka_run_group_tests_name("cli_key_words", tests, NULL, NULL);
}
