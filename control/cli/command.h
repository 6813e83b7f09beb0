/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * command: looks commands up in the table and checks their arguments against it.
 */
#ifndef CONTROL_CLI_COMMAND_H
#define CONTROL_CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "control/cli/commands.h"

struct cli;

/* Both give an exit code. args: NULL-terminated, as many as the row allows. */
typedef int command_fn(struct cli *cli, char **args);

struct command {
	const char *name; /* NULL: a section, summary is its title */
	const char *alias;
	const char *args;
	const char *summary;
	const char *detail;
	unsigned options;
	command_fn *run;
};

/* Rows of the table, sections included. */
unsigned command_cnt(void);
const struct command *command_at(unsigned i);

/* Finds the command that args begin with, by either spelling; *word_cnt is how many words it is
 * spelt in. NULL if there is none. */
const struct command *command_find(char *const *args, int *word_cnt);
/* The command whose name is nearest to word, for "did you mean"; NULL if none is near. */
const struct command *command_near(const char *word);

/* Says on standard error that there is no such command, and which might be meant; always 1. */
int command_unknown(const char *word);

/* Bounds of the number of arguments, from the row's text; *max is -1 for any number. */
void command_arg_bounds(const struct command *command, int *min, int *max);

/* "Syntax: ensign NAME ARGUMENTS". */
void command_print_syntax(const struct command *command, FILE *out);
void command_print_help(const struct command *command, FILE *out);
void command_print_all(FILE *out);

#define COMMAND_FUNCTION(function, ...) command_fn cmd_##function;
#define COMMAND_NO_SECTION(title)
COMMAND_TABLE(COMMAND_NO_SECTION, COMMAND_FUNCTION)
#undef COMMAND_FUNCTION
#undef COMMAND_NO_SECTION

#endif
