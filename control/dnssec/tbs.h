/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tbs: the octets an RRSIG signs (RFC 4034, 3.1.8.1), for whoever signs: at compile time from a
 * zone in memory (sign.h), when asked for from an image (control/signer/canon.h).
 *
 *   +------------------------------------+-----------------------------------------+
 *   | RRSIG rdata up to the signature:   | RRs in canonical form (6.2) and order   |
 *   | 18 octets, signer's name           | (6.3): owner, type, class, TTL, rdata   |
 *   +------------------------------------+-----------------------------------------+
 *
 *   tbs_begin(&tbs, &what, room)           once for an RRset
 *   tbs_add(&tbs, &what, rdata, len)       for each RR, in canonical order
 *   tbs_head(&tbs, &what, &who)            for each key; then sign tbs.msg, tbs.len octets
 *
 * One struct for one RRset after another, in one thread; its buffer grows to the largest.
 */
#ifndef CONTROL_DNSSEC_TBS_H
#define CONTROL_DNSSEC_TBS_H

#include <stddef.h>
#include <stdint.h>

#define RRSIG_FIXED_LEN 18 /* octets of RRSIG rdata before the signer's name (RFC 4034, 3.1) */
#define RR_HEAD_LEN	10 /* type, class, TTL, rdata length */

struct tbs {
	uint8_t *msg;
	size_t len;
	size_t cap;
};

/* An RRset, and the name it is signed under. Names in lower case. */
struct tbs_rrset {
	const uint8_t *apex;
	const uint8_t *owner;
	unsigned apex_len;
	unsigned owner_len;
	unsigned label_cnt; /* of owner, without the root and a leading "*" (RFC 4034, 3.1.3) */
	uint32_t ttl_s;
	uint16_t type;
};

/* Who signs, and for how long; times are modulo 2^32 (RFC 4034, 3.1.5). */
struct tbs_signer {
	uint64_t inception_s;
	uint64_t expiration_s;
	uint16_t tag;
	uint8_t algorithm;
};

/* tbs_begin makes room for rr_cnt records with rdata_len octets of rdata together. 0, or -1: memory
 * is out. */
int tbs_begin(struct tbs *tbs, const struct tbs_rrset *what, unsigned rr_cnt, size_t rdata_len)
	__attribute__((warn_unused_result));
/* tbs_add puts a record behind those before; rdata is well-formed, its names uncompressed. */
void tbs_add(struct tbs *tbs, const struct tbs_rrset *what, const uint8_t *rdata, size_t rdata_len);
/* tbs_add_record puts a whole record there that is in canonical form already. */
void tbs_add_record(struct tbs *tbs, const uint8_t *record, size_t len);
/* tbs_rrs: the records that are there. */
static inline const uint8_t *tbs_rrs(const struct tbs *tbs, const struct tbs_rrset *what)
{
	return tbs->msg + RRSIG_FIXED_LEN + what->apex_len;
}
/* tbs_head fills in the head. */
void tbs_head(struct tbs *tbs, const struct tbs_rrset *what, const struct tbs_signer *who);
/* Octets of the head, which RRSIG rdata begins with. */
static inline size_t tbs_head_len(const struct tbs_rrset *what)
{
	return RRSIG_FIXED_LEN + what->apex_len;
}
void tbs_deinit(struct tbs *tbs); /* the zero state is safe */

#endif
