/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_slots: see publish_slots.h.
 */
#include "zonedb/publish_slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whole hugepages, where the file lies on hugetlbfs: a mapping's length must be a multiple. */
#define SLOTS_FILE_ALIGN (UINT64_C(2) << 20)

static uint64_t file_len(uint64_t block_len)
{
	uint64_t align = block_len > SLOTS_FILE_ALIGN ? block_len : SLOTS_FILE_ALIGN;
	return (sizeof(struct publish_slots_file) + align - 1) / align * align;
}

static struct flock slot_lock(short type, unsigned idx)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = idx, .l_len = 1};
}

static bool slot_lock_set(int fd, short type, unsigned idx)
{
	struct flock lock = slot_lock(type, idx);
	return !fcntl(fd, F_OFD_SETLK, &lock);
}

/* True if somebody lives who holds the slot. When in doubt, somebody does. */
static bool slot_in_use(struct publish_slots *slots, unsigned idx)
{
	if (atomic_load_explicit(&slots->taken[idx], memory_order_relaxed))
		return true; /* own locks do not show below */
	struct flock lock = slot_lock(F_WRLCK, idx);
	return fcntl(slots->fd, F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

static bool header_fits(const struct publish_slots_file *file)
{
	return file->layout == PUBLISH_LAYOUT && file->slot_cnt == READER_SLOT_MAX &&
	       file->slot_len == sizeof(struct publish_slot_shared) &&
	       file->counter_cnt == COUNTER_CNT;
}

static void header_write(struct publish_slots_file *file)
{
	if (atomic_load_explicit(&file->magic, memory_order_acquire) == PUBLISH_SLOTS_MAGIC)
		return;
	file->layout = PUBLISH_LAYOUT;
	file->slot_cnt = READER_SLOT_MAX;
	file->slot_len = sizeof(struct publish_slot_shared);
	file->counter_cnt = COUNTER_CNT;
	/* release: who sees the magic sees the header */
	atomic_store_explicit(&file->magic, PUBLISH_SLOTS_MAGIC, memory_order_release);
}

static int file_fill(int fd)
{
	struct stat st;
	if (fstat(fd, &st))
		return -1;
	uint64_t len = file_len((uint64_t)st.st_blksize);
	if ((uint64_t)st.st_size < len && ftruncate(fd, (off_t)len))
		return -1;
	if (fallocate(fd, 0, 0, (off_t)len))
		return -1;
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -1;
	header_write(map);
	return munmap(map, len);
}

int publish_slots_create(int dir_fd, uint32_t uid, uint32_t gid, char err[static 256])
{
	int fd = openat(dir_fd, PUBLISH_READERS_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool failed = fd < 0 || file_fill(fd) || fchown(fd, uid, gid) || fchmod(fd, 0660);
	if (failed)
		snprintf(err, 256, "cannot create the readers file: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return failed ? -1 : 0;
}

static int file_map(struct publish_slots *slots, int prot)
{
	struct stat st;
	if (fstat(slots->fd, &st))
		return -1;
	slots->len = file_len((uint64_t)st.st_blksize);
	if ((uint64_t)st.st_size < slots->len) {
		errno = ENODATA;
		return -1;
	}
	void *map = mmap(NULL, slots->len, prot, MAP_SHARED, slots->fd, 0);
	if (map == MAP_FAILED)
		return -1;
	slots->file = map;
	return 0;
}

static int header_check(const struct publish_slots *slots, char err[static 256])
{
	uint64_t magic = atomic_load_explicit(&slots->file->magic, memory_order_acquire);
	if (magic == PUBLISH_SLOTS_MAGIC && header_fits(slots->file))
		return 0;
	snprintf(err, 256, "the readers file has another layout: stop ensign and remove the files");
	return -1;
}

int publish_slots_open(struct publish_slots *slots, int dir_fd, bool reader, char err[static 256])
{
	*slots = (struct publish_slots){0};
	slots->fd = openat(dir_fd, PUBLISH_READERS_NAME, (reader ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (slots->fd < 0 || file_map(slots, PROT_READ | (reader ? PROT_WRITE : 0)))
		snprintf(err, 256, "cannot map the readers file: %s", strerror(errno));
	else if (!header_check(slots, err))
		return 0;
	publish_slots_close(slots);
	return -1;
}

void publish_slots_close(struct publish_slots *slots)
{
	if (slots->file)
		munmap(slots->file, slots->len);
	if (slots->fd > 0)
		close(slots->fd);
	slots->file = NULL;
	slots->fd = -1;
}

static void slot_reset(struct publish_slot_shared *slot, const char *name)
{
	uint64_t words[PUBLISH_SLOT_NAME_MAX / 8] = {0};
	memcpy(words, name, strnlen(name, PUBLISH_SLOT_NAME_MAX - 1));
	/* relaxed, all: for people, but for the epoch, which is not online yet */
	atomic_store_explicit(&slot->epoch, PUBLISH_OFFLINE, memory_order_relaxed);
	atomic_store_explicit(&slot->pid, (uint64_t)getpid(), memory_order_relaxed);
	for (unsigned i = 0; i < PUBLISH_SLOT_NAME_MAX / 8; i++)
		atomic_store_explicit(&slot->name[i], words[i], memory_order_relaxed);
	for (unsigned i = 0; i < COUNTER_CNT; i++)
		__atomic_store_n(&slot->counters.v[i], 0, __ATOMIC_RELAXED);
}

int publish_slots_take(struct publish_slots *slots, const char *name)
{
	for (unsigned i = 0; i < READER_SLOT_MAX; i++) {
		/* acquire: whoever had it in this process is done with it */
		if (atomic_exchange_explicit(&slots->taken[i], true, memory_order_acquire))
			continue;
		if (slot_lock_set(slots->fd, F_WRLCK, i)) {
			slot_reset(&slots->file->slot[i], name);
			return (int)i;
		}
		atomic_store_explicit(&slots->taken[i], false, memory_order_relaxed);
	}
	return -1;
}

void publish_slots_give(struct publish_slots *slots, unsigned idx)
{
	/* release: what the thread read comes before; the space may be used again after this */
	atomic_store_explicit(&slots->file->slot[idx].epoch, PUBLISH_OFFLINE, memory_order_release);
	slot_lock_set(slots->fd, F_UNLCK, idx);
	atomic_store_explicit(&slots->taken[idx], false, memory_order_release);
}

uint64_t publish_slots_oldest(struct publish_slots *slots, uint64_t enough)
{
	uint64_t oldest = UINT64_MAX;
	for (unsigned i = 0; i < READER_SLOT_MAX; i++) {
		/* acquire: the reader's loads come before the space is used again */
		uint64_t epoch =
			atomic_load_explicit(&slots->file->slot[i].epoch, memory_order_acquire);
		if (epoch == PUBLISH_OFFLINE || epoch >= oldest)
			continue;
		if (epoch >= enough || slot_in_use(slots, i))
			oldest = epoch;
	}
	return oldest;
}

static struct publish_slot_info slot_info(const struct publish_slot_shared *slot)
{
	/* relaxed, all: a snapshot for people */
	struct publish_slot_info info = {.counters = &slot->counters};
	info.pid = (uint32_t)atomic_load_explicit(&slot->pid, memory_order_relaxed);
	info.online = atomic_load_explicit(&slot->epoch, memory_order_relaxed) != PUBLISH_OFFLINE;
	for (unsigned i = 0; i < PUBLISH_SLOT_NAME_MAX / 8; i++) {
		uint64_t word = atomic_load_explicit(&slot->name[i], memory_order_relaxed);
		memcpy(info.name + i * 8, &word, 8);
	}
	info.name[PUBLISH_SLOT_NAME_MAX - 1] = 0;
	return info;
}

int publish_slots_each(struct publish_slots *slots, publish_slot_fn *fn, void *ctx)
{
	int rc = 0;
	for (unsigned i = 0; i < READER_SLOT_MAX && !rc; i++) {
		if (!slot_in_use(slots, i))
			continue;
		struct publish_slot_info info = slot_info(&slots->file->slot[i]);
		rc = fn(ctx, &info);
	}
	return rc;
}
