/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/fingerprint.h"

#include <string.h>

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

static int hash_zone(uint64_t *out, const uint8_t *apex, const char *path, const struct file_id *id,
	const uint8_t signing[static DIGEST_LEN])
{
	struct digest digest;
	digest_begin(&digest);
	digest_text(&digest, ENSIGN_VERSION);
	digest_number(&digest, IMAGE_LAYOUT);
	digest_octets(&digest, apex, dname_len(apex));
	digest_octets(&digest, signing, DIGEST_LEN);
	add_file(&digest, path, id);
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
	const struct file_list *files, const uint8_t signing[static DIGEST_LEN])
{
	const struct file_entry *main_file = &files->file[0];
	if (hash_zone(&fingerprint[0], apex, main_file->path, &main_file->id, signing) < 0)
		return -1;
	return hash_includes(&fingerprint[1], files);
}

/* ---- comparison ---------------------------------------------------------------------------- */

static int ignore_record(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	(void)ctx;
	(void)record;
	(void)err;
	return 0;
}

/* Learns the includes as they are now. 0, or -1 if the file is faulty. */
static int read_through(struct file_list *files, const uint8_t *apex, const char *path)
{
	struct report report = {0};
	struct zone_file_options opt = {.apex = apex, .path = path, .sink = ignore_record};
	int r = zone_file_read(&opt, files, &report);
	report_deinit(&report);
	return r;
}

/* The same files as they are now. */
static int look_again(struct file_list *now, const struct file_list *files)
{
	for (unsigned i = 0; i < files->cnt; i++) {
		struct file_id id = file_id_of_path(files->file[i].path);
		if (file_list_add(now, files->file[i].path, &id) < 0)
			return -1;
	}
	return 0;
}

static int find_files(uint64_t fingerprint, const uint8_t *apex, const char *path,
	const struct file_id *id, const struct file_list *known, struct file_list *found)
{
	if (known->cnt > 0)
		return look_again(found, known);
	if (fingerprint == 0)
		return file_list_add(found, path, id);
	return read_through(found, apex, path);
}

int fingerprint_compare(const uint64_t fingerprint[static 2], const uint8_t *apex, const char *path,
	const struct file_list *known, const uint8_t signing[static DIGEST_LEN],
	struct file_list *found)
{
	uint64_t hash;
	struct file_id id = file_id_of_path(path);
	if (hash_zone(&hash, apex, path, &id, signing) < 0)
		return -1;
	if (hash != fingerprint[0] || find_files(fingerprint[1], apex, path, &id, known, found) < 0)
		return 1;
	if (hash_includes(&hash, found) < 0)
		return -1;
	return hash != fingerprint[1];
}
