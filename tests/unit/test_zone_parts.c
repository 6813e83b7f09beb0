/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone_file_read_parts() against zone_file_read(): the same records, run by run in the same order,
 * whoever has read them.
 */
#include "control/source/zone_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/source/text_input.h"
#include "zonedb/dname.h"

#define THREAD_CNT 3
#define FILE_LEN   (6 * TEXT_INPUT_BLOCK_LEN)

static const uint8_t apex[] = "\7example";

/* What a thread has been given: a line per record, and where its runs start. */
struct part {
	FILE *out;
	char *text;
	size_t text_len;
	struct {
		uint64_t number;
		size_t start;
	} run[400];
	unsigned run_cnt;
};

struct fixture {
	char dir[64];
	char path[96];
	FILE *file;
	struct part part[THREAD_CNT];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->dir, "/tmp/ensign-test-parts-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/zone", f->dir);
	f->file = fopen(f->path, "w");
	*state = f;
	return f->file == NULL;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	for (unsigned i = 0; i < THREAD_CNT; i++)
		free(f->part[i].text);
	free(f);
	return system(command);
}

static int take(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct part *part = ctx;
	char owner[DNAME_TEXT_MAX];
	(void)err;
	fprintf(part->out, "%s %u %u ", dname_to_text(owner, rr->owner), rr->ttl_s, rr->type);
	for (unsigned i = 0; i < rr->rdata_len; i++)
		fprintf(part->out, "%02x", rr->rdata[i]);
	fputc('\n', part->out);
	return 0;
}

static void begin_run(void *ctx, uint64_t run)
{
	struct part *part = ctx;
	assert_true(part->run_cnt < sizeof(part->run) / sizeof(part->run[0]));
	fflush(part->out);
	part->run[part->run_cnt].number = run;
	part->run[part->run_cnt++].start = part->text_len;
}

static void open_parts(struct fixture *f)
{
	for (unsigned i = 0; i < THREAD_CNT; i++) {
		free(f->part[i].text);
		f->part[i] = (struct part){0};
		f->part[i].out = open_memstream(&f->part[i].text, &f->part[i].text_len);
		assert_non_null(f->part[i].out);
	}
}

static void close_parts(struct fixture *f)
{
	for (unsigned i = 0; i < THREAD_CNT; i++)
		assert_int_equal(fclose(f->part[i].out), 0);
}

static int read_parts(struct fixture *f)
{
	void *ctx[THREAD_CNT] = {&f->part[0], &f->part[1], &f->part[2]};
	struct zone_file_options opt = {.apex = apex, .path = f->path, .sink = take};
	struct zone_file_parts parts = {.cnt = THREAD_CNT, .ctx = ctx, .begin_run = begin_run};
	struct file_list files = {0};
	if (f->file != NULL)
		assert_int_equal(fclose(f->file), 0);
	f->file = NULL;
	open_parts(f);
	int r = zone_file_read_parts(&opt, &parts, &files);
	close_parts(f);
	assert_true(r == 0 ? files.cnt > 0 : files.cnt == 0);
	file_list_deinit(&files);
	return r;
}

/* The runs of all parts in order of number. */
static char *joined(const struct fixture *f)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	for (uint64_t number = 0, found = 1; found; number++) {
		found = 0;
		for (unsigned i = 0; i < THREAD_CNT; i++) {
			const struct part *p = &f->part[i];
			for (unsigned j = 0; j < p->run_cnt; j++) {
				size_t end = j + 1 < p->run_cnt ? p->run[j + 1].start : p->text_len;
				found += p->run[j].number >= number;
				if (p->run[j].number == number)
					fwrite(p->text + p->run[j].start, 1, end - p->run[j].start,
						out);
			}
		}
	}
	fclose(out);
	return text;
}

static char *read_alone(struct fixture *f)
{
	struct zone_file_options opt = {
		.apex = apex, .path = f->path, .sink = take, .ctx = &f->part[0]};
	struct file_list files = {0};
	struct report report = {0};
	open_parts(f);
	assert_int_equal(zone_file_read(&opt, &files, &report), 0);
	close_parts(f);
	assert_int_equal(report.warning_cnt, 0);
	file_list_deinit(&files);
	return strdup(f->part[0].text);
}

/* Parts that read anything; run_min: stretches that were handed out at least. */
static void assert_same(struct fixture *f, unsigned run_min)
{
	unsigned run_cnt = 0;
	assert_int_equal(read_parts(f), 0);
	for (unsigned i = 0; i < THREAD_CNT; i++)
		run_cnt += f->part[i].run_cnt;
	assert_in_range(run_cnt, run_min, 10000);
	char *parts = joined(f), *alone = read_alone(f);
	assert_string_equal(parts, alone);
	free(parts);
	free(alone);
}

/* ---- refused ------------------------------------------------------------------------------- */

static void test_error_anywhere(void **state)
{
	struct fixture *f = *state;
	fputs("$TTL 60\n", f->file);
	for (unsigned i = 0; ftell(f->file) < FILE_LEN; i++)
		fprintf(f->file, i == 30000 ? "x%u A 192.0.2.256\n" : "x%u A 192.0.2.1\n", i);
	assert_int_equal(read_parts(f), 1);
}

static void test_no_ttl(void **state)
{
	struct fixture *f = *state;
	for (unsigned i = 0; ftell(f->file) < FILE_LEN; i++)
		fprintf(f->file, "x%u A 192.0.2.1\n", i);
	assert_int_equal(read_parts(f), 1);
}

static void test_missing_file(void **state)
{
	struct fixture *f = *state;
	unlink(f->path);
	assert_int_equal(read_parts(f), 1);
}

/* ---- the same ------------------------------------------------------------------------------ */

static void test_plain(void **state)
{
	struct fixture *f = *state;
	fputs("$TTL 60\n@ SOA a b ( 1 2 3 4 5 )\n", f->file);
	for (unsigned i = 0; ftell(f->file) < FILE_LEN; i++)
		fprintf(f->file, "x%u A 192.0.2.%u\n", i, i % 256);
	assert_same(f, 10);
}

/* Owners and TTLs that come from lines before, across every boundary. */
static void test_what_lines_inherit(void **state)
{
	struct fixture *f = *state;
	for (unsigned i = 0; ftell(f->file) < FILE_LEN; i++) {
		fprintf(f->file, "x%u %u A 192.0.2.1\n", i, i);
		for (unsigned j = i % 7; j > 0; j--)
			fprintf(f->file, " A 192.0.2.%u\n\n;x\n\tTXT \"%u;\"\n", j + 1, j);
		if (i % 5 == 0)
			fprintf(f->file, "y%u A 192.0.2.1\n", i);
	}
	assert_same(f, 4);
}

static void test_state_changes(void **state)
{
	struct fixture *f = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s/more", f->dir);
	FILE *more = fopen(path, "w");
	for (unsigned i = 0; ftell(more) < FILE_LEN / 3; i++)
		fprintf(more, "z%u NS @\n", i);
	fclose(more);
	fputs("$TTL 60\n", f->file);
	for (unsigned i = 0; ftell(f->file) < FILE_LEN; i++) {
		fprintf(f->file, "x%u NS ns\n", i);
		if (i % 20000 == 9999)
			fprintf(f->file, "$ORIGIN o%u\n$TTL %u\n", i, i);
		if (i % 30000 == 29999)
			fputs("$INCLUDE more Sub\n", f->file);
	}
	assert_same(f, 10);
}

static void test_everything_in_parentheses(void **state)
{
	struct fixture *f = *state;
	fputs("$TTL 60\n", f->file);
	for (unsigned i = 0; ftell(f->file) < FILE_LEN / 2; i++)
		fprintf(f->file, "x%u A (\n192.0.2.%u )\n", i, i % 256);
	assert_same(f, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_error_anywhere),
		TEST(test_no_ttl),
		TEST(test_missing_file),
		TEST(test_plain),
		TEST(test_what_lines_inherit),
		TEST(test_state_changes),
		TEST(test_everything_in_parentheses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
