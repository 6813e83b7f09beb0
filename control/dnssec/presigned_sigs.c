/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/presigned_private.h"

#include <string.h>

#include "control/dnssec/key.h"
#include "control/dnssec/records.h"
#include "control/dnssec/tbs.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"

/* RRSIG rdata up to the signer's name (RFC 4034, 3.1): where its fields stand. */
enum {
	RRSIG_ALGORITHM_OFF = 2,
	RRSIG_EXPIRATION_OFF = 8,
	RRSIG_INCEPTION_OFF = 12,
	RRSIG_TAG_OFF = 16,
};

/* Times are compared as serial numbers (RFC 4034, 3.1.5). */
static bool is_before(uint32_t a_s, uint32_t b_s)
{
	return (int32_t)(a_s - b_s) < 0;
}

static bool is_signer_apex(const struct zone *zone, const struct packed_rr *sig)
{
	uint8_t signer[DNAME_LEN_MAX];
	const uint8_t *name = sig->rdata + RRSIG_FIXED_LEN;
	size_t len = dname_len(name);
	dname_lower(signer, name, len);
	return len == zone->apex_len && !memcmp(signer, zone->apex, len);
}

static bool is_key_known(const struct zone *zone, const struct packed_rr *sig)
{
	const struct zone_rrset *dnskey = zone_node_rrset(&zone->node[0], RRTYPE_DNSKEY);
	const uint8_t *at = dnskey->rdata, *end = at + dnskey->rdata_len;
	struct packed_rr key;
	while (records_next(&at, end, &key))
		if (key.rdata[3] == sig->rdata[RRSIG_ALGORITHM_OFF] &&
			key_tag(key.rdata, key.len) == wire_get_u16(sig->rdata + RRSIG_TAG_OFF))
			return true;
	return false;
}

static void check_sig(
	struct adoption *a, const uint8_t *owner, uint16_t type, const struct packed_rr *sig)
{
	uint32_t now_s = (uint32_t)a->opt->now_s;
	if (is_before(wire_get_u32(sig->rdata + RRSIG_EXPIRATION_OFF), now_s))
		presigned_note(a, NOTE_EXPIRED, owner, type);
	if (is_before(now_s, wire_get_u32(sig->rdata + RRSIG_INCEPTION_OFF)))
		presigned_note(a, NOTE_EARLY, owner, type);
	if (!is_signer_apex(a->zone, sig))
		presigned_note(a, NOTE_SIGNER, owner, type);
	else if (!is_key_known(a->zone, sig))
		presigned_note(a, NOTE_KEY, owner, type);
}

static void check_rrset(struct adoption *a, const uint8_t *owner, const struct zone_rrset *rrset)
{
	const uint8_t *at = rrset->sig, *end = at + rrset->sig_len;
	struct packed_rr sig;
	if (!at) {
		presigned_note(a, NOTE_UNSIGNED, owner, rrset->type);
		return;
	}
	while (records_next(&at, end, &sig))
		check_sig(a, owner, rrset->type, &sig);
}

/* Signatures over delegation NS and glue prove nothing and would be sent with referrals. */
static void drop_sigs(struct zone_rrset *rrset)
{
	rrset->sig = NULL;
	rrset->sig_len = 0;
	rrset->sig_cnt = 0;
}

static void check_node(struct adoption *a, const struct zone_node *node)
{
	for (struct zone_rrset *r = node->rrset; r; r = r->next) {
		if (r->authoritative)
			check_rrset(a, node->owner, r);
		else
			drop_sigs(r);
	}
}

void presigned_check_sigs(struct adoption *a)
{
	struct zone *zone = a->zone;
	uint8_t owner[1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX] = {NSEC3_LABEL_LEN};
	for (uint32_t i = 0; i < zone->node_cnt; i++)
		check_node(a, &zone->node[i]);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, zone->apex, zone->apex_len);
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++) {
		nsec3_to_text((char *)owner + 1, zone->nsec3[i].hash);
		check_rrset(a, owner, zone->nsec3[i].rrset);
	}
}
