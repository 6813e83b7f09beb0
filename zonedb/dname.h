/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dname: domain names in wire format (RFC 1035, 3.1), and their hashes.
 *
 * A name is labels, each a length octet (1..63) and its octets, closed by the root label (a zero
 * octet); at most DNAME_LEN_MAX octets. "Canonical" means lower case (ASCII only, RFC 4343) and
 * canonical order that of RFC 4034, 6.1.
 *
 * The hash of a name is built from the root down, one step per label:
 *     h(root) = seed, h(label + rest) = dname_hash_label(h(rest), label)
 * so a walk from an apex down hashes each label once, and the hashes of all suffixes come for free.
 * It is keyed by a random per-directory seed: registrants choose names, they must not choose
 * buckets.
 */
#ifndef ZONEDB_DNAME_H
#define ZONEDB_DNAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "zonedb/limits.h"

/* Octets that may be read (not used) beyond the end of a name handed to the hash: it loads words.
 */
#define DNAME_PAD 16

/* A question name, taken apart. wire is lower case; DNAME_PAD octets follow it. */
struct qname {
	uint8_t wire[DNAME_LEN_MAX + DNAME_PAD];
	uint8_t len;				    /* octets with the root label */
	uint8_t label_cnt;			    /* without the root */
	uint8_t label_off[DNAME_LABEL_CNT_MAX + 1]; /* from the left; [label_cnt] = the root's */
};

/* Reads an uncompressed name at wire, where max octets may be read, into q, lower-casing it.
 * Returns its length, or -1 if it is cut short, too long, or holds a compression pointer or other
 * label type.
 */
int qname_read(struct qname *q, const uint8_t *wire, size_t max)
	__attribute__((warn_unused_result));

/* Octets of a valid name, root label included. */
size_t dname_len(const uint8_t *name);
/* Labels of a valid name, without the root. */
unsigned dname_label_cnt(const uint8_t *name);
/* Checks an uncompressed name of at most max octets: its length, or -1. */
int dname_check(const uint8_t *name, size_t max) __attribute__((warn_unused_result));
void dname_lower(uint8_t *dst, const uint8_t *src, size_t len);
/* Canonical order: < 0, 0, > 0. Both names lower case and valid. */
int dname_cmp(const uint8_t *a, const uint8_t *b);
/* First key_len octets of a string of octets that orders as the name does: comparing two keys with
 * memcmp() never contradicts dname_cmp(), though different names may have equal keys. skip labels
 * at the right (an apex common to both) are left out. name lower case. */
void dname_sort_key(uint8_t *key, size_t key_len, const uint8_t *name, unsigned skip);
/* True if name is below or equal to apex (both lower case). */
bool dname_is_under(const uint8_t *name, const uint8_t *apex);
/* Presentation format with a final dot; dst of at least DNAME_TEXT_MAX octets. Returns dst. */
#define DNAME_TEXT_MAX (DNAME_LEN_MAX * 4 + 2)
char *dname_to_text(char *dst, const uint8_t *name);
/* Presentation to wire (RFC 1035, 5.1 escapes), made absolute; returns octets or -1. Case is kept.
 */
int dname_from_text(uint8_t dst[static DNAME_LEN_MAX], const char *text)
	__attribute__((warn_unused_result));

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of names: x86-64, arm64, riscv64");

/* Whether len octets are the same. Both may be read up to the next multiple of 8. */
static inline bool dname_same(const uint8_t *a, const uint8_t *b, unsigned len)
{
	for (;; a += 8, b += 8, len -= 8) {
		uint64_t x, y;
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		x ^= y;
		if (len <= 8) /* the first octet is the lowest */
			return len == 0 || x << (64 - len * 8) == 0;
		if (x != 0)
			return false;
	}
}

/* One label's step of the hash; label points at its length octet, lower case. */
static inline uint64_t dname_hash_label(uint64_t rest, const uint8_t *label)
{
	/* Folded 64x64->128 multiplication over 8-octet words, length mixed in with the first;
	 * label_len octets are taken with the length octet itself in front. */
	const uint64_t k0 = UINT64_C(0x9e3779b97f4a7c15), k1 = UINT64_C(0xd6e8feb86659fd93);
	unsigned left = label[0] + 1U;
	uint64_t h = rest;
	for (const uint8_t *p = label;; p += 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		if (left < 8)
			word &= (UINT64_C(1) << (left * 8)) - 1;
		unsigned __int128 m = (unsigned __int128)(h ^ word ^ k0) * (rest ^ k1);
		h = (uint64_t)m ^ (uint64_t)(m >> 64);
		if (left <= 8)
			return h;
		left -= 8;
	}
}

/* Hash of a whole name (lower case, DNAME_PAD readable octets behind it). */
uint64_t dname_hash(const uint8_t *name, uint64_t seed);

#endif
