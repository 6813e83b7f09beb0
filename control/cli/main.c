/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ensign: the command line. main reads the options, finds the command in the table, checks the
 * number of arguments and calls it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "control/cli/cli.h"
#include "control/dnssec/key.h"

static int print_version(void)
{
	puts("ensign " ENSIGN_VERSION);
	return 0;
}

/* Says what is wrong with the use of a command; 0 if nothing is. */
static int check_use(const struct cli *cli, int arg_cnt)
{
	int min, max;
	command_arg_bounds(cli->command, &min, &max);
	if (arg_cnt < min || (max >= 0 && arg_cnt > max)) {
		command_print_syntax(cli->command, stderr);
		return -1;
	}
	unsigned unused = cli->opt.given & ~cli->command->options;
#define OPTION_CHECK(field, letter, long_name, argument, option, help)                             \
	if ((option)&unused)                                                                       \
		cli_error("%s does not take --%s", cli->command->name, long_name);
	OPTION_TABLE(OPTION_CHECK)
#undef OPTION_CHECK
	return unused ? -1 : 0;
}

static int run(struct cli *cli)
{
	int word_cnt;
	char **args = cli->opt.args;
	if (!args[0]) {
		command_print_all(stderr);
		return 1;
	}
	cli->command = command_find(args, &word_cnt);
	if (!cli->command)
		return command_unknown(args[0]);
	if (check_use(cli, cli->opt.arg_cnt - word_cnt) != 0)
		return 1;
	return cli->command->run(cli, args + word_cnt);
}

/* Output that could not be written is a failure, but a reader that has had enough is none. */
static int close_output(int rc)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return rc;
	if (errno == EPIPE)
		return rc;
	cli_error("Error: cannot write the output: %s", strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	char err[256];
	int rc;
	signal(SIGPIPE, SIG_IGN);
	if (cli_options_read(&cli.opt, argc, argv, err) != 0) {
		cli_error("Error: %s", err);
		return 1;
	}
	key_memory_init(); /* without locked memory keys still work, and are still wiped */
	key_gost_init();   /* without, there is no ECC-GOST */
	if (cli.opt.version)
		rc = print_version();
	else if (cli.opt.help)
		rc = cmd_help(&cli, cli.opt.args);
	else
		rc = run(&cli);
	rc = close_output(rc); /* first: errno says what befell the output */
	cli_deinit(&cli);
	return rc;
}
