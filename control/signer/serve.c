/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FLUSH_CNT     4 /* responses shown at once, if they take microseconds */
#define NAP_MIN_NS    50000
#define NAP_MAX_NS    1000000
#define NAP_FIRST_CNT 10000 /* of the shortest naps: a second */

struct serve {
	struct serve_options opt;
	struct publish_slot *slot;
	struct counters *counters;
	struct rrsig_maker maker;
	struct record_space space;
	uint64_t week;	     /* of this round */
	uint64_t generation; /* of the key sets the maker has seen */
	uint64_t pooled_cnt; /* counted so far */
	uint32_t algorithms;
	unsigned nap_cnt; /* since the last request */
	unsigned ring_cnt;
	unsigned next; /* ring to begin with */
	struct sigring_server ring[];
};

/* ---- life ------------------------------------------------------------------------------------ */

static int take_slot(struct serve *serve, unsigned thread_idx)
{
	char name[PUBLISH_SLOT_NAME_MAX];
	snprintf(name, sizeof(name), "signer%u", thread_idx);
	serve->slot = publish_slot_take(serve->opt.reader, name);
	if (serve->slot == NULL)
		return -1;
	serve->counters = publish_slot_counters(serve->slot);
	return 0;
}

struct serve *serve_new(const struct serve_options *opt, unsigned thread_idx, char err[static 256])
{
	struct serve *serve = calloc(1, sizeof(*serve) + READER_SLOT_MAX * sizeof(serve->ring[0]));
	if (serve == NULL || rrsig_init(&serve->maker, opt->pool_size) < 0) {
		snprintf(err, 256, "out of memory");
		return serve_free(serve);
	}
	serve->opt = *opt;
	if (take_slot(serve, thread_idx) < 0) {
		snprintf(err, 256, "no free reader slot");
		return serve_free(serve);
	}
	for (unsigned i = thread_idx; i < READER_SLOT_MAX; i += opt->thread_cnt)
		sigring_server_init(&serve->ring[serve->ring_cnt++], opt->rings, i);
	return serve;
}

struct serve *serve_free(struct serve *serve)
{
	if (serve == NULL)
		return NULL;
	publish_slot_give(serve->slot);
	rrsig_deinit(&serve->maker);
	free(serve);
	return NULL;
}

uint32_t serve_pool_cnt(const struct serve *serve)
{
	return rrsig_pool_cnt(&serve->maker);
}

/* ---- one request ------------------------------------------------------------------------------
 */

/* The published image of exactly this apex, if it is signed live. */
static const struct image_header *find_image(
	const struct serve *serve, const struct sigring_request *req)
{
	struct qname apex;
	struct publish_zone_search search;
	if (qname_read(&apex, req->apex, req->apex_len) != req->apex_len)
		return NULL;
	publish_zone_prepare(serve->opt.reader, &search, &apex);
	const struct image_header *img =
		publish_zone_find(serve->opt.reader, &search, &apex, apex.label_cnt);
	if (img == NULL || img->apex_len != req->apex_len || !(img->flags & IMAGE_LIVE))
		return NULL;
	return img;
}

static enum sign_status sign(
	struct serve *serve, struct sigring_response *resp, const struct sigring_request *req)
{
	struct record record;
	const struct image_header *img = find_image(serve, req);
	if (img == NULL)
		return SIGN_NO_ZONE;
	if (req->week + UINT64_C(1) < serve->week || req->week > serve->week + 1)
		return SIGN_BAD_WEEK;
	const struct keytab_set *set =
		keytab_find(serve->opt.keytab, req->apex, req->apex_len, img->live_id);
	if (set == NULL)
		return SIGN_STALE_KEYS;
	enum sign_status status = record_find(&record, &serve->space, img, req);
	if (status != SIGN_OK)
		return status;
	return rrsig_make(&serve->maker, resp, &record, set, req->week);
}

void serve_answer(
	struct serve *serve, struct sigring_response *resp, const struct sigring_request *req)
{
	*resp = (struct sigring_response){.ticket = req->ticket, .week = req->week};
	resp->status = (uint8_t)sign(serve, resp, req);
	counter_add(serve->counters, COUNTER_SIGNER_REQUESTS, 1);
	if (resp->status == SIGN_OK) {
		counter_add(serve->counters, COUNTER_SIGNER_SIGNATURES, resp->sig_cnt);
		return;
	}
	counter_add(serve->counters,
		resp->status == SIGN_FAILED ? COUNTER_SIGNER_FAILED : COUNTER_SIGNER_REFUSED, 1);
	resp->len = 0;
	resp->sig_cnt = 0;
	resp->key = (struct sig_key){{0, 0}};
}

/* ---- rounds ------------------------------------------------------------------------------------
 */

static unsigned serve_ring(struct serve *serve, struct sigring_server *ring)
{
	struct sigring_request req;
	struct sigring_response resp;
	unsigned cnt = 0;
	bool slow = rrsig_pool_cnt(&serve->maker) == 0;
	while (cnt < SERVE_TURN_MAX && sigring_server_next(ring, &req)) {
		serve_answer(serve, &resp, &req);
		sigring_server_reply(ring, &resp);
		if (++cnt % FLUSH_CNT == 0 || slow)
			sigring_server_flush(ring);
	}
	sigring_server_flush(ring);
	return cnt;
}

static unsigned serve_rings(struct serve *serve)
{
	unsigned cnt = 0;
	for (unsigned i = 0; i < serve->ring_cnt && cnt < SERVE_ROUND_MAX; i++) {
		cnt += serve_ring(serve, &serve->ring[serve->next]);
		serve->next = serve->next + 1 == serve->ring_cnt ? 0 : serve->next + 1;
	}
	return cnt;
}

static void count_pooled(struct serve *serve)
{
	uint64_t cnt = rrsig_pooled_cnt(&serve->maker);
	counter_add(serve->counters, COUNTER_SIGNER_POOLED, cnt - serve->pooled_cnt);
	serve->pooled_cnt = cnt;
}

unsigned serve_round(struct serve *serve)
{
	publish_quiesce(serve->slot);
	serve->week = sig_week(serve->opt.now_s());
	struct keytab_state state = keytab_enter(serve->opt.keytab);
	if (state.generation != serve->generation)
		rrsig_forget(&serve->maker);
	serve->generation = state.generation;
	serve->algorithms = state.algorithms;
	unsigned cnt = serve_rings(serve);
	keytab_leave(serve->opt.keytab);
	if (cnt > 0) {
		serve->nap_cnt = 0;
		count_pooled(serve);
	}
	return cnt;
}

bool serve_prepare(struct serve *serve)
{
	return rrsig_prepare(&serve->maker, serve->algorithms);
}

void serve_nap(struct serve *serve)
{
	uint64_t longer = serve->nap_cnt > NAP_FIRST_CNT ? serve->nap_cnt - NAP_FIRST_CNT : 0;
	uint64_t ns = NAP_MIN_NS + longer * 100;
	const struct timespec nap = {.tv_nsec = (long)(ns < NAP_MAX_NS ? ns : NAP_MAX_NS)};
	serve->nap_cnt++;
	publish_offline(serve->slot);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	publish_online(serve->slot);
}

void serve_run(struct serve *serve)
{
	for (;;)
		if (serve_round(serve) == 0 && !serve_prepare(serve))
			serve_nap(serve);
}
