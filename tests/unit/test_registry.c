/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/daemon/path_index.h"
#include "zonedb/dname.h"

/* A configuration from "name:file name:file", and what applying it told: "+name" changed, "-name"
 * removed. */
struct told {
	char text[256];
};

static void note(void *ctx, char sign, const struct zone_entry *entry)
{
	struct told *told = ctx;
	char name[DNAME_TEXT_MAX];
	size_t used = strlen(told->text);
	snprintf(told->text + used, sizeof(told->text) - used, "%c%.60s ", sign,
		dname_to_text(name, entry->apex));
}

static void changed(void *ctx, struct zone_entry *entry)
{
	note(ctx, '+', entry);
}

static void removed(void *ctx, struct zone_entry *entry)
{
	note(ctx, '-', entry);
}

static int read_text(void *ctx, const char *path, char **text, size_t *len)
{
	(void)path;
	*text = strdup(ctx);
	*len = strlen(ctx);
	return 0;
}

static const char *apply(struct registry *reg, const char *text)
{
	static struct told told;
	struct named_conf conf;
	struct report report = {0};
	told.text[0] = '\0';
	assert_int_equal(
		named_conf_read(&conf, "/named.conf", read_text, (void *)text, &report), 0);
	assert_int_equal(registry_apply(reg, &conf, changed, removed, &told), 0);
	named_conf_deinit(&conf);
	report_deinit(&report);
	return told.text;
}

#define A  "zone a { file a; };"
#define A2 "zone a { file a2; };"
#define B  "zone b { file b; };"
#define C  "zone c { file c; };"

static struct zone_entry *find(const struct registry *reg, const char *apex)
{
	uint8_t name[16] = {0};
	memcpy(name, apex, strlen(apex));
	return registry_find(reg, name);
}

static void test_not_found(void **state)
{
	(void)state;
	struct registry reg = {0};
	assert_null(find(&reg, "\1a"));
	apply(&reg, A C);
	assert_null(find(&reg, ""));
	assert_null(find(&reg, "\1b"));
	assert_null(find(&reg, "\1d"));
	assert_null(find(&reg, "\1x\1a"));
	registry_deinit(&reg);
}

static void test_changes(void **state)
{
	(void)state;
	struct registry reg = {0};
	assert_string_equal(apply(&reg, B), "+b. ");
	assert_string_equal(apply(&reg, A B C), "+a. +c. ");
	assert_string_equal(apply(&reg, A B C), "");
	assert_string_equal(apply(&reg, A2 C), "+a. -b. ");
	assert_string_equal(find(&reg, "\1a")->file, "/a2");
	assert_string_equal(apply(&reg, ""), "-a. -c. ");
	assert_int_equal(reg.cnt, 0);
	registry_deinit(&reg);
}

static void test_order(void **state)
{
	(void)state;
	struct registry reg = {0};
	apply(&reg, C A B);
	assert_int_equal(registry_after(&reg, NULL), 0);
	assert_int_equal(registry_after(&reg, (const uint8_t *)"\1a"), 1);
	assert_int_equal(registry_after(&reg, (const uint8_t *)"\2aa"), 1);
	assert_int_equal(registry_after(&reg, (const uint8_t *)"\1c"), 3);
	registry_deinit(&reg);
}

/* What a job works on stays as it is until the job is done. */
static void test_pinned(void **state)
{
	(void)state;
	struct registry reg = {0};
	struct told told = {""};
	apply(&reg, A B);
	struct zone_entry *a = find(&reg, "\1a"), *b = find(&reg, "\1b");
	registry_pin(a);
	registry_pin(a);
	registry_pin(b);
	assert_string_equal(apply(&reg, A2), "+a. ");
	assert_string_equal(a->file, "/a");
	assert_true(b->gone);
	assert_int_equal(reg.cnt, 2);

	registry_unpin(&reg, b, removed, &told);
	assert_string_equal(told.text, "-b. ");
	assert_int_equal(reg.cnt, 1);
	registry_unpin(&reg, a, removed, &told);
	assert_string_equal(a->file, "/a");
	registry_unpin(&reg, a, removed, &told);
	assert_string_equal(a->file, "/a2");
	assert_true(a->wanted);
	registry_deinit(&reg);
}

static void test_comes_back_while_pinned(void **state)
{
	(void)state;
	struct registry reg = {0};
	struct told told = {""};
	apply(&reg, A);
	struct zone_entry *a = find(&reg, "\1a");
	registry_pin(a);
	assert_string_equal(apply(&reg, ""), "");
	assert_true(a->gone);
	assert_string_equal(apply(&reg, A), "+a. ");
	assert_false(a->gone);
	assert_ptr_equal(find(&reg, "\1a"), a);
	registry_unpin(&reg, a, removed, &told);
	assert_string_equal(told.text, "");
	assert_true(a->wanted);
	registry_deinit(&reg);
}

static void test_counts(void **state)
{
	(void)state;
	struct registry reg = {0};
	const struct publisher_image some = {.size = 64}, none = {0};
	apply(&reg, A B);
	struct zone_entry *a = find(&reg, "\1a");
	registry_set_image(&reg, a, &some);
	registry_set_image(&reg, a, &some);
	registry_set_error(&reg, a, "x");
	registry_set_error(&reg, a, "y");
	registry_set_state(&reg, a, ZONE_COMPILING);
	assert_int_equal(reg.published_cnt, 1);
	assert_int_equal(reg.failed_cnt, 1);
	assert_int_equal(reg.compiling_cnt, 1);
	registry_set_image(&reg, a, &none);
	assert_int_equal(reg.published_cnt, 0);
	apply(&reg, B); /* a leaves, with what it counted for */
	assert_int_equal(reg.failed_cnt, 0);
	assert_int_equal(reg.compiling_cnt, 0);
	registry_deinit(&reg);
}

static void test_paths(void **state)
{
	(void)state;
	struct registry reg = {0};
	struct path_index index = {0};
	struct told told = {""};
	static const struct file_id id;
	apply(&reg, A B "zone d { file a; };");
	struct zone_entry *b = find(&reg, "\1b");
	assert_int_equal(file_list_add(&b->files, "/b", &id), 0);
	assert_int_equal(file_list_add(&b->files, "/more", &id), 0);
	assert_int_equal(path_index_search(&index, &reg, "/none", changed, &told), 0);
	assert_string_equal(told.text, "");
	assert_int_equal(path_index_search(&index, &reg, "/more", changed, &told), 0);
	assert_string_equal(told.text, "+b. ");
	assert_int_equal(path_index_search(&index, &reg, "/a", changed, &told), 0);
	assert_int_equal(strlen(told.text), 12); /* a and d, in whichever order */
	apply(&reg, C);
	path_index_spoil(&index);
	told.text[0] = '\0';
	assert_int_equal(path_index_search(&index, &reg, "/a", changed, &told), 0);
	assert_string_equal(told.text, "");
	path_index_deinit(&index);
	registry_deinit(&reg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_comes_back_while_pinned),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
