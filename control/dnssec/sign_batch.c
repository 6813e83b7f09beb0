/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/sign_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sign_batch {
	const struct dnssec_remote *remote;
	struct dnssec_batch out;
	struct zone_rrset *rrset[DNSSEC_BATCH_MAX];
	uint8_t *rrs; /* out.rrs */
	size_t rrs_cap;
};

struct sign_batch *sign_batch_new(
	const struct dnssec_remote *remote, const uint8_t *apex, const struct dnssec_window *window)
{
	struct sign_batch *batch = calloc(1, sizeof(*batch));
	if (batch) {
		batch->remote = remote;
		batch->out.apex = apex;
		batch->out.window = *window;
	}
	return batch;
}

struct sign_batch *sign_batch_free(struct sign_batch *batch)
{
	if (batch)
		free(batch->rrs);
	free(batch);
	return NULL;
}

static int out_of_memory(char err[static 256])
{
	snprintf(err, 256, "out of memory");
	return -1;
}

/* Puts the signatures of an item, sig_len octets at sigs, beside its RRset. */
static void settle(struct zone_rrset *rrset, const struct dnssec_batch_item *item, uint8_t *sigs)
{
	rrset->sig = item->sig_cnt ? sigs : NULL;
	rrset->sig_cnt = item->sig_cnt;
	rrset->sig_len = item->sig_len;
	rrset->sig_ttl_s = rrset->ttl_s;
}

static int take_sigs(struct sign_batch *batch, struct zone_arena *arena, char err[static 256])
{
	const struct dnssec_batch *out = &batch->out;
	size_t len = 0;
	for (unsigned i = 0; i < out->cnt; i++)
		len += out->item[i].sig_len;
	uint8_t *sigs = zone_arena_alloc(arena, len);
	if (!sigs)
		return out_of_memory(err);
	memcpy(sigs, out->sigs, len);
	for (unsigned i = 0; i < out->cnt; i++) {
		settle(batch->rrset[i], &out->item[i], sigs);
		sigs += out->item[i].sig_len;
	}
	return 0;
}

int sign_batch_flush(struct sign_batch *batch, struct zone_arena *arena, char err[static 256])
{
	struct dnssec_batch *out = &batch->out;
	if (!out->cnt)
		return 0;
	out->rrs = batch->rrs;
	out->sigs = NULL;
	int result = batch->remote->sign(batch->remote->ctx, out, err);
	if (!result)
		result = take_sigs(batch, arena, err);
	free(out->sigs);
	out->cnt = 0;
	out->rrs_len = 0;
	return result;
}

static int make_room(struct sign_batch *batch, size_t len)
{
	if (batch->out.rrs_len + len <= batch->rrs_cap)
		return 0;
	size_t cap = 2 * (batch->out.rrs_len + len);
	uint8_t *grown = realloc(batch->rrs, cap);
	if (!grown)
		return -1;
	batch->rrs = grown;
	batch->rrs_cap = cap;
	return 0;
}

int sign_batch_add(struct sign_batch *batch, struct zone_arena *arena, const struct tbs_rrset *what,
	struct zone_rrset *rrset, const uint8_t *rrs, size_t rrs_len, char err[static 256])
{
	struct dnssec_batch *out = &batch->out;
	if (make_room(batch, rrs_len))
		return out_of_memory(err);
	memcpy(batch->rrs + out->rrs_len, rrs, rrs_len);
	out->rrs_len += rrs_len;
	batch->rrset[out->cnt] = rrset;
	out->item[out->cnt++] = (struct dnssec_batch_item){
		.ttl_s = what->ttl_s,
		.rrs_len = (uint32_t)rrs_len,
		.type = what->type,
		.label_cnt = (uint8_t)what->label_cnt,
	};
	if (out->cnt < DNSSEC_BATCH_MAX && out->rrs_len < DNSSEC_BATCH_LEN)
		return 0;
	return sign_batch_flush(batch, arena, err);
}
