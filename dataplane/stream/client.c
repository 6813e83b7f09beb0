/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/client.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct client_slot {
	struct client_key key;
	uint32_t cnt; /* connections; 0 = the slot is free */
};

struct client_table {
	pthread_mutex_t lock; /* guards everything below that changes: total and slot[] */
	uint64_t seed;
	uint32_t total_max;
	uint32_t per_client_max;
	uint32_t total;
	uint32_t mask; /* slots - 1, a power of two - 1 */
	struct client_slot slot[];
};

struct client_table *client_table_new(uint32_t total_max, uint32_t per_client_max)
{
	uint32_t slot_cnt = 2;
	while (slot_cnt < (uint64_t)total_max * 2)
		slot_cnt *= 2;
	struct client_table *table =
		calloc(1, sizeof(*table) + slot_cnt * sizeof(struct client_slot));
	if (!table)
		return NULL;
	table->total_max = total_max;
	table->per_client_max = per_client_max ? per_client_max : total_max;
	table->mask = slot_cnt - 1;
	pthread_mutex_init(&table->lock, NULL);
	/* Without entropy (very early boot) collisions can be chosen; they cost time, not memory.
	 */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uintptr_t)table;
	return table;
}

struct client_table *client_table_free(struct client_table *table)
{
	if (table)
		pthread_mutex_destroy(&table->lock);
	free(table);
	return NULL;
}

struct client_key client_key(const struct sockaddr *sa)
{
	struct client_key key = {.family = sa->sa_family};
	if (sa->sa_family == AF_INET)
		key.prefix = ((const struct sockaddr_in *)sa)->sin_addr.s_addr;
	else if (sa->sa_family == AF_INET6)
		memcpy(&key.prefix, &((const struct sockaddr_in6 *)sa)->sin6_addr, 8);
	return key;
}

static bool key_equal(struct client_key a, struct client_key b)
{
	return a.prefix == b.prefix && a.family == b.family;
}

static uint32_t slot_home(const struct client_table *table, struct client_key key)
{
	unsigned __int128 m = (unsigned __int128)(key.prefix ^ table->seed) *
			      (UINT64_C(0x9e3779b97f4a7c15) + (key.family << 1));
	return (uint32_t)((uint64_t)m ^ (uint64_t)(m >> 64)) & table->mask;
}

/* The slot of key, or the free one where it would go. Half of the slots are free at least. */
static uint32_t slot_find(const struct client_table *table, struct client_key key)
{
	uint32_t i = slot_home(table, key);
	while (table->slot[i].cnt && !key_equal(table->slot[i].key, key))
		i = (i + 1) & table->mask;
	return i;
}

/* Frees slot i and moves back those behind it that are farther from home than need be, so that a
 * search never meets a hole. */
static void slot_free(struct client_table *table, uint32_t hole)
{
	table->slot[hole].cnt = 0;
	for (uint32_t i = (hole + 1) & table->mask; table->slot[i].cnt; i = (i + 1) & table->mask) {
		uint32_t home = slot_home(table, table->slot[i].key);
		if (((i - home) & table->mask) < ((i - hole) & table->mask))
			continue;
		table->slot[hole] = table->slot[i];
		table->slot[i].cnt = 0;
		hole = i;
	}
}

static enum client_outcome table_enter(struct client_table *table, struct client_key key)
{
	if (table->total == table->total_max)
		return CLIENT_TABLE_FULL;
	struct client_slot *slot = &table->slot[slot_find(table, key)];
	if (slot->cnt == table->per_client_max)
		return CLIENT_TOO_MANY;
	slot->key = key;
	slot->cnt++;
	table->total++;
	return CLIENT_WELCOME;
}

enum client_outcome client_enter(struct client_table *table, struct client_key key)
{
	pthread_mutex_lock(&table->lock);
	enum client_outcome outcome = table_enter(table, key);
	pthread_mutex_unlock(&table->lock);
	return outcome;
}

void client_leave(struct client_table *table, struct client_key key)
{
	pthread_mutex_lock(&table->lock);
	uint32_t i = slot_find(table, key);
	if (table->slot[i].cnt) {
		table->total--;
		if (!--table->slot[i].cnt)
			slot_free(table, i);
	}
	pthread_mutex_unlock(&table->lock);
}

uint32_t client_cnt(struct client_table *table, struct client_key key)
{
	pthread_mutex_lock(&table->lock);
	uint32_t cnt = key.family ? table->slot[slot_find(table, key)].cnt : table->total;
	pthread_mutex_unlock(&table->lock);
	return cnt;
}
