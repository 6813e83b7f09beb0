/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/sign.h"

#include "zonedb/rrtype.h"

enum dnssec_mode dnssec_mode(const struct zone_policy *policy, const struct keyset *keys)
{
	if (policy->presigned)
		return DNSSEC_PRESIGNED;
	return keyset_is_signing(keys) ? DNSSEC_SIGNED : DNSSEC_UNSIGNED;
}

#define DIRECT (1U << 31) /* in any mode, if direct-dnskey says so */

/* Modes, as a set of bits, in which a record of a DNSSEC type in the source is data of the zone. */
static const struct {
	uint16_t type;
	unsigned kept;
} dnssec_type[] = {
	{RRTYPE_RRSIG, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_NSEC, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_NSEC3, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_NSEC3PARAM, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_DNSKEY, DIRECT | 1 << DNSSEC_PRESIGNED | 1 << DNSSEC_UNSIGNED},
	{RRTYPE_CDS, DIRECT | 1 << DNSSEC_PRESIGNED | 1 << DNSSEC_UNSIGNED},
	{RRTYPE_CDNSKEY, DIRECT | 1 << DNSSEC_PRESIGNED | 1 << DNSSEC_UNSIGNED},
};

bool dnssec_keeps(enum dnssec_mode mode, bool direct_dnskey, uint16_t type)
{
	unsigned wanted = 1U << mode | (direct_dnskey ? DIRECT : 0);
	for (size_t i = 0; i < sizeof(dnssec_type) / sizeof(dnssec_type[0]); i++)
		if (dnssec_type[i].type == type)
			return dnssec_type[i].kept & wanted;
	return true;
}
