/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/tbs.h"

#include <stdlib.h>
#include <string.h>

#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

static int make_room(struct tbs *tbs, size_t len)
{
	if (len <= tbs->cap)
		return 0;
	uint8_t *grown = realloc(tbs->msg, 2 * len);
	if (!grown)
		return -1;
	tbs->msg = grown;
	tbs->cap = 2 * len;
	return 0;
}

int tbs_begin(struct tbs *tbs, const struct tbs_rrset *what, unsigned rr_cnt, size_t rdata_len)
{
	tbs->len = tbs_head_len(what);
	return make_room(
		tbs, tbs->len + rdata_len + (size_t)rr_cnt * (what->owner_len + RR_HEAD_LEN));
}

void tbs_add(struct tbs *tbs, const struct tbs_rrset *what, const uint8_t *rdata, size_t rdata_len)
{
	uint8_t *at = tbs->msg + tbs->len;
	memcpy(at, what->owner, what->owner_len);
	at += what->owner_len;
	wire_put_u16(at, what->type);
	wire_put_u16(at + 2, RRCLASS_IN);
	wire_put_u32(at + 4, what->ttl_s);
	wire_put_u16(at + 8, (uint16_t)rdata_len);
	rrtype_canonical_rdata(what->type, at + RR_HEAD_LEN, rdata, rdata_len);
	tbs->len += what->owner_len + RR_HEAD_LEN + rdata_len;
}

void tbs_add_record(struct tbs *tbs, const uint8_t *record, size_t len)
{
	memcpy(tbs->msg + tbs->len, record, len);
	tbs->len += len;
}

void tbs_head(struct tbs *tbs, const struct tbs_rrset *what, const struct tbs_signer *who)
{
	uint8_t *at = tbs->msg;
	wire_put_u16(at, what->type);
	at[2] = who->algorithm;
	at[3] = (uint8_t)what->label_cnt;
	wire_put_u32(at + 4, what->ttl_s);
	wire_put_u32(at + 8, (uint32_t)who->expiration_s);
	wire_put_u32(at + 12, (uint32_t)who->inception_s);
	wire_put_u16(at + 16, who->tag);
	memcpy(at + RRSIG_FIXED_LEN, what->apex, what->apex_len);
}

void tbs_deinit(struct tbs *tbs)
{
	free(tbs->msg);
	*tbs = (struct tbs){0};
}
