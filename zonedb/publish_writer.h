/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_writer: what the parts of the writer share (private to publish_*.c).
 *
 *   publish_attach.c   files, first set-up, finding what a writer before left
 *   publish_table.c    the zone table: the only code that stores into it
 *   publish_writer.c   alloc, commit, remove, retire, reclaim
 */
#ifndef ZONEDB_PUBLISH_WRITER_H
#define ZONEDB_PUBLISH_WRITER_H

#include "zonedb/publish_layout.h"
#include "zonedb/publish_slots.h"

struct publish_extent {
	uint64_t off;
	uint64_t len;
	uint64_t epoch; /* of a retired one */
};

/* First in, first out: entry[first .. first + cnt). */
struct publish_queue {
	struct publish_extent *entry;
	size_t first;
	size_t cnt;
	size_t cap;
};

struct publish_writer {
	struct publish_super *super; /* the whole zones file, writable */
	uint64_t size;
	struct arena arena;
	struct publish_slots slots;
	struct publish_queue pending; /* handed out, not committed */
	struct publish_queue retired; /* ascending epochs */
	uint64_t retired_len;
	uint64_t live_cnt;			     /* words of zones in the current table */
	uint64_t filled_cnt;			     /* live ones and tombstones */
	uint32_t depth_cnt[DNAME_LABEL_CNT_MAX + 1]; /* zones by labels of the apex */
	int lock_fd;
	int zones_fd;
	bool poison_freed;
};

/* ---- publish_writer.c ---- */

static inline void *publish_writer_at(const struct publish_writer *w, uint64_t off)
{
	return (uint8_t *)w->super + off;
}

static inline uint64_t publish_writer_off(const struct publish_writer *w, const void *at)
{
	return (uint64_t)((const uint8_t *)at - (const uint8_t *)w->super);
}

/* Makes room for one more entry, so that a later append cannot fail. */
int publish_queue_reserve(struct publish_queue *queue) __attribute__((warn_unused_result));
void publish_queue_append(struct publish_queue *queue, struct publish_extent extent);

/* Space in the file: its offset, or ARENA_NONE with errno ENOMEM after reclaiming in vain. */
uint64_t publish_writer_space(struct publish_writer *w, uint64_t len);
/* To be freed once no reader can hold it. What replaces it is stored already; room is reserved. */
void publish_writer_retire(struct publish_writer *w, uint64_t off, uint64_t len);

/* ---- publish_table.c ---- */

/* A first, empty table. */
int publish_table_create(struct publish_writer *w) __attribute__((warn_unused_result));
/* The word of exactly this apex, or NULL; padded as dname_hash() wants. */
_Atomic uint64_t *publish_table_find(
	const struct publish_writer *w, const uint8_t *apex, size_t apex_len, uint64_t hash);
/* Makes sure that one more zone fits. 0, or -1 with errno. */
int publish_table_reserve(struct publish_writer *w) __attribute__((warn_unused_result));
/* Publishes img at off, instead of the one at old (from publish_table_find) if not NULL. */
void publish_table_store(
	struct publish_writer *w, _Atomic uint64_t *old, const struct image_header *img);
void publish_table_remove(struct publish_writer *w, _Atomic uint64_t *old);
/* Calls fn for each word in use; fn may remove it. */
int publish_table_each(
	const struct publish_writer *w, int (*fn)(void *ctx, _Atomic uint64_t *word), void *ctx);
/* Counts a zone that is in the table already (attaching), or a tombstone (img NULL). */
void publish_table_count(struct publish_writer *w, const struct image_header *img);
/* Makes the depths readers see those of the zones counted. */
void publish_table_show_depths(struct publish_writer *w);

/* ---- publish_attach.c ---- */

/* Opens, creates or takes over the files of opt->dir. 0, or -1 with err. */
int publish_writer_attach(struct publish_writer *w, const struct publish_options *opt,
	struct publish_attach *found, char err[static 256]) __attribute__((warn_unused_result));

#endif
