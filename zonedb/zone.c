/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/zone.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "zonedb/dname.h"
#include "zonedb/fold.h"
#include "zonedb/image.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"
#include "zonedb/zone_finish.h"

/* ---- arena --------------------------------------------------------------------------------- */

#define ARENA_ALIGN	8
#define CHUNK_LEN_FIRST 4096U /* octets with the header; a tiny zone fits one */
#define CHUNK_LEN_MAX                                                                              \
	(2U << 20) /* chunks double up to a huge page: in a large zone a table                     \
		      lookup per name in 4 KiB pages is what compiling waits for */

struct zone_chunk {
	struct zone_chunk *older;
	size_t len; /* octets of data */
	uint8_t data[];
};

/* Memory for a chunk, on a huge page where it fills one. */
static void *chunk_memory(size_t len)
{
	if (len < CHUNK_LEN_MAX)
		return malloc(len);
	void *memory = aligned_alloc(CHUNK_LEN_MAX, image_round_up(len, CHUNK_LEN_MAX));
	if (memory != NULL)
		madvise(memory, len, MADV_HUGEPAGE); /* an optimisation: may fail */
	return memory;
}

static struct zone_chunk *chunk_add(struct zone_arena *arena, size_t len_min)
{
	size_t len = arena->chunk == NULL ? CHUNK_LEN_FIRST
					  : (sizeof(struct zone_chunk) + arena->chunk->len) * 2;
	if (len > CHUNK_LEN_MAX)
		len = CHUNK_LEN_MAX;
	if (len < sizeof(struct zone_chunk) + len_min)
		len = sizeof(struct zone_chunk) + len_min;
	struct zone_chunk *chunk = chunk_memory(len);
	if (chunk == NULL)
		return NULL;
	*chunk = (struct zone_chunk){.older = arena->chunk, .len = len - sizeof(struct zone_chunk)};
	arena->chunk = chunk;
	arena->used_len = 0;
	return chunk;
}

void *zone_arena_alloc(struct zone_arena *arena, size_t len)
{
	size_t start = (arena->used_len + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	struct zone_chunk *chunk = arena->chunk;
	if (chunk == NULL || start > chunk->len || len > chunk->len - start) {
		chunk = chunk_add(arena, len);
		start = 0;
	}
	if (chunk == NULL)
		return NULL;
	arena->used_len = start + len;
	return chunk->data + start;
}

/* Makes the newest allocation, which ends at end, len octets longer; false if it is not the newest
 * or the chunk is full. */
static bool arena_extend(struct zone_arena *arena, const uint8_t *end, size_t len)
{
	struct zone_chunk *chunk = arena->chunk;
	if (end != chunk->data + arena->used_len || len > chunk->len - arena->used_len)
		return false;
	arena->used_len += len;
	return true;
}

/* Gives back the newest allocation, of len octets up to end. */
static void arena_take_back(struct zone_arena *arena, const uint8_t *end, size_t len)
{
	if (end == arena->chunk->data + arena->used_len)
		arena->used_len -= len;
}

void zone_arena_deinit(struct zone_arena *arena)
{
	while (arena->chunk != NULL) {
		struct zone_chunk *older = arena->chunk->older;
		free(arena->chunk);
		arena->chunk = older;
	}
	arena->used_len = 0;
}

void zone_arena_merge(struct zone_arena *into, struct zone_arena *from)
{
	struct zone_chunk **last = &from->chunk;
	while (*last != NULL)
		last = &(*last)->older;
	if (into->chunk == NULL) {
		*into = *from;
	} else {
		/* behind the newest, which goes on being filled */
		*last = into->chunk->older;
		into->chunk->older = from->chunk;
	}
	*from = (struct zone_arena){0};
}

/* ---- zone ---------------------------------------------------------------------------------- */

void zone_init(struct zone *zone, const uint8_t *apex)
{
	*zone = (struct zone){
		.apex_len = (uint8_t)dname_len(apex),
		.apex_label_cnt = (uint8_t)dname_label_cnt(apex),
	};
	dname_lower(zone->apex, apex, zone->apex_len);
}

void zone_deinit(struct zone *zone)
{
	zone_arena_deinit(&zone->arena);
	free(zone->node);
	free(zone->nsec3);
	free(zone->order);
	free(zone->alike);
	*zone = (struct zone){0};
}

/* ---- adding records ------------------------------------------------------------------------ */

/* Hosters give thousands of names the same servers. Records of one owner and type that equal
 * earlier ones give their octets back, while they still are the newest of the arena. ALIKE_CNT
 * slots remember the latest RRset of a hash: enough to meet most repetitions, and no trouble if
 * they do not. */
#define ALIKE_CNT    16384U
#define ALIKE_RR_MIN 1000 /* records from which on a zone is worth the slots */

struct zone_alike {
	const uint8_t *rdata;
	uint32_t len;
	uint32_t
		tag; /* more of the hash: memory is only looked at where it is likely to be equal */
};

/* Types whose records belong to one owner are not worth a slot. */
static bool may_repeat(uint16_t type)
{
	return type != RRTYPE_DS && type != RRTYPE_RRSIG && type != RRTYPE_NSEC3 &&
	       type != RRTYPE_NSEC;
}

/* The records of an owner and type are complete, as far as they came together. */
static void settle_run(struct zone *zone)
{
	struct zone_rrset *run = zone->run_open;
	zone->run_open = NULL;
	if (run == NULL || zone->rr_cnt < ALIKE_RR_MIN || !may_repeat(run->type))
		return;
	if (zone->alike == NULL)
		zone->alike = calloc(ALIKE_CNT, sizeof(*zone->alike));
	if (zone->alike == NULL)
		return; /* costs memory, not records */
	uint64_t hash = fold_bytes(run->type, run->rdata, run->rdata_len);
	struct zone_alike *slot = &zone->alike[hash % ALIKE_CNT];
	uint32_t tag = (uint32_t)(hash >> 32);
	if (slot->tag != tag || slot->len != run->rdata_len ||
		memcmp(slot->rdata, run->rdata, run->rdata_len) != 0) {
		*slot = (struct zone_alike){run->rdata, run->rdata_len, tag};
		return;
	}
	arena_take_back(&zone->arena, run->rdata + run->rdata_len, run->rdata_len);
	run->rdata = slot->rdata;
}

/* Makes room for one more element of a malloc'ed array; the array or NULL. */
static void *array_room(void *array, uint32_t cnt, uint32_t *cap, size_t elem_len)
{
	if (cnt < *cap)
		return array;
	uint32_t cap_new = *cap == 0 ? 8 : *cap * 2;
	void *grown = cap_new < ZONE_NODE_MAX ? realloc(array, cap_new * elem_len) : NULL;
	if (grown != NULL)
		*cap = cap_new;
	return grown;
}

/* The node records of this owner go to: the newest if it is the same name, else a new one. */
static enum zone_add owner_node(
	struct zone *zone, const uint8_t *owner, size_t owner_len, struct zone_node **node)
{
	struct zone_node *last = zone->node_cnt > 0 ? &zone->node[zone->node_cnt - 1] : NULL;
	*node = last;
	if (last != NULL && last->owner_len == owner_len &&
		memcmp(last->owner, owner, owner_len) == 0)
		return ZONE_ADD_DONE;
	if (!dname_is_under(owner, zone->apex))
		return ZONE_ADD_OUT_OF_ZONE;

	settle_run(zone);
	struct zone_node *grown =
		array_room(zone->node, zone->node_cnt, &zone->node_cap, sizeof(*grown));
	if (grown == NULL)
		return ZONE_ADD_NO_MEMORY;
	zone->node = grown;
	uint8_t *copy = zone_arena_alloc(&zone->arena, owner_len);
	if (copy == NULL)
		return ZONE_ADD_NO_MEMORY;
	memcpy(copy, owner, owner_len);
	*node = &zone->node[zone->node_cnt++];
	**node = (struct zone_node){
		.owner = copy,
		.owner_len = (uint8_t)owner_len,
		.parent = ZONE_NODE_NONE,
		.wildcard = ZONE_NODE_NONE,
		.denial = IMAGE_DENIAL_NONE,
		.wildcard_denial = IMAGE_DENIAL_NONE,
	};
	return ZONE_ADD_DONE;
}

/* The NSEC3 record of this owner: the newest if it is the same hash, else a new one. */
static enum zone_add owner_nsec3(
	struct zone *zone, const uint8_t *owner, size_t owner_len, struct zone_nsec3 **nsec3)
{
	uint8_t hash[NSEC3_HASH_LEN];
	if (owner_len != zone->apex_len + 1U + NSEC3_LABEL_LEN ||
		memcmp(owner + 1 + NSEC3_LABEL_LEN, zone->apex, zone->apex_len) != 0 ||
		nsec3_from_text(hash, (const char *)owner + 1, owner[0]) != 0)
		return ZONE_ADD_BAD_NSEC3;
	*nsec3 = zone->nsec3_cnt > 0 ? &zone->nsec3[zone->nsec3_cnt - 1] : NULL;
	if (*nsec3 != NULL && memcmp((*nsec3)->hash, hash, sizeof(hash)) == 0)
		return ZONE_ADD_DONE;

	struct zone_nsec3 *grown =
		array_room(zone->nsec3, zone->nsec3_cnt, &zone->nsec3_cap, sizeof(*grown));
	if (grown == NULL)
		return ZONE_ADD_NO_MEMORY;
	zone->nsec3 = grown;
	*nsec3 = &zone->nsec3[zone->nsec3_cnt++];
	(*nsec3)->rrset = NULL;
	memcpy((*nsec3)->hash, hash, sizeof(hash));
	return ZONE_ADD_DONE;
}

/* Whether the record may join a run of records added before. RRSIGs over different types keep
 * apart: their TTLs are those of what they cover. */
static bool run_takes(const struct zone_rrset *run, uint16_t type, const uint8_t *rdata)
{
	return run->type == type && run->rr_cnt < UINT16_MAX &&
	       (type != RRTYPE_RRSIG || memcmp(run->rdata + 2, rdata, 2) == 0);
}

static struct zone_rrset *run_new(struct zone *zone, uint16_t type, uint32_t ttl_s, size_t len)
{
	settle_run(zone);
	struct zone_rrset *run = zone_arena_alloc(&zone->arena, sizeof(*run));
	uint8_t *rdata = run != NULL ? zone_arena_alloc(&zone->arena, len) : NULL;
	if (rdata == NULL)
		return NULL;
	*run = (struct zone_rrset){.type = type, .ttl_s = ttl_s, .rdata = rdata};
	zone->run_open = run;
	return run;
}

/* Puts a record on the newest run of *list, or on a new one before it. Runs of one type are merged
 * by zone_finish(). */
static enum zone_add run_add(struct zone *zone, struct zone_rrset **list, uint16_t type,
	uint32_t ttl_s, const uint8_t *rdata, size_t rdata_len)
{
	struct zone_rrset *run = *list;
	if (run == NULL || !run_takes(run, type, rdata) ||
		!arena_extend(&zone->arena, run->rdata + run->rdata_len, 2 + rdata_len)) {
		run = run_new(zone, type, ttl_s, 2 + rdata_len);
		if (run == NULL)
			return ZONE_ADD_NO_MEMORY;
		run->next = *list;
		*list = run;
	}
	uint8_t *at = (uint8_t *)run->rdata + run->rdata_len; /* the arena's, so ours to write */
	wire_put_u16(at, (uint16_t)rdata_len);
	if (rdata_len > 0)
		memcpy(at + 2, rdata, rdata_len);
	run->rdata_len += 2 + (uint32_t)rdata_len;
	run->rr_cnt++;
	if (ttl_s < run->ttl_s)
		run->ttl_s = ttl_s;
	zone->rr_cnt++;
	return ZONE_ADD_DONE;
}

static bool belongs_to_nsec3(uint16_t type, const uint8_t *rdata)
{
	return type == RRTYPE_NSEC3 ||
	       (type == RRTYPE_RRSIG && wire_get_u16(rdata) == RRTYPE_NSEC3);
}

enum zone_add zone_add_rr(struct zone *zone, const uint8_t *owner, uint16_t type, uint32_t ttl_s,
	const uint8_t *rdata, size_t rdata_len)
{
	uint8_t name[DNAME_LEN_MAX];
	size_t name_len = dname_len(owner);
	struct zone_rrset **list = NULL;
	enum zone_add outcome;

	if (rrtype_is_meta(type))
		return ZONE_ADD_META;
	if (rrtype_check_rdata(type, rdata, rdata_len) != 0)
		return ZONE_ADD_BAD_RDATA;
	dname_lower(name, owner, name_len);
	if (belongs_to_nsec3(type, rdata)) {
		struct zone_nsec3 *nsec3;
		outcome = owner_nsec3(zone, name, name_len, &nsec3);
		list = outcome == ZONE_ADD_DONE ? &nsec3->rrset : NULL;
	} else {
		struct zone_node *node;
		outcome = owner_node(zone, name, name_len, &node);
		list = outcome == ZONE_ADD_DONE ? &node->rrset : NULL;
	}
	if (outcome != ZONE_ADD_DONE)
		return outcome;
	return run_add(zone, list, type, ttl_s, rdata, rdata_len);
}

const char *zone_add_text(enum zone_add outcome)
{
	static const char *const text[] = {
		[ZONE_ADD_DONE] = "done",
		[ZONE_ADD_OUT_OF_ZONE] = "name is outside the zone",
		[ZONE_ADD_BAD_RDATA] = "malformed record data",
		[ZONE_ADD_META] = "type may not stand in a zone",
		[ZONE_ADD_BAD_NSEC3] = "NSEC3 owner is not a hash below the apex",
	};
	return outcome == ZONE_ADD_NO_MEMORY ? "out of memory" : text[outcome];
}

/* ---- a finished zone ----------------------------------------------------------------------- */

struct zone_rrset *zone_node_rrset(const struct zone_node *node, uint16_t type)
{
	struct zone_rrset *rrset = node->rrset;
	while (rrset != NULL && rrset->type != type)
		rrset = rrset->next;
	return rrset;
}

uint32_t zone_find_between(
	const struct zone *zone, uint32_t low, uint32_t high, const uint8_t *owner)
{
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = dname_cmp(zone->node[mid].owner, owner);
		if (order == 0)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return ZONE_NODE_NONE;
}

uint32_t zone_find(const struct zone *zone, const uint8_t *owner)
{
	return zone_find_between(zone, 0, zone->node_cnt, owner);
}

struct zone_rrset *zone_rrset_add(struct zone *zone, uint32_t node_idx, uint16_t type,
	uint32_t ttl_s, const uint8_t *rdata, uint32_t rdata_len, uint16_t rr_cnt)
{
	struct zone_node *node = &zone->node[node_idx];
	struct zone_rrset **at = &node->rrset;
	struct zone_rrset *rrset = zone_arena_alloc(&zone->arena, sizeof(*rrset));
	if (rrset == NULL)
		return NULL;
	while (*at != NULL && (*at)->type < type)
		at = &(*at)->next;
	*rrset = (struct zone_rrset){
		.next = *at,
		.rdata = rdata,
		.rdata_len = rdata_len,
		.ttl_s = ttl_s,
		.type = type,
		.rr_cnt = rr_cnt,
		.authoritative = zone_type_authoritative(node->flags, type),
	};
	*at = rrset;
	return rrset;
}

bool zone_rrset_remove(struct zone_node *node, uint16_t type)
{
	for (struct zone_rrset **at = &node->rrset; *at != NULL; at = &(*at)->next) {
		if ((*at)->type == type) {
			*at = (*at)->next;
			return true;
		}
	}
	return false;
}
