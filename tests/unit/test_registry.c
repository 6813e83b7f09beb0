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

/* Adds the zone "NAME:PLACE"; a place that begins with "sql" is a database. */
static void add(struct zone_list *list, char *text)
{
	uint8_t name[DNAME_LEN_MAX];
	char *place = strchr(text, ':') + 1;
	struct zone_item item = {.apex = name, .type = "primary"};
	place[-1] = '\0';
	assert_true(dname_from_text(name, text) > 0);
	item.source.place = place;
	item.source.origin = strncmp(place, "sql", 3) == 0 ? ZONE_FROM_ROWS : ZONE_FROM_FILE;
	assert_int_equal(zone_list_add(list, &item), 0);
}

static const char *apply_known(struct registry *reg, const char *text, unsigned unknown)
{
	static struct told told;
	struct zone_list list = {.unknown = unknown};
	char copy[256], *rest = copy;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL;)
		add(&list, word);
	zone_list_sort(&list);
	told.text[0] = '\0';
	assert_int_equal(registry_apply(reg, &list, changed, removed, &told), 0);
	zone_list_deinit(&list);
	return told.text;
}

static const char *apply(struct registry *reg, const char *text)
{
	return apply_known(reg, text, 0);
}

#define A  "a:/a "
#define A2 "a:/a2 "
#define B  "b:/b "
#define C  "c:/c "

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
	assert_string_equal(find(&reg, "\1a")->source.place, "/a2");
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

/* What lists them cannot be read: that does not take them off. */
static void test_unknown(void **state)
{
	(void)state;
	struct registry reg = {0};
	const unsigned rows = 1 << ZONE_FROM_ROWS;
	assert_string_equal(apply(&reg, A "b:sql c:sql"), "+a. +b. +c. ");
	assert_string_equal(apply_known(&reg, "b:/b d:/d", rows), "-a. +d. ");
	assert_string_equal(find(&reg, "\1b")->source.place, "sql");
	assert_string_equal(apply(&reg, "b:/b d:/d"), "+b. -c. ");
	assert_string_equal(find(&reg, "\1b")->source.place, "/b");
	assert_string_equal(apply_known(&reg, "", rows), "-b. -d. ");
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
	assert_string_equal(a->source.place, "/a");
	assert_true(b->gone);
	assert_int_equal(reg.cnt, 2);

	registry_unpin(&reg, b, removed, &told);
	assert_string_equal(told.text, "-b. ");
	assert_int_equal(reg.cnt, 1);
	registry_unpin(&reg, a, removed, &told);
	assert_string_equal(a->source.place, "/a");
	registry_unpin(&reg, a, removed, &told);
	assert_string_equal(a->source.place, "/a2");
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
	apply(&reg, A B "d:/a");
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
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_comes_back_while_pinned),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
