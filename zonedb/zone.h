/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone: a zone in memory while it is compiled (build side; the data plane never sees it).
 *
 *   zone file --source--> struct zone --compile--> same, ordered, with denial chain and
 *   signatures --image_build--> image
 *
 * Everything hangs off one bump allocator that dies with the zone; nothing is freed singly. Names
 * are absolute, wire format, lower case. One thread owns a zone; signing threads may fill the .sig
 * of different RRsets at once, each allocating from an arena of its own (zone_arena).
 *
 * Packed rdata: for each RR a 16-bit big-endian length and the rdata octets, RRs in canonical order
 * (RFC 4034, 6.3) without duplicates once zone_finish() has run. Names in rdata are uncompressed,
 * their case as in the source.
 *
 *   zone_init(&zone, apex);
 *   zone_add_rr(&zone, ...) for each record of the source, in any order
 *   zone_finish(&zone, err)              zonedb/zone_finish.h
 *   zone_rrset_add(&zone, ...)           what signing adds: DNSKEY, NSEC, ...
 *   image_build_new(&zone, ...)          zonedb/image_build.h
 *   zone_deinit(&zone);
 */
#ifndef ZONEDB_ZONE_H
#define ZONEDB_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/limits.h"

/* Bump allocator: zero state is valid and empty. */
struct zone_arena {
	struct zone_chunk *chunk; /* newest; older ones behind it */
	size_t used_len;
};

/* Returns len octets, 8-aligned, not cleared; NULL when memory is out. */
void *zone_arena_alloc(struct zone_arena *arena, size_t len) __attribute__((warn_unused_result));
/* Frees all; arena is empty and usable again. */
void zone_arena_deinit(struct zone_arena *arena);
/* Moves all of from into into: what was allocated stays where it is and dies with into; from is
 * empty. How signing threads hand their signatures over. */
void zone_arena_merge(struct zone_arena *into, struct zone_arena *from);

struct zone_rrset {
	struct zone_rrset *next; /* ascending type after zone_finish() */
	const uint8_t *rdata;	 /* packed rdata, rdata_len octets */
	const uint8_t *sig;	 /* packed rdata of the RRSIGs covering it; NULL = none */
	uint32_t rdata_len;
	uint32_t sig_len;
	uint32_t ttl_s;
	uint32_t sig_ttl_s; /* TTL of the RRSIG RRs */
	uint16_t type;
	uint16_t rr_cnt;
	uint16_t sig_cnt;
	bool authoritative; /* false: delegation NS, glue (never signed) */
};

struct zone_node {
	const uint8_t *owner;	  /* absolute name */
	struct zone_rrset *rrset; /* NULL at an empty non-terminal */
	uint32_t parent;	  /* index into .node of one label less; UINT32_MAX at the apex */
	uint32_t wildcard;	  /* index of "*." + owner; UINT32_MAX = none */
	uint32_t denial;	  /* as image_node.denial: index into nsec3[] or order[] */
	uint32_t wildcard_denial;
	uint8_t owner_len;
	uint8_t label_cnt; /* below the apex */
	uint8_t flags;	   /* enum image_node_flag */
};

/* One record of the NSEC3 chain; .rrset has exactly one RR of type NSEC3. */
struct zone_nsec3 {
	uint8_t hash[NSEC3_HASH_LEN];
	struct zone_rrset *rrset;
};

struct zone_nsec3_param {
	uint16_t iterations;
	bool optout;
	uint8_t salt_len;
	uint8_t salt[NSEC3_SALT_MAX];
};

struct zone {
	struct zone_arena arena;
	uint8_t apex[DNAME_LEN_MAX];
	uint8_t apex_len;
	uint8_t apex_label_cnt;
	uint32_t flags; /* enum image_flag */
	uint32_t serial;
	uint32_t negative_ttl_s; /* min(SOA TTL, SOA minimum), set by zone_finish() */
	struct zone_node *node;	 /* canonical order (RFC 4034, 6.1) after zone_finish(); node[0] =
				    apex;  malloc */
	uint32_t node_cnt;
	uint32_t node_cap;
	struct zone_nsec3 *nsec3; /* sorted by hash after zone_finish(); malloc */
	uint32_t nsec3_cnt;
	uint32_t nsec3_cap;
	struct zone_nsec3_param nsec3_param;
	uint32_t *order; /* NSEC zones: node indices that own an NSEC, canonical order; malloc */
	uint32_t order_cnt;
	uint64_t rr_cnt;	     /* records taken by zone_add_rr(), duplicates included */
	uint32_t sig_orphan_cnt;     /* RRSIGs that cover nothing, left out by zone_finish() */
	struct zone_rrset *run_open; /* zone_add_rr(): records of the newest owner and type */
	struct zone_alike *alike;    /* zone_add_rr(): some packed rdata by content; malloc */
	/* signature of the negative SOA: equals the SOA's RRSIG with sig_ttl = negative_ttl_s */
	uint64_t fingerprint[2];
	uint64_t made_at_s;
	uint64_t resign_at_s;
	uint64_t live_id[2];   /* live zones (IMAGE_LIVE among .flags): as in the image */
	uint16_t live_sig_len; /* the same */
};

#define ZONE_NODE_NONE UINT32_MAX /* no parent, no wildcard, not found */

/* Makes an empty zone of this apex (valid name, either case). */
void zone_init(struct zone *zone, const uint8_t *apex);
/* Frees all; the zero state is safe. */
void zone_deinit(struct zone *zone);

enum zone_add {
	ZONE_ADD_NO_MEMORY = -1,
	ZONE_ADD_DONE = 0,
	ZONE_ADD_OUT_OF_ZONE, /* owner is not at or below the apex */
	ZONE_ADD_BAD_RDATA,   /* rdata is not of the type's layout */
	ZONE_ADD_META,	      /* query or meta type: may not stand in a zone */
	ZONE_ADD_BAD_NSEC3,   /* NSEC3 owner is not one base32hex label below the apex */
};

/* Adds a record. owner is a valid name in either case; rdata is copied, whatever its content:
 * hostile rdata is refused here. Records may come in any order and repeatedly; cheapest are
 * consecutive records of one owner, types together. RRSIGs are records like others here;
 * zone_finish() puts them beside the RRsets they cover. NSEC3 records and the RRSIGs over them go
 * to .nsec3, not to .node. */
enum zone_add zone_add_rr(struct zone *zone, const uint8_t *owner, uint16_t type, uint32_t ttl_s,
	const uint8_t *rdata, size_t rdata_len) __attribute__((warn_unused_result));
/* A sentence for an outcome. */
const char *zone_add_text(enum zone_add outcome);

/* Finds the RRset of a type at a node; NULL if there is none. */
struct zone_rrset *zone_node_rrset(const struct zone_node *node, uint16_t type);
/* Finds a name (lower case) in a finished zone; ZONE_NODE_NONE if it does not exist. */
uint32_t zone_find(const struct zone *zone, const uint8_t *owner);
/* The same among the nodes from low up to, not including, high. */
uint32_t zone_find_between(
	const struct zone *zone, uint32_t low, uint32_t high, const uint8_t *owner);
/* Adds an RRset of a type that the node of a finished zone does not have, keeping the order of
 * types. rdata is packed and in canonical order; it is not copied and must live as long as the
 * zone. Returns it, or NULL when memory is out. */
struct zone_rrset *zone_rrset_add(struct zone *zone, uint32_t node_idx, uint16_t type,
	uint32_t ttl_s, const uint8_t *rdata, uint32_t rdata_len, uint16_t rr_cnt)
	__attribute__((warn_unused_result));
/* For loops over all nodes: asks the cache for what node i's successors point to. Records stand in
 * the order of the source, so after sorting nearly every pointer is a miss. (Inlined by force: a
 * call that only prefetches has no effect GCC knows of, and is dropped.) */
__attribute__((always_inline)) static inline void zone_prefetch(const struct zone *zone, uint32_t i)
{
	const uint32_t far = 16, near = 8; /* two hops: the RRset, then what it points to */
	if (i + far >= zone->node_cnt)
		return;
	const struct zone_rrset *rrset = zone->node[i + near].rrset;
	__builtin_prefetch(zone->node[i + far].rrset);
	__builtin_prefetch(zone->node[i + far].owner);
	if (rrset != NULL) {
		__builtin_prefetch(rrset->rdata);
		__builtin_prefetch(rrset->next);
	}
}

/* Takes the RRset of a type away from a node; false if there was none. */
bool zone_rrset_remove(struct zone_node *node, uint16_t type);

#endif
