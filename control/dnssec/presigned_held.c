/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/presigned_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/chain.h"
#include "control/dnssec/policy.h"
#include "control/dnssec/records.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"

#define RRSIG_HEAD_LEN 18 /* octets before the signer's name; the covered type first */
#define RRSIG_TTL_OFF  4

struct held_sig {
	uint8_t *owner; /* rdata lies behind it */
	uint8_t *rdata;
	uint16_t rdata_len;
	uint32_t ttl_s;
};

bool presigned_is_chain(uint16_t type)
{
	return type == RRTYPE_NSEC || type == RRTYPE_NSEC3;
}

bool presigned_signs_chain(uint16_t type, const uint8_t *rdata, size_t rdata_len)
{
	uint16_t covered;
	if (type != RRTYPE_RRSIG || rdata_len < RRSIG_HEAD_LEN)
		return false;
	covered = wire_get_u16(rdata);
	return presigned_is_chain(covered) || covered == RRTYPE_NSEC3PARAM;
}

static struct held_sig *make_room(struct presigned_held *held)
{
	if (held->cnt == held->cap) {
		size_t cap = held->cap ? 2 * held->cap : 64;
		struct held_sig *sig = reallocarray(held->sig, cap, sizeof(*sig));
		if (!sig)
			return NULL;
		held->sig = sig;
		held->cap = cap;
	}
	return &held->sig[held->cnt];
}

int presigned_hold(struct presigned_held *held, const uint8_t *owner, uint32_t ttl_s,
	const uint8_t *rdata, size_t rdata_len)
{
	struct held_sig *sig = make_room(held);
	size_t owner_len = dname_len(owner);
	uint8_t *copy = sig ? calloc(1, owner_len + DNAME_PAD + rdata_len) : NULL;
	if (!copy)
		return -1;
	*sig = (struct held_sig){copy, copy + owner_len + DNAME_PAD, (uint16_t)rdata_len, ttl_s};
	memcpy(sig->owner, owner, owner_len);
	memcpy(sig->rdata, rdata, rdata_len);
	held->cnt++;
	return 0;
}

int presigned_give_back(const struct presigned_held *held, struct zone *zone, char err[static 256])
{
	for (size_t i = 0; i < held->cnt; i++) {
		const struct held_sig *sig = &held->sig[i];
		enum zone_add r = zone_add_rr(
			zone, sig->owner, RRTYPE_RRSIG, sig->ttl_s, sig->rdata, sig->rdata_len);
		if (r != ZONE_ADD_DONE) {
			snprintf(err, 256, "RRSIG of the denial chain: %s", zone_add_text(r));
			return -1;
		}
	}
	return 0;
}

/* ---- finding what a signature covers -------------------------------------------------------- */

static struct zone_rrset *find_nsec3(struct zone *zone, const uint8_t *owner)
{
	uint8_t hash[NSEC3_HASH_LEN];
	uint32_t low = 0, high = zone->nsec3_cnt;
	if (nsec3_from_text(hash, (const char *)owner + 1, owner[0]) != 0)
		return NULL;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = memcmp(zone->nsec3[middle].hash, hash, sizeof(hash));
		if (order == 0)
			return zone->nsec3[middle].rrset;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static struct zone_rrset *find_covered(struct zone *zone, const struct held_sig *sig)
{
	uint16_t covered = wire_get_u16(sig->rdata);
	if (covered == RRTYPE_NSEC3)
		return find_nsec3(zone, sig->owner);
	uint32_t node = zone_find(zone, sig->owner);
	return node == ZONE_NODE_NONE ? NULL : zone_node_rrset(&zone->node[node], covered);
}

/* Adds it to those there are; the TTL of what is covered was the signer's to say (RFC 4034, 3.1.4).
 */
static int attach(struct zone *zone, struct zone_rrset *rrset, const struct held_sig *sig)
{
	uint32_t len = rrset->sig_len + PACK_HEAD_LEN + sig->rdata_len;
	uint8_t *packed = zone_arena_alloc(&zone->arena, len);
	if (!packed)
		return -1;
	if (rrset->sig_len > 0)
		memcpy(packed, rrset->sig, rrset->sig_len);
	wire_put_u16(packed + rrset->sig_len, sig->rdata_len);
	memcpy(packed + rrset->sig_len + PACK_HEAD_LEN, sig->rdata, sig->rdata_len);
	rrset->sig = packed;
	rrset->sig_len = len;
	rrset->sig_cnt++;
	rrset->sig_ttl_s = sig->ttl_s;
	rrset->ttl_s = wire_get_u32(sig->rdata + RRSIG_TTL_OFF);
	return 0;
}

static int attach_all(const struct presigned_held *held, struct zone *zone)
{
	for (size_t i = 0; i < held->cnt; i++) {
		struct zone_rrset *rrset = find_covered(zone, &held->sig[i]);
		if (!rrset)
			zone->sig_orphan_cnt++;
		else if (attach(zone, rrset, &held->sig[i]))
			return -1;
	}
	return 0;
}

/* ---- making it ------------------------------------------------------------------------------ */

/* What presigned_adopt() finds out anew. */
static void forget_order(struct zone *zone)
{
	free(zone->order);
	zone->order = NULL;
	zone->order_cnt = 0;
}

static int out_of_memory(char err[static 256])
{
	snprintf(err, 256, "out of memory");
	return -1;
}

int presigned_make_chain(const struct presigned_held *held, struct zone *zone,
	const struct zone_policy *policy, unsigned thread_cnt, char err[static 256])
{
	zone_rrset_remove(&zone->node[0], RRTYPE_NSEC3PARAM); /* metadata says which chain */
	if (records_nsec3param(zone, policy))
		return out_of_memory(err);
	if (dnssec_chain(zone, policy->nsec3 ? &policy->nsec3_param : NULL, thread_cnt, err))
		return -1;
	forget_order(zone);
	return attach_all(held, zone) ? out_of_memory(err) : 0;
}

void presigned_held_deinit(struct presigned_held *held)
{
	for (size_t i = 0; i < held->cnt; i++)
		free(held->sig[i].owner);
	free(held->sig);
	*held = (struct presigned_held){0};
}
