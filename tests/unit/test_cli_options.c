/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARGC_MAX 16

/* Reads words (NULL-terminated) as a command line; the words after the options stay in argv. */
static char *argv[ARGC_MAX];

static int read_words(struct cli_options *opt, char err[static 256], ...)
{
	int argc = 1;
	va_list words;
	argv[0] = (char[]){"ensign"};
	va_start(words, err);
	while ((argv[argc] = va_arg(words, char *)))
		argc++;
	va_end(words);
	err[0] = '\0';
	return cli_options_read(opt, argc, argv, err);
}

/* ==== what must fail ======================================================================== */

static void unknown_options(void **state)
{
	struct cli_options opt;
	char err[256];
	assert_int_equal(read_words(&opt, err, "--bogus", "show-zone", NULL), -1);
	assert_non_null(strstr(err, "'--bogus'"));
	assert_int_equal(read_words(&opt, err, "show-zone", "-x", NULL), -1);
	assert_non_null(strstr(err, "'-x'"));
}

static void missing_argument(void **state)
{
	struct cli_options opt;
	char err[256];
	assert_int_equal(read_words(&opt, err, "status", "--config", NULL), -1);
	assert_non_null(strstr(err, "no argument"));
	assert_int_equal(read_words(&opt, err, "-c", NULL), -1);
}

static void argument_to_a_flag(void **state)
{
	struct cli_options opt;
	char err[256];
	assert_int_equal(read_words(&opt, err, "--json=yes", "status", NULL), -1);
}

static void file_and_directory(void **state)
{
	struct cli_options opt;
	char err[256];
	assert_int_equal(read_words(&opt, err, "-c", "x.conf", "--config-name", "a", NULL), -1);
	assert_int_equal(read_words(&opt, err, "--config-dir", "/x", "--config", "y", NULL), -1);
}

static void path_too_long(void **state)
{
	struct cli_options opt;
	char err[256], path[16];
	assert_int_equal(read_words(&opt, err, "-c", "0123456789abcdef", NULL), 0);
	assert_int_equal(cli_options_config_path(&opt, path, sizeof(path)), -1);
}

/* ==== what must work ======================================================================== */

static void nothing(void **state)
{
	struct cli_options opt;
	char err[256], path[64];
	assert_int_equal(read_words(&opt, err, NULL), 0);
	assert_int_equal(opt.arg_cnt, 0);
	assert_null(opt.args[0]);
	assert_int_equal(opt.given, 0);
	assert_int_equal(cli_options_config_path(&opt, path, sizeof(path)), 0);
	assert_string_equal(path, "/etc/ensign/ensign.conf");
}

static void options_anywhere(void **state)
{
	struct cli_options opt;
	char err[256];
	assert_int_equal(
		read_words(&opt, err, "-v", "show-zone", "--json", "example.com", "-q", NULL), 0);
	assert_int_equal(opt.arg_cnt, 2);
	assert_string_equal(opt.args[0], "show-zone");
	assert_string_equal(opt.args[1], "example.com");
	assert_true(opt.verbose && opt.json && opt.quiet);
	assert_false(opt.force || opt.watch || opt.help);
	assert_int_equal(opt.given, COMMAND_JSON);
}

static void words_that_look_like_options(void **state)
{
	struct cli_options opt;
	char err[256];
	assert_int_equal(read_words(&opt, err, "import-zone-key", "a", "-", NULL), 0);
	assert_string_equal(opt.args[2], "-");
	assert_int_equal(
		read_words(&opt, err, "-f", "--", "set-meta", "a", "X-a", "--json", NULL), 0);
	assert_string_equal(opt.args[3], "--json");
	assert_null(opt.json);
	assert_int_equal(opt.given, COMMAND_FORCE);
}

static void config_paths(void **state)
{
	struct cli_options opt;
	char err[256], path[64];
	assert_int_equal(read_words(&opt, err, "--config=/x/y.conf", NULL), 0);
	assert_int_equal(cli_options_config_path(&opt, path, sizeof(path)), 0);
	assert_string_equal(path, "/x/y.conf");
	assert_int_equal(
		read_words(&opt, err, "--config-dir", "/x", "--config-name", "b", NULL), 0);
	assert_int_equal(cli_options_config_path(&opt, path, sizeof(path)), 0);
	assert_string_equal(path, "/x/ensign-b.conf");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_options),
		cmocka_unit_test(missing_argument),
		cmocka_unit_test(argument_to_a_flag),
		cmocka_unit_test(file_and_directory),
		cmocka_unit_test(path_too_long),
		cmocka_unit_test(nothing),
		cmocka_unit_test(options_anywhere),
		cmocka_unit_test(words_that_look_like_options),
		cmocka_unit_test(config_paths),
	};
	return cmocka_run_group_tests_name("cli_options", tests, NULL, NULL);
}
