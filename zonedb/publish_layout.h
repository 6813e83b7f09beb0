/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish_layout: what lies in the zones and readers files (private to publish*.c and its tests;
 * see publish.h for the picture and the memory orders).
 */
#ifndef ZONEDB_PUBLISH_LAYOUT_H
#define ZONEDB_PUBLISH_LAYOUT_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/arena.h"
#include "zonedb/counters.h"
#include "zonedb/dname.h"
#include "zonedb/limits.h"
#include "zonedb/publish.h"

#define PUBLISH_MAGIC	    UINT64_C(0x31454e4f5a534e45) /* "ENSZONE1" */
#define PUBLISH_SLOTS_MAGIC UINT64_C(0x31444145525a4e45) /* "ENZREAD1" */
#define PUBLISH_LAYOUT	    1U /* grows with every change of the structs below */
#define PUBLISH_OFFLINE	    0U /* in a slot's epoch; epochs begin at 1 */

#define PUBLISH_ZONES_NAME   "zones"
#define PUBLISH_READERS_NAME "readers"
#define PUBLISH_LOCK_NAME    "lock"

/* ---- zones: superblock --------------------------------------------------------------------- */

struct publish_super {
	/* Constant once magic is there (stored last, release). */
	_Atomic uint64_t magic;
	uint32_t layout;
	uint32_t image_layout;
	uint64_t size; /* octets of the file */
	uint64_t seed; /* of all name hashes in the file */
	/* Writer's own, for the writer after it: no space at or behind used_end was ever handed
	 * out. Stored before the space is used. */
	_Atomic uint64_t used_end;
	/* Single writer control; readers look at them for every burst. */
	alignas(64) _Atomic uint64_t epoch;
	_Atomic uint64_t table_off;
	_Atomic uint64_t depths[2]; /* bit n: some served apex has n labels */
	_Atomic uint64_t zone_cnt;  /* for messages */
};
static_assert(offsetof(struct publish_super, layout) == 8, "layout 1");
static_assert(offsetof(struct publish_super, image_layout) == 12, "layout 1");
static_assert(offsetof(struct publish_super, size) == 16, "layout 1");
static_assert(offsetof(struct publish_super, seed) == 24, "layout 1");
static_assert(offsetof(struct publish_super, used_end) == 32, "layout 1");
static_assert(offsetof(struct publish_super, epoch) == 64, "layout 1");
static_assert(offsetof(struct publish_super, table_off) == 72, "layout 1");
static_assert(offsetof(struct publish_super, depths) == 80, "layout 1");
static_assert(offsetof(struct publish_super, zone_cnt) == 96, "layout 1");
static_assert(sizeof(struct publish_super) == 128, "layout 1");
static_assert(DNAME_LABEL_CNT_MAX < 128, "a bit for each label count");
static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_LONG_LOCK_FREE == 2, "shared by processes");

/* Octets set aside for it at the beginning of the file. */
#define PUBLISH_SUPER_LEN 4096U

/* ---- zones: table -------------------------------------------------------------------------- */

#define PUBLISH_LINE_WORDS 8U
#define PUBLISH_TAG_BITS   24U
#define PUBLISH_TAG_MASK   ((UINT64_C(1) << PUBLISH_TAG_BITS) - 1)
#define PUBLISH_EMPTY	   UINT64_C(0) /* never used: a search ends here */
#define PUBLISH_TOMBSTONE  UINT64_C(1) /* removed: a search goes on; no image is at offset 0 */

/* Word: (offset in ARENA_UNITs) << PUBLISH_TAG_BITS | tag. */
struct publish_table_line {
	alignas(64) _Atomic uint64_t word[PUBLISH_LINE_WORDS];
};
static_assert(sizeof(struct publish_table_line) == 64, "one cache line");

struct publish_table {
	alignas(64) uint64_t line_cnt; /* constant */
	struct publish_table_line line[];
};
static_assert(sizeof(struct publish_table) == 64, "lines are aligned");

static inline uint64_t publish_table_len(uint64_t line_cnt)
{
	return sizeof(struct publish_table) + line_cnt * sizeof(struct publish_table_line);
}

static inline uint64_t publish_word_off(uint64_t word)
{
	return (word >> PUBLISH_TAG_BITS) * ARENA_UNIT;
}

static inline uint64_t publish_word(uint64_t off, uint64_t hash)
{
	return off / ARENA_UNIT << PUBLISH_TAG_BITS | (hash & PUBLISH_TAG_MASK);
}

/* Where a search stands. Words of one line are visited in a circle from one the hash picks, so that
 * a half-full line costs one or two of them. */
struct publish_cursor {
	const struct publish_table *table;
	uint64_t line;
	unsigned start;
	unsigned step;
};

static inline struct publish_cursor publish_cursor(const struct publish_table *table, uint64_t hash)
{
	return (struct publish_cursor){
		.table = table,
		.line = (uint64_t)((unsigned __int128)hash * table->line_cnt >> 64),
		.start = hash >> PUBLISH_TAG_BITS,
	};
}

/* The next word of the search. A table always has an empty one, which ends it. */
static inline const _Atomic uint64_t *publish_cursor_next(struct publish_cursor *c)
{
	if (c->step == PUBLISH_LINE_WORDS) {
		c->step = 0;
		c->line = c->line + 1 == c->table->line_cnt ? 0 : c->line + 1;
	}
	return &c->table->line[c->line].word[(c->start + c->step++) % PUBLISH_LINE_WORDS];
}

/* The next word in use whose tag is hash's, or PUBLISH_EMPTY. */
static inline uint64_t publish_cursor_match(struct publish_cursor *c, uint64_t hash)
{
	for (;;) {
		/* acquire: pairs with COMMIT; the image is complete if its word is seen */
		uint64_t word = atomic_load_explicit(publish_cursor_next(c), memory_order_acquire);
		bool same_tag = !((word ^ hash) & PUBLISH_TAG_MASK);
		if (word == PUBLISH_EMPTY || (same_tag && word != PUBLISH_TOMBSTONE))
			return word;
	}
}

/* ---- readers ------------------------------------------------------------------------------- */

/* Single writer: the thread that holds the slot. */
struct publish_slot_shared {
	alignas(64) _Atomic uint64_t epoch; /* last one shown, or PUBLISH_OFFLINE */
	_Atomic uint64_t pid;
	_Atomic uint64_t name[PUBLISH_SLOT_NAME_MAX / 8]; /* characters, zeros behind */
	struct counters counters;
};
static_assert(offsetof(struct publish_slot_shared, counters) == 64, "layout 1");
static_assert(sizeof(struct publish_slot_shared) % 64 == 0, "no line shared by two threads");

struct publish_slots_file {
	_Atomic uint64_t magic; /* stored last */
	uint32_t layout;
	uint32_t slot_cnt;
	uint32_t slot_len;    /* octets of a slot: catches a data plane with other counters */
	uint32_t counter_cnt; /* the same */
	struct publish_slot_shared slot[READER_SLOT_MAX];
};
static_assert(offsetof(struct publish_slots_file, slot) == 64, "layout 1");

#endif
