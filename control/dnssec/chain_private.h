/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * chain_private: what the files of chain.h share.
 */
#ifndef CONTROL_DNSSEC_CHAIN_PRIVATE_H
#define CONTROL_DNSSEC_CHAIN_PRIVATE_H

#include "control/dnssec/chain.h"

/* The two kinds of chain; results as dnssec_chain(). */
int chain_make_nsec(struct zone *zone, char err[static 256]) __attribute__((warn_unused_result));
int chain_make_nsec3(struct zone *zone, const struct zone_nsec3_param *param, unsigned thread_cnt,
	char err[static 256]) __attribute__((warn_unused_result));

/* chain_add_nsec gives a node its NSEC record. 0, or -1: memory is out. */
int chain_add_nsec(struct zone *zone, uint32_t owner_idx, const uint8_t *next, unsigned next_len)
	__attribute__((warn_unused_result));

/* Hashes of a zone's names, one entry per node. */
struct chain_hash {
	uint8_t own[NSEC3_HASH_LEN];
	uint8_t wildcard[NSEC3_HASH_LEN]; /* of "*." + owner, where chain_denies_wildcard() */
};
static_assert(sizeof(struct chain_hash) == 2 * NSEC3_HASH_LEN, "an array of hashes, too");

/* Whether "*." + owner must be deniable: it does not exist, and names may lie below owner. */
bool chain_denies_wildcard(const struct zone_node *node);
/* Hashes of all nodes but glue, with zone->nsec3_param; the caller frees them. NULL: memory is out.
 */
struct chain_hash *chain_hash_zone(const struct zone *zone, unsigned thread_cnt);

/* A hash of the chain in the making, and what it stands for. */
struct chain_link {
	uint8_t hash[NSEC3_HASH_LEN];
	uint32_t item;
};

/* Those of item_cnt hashes, stride octets apart, that are in the chain, cnt of them, sorted into
 * link. 0, or -1: memory is out. */
int chain_sort(struct chain_link *link, uint32_t cnt, const uint8_t *hash, size_t stride,
	uint32_t item_cnt, const bool *in_chain) __attribute__((warn_unused_result));

/* An NSEC3 RRset with the zone's parameters; NULL: memory is out. */
struct zone_rrset *chain_make_record(
	struct zone *zone, const uint8_t *next_hash, const uint8_t *bitmap, unsigned bitmap_len);

/* chain_take_wildcard gives node the denial of the wildcard that exists below it. */
void chain_take_wildcard(const struct zone *zone, struct zone_node *node);

#endif
