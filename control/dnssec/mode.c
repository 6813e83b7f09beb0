/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/sign.h"

#include "zonedb/rrtype.h"

enum dnssec_mode dnssec_mode(const struct zone_policy *policy, const struct keyset *keys)
{
	if (policy->presigned)
		return DNSSEC_PRESIGNED;
	return keyset_is_signing(keys) ? DNSSEC_SIGNED : DNSSEC_UNSIGNED;
}

/* Modes, as a set of bits, in which a record of a DNSSEC type in the source is data of the zone. */
static const struct {
	uint16_t type;
	unsigned kept;
} dnssec_type[] = {
	{RRTYPE_RRSIG, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_NSEC, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_NSEC3, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_NSEC3PARAM, 1 << DNSSEC_PRESIGNED},
	{RRTYPE_DNSKEY, 1 << DNSSEC_PRESIGNED | 1 << DNSSEC_UNSIGNED},
	{RRTYPE_CDS, 1 << DNSSEC_PRESIGNED | 1 << DNSSEC_UNSIGNED},
	{RRTYPE_CDNSKEY, 1 << DNSSEC_PRESIGNED | 1 << DNSSEC_UNSIGNED},
};

bool dnssec_keeps(enum dnssec_mode mode, uint16_t type)
{
	for (size_t i = 0; i < sizeof(dnssec_type) / sizeof(dnssec_type[0]); i++)
		if (dnssec_type[i].type == type)
			return dnssec_type[i].kept & 1U << mode;
	return true;
}
