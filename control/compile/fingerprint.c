/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/fingerprint.h"

#include <stdio.h>
#include <string.h>

#include "control/compile/rows.h"
#include "control/source/zone_file.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"

static void add_file(struct digest *digest, const char *path, const struct file_id *id)
{
	digest_text(digest, path);
	digest_number(digest, id->device);
	digest_number(digest, id->inode);
	digest_number(digest, id->size);
	digest_number(digest, id->mtime_ns);
}

static int end(struct digest *digest, uint64_t *first)
{
	uint8_t value[DIGEST_LEN];
	int r = digest_end(digest, value);
	memcpy(first, value, sizeof(*first));
	return r;
}

static void add_main_file(struct digest *digest, const struct source_state *state)
{
	add_file(digest, state->files.file[0].path, &state->files.file[0].id);
}

static void add_rows(struct digest *digest, const struct source_state *state)
{
	digest_octets(digest, state->rows, sizeof(state->rows));
}

static void add_source(
	struct digest *digest, const struct zone_source *source, const struct source_state *state)
{
	static void (*const by_origin[])(struct digest *, const struct source_state *) = {
		[ZONE_FROM_FILE] = add_main_file,
		[ZONE_FROM_ROWS] = add_rows,
	};
	by_origin[source->origin](digest, state);
}

static int hash_zone(uint64_t *out, const uint8_t *apex, const struct zone_source *source,
	const struct source_state *state, const uint8_t signing[static DIGEST_LEN])
{
	struct digest digest;
	digest_begin(&digest);
	digest_text(&digest, ENSIGN_VERSION);
	digest_number(&digest, IMAGE_LAYOUT);
	digest_octets(&digest, apex, dname_len(apex));
	digest_octets(&digest, signing, DIGEST_LEN);
	add_source(&digest, source, state);
	return end(&digest, out);
}

static int hash_includes(uint64_t *out, const struct file_list *files)
{
	*out = 0;
	if (files->cnt <= 1)
		return 0;
	struct digest digest;
	digest_begin(&digest);
	for (unsigned i = 1; i < files->cnt; i++)
		add_file(&digest, files->file[i].path, &files->file[i].id);
	int r = end(&digest, out);
	*out |= 1; /* never the value of "none" */
	return r;
}

int fingerprint_make(uint64_t fingerprint[static 2], const uint8_t *apex,
	const struct zone_source *source, const struct source_state *state,
	const uint8_t signing[static DIGEST_LEN])
{
	if (hash_zone(&fingerprint[0], apex, source, state, signing) < 0)
		return -1;
	return hash_includes(&fingerprint[1], &state->files);
}

/* ---- comparison ---------------------------------------------------------------------------- */

static int ignore_record(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	(void)ctx;
	(void)record;
	(void)err;
	return 0;
}

/* Reads the file through to learn what it includes now. 0, or -1 if it is faulty. */
static int read_through(struct file_list *files, const struct fingerprint_query *query)
{
	struct report report = {0};
	struct zone_file_options opt = {
		.apex = query->apex, .path = query->source->place, .sink = ignore_record};
	file_list_deinit(files);
	int r = zone_file_read(&opt, files, &report);
	report_deinit(&report);
	return r;
}

/* Adds what was included as it is now. */
static int look_again(struct file_list *now, const struct file_list *known)
{
	for (unsigned i = 1; i < known->cnt; i++) {
		struct file_id id = file_id_of_path(known->file[i].path);
		if (file_list_add(now, known->file[i].path, &id) < 0)
			return -1;
	}
	return 0;
}

static int find_includes(
	struct file_list *now, const struct fingerprint_query *query, uint64_t fingerprint)
{
	if (query->known->cnt > 0)
		return look_again(now, query->known);
	return fingerprint == 0 ? 0 : read_through(now, query);
}

static int look_at_file(
	struct source_state *state, const struct fingerprint_query *query, char err[static 256])
{
	struct file_id id = file_id_of_path(query->source->place);
	snprintf(err, 256, "out of memory");
	return file_list_add(&state->files, query->source->place, &id);
}

static int look_at_rows(
	struct source_state *state, const struct fingerprint_query *query, char err[static 256])
{
	return rows_read(query->store, query->apex, NULL, NULL, state->rows, err);
}

static int look_at_source(
	struct source_state *state, const struct fingerprint_query *query, char err[static 256])
{
	static int (*const by_origin[])(
		struct source_state *, const struct fingerprint_query *, char[static 256]) = {
		[ZONE_FROM_FILE] = look_at_file,
		[ZONE_FROM_ROWS] = look_at_rows,
	};
	return by_origin[query->source->origin](state, query, err);
}

int fingerprint_compare(const uint64_t fingerprint[static 2], const struct fingerprint_query *query,
	struct source_state *found, char err[static 256])
{
	uint64_t hash;
	if (look_at_source(found, query, err) < 0)
		return -1;
	snprintf(err, 256, "out of memory");
	if (hash_zone(&hash, query->apex, query->source, found, query->signing) < 0)
		return -1;
	if (hash != fingerprint[0] || find_includes(&found->files, query, fingerprint[1]) < 0)
		return 1;
	if (hash_includes(&hash, &found->files) < 0)
		return -1;
	return hash != fingerprint[1];
}
