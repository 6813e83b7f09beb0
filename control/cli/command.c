/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/command.h"

#include <string.h>

#include "control/cli/options.h"

static const struct command table[] = {
#define SECTION(title) {.summary = (title)},
#define COMMAND(function, name_, alias_, args_, options_, summary_, detail_)                       \
	{.name = (name_),                                                                          \
		.alias = (alias_),                                                                 \
		.args = (args_),                                                                   \
		.summary = (summary_),                                                             \
		.detail = (detail_),                                                               \
		.options = (options_),                                                             \
		.run = cmd_##function},
	COMMAND_TABLE(SECTION, COMMAND)
#undef SECTION
#undef COMMAND
};

unsigned command_cnt(void)
{
	return sizeof(table) / sizeof(table[0]);
}

const struct command *command_at(unsigned i)
{
	return &table[i];
}

/* ==== lookup ================================================================================ */

/* True if alias is "first second". */
static bool alias_is(const char *alias, const char *first, const char *second)
{
	size_t len = strlen(first);
	return second && strncmp(alias, first, len) == 0 && alias[len] == ' ' &&
	       strcmp(alias + len + 1, second) == 0;
}

/* Another name of a command, or the word itself. */
static const char *current_name(const char *word)
{
	static const struct {
		const char *alias;
		const char *name;
	} aliases[] = {
#define ALIAS(alias, name) {alias, name},
		COMMAND_ALIAS_TABLE(ALIAS)
#undef ALIAS
	};
	for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(word, aliases[i].alias) == 0)
			return aliases[i].name;
	return word;
}

const struct command *command_find(char *const *args, int *word_cnt)
{
	for (unsigned i = 0; i < command_cnt() && args[0]; i++) {
		if (!table[i].name)
			continue;
		*word_cnt = 1;
		if (strcmp(table[i].name, current_name(args[0])) == 0)
			return &table[i];
		*word_cnt = 2;
		if (alias_is(table[i].alias, args[0], args[1]))
			return &table[i];
	}
	return NULL;
}

#define WORD_MAX 31

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned min = a < b ? a : b;
	return min < c ? min : c;
}

/* Letters to insert, remove or replace to make one of the other. Words up to WORD_MAX. */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1], b_len = (unsigned)strlen(b);
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		unsigned diagonal = row[0];
		row[0] = i + 1;
		for (unsigned j = 0; j < b_len; j++) {
			unsigned above = row[j + 1];
			row[j + 1] = min3(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[b_len];
}

const struct command *command_near(const char *word)
{
	const struct command *near = NULL;
	unsigned best = (unsigned)strlen(word) / 3 + 2;
	if (strlen(word) > WORD_MAX)
		return NULL;
	for (unsigned i = 0; i < command_cnt(); i++) {
		unsigned distance = table[i].name ? edit_distance(word, table[i].name) : best;
		if (distance < best) {
			best = distance;
			near = &table[i];
		}
	}
	return near;
}

/* ==== arguments ============================================================================= */

void command_arg_bounds(const struct command *command, int *min, int *max)
{
	*min = 0;
	*max = 0;
	for (const char *word = command->args; *word; word += strcspn(word, " ")) {
		word += strspn(word, " ");
		*min += *word != '[';
		*max += 1;
	}
	if (strstr(command->args, "..."))
		*max = -1;
}

/* ==== help ================================================================================== */

void command_print_syntax(const struct command *command, FILE *out)
{
	fprintf(out, "Syntax: ensign %s%s%s\n", command->name, *command->args ? " " : "",
		command->args);
}

#define LINE_WIDTH 79

/* Text broken into lines of at most LINE_WIDTH columns, each behind indent spaces. */
static void print_wrapped(const char *text, unsigned indent, FILE *out)
{
	unsigned column = 0;
	while (*text) {
		unsigned len = (unsigned)strcspn(text, " ");
		if (column && column + 1 + len > LINE_WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		column += (unsigned)fprintf(
			out, "%*s%.*s", column ? 1 : (int)indent, "", (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void print_options(unsigned options, FILE *out)
{
#define OPTION_PRINT(field, letter, name, argument, option, help)                                  \
	if (!(option) || (options & (option)))                                                     \
		fprintf(out, "  %c%c%s --%-11s %-5s %s\n", (letter) ? '-' : ' ',                   \
			(letter) ? (letter) : ' ', (letter) ? "," : " ", name,                     \
			(argument) ? (const char *)(argument) : "", help);
	OPTION_TABLE(OPTION_PRINT)
#undef OPTION_PRINT
}

void command_print_help(const struct command *command, FILE *out)
{
	command_print_syntax(command, out);
	if (*command->alias)
		fprintf(out, "    also: ensign %s %s\n", command->alias, command->args);
	fprintf(out, "\n  %s.\n", command->summary);
	if (*command->detail)
		print_wrapped(command->detail, 2, out);
	fputs("\nOptions:\n", out);
	print_options(command->options, out);
}

void command_print_all(FILE *out)
{
	fputs("Usage: ensign [options] COMMAND [arguments]\n", out);
	for (unsigned i = 0; i < command_cnt(); i++) {
		if (table[i].name)
			fprintf(out, "  %s %s\n%8s%s\n", table[i].name, table[i].args, "",
				table[i].summary);
		else
			fprintf(out, "\n%s:\n", table[i].summary);
	}
	fputs("\nOptions:\n", out);
	print_options(~0U, out);
	fputs("\nMore on one command: ensign help COMMAND. All of it: man ensign.\n", out);
}

int command_unknown(const char *word)
{
	const struct command *near = command_near(word);
	if (near)
		fprintf(stderr, "Unknown command '%s'; did you mean '%s'?\n", word, near->name);
	else
		fprintf(stderr, "Unknown command '%s'; see 'ensign help'\n", word);
	return 1;
}

int cmd_help(struct cli *cli, char **args)
{
	int word_cnt;
	const struct command *command = args[0] ? command_find(args, &word_cnt) : NULL;
	(void)cli;
	if (args[0] && !command)
		return command_unknown(args[0]);
	if (command)
		command_print_help(command, stdout);
	else
		command_print_all(stdout);
	return 0;
}
