/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help_text[] =
	"usage: ensign-dataplane [--config FILE] [--KEY=VALUE ...] [--version] [--help]\n"
	"\n"
	"Answers DNS questions from the zones ensignd has published, on the DPDK ports of\n"
	"dataplane-ports and on kernel sockets.\n"
	"\n"
	"  --config FILE   settings file, default " SETTINGS_FILE_DEFAULT "\n"
	"  --KEY=VALUE     a setting, over that of the file\n"
	"  --version       print the version\n"
	"  --help          print this, and the settings with their values\n";

/* Value of "--name VALUE" or "--name=VALUE" at *i, which is moved on; NULL if it is another option
 * or the value is missing. */
static const char *option_value(int argc, char **argv, int *i, const char *name)
{
	size_t name_len = strlen(name);
	if (strncmp(argv[*i], name, name_len))
		return NULL;
	if (argv[*i][name_len] == '=')
		return argv[*i] + name_len + 1;
	return argv[*i][name_len] || *i + 1 >= argc ? NULL : argv[++*i];
}

static const char *config_path(int argc, char **argv)
{
	const char *path = NULL;
	for (int i = 1; i < argc; i++) {
		const char *value = option_value(argc, argv, &i, "--config");
		path = value ? value : path;
	}
	if (!path && access(SETTINGS_FILE_DEFAULT, F_OK) == 0)
		path = SETTINGS_FILE_DEFAULT;
	return path;
}

static int assignments_read(
	struct settings *s, int argc, char **argv, char err[static OPTIONS_ERR_LEN])
{
	for (int i = 1; i < argc; i++) {
		if (option_value(argc, argv, &i, "--config"))
			continue;
		if (strncmp(argv[i], "--", 2) || !strchr(argv[i], '=')) {
			snprintf(err, OPTIONS_ERR_LEN, "%.100s: not --KEY=VALUE (see --help)",
				argv[i]);
			return -1;
		}
		if (settings_set(s, argv[i] + 2, err) < 0)
			return -1;
	}
	return 0;
}

/* Takes argv[i] out if it is name. */
static int option_given(int *argc, char **argv, const char *name)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], name))
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof(*argv));
		--*argc;
		return 1;
	}
	return 0;
}

int options_read(struct settings *s, int argc, char **argv, char err[static OPTIONS_ERR_LEN])
{
	if (option_given(&argc, argv, "--version")) {
		puts("ensign-dataplane " ENSIGN_VERSION);
		return OPTIONS_DONE;
	}
	int help = option_given(&argc, argv, "--help");
	if (settings_read(s, config_path(argc, argv), err) < 0 ||
		assignments_read(s, argc, argv, err) < 0)
		return -1;
	if (!help)
		return OPTIONS_RUN;
	printf("%s\n", help_text);
	settings_print(s, stdout);
	return OPTIONS_DONE;
}
