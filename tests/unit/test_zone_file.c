/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/zone_file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/source/text_input.h"
#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

static const uint8_t apex[] = "\7example";

/* A directory for the files of one test, and what reading gave: one line per record. */
struct fixture {
	char dir[64];
	char path[96];
	char records[4096];
	struct file_list files;
	struct report report;
	const char *refuse; /* sink: refuses this owner */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/ensign-test-zone-file-XXXXXX");
	if (f == NULL || mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/zone", f->dir);
	*state = f;
	return 0;
}

static const char *path_of(const struct fixture *f, const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const name[] = {"zone", "a", "b"};
	for (unsigned i = 0; i < sizeof(name) / sizeof(*name); i++)
		unlink(path_of(f, name[i]));
	file_list_deinit(&f->files);
	report_deinit(&f->report);
	int r = rmdir(f->dir);
	free(f);
	return r;
}

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	FILE *file = fopen(path_of(f, name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static int take(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct fixture *f = ctx;
	char owner[DNAME_TEXT_MAX], type[12];
	dname_to_text(owner, rr->owner);
	assert_int_equal(rr->owner_len, dname_len(rr->owner));
	if (f->refuse != NULL && strcmp(owner, f->refuse) == 0) {
		snprintf(err, 256, "%.100s refused", owner);
		return -1;
	}
	size_t used = strlen(f->records);
	snprintf(f->records + used, sizeof(f->records) - used, "%s %u %s %u\n", owner, rr->ttl_s,
		rrtype_to_text(type, rr->type), rr->rdata_len);
	return 0;
}

static int read_path(struct fixture *f, const char *path)
{
	struct zone_file_options opt = {.apex = apex, .path = path, .sink = take, .ctx = f};
	f->records[0] = '\0';
	file_list_deinit(&f->files);
	report_deinit(&f->report);
	return zone_file_read(&opt, &f->files, &f->report);
}

static int read_text(struct fixture *f, const char *text)
{
	write_file(f, "zone", text);
	return read_path(f, f->path);
}

/* ---- refused ------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	const char *error; /* what follows the file's name */
} refused[] = {
	{"a NS b\n", ":1: record has no TTL, and there is no $TTL before it"},
	{"$TTL 60\na A 300.1.1.1\n", ":2: "},
	{"$TTL 60\n\na A 192.0.2.1 rubbish\n", ":3: "},
	{"$TTL 60\na AAAA ::g\n", ":2: "},
	{"$TTL 60\na TXT \"open\n", ":2: "},
	{"$TTL 60\na..b A 192.0.2.1\n", ":2: "},
	{"$TTL 60\n@ SOA a b (1 2 3 4 5\n\n\n", ":5: unclosed "},
	{"$TTL 60\na CH TXT x\n", ":2: "},
	{"$TTL 60\na NOTYPE x\n", ":2: "},
	{"$TTL x\n", ":1: "},
	{"a 2147483648 A 192.0.2.1\n", ":1: TTL above 2147483647"},
	{"$TTL 2147483648\na A 192.0.2.1\n", ":2: TTL above 2147483647"},
	{"  60 A 192.0.2.1\n", ":1: "},
	{"$FOO 1\n", ":1: "},
	{"$ORIGIN\n", ":1: "},
	{"$ORIGIN a..b\n", ":1: "},
	{"$TTL 60\nbad A 192.0.2.1\n", ":2: bad.example. refused"},
	{"$INCLUDE missing\n", ":1: cannot read "},
	{"$INCLUDE zone\n", ":1: too many files inside files: does "},
};

static void test_refused(void **state)
{
	struct fixture *f = *state;
	f->refuse = "bad.example.";
	for (unsigned i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_int_equal(read_text(f, refused[i].text), -1);
		const char *error = report_first_error(&f->report);
		assert_memory_equal(error, f->path, strlen(f->path));
		assert_memory_equal(
			error + strlen(f->path), refused[i].error, strlen(refused[i].error));
	}
}

static void test_missing_file(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_path(f, f->path), -1);
	assert_non_null(strstr(report_first_error(&f->report), "No such file or directory"));
	assert_int_equal(read_path(f, f->dir), -1);
	assert_non_null(strstr(report_first_error(&f->report), "Is a directory"));
}

/* Reading goes on after an error: all are reported, and what is good is seen. */
static void test_all_errors(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, "$TTL 60\na A x\nb A 192.0.2.1\nc A y\n(\nd A 1.2.3\n)\n"
				      "e A 192.0.2.2\n"),
		-1);
	assert_int_equal(f->report.error_cnt, 3);
	assert_string_equal(f->records, "b.example. 60 A 4\ne.example. 60 A 4\n");
}

static void test_errors_are_bounded(void **state)
{
	struct fixture *f = *state;
	static char text[(REPORT_LINE_MAX + 5) * 8 + 1];
	for (unsigned i = 0; i < REPORT_LINE_MAX + 5; i++)
		strcat(text, "a 1 A x\n");
	assert_int_equal(read_text(f, text), -1);
	assert_int_equal(f->report.line_cnt, REPORT_LINE_MAX);
	assert_int_equal(f->report.error_cnt, REPORT_LINE_MAX + 5);
	assert_int_equal(report_omitted(&f->report), 5);
}

static void test_endless_entry(void **state)
{
	struct fixture *f = *state;
	size_t len = ZONE_FILE_ENTRY_LEN_MAX + 2 * TEXT_INPUT_BLOCK_LEN;
	char *text = malloc(len + 1);
	assert_non_null(text);
	memset(text, '\n', len);
	text[0] = '(';
	text[len] = '\0';
	assert_int_equal(read_text(f, text), -1);
	assert_non_null(strstr(report_first_error(&f->report), "record longer than"));
	free(text);
}

/* ---- taken --------------------------------------------------------------------------------- */

static void test_records(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, "$TTL 1h\n"
				      "@ SOA ns hostmaster ( 1 2 ; serial (\n 3 4 5 )\n"
				      "   NS Ns\n"
				      "WWW 5 IN A 192.0.2.1 ; comment\n"
				      "\n"
				      "; nothing\n"
				      "    AAAA ::1\n"
				      "$ORIGIN sub\n"
				      "x TXT \"a;b(\" \"\\\"\"\n"
				      "y TYPE65534 \\# 2 ABCD\n"
				      "$ORIGIN @\n"
				      "abs. CNAME @\n"
				      "$origin \\. ; a dot that is part of a label\n"
				      "z A 192.0.2.1"),
		0);
	assert_string_equal(f->records, "example. 3600 SOA 52\n"
					"example. 3600 NS 12\n"
					"www.example. 5 A 4\n"
					"www.example. 3600 AAAA 16\n"
					"x.sub.example. 3600 TXT 7\n"
					"y.sub.example. 3600 TYPE65534 2\n"
					"abs. 3600 CNAME 13\n"
					"z.\\..sub.example. 3600 A 4\n");
}

static void test_ttl_of_the_record_before(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(
		read_text(f, "a 5 A 192.0.2.1\nb A 192.0.2.1\nc 7 A 192.0.2.1\nd A 192.0.2.1\n"),
		0);
	assert_string_equal(f->records,
		"a.example. 5 A 4\nb.example. 5 A 4\nc.example. 7 A 4\nd.example. 7 A 4\n");
}

static void test_ttl_of_the_soa(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, "@ SOA a b 1 2 3 4 99\na A 192.0.2.1\n"), 0);
	assert_string_equal(f->records, "example. 99 SOA 42\na.example. 99 A 4\n");
	assert_int_equal(f->report.warning_cnt, 1);
}

static void test_include(void **state)
{
	struct fixture *f = *state;
	write_file(f, "a", "x A 192.0.2.1\n$INCLUDE b\n$ORIGIN other.\ny 9 A 192.0.2.1\n");
	write_file(f, "b", "z A 192.0.2.1\n");
	assert_int_equal(read_text(f, "$TTL 60\no A 192.0.2.1\n$INCLUDE a sub\n A 192.0.2.2\n"
				      "$INCLUDE b\n"),
		0);
	assert_string_equal(f->records, "o.example. 60 A 4\n"
					"x.sub.example. 60 A 4\n"
					"z.sub.example. 60 A 4\n"
					"y.other. 9 A 4\n"
					"o.example. 60 A 4\n"
					"z.example. 60 A 4\n");
	assert_int_equal(f->files.cnt, 4);
	assert_string_equal(f->files.file[0].path, f->path);
	assert_false(file_list_has_changed(&f->files));
	write_file(f, "b", "z A 192.0.2.111\n");
	assert_true(file_list_has_changed(&f->files));
}

static void test_error_in_include(void **state)
{
	struct fixture *f = *state;
	write_file(f, "a", "\n\nx A y\n");
	assert_int_equal(read_text(f, "$TTL 60\n$INCLUDE a\n"), -1);
	const char *error = report_first_error(&f->report);
	const char *path = path_of(f, "a");
	assert_memory_equal(error, path, strlen(path));
	assert_memory_equal(error + strlen(path), ":3: ", 4);
}

/* Entries that straddle the blocks the file is read in. */
static void test_many_blocks(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->path, "w");
	assert_non_null(file);
	fputs("$TTL 60\n", file);
	for (unsigned i = 0; i < 3 * TEXT_INPUT_BLOCK_LEN / 60; i++)
		fprintf(file, ";%*s\n\n", 58, "");
	fputs("a TXT (\n", file);
	for (unsigned i = 0; i < 3 * TEXT_INPUT_BLOCK_LEN / 60; i++)
		fprintf(file, ";)\"%*s\n", 56, "");
	fputs("\"x\"\n)\nb A 192.0.2.1", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(read_path(f, f->path), 0);
	assert_string_equal(f->records, "a.example. 60 TXT 2\nb.example. 60 A 4\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refused),
		TEST(test_missing_file),
		TEST(test_all_errors),
		TEST(test_errors_are_bounded),
		TEST(test_endless_entry),
		TEST(test_records),
		TEST(test_ttl_of_the_record_before),
		TEST(test_ttl_of_the_soa),
		TEST(test_include),
		TEST(test_error_in_include),
		TEST(test_many_blocks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
