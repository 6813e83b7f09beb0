/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/parse.h"

#include "dataplane/answer/edns.h"
#include "zonedb/wire.h"

enum header_octet {
	HEADER_FLAGS = 2, /* QR, opcode, AA, TC, RD */
	HEADER_QDCOUNT = 4,
};

#define RECORD_COUNTS (((uint64_t)1 << 48) - 1) /* ANCOUNT, NSCOUNT, ARCOUNT */
#define FLAGS_QR      0x80
#define FLAGS_OPCODE  0x78

/* Skips a name, compressed or not; true if it is the bare root. A pointer ends it: where it leads
 * does not matter to one who skips. */
static bool skip_name(struct wire_reader *r)
{
	uint8_t len = wire_read_u8(r);
	if (len == 0)
		return true;
	for (; len != 0 && len <= DNAME_LABEL_MAX; len = wire_read_u8(r))
		(void)wire_read(r, len);
	if (len >= 0xc0)
		(void)wire_read_u8(r);
	else if (len != 0)
		wire_reader_fail(r); /* label types 0x40, 0x80 (RFC 6891, 5) */
	return false;
}

/* Options of an OPT; all but NSID are ignored (RFC 6891, 6.1.2). */
static void read_options(struct task *t, struct wire_reader *r)
{
	while (wire_reader_left(r) > 0) {
		uint16_t code = wire_read_u16(r);
		(void)wire_read(r, wire_read_u16(r));
		if (code == EDNS_NSID)
			t->flags |= TASK_NSID;
	}
}

/* A record's fixed part; an OPT's sizes and flags hide in class and TTL (RFC 6891, 6.1.3). */
struct record {
	bool root_owner;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	uint16_t rdata_len;
	const uint8_t *rdata;
};

/* Takes an OPT; false if it is malformed, or the second. */
static bool take_opt(struct task *t, const struct record *opt)
{
	if (!opt->root_owner || (t->flags & TASK_EDNS) != 0)
		return false; /* RFC 6891, 6.1.1 and 6.1.2 */
	t->flags |= TASK_EDNS;
	if (opt->ttl & EDNS_FLAG_DO)
		t->flags |= TASK_DO;
	t->compact_ok = (opt->ttl & EDNS_FLAG_DO) && (opt->ttl & EDNS_FLAG_CO);
	if ((opt->ttl >> 16 & 0xff) > 0)
		t->rcode = RCODE_BADVERS;
	if (opt->class > t->size_max)
		t->size_max = opt->class;
	struct wire_reader options = wire_reader_init(opt->rdata, opt->rdata_len);
	read_options(t, &options);
	return wire_reader_ok(&options);
}

/* One record behind the question. Only an OPT in the additional section says something to us. */
static void read_record(struct task *t, struct wire_reader *r, enum section section)
{
	struct record rr;
	rr.root_owner = skip_name(r);
	rr.type = wire_read_u16(r);
	rr.class = wire_read_u16(r);
	rr.ttl = wire_read_u32(r);
	rr.rdata_len = wire_read_u16(r);
	rr.rdata = wire_read(r, rr.rdata_len);
	if (!wire_reader_ok(r) || rr.type != RRTYPE_OPT)
		return;
	if (section != SECTION_ADDITIONAL || !take_opt(t, &rr))
		wire_reader_fail(r);
}

/* Record counts of the header, each 16 bits, additional section lowest. */
static unsigned section_count(uint64_t counts, enum section section)
{
	return counts >> (SECTION_ADDITIONAL - section) * 16 & 0xffff;
}

/* All records; false if one is malformed or octets follow the last. */
static bool read_records(struct task *t, const uint8_t *at, size_t left, uint64_t counts)
{
	struct wire_reader r = wire_reader_init(at, left);
	for (unsigned section = 0; section < SECTION_CNT; section++)
		for (unsigned i = section_count(counts, section); i > 0 && wire_reader_ok(&r); i--)
			read_record(t, &r, section);
	return wire_reader_ok(&r) && wire_reader_left(&r) == 0;
}

/* What stands behind the question; the usual, nothing or a bare OPT, without the reader. */
static bool read_rest(struct task *t, const uint8_t *at, size_t left, uint64_t counts)
{
	if (counts == 0)
		return left == 0;
	bool bare_opt = counts == 1 && left == EDNS_OPT_LEN && at[0] == 0 &&
			wire_get_u16(at + 1) == RRTYPE_OPT && wire_get_u16(at + 9) == 0;
	if (!bare_opt)
		return read_records(t, at, left, counts);
	struct record opt = {
		.root_owner = true, .class = wire_get_u16(at + 3), .ttl = wire_get_u32(at + 5)};
	return take_opt(t, &opt);
}

#define QUESTION_FIXED_LEN 4 /* type, class */

/* Reads the question, which begins behind the header; false if it is malformed. */
static bool read_question(struct task *t, size_t msg_len)
{
	const uint8_t *at = t->msg + MSG_HEADER_LEN;
	size_t left = msg_len - MSG_HEADER_LEN;
	int len = qname_read(&t->q, at, left);
	if (len < 0 || left < (size_t)len + QUESTION_FIXED_LEN)
		return false;
	t->qtype = wire_get_u16(at + len);
	t->qclass = wire_get_u16(at + len + 2);
	t->question_end = (uint16_t)(MSG_HEADER_LEN + len + QUESTION_FIXED_LEN);
	t->pos = t->question_end;
	t->flags |= TASK_QUESTION;
	return true;
}

static void start(struct task *t, struct answer_job *job)
{
	t->job = job;
	t->msg = job->msg;
	t->pos = MSG_HEADER_LEN;
	t->size_max = MSG_UDP_LEN_MIN; /* without EDNS, and the least an EDNS size can mean */
	t->question_end = MSG_HEADER_LEN;
	t->rcode = RCODE_NOERROR;
	t->ede = 0;
	memset(t->rr_cnt, 0, sizeof(t->rr_cnt));
	t->flags = job->flags & ANSWER_TCP ? TASK_TCP : 0;
	t->kind = REPLY_EMPTY;
	t->compact_ok = false;
	t->chain_cnt = 0;
	t->sname_flat = true;
	t->sname_off = MSG_HEADER_LEN;
	t->authority_cnt = 0;
	t->made_cnt = 0;
	t->signed_parts = 0;
	t->pending_parts = 0;
	t->extra_part = NULL;
}

/* From the size the client gave to the one that holds (the OPT included). */
static void settle_size(const struct answer *a, struct task *t)
{
	if (t->flags & TASK_TCP)
		t->size_max = t->job->out_cap;
	else if (t->size_max > a->cfg->udp_size_max)
		t->size_max = a->cfg->udp_size_max;
	if (t->size_max > t->job->out_cap)
		t->size_max = t->job->out_cap;
	t->limit = t->size_max - edns_reserve(a, t);
}

static enum parse_outcome reply(struct task *t, enum rcode rcode)
{
	task_error(t, rcode, EDE_NONE);
	return PARSE_REPLY;
}

static enum parse_outcome drop(struct answer_job *job, enum answer_verdict verdict)
{
	job->verdict = verdict;
	job->out_len = 0;
	return PARSE_DROP;
}

enum parse_outcome parse_message(const struct answer *a, struct task *t, struct answer_job *job)
{
	if (job->msg_len < MSG_HEADER_LEN)
		return drop(job, ANSWER_DROP_SHORT);
	start(t, job);
	if (t->msg[HEADER_FLAGS] & FLAGS_QR)
		return drop(job, ANSWER_DROP_RESPONSE);
	/* Another opcode's message may have another layout: nothing behind the header is read. */
	if (t->msg[HEADER_FLAGS] & FLAGS_OPCODE)
		return reply(t, RCODE_NOTIMP);

	uint64_t counts = wire_get_u64(t->msg + HEADER_QDCOUNT);
	if (counts >> 48 != 1 || !read_question(t, job->msg_len))
		return reply(t, RCODE_FORMERR);
	const uint8_t *rest = t->msg + t->question_end;
	if (!read_rest(t, rest, job->msg_len - (size_t)t->question_end, counts & RECORD_COUNTS)) {
		t->flags &= (uint8_t)~TASK_EDNS; /* the OPT may be what is broken */
		return reply(t, RCODE_FORMERR);
	}
	settle_size(a, t);
	return t->rcode == RCODE_BADVERS ? reply(t, RCODE_BADVERS) : PARSE_QUESTION;
}
