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
	RRTYPE_CNAME = 5,
	RRTYPE_SOA = 6,
	RRTYPE_PTR = 12,
	RRTYPE_MX = 15,
	RRTYPE_TXT = 16,
	RRTYPE_AAAA = 28,
	RRTYPE_SRV = 33,
	RRTYPE_NAPTR = 35,
	RRTYPE_DNAME = 39,
	RRTYPE_OPT = 41,
	RRTYPE_DS = 43,
	RRTYPE_RRSIG = 46,
	RRTYPE_NSEC = 47,
	RRTYPE_DNSKEY = 48,
	RRTYPE_NSEC3 = 50,
	RRTYPE_NSEC3PARAM = 51,
	RRTYPE_CDS = 59,
	RRTYPE_CDNSKEY = 60,
	RRTYPE_ZONEMD = 63,
	RRTYPE_SVCB = 64,
	RRTYPE_HTTPS = 65,
	RRTYPE_TKEY = 249,
	RRTYPE_TSIG = 250,
	RRTYPE_IXFR = 251,
	RRTYPE_AXFR = 252,
	RRTYPE_MAILB = 253,
	RRTYPE_MAILA = 254,
	RRTYPE_ANY = 255,
	RRTYPE_CAA = 257,
};

enum rrclass { RRCLASS_IN = 1, RRCLASS_CH = 3, RRCLASS_NONE = 254, RRCLASS_ANY = 255 };

/* Layout of rdata up to its last name, as a run of blocks. */
enum rdata_block {
	RDATA_END = 0,	     /* the rest is opaque */
	RDATA_NAME_COMPRESS, /* name that may be compressed in messages (RFC 1035 types) */
	RDATA_NAME,	  /* name, never compressed, lower-cased in canonical form (RFC 4034, 6.2;
			     RFC 6840, 5.1) */
	RDATA_NAME_AS_IS, /* name, never compressed, case kept in canonical form */
	RDATA_TEXT,	  /* <character-string> */
	RDATA_FIXED_1 = 0x10, /* RDATA_FIXED_1 + n - 1: n octets */
	RDATA_FIXED_MAX = 0x3f,
};

struct rrtype_info {
	uint16_t type;
	const char *mnemonic;
	uint8_t block[8];   /* enum rdata_block, RDATA_END-terminated */
	int8_t extra_block; /* index in block of the name whose addresses are additional data; -1 */
};

/* Row of a type; never NULL: unknown types give an opaque row without mnemonic. */
const struct rrtype_info *rrtype_info(uint16_t type);
/* "A", "TYPE65534"; dst of at least 12 octets. Returns dst. */
char *rrtype_to_text(char dst[static 12], uint16_t type);
/* -1 if it is neither a known mnemonic nor TYPEnnn. Either case. */
int rrtype_from_text(uint16_t *type, const char *text) __attribute__((warn_unused_result));
/* Checks that rdata_len octets have the type's layout, names uncompressed. 0 or -1. */
int rrtype_check_rdata(uint16_t type, const uint8_t *rdata, size_t rdata_len)
	__attribute__((warn_unused_result));
/* Canonical form of rdata (RFC 4034, 6.2), rdata_len octets to dst. The rdata is well-formed. */
void rrtype_canonical_rdata(uint16_t type, uint8_t *dst, const uint8_t *rdata, size_t rdata_len);
/* Meta and query types that may not stand in a zone: OPT, 128..255 (RFC 6895, 3.1). */
bool rrtype_is_meta(uint16_t type);

#endif
