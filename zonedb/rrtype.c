/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/rrtype.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "zonedb/limits.h"
#include "zonedb/wire.h"

#define FIXED(n)  (RDATA_FIXED_1 + (n)-1)
#define NO_EXTRA  (-1)
#define DENSE_CNT (RRTYPE_AMTRELAY + 1)

#define ROW(name, extra, ...)                                                                      \
	{                                                                                          \
		.type = RRTYPE_##name, .mnemonic = #name, .extra_block = (extra),                  \
		.block = {__VA_ARGS__},                                                            \
	}
/* Written out again, not by ROW: NULL is a macro, and only # and ## leave it alone. */
#define TYPE(name, extra, ...)                                                                     \
	[RRTYPE_##name] = {                                                                        \
		.type = RRTYPE_##name,                                                             \
		.mnemonic = #name,                                                                 \
		.extra_block = (extra),                                                            \
		.block = {__VA_ARGS__},                                                            \
	}
/* Query and meta types have a mnemonic, but no rdata in zones. */
#define META(name) TYPE(name, NO_EXTRA, RDATA_REST)

/* Indexed by type. */
/* clang-format off */
static const struct rrtype_info dense[DENSE_CNT] = {
	TYPE(A,          NO_EXTRA, FIXED(4)),
	TYPE(NS,         0,        RDATA_NAME_COMPRESS),
	TYPE(MD,         NO_EXTRA, RDATA_NAME_COMPRESS),
	TYPE(MF,         NO_EXTRA, RDATA_NAME_COMPRESS),
	TYPE(CNAME,      NO_EXTRA, RDATA_NAME_COMPRESS),
	TYPE(SOA,        NO_EXTRA, RDATA_NAME_COMPRESS, RDATA_NAME_COMPRESS, FIXED(20)),
	TYPE(MB,         0,        RDATA_NAME_COMPRESS),
	TYPE(MG,         NO_EXTRA, RDATA_NAME_COMPRESS),
	TYPE(MR,         NO_EXTRA, RDATA_NAME_COMPRESS),
	TYPE(NULL,       NO_EXTRA, RDATA_REST),
	TYPE(WKS,        NO_EXTRA, FIXED(5), RDATA_REST),
	TYPE(PTR,        NO_EXTRA, RDATA_NAME_COMPRESS),
	TYPE(HINFO,      NO_EXTRA, RDATA_TEXT, RDATA_TEXT),
	TYPE(MINFO,      NO_EXTRA, RDATA_NAME_COMPRESS, RDATA_NAME_COMPRESS),
	TYPE(MX,         1,        FIXED(2), RDATA_NAME_COMPRESS),
	TYPE(TXT,        NO_EXTRA, RDATA_TEXTS),
	TYPE(RP,         NO_EXTRA, RDATA_NAME, RDATA_NAME),
	TYPE(AFSDB,      1,        FIXED(2), RDATA_NAME),
	TYPE(X25,        NO_EXTRA, RDATA_TEXT),
	TYPE(ISDN,       NO_EXTRA, RDATA_TEXTS),
	TYPE(RT,         1,        FIXED(2), RDATA_NAME),
	TYPE(NSAP,       NO_EXTRA, RDATA_REST),
	TYPE(SIG,        NO_EXTRA, FIXED(18), RDATA_NAME, RDATA_REST),
	TYPE(KEY,        NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(PX,         NO_EXTRA, FIXED(2), RDATA_NAME, RDATA_NAME),
	TYPE(GPOS,       NO_EXTRA, RDATA_TEXT, RDATA_TEXT, RDATA_TEXT),
	TYPE(AAAA,       NO_EXTRA, FIXED(16)),
	TYPE(LOC,        NO_EXTRA, FIXED(16)),
	TYPE(NXT,        NO_EXTRA, RDATA_NAME, RDATA_REST),
	TYPE(SRV,        1,        FIXED(6), RDATA_NAME),
	TYPE(NAPTR,      4,        FIXED(4), RDATA_TEXT, RDATA_TEXT, RDATA_TEXT, RDATA_NAME),
	TYPE(KX,         1,        FIXED(2), RDATA_NAME),
	TYPE(CERT,       NO_EXTRA, FIXED(5), RDATA_REST),
	TYPE(DNAME,      NO_EXTRA, RDATA_NAME),
	META(OPT),
	TYPE(APL,        NO_EXTRA, RDATA_REST),
	TYPE(DS,         NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(SSHFP,      NO_EXTRA, FIXED(2), RDATA_REST),
	TYPE(IPSECKEY,   NO_EXTRA, FIXED(3), RDATA_REST),
	TYPE(RRSIG,      NO_EXTRA, FIXED(18), RDATA_NAME, RDATA_REST),
	TYPE(NSEC,       NO_EXTRA, RDATA_NAME_AS_IS, RDATA_BITMAP),
	TYPE(DNSKEY,     NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(DHCID,      NO_EXTRA, RDATA_REST),
	TYPE(NSEC3,      NO_EXTRA, FIXED(4), RDATA_TEXT, RDATA_TEXT, RDATA_BITMAP),
	TYPE(NSEC3PARAM, NO_EXTRA, FIXED(4), RDATA_TEXT),
	TYPE(TLSA,       NO_EXTRA, FIXED(3), RDATA_REST),
	TYPE(SMIMEA,     NO_EXTRA, FIXED(3), RDATA_REST),
	TYPE(HIP,        NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(NINFO,      NO_EXTRA, RDATA_TEXTS),
	TYPE(RKEY,       NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(TALINK,     NO_EXTRA, RDATA_NAME_AS_IS, RDATA_NAME_AS_IS),
	TYPE(CDS,        NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(CDNSKEY,    NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(OPENPGPKEY, NO_EXTRA, RDATA_REST),
	TYPE(CSYNC,      NO_EXTRA, FIXED(6), RDATA_BITMAP),
	TYPE(ZONEMD,     NO_EXTRA, FIXED(6), RDATA_REST),
	TYPE(SVCB,       1,        FIXED(2), RDATA_NAME_AS_IS, RDATA_PARAMS),
	TYPE(HTTPS,      1,        FIXED(2), RDATA_NAME_AS_IS, RDATA_PARAMS),
	TYPE(SPF,        NO_EXTRA, RDATA_TEXTS),
	TYPE(NID,        NO_EXTRA, FIXED(10)),
	TYPE(L32,        NO_EXTRA, FIXED(6)),
	TYPE(L64,        NO_EXTRA, FIXED(10)),
	TYPE(LP,         NO_EXTRA, FIXED(2), RDATA_NAME_AS_IS),
	TYPE(EUI48,      NO_EXTRA, FIXED(6)),
	TYPE(EUI64,      NO_EXTRA, FIXED(8)),
	META(TKEY),
	META(TSIG),
	META(IXFR),
	META(AXFR),
	META(MAILB),
	META(MAILA),
	META(ANY),
	TYPE(URI,        NO_EXTRA, FIXED(4), RDATA_REST),
	TYPE(CAA,        NO_EXTRA, FIXED(1), RDATA_TEXT, RDATA_REST),
	TYPE(AVC,        NO_EXTRA, RDATA_TEXTS),
	TYPE(AMTRELAY,   NO_EXTRA, FIXED(2), RDATA_REST),
};

/* Far above the others. */
static const struct rrtype_info sparse[] = {
	ROW(TA,  NO_EXTRA, FIXED(4), RDATA_REST),
	ROW(DLV, NO_EXTRA, FIXED(4), RDATA_REST),
};
/* clang-format on */
#define SPARSE_CNT (sizeof(sparse) / sizeof(sparse[0]))

static const struct rrtype_info unknown = {.extra_block = NO_EXTRA, .block = {RDATA_REST}};

const struct rrtype_info *rrtype_info(uint16_t type)
{
	if (type < DENSE_CNT)
		return dense[type].mnemonic != NULL ? &dense[type] : &unknown;
	for (size_t i = 0; i < SPARSE_CNT; i++)
		if (sparse[i].type == type)
			return &sparse[i];
	return &unknown;
}

char *rrtype_to_text(char dst[static 12], uint16_t type)
{
	const struct rrtype_info *info = rrtype_info(type);
	if (info->mnemonic != NULL)
		strcpy(dst, info->mnemonic);
	else
		snprintf(dst, 12, "TYPE%u", type);
	return dst;
}

/* TYPEnnn (RFC 3597, 5). */
static int type_from_number(uint16_t *type, const char *text)
{
	unsigned value = 0, digit_cnt = 0;
	if (strncasecmp(text, "TYPE", 4) != 0)
		return -1;
	for (text += 4; *text >= '0' && *text <= '9' && digit_cnt < 5; text++, digit_cnt++)
		value = value * 10 + (unsigned)(*text - '0');
	if (digit_cnt == 0 || *text != '\0' || value > UINT16_MAX)
		return -1;
	*type = (uint16_t)value;
	return 0;
}

static const struct rrtype_info *find_mnemonic(
	const struct rrtype_info *row, size_t row_cnt, const char *text)
{
	for (size_t i = 0; i < row_cnt; i++)
		if (row[i].mnemonic != NULL && strcasecmp(row[i].mnemonic, text) == 0)
			return &row[i];
	return NULL;
}

int rrtype_from_text(uint16_t *type, const char *text)
{
	const struct rrtype_info *info = find_mnemonic(dense, DENSE_CNT, text);
	if (info == NULL)
		info = find_mnemonic(sparse, SPARSE_CNT, text);
	if (info == NULL)
		return type_from_number(type, text);
	*type = info->type;
	return 0;
}

/* ---- layout of rdata ----------------------------------------------------------------------- */

static void check_texts(struct wire_reader *r)
{
	do
		wire_read(r, wire_read_u8(r));
	while (wire_reader_left(r) > 0);
}

/* Windows ascend, each has 1..32 octets, the last not zero (RFC 4034, 4.1.2). */
static void check_bitmap(struct wire_reader *r)
{
	int window_last = -1;
	while (wire_reader_left(r) > 0) {
		int window = wire_read_u8(r);
		uint8_t len = wire_read_u8(r);
		const uint8_t *bits = wire_read(r, len);
		if (bits == NULL || window <= window_last || len == 0 || len > 32 ||
			bits[len - 1] == 0)
			wire_reader_fail(r);
		window_last = window;
	}
}

/* Keys ascend strictly (RFC 9460, 2.2). */
static void check_params(struct wire_reader *r)
{
	int key_last = -1;
	while (wire_reader_left(r) > 0) {
		int key = wire_read_u16(r);
		wire_read(r, wire_read_u16(r));
		if (key <= key_last)
			wire_reader_fail(r);
		key_last = key;
	}
}

static void check_block(struct wire_reader *r, uint8_t block)
{
	size_t name_len;
	if (rdata_block_is_name(block))
		wire_read_dname(r, &name_len);
	else if (block >= RDATA_FIXED_1)
		wire_read(r, block - RDATA_FIXED_1 + 1U);
	else if (block == RDATA_TEXT)
		wire_read(r, wire_read_u8(r));
	else if (block == RDATA_TEXTS)
		check_texts(r);
	else if (block == RDATA_BITMAP)
		check_bitmap(r);
	else if (block == RDATA_PARAMS)
		check_params(r);
	else
		wire_read(r, wire_reader_left(r));
}

int rrtype_check_rdata(uint16_t type, const uint8_t *rdata, size_t rdata_len)
{
	const uint8_t *block = rrtype_info(type)->block;
	if (rdata_len > RDATA_LEN_MAX)
		return -1;
	struct wire_reader r = wire_reader_init(rdata, rdata_len);
	for (; *block != RDATA_END; block++)
		check_block(&r, *block);
	return wire_reader_ok(&r) && wire_reader_left(&r) == 0 ? 0 : -1;
}

bool rrtype_walk(struct rdata_walk *w)
{
	w->block = w->info->block[w->next];
	if (w->block == RDATA_END)
		return false;
	w->next++;
	w->at = w->rdata + w->pos;
	if (rdata_block_is_name(w->block))
		w->len = dname_len(w->at);
	else if (w->block >= RDATA_FIXED_1)
		w->len = w->block - RDATA_FIXED_1 + 1U;
	else if (w->block == RDATA_TEXT)
		w->len = w->at[0] + 1U;
	else
		w->len = w->rdata_len - w->pos;
	w->pos += w->len;
	return true;
}

void rrtype_canonical_rdata(uint16_t type, uint8_t *dst, const uint8_t *rdata, size_t rdata_len)
{
	struct rdata_walk w = {.info = rrtype_info(type), .rdata = rdata, .rdata_len = rdata_len};
	for (; rrtype_walk(&w); dst += w.len) {
		if (w.block == RDATA_NAME_COMPRESS || w.block == RDATA_NAME)
			dname_lower(dst, w.at, w.len);
		else if (w.len > 0)
			memcpy(dst, w.at, w.len);
	}
}

bool rrtype_is_meta(uint16_t type)
{
	return type == RRTYPE_OPT || (type >= 128 && type <= 255);
}
