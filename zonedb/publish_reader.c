/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_reader: the data plane's side of publish.h.
 */
#include "zonedb/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "zonedb/prefetch.h"
#include "zonedb/publish_layout.h"
#include "zonedb/publish_slots.h"

struct publish_reader {
	const struct publish_super *super; /* the whole zones file */
	uint64_t size;
	struct publish_slots slots;
};

struct publish_slot {
	struct publish_slot_shared *shared;
	const struct publish_super *super;
	struct publish_slots *slots;
	unsigned idx;
};

/* ==== attaching ============================================================================= */

static int super_check(const struct publish_super *super, uint64_t file_len, char err[static 256])
{
	/* acquire: pairs with the writer's last store when it made the file */
	if (atomic_load_explicit(&super->magic, memory_order_acquire) != PUBLISH_MAGIC)
		snprintf(err, 256, "the zones file is not set up: is ensignd running?");
	else if (super->layout != PUBLISH_LAYOUT || super->image_layout != IMAGE_LAYOUT)
		snprintf(err, 256, "the zones file has layout %u.%u, this program %u.%u",
			super->layout, super->image_layout, PUBLISH_LAYOUT, IMAGE_LAYOUT);
	else if (super->size != file_len)
		snprintf(err, 256, "the zones file is damaged: its size is not what it says");
	else
		return 0;
	return -1;
}

static int zones_map(struct publish_reader *reader, int fd, char err[static 256])
{
	struct stat st;
	if (fstat(fd, &st) || st.st_size < (off_t)PUBLISH_SUPER_LEN) {
		snprintf(err, 256, "the zones file is not set up: is ensignd running?");
		return -1;
	}
	if (st.st_mode & S_IWOTH) {
		snprintf(err, 256, "the zones file is writable by everybody: not trusted");
		return -1;
	}
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED) {
		snprintf(err, 256, "cannot map the zones file: %s", strerror(errno));
		return -1;
	}
	reader->super = map;
	reader->size = (uint64_t)st.st_size;
	madvise(map, reader->size, MADV_DONTDUMP); /* may fail: a core dump is then large */
	return super_check(reader->super, reader->size, err);
}

static int dir_attach(struct publish_reader *reader, int dir_fd, char err[static 256])
{
	int fd = openat(dir_fd, PUBLISH_ZONES_NAME, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(err, 256, "cannot open the zones file: %s", strerror(errno));
		return -1;
	}
	int rc = zones_map(reader, fd, err);
	close(fd);
	return rc ? rc : publish_slots_open(&reader->slots, dir_fd, true, err);
}

struct publish_reader *publish_reader_new(const char *dir, char err[static 256])
{
	struct publish_reader *reader = calloc(1, sizeof(*reader));
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char cause[256] = "out of memory";
	int rc = -1;
	if (dir_fd < 0)
		snprintf(cause, sizeof(cause), "%s", strerror(errno));
	else if (reader)
		rc = dir_attach(reader, dir_fd, cause);
	if (dir_fd >= 0)
		close(dir_fd);
	if (!rc)
		return reader;
	snprintf(err, 256, "%.100s: %.150s", dir, cause);
	return publish_reader_free(reader);
}

struct publish_reader *publish_reader_free(struct publish_reader *reader)
{
	if (!reader)
		return NULL;
	publish_slots_close(&reader->slots);
	if (reader->super)
		munmap((void *)reader->super, reader->size);
	free(reader);
	return NULL;
}

uint64_t publish_zone_cnt(const struct publish_reader *reader)
{
	/* relaxed: for messages */
	return atomic_load_explicit(&reader->super->zone_cnt, memory_order_relaxed);
}

uint64_t publish_seed(const struct publish_reader *reader)
{
	return reader->super->seed;
}

/* ==== slots ================================================================================= */

struct publish_slot *publish_slot_take(struct publish_reader *reader, const char *name)
{
	struct publish_slot *slot = malloc(sizeof(*slot));
	if (!slot)
		return NULL;
	int idx = publish_slots_take(&reader->slots, name);
	if (idx < 0) {
		free(slot);
		return NULL;
	}
	*slot = (struct publish_slot){
		.shared = &reader->slots.file->slot[idx],
		.super = reader->super,
		.slots = &reader->slots,
		.idx = (unsigned)idx,
	};
	publish_online(slot);
	return slot;
}

void publish_slot_give(struct publish_slot *slot)
{
	if (!slot)
		return;
	publish_slots_give(slot->slots, slot->idx);
	free(slot);
}

unsigned publish_slot_idx(const struct publish_slot *slot)
{
	return slot->idx;
}

struct counters *publish_slot_counters(struct publish_slot *slot)
{
	return &slot->shared->counters;
}

int publish_reader_each_slot(struct publish_reader *reader, publish_slot_fn *fn, void *ctx)
{
	return publish_slots_each(&reader->slots, fn, ctx);
}

void publish_quiesce(struct publish_slot *slot)
{
	/* acquire: later loads find what was published before this epoch */
	uint64_t epoch = atomic_load_explicit(&slot->super->epoch, memory_order_acquire);
	/* relaxed: this thread wrote it; most bursts need no store, which keeps the line shared */
	if (atomic_load_explicit(&slot->shared->epoch, memory_order_relaxed) == epoch)
		return;
	/* release: what was read of older images comes before */
	atomic_store_explicit(&slot->shared->epoch, epoch, memory_order_release);
}

void publish_offline(struct publish_slot *slot)
{
	/* release: as in publish_quiesce */
	atomic_store_explicit(&slot->shared->epoch, PUBLISH_OFFLINE, memory_order_release);
}

void publish_online(struct publish_slot *slot)
{
	/* acquire: as in publish_quiesce */
	uint64_t epoch = atomic_load_explicit(&slot->super->epoch, memory_order_acquire);
	atomic_store_explicit(&slot->shared->epoch, epoch, memory_order_relaxed);
	/* full: the store is seen before any table word is loaded (publish.h, second point) */
	atomic_thread_fence(memory_order_seq_cst);
}

/* ==== zone search =========================================================================== */

static const struct image_header *image_of(const struct publish_reader *reader, uint64_t word)
{
	return (const struct image_header *)((const uint8_t *)reader->super +
					     publish_word_off(word));
}

static const struct publish_table *table_of(const struct publish_reader *reader)
{
	/* acquire: the table is complete if its offset is seen */
	uint64_t off = atomic_load_explicit(&reader->super->table_off, memory_order_acquire);
	return (const struct publish_table *)((const uint8_t *)reader->super + off);
}

/* Bits of label counts below 64 or above it. relaxed: see publish.h, stale depths. */
static uint64_t depths_of(const struct publish_reader *reader, unsigned half)
{
	return atomic_load_explicit(&reader->super->depths[half], memory_order_relaxed);
}

static bool depth_used(const uint64_t depths[2], unsigned label_cnt)
{
	return depths[label_cnt / 64] >> (label_cnt % 64) & 1;
}

/* Most labels a served apex has; 0 also if there is none. */
static unsigned deepest(const uint64_t depths[2])
{
	if (depths[1])
		return 127 - (unsigned)__builtin_clzll(depths[1]);
	return depths[0] ? 63 - (unsigned)__builtin_clzll(depths[0]) : 0;
}

/* The same for an apex at or above q. */
static unsigned depth_max(const uint64_t depths[2], const struct qname *q)
{
	unsigned max = deepest(depths);
	return max < q->label_cnt ? max : q->label_cnt;
}

static const uint8_t *suffix(const struct qname *q, unsigned label_cnt)
{
	return q->wire + q->label_off[q->label_cnt - label_cnt];
}

static void suffix_add(struct publish_zone_search *search, uint64_t hash, unsigned label_cnt)
{
	unsigned i = search->cnt++ % PUBLISH_SUFFIX_MAX;
	search->hash[i] = hash;
	search->label_cnt[i] = (uint8_t)label_cnt;
	struct publish_cursor cursor = publish_cursor(search->table, hash);
	prefetch_line(&search->table->line[cursor.line]);
}

void publish_zone_prepare(const struct publish_reader *reader, struct publish_zone_search *search,
	const struct qname *q)
{
	const uint64_t depths[2] = {depths_of(reader, 0), depths_of(reader, 1)};
	unsigned max = depth_max(depths, q);
	uint64_t hash = reader->super->seed;
	search->table = table_of(reader);
	search->candidate = NULL;
	search->cnt = 0;
	for (unsigned label_cnt = 0;; label_cnt++) {
		if (depth_used(depths, label_cnt))
			suffix_add(search, hash, label_cnt);
		if (label_cnt == max)
			return;
		hash = dname_hash_label(hash, suffix(q, label_cnt + 1));
	}
}

static void header_prefetch(const struct image_header *img)
{
	for (size_t off = 0; off <= offsetof(struct image_header, names); off += 64)
		prefetch_line((const uint8_t *)img + off);
}

void publish_zone_probe(const struct publish_reader *reader, struct publish_zone_search *search)
{
	unsigned oldest = search->cnt > PUBLISH_SUFFIX_MAX ? search->cnt - PUBLISH_SUFFIX_MAX : 0;
	for (unsigned i = search->cnt; i-- > oldest;) {
		uint64_t hash = search->hash[i % PUBLISH_SUFFIX_MAX];
		struct publish_cursor cursor = publish_cursor(search->table, hash);
		uint64_t word = publish_cursor_match(&cursor, hash);
		if (word == PUBLISH_EMPTY)
			continue;
		search->candidate = image_of(reader, word);
		header_prefetch(search->candidate);
		return;
	}
}

static bool apex_is(const struct image_header *img, const struct qname *q, unsigned label_cnt)
{
	const uint8_t *name = suffix(q, label_cnt);
	size_t len = (size_t)(q->wire + q->len - name);
	return img->apex_len == len && !memcmp(image_apex(img), name, len);
}

/* The first cnt octets of a word. */
static uint64_t octets_mask(unsigned cnt)
{
	return cnt < 8 ? (UINT64_C(1) << cnt * 8) - 1 : UINT64_MAX;
}

static_assert(offsetof(struct image_header, names) % IMAGE_ALIGN + 16 <= IMAGE_ALIGN,
	"16 octets may be read where an apex stands");

void publish_recent_set(struct publish_recent *recent, const struct image_header *img)
{
	if (recent->img == img)
		return;
	*recent = (struct publish_recent){
		.img = img,
		.apex_hash = img->apex_hash,
		.apex_len = img->apex_len,
		.apex_label_cnt = img->apex_label_cnt,
	};
	/* the header goes on behind the apex, to a multiple of 64 octets */
	memcpy(recent->apex, image_apex(img), sizeof(recent->apex));
	recent->mask[0] = octets_mask(img->apex_len);
	recent->mask[1] = img->apex_len > 8 ? octets_mask(img->apex_len - 8U) : 0;
}

/* Whether the table has this image: the search ends at the first empty word. */
static bool is_published(
	const struct publish_reader *reader, const struct image_header *img, uint64_t apex_hash)
{
	uint64_t off = (uint64_t)((const uint8_t *)img - (const uint8_t *)reader->super);
	uint64_t wanted = publish_word(off, apex_hash), word;
	struct publish_cursor cursor = publish_cursor(table_of(reader), apex_hash);
	do
		word = publish_cursor_match(&cursor, apex_hash);
	while (word != PUBLISH_EMPTY && word != wanted);
	return word == wanted;
}

void publish_recent_check(const struct publish_reader *reader, struct publish_recent *recent)
{
	const struct image_header *img = recent->img;
	if (!img)
		return;
	/* taken anew: an image of another zone may have been published at its place */
	*recent = (struct publish_recent){.apex_hash = recent->apex_hash};
	if (!is_published(reader, img, recent->apex_hash))
		return;
	const uint64_t depths[2] = {depths_of(reader, 0), depths_of(reader, 1)};
	publish_recent_set(recent, img);
	recent->is_deepest = deepest(depths) <= recent->apex_label_cnt;
}

/* q has at least the apex' labels. */
static bool recent_is_suffix(const struct publish_recent *recent, const struct qname *q)
{
	uint64_t word[2];
	const uint8_t *name = suffix(q, recent->apex_label_cnt);
	if (q->wire + q->len - name != recent->apex_len)
		return false;
	if (recent->apex_len > sizeof(word))
		return !memcmp(name, image_apex(recent->img), recent->apex_len);
	memcpy(word, name, sizeof(word)); /* DNAME_PAD octets follow the name */
	return (((word[0] ^ recent->apex[0]) & recent->mask[0]) |
		       ((word[1] ^ recent->apex[1]) & recent->mask[1])) == 0;
}

bool publish_recent_holds(const struct publish_reader *reader, const struct publish_recent *recent,
	const struct qname *q)
{
	if (!recent->img || q->label_cnt < recent->apex_label_cnt)
		return false;
	if (!recent->is_deepest) {
		const uint64_t depths[2] = {depths_of(reader, 0), depths_of(reader, 1)};
		if (depth_max(depths, q) > recent->apex_label_cnt)
			return false;
	}
	return recent_is_suffix(recent, q);
}

/* The zone whose apex is q's suffix of label_cnt labels, or NULL. */
static const struct image_header *zone_at(const struct publish_reader *reader,
	const struct publish_zone_search *search, const struct qname *q, uint64_t hash,
	unsigned label_cnt)
{
	struct publish_cursor cursor = publish_cursor(search->table, hash);
	for (;;) {
		uint64_t word = publish_cursor_match(&cursor, hash);
		if (word == PUBLISH_EMPTY)
			return NULL;
		const struct image_header *img = image_of(reader, word);
		if (apex_is(img, q, label_cnt))
			return img;
	}
}

/* Suffixes of fewer labels than those kept hashed: rare, so each is hashed on its own. */
static const struct image_header *zone_above(const struct publish_reader *reader,
	const struct publish_zone_search *search, const struct qname *q, unsigned label_cnt_below)
{
	const uint64_t depths[2] = {depths_of(reader, 0), depths_of(reader, 1)};
	const struct image_header *img = NULL;
	for (unsigned label_cnt = label_cnt_below; label_cnt-- > 0 && !img;) {
		if (!depth_used(depths, label_cnt))
			continue;
		uint64_t hash = dname_hash(suffix(q, label_cnt), reader->super->seed);
		img = zone_at(reader, search, q, hash, label_cnt);
	}
	return img;
}

const struct image_header *publish_zone_find(const struct publish_reader *reader,
	const struct publish_zone_search *search, const struct qname *q, unsigned label_cnt_max)
{
	const struct image_header *img = search->candidate;
	if (img && img->apex_label_cnt <= label_cnt_max && img->apex_label_cnt <= q->label_cnt &&
		apex_is(img, q, img->apex_label_cnt))
		return img;
	unsigned oldest = search->cnt > PUBLISH_SUFFIX_MAX ? search->cnt - PUBLISH_SUFFIX_MAX : 0;
	unsigned below = 0;
	for (unsigned i = search->cnt; i-- > oldest;) {
		unsigned at = i % PUBLISH_SUFFIX_MAX;
		below = search->label_cnt[at];
		if (below > label_cnt_max)
			continue;
		img = zone_at(reader, search, q, search->hash[at], below);
		if (img)
			return img;
	}
	if (!oldest)
		return NULL;
	return zone_above(reader, search, q, below < label_cnt_max + 1 ? below : label_cnt_max + 1);
}
