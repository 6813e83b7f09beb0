/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The records a signed zone has at its apex: DNSKEY, CDS, CDNSKEY, NSEC3PARAM.
 */
#include "control/dnssec/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/records.h"

#define FOREIGN_MAX  64U /* of a type in the zone's data: more make no sensible DNSKEY answer */
#define LIST_CNT_MAX (KEYSET_KEY_MAX * POLICY_CDS_MAX + FOREIGN_MAX)

/* Records of one type in the making. */
struct rr_list {
	struct packed_rr rr[LIST_CNT_MAX];
	unsigned cnt;
	size_t packed_len;
};

static void list_add(struct rr_list *list, const uint8_t *rdata, unsigned len)
{
	list->rr[list->cnt++] = (struct packed_rr){rdata, len};
	list->packed_len += PACK_HEAD_LEN + len;
}

/* Adds the records that the zone's data has (direct-dnskey). */
static void list_join(struct rr_list *list, const struct zone *zone, uint16_t type)
{
	const struct zone_rrset *rrset = zone_node_rrset(&zone->node[0], type);
	const uint8_t *at = rrset ? rrset->rdata : NULL;
	struct packed_rr rr;
	while (rrset && records_next(&at, rrset->rdata + rrset->rdata_len, &rr))
		list_add(list, rr.rdata, rr.len);
}

/* RFC 4034, 6.3. */
static int rr_cmp(const void *a, const void *b)
{
	const struct packed_rr *left = a, *right = b;
	unsigned shared = left->len < right->len ? left->len : right->len;
	int order = memcmp(left->rdata, right->rdata, shared);
	return order ? order : (int)left->len - (int)right->len;
}

/* Sorts the list and takes doubles out, which two rows with the same key would make. */
static void list_sort(struct rr_list *list)
{
	unsigned cnt = 0;
	qsort(list->rr, list->cnt, sizeof(list->rr[0]), rr_cmp);
	for (unsigned i = 0; i < list->cnt; i++) {
		if (cnt && !rr_cmp(&list->rr[cnt - 1], &list->rr[i]))
			list->packed_len -= PACK_HEAD_LEN + list->rr[i].len;
		else
			list->rr[cnt++] = list->rr[i];
	}
	list->cnt = cnt;
}

static uint32_t soa_minimum_s(const struct zone *zone)
{
	const struct zone_rrset *soa = zone_node_rrset(&zone->node[0], RRTYPE_SOA);
	return wire_get_u32(soa->rdata + soa->rdata_len - 4);
}

/* Makes the list the apex' RRset of type; an empty one makes none. */
static int publish(struct zone *zone, uint16_t type, struct rr_list *list)
{
	if (!list->cnt)
		return 0;
	list_sort(list);
	uint8_t *packed = zone_arena_alloc(&zone->arena, list->packed_len), *at = packed;
	if (!packed)
		return -1;
	for (unsigned i = 0; i < list->cnt; i++) {
		wire_put_u16(at, (uint16_t)list->rr[i].len);
		memcpy(at + PACK_HEAD_LEN, list->rr[i].rdata, list->rr[i].len);
		at += PACK_HEAD_LEN + list->rr[i].len;
	}
	zone_rrset_remove(&zone->node[0], type);
	return zone_rrset_add(zone, 0, type, soa_minimum_s(zone), packed,
		       (uint32_t)list->packed_len, (uint16_t)list->cnt)
		       ? 0
		       : -1;
}

static int publish_dnskey(struct zone *zone, const struct dnssec_options *opt)
{
	struct rr_list list = {0};
	for (unsigned i = 0; i < opt->keys->key_cnt; i++) {
		const struct key *key = &opt->keys->key[i];
		if (key->published)
			list_add(&list, key->dnskey, key->dnskey_len);
	}
	list_join(&list, zone, RRTYPE_DNSKEY);
	return publish(zone, RRTYPE_DNSKEY, &list);
}

/* RFC 8078, 4: the record that asks the parent to take the DS away. */
static int publish_delete(struct zone *zone, uint16_t type, const uint8_t *rdata, unsigned len)
{
	struct rr_list list = {0};
	list_add(&list, rdata, len);
	return publish(zone, type, &list);
}

/* A rollover has keys the parent is not to be told of yet, or no longer. */
static bool is_for_parent(const struct zone_policy *policy, const struct key *key)
{
	return keyset_key_is_entry(key) &&
	       !(policy->is_rolling && rollover_hides(&policy->rollover, key->id));
}

static int publish_cds(struct zone *zone, const struct dnssec_options *opt)
{
	static const uint8_t delete[] = {0, 0, 0, 0, 0};
	const struct zone_policy *policy = opt->policy;
	uint8_t ds[LIST_CNT_MAX][KEY_DS_MAX];
	struct rr_list list = {0};
	if (policy->delete_cds)
		return publish_delete(zone, RRTYPE_CDS, delete, sizeof(delete));
	for (unsigned i = 0; i < opt->keys->key_cnt; i++) {
		const struct key *key = &opt->keys->key[i];
		for (unsigned d = 0; is_for_parent(policy, key) && d < policy->cds_digest_cnt;
			d++) {
			uint8_t *rdata = ds[list.cnt];
			int len = key_ds_rdata(rdata, zone->apex, key->dnskey, key->dnskey_len,
				policy->cds_digest[d]);
			if (len < 0)
				return -1;
			list_add(&list, rdata, (unsigned)len);
		}
	}
	if (list.cnt)
		list_join(&list, zone, RRTYPE_CDS);
	return publish(zone, RRTYPE_CDS, &list);
}

static int publish_cdnskey(struct zone *zone, const struct dnssec_options *opt)
{
	static const uint8_t delete[] = {0, 0, 3, 0, 0};
	struct rr_list list = {0};
	if (opt->policy->delete_cdnskey)
		return publish_delete(zone, RRTYPE_CDNSKEY, delete, sizeof(delete));
	for (unsigned i = 0; opt->policy->publish_cdnskey && i < opt->keys->key_cnt; i++) {
		const struct key *key = &opt->keys->key[i];
		if (is_for_parent(opt->policy, key))
			list_add(&list, key->dnskey, key->dnskey_len);
	}
	if (list.cnt)
		list_join(&list, zone, RRTYPE_CDNSKEY);
	return publish(zone, RRTYPE_CDNSKEY, &list);
}

/* RFC 5155, 4.1.2: flags are 0 here also where the chain has opt-out. */
int records_nsec3param(struct zone *zone, const struct zone_policy *policy)
{
	const struct zone_nsec3_param *param = &policy->nsec3_param;
	uint8_t rdata[5 + NSEC3_SALT_MAX] = {NSEC3_SHA1};
	struct rr_list list = {0};
	if (!policy->nsec3)
		return 0;
	wire_put_u16(rdata + 2, param->iterations);
	rdata[4] = param->salt_len;
	memcpy(rdata + 5, param->salt, param->salt_len);
	list_add(&list, rdata, 5U + param->salt_len);
	return publish(zone, RRTYPE_NSEC3PARAM, &list);
}

static bool has_too_many(const struct zone *zone, uint16_t type)
{
	const struct zone_rrset *rrset = zone_node_rrset(&zone->node[0], type);
	return rrset && rrset->rr_cnt > FOREIGN_MAX;
}

int dnssec_apex_records(struct zone *zone, const struct dnssec_options *opt, char err[static 256])
{
	if (has_too_many(zone, RRTYPE_DNSKEY) || has_too_many(zone, RRTYPE_CDS) ||
		has_too_many(zone, RRTYPE_CDNSKEY)) {
		snprintf(err, 256, "more than %u DNSKEY, CDS or CDNSKEY records", FOREIGN_MAX);
		return -1;
	}
	if (publish_dnskey(zone, opt) || publish_cds(zone, opt) || publish_cdnskey(zone, opt) ||
		records_nsec3param(zone, opt->policy)) {
		snprintf(err, 256, "out of memory");
		return -1;
	}
	return 0;
}
