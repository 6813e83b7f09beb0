/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * arena: see arena.h.
 */
#include "zonedb/arena.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum order { BY_OFF, BY_LEN };

struct arena_extent {
	uint64_t off;
	uint64_t len;
	struct arena_extent *child[2][2]; /* [order][smaller, larger] */
	uint64_t priority;
};

/* ---- treaps: search trees by key, heaps by a random priority ------------------------------- */

static bool extent_less(enum order by, const struct arena_extent *a, uint64_t off, uint64_t len)
{
	if (by == BY_LEN && a->len != len)
		return a->len < len;
	return a->off < off;
}

/* Splits a tree into extents below and not below the key. */
static void tree_split(enum order by, struct arena_extent *tree, uint64_t off, uint64_t len,
	struct arena_extent **below, struct arena_extent **rest)
{
	while (tree) {
		if (extent_less(by, tree, off, len)) {
			*below = tree;
			below = &tree->child[by][1];
			tree = *below;
		} else {
			*rest = tree;
			rest = &tree->child[by][0];
			tree = *rest;
		}
	}
	*below = *rest = NULL;
}

/* Joins two trees, all of a below all of b. */
static struct arena_extent *tree_join(enum order by, struct arena_extent *a, struct arena_extent *b)
{
	struct arena_extent *root, **link = &root;
	while (a && b) {
		if (a->priority > b->priority) {
			*link = a;
			link = &a->child[by][1];
			a = *link;
		} else {
			*link = b;
			link = &b->child[by][0];
			b = *link;
		}
	}
	*link = a ? a : b;
	return root;
}

static void tree_insert(struct arena *arena, enum order by, struct arena_extent *extent)
{
	struct arena_extent **link = &arena->root[by];
	while (*link && (*link)->priority > extent->priority)
		link = &(*link)->child[by][extent_less(by, *link, extent->off, extent->len)];
	tree_split(
		by, *link, extent->off, extent->len, &extent->child[by][0], &extent->child[by][1]);
	*link = extent;
}

static void tree_remove(struct arena *arena, enum order by, struct arena_extent *extent)
{
	struct arena_extent **link = &arena->root[by];
	while (*link != extent)
		link = &(*link)->child[by][extent_less(by, *link, extent->off, extent->len)];
	*link = tree_join(by, extent->child[by][0], extent->child[by][1]);
}

/* First extent in order whose key is not below (off, len). */
static struct arena_extent *tree_at_least(
	const struct arena *arena, enum order by, uint64_t off, uint64_t len)
{
	struct arena_extent *best = NULL, *e = arena->root[by];
	while (e) {
		bool less = extent_less(by, e, off, len);
		if (!less)
			best = e;
		e = e->child[by][less];
	}
	return best;
}

/* Last extent that begins at or before off. */
static struct arena_extent *extent_before(const struct arena *arena, uint64_t off)
{
	struct arena_extent *best = NULL, *e = arena->root[BY_OFF];
	while (e) {
		bool less = e->off <= off;
		if (less)
			best = e;
		e = e->child[BY_OFF][less];
	}
	return best;
}

/* ---- extents ------------------------------------------------------------------------------- */

static uint64_t next_random(struct arena *arena)
{
	arena->random += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
	uint64_t z = arena->random;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void extent_link(struct arena *arena, struct arena_extent *extent)
{
	extent->priority = next_random(arena);
	tree_insert(arena, BY_OFF, extent);
	tree_insert(arena, BY_LEN, extent);
}

static void extent_unlink(struct arena *arena, struct arena_extent *extent)
{
	tree_remove(arena, BY_OFF, extent);
	tree_remove(arena, BY_LEN, extent);
}

/* Cuts [off, off + len) out of a free extent that contains it. */
static int extent_cut(struct arena *arena, struct arena_extent *extent, uint64_t off, uint64_t len)
{
	struct arena_extent left = *extent, right = {.off = off + len};
	left.len = off - extent->off;
	right.len = extent->off + extent->len - right.off;
	struct arena_extent *second = NULL;
	if (left.len && right.len && !(second = malloc(sizeof(*second))))
		return -1;
	extent_unlink(arena, extent);
	if (left.len) {
		*extent = left;
		extent_link(arena, extent);
		extent = second;
	}
	if (right.len) {
		*extent = right;
		extent_link(arena, extent);
		extent = NULL;
	}
	free(extent);
	arena->used_len += len;
	return 0;
}

/* ---- pages --------------------------------------------------------------------------------- */

static bool page_filled(const struct arena *arena, uint64_t page)
{
	return arena->filled[page / 64] >> (page % 64) & 1;
}

static void page_set_filled(struct arena *arena, uint64_t page, bool filled)
{
	uint64_t bit = UINT64_C(1) << (page % 64);
	arena->filled[page / 64] &= ~bit;
	arena->filled[page / 64] |= filled ? bit : 0;
}

static bool page_within(const struct arena *arena, uint64_t page, uint64_t off, uint64_t len)
{
	uint64_t begin = page * arena->page_len;
	return begin >= off && begin + arena->page_len <= off + len;
}

static int file_alloc(const struct arena *arena, int mode, uint64_t first, uint64_t last)
{
	int rc;
	do
		rc = fallocate(arena->fd, mode, (off_t)(first * arena->page_len),
			(off_t)((last - first + 1) * arena->page_len));
	while (rc < 0 && errno == EINTR);
	return rc;
}

/* Gives a page back to the kernel; one it will not take stays filled. */
static void page_punch(struct arena *arena, uint64_t page)
{
	bool gone = !file_alloc(arena, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page, page);
	page_set_filled(arena, page, !gone);
	arena->idle_cnt += !gone;
}

/* Makes sure that pages first..last are there; the caller marks them. */
static int pages_fill(struct arena *arena, uint64_t first, uint64_t last)
{
	uint64_t hole = first;
	while (hole <= last && page_filled(arena, hole))
		hole++;
	if (hole > last || !file_alloc(arena, 0, hole, last))
		return 0;
	for (; hole <= last; hole++) /* those it got before it failed */
		if (!page_filled(arena, hole))
			page_punch(arena, hole);
	errno = ENOMEM;
	return -1;
}

/* [off, off + len) leaves the free extent; what lay in it before is wiped. */
static void pages_take(
	struct arena *arena, const struct arena_extent *extent, uint64_t off, uint64_t len)
{
	for (uint64_t at = off, next; at < off + len; at = next) {
		uint64_t page = at / arena->page_len;
		next = (page + 1) * arena->page_len;
		if (next > off + len)
			next = off + len;
		if (page_filled(arena, page)) {
			memset(arena->base + at, 0, next - at);
			arena->idle_cnt -= page_within(arena, page, extent->off, extent->len);
		}
		page_set_filled(arena, page, true);
	}
}

/* [off, off + len) has become part of a free extent: pages with nothing else in them may go. */
static void pages_release(
	struct arena *arena, const struct arena_extent *extent, uint64_t off, uint64_t len)
{
	for (uint64_t page = off / arena->page_len; page * arena->page_len < off + len; page++) {
		if (!page_within(arena, page, extent->off, extent->len))
			continue;
		if (page_filled(arena, page) && arena->idle_cnt < ARENA_IDLE_PAGES)
			arena->idle_cnt++;
		else
			page_punch(arena, page);
	}
}

/* ---- the arena ----------------------------------------------------------------------------- */

int arena_init(struct arena *arena, int fd, void *base, uint64_t len, uint64_t page_len)
{
	assert(page_len && page_len % ARENA_UNIT == 0 && len && len % page_len == 0);
	*arena = (struct arena){.fd = fd, .base = base, .len = len, .page_len = page_len};
	uint64_t word_cnt = (len / page_len + 63) / 64;
	struct arena_extent *all = calloc(1, sizeof(*all));
	arena->filled = calloc(word_cnt, sizeof(*arena->filled));
	if (!all || !arena->filled) {
		free(all);
		arena_deinit(arena);
		return -1;
	}
	all->len = len;
	extent_link(arena, all);
	return 0;
}

static void tree_free(struct arena_extent *tree)
{
	while (tree) {
		struct arena_extent *larger = tree->child[BY_OFF][1];
		tree_free(tree->child[BY_OFF][0]); /* as deep as the treap: logarithmic */
		free(tree);
		tree = larger;
	}
}

void arena_deinit(struct arena *arena)
{
	tree_free(arena->root[BY_OFF]);
	free(arena->filled);
	*arena = (struct arena){0};
}

uint64_t arena_alloc(struct arena *arena, uint64_t len)
{
	errno = ENOMEM;
	if (!len || len > arena->len)
		return ARENA_NONE;
	len = arena_round(len);
	struct arena_extent *extent = tree_at_least(arena, BY_LEN, 0, len);
	if (!extent)
		return ARENA_NONE;
	uint64_t off = extent->off;
	struct arena_extent before = *extent;
	if (pages_fill(arena, off / arena->page_len, (off + len - 1) / arena->page_len))
		return ARENA_NONE;
	/* Without heap for the cut, pages filled above stay holes in our books: filled again. */
	if (extent_cut(arena, extent, off, len))
		return ARENA_NONE;
	pages_take(arena, &before, off, len);
	return off;
}

int arena_claim(struct arena *arena, uint64_t off, uint64_t len, bool filled)
{
	bool in_units = off % ARENA_UNIT == 0 && len % ARENA_UNIT == 0;
	if (!in_units || !len || off >= arena->len || len > arena->len - off) {
		errno = EINVAL;
		return -1;
	}
	struct arena_extent *extent = extent_before(arena, off);
	if (!extent || extent->off + extent->len < off + len) {
		errno = EEXIST;
		return -1;
	}
	struct arena_extent before = *extent;
	if (extent_cut(arena, extent, off, len))
		return -1;
	for (uint64_t page = off / arena->page_len; page * arena->page_len < off + len; page++) {
		bool was = page_filled(arena, page);
		arena->idle_cnt -= was && page_within(arena, page, before.off, before.len);
		page_set_filled(arena, page, was || filled);
	}
	return 0;
}

/* Joins [off, off + len) with the free neighbours it touches: the extent, or NULL without heap. */
static struct arena_extent *extent_merge(struct arena *arena, uint64_t off, uint64_t len)
{
	struct arena_extent *left = extent_before(arena, off);
	struct arena_extent *right = tree_at_least(arena, BY_OFF, off + len, 0);
	if (left && left->off + left->len != off)
		left = NULL;
	if (right && right->off != off + len)
		right = NULL;
	struct arena_extent *extent = left ? left : right ? right : malloc(sizeof(*extent));
	if (!extent)
		return NULL;
	struct arena_extent merged = {.off = left ? left->off : off};
	merged.len = (right ? right->off + right->len : off + len) - merged.off;
	if (left)
		extent_unlink(arena, left);
	if (right)
		extent_unlink(arena, right);
	if (right && right != extent)
		free(right);
	*extent = merged;
	extent_link(arena, extent);
	return extent;
}

void arena_free(struct arena *arena, uint64_t off, uint64_t len)
{
	len = arena_round(len);
	struct arena_extent *extent = extent_merge(arena, off, len);
	if (!extent)
		return;
	arena->used_len -= len;
	pages_release(arena, extent, off, len);
}

int arena_next_free(const struct arena *arena, uint64_t from, uint64_t *off, uint64_t *len)
{
	const struct arena_extent *extent = extent_before(arena, from);
	if (!extent || extent->off + extent->len <= from)
		extent = tree_at_least(arena, BY_OFF, from, 0);
	if (!extent)
		return 1;
	*off = extent->off;
	*len = extent->len;
	return 0;
}
