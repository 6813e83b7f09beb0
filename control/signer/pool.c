/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/pool.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

struct pool_head {
	uint32_t cnt;
	_Alignas(64) uint8_t item[];
};

/* No item without all three: a copy in a child or a core dump would be a second use. */
static int protect(void *map, size_t len)
{
	return madvise(map, len, MADV_WIPEONFORK) | madvise(map, len, MADV_DONTDUMP);
}

int pool_init(struct pool *pool, size_t item_len, uint32_t cap)
{
	size_t page_len = (size_t)sysconf(_SC_PAGESIZE);
	size_t len = sizeof(struct pool_head) + item_len * cap;
	*pool = (struct pool){0};
	len = (len + page_len - 1) / page_len * page_len;
	void *map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return -1;
	if (protect(map, len) != 0) {
		int cause = errno;
		munmap(map, len);
		errno = cause;
		return -1;
	}
	*pool = (struct pool){.head = map, .item_len = item_len, .map_len = len, .cap = cap};
	return mlock(map, len) == 0 ? 0 : 1;
}

void pool_deinit(struct pool *pool)
{
	if (pool->head != NULL) {
		OPENSSL_cleanse(pool->head, pool->map_len);
		munmap(pool->head, pool->map_len);
	}
	*pool = (struct pool){0};
}

uint32_t pool_cnt(const struct pool *pool)
{
	return pool->head != NULL ? pool->head->cnt : 0;
}

static uint8_t *item(const struct pool *pool, uint32_t i)
{
	return pool->head->item + pool->item_len * i;
}

uint8_t *pool_room(struct pool *pool)
{
	return pool_is_full(pool) ? NULL : item(pool, pool->head->cnt);
}

void pool_push(struct pool *pool)
{
	pool->head->cnt++;
}

bool pool_take(struct pool *pool, uint8_t *dst)
{
	if (pool_cnt(pool) == 0)
		return false;
	uint8_t *last = item(pool, --pool->head->cnt);
	memcpy(dst, last, pool->item_len);
	OPENSSL_cleanse(last, pool->item_len);
	return true;
}
