/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/plain_record.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "zonedb/dname.h"
#include "zonedb/limits.h"
#include "zonedb/rrtype.h"

/* What is left of the line. Taking functions leave it alone when they fail. */
struct text {
	const char *pos;
	const char *end;
};

/* ---- characters ---------------------------------------------------------------------------- */

/* Lower case of the characters of plain names; 0: none of them. */
static const uint8_t name_char[256] = {
	['*'] = '*',
	['-'] = '-',
	['_'] = '_',
	['0'] = '0',
	['1'] = '1',
	['2'] = '2',
	['3'] = '3',
	['4'] = '4',
	['5'] = '5',
	['6'] = '6',
	['7'] = '7',
	['8'] = '8',
	['9'] = '9',
	['A'] = 'a',
	['B'] = 'b',
	['C'] = 'c',
	['D'] = 'd',
	['E'] = 'e',
	['F'] = 'f',
	['G'] = 'g',
	['H'] = 'h',
	['I'] = 'i',
	['J'] = 'j',
	['K'] = 'k',
	['L'] = 'l',
	['M'] = 'm',
	['N'] = 'n',
	['O'] = 'o',
	['P'] = 'p',
	['Q'] = 'q',
	['R'] = 'r',
	['S'] = 's',
	['T'] = 't',
	['U'] = 'u',
	['V'] = 'v',
	['W'] = 'w',
	['X'] = 'x',
	['Y'] = 'y',
	['Z'] = 'z',
	['a'] = 'a',
	['b'] = 'b',
	['c'] = 'c',
	['d'] = 'd',
	['e'] = 'e',
	['f'] = 'f',
	['g'] = 'g',
	['h'] = 'h',
	['i'] = 'i',
	['j'] = 'j',
	['k'] = 'k',
	['l'] = 'l',
	['m'] = 'm',
	['n'] = 'n',
	['o'] = 'o',
	['p'] = 'p',
	['q'] = 'q',
	['r'] = 'r',
	['s'] = 's',
	['t'] = 't',
	['u'] = 'u',
	['v'] = 'v',
	['w'] = 'w',
	['x'] = 'x',
	['y'] = 'y',
	['z'] = 'z',
};

/* Value + 1 of a hexadecimal digit; 0: not one. */
static const uint8_t hex_digit[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Blanks, at least one. */
static bool take_blanks(struct text *t)
{
	const char *start = t->pos;
	while (t->pos < t->end && is_blank(*t->pos))
		t->pos++;
	return t->pos > start;
}

/* True if nothing but blanks and a comment is left. */
static bool at_end(struct text *t)
{
	take_blanks(t);
	return t->pos == t->end || *t->pos == ';';
}

/* ---- names --------------------------------------------------------------------------------- */

/* One label to dst (64 octets). Returns its length, or 0. */
static unsigned take_label(struct text *t, uint8_t *dst, bool lower)
{
	const char *p = t->pos;
	size_t left = (size_t)(t->end - p);
	unsigned max = left < DNAME_LABEL_MAX ? (unsigned)left : DNAME_LABEL_MAX, len = 0;
	uint8_t c;
	while (len < max && (c = name_char[(uint8_t)p[len]]) != 0) {
		dst[1 + len] = lower ? c : (uint8_t)p[len];
		len++;
	}
	dst[0] = (uint8_t)len;
	t->pos = p + len;
	return len;
}

/* Appends the origin to a name of len octets. Returns the whole length, or 0. */
static unsigned append_origin(const zs_scanner_t *s, uint8_t *dst, unsigned len, bool lower)
{
	if (len + s->zone_origin_length > DNAME_LEN_MAX)
		return 0;
	if (lower)
		dname_lower(dst + len, s->zone_origin, s->zone_origin_length);
	else
		memcpy(dst + len, s->zone_origin, s->zone_origin_length);
	return len + s->zone_origin_length;
}

static bool at_name_end(const struct text *t)
{
	return t->pos == t->end || is_blank(*t->pos);
}

/* A name to dst (DNAME_LEN_MAX + 64 octets). Returns its length, or 0. */
static unsigned take_name(const zs_scanner_t *s, struct text *t, uint8_t *dst, bool lower)
{
	unsigned len = 0;
	if (t->pos < t->end && *t->pos == '@') {
		t->pos++;
		return at_name_end(t) ? append_origin(s, dst, 0, lower) : 0;
	}
	do {
		unsigned label_len = take_label(t, dst + len, lower);
		if (label_len == 0)
			return 0;
		len += 1 + label_len;
		if (len >= DNAME_LEN_MAX)
			return 0;
		if (at_name_end(t))
			return append_origin(s, dst, len, lower);
		if (*t->pos++ != '.')
			return 0;
	} while (!at_name_end(t));
	dst[len] = 0;
	return len + 1;
}

/* ---- numbers and words ---------------------------------------------------------------------- */

/* A decimal number up to max that ends at a blank. */
static bool take_number(struct text *t, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;
	const char *p = t->pos;
	while (p < t->end && is_digit(*p) && value <= max)
		value = value * 10 + (uint64_t)(*p++ - '0');
	if (p == t->pos || value > max || p == t->end || !is_blank(*p))
		return false;
	*number = (uint32_t)value;
	t->pos = p;
	return true;
}

static bool take_word(struct text *t, const char *word, size_t len)
{
	if ((size_t)(t->end - t->pos) <= len || !is_blank(t->pos[len]) ||
		strncasecmp(t->pos, word, len) != 0)
		return false;
	t->pos += len;
	return true;
}

/* ---- rdata --------------------------------------------------------------------------------- */

/* Each writes rdata to dst and returns its length, or 0. */

static unsigned take_rdata_name(const zs_scanner_t *s, struct text *t, uint8_t *dst)
{
	return take_name(s, t, dst, false);
}

/* An address as inet_pton() takes it. */
static unsigned take_address(struct text *t, int family, uint8_t *dst, unsigned len)
{
	char address[INET6_ADDRSTRLEN];
	const char *p = t->pos;
	while (p < t->end && (hex_digit[(uint8_t)*p] != 0 || *p == '.' || *p == ':'))
		p++;
	size_t text_len = (size_t)(p - t->pos);
	if (text_len >= sizeof(address))
		return 0;
	memcpy(address, t->pos, text_len);
	address[text_len] = '\0';
	t->pos = p;
	return inet_pton(family, address, dst) == 1 ? len : 0;
}

static unsigned take_rdata_a(const zs_scanner_t *s, struct text *t, uint8_t *dst)
{
	(void)s;
	return take_address(t, AF_INET, dst, 4);
}

static unsigned take_rdata_aaaa(const zs_scanner_t *s, struct text *t, uint8_t *dst)
{
	(void)s;
	return take_address(t, AF_INET6, dst, 16);
}

/* Hexadecimal digits, len octets of them. */
static bool take_hex(struct text *t, uint8_t *dst, unsigned len)
{
	if (t->end - t->pos < (ptrdiff_t)len * 2)
		return false;
	for (unsigned i = 0; i < len; i++) {
		uint8_t high = hex_digit[(uint8_t)t->pos[2 * i]];
		uint8_t low = hex_digit[(uint8_t)t->pos[2 * i + 1]];
		if (high == 0 || low == 0)
			return false;
		dst[i] = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	t->pos += 2 * len;
	return t->pos == t->end || is_blank(*t->pos) || *t->pos == ';';
}

/* Octets of the digests of DS records, by type (IANA); 0: left to the scanner. */
static unsigned digest_len(uint32_t type)
{
	static const uint8_t len[] = {[1] = 20, [2] = 32, [4] = 48};
	return type < sizeof(len) ? len[type] : 0;
}

static unsigned take_rdata_ds(const zs_scanner_t *s, struct text *t, uint8_t *dst)
{
	(void)s;
	uint32_t tag, algorithm, type;
	if (!take_number(t, UINT16_MAX, &tag) || !take_blanks(t) ||
		!take_number(t, UINT8_MAX, &algorithm) || !take_blanks(t) ||
		!take_number(t, UINT8_MAX, &type) || !take_blanks(t))
		return 0;
	unsigned len = digest_len(type);
	if (len == 0 || !take_hex(t, dst + 4, len))
		return 0;
	dst[0] = (uint8_t)(tag >> 8);
	dst[1] = (uint8_t)tag;
	dst[2] = (uint8_t)algorithm;
	dst[3] = (uint8_t)type;
	return 4 + len;
}

static const struct plain_type {
	const char *name;
	uint8_t name_len;
	uint16_t type;
	unsigned (*take)(const zs_scanner_t *s, struct text *t, uint8_t *dst);
} plain_type[] = {
	{"NS", 2, RRTYPE_NS, take_rdata_name},
	{"DS", 2, RRTYPE_DS, take_rdata_ds},
	{"A", 1, RRTYPE_A, take_rdata_a},
	{"AAAA", 4, RRTYPE_AAAA, take_rdata_aaaa},
	{"CNAME", 5, RRTYPE_CNAME, take_rdata_name},
	{"PTR", 3, RRTYPE_PTR, take_rdata_name},
	{"DNAME", 5, RRTYPE_DNAME, take_rdata_name},
};

static const struct plain_type *take_type(struct text *t)
{
	for (unsigned i = 0; i < sizeof(plain_type) / sizeof(*plain_type); i++)
		if (take_word(t, plain_type[i].name, plain_type[i].name_len))
			return &plain_type[i];
	return NULL;
}

/* ---- the line ------------------------------------------------------------------------------ */

struct plain {
	uint8_t owner[DNAME_LEN_MAX + DNAME_LABEL_MAX + 1];
	unsigned owner_len; /* 0: that of the record before */
	uint32_t ttl_s;
	const struct plain_type *type;
	unsigned rdata_len;
};

static bool take_owner(const zs_scanner_t *s, struct text *t, struct plain *p)
{
	p->owner_len = 0;
	if (t->pos < t->end && is_blank(*t->pos))
		return s->r_owner_length > 0;
	p->owner_len = take_name(s, t, p->owner, true);
	return p->owner_len > 0;
}

/* TTL and class, in either order, each with the blanks behind it. */
static void take_ttl_class(struct text *t, struct plain *p)
{
	bool ttl = false, class = false;
	for (;;) {
		if (!ttl && take_number(t, INT32_MAX, &p->ttl_s))
			ttl = true;
		else if (!class && take_word(t, "IN", 2))
			class = true;
		else
			return;
		take_blanks(t);
	}
}

static bool take_line(zs_scanner_t *s, struct text *t, struct plain *p)
{
	p->ttl_s = s->default_ttl;
	if (!take_owner(s, t, p) || !take_blanks(t))
		return false;
	take_ttl_class(t, p);
	p->type = take_type(t);
	if (p->type == NULL || !take_blanks(t))
		return false;
	p->rdata_len = p->type->take(s, t, s->r_data);
	return p->rdata_len > 0 && at_end(t);
}

bool plain_record(zs_scanner_t *scanner, const char *line, size_t len)
{
	struct text text = {line, line + len};
	struct plain plain;
	if (!take_line(scanner, &text, &plain))
		return false;
	if (plain.owner_len > 0) {
		memcpy(scanner->r_owner, plain.owner, plain.owner_len);
		scanner->r_owner_length = plain.owner_len;
	}
	scanner->r_class = RRCLASS_IN;
	scanner->r_ttl = plain.ttl_s;
	scanner->r_type = plain.type->type;
	scanner->r_data_length = plain.rdata_len;
	return true;
}
