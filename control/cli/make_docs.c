/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * make_docs: fills in the templates of manual pages and completions from the tables of commands,
 * options and settings, when the project is built.
 *
 * usage: make_docs TEMPLATE > RESULT
 *
 * A line of the template that is one of these is replaced:
 *
 *   @OPTIONS@    manual page: options of ensign
 *   @COMMANDS@   manual page: commands by section
 *   @SETTINGS@   manual page: settings
 *   @TABLE@      completions: "name|object action|arguments|options" per command
 *   @SWITCHES@   completions: "--option|argument" per option
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "control/cli/commands.h"
#include "control/cli/options.h"
#include "zonedb/settings.h"

/* Text of a manual page: hyphens that are to be typed, and no accidental requests. */
static void print_man(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
	}
}

/* A phrase of a table as a sentence. */
static void print_sentence(const char *phrase)
{
	const char first[] = {(char)toupper((unsigned char)*phrase), '\0'};
	print_man(first);
	print_man(phrase + 1);
	puts(".");
}

/* ==== manual pages ========================================================================== */

static void print_option(const char *name, char letter, const char *argument, const char *help)
{
	puts(".TP");
	fputs("\\fB", stdout);
	if (letter)
		printf("\\-%c\\fR, \\fB", letter);
	fputs("\\-\\-", stdout);
	print_man(name);
	printf("\\fR%s%s\n", argument ? " " : "", argument ? argument : "");
	print_sentence(help);
}

static void print_options(void)
{
#define OPTION(field, letter, name, argument, option, help)                                        \
	print_option(name, letter, argument, help);
	OPTION_TABLE(OPTION)
#undef OPTION
}

static void print_command(const char *name, const char *alias, const char *args,
	const char *summary, const char *detail)
{
	puts(".TP");
	fputs("\\fB", stdout);
	print_man(name);
	fputs("\\fR ", stdout);
	print_man(args);
	putchar('\n');
	print_sentence(summary);
	if (*detail) {
		print_man(detail);
		putchar('\n');
	}
	if (*alias) {
		fputs("Also: \\fB", stdout);
		print_man(alias);
		puts("\\fR.");
	}
}

static void print_commands(void)
{
#define SECTION(title) printf(".SS %s\n", title);
#define COMMAND(function, name, alias, args, options, summary, detail)                             \
	print_command(name, alias, args, summary, detail);
	COMMAND_TABLE(SECTION, COMMAND)
#undef SECTION
#undef COMMAND
}

/* Words with "|" between, where lines may break. */
static void print_choice(const char *words)
{
	for (; *words; words++)
		if (*words == '|')
			fputs(" | ", stdout);
		else
			putchar(*words);
}

static void print_setting(const char *name, const char *kind, const char *initial, const char *help)
{
	puts(".TP");
	fputs("\\fB", stdout);
	print_man(name);
	fputs("\\fR=", stdout);
	print_choice(kind);
	putchar('\n');
	print_sentence(help);
	fputs("Default: ", stdout);
	print_man(*initial ? initial : "empty");
	puts(".");
}

static void print_number(const char *name, unsigned long long initial, unsigned long long min,
	unsigned long long max, const char *help)
{
	char kind[64], text[32];
	snprintf(kind, sizeof(kind), "\\fInumber\\fR (%llu to %llu)", min, max);
	snprintf(text, sizeof(text), "%llu", initial);
	print_setting(name, kind, text, help);
}

static void print_settings(void)
{
#define STRING(id, name, initial, help) print_setting(name, "\\fItext\\fR", initial, help);
#define LIST(id, name, initial, help)                                                              \
	print_setting(name, "\\fIlist\\fR (comma or white space between items)", initial, help);
#define WORDS(id, name, initial, help)                                                             \
	print_setting(name, "\\fIlist\\fR (white space between items)", initial, help);
#define NUMBER(id, name, initial, min, max, help) print_number(name, initial, min, max, help);
#define BOOL(id, name, initial, help)                                                              \
	print_setting(name, "\\fByes\\fR|\\fBno\\fR", (initial) ? "yes" : "no", help);
#define CHOICE(id, name, initial, words, help) print_setting(name, words, initial, help);
	SETTING_TABLE(STRING, LIST, WORDS, NUMBER, BOOL, CHOICE)
#undef STRING
#undef LIST
#undef WORDS
#undef NUMBER
#undef BOOL
#undef CHOICE
}

/* ==== completions =========================================================================== */

static void print_row(const char *name, const char *alias, const char *args, unsigned options)
{
	printf("%s|%s|%s|", name, alias, args);
#define OPTION(field, letter, long_name, argument, option, help)                                   \
	if (!(option) || (options & (option)))                                                     \
		printf("--%s ", long_name);
	OPTION_TABLE(OPTION)
#undef OPTION
	putchar('\n');
}

static void print_table(void)
{
#define SECTION(title)
#define COMMAND(function, name, alias, args, options, summary, detail)                             \
	print_row(name, alias, args, options);
	COMMAND_TABLE(SECTION, COMMAND)
#undef SECTION
#undef COMMAND
}

static void print_switches(void)
{
#define OPTION(field, letter, name, argument, option, help)                                        \
	printf("--%s|%s\n", name, (argument) ? (const char *)(argument) : "");
	OPTION_TABLE(OPTION)
#undef OPTION
}

/* ==== templates ============================================================================= */

static const struct {
	const char *line;
	void (*print)(void);
} marker_table[] = {
	{"@OPTIONS@\n", print_options},
	{"@COMMANDS@\n", print_commands},
	{"@SETTINGS@\n", print_settings},
	{"@TABLE@\n", print_table},
	{"@SWITCHES@\n", print_switches},
};

static void print_line(const char *line)
{
	for (unsigned i = 0; i < sizeof(marker_table) / sizeof(marker_table[0]); i++)
		if (strcmp(line, marker_table[i].line) == 0) {
			marker_table[i].print();
			return;
		}
	fputs(line, stdout);
}

int main(int argc, char **argv)
{
	char line[1024];
	FILE *template = argc == 2 ? fopen(argv[1], "r") : NULL;
	if (!template) {
		fprintf(stderr, "usage: make_docs TEMPLATE > RESULT\n");
		return 1;
	}
	while (fgets(line, sizeof(line), template))
		print_line(line);
	bool failed = ferror(template);
	fclose(template);
	return failed || fflush(stdout) != 0;
}
