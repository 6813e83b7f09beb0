/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ensignd: control. Compiles zones and hands them to the data plane.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/daemon/daemon.h"
#include "control/daemon/log.h"
#include "control/signer/process.h"
#include "zonedb/settings.h"

static const char usage[] =
	"usage: ensignd [--config FILE] [--SETTING=VALUE ...]\n"
	"\n"
	"Compiles the zones of named.conf or an SQL database (setting launch), signs those that\n"
	"have keys, and publishes them in shared memory for ensign-dataplane.\n"
	"\n"
	"  --config FILE      read settings from FILE (default " SETTINGS_FILE_DEFAULT ")\n"
	"  --SETTING=VALUE    overrides one, as --loglevel=6\n"
	"  --print-settings   prints all settings with their help, and ends\n"
	"  --help, --version\n";

struct arguments {
	const char *config;
	bool print_settings;
};

/* Takes what is not a setting; what is, is left in argv for later: it comes after the file. 0, or
 * -1: usage. */
static int take_options(struct arguments *args, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			argv[i] = NULL;
			args->config = argv[++i];
			argv[i] = NULL;
		} else if (strncmp(argv[i], "--config=", 9) == 0) {
			args->config = argv[i] + 9;
			argv[i] = NULL;
		} else if (strcmp(argv[i], "--print-settings") == 0) {
			args->print_settings = true;
			argv[i] = NULL;
		} else if (strncmp(argv[i], "--", 2) != 0 || strchr(argv[i], '=') == NULL) {
			return -1;
		}
	}
	return 0;
}

static int read_settings(
	struct settings *settings, const struct arguments *args, int argc, char **argv)
{
	char err[512];
	if (settings_read(settings, args->config, err) < 0) {
		fprintf(stderr, "ensignd: %s\n", err);
		return -1;
	}
	for (int i = 1; i < argc; i++) {
		if (argv[i] != NULL && settings_set(settings, argv[i] + 2, err) < 0) {
			fprintf(stderr, "ensignd: %s: %s\n", argv[i], err);
			return -1;
		}
	}
	return 0;
}

static int run(const struct settings *settings, const struct arguments *args)
{
	if (args->print_settings) {
		settings_print(settings, stdout);
		return EXIT_SUCCESS;
	}
	log_init((unsigned)settings->loglevel);
	return daemon_run(settings);
}

/* Settings come as arguments; there is no file to read. */
static int run_signer(int argc, char **argv)
{
	struct settings settings;
	if (read_settings(&settings, &(struct arguments){.config = NULL}, argc, argv) < 0)
		return EXIT_FAILURE;
	log_init((unsigned)settings.loglevel);
	return signer_process_run(&settings);
}

int main(int argc, char **argv)
{
	struct arguments args = {.config = SETTINGS_FILE_DEFAULT};
	struct settings settings;
	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return fputs(usage, stdout) < 0;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("ensignd " ENSIGN_VERSION) < 0;
	if (argc > 1 && strcmp(argv[1], "--role=signer") == 0)
		return run_signer(argc - 1, argv + 1);
	if (take_options(&args, argc, argv) < 0) {
		fputs(usage, stderr);
		return 2;
	}
	if (read_settings(&settings, &args, argc, argv) < 0)
		return EXIT_FAILURE;
	int status = run(&settings, &args);
	settings_deinit(&settings);
	return status;
}
