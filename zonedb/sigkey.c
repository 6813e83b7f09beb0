/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/sigkey.h"

#include <string.h>

#include "zonedb/dname.h"
#include "zonedb/sha1.h"
#include "zonedb/wire.h"

/* What is signed, in front of everything else: no two kinds have a key in common. */
enum kind {
	KIND_RRSET = 1,
	KIND_COMPACT = 3,
	KIND_EXPANDED,
};

#define HEAD_LEN 17 /* octets: live_id, kind */

static void put_head(uint8_t *dst, const uint64_t live_id[static 2], enum kind kind)
{
	for (unsigned i = 0; i < 4; i++)
		wire_put_u32(dst + i * 4, (uint32_t)(live_id[i / 2] >> (i % 2 ? 0 : 32)));
	dst[16] = (uint8_t)kind;
}

static struct sig_key key_of(const uint32_t *state)
{
	return (struct sig_key){
		{(uint64_t)state[0] << 32 | state[1], (uint64_t)state[2] << 32 | state[3]}};
}

/* Key over the len octets at buf, which has room for the padding. */
static struct sig_key hash_all(uint8_t *buf, size_t len)
{
	uint32_t state[5];
	memcpy(state, sha1_initial_state, sizeof(state));
	sha1_compress(state, buf, sha1_pad(buf, len));
	return key_of(state);
}

struct sig_key sig_key_cover(
	const uint64_t live_id[static 2], const uint8_t hash[static NSEC3_HASH_LEN])
{
	/* The packet path has just hashed a name for this. Who can find two names whose hashes
	 * begin with the same 16 octets can do no more than spoil an answer about them; what must
	 * not be foreseen is bits of the key, and for that a secret odd factor is enough: the upper
	 * half of the product depends on all of the hash. A twentieth of another SHA-1's time. */
	uint64_t high = (wire_get_u64(hash) ^ live_id[0]) * (live_id[1] | 1);
	uint64_t low = (wire_get_u64(hash + 8) ^ live_id[1]) * (live_id[0] | 1);
	return (struct sig_key){{high, low << 32 | low >> 32}};
}

struct sig_key sig_key_compact(
	const uint64_t live_id[static 2], const uint8_t *name, size_t name_len)
{
	uint8_t buf[SHA1_PADDED_LEN(HEAD_LEN + DNAME_LEN_MAX)];
	put_head(buf, live_id, KIND_COMPACT);
	memcpy(buf + HEAD_LEN, name, name_len);
	return hash_all(buf, HEAD_LEN + name_len);
}

struct sig_key sig_key_expanded(struct sig_key wildcard, const uint8_t *name, size_t name_len)
{
	uint8_t buf[SHA1_PADDED_LEN(HEAD_LEN + DNAME_LEN_MAX)];
	put_head(buf, wildcard.v, KIND_EXPANDED); /* which has the live_id in it */
	memcpy(buf + HEAD_LEN, name, name_len);
	return hash_all(buf, HEAD_LEN + name_len);
}

/* ---- any length ---------------------------------------------------------------------------- */

struct hasher {
	uint32_t state[5];
	uint8_t block[SHA1_BLOCK_LEN];
	size_t fill; /* octets of .block */
	uint64_t len;
};

static void take(struct hasher *h, const void *data, size_t len)
{
	const uint8_t *octet = data;
	h->len += len;
	while (len > 0) {
		size_t room = SHA1_BLOCK_LEN - h->fill, part = len < room ? len : room;
		memcpy(h->block + h->fill, octet, part);
		h->fill += part;
		octet += part;
		len -= part;
		if (h->fill < SHA1_BLOCK_LEN)
			return;
		sha1_compress(h->state, h->block, 1);
		h->fill = 0;
	}
}

static struct sig_key finish(struct hasher *h)
{
	static const uint8_t padding[SHA1_BLOCK_LEN] = {0x80};
	uint64_t bit_cnt = h->len * 8;
	uint8_t tail[8];
	wire_put_u32(tail, (uint32_t)(bit_cnt >> 32));
	wire_put_u32(tail + 4, (uint32_t)bit_cnt);
	take(h, padding, 1 + (2 * SHA1_BLOCK_LEN - sizeof(tail) - 1 - h->fill) % SHA1_BLOCK_LEN);
	take(h, tail, sizeof(tail));
	return key_of(h->state);
}

struct sig_key sig_key_rrset(const uint64_t live_id[static 2], const uint8_t *owner, uint16_t type,
	uint32_t ttl_s, const uint8_t *packed, size_t packed_len)
{
	struct hasher h = {.fill = HEAD_LEN, .len = HEAD_LEN};
	uint8_t fixed[6];
	memcpy(h.state, sha1_initial_state, sizeof(h.state));
	put_head(h.block, live_id, KIND_RRSET);
	wire_put_u16(fixed, type);
	wire_put_u32(fixed + 2, ttl_s);
	take(&h, owner, dname_len(owner));
	take(&h, fixed, sizeof(fixed));
	take(&h, packed, packed_len);
	return finish(&h);
}
