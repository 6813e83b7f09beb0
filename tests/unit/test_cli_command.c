/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct command *find(const char *first, const char *second, int *word_cnt)
{
	const char *args[] = {first, second, NULL};
	return command_find((char *const *)args, word_cnt);
}

static const struct command *named(const char *name)
{
	for (unsigned i = 0; i < command_cnt(); i++)
		if (command_at(i)->name && strcmp(command_at(i)->name, name) == 0)
			return command_at(i);
	fail_msg("no command %s", name);
	return NULL;
}

/* ==== what must fail ======================================================================== */

static void words_that_are_no_command(void **state)
{
	static const char *const words[][2] = {
		{"", NULL}, {"zone", NULL}, {"zone", ""}, {"zone", "secur"}, {"zone", "secure2"},
		{"zonesecure", NULL}, {"zone secure", NULL}, /* one word with a space in it */
		{"Secure-Zone", NULL},			     /* pdnsutil minds the case, too */
		{"secure-zon", "example.com"},
		{"Zones and their DNSSEC", NULL}, /* a section's title */
	};
	int word_cnt;
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_null(find(words[i][0], words[i][1], &word_cnt));
	assert_null(find(NULL, NULL, &word_cnt));
}

static void nothing_near(void **state)
{
	char longest[100] = {0};
	memset(longest, 'a', sizeof(longest) - 1);
	assert_null(command_near("xyzzy"));
	assert_null(command_near(""));
	assert_null(command_near(longest));
}

/* ==== what must work ======================================================================== */

static void both_spellings(void **state)
{
	int word_cnt;
	const struct command *command = find("secure-zone", "example.com", &word_cnt);
	assert_ptr_equal(command, named("secure-zone"));
	assert_int_equal(word_cnt, 1);
	assert_ptr_equal(find("zone", "secure", &word_cnt), command);
	assert_int_equal(word_cnt, 2);
	assert_ptr_equal(find("metadata", "get", &word_cnt), named("get-meta"));
}

static void near_ones(void **state)
{
	assert_ptr_equal(command_near("secure-zon"), named("secure-zone"));
	assert_ptr_equal(command_near("list-zones"), named("list-zone"));
	assert_ptr_equal(command_near("list-al-zones"), named("list-all-zones"));
	assert_ptr_equal(command_near("statu"), named("status"));
}

static void bounds(void **state)
{
	static const struct {
		const char *name;
		int min, max;
	} table[] = {
		{"stats", 0, 0},
		{"list-keys", 0, 1},
		{"show-zone", 1, 1},
		{"set-nsec3", 1, 3},
		{"add-zone-key", 1, 6},
		{"secure-zone", 1, -1},
		{"set-meta", 2, -1},
		{"add-meta", 3, -1},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int min, max;
		command_arg_bounds(named(table[i].name), &min, &max);
		assert_int_equal(min, table[i].min);
		assert_int_equal(max, table[i].max);
	}
}

/* Optional arguments after required ones, "..." last: what command_arg_bounds() goes by. */
static void table_is_well_formed(void **state)
{
	for (unsigned i = 0; i < command_cnt(); i++) {
		const struct command *command = command_at(i);
		assert_non_null(command->summary);
		if (!command->name)
			continue;
		const char *optional = strchr(command->args, '[');
		assert_true(!optional || !strstr(optional, " [") ||
			    strspn(strstr(optional, " [") + 1, "[") == 1);
		const char *dots = strstr(command->args, "...");
		assert_true(!dots || strcmp(dots, "...]") == 0);
		assert_int_not_equal(command->summary[strlen(command->summary) - 1], '.');
		assert_non_null(command->run);
	}
}

static void names_are_unique(void **state)
{
	for (unsigned i = 0; i < command_cnt(); i++)
		for (unsigned k = 0; k < i && command_at(i)->name; k++) {
			const struct command *a = command_at(i), *b = command_at(k);
			if (!b->name)
				continue;
			assert_string_not_equal(a->name, b->name);
			assert_true(!*a->alias || strcmp(a->alias, b->alias) != 0);
		}
}

static void help_says_it_all(void **state)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	command_print_all(out);
	fclose(out);
	for (unsigned i = 0; i < command_cnt(); i++)
		assert_non_null(strstr(text, command_at(i)->summary));
	free(text);
	out = open_memstream(&text, &len);
	command_print_help(named("show-zone"), out);
	fclose(out);
	assert_non_null(strstr(text, "Syntax: ensign show-zone ZONE\n"));
	assert_non_null(strstr(text, "ensign zone show ZONE"));
	assert_non_null(strstr(text, "--json"));
	assert_null(strstr(text, "--watch"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_no_command),
		cmocka_unit_test(nothing_near),
		cmocka_unit_test(both_spellings),
		cmocka_unit_test(near_ones),
		cmocka_unit_test(bounds),
		cmocka_unit_test(table_is_well_formed),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(help_says_it_all),
	};
	return cmocka_run_group_tests_name("cli_command", tests, NULL, NULL);
}
