/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/nsec3.h"

#include <string.h>

#include "zonedb/prefetch.h"
#include "zonedb/sha1.h"
#include "zonedb/wire.h"

#define INPUT_LEN_MAX (DNAME_LEN_MAX + NSEC3_SALT_MAX)

void nsec3_hash(uint8_t hash[static NSEC3_HASH_LEN], const uint8_t *name, size_t name_len,
	const uint8_t *salt, size_t salt_len, unsigned iterations)
{
	uint8_t buf[SHA1_PADDED_LEN(INPUT_LEN_MAX)];
	uint32_t state[5];

	memcpy(buf, name, name_len);
	memcpy(buf + name_len, salt, salt_len);
	size_t block_cnt = sha1_pad(buf, name_len + salt_len);
	memcpy(state, sha1_initial_state, sizeof(state));
	sha1_compress(state, buf, block_cnt);
	sha1_finish(hash, state);
	if (iterations == 0)
		return;

	/* every further round hashes the hash and the salt: only the hash changes in the block */
	memcpy(buf + NSEC3_HASH_LEN, salt, salt_len);
	block_cnt = sha1_pad(buf, NSEC3_HASH_LEN + salt_len);
	for (; iterations > 0; iterations--) {
		sha1_finish(buf, state);
		memcpy(state, sha1_initial_state, sizeof(state));
		sha1_compress(state, buf, block_cnt);
	}
	sha1_finish(hash, state);
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
	const uint32_t *dir = image_at(img, img->nsec3_dir_off);
	struct hash_words h = hash_split(hash);
	uint32_t slot = image_nsec3_slot(h.high, img->nsec3_dir_cnt);
	uint32_t i = dir[slot], end = dir[slot + 1];
	int order = 1;

	while (i < end && (order = record_cmp(img, i, &h)) < 0)
		i++;
	*match = i < end && order == 0;
	if (*match)
		return i;
	return i > 0 ? i - 1 : img->nsec3_cnt - 1;
}

void nsec3_prefetch(const struct image_header *img, const uint8_t hash[static NSEC3_HASH_LEN])
{
	uint64_t high = wire_get_u64(hash);
	const uint32_t *dir = image_at(img, img->nsec3_dir_off);
	const struct image_nsec3 *record = image_at(img, img->nsec3_off);
	prefetch_line(dir + image_nsec3_slot(high, img->nsec3_dir_cnt));
	/* hashes are uniform: the record is not far from where its value says */
	prefetch_line(record + image_nsec3_slot(high, img->nsec3_cnt));
}

static const char base32hex[] = "0123456789abcdefghijklmnopqrstuv";

void nsec3_to_text(char text[static NSEC3_LABEL_LEN], const uint8_t hash[static NSEC3_HASH_LEN])
{
	/* five octets make eight characters; 20 octets leave no rest */
	for (unsigned i = 0; i < NSEC3_HASH_LEN; i += 5) {
		uint64_t v = (uint64_t)hash[i] << 32 | wire_get_u32(hash + i + 1);
		for (int shift = 35; shift >= 0; shift -= 5)
			*text++ = base32hex[v >> shift & 31];
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
