/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigcache_new: a cache's memory.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "dataplane/sigcache/sigcache.h"
#include "dataplane/sigcache/sigcache_layout.h"

/* Of which a mapping should be a multiple, so that huge pages may be used for all of it. */
#define MAP_ALIGN (UINT64_C(2) << 20)

static void layout_set(struct sigcache *cache, uint64_t len)
{
	uint64_t head = (sizeof(*cache) + 63) / 64 * 64;
	uint64_t group = BUCKET_SLOTS * SLOT_LEN + sizeof(struct bucket);
	uint64_t bucket_cnt = (len - head) / group;
	if (bucket_cnt > WAY_SLOT_MASK / BUCKET_SLOTS)
		bucket_cnt = WAY_SLOT_MASK / BUCKET_SLOTS;
	cache->bucket_cnt = (uint32_t)bucket_cnt;
	cache->slot_cnt = cache->bucket_cnt * BUCKET_SLOTS;
	cache->bucket = (struct bucket *)((uint8_t *)cache + head);
	cache->slot = (union slot *)(cache->bucket + bucket_cnt);
	cache->untouched = 1;
	cache->free_cnt = cache->slot_cnt - 1;
}

struct sigcache *sigcache_new(uint64_t len, struct counters *counters, char err[static 256])
{
	if (len < SIGCACHE_LEN_MIN)
		len = SIGCACHE_LEN_MIN;
	uint64_t map_len = len < MAP_ALIGN ? len : len / MAP_ALIGN * MAP_ALIGN;
	void *map = mmap(NULL, map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED) {
		snprintf(err, 256, "no memory for the signature cache: %s", strerror(errno));
		return NULL;
	}
	madvise(map, map_len, MADV_HUGEPAGE); /* a hint */
	struct sigcache *cache = map;
	cache->map_len = map_len;
	cache->counters = counters;
	layout_set(cache, map_len);
	return cache;
}

int sigcache_populate(struct sigcache *cache)
{
	return madvise(cache, cache->map_len, MADV_POPULATE_WRITE);
}

struct sigcache *sigcache_free(struct sigcache *cache)
{
	if (cache)
		munmap(cache, cache->map_len);
	return NULL;
}

uint32_t sigcache_capacity(const struct sigcache *cache)
{
	return cache->slot_cnt - 1;
}

uint64_t sigcache_memory(const struct sigcache *cache)
{
	return cache->map_len;
}

uint32_t sigcache_used(const struct sigcache *cache)
{
	return sigcache_capacity(cache) - cache->free_cnt;
}
