/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "zonedb/settings_powerdns.h"

static char err[512];

static void assert_refused(const char *text, const char *expected)
{
	struct settings s;
	assert_int_equal(settings_parse(&s, text, strlen(text), "e.conf", err), -1);
	assert_string_equal(err, expected);
	assert_null(s.local_address.item); /* zero state */
}

static struct settings parsed(const char *text)
{
	struct settings s;
	if (settings_parse(&s, text, strlen(text), "e.conf", err))
		fail_msg("%s", err);
	return s;
}

/* ---- negative ------------------------------------------------------------------------------ */

static void refuses_with_file_and_line(void **state)
{
	assert_refused("local-port=0", "e.conf:1: local-port must be between 1 and 65535, not 0");
	assert_refused("\n# x\nlocal-port=65536",
		"e.conf:3: local-port must be between 1 and 65535, not 65536");
	assert_refused("local-port=99999999999999999999999",
		"e.conf:1: local-port must be between 1 and 65535, not 99999999999999999999999");
	assert_refused("local-port=-1", "e.conf:1: '-1' is not a number, as local-port must be");
	assert_refused("local-port=+1", "e.conf:1: '+1' is not a number, as local-port must be");
	assert_refused("local-port=53x", "e.conf:1: '53x' is not a number, as local-port must be");
	assert_refused("local-port=", "e.conf:1: '' is not a number, as local-port must be");
	assert_refused("any-to-tcp=maybe", "e.conf:1: any-to-tcp must be yes or no, not 'maybe'");
	assert_refused("signing-policy=eage",
		"e.conf:1: signing-policy must be one of live|eager, not 'eage'");
	assert_refused("signing-policy=live|eager",
		"e.conf:1: signing-policy must be one of live|eager, not 'live|eager'");
	assert_refused(
		"signing-policy=", "e.conf:1: signing-policy must be one of live|eager, not ''");
	assert_refused("any-to-tcp", "e.conf:1: no '=' in 'any-to-tcp'");
	assert_refused("Local-Port=53", "e.conf:1: unknown setting 'Local-Port'");
	assert_refused("=53", "e.conf:1: unknown setting ''");
	assert_refused("+=53", "e.conf:1: unknown setting ''");
	assert_refused("setuid+=x", "e.conf:1: setuid is not a list: += does not apply");
	assert_refused("local-port+=1", "e.conf:1: local-port is not a list: += does not apply");
	assert_refused("server-id=a\\\\\n", "e.conf:1: a value cannot hold \\");
	assert_refused("server-id=a\\b", "e.conf:1: a value cannot hold \\");
	assert_refused(
		"dataplane-eal=#a", "e.conf:1: an item of dataplane-eal cannot begin with #");
	assert_refused("launch=,#a", "e.conf:1: an item of launch cannot begin with #");
	/* joined lines count from the first of them */
	assert_refused("\nlocal-\\\nport\\\n=0\n",
		"e.conf:2: local-port must be between 1 and 65535, not 0");
}

static void refuses_what_is_not_text(void **state)
{
	assert_refused("setuid=a\n\x01", "e.conf:2: control character 0x01");
	assert_refused("setuid=a\rb", "e.conf:1: control character 0x0d");
	assert_refused("setuid=\x7f", "e.conf:1: control character 0x7f");
	struct settings s;
	assert_int_equal(settings_parse(&s, "setuid=\0x", 9, "e.conf", err), -1);
	assert_string_equal(err, "e.conf:1: control character 0x00");
	char *large = malloc(SETTINGS_LEN_MAX + 1);
	memset(large, '\n', SETTINGS_LEN_MAX + 1);
	assert_int_equal(settings_parse(&s, large, SETTINGS_LEN_MAX + 1, "e.conf", err), -1);
	assert_string_equal(err, "e.conf:1: too large for a settings file");
	free(large);
}

static void explains_names_of_powerdns(void **state)
{
	assert_refused("primary=yes",
		"e.conf:1: 'primary' is a setting of PowerDNS that ensign does not have");
	assert_refused("local-ipv6=::",
		"e.conf:1: 'local-ipv6' is a setting of PowerDNS that ensign "
		"does not have: put IPv6 addresses into local-address");
}

/* The table is searched by halves, and no row hides a setting that exists. */
static void names_of_powerdns_are_sorted_and_foreign(void **state)
{
	for (unsigned i = 1; i < settings_foreign_cnt; i++)
		assert_true(strcmp(settings_foreign[i - 1].name, settings_foreign[i].name) < 0);
	for (unsigned i = 0; i < settings_foreign_cnt; i++) {
		char text[128];
		struct settings s;
		snprintf(text, sizeof(text), "%s=1", settings_foreign[i].name);
		assert_int_equal(settings_parse(&s, text, strlen(text), "e", err), -1);
		assert_non_null(strstr(err, "is a setting of PowerDNS"));
	}
}

static void command_line_is_refused_without_change(void **state)
{
	struct settings s = parsed("local-address=192.0.2.1\nserver-id=a");
	static const char *const bad[][2] = {
		{"local-port=x", "--local-port=x: 'x' is not a number, as local-port must be"},
		{"server-id=a #b", "--server-id=a #b: a value cannot hold line ends, nor # behind "
				   "white space"},
		{"server-id=a\nb", "--server-id=a\nb: a value cannot hold line ends, nor # behind "
				   "white space"},
		{"server-id=a\\", "--server-id=a\\: a value cannot hold \\"},
		{"include-dir=/etc",
			"--include-dir=/etc: include-dir is for the main settings file only"},
	};
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(settings_set(&s, bad[i][0], err), -1);
		assert_string_equal(err, bad[i][1]);
	}
	assert_string_equal(s.server_id, "a");
	assert_int_equal(s.local_port, 53);
	assert_int_equal(s.include_dir.cnt, 0);
	settings_deinit(&s);
}

/* ---- values -------------------------------------------------------------------------------- */

static void assert_list(const struct setting_list *list, unsigned cnt, const char *const *item)
{
	assert_int_equal(list->cnt, cnt);
	for (unsigned i = 0; i < cnt; i++)
		assert_string_equal(list->item[i], item[i]);
}

static void lists_split_and_grow(void **state)
{
	struct settings s = parsed("local-address = 192.0.2.1,,192.0.2.2\t2001:db8::1 # end\n"
				   "local-address += 192.0.2.3\n"
				   "dataplane-address+=192.0.2.9\n"
				   "dataplane-ports=net_af_xdp0,iface=eth0  0000:01:00.0\r\n");
	assert_list(&s.local_address, 4,
		(const char *const[]){"192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.3"});
	assert_list(&s.dataplane_address, 1, (const char *const[]){"192.0.2.9"});
	assert_list(&s.dataplane_ports, 2,
		(const char *const[]){"net_af_xdp0,iface=eth0", "0000:01:00.0"});
	settings_deinit(&s);
	s = parsed("local-address=\n");
	assert_int_equal(s.local_address.cnt, 0);
	settings_deinit(&s);
}

static void last_one_holds(void **state)
{
	struct settings s =
		parsed("local-port=1\nlocal-port=2\nlocal-address=::1\nlocal-address=::2");
	assert_int_equal(s.local_port, 2);
	assert_list(&s.local_address, 1, (const char *const[]){"::2"});
	settings_deinit(&s);
}

static void comments_need_white_space(void **state)
{
	struct settings s = parsed("# a\n  # b\nserver-id=a#b #c\nversion-string=#x\nsetuid=\t#y");
	assert_string_equal(s.server_id, "a#b");
	assert_string_equal(s.version_string, "#x");
	assert_string_equal(s.setuid, "");
	settings_deinit(&s);
}

static void lines_join(void **state)
{
	struct settings s = parsed("local-address=::1, \\\n  ::2, \\ \n::3\nserver-id=a\\");
	assert_list(&s.local_address, 3, (const char *const[]){"::1", "::2", "::3"});
	assert_string_equal(s.server_id, "a");
	settings_deinit(&s);
}

static void bools_have_three_pairs_of_words(void **state)
{
	static const char *const yes[] = {"yes", "on", "true", "YES"};
	static const char *const no[] = {"no", "off", "false", "No"};
	for (unsigned i = 0; i < 4; i++) {
		char text[64];
		snprintf(text, sizeof(text), "any-to-tcp=%s\nany-minimal=%s", no[i], yes[i]);
		struct settings s = parsed(text);
		assert_false(s.any_to_tcp);
		assert_true(s.any_minimal);
		settings_deinit(&s);
	}
}

static void command_line_sets(void **state)
{
	struct settings s = parsed("local-address=::1");
	assert_int_equal(settings_set(&s, "local-address+=::2", err), 0);
	assert_int_equal(settings_set(&s, "local-port=5300", err), 0);
	assert_list(&s.local_address, 2, (const char *const[]){"::1", "::2"});
	assert_int_equal(s.local_port, 5300);
	settings_deinit(&s);
	settings_deinit(&s); /* the zero state is safe */
}

static char *printed(const struct settings *s)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	settings_print(s, out);
	fclose(out);
	return text;
}

static void assert_round_trip(const struct settings *s)
{
	char *first = printed(s);
	struct settings again = parsed(first);
	char *second = printed(&again);
	assert_string_equal(first, second);
	settings_deinit(&again);
	free(first);
	free(second);
}

static void print_reads_back(void **state)
{
	struct settings s;
	assert_int_equal(settings_read(&s, NULL, err), 0);
	assert_round_trip(&s);
	assert_int_equal(settings_set(&s, "local-address=::1,#a 192.0.2.1", err), 0);
	assert_int_equal(settings_set(&s, "dataplane-eal=--no-huge -m 64", err), 0);
	assert_int_equal(settings_set(&s, "version-string=  it's \"x\" = y  ", err), 0);
	assert_int_equal(settings_set(&s, "any-to-tcp=no", err), 0);
	assert_round_trip(&s);
	settings_deinit(&s);
}

/* ---- files --------------------------------------------------------------------------------- */

struct fixture {
	char dir[64];
	char main[96];
};

static void file_write(const struct fixture *f, const char *name, const char *text)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static int setup(void **state)
{
	static struct fixture f;
	strcpy(f.dir, "/tmp/ensign-test-settings-XXXXXX");
	if (!mkdtemp(f.dir))
		return -1;
	snprintf(f.main, sizeof(f.main), "%s/main", f.dir);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	const struct fixture *f = *state;
	static const char *const names[] = {"main", "10-a.conf", "9-b.conf", ".x.conf", "c.off"};
	char path[192];
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		unlink(path);
	}
	return rmdir(f->dir);
}

static void write_main(const struct fixture *f, const char *more)
{
	char text[256];
	snprintf(text, sizeof(text), "server-id=main\ninclude-dir=%s\n%s", f->dir, more);
	file_write(f, "main", text);
}

static void missing_files_are_refused(void **state)
{
	const struct fixture *f = *state;
	char expected[512];
	struct settings s;
	assert_int_equal(settings_read(&s, f->main, err), -1);
	snprintf(expected, sizeof(expected), "%s: No such file or directory", f->main);
	assert_string_equal(err, expected);
	assert_int_equal(settings_read(&s, f->dir, err), -1);
	assert_non_null(strstr(err, "Is a directory"));
	file_write(f, "main", "\ninclude-dir=/nonexistent/ensign\n");
	assert_int_equal(settings_read(&s, f->main, err), -1);
	snprintf(expected, sizeof(expected),
		"%s:2: cannot read directory /nonexistent/ensign: No such file or directory",
		f->main);
	assert_string_equal(err, expected);
}

static void errors_name_the_included_file(void **state)
{
	const struct fixture *f = *state;
	char expected[512];
	struct settings s;
	write_main(f, "");
	file_write(f, "9-b.conf", "\nbogus=1\n");
	assert_int_equal(settings_read(&s, f->main, err), -1);
	snprintf(expected, sizeof(expected), "%s/9-b.conf:2: unknown setting 'bogus'", f->dir);
	assert_string_equal(err, expected);
	file_write(f, "9-b.conf", "include-dir=/tmp\n");
	assert_int_equal(settings_read(&s, f->main, err), -1);
	assert_non_null(strstr(err, "9-b.conf:1: include-dir is for the main settings file only"));
}

static void directories_are_read_in_order_after_the_file(void **state)
{
	const struct fixture *f = *state;
	struct settings s;
	write_main(f, "local-port=1\nlocal-address=::1\n");
	file_write(f, "10-a.conf", "local-port=2\nlocal-address+=::2\nsetgid=a\n");
	file_write(f, "9-b.conf", "local-port=3\nlocal-address+=::3\n");
	file_write(f, ".x.conf", "bogus\n");
	file_write(f, "c.off", "bogus\n");
	if (settings_read(&s, f->main, err))
		fail_msg("%s", err);
	assert_int_equal(s.local_port, 3);
	assert_list(&s.local_address, 3, (const char *const[]){"::1", "::2", "::3"});
	assert_string_equal(s.setgid, "a");
	assert_string_equal(s.server_id, "main");
	assert_round_trip(&s);
	settings_deinit(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_with_file_and_line),
		cmocka_unit_test(refuses_what_is_not_text),
		cmocka_unit_test(explains_names_of_powerdns),
		cmocka_unit_test(names_of_powerdns_are_sorted_and_foreign),
		cmocka_unit_test(command_line_is_refused_without_change),
		cmocka_unit_test(lists_split_and_grow),
		cmocka_unit_test(last_one_holds),
		cmocka_unit_test(comments_need_white_space),
		cmocka_unit_test(lines_join),
		cmocka_unit_test(bools_have_three_pairs_of_words),
		cmocka_unit_test(command_line_sets),
		cmocka_unit_test(print_reads_back),
		cmocka_unit_test_setup_teardown(missing_files_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_name_the_included_file, setup, teardown),
		cmocka_unit_test_setup_teardown(
			directories_are_read_in_order_after_the_file, setup, teardown),
	};
	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
