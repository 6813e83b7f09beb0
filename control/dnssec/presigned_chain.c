/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/presigned_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/chain.h"
#include "control/dnssec/records.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"

/* ---- NSEC3: which chain -----------------------------------------------------------------------
 */

bool presigned_nsec3_read(struct nsec3_rdata *parts, const struct zone_rrset *rrset)
{
	struct wire_reader r =
		wire_reader_init(rrset->rdata + PACK_HEAD_LEN, rrset->rdata_len - PACK_HEAD_LEN);
	uint8_t algorithm = wire_read_u8(&r), flags = wire_read_u8(&r);
	parts->optout = flags & NSEC3_FLAG_OPTOUT;
	parts->iterations = wire_read_u16(&r);
	parts->salt_len = wire_read_u8(&r);
	parts->salt = wire_read(&r, parts->salt_len);
	uint8_t hash_len = wire_read_u8(&r);
	parts->next = wire_read(&r, hash_len);
	parts->bitmap_len = (unsigned)wire_reader_left(&r);
	parts->bitmap = wire_read(&r, parts->bitmap_len);
	return wire_reader_ok(&r) && algorithm == NSEC3_SHA1 && hash_len == NSEC3_HASH_LEN;
}

static bool in_chain(const struct zone_nsec3_param *param, const struct zone_rrset *rrset,
	struct nsec3_rdata *parts)
{
	return presigned_nsec3_read(parts, rrset) && parts->iterations == param->iterations &&
	       parts->salt_len == param->salt_len &&
	       !memcmp(parts->salt, param->salt, param->salt_len);
}

/* Reads NSEC3PARAM rdata (RFC 5155, 4.2); false if no chain is to be used for it: another
 * algorithm, or any flag set (4.1.2). */
static bool read_param(struct zone_nsec3_param *param, const struct packed_rr *rr)
{
	struct wire_reader r = wire_reader_init(rr->rdata, rr->len);
	uint8_t algorithm = wire_read_u8(&r), flags = wire_read_u8(&r);
	*param = (struct zone_nsec3_param){.iterations = wire_read_u16(&r)};
	param->salt_len = wire_read_u8(&r);
	const uint8_t *salt = wire_read(&r, param->salt_len);
	if (!wire_reader_ok(&r) || algorithm != NSEC3_SHA1 || flags)
		return false;
	memcpy(param->salt, salt, param->salt_len);
	return true;
}

/* Checks that record says the next hash is that of follower, the chain's next record. */
static int check_next(const struct adoption *a, const struct zone_nsec3 *record,
	const uint8_t *next, const struct zone_nsec3 *follower)
{
	char from[NSEC3_LABEL_LEN], to[NSEC3_LABEL_LEN], is[NSEC3_LABEL_LEN];
	if (!memcmp(next, follower->hash, NSEC3_HASH_LEN))
		return 0;
	nsec3_to_text(from, record->hash);
	nsec3_to_text(to, next);
	nsec3_to_text(is, follower->hash);
	return presigned_fail(a, "NSEC3 chain is broken: %.*s leads to %.*s, but %.*s follows",
		NSEC3_LABEL_LEN, from, NSEC3_LABEL_LEN, to, NSEC3_LABEL_LEN, is);
}

/* Whether the zone's records with these parameters make a whole chain; 0, or -1 with a->err. */
static int check_nsec3_chain(const struct adoption *a, const struct zone_nsec3_param *param)
{
	const struct zone *zone = a->zone;
	const struct zone_nsec3 *first = NULL, *last = NULL;
	const uint8_t *next = NULL; /* what last leads to */
	struct nsec3_rdata parts;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		const struct zone_nsec3 *record = &zone->nsec3[i];
		if (!in_chain(param, record->rrset, &parts))
			continue;
		if (last && check_next(a, last, next, record))
			return -1;
		first = first ? first : record;
		last = record;
		next = parts.next;
	}
	if (!last)
		return presigned_fail(a, "there is no NSEC3 record for the NSEC3PARAM");
	return check_next(a, last, next, first);
}

/* Finds the first NSEC3PARAM with a whole chain. 0; 1 if there is no NSEC3PARAM; -1 with a->err if
 * no chain is whole. */
static int find_param(const struct adoption *a, struct zone_nsec3_param *param)
{
	const struct zone_rrset *rrset = zone_node_rrset(&a->zone->node[0], RRTYPE_NSEC3PARAM);
	int result = 1;
	if (!rrset)
		return 1;
	const uint8_t *at = rrset->rdata, *end = at + rrset->rdata_len;
	struct packed_rr rr;
	while (result && records_next(&at, end, &rr))
		if (read_param(param, &rr))
			result = check_nsec3_chain(a, param);
	return result;
}

/* ---- NSEC3: taking it --------------------------------------------------------------------------
 */

static void keep_chain(struct adoption *a, const struct zone_nsec3_param *param)
{
	struct zone *zone = a->zone;
	struct nsec3_rdata parts;
	uint32_t cnt = 0;
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		if (!in_chain(param, zone->nsec3[i].rrset, &parts))
			continue;
		zone->nsec3[cnt++] = zone->nsec3[i];
		if (parts.optout)
			zone->flags |= IMAGE_OPTOUT;
	}
	if (cnt < zone->nsec3_cnt)
		presigned_say(
			a, "%u NSEC3 records of another chain are left out", zone->nsec3_cnt - cnt);
	zone->nsec3_cnt = cnt;
	zone->nsec3_param = *param;
	zone->nsec3_param.optout = zone->flags & IMAGE_OPTOUT;
	zone->flags |= IMAGE_NSEC3;
}

static void check_bitmap(
	struct adoption *a, const struct zone_node *node, const uint8_t *bitmap, unsigned len)
{
	uint8_t wanted[CHAIN_BITMAP_MAX];
	bool nsec3 = a->zone->flags & IMAGE_NSEC3;
	if (chain_bitmap(wanted, node, nsec3) != len || memcmp(wanted, bitmap, len) != 0)
		presigned_note(a, NOTE_BITMAP, node->owner, nsec3 ? RRTYPE_NSEC3 : RRTYPE_NSEC);
}

/* RFC 5155, 7.1: a name without a record of its own must be an insecure delegation, or lead to
 * nothing else, and be covered by an opt-out record. */
static int check_nsec3_node(struct adoption *a, const struct zone_node *node)
{
	struct nsec3_rdata parts;
	char name[DNAME_TEXT_MAX];
	presigned_nsec3_read(&parts, a->zone->nsec3[node->denial].rrset);
	if (node->flags & NODE_DENIAL_MATCH) {
		check_bitmap(a, node, parts.bitmap, parts.bitmap_len);
		return 0;
	}
	if (parts.optout && (!node->rrset || records_is_insecure(node)))
		return 0;
	return presigned_fail(a, "%.200s has no NSEC3 record", dname_to_text(name, node->owner));
}

static int adopt_nsec3(struct adoption *a, const struct zone_nsec3_param *param)
{
	struct zone *zone = a->zone;
	uint32_t match_cnt = 0;
	keep_chain(a, param);
	if (chain_link_nsec3(zone, a->opt->thread_cnt, a->err))
		return -1;
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		if (!(node->flags & NODE_GLUE) && check_nsec3_node(a, node))
			return -1;
		match_cnt += !!(node->flags & NODE_DENIAL_MATCH);
	}
	if (match_cnt < zone->nsec3_cnt)
		presigned_say(a, "%u NSEC3 records are of no name in the zone",
			zone->nsec3_cnt - match_cnt);
	return 0;
}

/* ---- NSEC --------------------------------------------------------------------------------------
 */

static int list_nsec(struct adoption *a)
{
	struct zone *zone = a->zone;
	zone->order = malloc(zone->node_cnt * sizeof(*zone->order));
	if (!zone->order)
		return presigned_fail(a, "out of memory");
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		if (!(zone->node[i].flags & NODE_GLUE) &&
			zone_node_rrset(&zone->node[i], RRTYPE_NSEC))
			zone->order[zone->order_cnt++] = i;
	return 0;
}

static int check_nsec_node(
	struct adoption *a, const struct zone_node *node, const struct zone_node *follower)
{
	const struct zone_rrset *nsec = zone_node_rrset(node, RRTYPE_NSEC);
	const uint8_t *rdata = nsec->rdata + PACK_HEAD_LEN;
	uint8_t next[DNAME_LEN_MAX];
	char from[DNAME_TEXT_MAX], to[DNAME_TEXT_MAX], is[DNAME_TEXT_MAX];
	size_t next_len = dname_len(rdata);
	dname_lower(next, rdata, next_len);
	check_bitmap(
		a, node, rdata + next_len, (unsigned)(nsec->rdata_len - PACK_HEAD_LEN - next_len));
	if (nsec->rr_cnt == 1 && next_len == follower->owner_len &&
		!memcmp(next, follower->owner, next_len))
		return 0;
	return presigned_fail(a, "NSEC chain is broken: %.60s leads to %.60s, but %.60s follows",
		dname_to_text(from, node->owner), dname_to_text(to, next),
		dname_to_text(is, follower->owner));
}

static int check_nsec_chain(struct adoption *a)
{
	const struct zone *zone = a->zone;
	for (uint32_t i = 0; i < zone->order_cnt; i++) {
		uint32_t next = i + 1 < zone->order_cnt ? i + 1 : 0;
		if (check_nsec_node(a, &zone->node[zone->order[i]], &zone->node[zone->order[next]]))
			return -1;
	}
	return 0;
}

static int check_nsec_names(struct adoption *a)
{
	const struct zone *zone = a->zone;
	char name[DNAME_TEXT_MAX];
	for (uint32_t i = 0; i < zone->node_cnt; i++) {
		const struct zone_node *node = &zone->node[i];
		if (node->rrset && !(node->flags & (NODE_GLUE | NODE_DENIAL_MATCH)))
			return presigned_fail(
				a, "%.200s has no NSEC record", dname_to_text(name, node->owner));
	}
	return 0;
}

static int adopt_nsec(struct adoption *a)
{
	struct zone *zone = a->zone;
	if (zone->nsec3_cnt)
		presigned_say(a, "%u NSEC3 records are left out: the zone's chain is NSEC",
			zone->nsec3_cnt);
	zone->nsec3_cnt = 0;
	zone->flags |= IMAGE_NSEC;
	if (list_nsec(a) || chain_link_nsec(zone, a->err) || check_nsec_names(a))
		return -1;
	return check_nsec_chain(a);
}

/* ---- either ------------------------------------------------------------------------------------
 */

int presigned_choose_chain(struct adoption *a)
{
	struct zone_nsec3_param param;
	bool has_nsec = zone_node_rrset(&a->zone->node[0], RRTYPE_NSEC);
	int found = find_param(a, &param);
	if (!found)
		return adopt_nsec3(a, &param);
	if (has_nsec)
		return adopt_nsec(a);
	if (found > 0)
		return presigned_fail(a, "pre-signed zone without NSEC and NSEC3PARAM at the apex");
	return -1;
}
