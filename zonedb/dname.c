/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "zonedb/dname.h"

/* Offsets of a name's labels from the left, the root's last; returns labels without the root. */
static unsigned label_offsets(uint8_t off[static DNAME_LABEL_CNT_MAX + 1], const uint8_t *name)
{
	unsigned cnt = 0, pos = 0;
	while (name[pos] != 0) {
		off[cnt++] = (uint8_t)pos;
		pos += name[pos] + 1U;
	}
	off[cnt] = (uint8_t)pos;
	return cnt;
}

static uint8_t lower(uint8_t c)
{
	return (uint8_t)(c + ((uint8_t)(c - 'A') < 26 ? 'a' - 'A' : 0));
}

void dname_lower(uint8_t *dst, const uint8_t *src, size_t len)
{
	/* length octets are below 'A', so a name may be taken as a plain run of octets */
	for (size_t i = 0; i < len; i++)
		dst[i] = lower(src[i]);
}

/* Takes a name apart: offsets of its labels, and how many there are. Returns its octets, or -1. */
static int split(struct qname *q, const uint8_t *wire, size_t max)
{
	unsigned cnt = 0, pos = 0;
	if (max > DNAME_LEN_MAX)
		max = DNAME_LEN_MAX;
	for (;; cnt++) {
		if (pos >= max || wire[pos] > DNAME_LABEL_MAX)
			return -1;
		q->label_off[cnt] = (uint8_t)pos;
		if (wire[pos] == 0)
			break;
		pos += wire[pos] + 1U;
	}
	q->label_cnt = (uint8_t)cnt;
	return (int)pos + 1;
}

#define BLOCK_LEN 16
typedef uint8_t block __attribute__((vector_size(BLOCK_LEN)));

static void lower_block(uint8_t *dst, const uint8_t *src)
{
	block c;
	memcpy(&c, src, BLOCK_LEN);
	c |= (block)(c - 'A' < 26) & ('a' - 'A');
	memcpy(dst, &c, BLOCK_LEN);
}

/* Lower-cases len octets of max that may be read; dst has room for whole blocks. */
static void lower_blocks(uint8_t *dst, const uint8_t *src, size_t len, size_t max)
{
	size_t at = 0;
	if (max < BLOCK_LEN) {
		dname_lower(dst, src, len);
		return;
	}
	for (; at < len && at + BLOCK_LEN <= max; at += BLOCK_LEN)
		lower_block(dst + at, src + at);
	if (at < len) /* the last block again, as far back as it must */
		lower_block(dst + max - BLOCK_LEN, src + max - BLOCK_LEN);
}

static_assert(DNAME_PAD >= BLOCK_LEN, "a qname has room for whole blocks");

int qname_read(struct qname *q, const uint8_t *wire, size_t max)
{
	int len = split(q, wire, max);
	if (len < 0)
		return -1;
	lower_blocks(q->wire, wire, (size_t)len, max);
	q->len = (uint8_t)len;
	return len;
}

size_t dname_len(const uint8_t *name)
{
	size_t pos = 0;
	while (name[pos] != 0)
		pos += name[pos] + 1U;
	return pos + 1;
}

unsigned dname_label_cnt(const uint8_t *name)
{
	unsigned cnt = 0;
	for (; *name != 0; name += *name + 1)
		cnt++;
	return cnt;
}

int dname_check(const uint8_t *name, size_t max)
{
	size_t pos = 0;
	if (max > DNAME_LEN_MAX)
		max = DNAME_LEN_MAX;
	for (;;) {
		if (pos >= max || name[pos] > DNAME_LABEL_MAX)
			return -1;
		if (name[pos] == 0)
			return (int)pos + 1;
		pos += name[pos] + 1U;
	}
}

static int label_cmp(const uint8_t *a, const uint8_t *b)
{
	int order = memcmp(a + 1, b + 1, a[0] < b[0] ? a[0] : b[0]);
	return order != 0 ? order : a[0] - b[0];
}

int dname_cmp(const uint8_t *a, const uint8_t *b)
{
	uint8_t a_off[DNAME_LABEL_CNT_MAX + 1], b_off[DNAME_LABEL_CNT_MAX + 1];
	unsigned a_cnt = label_offsets(a_off, a), b_cnt = label_offsets(b_off, b);
	unsigned common = a_cnt < b_cnt ? a_cnt : b_cnt;
	for (unsigned i = 1; i <= common; i++) {
		int order = label_cmp(a + a_off[a_cnt - i], b + b_off[b_cnt - i]);
		if (order != 0)
			return order;
	}
	return (int)a_cnt - (int)b_cnt;
}

void dname_sort_key(uint8_t *key, size_t key_len, const uint8_t *name, unsigned skip)
{
	uint8_t off[DNAME_LABEL_CNT_MAX + 1];
	uint8_t *end = key + key_len;
	/* A label ends with 0, so it sorts before any label it is a prefix of. Octets 0 and 1 are
	 * written as 1 1 and 1 2, so nothing but the end is 0. */
	for (unsigned i = label_offsets(off, name); i > skip; i--) {
		const uint8_t *label = name + off[i - 1 - skip];
		for (unsigned k = 1; k <= label[0] && key < end; k++) {
			uint8_t c = label[k];
			*key++ = c <= 1 ? 1 : c;
			if (c <= 1 && key < end)
				*key++ = (uint8_t)(c + 1);
		}
		if (key == end)
			return;
		*key++ = 0;
	}
	memset(key, 0, (size_t)(end - key));
}

bool dname_is_under(const uint8_t *name, const uint8_t *apex)
{
	size_t left = dname_len(name), apex_len = dname_len(apex);
	while (left > apex_len) {
		left -= *name + 1U;
		name += *name + 1;
	}
	return left == apex_len && memcmp(name, apex, apex_len) == 0;
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One octet of a label in presentation format; returns where the next goes. */
static char *octet_to_text(char *dst, uint8_t c)
{
	if (c <= ' ' || c > '~') {
		*dst++ = '\\';
		*dst++ = (char)('0' + c / 100);
		*dst++ = (char)('0' + c / 10 % 10);
		*dst++ = (char)('0' + c % 10);
		return dst;
	}
	/* some readers of zone files take nothing else unescaped */
	if (!is_alnum(c) && strchr("-_*/", c) == NULL)
		*dst++ = '\\';
	*dst++ = (char)c;
	return dst;
}

char *dname_to_text(char *dst, const uint8_t *name)
{
	char *pos = dst;
	if (*name == 0)
		*pos++ = '.';
	while (*name != 0) {
		for (unsigned i = 1; i <= *name; i++)
			pos = octet_to_text(pos, name[i]);
		*pos++ = '.';
		name += *name + 1;
	}
	*pos = '\0';
	return dst;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads one octet, escaped or not, at *text and moves on; -1 if the escape is bad. */
static int octet_from_text(const char **text)
{
	const char *t = *text;
	if (*t != '\\') {
		*text = t + 1;
		return (uint8_t)*t;
	}
	if (t[1] == '\0')
		return -1;
	if (!is_digit(t[1])) {
		*text = t + 2;
		return (uint8_t)t[1];
	}
	if (!is_digit(t[2]) || !is_digit(t[3]))
		return -1;
	int value = (t[1] - '0') * 100 + (t[2] - '0') * 10 + (t[3] - '0');
	*text = t + 4;
	return value <= 255 ? value : -1;
}

/* Reads one label up to its dot or the end of text; returns its octets or -1. */
static int label_from_text(uint8_t *dst, size_t room, const char **text)
{
	int len = 0;
	while (**text != '\0' && **text != '.') {
		int c = octet_from_text(text);
		if (c < 0 || len == DNAME_LABEL_MAX || (size_t)len + 1 >= room)
			return -1;
		dst[++len] = (uint8_t)c;
	}
	if (len == 0)
		return -1;
	if (**text == '.')
		(*text)++;
	dst[0] = (uint8_t)len;
	return len;
}

int dname_from_text(uint8_t dst[static DNAME_LEN_MAX], const char *text)
{
	size_t pos = 0;
	if (strcmp(text, ".") == 0)
		text++;
	else if (*text == '\0')
		return -1;
	while (*text != '\0') {
		/* one octet stays for the root label */
		int len = label_from_text(dst + pos, DNAME_LEN_MAX - 1 - pos, &text);
		if (len < 0)
			return -1;
		pos += (size_t)len + 1;
	}
	dst[pos] = 0;
	return (int)pos + 1;
}

uint64_t dname_hash(const uint8_t *name, uint64_t seed)
{
	uint8_t off[DNAME_LABEL_CNT_MAX + 1];
	uint64_t hash = seed;
	for (unsigned i = label_offsets(off, name); i > 0; i--)
		hash = dname_hash_label(hash, name + off[i - 1]);
	return hash;
}
