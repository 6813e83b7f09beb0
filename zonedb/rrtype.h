/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rrtype: what ensign must know of record types: mnemonic, and where names stand in the rdata.
 *
 * One table, one row per type; adding a type is adding a row. Types without a row are opaque
 * (RFC 3597).
 */
#ifndef ZONEDB_RRTYPE_H
#define ZONEDB_RRTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rrtype {
	RRTYPE_A = 1,
	RRTYPE_NS = 2,
	RRTYPE_MD = 3,
	RRTYPE_MF = 4,
	RRTYPE_CNAME = 5,
	RRTYPE_SOA = 6,
	RRTYPE_MB = 7,
	RRTYPE_MG = 8,
	RRTYPE_MR = 9,
	RRTYPE_NULL = 10,
	RRTYPE_WKS = 11,
	RRTYPE_PTR = 12,
	RRTYPE_HINFO = 13,
	RRTYPE_MINFO = 14,
	RRTYPE_MX = 15,
	RRTYPE_TXT = 16,
	RRTYPE_RP = 17,
	RRTYPE_AFSDB = 18,
	RRTYPE_X25 = 19,
	RRTYPE_ISDN = 20,
	RRTYPE_RT = 21,
	RRTYPE_NSAP = 22,
	RRTYPE_SIG = 24,
	RRTYPE_KEY = 25,
	RRTYPE_PX = 26,
	RRTYPE_GPOS = 27,
	RRTYPE_AAAA = 28,
	RRTYPE_LOC = 29,
	RRTYPE_NXT = 30,
	RRTYPE_SRV = 33,
	RRTYPE_NAPTR = 35,
	RRTYPE_KX = 36,
	RRTYPE_CERT = 37,
	RRTYPE_DNAME = 39,
	RRTYPE_OPT = 41,
	RRTYPE_APL = 42,
	RRTYPE_DS = 43,
	RRTYPE_SSHFP = 44,
	RRTYPE_IPSECKEY = 45,
	RRTYPE_RRSIG = 46,
	RRTYPE_NSEC = 47,
	RRTYPE_DNSKEY = 48,
	RRTYPE_DHCID = 49,
	RRTYPE_NSEC3 = 50,
	RRTYPE_NSEC3PARAM = 51,
	RRTYPE_TLSA = 52,
	RRTYPE_SMIMEA = 53,
	RRTYPE_HIP = 55,
	RRTYPE_NINFO = 56,
	RRTYPE_RKEY = 57,
	RRTYPE_TALINK = 58,
	RRTYPE_CDS = 59,
	RRTYPE_CDNSKEY = 60,
	RRTYPE_OPENPGPKEY = 61,
	RRTYPE_CSYNC = 62,
	RRTYPE_ZONEMD = 63,
	RRTYPE_SVCB = 64,
	RRTYPE_HTTPS = 65,
	RRTYPE_SPF = 99,
	RRTYPE_NID = 104,
	RRTYPE_L32 = 105,
	RRTYPE_L64 = 106,
	RRTYPE_LP = 107,
	RRTYPE_EUI48 = 108,
	RRTYPE_EUI64 = 109,
	RRTYPE_TKEY = 249,
	RRTYPE_TSIG = 250,
	RRTYPE_IXFR = 251,
	RRTYPE_AXFR = 252,
	RRTYPE_MAILB = 253,
	RRTYPE_MAILA = 254,
	RRTYPE_ANY = 255,
	RRTYPE_URI = 256,
	RRTYPE_CAA = 257,
	RRTYPE_AVC = 258,
	RRTYPE_AMTRELAY = 260,
	RRTYPE_TA = 32768,
	RRTYPE_DLV = 32769,
};

enum rrclass { RRCLASS_IN = 1, RRCLASS_CH = 3, RRCLASS_NONE = 254, RRCLASS_ANY = 255 };

/* Layout of rdata: a run of blocks that must fill it exactly. */
enum rdata_block {
	RDATA_END = 0,	     /* nothing follows */
	RDATA_NAME_COMPRESS, /* name that may be compressed in messages (RFC 1035 types),
				lower-cased in canonical form */
	RDATA_NAME,	  /* name, never compressed, lower-cased in canonical form (RFC 4034, 6.2;
			     RFC 6840, 5.1) */
	RDATA_NAME_AS_IS, /* name, never compressed, case kept in canonical form */
	RDATA_TEXT,	  /* <character-string>, or another run behind a length octet */
	RDATA_TEXTS,	  /* one or more of them, to the end */
	RDATA_BITMAP,	  /* type bitmap to the end (RFC 4034, 4.1.2) */
	RDATA_PARAMS,	  /* SvcParams to the end (RFC 9460, 2.2) */
	RDATA_REST,	  /* anything to the end */
	RDATA_FIXED_1 = 0x10, /* RDATA_FIXED_1 + n - 1: n octets */
	RDATA_FIXED_MAX = 0x3f,
};

#define RDATA_BLOCK_MAX 8

struct rrtype_info {
	uint16_t type;
	const char *mnemonic;
	uint8_t block[RDATA_BLOCK_MAX]; /* enum rdata_block, RDATA_END-terminated */
	int8_t extra_block; /* index in block of the name whose addresses are additional data; -1 */
};

/* Row of a type; never NULL: unknown types give an opaque row of type 0 without mnemonic. */
const struct rrtype_info *rrtype_info(uint16_t type);
/* "A", "TYPE65534"; dst of at least 12 octets. Returns dst. */
char *rrtype_to_text(char dst[static 12], uint16_t type);
/* -1 if it is neither a known mnemonic nor TYPEnnn. Either case. */
int rrtype_from_text(uint16_t *type, const char *text) __attribute__((warn_unused_result));
/* Checks that rdata_len octets have the type's layout, names uncompressed. 0 or -1. */
int rrtype_check_rdata(uint16_t type, const uint8_t *rdata, size_t rdata_len)
	__attribute__((warn_unused_result));
/* Walks the blocks of well-formed rdata. Zero .pos at the start:
 *     struct rdata_walk w = {.info = rrtype_info(type), .rdata = rdata, .rdata_len = len};
 *     while (rrtype_walk(&w)) ... w.block, w.at, w.len ...
 */
struct rdata_walk {
	const struct rrtype_info *info;
	const uint8_t *rdata;
	size_t rdata_len;
	size_t pos;	   /* of what follows the block */
	unsigned next;	   /* index of the following block */
	uint8_t block;	   /* enum rdata_block of this one */
	const uint8_t *at; /* its octets */
	size_t len;
};
bool rrtype_walk(struct rdata_walk *w);
static inline bool rdata_block_is_name(uint8_t block)
{
	return block >= RDATA_NAME_COMPRESS && block <= RDATA_NAME_AS_IS;
}
/* Canonical form of rdata (RFC 4034, 6.2), rdata_len octets to dst. The rdata is well-formed. */
void rrtype_canonical_rdata(uint16_t type, uint8_t *dst, const uint8_t *rdata, size_t rdata_len);
/* Meta and query types that may not stand in a zone: OPT, 128..255 (RFC 6895, 3.1). */
bool rrtype_is_meta(uint16_t type);

#endif
