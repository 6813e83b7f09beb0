/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/message.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/dname.h"
#include "zonedb/rrtype.h"

/* What is being read: a position, and where to go when the message is broken. */
struct reader {
	const uint8_t *wire;
	size_t len;
	size_t pos;
	char *err;
	jmp_buf broken;
};

static __attribute__((noreturn, format(printf, 2, 3))) void fail(
	struct reader *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = snprintf(r->err, 256, "octet %zu: ", r->pos);
	vsnprintf(r->err + n, 256 - (size_t)n, format, args);
	va_end(args);
	longjmp(r->broken, 1);
}

static uint32_t get(const uint8_t *p, unsigned octets)
{
	uint32_t v = 0;
	while (octets-- > 0)
		v = v << 8 | *p++;
	return v;
}

static const uint8_t *take(struct reader *r, size_t len)
{
	if (len > r->len - r->pos)
		fail(r, "%zu octets wanted, %zu left", len, r->len - r->pos);
	r->pos += len;
	return r->wire + r->pos - len;
}

/* Reads over a name; pointers must lead before the run they end. */
static size_t read_name(struct reader *r, bool may_compress)
{
	size_t start = r->pos, run = start, at = start, end = 0;
	unsigned name_len = 0;
	for (;;) {
		if (at >= r->len)
			fail(r, "name runs out of the message");
		uint8_t len = r->wire[at];
		if (len >= 0xc0) {
			if (!may_compress)
				fail(r, "compressed name where none is allowed");
			if (at + 2 > r->len)
				fail(r, "half a pointer");
			if (end == 0)
				end = at + 2;
			size_t target = get(r->wire + at, 2) & 0x3fff;
			if (target >= run || target < MSG_HEADER_LEN)
				fail(r, "pointer from %zu to %zu", at, target);
			at = run = target;
			continue;
		}
		if (len > DNAME_LABEL_MAX)
			fail(r, "label type 0x%02x", len);
		name_len += len + 1U;
		if (name_len > DNAME_LEN_MAX)
			fail(r, "name too long");
		at += len + 1U;
		if (len == 0)
			break;
	}
	r->pos = end != 0 ? end : at;
	if (r->pos > r->len)
		fail(r, "name runs out of the message");
	return start;
}

static void read_block(struct reader *r, uint8_t block, size_t end)
{
	if (block == RDATA_NAME_COMPRESS)
		read_name(r, true);
	else if (block == RDATA_NAME || block == RDATA_NAME_AS_IS)
		read_name(r, false);
	else if (block == RDATA_TEXT)
		take(r, *take(r, 1));
	else if (block >= RDATA_FIXED_1 && block <= RDATA_FIXED_MAX)
		take(r, block - RDATA_FIXED_1 + 1U);
	else
		r->pos = end; /* opaque to the end */
}

static void read_rdata(struct reader *r, const struct message_rr *rr)
{
	const struct rrtype_info *info = rrtype_info(rr->type);
	size_t end = r->pos + rr->rdata_len;
	if (end > r->len)
		fail(r, "rdata runs out of the message");
	for (unsigned i = 0; i < sizeof(info->block) && info->block[i] != RDATA_END; i++)
		read_block(r, info->block[i], end);
	if (r->pos != end)
		fail(r, "rdata of type %u has %u octets, %td too few", rr->type, rr->rdata_len,
			(ptrdiff_t)(r->pos - end));
}

static void read_opt(struct reader *r, struct message *m, const struct message_rr *rr)
{
	if (m->has_opt || rr->section != MESSAGE_AD || r->wire[rr->owner_off] != 0)
		fail(r, "second OPT, or one out of place");
	m->has_opt = true;
	m->opt_udp_size = rr->class;
	m->opt_version = (uint8_t)(rr->ttl >> 16);
	m->opt_do = rr->ttl >> 15 & 1;
	m->opt_co = rr->ttl >> 14 & 1;
	m->rcode |= (uint16_t)(rr->ttl >> 24 << 4);
	m->opt_rdata = take(r, rr->rdata_len);
	m->opt_rdata_len = rr->rdata_len;
	for (uint32_t at = 0; at < rr->rdata_len;) {
		if (at + 4 > rr->rdata_len)
			fail(r, "half an option");
		at += 4 + get(m->opt_rdata + at + 2, 2);
		if (at > rr->rdata_len)
			fail(r, "option runs out of the OPT");
	}
}

static void read_rr(struct reader *r, struct message *m, uint8_t section)
{
	struct message_rr *rr = &m->rr[m->cnt];
	rr->section = section;
	rr->owner_off = (uint16_t)read_name(r, true);
	rr->type = (uint16_t)get(take(r, 2), 2);
	rr->class = (uint16_t)get(take(r, 2), 2);
	rr->ttl = get(take(r, 4), 4);
	rr->rdata_len = (uint16_t)get(take(r, 2), 2);
	rr->rdata_off = (uint16_t)r->pos;
	if (rr->type == RRTYPE_OPT) {
		read_opt(r, m, rr);
		return;
	}
	read_rdata(r, rr);
	m->cnt++;
}

static void read_header(struct reader *r, struct message *m)
{
	const uint8_t *h = take(r, 4);
	m->id = (uint16_t)get(h, 2);
	m->qr = h[2] >> 7;
	m->opcode = h[2] >> 3 & 15;
	m->aa = h[2] >> 2 & 1;
	m->tc = h[2] >> 1 & 1;
	m->rd = h[2] & 1;
	m->ra = h[3] >> 7;
	m->ad = h[3] >> 5 & 1;
	m->cd = h[3] >> 4 & 1;
	m->rcode = h[3] & 15;
	if (h[3] & 0x40)
		fail(r, "Z bit");
}

static void read_all(struct reader *r, struct message *m)
{
	read_header(r, m);
	uint32_t qd_cnt = get(take(r, 2), 2), rr_cnt[MESSAGE_SECTION_CNT];
	for (unsigned i = 0; i < MESSAGE_SECTION_CNT; i++)
		rr_cnt[i] = get(take(r, 2), 2);
	if (qd_cnt > 1)
		fail(r, "%u questions", qd_cnt);
	m->has_question = qd_cnt == 1;
	if (m->has_question) {
		read_name(r, false);
		m->qtype = (uint16_t)get(take(r, 2), 2);
		m->qclass = (uint16_t)get(take(r, 2), 2);
	}
	for (uint8_t section = 0; section < MESSAGE_SECTION_CNT; section++)
		for (uint32_t i = 0; i < rr_cnt[section]; i++)
			read_rr(r, m, section);
	if (r->pos != r->len)
		fail(r, "%zu octets behind the last record", r->len - r->pos);
}

int message_read(struct message *m, const uint8_t *wire, size_t len, char err[static 256])
{
	struct reader r = {.wire = wire, .len = len, .err = err};
	memset(m, 0, offsetof(struct message, rr));
	m->wire = wire;
	m->len = len;
	if (setjmp(r.broken) != 0)
		return -1;
	read_all(&r, m);
	return 0;
}

unsigned message_name_at(const struct message *m, uint32_t off, uint8_t dst[static DNAME_LEN_MAX])
{
	unsigned len = 0;
	for (;;) {
		const uint8_t *at = m->wire + off;
		if (*at >= 0xc0) {
			off = get(at, 2) & 0x3fff;
			continue;
		}
		memcpy(dst + len, at, *at + 1U);
		len += *at + 1U;
		if (*at == 0)
			return len;
		off += *at + 1U;
	}
}

const uint8_t *message_option(const struct message *m, uint16_t code, uint16_t *len)
{
	for (uint32_t at = 0; m->has_opt && at < m->opt_rdata_len; at += 4U + *len) {
		*len = (uint16_t)get(m->opt_rdata + at + 2, 2);
		if (get(m->opt_rdata + at, 2) == code)
			return m->opt_rdata + at + 4;
	}
	return NULL;
}

/* ---- text ---------------------------------------------------------------------------------- */

static const char *rcode_text(uint16_t rcode)
{
	static const char *const text[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", [16] = "BADVERS"};
	return rcode < sizeof(text) / sizeof(text[0]) && text[rcode] ? text[rcode] : "?";
}

static char *name_text(const struct message *m, uint32_t off, char *dst)
{
	uint8_t name[DNAME_LEN_MAX];
	message_name_at(m, off, name);
	return dname_to_text(dst, name);
}

/* Octets before the name shown, by type. */
static const int8_t shown_name_pos[] = {
	[RRTYPE_NS] = 1,
	[RRTYPE_CNAME] = 1,
	[RRTYPE_PTR] = 1,
	[RRTYPE_MX] = 3,
	[RRTYPE_SRV] = 7,
	[RRTYPE_DNAME] = 1,
	[RRTYPE_NSEC] = 1,
};

static void rdata_text(const struct message *m, const struct message_rr *rr, char *dst)
{
	const uint8_t *rdata = m->wire + rr->rdata_off;
	*dst = '\0';
	if (rr->type == RRTYPE_RRSIG)
		rrtype_to_text(dst, (uint16_t)get(rdata, 2));
	else if (rr->type == RRTYPE_A && rr->class == RRCLASS_IN)
		inet_ntop(AF_INET, rdata, dst, INET_ADDRSTRLEN);
	else if (rr->type == RRTYPE_AAAA && rr->class == RRCLASS_IN)
		inet_ntop(AF_INET6, rdata, dst, INET6_ADDRSTRLEN);
	else if (rr->type < sizeof(shown_name_pos) && shown_name_pos[rr->type] > 0)
		name_text(m, rr->rdata_off + (uint32_t)shown_name_pos[rr->type] - 1U, dst);
}

static bool is_nsec3_owned(const struct message *m, const struct message_rr *rr)
{
	return rr->type == RRTYPE_NSEC3 ||
	       (rr->type == RRTYPE_RRSIG && get(m->wire + rr->rdata_off, 2) == RRTYPE_NSEC3);
}

static char *rr_line(const struct message *m, const struct message_rr *rr)
{
	static const char *const section[] = {"an", "au", "ad"};
	char owner[DNAME_TEXT_MAX], type[12], rest[DNAME_TEXT_MAX], *line;
	name_text(m, rr->owner_off, owner);
	rdata_text(m, rr, rest);
	int n = asprintf(&line, "%s %s %s%s%s\n", section[rr->section],
		is_nsec3_owned(m, rr) ? "-" : owner, rrtype_to_text(type, rr->type),
		*rest ? " " : "", rest);
	if (n < 0)
		abort();
	return line;
}

static int line_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *message_text(const struct message *m, char *dst)
{
	char **line = calloc(m->cnt + 1, sizeof(*line));
	if (line == NULL)
		abort();
	for (unsigned i = 0; i < m->cnt; i++)
		line[i] = rr_line(m, &m->rr[i]);
	qsort(line, m->cnt, sizeof(*line), line_order);
	char *at = dst + sprintf(dst, "%s%s%s\n", rcode_text(m->rcode), m->aa ? " aa" : "",
				 m->tc ? " tc" : "");
	for (unsigned i = 0; i < m->cnt; i++) {
		if ((size_t)(at - dst) + strlen(line[i]) < MESSAGE_TEXT_MAX)
			at = stpcpy(at, line[i]);
		free(line[i]);
	}
	free(line);
	return dst;
}

/* ---- queries ------------------------------------------------------------------------------- */

static uint8_t *put(uint8_t *at, uint32_t v, unsigned octets)
{
	while (octets-- > 0)
		*at++ = (uint8_t)(v >> octets * 8);
	return at;
}

static uint8_t *put_opt(uint8_t *at, const struct message_query *query)
{
	at = put(at, 0, 1);
	at = put(at, RRTYPE_OPT, 2);
	at = put(at, query->edns_size, 2);
	uint32_t flags = (query->dnssec_ok ? 0x8000U : 0) | (query->compact_ok ? 0x4000U : 0);
	at = put(at, (uint32_t)query->edns_version << 16 | flags, 4);
	at = put(at, query->nsid ? 4 : 0, 2);
	if (query->nsid)
		at = put(at, 3U << 16, 4);
	return at;
}

size_t message_make_query(uint8_t *dst, const struct message_query *query)
{
	uint8_t *at = put(dst, 0x4711, 2);
	at = put(at, (uint32_t)query->opcode << 3 | query->rd, 1);
	at = put(at, query->cd ? 0x10 : 0, 1);
	at = put(at, 1, 2);
	at = put(at, 0, 4);
	at = put(at, query->edns_size > 0, 2);
	int name_len = dname_from_text(at, query->qname);
	if (name_len < 0)
		abort();
	at = put(at + name_len, query->qtype, 2);
	at = put(at, query->qclass != 0 ? query->qclass : RRCLASS_IN, 2);
	if (query->edns_size > 0)
		at = put_opt(at, query);
	return (size_t)(at - dst);
}
