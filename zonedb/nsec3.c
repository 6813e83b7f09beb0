/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/nsec3.h"

#include <string.h>

#include "zonedb/prefetch.h"
#include "zonedb/sha1.h"
#include "zonedb/wire.h"

#define INPUT_LEN_MAX (DNAME_LEN_MAX + NSEC3_SALT_MAX)

/* A message being hashed, and then its hash with the salt, over and over. */
struct hashing {
	uint8_t buf[SHA1_PADDED_LEN(INPUT_LEN_MAX)];
	size_t block_cnt;
};

#define WORD_LEN 16
typedef uint8_t word __attribute__((vector_size(WORD_LEN)));

/* The vector of a window over `from`: how a message of len octets goes on at its octet at. */
static inline word window(const uint8_t *from, int len, int at)
{
	int left = len - at;
	word w;
	left = left < -1 ? -1 : left > WORD_LEN ? WORD_LEN : left;
	memcpy(&w, from + WORD_LEN - left, WORD_LEN);
	return w;
}

#define SHORT_LEN_MAX (SHA1_BLOCK_LEN - 9) /* of a message in one block */

/* A message of one block and no salt. Made of whole vectors: the hash loads vectors, and would wait
 * for narrower stores to reach the cache. Reads a whole block of the name, which has that many
 * octets in front of the end of its struct qname. */
static void begin_short(struct hashing *h, const struct nsec3_input *in)
{
	/* windows: octets kept, then none; the closing 0x80 behind the last one kept */
	static const uint8_t kept[2 * WORD_LEN + 1] = {[0 ... WORD_LEN - 1] = 0xff};
	static const uint8_t closing[2 * WORD_LEN + 1] = {[WORD_LEN] = 0x80};
	for (int at = 0; at < SHA1_BLOCK_LEN; at += WORD_LEN) {
		word w;
		memcpy(&w, in->name + at, WORD_LEN);
		w = (w & window(kept, in->name_len, at)) | window(closing, in->name_len, at);
		if (at == SHA1_BLOCK_LEN - WORD_LEN) {
			w[WORD_LEN - 2] = (uint8_t)(in->name_len >> 5);
			w[WORD_LEN - 1] = (uint8_t)(in->name_len << 3);
		}
		memcpy(h->buf + at, &w, WORD_LEN);
	}
	h->block_cnt = 1;
}

static bool is_short(const struct nsec3_input *in)
{
	return in->iterations == 0 && in->salt_len == 0 && in->name_len <= SHORT_LEN_MAX;
}

static void begin_name(struct hashing *h, const struct nsec3_input *in)
{
	memcpy(h->buf, in->name, in->name_len);
	memcpy(h->buf + in->name_len, in->salt, in->salt_len);
	h->block_cnt = sha1_pad(h->buf, (size_t)in->name_len + in->salt_len);
}

/* Every further round hashes the hash and the salt: only the hash changes in the block. */
static void begin_rounds(struct hashing *h, const struct nsec3_input *in)
{
	memcpy(h->buf + NSEC3_HASH_LEN, in->salt, in->salt_len);
	h->block_cnt = sha1_pad(h->buf, NSEC3_HASH_LEN + in->salt_len);
}

static void hash_one(uint8_t *hash, const struct nsec3_input *in)
{
	struct hashing h;
	uint32_t state[5];
	begin_name(&h, in);
	for (unsigned left = in->iterations;; left--) {
		memcpy(state, sha1_initial_state, sizeof(state));
		sha1_compress(state, h.buf, h.block_cnt);
		if (left == 0)
			break;
		if (left == in->iterations)
			begin_rounds(&h, in);
		sha1_finish(h.buf, state);
	}
	sha1_finish(hash, state);
}

void nsec3_hash(uint8_t hash[static NSEC3_HASH_LEN], const uint8_t *name, size_t name_len,
	const uint8_t *salt, size_t salt_len, unsigned iterations)
{
	const struct nsec3_input in = {
		.name = name,
		.salt = salt,
		.iterations = (uint16_t)iterations,
		.name_len = (uint8_t)name_len,
		.salt_len = (uint8_t)salt_len,
	};
	hash_one(hash, &in);
}

void nsec3_hash_pair(uint8_t *const hash[static 2], const struct nsec3_input in[static 2])
{
	struct hashing h[2];
	uint32_t state[2][5];
	const uint8_t *const block[2] = {h[0].buf, h[1].buf};
	if (!is_short(&in[0]) || !is_short(&in[1])) {
		hash_one(hash[0], &in[0]);
		hash_one(hash[1], &in[1]);
		return;
	}
	begin_short(&h[0], &in[0]);
	begin_short(&h[1], &in[1]);
	memcpy(state[0], sha1_initial_state, sizeof(state[0]));
	memcpy(state[1], sha1_initial_state, sizeof(state[1]));
	sha1_compress_pair(state, block, h[0].block_cnt);
	sha1_finish(hash[0], state[0]);
	sha1_finish(hash[1], state[1]);
}

/* A hash as the image stores it. */
struct hash_words {
	uint64_t high;
	uint32_t mid;
	uint64_t low;
};

static struct hash_words hash_split(const uint8_t *hash)
{
	return (struct hash_words){
		.high = wire_get_u64(hash),
		.mid = wire_get_u32(hash + 8),
		.low = wire_get_u64(hash + 12),
	};
}

/* Order of record i against the hash looked for: < 0, 0, > 0. */
static int record_cmp(const struct image_header *img, uint32_t i, const struct hash_words *h)
{
	const struct image_nsec3 *record =
		(const struct image_nsec3 *)image_at(img, img->nsec3_off) + i;
	if (record->hash_high != h->high)
		return record->hash_high < h->high ? -1 : 1;
	if (record->hash_mid != h->mid)
		return record->hash_mid < h->mid ? -1 : 1;
	uint64_t low = ((const uint64_t *)image_at(img, img->nsec3_low_off))[i];
	return low < h->low ? -1 : low > h->low;
}

uint32_t nsec3_find(
	const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN], bool *match)
{
	struct hash_words h = hash_split(hash);
	uint32_t low = 0, high = img->nsec3_cnt; /* records before low are smaller */
	*match = false;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = record_cmp(img, mid, &h);
		*match |= order == 0;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (*match)
		return low;
	return low > 0 ? low - 1 : img->nsec3_cnt - 1;
}

static const struct image_nsec3_line *line_of(const struct image_header *img, uint64_t place)
{
	return (const struct image_nsec3_line *)image_at(img, img->nsec3_line_off) + (place >> 32);
}

static struct rrset_ref chain_cover(const struct image_header *img, const uint8_t *hash)
{
	bool match;
	uint32_t i = nsec3_find(img, hash, &match);
	return ((const struct image_nsec3 *)image_at(img, img->nsec3_off))[i].rrset;
}

struct rrset_ref nsec3_cover(
	const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN])
{
	uint64_t place = image_nsec3_place(wire_get_u64(hash), img->nsec3_line_cnt);
	const struct image_nsec3_line *line = line_of(img, place);
	const uint32_t part = (uint32_t)place;
	/* bits by slot, those of .below from the lowest on; no branch, as nothing could foretell it
	 */
	unsigned below = 0, same = 0;
	for (unsigned i = 0; i < IMAGE_NSEC3_SLOTS; i++) {
		below |= (unsigned)(line->part[i] < part) << i;
		same |= (unsigned)(line->part[i] == part) << i;
	}
	const unsigned filled = (1U << line->used) - 1;
	if (__builtin_expect((same & filled) | line->overflow, 0))
		return chain_cover(img, hash);
	return (struct rrset_ref){line->rrset[__builtin_ctz(~(below & filled))]};
}

void nsec3_prefetch(const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN])
{
	prefetch_near(line_of(img, image_nsec3_place(wire_get_u64(hash), img->nsec3_line_cnt)));
}

/* The eight groups of 5 bits of a number of 40, in eight octets. */
static uint64_t spread_fives(uint64_t v)
{
	v = (v & UINT64_C(0x00000000000fffff)) | (v & UINT64_C(0x000000fffff00000)) << 12;
	v = (v & UINT64_C(0x000003ff000003ff)) | (v & UINT64_C(0x000ffc00000ffc00)) << 6;
	return (v & UINT64_C(0x001f001f001f001f)) | (v & UINT64_C(0x03e003e003e003e0)) << 3;
}

/* Digits '0' to '9', 'a' to 'v' of eight numbers below 32. */
static uint64_t base32hex_digits(uint64_t v)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t letters = (v + (0x80 - 10) * ones) >> 7 & ones;
	return v + '0' * ones + letters * ('a' - '9' - 1);
}

void nsec3_to_text(char text[static NSEC3_LABEL_LEN], const uint8_t hash[static NSEC3_HASH_LEN])
{
	/* five octets make eight characters; 20 octets leave no rest */
	for (unsigned i = 0; i < NSEC3_HASH_LEN; i += 5, text += 8) {
		uint64_t v = (uint64_t)hash[i] << 32 | wire_get_u32(hash + i + 1);
		uint64_t digits = base32hex_digits(spread_fives(v));
		wire_put_u32((uint8_t *)text, (uint32_t)(digits >> 32));
		wire_put_u32((uint8_t *)text + 4, (uint32_t)digits);
	}
}

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'V')
		c = (char)(c - 'A' + 'a');
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

int nsec3_from_text(uint8_t hash[static NSEC3_HASH_LEN], const char *text, size_t len)
{
	if (len != NSEC3_LABEL_LEN)
		return -1;
	for (unsigned i = 0; i < NSEC3_HASH_LEN; i += 5) {
		uint64_t v = 0;
		for (unsigned k = 0; k < 8; k++, text++) {
			int digit = digit_value(*text);
			if (digit < 0)
				return -1;
			v = v << 5 | (uint64_t)digit;
		}
		hash[i] = (uint8_t)(v >> 32);
		wire_put_u32(hash + i + 1, (uint32_t)v);
	}
	return 0;
}
