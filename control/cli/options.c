/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define CONFIG_DIR_DEFAULT "/etc/ensign"

/* Values getopt_long() returns: the row's index behind all letters. */
#define ROW_BASE 256

enum option_row {
#define OPTION_ROW(field, ...) ROW_##field,
	OPTION_TABLE(OPTION_ROW)
#undef OPTION_ROW
};

static const struct option long_options[] = {
#define OPTION_LONG(field, letter, name, argument, option, help)                                   \
	{name, (argument) ? required_argument : no_argument, NULL, ROW_BASE + ROW_##field},
	OPTION_TABLE(OPTION_LONG)
#undef OPTION_LONG
		{NULL, 0, NULL, 0},
};

/* Letters and their arguments, for getopt; ':' first lets us tell what is wrong. */
static void short_options(char letters[static 64])
{
	char *end = letters;
	*end++ = ':';
#define OPTION_LETTER(field, letter, name, argument, option, help)                                 \
	if (letter) {                                                                              \
		*end++ = (letter);                                                                 \
		if (argument)                                                                      \
			*end++ = ':';                                                              \
	}
	OPTION_TABLE(OPTION_LETTER)
#undef OPTION_LETTER
	*end = '\0';
}

/* Takes one option in; false if there is no such. */
static bool take(struct cli_options *opt, int value)
{
#define OPTION_TAKE(field_, letter, name, argument, option, help)                                  \
	if (value == ROW_BASE + ROW_##field_ || ((letter) && value == (letter))) {                 \
		opt->field_ = (argument) ? optarg : "";                                            \
		opt->given |= (option);                                                            \
		return true;                                                                       \
	}
	OPTION_TABLE(OPTION_TAKE)
#undef OPTION_TAKE
	return false;
}

int cli_options_read(struct cli_options *opt, int argc, char **argv, char err[static 256])
{
	char letters[64];
	int value;
	*opt = (struct cli_options){0};
	short_options(letters);
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1)
		if (!take(opt, value)) {
			snprintf(err, 256, "%s '%s'; see 'ensign help'",
				value == ':' ? "no argument to option" : "unknown option",
				argv[optind - 1]);
			return -1;
		}
	if (opt->config && (opt->config_dir || opt->config_name)) {
		snprintf(err, 256,
			"--config names a file: --config-dir and --config-name do not go with it");
		return -1;
	}
	opt->args = argv + optind;
	opt->arg_cnt = argc - optind;
	return 0;
}

int cli_options_config_path(const struct cli_options *opt, char *path, unsigned path_size)
{
	int len;
	if (opt->config)
		len = snprintf(path, path_size, "%s", opt->config);
	else
		len = snprintf(path, path_size, "%s/ensign%s%s.conf",
			opt->config_dir ? opt->config_dir : CONFIG_DIR_DEFAULT,
			opt->config_name ? "-" : "", opt->config_name ? opt->config_name : "");
	return len >= 0 && (unsigned)len < path_size ? 0 : -1;
}
