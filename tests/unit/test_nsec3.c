/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hashing against RFC 5155's example zone, the search against binary search over the same hashes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"
#include "zonedb/nsec3.h"
#include "zonedb/wire.h"

static void hashes_as_rfc_5155_does(void **state)
{
	/* appendix A: salt aabbccdd, 12 iterations */
	static const struct {
		const char *name, *hash;
	} vectors[] = {
		{"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
		{"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
		{"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
		{"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
		{"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},
		{"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
		{"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
		{"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
		{"y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},
		{"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
		{"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"},
	};
	const uint8_t salt[] = {0xaa, 0xbb, 0xcc, 0xdd};
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		uint8_t name[DNAME_LEN_MAX], hash[NSEC3_HASH_LEN];
		char text[NSEC3_LABEL_LEN];
		int len = dname_from_text(name, vectors[i].name);
		nsec3_hash(hash, name, (size_t)len, salt, sizeof(salt), 12);
		nsec3_to_text(text, hash);
		assert_memory_equal(text, vectors[i].hash, NSEC3_LABEL_LEN);
	}
}

/* The longest name and salt fill the buffer. */
static void hashes_the_longest_input(void **state)
{
	uint8_t name[DNAME_LEN_MAX], salt[NSEC3_SALT_MAX], hash[NSEC3_HASH_LEN];
	char text[NSEC3_LABEL_LEN];
	memset(name, 'a', sizeof(name));
	memset(salt, 0x5a, sizeof(salt));
	nsec3_hash(hash, name, sizeof(name), salt, sizeof(salt), 3);
	nsec3_to_text(text, hash);
	/* by Python's hashlib */
	assert_memory_equal(text, "333bsljmhnqgld1b61hb9lkjsc5jokgd", NSEC3_LABEL_LEN);
}

/* Two names at once, of every length, with and without what makes them go one by one. */
static void hashes_pairs_as_singles(void **state)
{
	struct qname q[2];
	const uint8_t salt[] = {1, 2, 3};
	for (unsigned len = 2; len <= DNAME_LABEL_MAX + 2; len++) {
		for (unsigned mode = 0; mode < 4; mode++) {
			uint8_t hash[2][NSEC3_HASH_LEN], single[NSEC3_HASH_LEN];
			uint8_t *const to[2] = {hash[0], hash[1]};
			struct nsec3_input in[2];
			for (unsigned i = 0; i < 2; i++) {
				memset(&q[i], 0xa5, sizeof(q[i]));
				memset(q[i].wire, (int)(len + i), len);
				in[i] = (struct nsec3_input){q[i].wire, salt, (uint16_t)(mode & 1),
					(uint8_t)(len - i), mode & 2 ? 3 : 0};
			}
			nsec3_hash_pair(to, in);
			for (unsigned i = 0; i < 2; i++) {
				nsec3_hash(single, in[i].name, in[i].name_len, salt, in[i].salt_len,
					in[i].iterations);
				assert_memory_equal(hash[i], single, NSEC3_HASH_LEN);
			}
		}
	}
}

static void text_is_checked_and_round_trips(void **state)
{
	uint8_t hash[NSEC3_HASH_LEN];
	char text[NSEC3_LABEL_LEN];
	const char *good = "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM";
	assert_int_equal(nsec3_from_text(hash, good, 31), -1);
	assert_int_equal(nsec3_from_text(hash, good, 33), -1);
	assert_int_equal(nsec3_from_text(hash, "", 0), -1);
	assert_int_equal(nsec3_from_text(hash, "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOW", 32), -1);
	assert_int_equal(nsec3_from_text(hash, "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TO=", 32), -1);
	assert_int_equal(nsec3_from_text(hash, "/P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM", 32), -1);
	assert_int_equal(nsec3_from_text(hash, good, 32), 0);
	nsec3_to_text(text, hash);
	assert_memory_equal(text, "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", NSEC3_LABEL_LEN);
}

/* ---- search -------------------------------------------------------------------------------- */

/* An image that has nothing but the tables the search reads. */
struct chain {
	struct image_header *img;
	uint8_t (*hash)[NSEC3_HASH_LEN]; /* sorted */
	uint32_t cnt;
};

static int hash_cmp(const void *a, const void *b)
{
	return memcmp(a, b, NSEC3_HASH_LEN);
}

/* Lines as image.h describes them; record i's RRset is i + 1. */
static void fill_lines(const struct chain *c, struct image_nsec3_line *line)
{
	for (uint32_t k = 0; k < c->img->nsec3_line_cnt; k++) {
		uint32_t i = 0;
		line[k].rrset[0] = c->cnt;
		for (; i < c->cnt; i++) {
			uint64_t place =
				image_nsec3_place(wire_get_u64(c->hash[i]), c->img->nsec3_line_cnt);
			if (place >> 32 < k)
				line[k].rrset[0] = i + 1;
			if (place >> 32 != k)
				continue;
			line[k].overflow |= line[k].used == IMAGE_NSEC3_SLOTS;
			if (line[k].overflow)
				continue;
			line[k].part[line[k].used] = (uint32_t)place;
			line[k].rrset[++line[k].used] = i + 1;
		}
	}
}

static void chain_open(struct chain *c)
{
	uint32_t line_cnt = 1 + c->cnt / 3;
	size_t low_off = IMAGE_ALIGN * 4 + c->cnt * sizeof(struct image_nsec3);
	size_t line_off = image_round_up(low_off + c->cnt * sizeof(uint64_t), IMAGE_ALIGN);
	size_t len = line_off + line_cnt * sizeof(struct image_nsec3_line);
	qsort(c->hash, c->cnt, NSEC3_HASH_LEN, hash_cmp);
	c->img = aligned_alloc(IMAGE_ALIGN, len);
	memset(c->img, 0, len);
	c->img->nsec3_cnt = c->cnt;
	c->img->nsec3_line_cnt = line_cnt;
	c->img->nsec3_off = IMAGE_ALIGN * 4 / IMAGE_UNIT;
	c->img->nsec3_low_off = (uint32_t)(low_off / IMAGE_UNIT);
	c->img->nsec3_line_off = (uint32_t)(line_off / IMAGE_UNIT);
	struct image_nsec3 *record = (void *)((uint8_t *)c->img + IMAGE_ALIGN * 4);
	uint64_t *low = (void *)((uint8_t *)c->img + low_off);
	for (uint32_t i = 0; i < c->cnt; i++) {
		record[i].hash_high = wire_get_u64(c->hash[i]);
		record[i].hash_mid = wire_get_u32(c->hash[i] + 8);
		record[i].rrset.v = i + 1;
		low[i] = wire_get_u64(c->hash[i] + 12);
	}
	fill_lines(c, (void *)((uint8_t *)c->img + line_off));
}

static void chain_close(struct chain *c)
{
	free(c->img);
	free(c->hash);
}

static void assert_found(const struct chain *c, const uint8_t *hash)
{
	uint32_t low = 0, high = c->cnt;
	bool match;
	while (low < high) {
		uint32_t mid = (low + high) / 2;
		if (memcmp(c->hash[mid], hash, NSEC3_HASH_LEN) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	uint32_t expected = low > 0 ? low - 1 : c->cnt - 1;
	assert_int_equal(nsec3_find(c->img, hash, &match), expected);
	assert_int_equal(match, low > 0 && memcmp(c->hash[low - 1], hash, NSEC3_HASH_LEN) == 0);
	nsec3_prefetch(c->img, hash);
	assert_int_equal(nsec3_cover(c->img, hash).v, expected + 1);
}

/* hash + delta as one number. */
static void neighbour(uint8_t dst[static NSEC3_HASH_LEN], const uint8_t *hash, int delta)
{
	memcpy(dst, hash, NSEC3_HASH_LEN);
	for (int i = NSEC3_HASH_LEN - 1; i >= 0; i--) {
		dst[i] = (uint8_t)(dst[i] + delta);
		if (delta > 0 ? dst[i] != 0 : dst[i] != 0xff)
			return;
	}
}

static void ask_everything(const struct chain *c)
{
	uint8_t hash[NSEC3_HASH_LEN];
	for (uint32_t i = 0; i < c->cnt; i++) {
		assert_found(c, c->hash[i]);
		neighbour(hash, c->hash[i], 1);
		assert_found(c, hash);
		neighbour(hash, c->hash[i], -1);
		assert_found(c, hash);
	}
	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned k = 0; k < sizeof(hash); k++)
			hash[k] = (uint8_t)rand();
		assert_found(c, hash);
	}
	memset(hash, 0, sizeof(hash));
	assert_found(c, hash);
	memset(hash, 0xff, sizeof(hash));
	assert_found(c, hash);
}

static void agrees_with_binary_search(void **state)
{
	static const uint32_t cnts[] = {1, 2, 3, 10, 1000, 4097};
	srand(2);
	for (size_t n = 0; n < sizeof(cnts) / sizeof(cnts[0]); n++) {
		struct chain c = {.cnt = cnts[n], .hash = malloc(cnts[n] * NSEC3_HASH_LEN)};
		for (uint32_t i = 0; i < c.cnt; i++)
			for (unsigned k = 0; k < NSEC3_HASH_LEN; k++)
				c.hash[i][k] = (uint8_t)rand();
		chain_open(&c);
		ask_everything(&c);
		chain_close(&c);
	}
}

static void finds_at_the_extremes(void **state)
{
	struct chain c = {.cnt = 2, .hash = malloc(2 * NSEC3_HASH_LEN)};
	memset(c.hash[0], 0, NSEC3_HASH_LEN);
	memset(c.hash[1], 0xff, NSEC3_HASH_LEN);
	chain_open(&c);
	ask_everything(&c);
	chain_close(&c);
}

/* Hashes that differ in their last octets only: the words are compared in the right order. */
static void finds_among_close_hashes(void **state)
{
	struct chain c = {.cnt = 60, .hash = malloc(60 * NSEC3_HASH_LEN)};
	for (uint32_t i = 0; i < c.cnt; i++) {
		memset(c.hash[i], 0x77, NSEC3_HASH_LEN);
		c.hash[i][i % 20] = (uint8_t)(0x70 + i / 20 * 6);
	}
	chain_open(&c);
	ask_everything(&c);
	chain_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_as_rfc_5155_does),
		cmocka_unit_test(hashes_the_longest_input),
		cmocka_unit_test(hashes_pairs_as_singles),
		cmocka_unit_test(text_is_checked_and_round_trips),
		cmocka_unit_test(agrees_with_binary_search),
		cmocka_unit_test(finds_at_the_extremes),
		cmocka_unit_test(finds_among_close_hashes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
