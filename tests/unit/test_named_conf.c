/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/named_conf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/dname.h"

/* Files by name; every other one does not exist. */
struct text {
	const char *path;
	const char *text;
	size_t len; /* 0 = up to the NUL */
};

#define FILE_TEXT(path, text)                                                                      \
	{                                                                                          \
		path, text, 0                                                                      \
	}

static int read_text(void *ctx, const char *path, char **text, size_t *len)
{
	for (const struct text *t = ctx; t->path != NULL; t++) {
		if (strcmp(t->path, path) != 0)
			continue;
		*len = t->len > 0 ? t->len : strlen(t->text);
		*text = malloc(*len + 1);
		assert_non_null(*text);
		memcpy(*text, t->text, *len);
		return 0;
	}
	errno = ENOENT;
	return -1;
}

struct outcome {
	int result;
	struct named_conf conf;
	struct report report;
};

static struct outcome read_files(const struct text *texts)
{
	struct outcome o = {0};
	o.result = named_conf_read(
		&o.conf, "/etc/bind/named.conf", read_text, (void *)texts, &o.report);
	return o;
}

static struct outcome read_one(const char *text)
{
	struct text texts[] = {FILE_TEXT("/etc/bind/named.conf", text), {0}};
	return read_files(texts);
}

static void done(struct outcome *o)
{
	named_conf_deinit(&o->conf);
	report_deinit(&o->report);
}

/* ---- refused ------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	const char *error; /* without the file's name */
} refused[] = {
	{"zone", "1:5: expected a zone name, found 'end of file'"},
	{"zone \"a.example\" {\n\ttype master\n\tfile \"x\";\n};",
		"3:2: expected ';', found 'file'"},
	{"zone \"a.example\" {\n\ttype master;\n\tfiel \"x\";\n};\n",
		"3:2: unknown zone option 'fiel'"},
	{"zone \"a.example\" { type master; file \"x\"; ",
		"1:43: expected a statement, found 'end of file'"},
	{"zone \"a.example\" { type master; file \"x\"; }",
		"1:44: expected ';', found 'end of file'"},
	{"zone \"a.example\" { type puppet; file \"x\"; };",
		"1:25: expected a zone type, found 'puppet'"},
	{"zone \"a..example\" { type master; file \"x\"; };",
		"1:6: expected a domain name, found 'a..example'"},
	{"zone \"a.example\" XX { type master; file \"x\"; };",
		"1:18: expected a class or '{', found 'XX'"},
	{"zone \"a.example\" { type master; };", "1:6: zone has no file"},
	{"zone \"a.example\" { in-view \"b\"; };",
		"1:28: expected a zone outside of views: ensign has none, found 'b'"},
	{"zone \"a.example\" { masterfile-format raw; file \"x\"; };",
		"1:38: expected text, the only format ensign reads zone files in, found 'raw'"},
	{"zone \"a.example\" { file x; };\n// again\nzone A.Example. { file \"y\"; };\n",
		"3:6: zone a.example. is defined at /etc/bind/named.conf:1:6, too"},
	{"view \"v\" { zone a { file b; }; };", "1:6: expected zones outside of views: ensign has "
						"none; before the view, found 'v'"},
	{"optoins { };", "1:1: unknown statement 'optoins'"},
	{"options { directory; };", "1:20: expected a directory, found ';'"},
	{"options { recursion yes }", "1:25: expected ';', found '}'"},
	{"acl x { { 1.2.3.4; }; ", "1:23: expected '}', found 'end of file'"},
	{"include \"missing.conf\";", "1:9: /etc/bind/missing.conf: No such file or directory"},
	{"include \"named.conf\";",
		"1:9: /etc/bind/named.conf: too many files inside files: does it include itself?"},
	{"\n /* open", "2:2: comment without an end"},
	{"zone \"a.example\n\" { };", "1:6: string without a closing quote on its line"},
	{"}", "1:1: expected a statement, found '}'"},
	{";", "1:1: expected a statement, found ';'"},
};

static void test_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct outcome o = read_one(refused[i].text);
		char error[256];
		snprintf(error, sizeof(error), "/etc/bind/named.conf:%s", refused[i].error);
		assert_int_equal(o.result, -1);
		assert_string_equal(report_first_error(&o.report), error);
		done(&o);
	}
}

static void test_missing_file(void **state)
{
	(void)state;
	struct outcome o = read_files(&(struct text){0});
	assert_int_equal(o.result, -1);
	assert_string_equal(
		report_first_error(&o.report), "/etc/bind/named.conf: No such file or directory");
	done(&o);
}

static void test_nul_octet(void **state)
{
	(void)state;
	static const char word[] = "zone a { file b\0c; };";
	static const char string[] = "zone a { file \"b\0c\"; };";
	const struct text texts[2][2] = {
		{{"/etc/bind/named.conf", word, sizeof(word) - 1}},
		{{"/etc/bind/named.conf", string, sizeof(string) - 1}},
	};
	for (unsigned i = 0; i < 2; i++) {
		struct outcome o = read_files(texts[i]);
		assert_int_equal(o.result, -1);
		assert_non_null(strstr(report_first_error(&o.report), ":1:15: NUL octet"));
		done(&o);
	}
}

/* Every prefix of a good file is read without harm, and only the whole one gives its zone. */
static void test_every_prefix(void **state)
{
	(void)state;
	static const char whole[] = "options { directory \"/z\"; };\n"
				    "zone \"a.example\" IN { type master; file \"a\"; /* c */ };";
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		char part[sizeof(whole)];
		memcpy(part, whole, len);
		part[len] = '\0';
		struct outcome o = read_one(part);
		assert_int_equal(o.result == 0 && o.conf.zone_cnt > 0, 0);
		done(&o);
	}
}

/* ---- taken --------------------------------------------------------------------------------- */

static void assert_zone(const struct named_zone *zone, const char *name, const char *file)
{
	char text[DNAME_TEXT_MAX];
	assert_string_equal(dname_to_text(text, zone->apex), name);
	assert_string_equal(zone->file, file);
	assert_int_equal(zone->kind, NAMED_ZONE_PRIMARY);
}

static void test_zones(void **state)
{
	(void)state;
	struct outcome o = read_one(
		"// comments\n# of all\n/* three\nkinds */\n"
		"acl trusted { 127.0.0.1; { ::1; 10/8; }; };\n"
		"zone \"B.Example\" IN { type master; file \"b.zone\"; };\n"
		"options { recursion no; directory \"/var/zones\"; listen-on { any; }; };\n"
		"zone a.example. { type primary; notify yes; also-notify { 192.0.2.1; };\n"
		"  file \"/abs/a\\\"q.zone\"; };\n"
		"zone \".\" { file root.zone; };\n");
	assert_int_equal(o.result, 0);
	assert_int_equal(o.conf.zone_cnt, 3);
	assert_zone(&o.conf.zone[0], ".", "/var/zones/root.zone");
	assert_zone(&o.conf.zone[1], "a.example.", "/abs/a\"q.zone");
	assert_zone(&o.conf.zone[2], "b.example.", "/var/zones/b.zone");
	assert_string_equal(o.conf.zone[0].type, "native");
	assert_string_equal(o.conf.zone[2].at, "/etc/bind/named.conf:6:6");
	assert_int_equal(o.report.warning_cnt, 0);
	done(&o);
}

static void test_relative_to_the_file(void **state)
{
	(void)state;
	struct outcome o = read_one("zone \"a.example\" { file \"a.zone\"; };");
	assert_int_equal(o.result, 0);
	assert_zone(&o.conf.zone[0], "a.example.", "/etc/bind/a.zone");
	done(&o);
	o = read_one("options { directory \"zones\"; }; zone a { file \"a.zone\"; };");
	assert_int_equal(o.result, 0);
	assert_zone(&o.conf.zone[0], "a.", "/etc/bind/zones/a.zone");
	done(&o);
}

static void test_include(void **state)
{
	(void)state;
	static const struct text texts[] = {
		FILE_TEXT("/etc/bind/named.conf",
			"options { directory \"/z\"; };\ninclude \"more.conf\";\n"
			"zone b { file b; };"),
		FILE_TEXT("/z/more.conf", "zone c { file c; };\ninclude \"/last.conf\";"),
		FILE_TEXT("/last.conf", "zone a { file a; };"),
		{0},
	};
	struct outcome o = read_files(texts);
	assert_int_equal(o.result, 0);
	assert_int_equal(o.conf.zone_cnt, 3);
	assert_zone(&o.conf.zone[0], "a.", "/z/a");
	assert_string_equal(o.conf.zone[2].at, "/z/more.conf:1:6");
	assert_int_equal(o.conf.file_cnt, 3);
	assert_string_equal(o.conf.file[2], "/last.conf");
	done(&o);
}

static void test_error_in_include(void **state)
{
	(void)state;
	static const struct text texts[] = {
		FILE_TEXT("/etc/bind/named.conf", "\ninclude \"more.conf\";"),
		FILE_TEXT("/etc/bind/more.conf", "zone c { file c; };\nzone {"),
		{0},
	};
	struct outcome o = read_files(texts);
	assert_int_equal(o.result, -1);
	assert_string_equal(report_first_error(&o.report),
		"/etc/bind/more.conf:2:6: expected a zone name, found '{'");
	done(&o);
}

static void test_secondary_is_named(void **state)
{
	(void)state;
	struct outcome o = read_one("zone s.example { type slave; masters { 192.0.2.1; }; };");
	assert_int_equal(o.result, 0);
	assert_int_equal(o.conf.zone[0].kind, NAMED_ZONE_UNSUPPORTED);
	assert_int_equal(o.report.warning_cnt, 1);
	assert_string_equal(o.report.line[0].text,
		"/etc/bind/named.conf:1:6: zone s.example. of type slave is not served: ensign "
		"serves zone files of its own (type primary)");
	done(&o);
}

static void test_other_class(void **state)
{
	(void)state;
	struct outcome o = read_one("zone bind CHAOS { type master; file b; };");
	assert_int_equal(o.result, 0);
	assert_int_equal(o.conf.zone_cnt, 0);
	assert_int_equal(o.report.warning_cnt, 1);
	done(&o);
}

static void test_warnings_once(void **state)
{
	(void)state;
	struct outcome o =
		read_one("zone a { file a; allow-query { none; }; dnssec-policy default; };\n"
			 "zone b { file b; allow-query { none; }; inline-signing yes; };\n");
	assert_int_equal(o.result, 0);
	assert_int_equal(o.report.warning_cnt, 2);
	assert_string_equal(o.report.line[0].text,
		"/etc/bind/named.conf:1:18: allow-query: ensign answers questions from everybody");
	done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_nul_octet),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_relative_to_the_file),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_error_in_include),
		cmocka_unit_test(test_secondary_is_named),
		cmocka_unit_test(test_other_class),
		cmocka_unit_test(test_warnings_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
