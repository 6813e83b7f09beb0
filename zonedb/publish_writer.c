/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_writer: control's side of publish.h.
 */
#include "zonedb/publish_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "zonedb/image_check.h"

#define POISON_BYTE 0xdb

/* ==== queues ================================================================================ */

int publish_queue_reserve(struct publish_queue *queue)
{
	if (queue->first + queue->cnt < queue->cap)
		return 0;
	if (queue->first > queue->cap / 2) {
		memmove(queue->entry, queue->entry + queue->first,
			queue->cnt * sizeof(*queue->entry));
		queue->first = 0;
		return 0;
	}
	size_t cap = queue->cap ? queue->cap * 2 : 64;
	struct publish_extent *entry = reallocarray(queue->entry, cap, sizeof(*entry));
	if (!entry)
		return -1;
	queue->entry = entry;
	queue->cap = cap;
	return 0;
}

void publish_queue_append(struct publish_queue *queue, struct publish_extent extent)
{
	queue->entry[queue->first + queue->cnt++] = extent;
}

static struct publish_extent queue_remove_first(struct publish_queue *queue)
{
	queue->cnt--;
	return queue->entry[queue->first++];
}

/* Takes the entry at off out, wherever it is; .len = 0 if it is not there. */
static struct publish_extent queue_remove(struct publish_queue *queue, uint64_t off)
{
	for (size_t i = queue->first; i < queue->first + queue->cnt; i++) {
		struct publish_extent found = queue->entry[i];
		if (found.off != off)
			continue;
		queue->entry[i] = queue->entry[queue->first];
		queue_remove_first(queue);
		return found;
	}
	return (struct publish_extent){0};
}

/* ==== space ================================================================================= */

uint64_t publish_writer_space(struct publish_writer *w, uint64_t len)
{
	uint64_t off = arena_alloc(&w->arena, len);
	if (off == ARENA_NONE && w->retired.cnt) {
		publish_reclaim(w);
		off = arena_alloc(&w->arena, len);
	}
	if (off == ARENA_NONE)
		return off;
	/* relaxed: read by the next writer only, and that one starts with a lock */
	if (off + arena_round(len) >
		atomic_load_explicit(&w->super->used_end, memory_order_relaxed))
		atomic_store_explicit(
			&w->super->used_end, off + arena_round(len), memory_order_relaxed);
	return off;
}

static void space_free(struct publish_writer *w, uint64_t off, uint64_t len)
{
	if (w->poison_freed)
		memset(publish_writer_at(w, off), POISON_BYTE, len);
	arena_free(&w->arena, off, len);
}

void publish_writer_retire(struct publish_writer *w, uint64_t off, uint64_t len)
{
	/* release: a reader that has seen this epoch sees what replaced the extent */
	uint64_t epoch = atomic_fetch_add_explicit(&w->super->epoch, 1, memory_order_release) + 1;
	publish_queue_append(&w->retired, (struct publish_extent){off, arena_round(len), epoch});
	w->retired_len += arena_round(len);
}

uint64_t publish_reclaim(struct publish_writer *w)
{
	if (!w->retired.cnt)
		return 0;
	/* full: between the stores that replaced extents and the loads of readers' slots
	 * (publish.h, second point) */
	atomic_thread_fence(memory_order_seq_cst);
	uint64_t newest = w->retired.entry[w->retired.first + w->retired.cnt - 1].epoch;
	uint64_t oldest = publish_slots_oldest(&w->slots, newest);
	while (w->retired.cnt && w->retired.entry[w->retired.first].epoch <= oldest) {
		struct publish_extent extent = queue_remove_first(&w->retired);
		w->retired_len -= extent.len;
		space_free(w, extent.off, extent.len);
	}
	return w->retired_len;
}

/* ==== opening and closing =================================================================== */

struct publish_writer *publish_writer_new(
	const struct publish_options *opt, struct publish_attach *found, char err[static 256])
{
	char cause[256] = "out of memory";
	struct publish_writer *w = calloc(1, sizeof(*w));
	if (w) {
		*found = (struct publish_attach){0};
		w->lock_fd = w->zones_fd = w->slots.fd = -1;
		w->poison_freed = opt->poison_freed;
		if (!publish_writer_attach(w, opt, found, cause))
			return w;
	}
	snprintf(err, 256, "%.100s: %.150s", opt->dir, cause);
	return publish_writer_free(w);
}

struct publish_writer *publish_writer_free(struct publish_writer *w)
{
	if (!w)
		return NULL;
	while (w->pending.cnt)
		publish_abort(w, publish_writer_at(w, w->pending.entry[w->pending.first].off));
	free(w->pending.entry);
	free(w->retired.entry);
	arena_deinit(&w->arena);
	publish_slots_close(&w->slots);
	if (w->super)
		munmap(w->super, w->size);
	if (w->zones_fd >= 0)
		close(w->zones_fd);
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	free(w);
	return NULL;
}

uint64_t publish_writer_seed(const struct publish_writer *w)
{
	return w->super->seed;
}

uint64_t publish_used(const struct publish_writer *w)
{
	return w->arena.used_len;
}

int publish_writer_each_slot(struct publish_writer *w, publish_slot_fn *fn, void *ctx)
{
	return publish_slots_each(&w->slots, fn, ctx);
}

/* ==== images ================================================================================ */

void *publish_alloc(struct publish_writer *w, uint64_t len)
{
	if (publish_queue_reserve(&w->pending))
		return NULL;
	uint64_t off = publish_writer_space(w, len);
	if (off == ARENA_NONE)
		return NULL;
	publish_queue_append(&w->pending, (struct publish_extent){.off = off, .len = len});
	return publish_writer_at(w, off);
}

void publish_abort(struct publish_writer *w, void *image)
{
	struct publish_extent extent = queue_remove(&w->pending, publish_writer_off(w, image));
	if (extent.len)
		space_free(w, extent.off, extent.len);
}

/* dname_hash() reads beyond a name's end, which the caller's may not allow. */
static _Atomic uint64_t *find(const struct publish_writer *w, const uint8_t *apex)
{
	uint8_t padded[DNAME_LEN_MAX + DNAME_PAD] = {0};
	size_t len = dname_len(apex);
	memcpy(padded, apex, len);
	return publish_table_find(w, padded, len, dname_hash(padded, w->super->seed));
}

static const struct image_header *image_at_word(
	const struct publish_writer *w, const _Atomic uint64_t *word)
{
	/* relaxed: only this thread stores it */
	return publish_writer_at(
		w, publish_word_off(atomic_load_explicit(word, memory_order_relaxed)));
}

/* All that can fail before the point of no return. */
static int commit_prepare(
	struct publish_writer *w, const void *image, uint64_t len, char err[static 256])
{
	if (((const struct image_header *)image)->size != len) {
		snprintf(err, 256, "image is not of the size that was asked for");
		return -1;
	}
	if (image_check(image, len, w->super->seed, err))
		return -1;
	if (publish_table_reserve(w) || publish_queue_reserve(&w->retired)) {
		snprintf(err, 256, "no memory to publish a zone: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int publish_commit(struct publish_writer *w, void *image, char err[static 256])
{
	struct publish_extent extent = queue_remove(&w->pending, publish_writer_off(w, image));
	if (!extent.len) {
		snprintf(err, 256, "not an image from publish_alloc()");
		return -1;
	}
	if (commit_prepare(w, image, extent.len, err)) {
		space_free(w, extent.off, extent.len);
		return -1;
	}
	_Atomic uint64_t *word = find(w, image_apex(image));
	const struct image_header *old = word ? image_at_word(w, word) : NULL;
	publish_table_store(w, word, image);
	if (old)
		publish_writer_retire(w, publish_writer_off(w, old), old->size);
	return 0;
}

int publish_remove(struct publish_writer *w, const uint8_t *apex)
{
	_Atomic uint64_t *word = find(w, apex);
	if (!word)
		return 1;
	if (publish_queue_reserve(&w->retired))
		return -1;
	const struct image_header *old = image_at_word(w, word);
	publish_table_remove(w, word);
	publish_writer_retire(w, publish_writer_off(w, old), old->size);
	return 0;
}

const struct image_header *publish_get(const struct publish_writer *w, const uint8_t *apex)
{
	const _Atomic uint64_t *word = find(w, apex);
	return word ? image_at_word(w, word) : NULL;
}

struct each {
	const struct publish_writer *w;
	int (*fn)(void *ctx, const struct image_header *img);
	void *ctx;
};

static int each_word(void *ctx, _Atomic uint64_t *word)
{
	const struct each *each = ctx;
	return each->fn(each->ctx, image_at_word(each->w, word));
}

int publish_each(const struct publish_writer *w,
	int (*fn)(void *ctx, const struct image_header *img), void *ctx)
{
	struct each each = {.w = w, .fn = fn, .ctx = ctx};
	return publish_table_each(w, each_word, &each);
}
