/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_table: the zone table, as its only writer sees it (publish_writer.h).
 *
 * Filled words, tombstones included, never exceed half of all: searches stay short, and there is
 * always an empty word to end them. Tombstones go when the table is copied.
 */
#include "zonedb/publish_writer.h"

#include <string.h>

#define TABLE_LINES_MIN 32U /* 2 KiB; half full: 128 zones */
#define TABLE_FILL_MAX	2U  /* a table of n words holds n / 2 */
#define TABLE_GROWTH	4U  /* words per zone after a copy: the next copy is a doubling away */

static struct publish_table *current(const struct publish_writer *w)
{
	/* relaxed: only this thread stores it */
	return publish_writer_at(
		w, atomic_load_explicit(&w->super->table_off, memory_order_relaxed));
}

static const struct image_header *image_of(const struct publish_writer *w, uint64_t word)
{
	return publish_writer_at(w, publish_word_off(word));
}

static uint64_t word_load(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed); /* as in current() */
}

static bool word_live(uint64_t word)
{
	return word != PUBLISH_EMPTY && word != PUBLISH_TOMBSTONE;
}

static int table_new(struct publish_writer *w, uint64_t line_cnt, uint64_t *off)
{
	*off = publish_writer_space(w, publish_table_len(line_cnt));
	if (*off == ARENA_NONE)
		return -1;
	struct publish_table *table = publish_writer_at(w, *off);
	table->line_cnt = line_cnt;
	return 0;
}

static void table_publish(struct publish_writer *w, uint64_t off)
{
	/* COMMIT of a table; release: its words come before */
	atomic_store_explicit(&w->super->table_off, off, memory_order_release);
}

int publish_table_create(struct publish_writer *w)
{
	uint64_t off;
	if (table_new(w, TABLE_LINES_MIN, &off))
		return -1;
	table_publish(w, off);
	return 0;
}

_Atomic uint64_t *publish_table_find(
	const struct publish_writer *w, const uint8_t *apex, size_t apex_len, uint64_t hash)
{
	struct publish_cursor cursor = publish_cursor(current(w), hash);
	for (;;) {
		_Atomic uint64_t *at = (_Atomic uint64_t *)publish_cursor_next(&cursor);
		uint64_t word = word_load(at);
		if (word == PUBLISH_EMPTY)
			return NULL;
		if (!word_live(word) || (word ^ hash) & PUBLISH_TAG_MASK)
			continue;
		const struct image_header *img = image_of(w, word);
		if (img->apex_len == apex_len && !memcmp(image_apex(img), apex, apex_len))
			return at;
	}
}

/* First word on hash's way that holds no zone. */
static _Atomic uint64_t *vacancy(struct publish_table *table, uint64_t hash)
{
	struct publish_cursor cursor = publish_cursor(table, hash);
	_Atomic uint64_t *at;
	do
		at = (_Atomic uint64_t *)publish_cursor_next(&cursor);
	while (word_live(word_load(at)));
	return at;
}

struct copy {
	const struct publish_writer *w;
	struct publish_table *to;
};

static int copy_word(void *ctx, _Atomic uint64_t *from)
{
	struct copy *copy = ctx;
	uint64_t word = word_load(from);
	_Atomic uint64_t *at = vacancy(copy->to, image_of(copy->w, word)->apex_hash);
	atomic_store_explicit(at, word, memory_order_relaxed); /* not published yet */
	return 0;
}

/* Copies the table into one with room to grow, which replaces it. */
static int table_rebuild(struct publish_writer *w)
{
	uint64_t line_cnt = (w->live_cnt + 1) * TABLE_GROWTH / PUBLISH_LINE_WORDS;
	if (line_cnt < TABLE_LINES_MIN)
		line_cnt = TABLE_LINES_MIN;
	uint64_t off;
	if (publish_queue_reserve(&w->retired) || table_new(w, line_cnt, &off))
		return -1;
	struct copy copy = {.w = w, .to = publish_writer_at(w, off)};
	publish_table_each(w, copy_word, &copy);
	struct publish_table *old = current(w);
	table_publish(w, off);
	w->filled_cnt = w->live_cnt;
	publish_writer_retire(w, publish_writer_off(w, old), publish_table_len(old->line_cnt));
	return 0;
}

int publish_table_reserve(struct publish_writer *w)
{
	uint64_t word_cnt = current(w)->line_cnt * PUBLISH_LINE_WORDS;
	return w->filled_cnt < word_cnt / TABLE_FILL_MAX ? 0 : table_rebuild(w);
}

void publish_table_show_depths(struct publish_writer *w)
{
	uint64_t depths[2] = {0, 0};
	for (unsigned n = 0; n <= DNAME_LABEL_CNT_MAX; n++)
		if (w->depth_cnt[n])
			depths[n / 64] |= UINT64_C(1) << (n % 64);
	/* relaxed: a reader with old depths misses a new zone for a moment, no more */
	atomic_store_explicit(&w->super->depths[0], depths[0], memory_order_relaxed);
	atomic_store_explicit(&w->super->depths[1], depths[1], memory_order_relaxed);
}

static void live_change(struct publish_writer *w, int change)
{
	w->live_cnt += (uint64_t)change;
	/* relaxed: readers only tell people */
	atomic_store_explicit(&w->super->zone_cnt, w->live_cnt, memory_order_relaxed);
}

void publish_table_count(struct publish_writer *w, const struct image_header *img)
{
	w->filled_cnt++;
	if (!img)
		return;
	live_change(w, 1);
	w->depth_cnt[img->apex_label_cnt]++;
}

void publish_table_store(
	struct publish_writer *w, _Atomic uint64_t *old, const struct image_header *img)
{
	_Atomic uint64_t *at = old;
	if (!at) {
		at = vacancy(current(w), img->apex_hash);
		w->filled_cnt -= word_load(at) == PUBLISH_TOMBSTONE; /* counted already */
		publish_table_count(w, img);
		if (w->depth_cnt[img->apex_label_cnt] == 1)
			publish_table_show_depths(w);
	}
	uint64_t word = publish_word(publish_writer_off(w, img), img->apex_hash);
	/* release: the image is complete for who sees its word */
	atomic_store_explicit(at, word, memory_order_release); /* COMMIT */
}

void publish_table_remove(struct publish_writer *w, _Atomic uint64_t *old)
{
	const struct image_header *img = image_of(w, word_load(old));
	atomic_store_explicit(old, PUBLISH_TOMBSTONE, memory_order_release); /* COMMIT */
	live_change(w, -1);
	if (!--w->depth_cnt[img->apex_label_cnt])
		publish_table_show_depths(w);
}

int publish_table_each(
	const struct publish_writer *w, int (*fn)(void *ctx, _Atomic uint64_t *word), void *ctx)
{
	struct publish_table *table = current(w);
	int rc = 0;
	for (uint64_t line = 0; line < table->line_cnt && !rc; line++)
		for (unsigned i = 0; i < PUBLISH_LINE_WORDS && !rc; i++)
			if (word_live(word_load(&table->line[line].word[i])))
				rc = fn(ctx, &table->line[line].word[i]);
	return rc;
}
