/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * image_build_parts: what the files of image_build share; nobody else includes it.
 *
 *   image_build.c         first pass: sizes and positions
 *   image_build_write.c   second pass: the octets
 *   image_build_tables.c  tables both need while they run
 */
#ifndef ZONEDB_IMAGE_BUILD_PARTS_H
#define ZONEDB_IMAGE_BUILD_PARTS_H

#include "zonedb/dname.h"
#include "zonedb/fragment.h"
#include "zonedb/image_build.h"

/* An RRset without signatures met before: what it says, and where its fragment stands. Signed ones,
 * and those a live zone is to sign, are never equal, as a signature covers the owner; neither are
 * referrals with glue inside the child, as the glue belongs to one child. */
struct shared_entry {
	const struct zone_rrset *rrset;
	uint32_t ref;
	uint32_t tag; /* more of the hash: spares looking at the RRset */
};

/* Open addressing over shared_entry, doubled at three quarters. */
struct shared_table {
	struct shared_entry *entry;
	uint64_t cap; /* power of two */
	uint64_t cnt;
};

/* Nodes with addresses by name: open addressing. */
struct address_slot {
	uint32_t node; /* index + 1; 0 = free */
	uint32_t tag;  /* more of the hash: spares looking at the name */
};

struct address_table {
	struct address_slot *slot;
	uint64_t cap; /* power of two */
};

struct image_build {
	const struct zone *zone;
	uint64_t hash_seed;
	struct image_header head;
	uint32_t *node_ref;   /* by node index */
	uint32_t *rrset_ref;  /* by RRset in the order of the walk, then those of the nsec3 table */
	uint64_t nsec3_first; /* index of the latter in it */
	struct shared_table shared;
	struct address_table address;
	struct fragment *fragment; /* scratch; .extra holds node indices until it is written */
};

/* Insertions into a table, put off for as long as the cache needs to bring in their slots. */
#define DELAY_CNT 16

struct delayed {
	uint64_t hash;
	uint32_t value;
};

struct delay {
	struct delayed item[DELAY_CNT];
	uint32_t in_cnt;
	uint32_t out_cnt;
};

/* Puts *item in; if that is one too many, *item becomes the oldest and true is returned. */
static inline bool delay_swap(struct delay *delay, struct delayed *item)
{
	struct delayed *place = &delay->item[delay->in_cnt++ % DELAY_CNT];
	struct delayed oldest = *place;
	bool full = delay->in_cnt - delay->out_cnt > DELAY_CNT;
	*place = *item;
	*item = oldest;
	delay->out_cnt += full;
	return full;
}

/* Takes the oldest out; false if there is none. */
static inline bool delay_take(struct delay *delay, struct delayed *item)
{
	if (delay->out_cnt == delay->in_cnt)
		return false;
	*item = delay->item[delay->out_cnt++ % DELAY_CNT];
	return true;
}

/* A name in lower case with the octets the hash may read behind it. */
struct padded_name {
	uint8_t wire[DNAME_LEN_MAX + DNAME_PAD];
	size_t len;
};

static inline void pad_name(struct padded_name *padded, const uint8_t *name)
{
	padded->len = dname_len(name);
	dname_lower(padded->wire, name, padded->len);
	memset(padded->wire + padded->len, 0, DNAME_PAD);
}

/* Fills .address from the zone; false when memory is out. */
bool address_table_make(struct image_build *b);
/* Node of this name (lower case) if it has addresses and exists for queries or as glue;
 * ZONE_NODE_NONE otherwise. */
uint32_t address_table_find(const struct image_build *b, const struct padded_name *name);
bool node_has_address(const struct zone_node *node);

/* Entry that says what rrset does; if there is none, a new one with .ref 0. NULL when memory is
 * out. */
struct shared_entry *shared_table_find(struct image_build *b, const struct zone_rrset *rrset);
/* Asks the cache for the entries of a node's RRsets. */
void shared_table_prefetch(const struct image_build *b, const struct zone_node *node);

/* Fills .fragment from an RRset of a node; false if it is too large. */
bool build_fragment(
	const struct image_build *b, uint32_t owner_idx, const struct fragment_source *src);
struct fragment_source source_of(const struct zone *zone, const struct zone_rrset *rrset);
/* The SOA of negative answers (RFC 2308, 3). */
struct fragment_source source_of_negative_soa(const struct zone *zone);
struct fragment_source source_of_nsec3(const struct zone *zone, const struct zone_nsec3 *nsec3);
unsigned node_rrset_cnt(const struct zone_node *node);
/* Octets of the labels below the apex. */
uint8_t node_name_len(const struct zone *zone, const struct zone_node *node);

#endif
