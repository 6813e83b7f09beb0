/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/publish_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/zone_fixture.h"
#include "zonedb/image_build.h"
#include "zonedb/image_check.h"

#define HUGE_DIR       "/dev/hugepages"
#define HUGE_PAGES_MIN 16U /* free ones a test may need */
#define SIZE_MAX_TEST  (UINT64_C(64) << 20)

static const char *const file_names[] = {"zones", "readers", "lock", "sigrings"};

static bool hugepages_free(void)
{
	struct statfs fs;
	FILE *in = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "r");
	unsigned cnt = 0;
	if (in && fscanf(in, "%u", &cnt) != 1)
		cnt = 0;
	if (in)
		fclose(in);
	return cnt >= HUGE_PAGES_MIN && !statfs(HUGE_DIR, &fs) && fs.f_bsize == 2 << 20 &&
	       !access(HUGE_DIR, W_OK);
}

bool publish_fixture_begin(struct publish_fixture *f, bool hugepages)
{
	*f = (struct publish_fixture){0};
	if (hugepages && !hugepages_free())
		return false;
	snprintf(f->dir, sizeof(f->dir), "%s/ensign-test-publish-XXXXXX",
		hugepages ? HUGE_DIR : "/dev/shm");
	assert_non_null(mkdtemp(f->dir));
	return true;
}

void publish_fixture_end(struct publish_fixture *f)
{
	f->writer = publish_writer_free(f->writer);
	for (unsigned i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++)
		unlink(publish_fixture_path(f, file_names[i]));
	assert_int_equal(rmdir(f->dir), 0);
}

void publish_fixture_open(struct publish_fixture *f)
{
	const struct publish_options opt = {
		.dir = f->dir,
		.size_max = SIZE_MAX_TEST,
		.poison_freed = true,
		.reader_uid = UINT32_MAX,
		.reader_gid = UINT32_MAX,
	};
	f->writer = publish_writer_new(&opt, &f->found, f->err);
	if (!f->writer)
		fail_msg("%s", f->err);
}

const char *publish_fixture_path(struct publish_fixture *f, const char *name)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->dir, name);
	return f->path;
}

static void zone_make(struct zone *zone, const char *apex, uint32_t serial, unsigned txt_cnt)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	fprintf(out, "@ 3600 SOA . . %u 7200 3600 1209600 300\n@ 3600 NS .\n", serial);
	for (unsigned i = 0; i < txt_cnt; i++)
		fprintf(out, "t%u 60 TXT %u-abcdefghijklmnopqrstuvwxyz0123456789\n", i, serial);
	fclose(out);
	fixture_zone(zone, apex, text);
	free(text);
}

void *publish_fixture_image(
	struct publish_fixture *f, const char *apex, uint32_t serial, unsigned txt_cnt)
{
	struct zone zone;
	zone_make(&zone, apex, serial, txt_cnt);
	struct image_build *build = image_build_new(&zone, publish_writer_seed(f->writer), f->err);
	if (!build)
		fail_msg("%s", f->err);
	void *image = publish_alloc(f->writer, image_build_size(build));
	assert_non_null(image);
	image_build_write(build, image);
	image_build_free(build);
	zone_deinit(&zone);
	return image;
}

void publish_fixture_zone(
	struct publish_fixture *f, const char *apex, uint32_t serial, unsigned txt_cnt)
{
	if (publish_commit(f->writer, publish_fixture_image(f, apex, serial, txt_cnt), f->err))
		fail_msg("%s", f->err);
}

const struct image_header *publish_fixture_find(
	const struct publish_reader *reader, const char *name)
{
	uint8_t wire[DNAME_LEN_MAX];
	struct qname q;
	struct publish_zone_search search;
	int len = dname_from_text(wire, name);
	assert_true(len > 0 && qname_read(&q, wire, (size_t)len) == len);
	publish_zone_prepare(reader, &search, &q);
	publish_zone_probe(reader, &search);
	return publish_zone_find(reader, &search, &q, q.label_cnt);
}

bool publish_fixture_intact(const struct image_header *img)
{
	return img->magic == IMAGE_MAGIC && img->size < SIZE_MAX_TEST &&
	       img->checksum == image_checksum(img, img->size);
}
