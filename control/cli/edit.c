/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * edit-zone: the records of a zone in the user's editor, and back into the database.
 *
 *   rows -> temporary file -> editor -> records -> difference -> asked about -> rows
 */
#include "control/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/cli/row_text.h"
#include "zonedb/rrtype.h"

/* Rows of a zone, with texts of their own, in order. */
struct rows {
	struct store_row *row;
	size_t cnt;
	size_t cap;
};

struct editing {
	struct cli *cli;
	struct cli_zone zone;
	struct rows old;
	struct rows new;
	char path[32];
	bool increase_serial;
};

/* ==== rows ================================================================================== */

static void rows_deinit(struct rows *rows)
{
	for (size_t i = 0; i < rows->cnt; i++) {
		free((void *)(uintptr_t)rows->row[i].name);
		free((void *)(uintptr_t)rows->row[i].type);
		free((void *)(uintptr_t)rows->row[i].content);
	}
	free(rows->row);
	*rows = (struct rows){0};
}

static int rows_add(struct rows *rows, const struct store_row *row)
{
	if (rows->cnt == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct store_row *grown = reallocarray(rows->row, cap, sizeof(*grown));
		if (!grown)
			return -1;
		rows->row = grown;
		rows->cap = cap;
	}
	struct store_row *copy = &rows->row[rows->cnt++];
	*copy = *row;
	copy->ordername = NULL;
	copy->name = strdup(row->name);
	copy->type = strdup(row->type);
	copy->content = strdup(row->content ? row->content : "");
	return copy->name && copy->type && copy->content ? 0 : -1;
}

/* prio counts where it is part of the record. */
static int prio_of(const struct store_row *row)
{
	bool has_prio = strcmp(row->type, "MX") == 0 || strcmp(row->type, "SRV") == 0;
	return has_prio ? row->prio : -1;
}

static int compare(const void *a, const void *b)
{
	const struct store_row *left = a, *right = b;
	int order = strcasecmp(left->name, right->name);
	if (order == 0)
		order = strcmp(left->type, right->type);
	if (order == 0)
		order = prio_of(left) - prio_of(right);
	if (order == 0)
		order = strcmp(left->content, right->content);
	return order ? order : (left->ttl_s > right->ttl_s) - (left->ttl_s < right->ttl_s);
}

/* Told of each row that only one side has: is_new says which. -1 ends it. */
typedef int difference_fn(struct editing *editing, const struct store_row *row, bool is_new);

static int each_difference(struct editing *editing, difference_fn *fn)
{
	const struct rows *old = &editing->old, *new = &editing->new;
	size_t i = 0, k = 0;
	while (i < old->cnt || k < new->cnt) {
		int order = i == old->cnt   ? 1
			    : k == new->cnt ? -1
					    : compare(&old->row[i], &new->row[k]);
		if (order < 0 && fn(editing, &old->row[i], false) != 0)
			return -1;
		if (order > 0 && fn(editing, &new->row[k], true) != 0)
			return -1;
		i += order <= 0;
		k += order >= 0;
	}
	return 0;
}

/* ==== the file ============================================================================== */

static int take_old(void *ctx, const struct store_row *row)
{
	return row->disabled || !row->type || !*row->type ? 0 : rows_add(ctx, row);
}

static int write_file(struct editing *editing)
{
	if (*editing->path)
		unlink(editing->path);
	strcpy(editing->path, "/tmp/ensign-XXXXXX");
	int fd = mkstemp(editing->path);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file) {
		cli_error("Error: cannot make a temporary file: %s", strerror(errno));
		return -1;
	}
	fputs("; Warning - every name in this file is ABSOLUTE!\n$ORIGIN .\n", file);
	for (size_t i = 0; i < editing->old.cnt; i++) {
		const struct store_row *row = &editing->old.row[i];
		fprintf(file, "%s\t%u\tIN\t%s\t", row->name, row->ttl_s, row->type);
		if (prio_of(row) >= 0)
			fprintf(file, "%d ", row->prio);
		fprintf(file, "%s\n", row->content);
	}
	return fclose(file) == 0 ? 0 : -1;
}

static int take_new(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	struct editing *editing = ctx;
	char name[DNAME_TEXT_MAX], type[12], *content = malloc(ROW_TEXT_MAX);
	struct store_row row = {.name = cli_name_text(name, record->owner),
		.type = rrtype_to_text(type, record->type),
		.content = content,
		.ttl_s = record->ttl_s,
		.auth = true};
	int rc = content && row_text(content, ROW_TEXT_MAX, &row.prio, record->type, record->rdata,
				    record->rdata_len) == 0
			 ? rows_add(&editing->new, &row)
			 : -1;
	bool is_outside = !dname_is_under(record->owner, editing->zone.apex);
	if (rc != 0 || is_outside)
		snprintf(err, 256, "%.200s %s", name,
			rc ? "cannot be taken" : "is outside the zone");
	free(content);
	return is_outside ? -1 : rc;
}

static int read_file(struct editing *editing)
{
	struct report report = {0};
	struct file_list files = {0};
	const struct zone_file_options opt = {.apex = editing->zone.apex,
		.path = editing->path,
		.sink = take_new,
		.ctx = editing};
	rows_deinit(&editing->new);
	int rc = zone_file_read(&opt, &files, &report);
	cli_report(editing->cli, &report);
	file_list_deinit(&files);
	report_deinit(&report);
	if (editing->new.cnt)
		qsort(editing->new.row, editing->new.cnt, sizeof(*editing->new.row), compare);
	return rc;
}

/* EDITOR may hold arguments: it is the shell's to take apart, the path is not. */
static int run_editor(const struct editing *editing)
{
	pid_t pid = fork();
	int status = 0;
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "exec ${EDITOR:-editor} \"$1\"", "sh", editing->path,
			(char *)NULL);
		_exit(127);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0)
		return 0;
	cli_error("Error: the editor (EDITOR) failed");
	return -1;
}

/* ==== questions ============================================================================= */

/* The first letter of an answer that is one of letters; 'q' at the end of input. */
static char ask(const char *question, const char *letters)
{
	char answer[64];
	for (;;) {
		printf("%s", question);
		fflush(stdout);
		if (!fgets(answer, sizeof(answer), stdin))
			return 'q';
		if (answer[0] && answer[0] != '\n' && strchr(letters, answer[0]))
			return answer[0];
	}
}

static int print_difference(struct editing *editing, const struct store_row *row, bool is_new)
{
	(void)editing;
	printf("%c%s %u IN %s ", is_new ? '+' : '-', row->name, row->ttl_s, row->type);
	if (prio_of(row) >= 0)
		printf("%d ", row->prio);
	puts(row->content);
	return 0;
}

static int is_soa(struct editing *editing, const struct store_row *row, bool is_new)
{
	(void)editing;
	return is_new && strcmp(row->type, "SOA") == 0 ? -1 : 0;
}

/* 'a' to write the new rows, 'e' and 'r' to edit again from there or from the start, 'q'. */
static char ask_about_changes(struct editing *editing)
{
	char answer = 'n';
	puts("Detected the following changes:");
	each_difference(editing, print_difference);
	if (each_difference(editing, is_soa) == 0)
		answer = ask("\nYou have not updated the SOA record! Would you like to "
			     "increase-serial?\n(y)es - increase serial, (n)o - leave SOA record "
			     "as is, (e)dit your changes, (q)uit: ",
			"yneq");
	if (answer == 'e' || answer == 'q')
		return answer;
	editing->increase_serial = answer == 'y';
	return ask("(a)pply these changes, (e)dit again, (r)etry with original zone, (q)uit: ",
		"aerq");
}

/* ==== writing =============================================================================== */

static int write_difference(struct editing *editing, const struct store_row *row, bool is_new)
{
	struct store *store = editing->cli->store;
	uint64_t id;
	int rc = is_new ? store_row_add(store, editing->zone.domain->id, row, &id)
			: store_row_remove(store, row->id);
	return rc < 0 ? cli_store_failed(editing->cli) : 0;
}

static int write_rows(void *ctx)
{
	return each_difference(ctx, write_difference);
}

static int apply(struct editing *editing)
{
	struct cli *cli = editing->cli;
	if (!cli_store(cli, &editing->zone, true) || cli_transaction(cli, write_rows, editing) != 0)
		return 1;
	if (editing->increase_serial && cli_serial_increase(cli, &editing->zone) != 0)
		return 1;
	if (cli_zone_rectify(cli, &editing->zone, "") != 0)
		return 1;
	return cli_changed(cli, &editing->zone);
}

/* ==== all of it ============================================================================= */

static int none(struct editing *editing, const struct store_row *row, bool is_new)
{
	(void)editing;
	(void)row;
	(void)is_new;
	return -1;
}

/* One turn with the editor; what is to be done next, as ask_about_changes(). */
static char turn(struct editing *editing)
{
	if (run_editor(editing) != 0)
		return 'q';
	if (read_file(editing) != 0)
		return ask("There was a problem with your zone\nOptions are: (e)dit your changes, "
			   "(r)etry with original zone, (q)uit: ",
			"erq");
	if (each_difference(editing, none) == 0) {
		puts("\nNo changes to apply.");
		return 'n';
	}
	return ask_about_changes(editing);
}

static int edit(struct editing *editing)
{
	char next = 'r';
	while (next == 'e' || next == 'r') {
		if (next == 'r' && write_file(editing) != 0)
			return 1;
		next = turn(editing);
	}
	unlink(editing->path);
	if (next == 'a')
		return apply(editing);
	return next == 'n' ? 0 : 1;
}

int cmd_edit_zone(struct cli *cli, char **args)
{
	struct editing editing = {.cli = cli};
	if (cli_zone_find_rows(cli, &editing.zone, args[0], "not found!") != 0)
		return 1;
	int rc = cli_zone_rows(cli, &editing.zone, take_old, &editing.old) == 0 ? 0 : 1;
	if (editing.old.cnt)
		qsort(editing.old.row, editing.old.cnt, sizeof(*editing.old.row), compare);
	if (rc == 0)
		rc = edit(&editing);
	rows_deinit(&editing.old);
	rows_deinit(&editing.new);
	return rc;
}
