/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * options: the command line of `ensign`: options anywhere, then the command and its arguments; "--"
 * ends the options.
 */
#ifndef CONTROL_CLI_OPTIONS_H
#define CONTROL_CLI_OPTIONS_H

#include <stdbool.h>

#include "control/cli/commands.h"

/* Rows: X(field, letter or 0, "name", "argument" or NULL, enum command_option or 0, "help"). */
/* clang-format off */
#define OPTION_TABLE(X) \
	X(config,      'c', "config",      "FILE", 0,             "settings file, instead of DIR/ensign.conf") \
	X(config_dir,  0,   "config-dir",  "DIR",  0,             "directory of ensign.conf (/etc/ensign)") \
	X(config_name, 0,   "config-name", "NAME", 0,             "use ensign-NAME.conf") \
	X(json,        'j', "json",        NULL,   COMMAND_JSON,  "show as JSON, with the commands that show something") \
	X(watch,       'w', "watch",       NULL,   COMMAND_WATCH, "with stats: go on, once a second") \
	X(force,       'f', "force",       NULL,   COMMAND_FORCE, "do it in spite of doubts, with the commands that have any") \
	X(verbose,     'v', "verbose",     NULL,   0,             "say more") \
	X(quiet,       'q', "quiet",       NULL,   0,             "say nothing but results and errors") \
	X(help,        'h', "help",        NULL,   0,             "show the commands, or help on the one named") \
	X(version,     0,   "version",     NULL,   0,             "show the version")
/* clang-format on */

struct cli_options {
#define OPTION_FIELD(field, ...) const char *field;
	OPTION_TABLE(OPTION_FIELD) /* argument, "" for an option without one; NULL: not given */
#undef OPTION_FIELD
	unsigned given; /* enum command_option */
	char **args;	/* what is left: argument vector, NULL-terminated */
	int arg_cnt;
};

/* Reads argv into opt, reordering it. 0, or -1 with err. Not thread-safe (getopt). */
int cli_options_read(struct cli_options *opt, int argc, char **argv, char err[static 256])
	__attribute__((warn_unused_result));

/* Path of the settings file into path: 0, or -1 if it is too long. */
int cli_options_config_path(const struct cli_options *opt, char *path, unsigned path_size)
	__attribute__((warn_unused_result));

#endif
