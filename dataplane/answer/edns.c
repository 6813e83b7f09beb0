/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/answer/edns.h"

#include <string.h>

#include "zonedb/wire.h"

/* The longest question and the longest OPT fit the smallest answer, so an OPT is never dropped. */
static_assert(MSG_HEADER_LEN + DNAME_LEN_MAX + 4 + EDNS_OPT_LEN + EDNS_EDE_LEN + EDNS_OPTION_LEN +
			      sizeof(((struct answer_config *)0)->nsid) <=
		      MSG_UDP_LEN_MIN,
	"an OPT always fits");

#define COUNTS_OFF 4 /* QDCOUNT, in the header */

enum opt_octet {
	OPT_TYPE = 1,
	OPT_CLASS = 3, /* UDP size */
	OPT_RCODE = 5, /* extended rcode, high 8 bits */
	OPT_FLAGS = 7, /* enum edns_flag */
	OPT_RDLEN = 9,
};

void edns_init(struct answer *a)
{
	memset(a->opt, 0, sizeof(a->opt));
	wire_put_u16(a->opt + OPT_TYPE, RRTYPE_OPT);
	wire_put_u16(a->opt + OPT_CLASS, a->cfg->udp_size_max);
}

static bool gives_nsid(const struct answer *a, const struct task *t)
{
	return (t->flags & TASK_NSID) != 0 && a->cfg->nsid_len > 0;
}

unsigned edns_reserve(const struct answer *a, const struct task *t)
{
	if ((t->flags & TASK_EDNS) == 0)
		return 0;
	return EDNS_OPT_LEN +
	       (gives_nsid(a, t) ? EDNS_OPTION_LEN + (unsigned)a->cfg->nsid_len : 0U);
}

/* As they were asked with. */
static uint16_t flags_of(const struct task *t)
{
	return (uint16_t)((t->flags & TASK_DO ? EDNS_FLAG_DO : 0) |
			  (t->compact_ok ? EDNS_FLAG_CO : 0));
}

/* Writes an option's head; returns where its data goes. */
static uint8_t *put_option(struct task *t, enum edns_option code, unsigned len)
{
	uint8_t *at = t->msg + t->pos;
	wire_put_u16(at, code);
	wire_put_u16(at + 2, len);
	t->pos += EDNS_OPTION_LEN + len;
	return at + EDNS_OPTION_LEN;
}

unsigned edns_write_question(struct task *t)
{
	bool has_opt = (t->flags & TASK_EDNS) != 0;
	uint8_t *opt = t->msg + t->question_end;
	t->pos = t->question_end;
	memset(t->msg + COUNTS_OFF, 0, 8);
	t->msg[COUNTS_OFF + 1] = 1;
	t->msg[COUNTS_OFF + 7] = has_opt;
	if (!has_opt)
		return t->pos;
	memset(opt, 0, EDNS_OPT_LEN);
	wire_put_u16(opt + OPT_TYPE, RRTYPE_OPT);
	wire_put_u16(opt + OPT_CLASS, t->size_max);
	wire_put_u16(opt + OPT_FLAGS, flags_of(t));
	t->pos += EDNS_OPT_LEN;
	if (t->flags & TASK_NSID) {
		wire_put_u16(opt + OPT_RDLEN, EDNS_OPTION_LEN);
		(void)put_option(t, EDNS_NSID, 0);
	}
	return t->pos;
}

void edns_write(const struct answer *a, struct task *t)
{
	if ((t->flags & TASK_EDNS) == 0)
		return;
	uint8_t *opt = t->msg + t->pos;
	memcpy(opt, a->opt, EDNS_OPT_LEN);
	opt[OPT_RCODE] = (uint8_t)(t->rcode >> 4);
	wire_put_u16(opt + OPT_FLAGS, flags_of(t));
	t->pos += EDNS_OPT_LEN;
	uint32_t rdata_pos = t->pos;
	if (gives_nsid(a, t))
		memcpy(put_option(t, EDNS_NSID, a->cfg->nsid_len), a->cfg->nsid, a->cfg->nsid_len);
	if (t->ede != 0)
		wire_put_u16(put_option(t, EDNS_EDE, 2), t->ede - 1U);
	if (t->pos != rdata_pos)
		wire_put_u16(opt + OPT_RDLEN, t->pos - rdata_pos);
	t->rr_cnt[SECTION_ADDITIONAL]++;
}
