/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "control/source/zone_parts.h"
#include "control/source/zone_reader.h"
#include "zonedb/dname.h"

static void fresh_text(struct zone_reader *r)
{
	const struct zone_reading *all = r->all;
	if (all->opt->progress != NULL)
		all->opt->progress(
			all->opt->progress_ctx, all->done_len + r->input.read_len, all->total_len);
	if (all->parts != NULL)
		zone_parts_give(all->parts, r);
}

static void check_unchanged(struct zone_reader *r)
{
	struct file_id id = file_id_of_fd(r->input.fd);
	if (!file_id_equal(&id, &r->id))
		zone_reader_say(
			r, REPORT_ERROR, r->input.line, "file has changed while it was read");
}

/* Sets the directory of relative includes: the scanner's field is its own memory. */
static int scanner_set_directory(zs_scanner_t *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path));
	if (dir == NULL)
		return -1;
	free(s->path);
	s->path = dir;
	return 0;
}

/* Reads a file that is open. 0, or 1 with errno set. */
static int read_open_file(
	struct zone_reading *all, struct zone_reader *r, const char *origin, uint32_t ttl_s)
{
	if (zone_reader_init(r, all, origin, ttl_s) < 0 ||
		scanner_set_directory(&r->scanner, r->path) < 0 ||
		file_list_add(all->files, r->path, &r->id) < 0)
		return 1;
	all->total_len += r->id.size;
	all->depth++;
	zone_reader_entries(r);
	check_unchanged(r);
	all->depth--;
	all->done_len += r->input.read_len;
	return 0;
}

/* A file that is missing is noted, too: its coming is a change. */
static int note_missing(struct zone_reading *all, const char *path)
{
	static const struct file_id none;
	int cause = errno;
	int r = file_list_add(all->files, path, &none);
	errno = r < 0 ? ENOMEM : cause;
	return 1;
}

/* Reads path. 0 (with what errors it has reported), or 1 with errno set: it cannot be read. */
static int read_file(struct zone_reading *all, const char *path, const char *origin, uint32_t ttl_s)
{
	struct zone_reader *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return 1;
	r->path = path;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hang us */
	int result = fd < 0 ? note_missing(all, path) : text_input_init(&r->input, fd) < 0;
	if (result == 0) {
		r->id = file_id_of_fd(fd);
		result = read_open_file(all, r, origin, ttl_s);
		zs_deinit(&r->scanner);
		text_input_deinit(&r->input);
	}
	int cause = errno;
	free(r);
	errno = cause;
	return result;
}

static void read_all(struct zone_reading *all)
{
	char origin[DNAME_TEXT_MAX];
	dname_to_text(origin, all->opt->apex);
	if (read_file(all, all->opt->path, origin, ZONE_TTL_UNSET) > 0)
		report_add(all->report, REPORT_ERROR, "%s: %s", all->opt->path, strerror(errno));
}

static struct zone_reading reading_of(
	const struct zone_file_options *opt, struct file_list *files, struct report *report)
{
	return (struct zone_reading){
		.sink = opt->sink,
		.ctx = opt->ctx,
		.report = report,
		.ttl_stated_s = ZONE_TTL_UNSET,
		.include = read_file,
		.fresh = fresh_text,
		.opt = opt,
		.files = files,
	};
}

int zone_file_read(
	const struct zone_file_options *opt, struct file_list *files, struct report *report)
{
	struct zone_reading all = reading_of(opt, files, report);
	unsigned long errors = report->error_cnt;
	read_all(&all);
	return report->error_cnt > errors ? -1 : 0;
}

int zone_file_read_parts(const struct zone_file_options *opt, const struct zone_file_parts *parts,
	struct file_list *files)
{
	struct report report = {0};
	struct zone_reading all = reading_of(opt, files, &report);
	all.ctx = parts->ctx[0];
	all.parts = zone_parts_new(opt, parts);
	if (all.parts == NULL)
		return 1;
	read_all(&all);
	int r = zone_parts_end(all.parts);
	if (report.error_cnt + report.warning_cnt > 0)
		r = 1;
	report_deinit(&report);
	if (r != 0)
		file_list_deinit(files);
	return r;
}
