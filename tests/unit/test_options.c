/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The command line, and what the engine makes of the settings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataplane/answer_settings.h"
#include "dataplane/options.h"

struct run {
	struct settings s;
	char err[OPTIONS_ERR_LEN];
	int rc;
};

/* Reads a command line given as words, NULL at the end. */
static struct run read_line(const char *const *words)
{
	struct run run = {0};
	char *argv[16] = {(char *)"ensign-dataplane"};
	int argc = 1;
	while (*words)
		argv[argc++] = (char *)*words++;
	run.rc = options_read(&run.s, argc, argv, run.err);
	return run;
}

#define READ_LINE(...) read_line((const char *const[]){__VA_ARGS__, NULL})

static void assert_refused(struct run run, const char *message)
{
	assert_int_equal(run.rc, -1);
	if (!strstr(run.err, message))
		fail_msg("'%s' does not say '%s'", run.err, message);
	settings_deinit(&run.s);
}

static void bad_lines_are_refused(void **state)
{
	assert_refused(READ_LINE("stray"), "stray");
	assert_refused(READ_LINE("-x"), "-x");
	assert_refused(READ_LINE("--local-port"), "--local-port");
	assert_refused(READ_LINE("--local-port=0"), "local-port");
	assert_refused(READ_LINE("--no-such-setting=1"), "no-such-setting");
	assert_refused(READ_LINE("--config"), "--config");
	assert_refused(READ_LINE("--configuration=x"), "configuration");
	assert_refused(READ_LINE("--config", "/nonexistent/file"), "/nonexistent/file");
	assert_refused(READ_LINE("--config=/nonexistent/file"), "/nonexistent/file");
}

static void line_is_read_over_the_file(void **state)
{
	char path[] = "/tmp/ensign-test-options-XXXXXX";
	int fd = mkstemp(path);
	assert_true(dprintf(fd, "local-port=5301\nstream-threads=3\n") > 0);
	close(fd);
	struct run run = READ_LINE("--local-port=5302", "--config", path);
	assert_int_equal(run.rc, OPTIONS_RUN);
	assert_int_equal(run.s.local_port, 5302);
	assert_int_equal(run.s.stream_threads, 3);
	settings_deinit(&run.s);
	unlink(path);
}

static void engine_texts_that_do_not_fit_are_refused(void **state)
{
	char word[400] = "--server-id=", err[ANSWER_SETTINGS_ERR_LEN];
	memset(word + strlen(word), 'x', 300);
	struct answer_config cfg;
	struct run run = READ_LINE(word);
	assert_int_equal(run.rc, OPTIONS_RUN);
	assert_int_equal(answer_settings_read(&cfg, &run.s, err), -1);
	assert_non_null(strstr(err, "server-id"));
	settings_deinit(&run.s);
}

static void assert_texts(
	const char *id_word, const char *version_word, const char *nsid, const char *version)
{
	char err[ANSWER_SETTINGS_ERR_LEN];
	struct answer_config cfg;
	struct run run = READ_LINE(id_word, version_word);
	assert_int_equal(answer_settings_read(&cfg, &run.s, err), 0);
	assert_int_equal(cfg.nsid_len, strlen(nsid));
	assert_memory_equal(cfg.nsid, nsid, strlen(nsid));
	assert_int_equal(cfg.version_len, strlen(version));
	assert_memory_equal(cfg.version, version, strlen(version));
	settings_deinit(&run.s);
}

static void engine_texts_follow_the_settings(void **state)
{
	char host[129] = "";
	gethostname(host, sizeof(host) - 1);
	assert_texts("--server-id=", "--version-string=full", host, "ensign " ENSIGN_VERSION);
	assert_texts("--server-id=disabled", "--version-string=anonymous", "", "");
	assert_texts("--server-id=ns1", "--version-string=none of yours", "ns1", "none of yours");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_lines_are_refused),
		cmocka_unit_test(line_is_read_over_the_file),
		cmocka_unit_test(engine_texts_that_do_not_fit_are_refused),
		cmocka_unit_test(engine_texts_follow_the_settings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
