/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_attach: the writer's files: made for the first time, or taken over from a writer before,
 * which may have died at any point (publish_writer.h).
 */
#include "zonedb/publish_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "zonedb/image_check.h"

/* What free space is punched out in: the size of a hugepage, also where pages are smaller, so that
 * the kernel may use huge ones for a tmpfs file. */
#define PAGE_LEN_MIN (UINT64_C(2) << 20)

static int fail(char err[static 256], const char *what)
{
	snprintf(err, 256, "%s: %s", what, strerror(errno));
	return -1;
}

/* ==== files ================================================================================= */

static int dir_open(const char *dir, uint32_t reader_gid, char err[static 256])
{
	if (mkdir(dir, 0750) && errno != EEXIST)
		return fail(err, "cannot create the directory");
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return fail(err, "cannot open the directory");
	if (reader_gid == UINT32_MAX || !fchown(dir_fd, (uid_t)-1, reader_gid))
		return dir_fd;
	fail(err, "cannot set the group of the directory");
	close(dir_fd);
	return -1;
}

int publish_dir_make(const char *dir, uint32_t reader_gid, char err[static 256])
{
	int dir_fd = dir_open(dir, reader_gid, err);
	if (dir_fd < 0)
		return -1;
	close(dir_fd);
	return 0;
}

static int lock_take(struct publish_writer *w, int dir_fd, char err[static 256])
{
	w->lock_fd = openat(dir_fd, PUBLISH_LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (w->lock_fd < 0)
		return fail(err, "cannot open the lock file");
	if (!flock(w->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return fail(err, "cannot lock");
	snprintf(err, 256, "another ensignd publishes here");
	return -1;
}

static int zones_open(struct publish_writer *w, int dir_fd, uint32_t gid, char err[static 256])
{
	w->zones_fd = openat(dir_fd, PUBLISH_ZONES_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (w->zones_fd < 0)
		return fail(err, "cannot open the zones file");
	if (fchown(w->zones_fd, (uid_t)-1, gid) || fchmod(w->zones_fd, 0640))
		return fail(err, "cannot set group and mode of the zones file");
	return 0;
}

/* Octets of a page of the file, and whether it is on hugetlbfs. */
static int page_kind(int fd, uint64_t *page_len, bool *huge, char err[static 256])
{
	struct statfs fs;
	if (fstatfs(fd, &fs))
		return fail(err, "statfs");
	*huge = fs.f_type == HUGETLBFS_MAGIC;
	*page_len = PAGE_LEN_MIN;
	if (*huge && (uint64_t)fs.f_bsize > PAGE_LEN_MIN)
		*page_len = (uint64_t)fs.f_bsize;
	return 0;
}

static int zones_map(struct publish_writer *w, uint64_t page_len, char err[static 256])
{
	void *map = mmap(
		NULL, w->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, w->zones_fd, 0);
	if (map == MAP_FAILED)
		return fail(err, "cannot map the zones file");
	w->super = map;
	/* Both are hints. */
	madvise(map, w->size, MADV_DONTDUMP);
	madvise(map, w->size, MADV_HUGEPAGE);
	if (arena_init(&w->arena, w->zones_fd, map, w->size, page_len) ||
		arena_claim(&w->arena, 0, PUBLISH_SUPER_LEN, true))
		return fail(err, "cannot set up the space allocator");
	return 0;
}

/* ==== first set-up ========================================================================== */

static int zones_create(struct publish_writer *w, char err[static 256])
{
	struct publish_super *super = w->super;
	uint64_t seed;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return fail(err, "no random seed");
	super->layout = PUBLISH_LAYOUT;
	super->image_layout = IMAGE_LAYOUT;
	super->size = w->size;
	super->seed = seed;
	/* relaxed: nobody looks before the magic is there */
	atomic_store_explicit(&super->used_end, PUBLISH_SUPER_LEN, memory_order_relaxed);
	atomic_store_explicit(&super->epoch, 1, memory_order_relaxed);
	atomic_store_explicit(&super->depths[0], 0, memory_order_relaxed);
	atomic_store_explicit(&super->depths[1], 0, memory_order_relaxed);
	if (publish_table_create(w))
		return fail(err, "no memory for the zone table");
	/* release: who sees the magic sees all of the above */
	atomic_store_explicit(&super->magic, PUBLISH_MAGIC, memory_order_release);
	return 0;
}

/* ==== taking over =========================================================================== */

static uint64_t used_end(const struct publish_writer *w)
{
	/* relaxed: its writer is gone, the lock orders */
	return atomic_load_explicit(&w->super->used_end, memory_order_relaxed);
}

static int super_check(const struct publish_writer *w, char err[static 256])
{
	const struct publish_super *super = w->super;
	if (super->layout != PUBLISH_LAYOUT || super->image_layout != IMAGE_LAYOUT) {
		snprintf(err, 256,
			"files have layout %u.%u, this program %u.%u: stop the data plane and "
			"remove them",
			super->layout, super->image_layout, PUBLISH_LAYOUT, IMAGE_LAYOUT);
		return -1;
	}
	if (super->size != w->size || used_end(w) > w->size) {
		snprintf(err, 256, "damaged zones file: stop the data plane and remove the files");
		return -1;
	}
	return 0;
}

static int table_claim(struct publish_writer *w, char err[static 256])
{
	/* relaxed: as in used_end() */
	uint64_t off = atomic_load_explicit(&w->super->table_off, memory_order_relaxed);
	bool placed = off % ARENA_UNIT == 0 && off < used_end(w) &&
		      !arena_claim(&w->arena, off, ARENA_UNIT, true);
	const struct publish_table *table = publish_writer_at(w, placed ? off : 0);
	uint64_t room = (used_end(w) - off) / sizeof(struct publish_table_line);
	if (placed && table->line_cnt && table->line_cnt < room) {
		uint64_t rest = arena_round(publish_table_len(table->line_cnt)) - ARENA_UNIT;
		if (!rest || !arena_claim(&w->arena, off + ARENA_UNIT, rest, true))
			return 0;
	}
	snprintf(err, 256, "damaged zone table: stop the data plane and remove the files");
	return -1;
}

/* What is wrong with the image at off, or NULL. The checksum vouches for what was checked in full
 * when it was published. */
static const char *image_fault(const struct publish_writer *w, uint64_t off, uint64_t word)
{
	const struct image_header *img = publish_writer_at(w, off);
	uint64_t room = used_end(w) - off;
	if (off < PUBLISH_SUPER_LEN || off >= used_end(w) || room < sizeof(*img))
		return "image outside the space in use";
	if (img->magic != IMAGE_MAGIC || img->layout != IMAGE_LAYOUT)
		return "image without its magic number";
	if (img->size % IMAGE_ALIGN || img->size < sizeof(*img) || img->size > room)
		return "image with a bad size";
	if (img->checksum != image_checksum(img, img->size))
		return "image with a bad checksum";
	if (img->hash_seed != w->super->seed || (img->apex_hash ^ word) & PUBLISH_TAG_MASK)
		return "image in the wrong place of the table";
	return NULL;
}

struct takeover {
	struct publish_writer *w;
	struct publish_attach *found;
};

static int take_image(void *ctx, _Atomic uint64_t *at)
{
	struct takeover *takeover = ctx;
	struct publish_writer *w = takeover->w;
	struct publish_attach *found = takeover->found;
	uint64_t word = atomic_load_explicit(at, memory_order_relaxed); /* as in used_end() */
	uint64_t off = publish_word_off(word);
	const struct image_header *img = publish_writer_at(w, off);
	const char *fault = image_fault(w, off, word);
	if (!fault && arena_claim(&w->arena, off, arena_round(img->size), true))
		fault = "image in space of another";
	if (!fault) {
		publish_table_count(w, img);
		found->kept_cnt++;
		return 0;
	}
	atomic_store_explicit(at, PUBLISH_TOMBSTONE, memory_order_release); /* COMMIT */
	if (!found->dropped_cnt++)
		snprintf(found->dropped, sizeof(found->dropped), "%s at %#llx", fault,
			(unsigned long long)off);
	return 0;
}

static void count_tombstones(struct publish_writer *w)
{
	const struct publish_table *table = publish_writer_at(
		w, atomic_load_explicit(&w->super->table_off, memory_order_relaxed));
	for (uint64_t line = 0; line < table->line_cnt; line++)
		for (unsigned i = 0; i < PUBLISH_LINE_WORDS; i++)
			if (atomic_load_explicit(&table->line[line].word[i],
				    memory_order_relaxed) == PUBLISH_TOMBSTONE)
				publish_table_count(w, NULL);
}

/* Space that held something once, and is nothing now, may still be read: it is retired. */
static int retire_gaps(struct publish_writer *w)
{
	uint64_t off, len, end = used_end(w);
	while (!arena_next_free(&w->arena, 0, &off, &len) && off < end) {
		if (len > end - off)
			len = end - off;
		if (publish_queue_reserve(&w->retired) || arena_claim(&w->arena, off, len, false))
			return -1;
		publish_writer_retire(w, off, len);
	}
	return 0;
}

/* Pages that a writer filled just before it died, for space it never came to use. */
static void punch_unused(struct publish_writer *w, uint64_t page_len)
{
	uint64_t begin = (used_end(w) + page_len - 1) / page_len * page_len;
	if (begin < w->size) /* a failure costs memory only */
		(void)!fallocate(w->zones_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)begin, (off_t)(w->size - begin));
}

static int zones_take_over(struct publish_writer *w, struct publish_attach *found,
	uint64_t page_len, char err[static 256])
{
	if (super_check(w, err) || table_claim(w, err))
		return -1;
	struct takeover takeover = {.w = w, .found = found};
	publish_table_each(w, take_image, &takeover);
	count_tombstones(w);
	publish_table_show_depths(w);
	punch_unused(w, page_len);
	if (retire_gaps(w))
		return fail(err, "no memory to take over the files");
	publish_reclaim(w);
	return 0;
}

/* ==== both ================================================================================== */

/* Gives the superblock its page: a mapping may not be touched where the file has a hole. */
static int super_fill(const struct publish_writer *w, uint64_t page_len, char err[static 256])
{
	if (fallocate(w->zones_fd, 0, 0, (off_t)page_len))
		return fail(err, "no memory (vm.nr_hugepages?)");
	return 0;
}

/* Whether the file has been set up in full before. */
static int zones_exist(
	const struct publish_writer *w, uint64_t page_len, bool *exist, char err[static 256])
{
	*exist = false;
	if (w->size < page_len)
		return 0;
	if (super_fill(w, page_len, err))
		return -1;
	const struct publish_super *super =
		mmap(NULL, page_len, PROT_READ, MAP_SHARED, w->zones_fd, 0);
	if (super == MAP_FAILED)
		return fail(err, "cannot map the zones file");
	*exist = atomic_load_explicit(&super->magic, memory_order_acquire) == PUBLISH_MAGIC;
	munmap((void *)super, page_len);
	return 0;
}

/* Sets w->size, and the file's unless it exists. */
static int zones_size(struct publish_writer *w, uint64_t size_max, uint64_t page_len, bool *exist,
	char err[static 256])
{
	struct stat st;
	if (fstat(w->zones_fd, &st))
		return fail(err, "fstat");
	w->size = (uint64_t)st.st_size;
	if (zones_exist(w, page_len, exist, err))
		return -1;
	if (*exist)
		return 0;
	w->size = (size_max + page_len - 1) / page_len * page_len;
	if (ftruncate(w->zones_fd, 0) || ftruncate(w->zones_fd, (off_t)w->size))
		return fail(err, "cannot size the zones file");
	return super_fill(w, page_len, err);
}

static int zones_attach(struct publish_writer *w, const struct publish_options *opt,
	struct publish_attach *found, char err[static 256])
{
	uint64_t page_len = 0;
	bool exist;
	if (page_kind(w->zones_fd, &page_len, &found->hugepages, err))
		return -1;
	if (opt->hugepages && !found->hugepages) {
		snprintf(err, 256, "not on hugetlbfs");
		return -1;
	}
	if (zones_size(w, opt->size_max, page_len, &exist, err))
		return -1;
	found->size = w->size;
	if (w->size % page_len) {
		snprintf(err, 256, "damaged zones file: stop the data plane and remove the files");
		return -1;
	}
	if (zones_map(w, page_len, err))
		return -1;
	return exist ? zones_take_over(w, found, page_len, err) : zones_create(w, err);
}

int publish_writer_attach(struct publish_writer *w, const struct publish_options *opt,
	struct publish_attach *found, char err[static 256])
{
	int dir_fd = dir_open(opt->dir, opt->reader_gid, err);
	if (dir_fd < 0)
		return -1;
	int rc = lock_take(w, dir_fd, err);
	if (!rc)
		rc = zones_open(w, dir_fd, opt->reader_gid, err);
	if (!rc)
		rc = publish_slots_create(dir_fd, opt->reader_uid, opt->reader_gid, err);
	if (!rc)
		rc = publish_slots_open(&w->slots, dir_fd, false, err);
	close(dir_fd);
	return rc ? rc : zones_attach(w, opt, found, err);
}
