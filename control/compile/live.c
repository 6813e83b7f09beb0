/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/live.h"

#include <string.h>

#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/rrtype.h"

static void add_keys(struct digest *digest, const struct keyset *keys)
{
	for (unsigned i = 0; i < keys->key_cnt; i++) {
		const struct key *key = &keys->key[i];
		if (!key->active)
			continue;
		digest_number(digest, key->role);
		digest_number(digest, key->algorithm);
		digest_octets(digest, key->dnskey, key->dnskey_len);
	}
}

static void add_denial(struct digest *digest, const struct zone_policy *policy)
{
	const struct zone_nsec3_param *param = &policy->nsec3_param;
	digest_number(digest, policy_denial(policy, true));
	digest_number(digest, param->iterations);
	digest_number(digest, param->optout);
	digest_octets(digest, param->salt, param->salt_len);
}

int live_id_make(uint64_t live_id[static 2], uint64_t hash_seed, const uint8_t *apex,
	const struct signing *signing, uint32_t negative_ttl_s)
{
	struct digest digest;
	uint8_t value[DIGEST_LEN];
	digest_begin(&digest);
	digest_number(&digest, hash_seed);
	digest_octets(&digest, apex, dname_len(apex));
	add_keys(&digest, &signing->keys);
	add_denial(&digest, &signing->policy);
	digest_number(&digest, negative_ttl_s);
	digest_number(&digest, signing->inception_margin_s);
	digest_number(&digest, signing->expiry_extend_s);
	if (digest_end(&digest, value) < 0)
		return -1;
	memcpy(live_id, value, 2 * sizeof(*live_id));
	live_id[0] |= (live_id[0] | live_id[1]) == 0;
	return 0;
}

int live_mark(struct zone *zone, const struct signing *signing, uint64_t hash_seed)
{
	zone->flags |= IMAGE_LIVE;
	zone->live_sig_len = (uint16_t)keyset_sig_len(&signing->keys, RRTYPE_A, zone->apex_len);
	return live_id_make(zone->live_id, hash_seed, zone->apex, signing, zone->negative_ttl_s);
}

struct live_key_set live_key_set_of(
	const uint8_t *apex, const uint64_t live_id[static 2], const struct signing *signing)
{
	return (struct live_key_set){
		.apex = apex,
		.live_id = {live_id[0], live_id[1]},
		.inception_margin_s = signing->inception_margin_s,
		.expiry_extend_s = signing->expiry_extend_s,
		.keys = &signing->keys,
	};
}
