/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * pool: memory for secrets that are made ahead, used once, and never seen again.
 *
 * A stack of fixed-length items. Its pages are locked into memory, left out of core dumps, and
 * empty in a child after fork: the count lies in the same pages, so a child has no item, rather
 * than the parent's or items of zeros. An item is wiped as it is taken.
 *
 * One thread's. Not for items that two threads or processes may ever share: there is no way to look
 * at one without taking it.
 */
#ifndef CONTROL_SIGNER_POOL_H
#define CONTROL_SIGNER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool_head;

struct pool {
	struct pool_head *head; /* NULL: a pool of nothing, always full and always empty */
	size_t item_len;
	size_t map_len;
	uint32_t cap;
};

/* A pool for cap items. 0; 1 if its memory could not be locked (RLIMIT_MEMLOCK); -1 with errno set,
 * then it is a pool of nothing. */
int pool_init(struct pool *pool, size_t item_len, uint32_t cap) __attribute__((warn_unused_result));
void pool_deinit(struct pool *pool); /* wipes; the zero state is safe */
/* Items there are. */
uint32_t pool_cnt(const struct pool *pool);
static inline bool pool_is_full(const struct pool *pool)
{
	return pool_cnt(pool) == pool->cap;
}
/* Where the next item goes; pool_push() then counts it. NULL if the pool is full. */
uint8_t *pool_room(struct pool *pool);
void pool_push(struct pool *pool);
/* Moves an item to dst; false if there is none. */
bool pool_take(struct pool *pool, uint8_t *dst) __attribute__((warn_unused_result));

#endif
