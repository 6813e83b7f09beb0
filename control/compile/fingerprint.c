/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/fingerprint.h"

#include <openssl/evp.h>
#include <string.h>

#include "control/source/zone_file.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"

static void hash_file(EVP_MD_CTX *md, const char *path, const struct file_id *id)
{
	EVP_DigestUpdate(md, path, strlen(path) + 1);
	EVP_DigestUpdate(md, id, sizeof(*id));
}

static int take_digest(EVP_MD_CTX *md, uint64_t *first)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	int ok = EVP_DigestFinal_ex(md, digest, NULL);
	memcpy(first, digest, sizeof(*first));
	return ok ? 0 : -1;
}

static EVP_MD_CTX *hash_new(void)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		return md;
	EVP_MD_CTX_free(md);
	return NULL;
}

static int hash_zone(uint64_t *out, const uint8_t *apex, const char *path, const struct file_id *id,
	const uint8_t digest[static SIGNING_DIGEST_LEN])
{
	static const char version[] = ENSIGN_VERSION;
	static const uint32_t layout = IMAGE_LAYOUT;
	EVP_MD_CTX *md = hash_new();
	if (md == NULL)
		return -1;
	EVP_DigestUpdate(md, version, sizeof(version));
	EVP_DigestUpdate(md, &layout, sizeof(layout));
	EVP_DigestUpdate(md, apex, dname_len(apex));
	EVP_DigestUpdate(md, digest, SIGNING_DIGEST_LEN);
	hash_file(md, path, id);
	int r = take_digest(md, out);
	EVP_MD_CTX_free(md);
	return r;
}

static int hash_includes(uint64_t *out, const struct file_list *files)
{
	*out = 0;
	if (files->cnt <= 1)
		return 0;
	EVP_MD_CTX *md = hash_new();
	if (md == NULL)
		return -1;
	for (unsigned i = 1; i < files->cnt; i++)
		hash_file(md, files->file[i].path, &files->file[i].id);
	int r = take_digest(md, out);
	*out |= 1; /* never the value of "none" */
	EVP_MD_CTX_free(md);
	return r;
}

int fingerprint_make(uint64_t fingerprint[static 2], const uint8_t *apex,
	const struct file_list *files, const uint8_t digest[static SIGNING_DIGEST_LEN])
{
	const struct file_entry *main_file = &files->file[0];
	if (hash_zone(&fingerprint[0], apex, main_file->path, &main_file->id, digest) < 0)
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
	const struct file_list *known, const uint8_t digest[static SIGNING_DIGEST_LEN],
	struct file_list *found)
{
	uint64_t hash;
	struct file_id id = file_id_of_path(path);
	if (hash_zone(&hash, apex, path, &id, digest) < 0)
		return -1;
	if (hash != fingerprint[0] || find_files(fingerprint[1], apex, path, &id, known, found) < 0)
		return 1;
	if (hash_includes(&hash, found) < 0)
		return -1;
	return hash != fingerprint[1];
}
