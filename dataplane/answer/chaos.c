/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/chaos.h"

#include "dataplane/answer/edns.h"

enum chaos_text { CHAOS_VERSION, CHAOS_ID };

struct chaos_name {
	uint8_t len;
	char wire[16];
	enum chaos_text text;
};

#define CHAOS_NAME(labels, which)                                                                  \
	{                                                                                          \
		.len = sizeof(labels), .wire = labels, .text = which                               \
	}

static const struct chaos_name chaos_name[] = {
	CHAOS_NAME("\7version\4bind", CHAOS_VERSION),
	CHAOS_NAME("\7version\6server", CHAOS_VERSION),
	CHAOS_NAME("\2id\6server", CHAOS_ID),
	CHAOS_NAME("\10hostname\4bind", CHAOS_ID),
};

static const struct chaos_name *find_name(const struct qname *q)
{
	for (size_t i = 0; i < sizeof(chaos_name) / sizeof(chaos_name[0]); i++)
		if (q->len == chaos_name[i].len && memcmp(q->wire, chaos_name[i].wire, q->len) == 0)
			return &chaos_name[i];
	return NULL;
}

/* "question TXT text", TTL 0; it always fits (edns.c: the smallest answer holds more). */
static void append_txt(struct task *t, const char *text, uint8_t text_len)
{
	const uint8_t head[] = {0xc0, MSG_HEADER_LEN, 0, RRTYPE_TXT, 0, RRCLASS_CH, 0, 0, 0, 0, 0,
		(uint8_t)(text_len + 1), text_len};
	memcpy(t->msg + t->pos, head, sizeof(head));
	memcpy(t->msg + t->pos + sizeof(head), text, text_len);
	t->pos += sizeof(head) + text_len;
	t->rr_cnt[SECTION_ANSWER]++;
}

void chaos_answer(const struct answer *a, struct task *t)
{
	const struct chaos_name *name = find_name(&t->q);
	bool is_id = name != NULL && name->text == CHAOS_ID;
	uint8_t text_len = is_id ? a->cfg->nsid_len : a->cfg->version_len;
	if (name == NULL || text_len == 0 || (t->qtype != RRTYPE_TXT && t->qtype != RRTYPE_ANY)) {
		task_error(t, RCODE_REFUSED, EDE_NONE);
		return;
	}
	t->kind = REPLY_CHAOS;
	t->flags |= TASK_AA;
	append_txt(t, is_id ? a->cfg->nsid : a->cfg->version, text_len);
}
