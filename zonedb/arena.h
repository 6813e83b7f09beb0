/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * arena: who has which octets of the zones file (build side; metadata in the writer's heap).
 *
 *   file   |####....####|############|............|####........|
 *   page    filled       filled       hole         filled        "page" = what the kernel hands out
 *   extent      [  ]                 [                 ]...      free runs, neighbours merged
 *
 * Free space is a set of extents in two treaps, by offset (to merge neighbours) and by length (best
 * fit), so every call costs O(log extents). Offsets and lengths are multiples of ARENA_UNIT, which
 * keeps tiny zones cheap. Best fit also keeps the memory tight: leftovers of filled pages are
 * smaller than the untouched rest of the file and go first.
 *
 * A page is filled with fallocate() before any of it is handed out: on hugetlbfs a hole touched
 * when no page is left is SIGBUS, here it is ENOMEM. A page that becomes wholly free is punched out
 * of the file, except a few (ARENA_IDLE_PAGES) kept against filling and punching in turns.
 *
 * Threads: one at a time.
 */
#ifndef ZONEDB_ARENA_H
#define ZONEDB_ARENA_H

#include <stdbool.h>
#include <stdint.h>

#define ARENA_UNIT	 256U /* octets; a minimal signed zone is a few of them */
#define ARENA_IDLE_PAGES 4U   /* free pages kept filled: 8 MiB of 2 MiB pages */
#define ARENA_NONE	 UINT64_MAX

struct arena_extent;

struct arena {
	struct arena_extent *root[2]; /* by offset, by length */
	uint64_t *filled;	      /* bit per page */
	uint8_t *base;		      /* mapping of the whole file, writable */
	uint64_t len;
	uint64_t page_len;
	uint64_t used_len; /* octets handed out */
	uint64_t idle_cnt; /* filled pages with nothing in them */
	uint64_t random;   /* treap priorities; no adversary sees them */
	int fd;
};

/* All of [0, len) is free, all pages are holes. base maps the len octets of fd; len is a multiple
 * of page_len, page_len one of ARENA_UNIT. 0, or -1 with errno. fd and base stay the caller's. */
int arena_init(struct arena *arena, int fd, void *base, uint64_t len, uint64_t page_len)
	__attribute__((warn_unused_result));
void arena_deinit(struct arena *arena); /* the zero state is safe */

/* Hands out len (> 0) octets, rounded up to ARENA_UNIT and zeroed: their offset, or ARENA_NONE with
 * errno ENOMEM and nothing changed. */
uint64_t arena_alloc(struct arena *arena, uint64_t len) __attribute__((warn_unused_result));
/* Takes exactly [off, off + len), whose contents are kept; filled says that its pages are there (as
 * opposed to unknown: then they are punched out when they become free). -1 with errno EEXIST if
 * part of it is taken already, EINVAL if it is not within the file or not in units, ENOMEM. */
int arena_claim(struct arena *arena, uint64_t off, uint64_t len, bool filled)
	__attribute__((warn_unused_result));
/* Takes back what arena_alloc() or arena_claim() gave, or a part of it in whole units. If the heap
 * has no room to note it, the space is lost until the next process claims anew. */
void arena_free(struct arena *arena, uint64_t off, uint64_t len);
/* First free run that ends behind from: 0 with *off, *len; 1 if there is none. */
int arena_next_free(const struct arena *arena, uint64_t from, uint64_t *off, uint64_t *len);

static inline uint64_t arena_round(uint64_t len)
{
	return (len + ARENA_UNIT - 1) / ARENA_UNIT * ARENA_UNIT;
}

#endif
