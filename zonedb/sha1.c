/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/sha1.h"

#include <string.h>

#include "zonedb/wire.h"

const uint32_t sha1_initial_state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};

sha1_compress_fn *sha1_compress = sha1_compress_portable;
sha1_compress_pair_fn *sha1_compress_pair = sha1_compress_pair_portable;

__attribute__((constructor)) static void pick_compress(void)
{
	if (!sha1_ni_usable())
		return;
	sha1_compress = sha1_compress_ni;
	sha1_compress_pair = sha1_compress_pair_ni;
}

static uint32_t rol(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

/* Message schedule (RFC 3174, 6.1 b). */
static void expand(uint32_t w[static 80], const uint8_t *block)
{
	for (unsigned i = 0; i < 16; i++)
		w[i] = wire_get_u32(block + i * 4);
	for (unsigned i = 16; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
}

struct round_state {
	uint32_t a, b, c, d, e;
};

/* One round: f is the round function's value, k its constant (RFC 3174, 6.1 d). */
static inline void turn(struct round_state *s, uint32_t f, uint32_t k, uint32_t w)
{
	uint32_t t = rol(s->a, 5) + f + s->e + w + k;
	s->e = s->d;
	s->d = s->c;
	s->c = rol(s->b, 30);
	s->b = s->a;
	s->a = t;
}

static void compress_block(uint32_t state[static 5], const uint8_t *block)
{
	struct round_state s = {state[0], state[1], state[2], state[3], state[4]};
	uint32_t w[80];
	unsigned i = 0;
	expand(w, block);
	for (; i < 20; i++)
		turn(&s, (s.b & s.c) | (~s.b & s.d), 0x5a827999, w[i]);
	for (; i < 40; i++)
		turn(&s, s.b ^ s.c ^ s.d, 0x6ed9eba1, w[i]);
	for (; i < 60; i++)
		turn(&s, (s.b & s.c) | (s.b & s.d) | (s.c & s.d), 0x8f1bbcdc, w[i]);
	for (; i < 80; i++)
		turn(&s, s.b ^ s.c ^ s.d, 0xca62c1d6, w[i]);
	state[0] += s.a;
	state[1] += s.b;
	state[2] += s.c;
	state[3] += s.d;
	state[4] += s.e;
}

void sha1_compress_portable(uint32_t state[static 5], const uint8_t *block, size_t block_cnt)
{
	for (; block_cnt > 0; block_cnt--, block += SHA1_BLOCK_LEN)
		compress_block(state, block);
}

void sha1_compress_pair_portable(
	uint32_t state[static 2][5], const uint8_t *const block[static 2], size_t block_cnt)
{
	sha1_compress_portable(state[0], block[0], block_cnt);
	sha1_compress_portable(state[1], block[1], block_cnt);
}

size_t sha1_pad(uint8_t *buf, size_t len)
{
	size_t padded_len = SHA1_PADDED_LEN(len);
	buf[len] = 0x80;
	memset(buf + len + 1, 0, padded_len - len - 1 - 4);
	wire_put_u32(buf + padded_len - 4, (uint32_t)(len * 8));
	return padded_len / SHA1_BLOCK_LEN;
}

void sha1_finish(uint8_t hash[static SHA1_HASH_LEN], const uint32_t state[static 5])
{
	for (unsigned i = 0; i < 5; i++)
		wire_put_u32(hash + i * 4, state[i]);
}
