/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/bulk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "zonedb/wire.h"

#define ITEM_REPLY_LEN 6U /* sig_cnt, sig_len */
#define PACK_HEAD_LEN  2U /* before each RRSIG's rdata */
#define SIG_ROOM       (PACK_HEAD_LEN + RRSIG_FIXED_LEN + DNAME_LEN_MAX + 512U) /* RSA-4096 */

struct job {
	struct job *next;
	uint64_t seq;
	uint64_t live_id[2];
	size_t batch_len;
	uint8_t apex_len;
	uint8_t octet[]; /* apex, batch */
};

struct bulk {
	struct bulk_options opt;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct job *first, **end;
	bool stopped;
};

/* What a thread has for itself. */
struct worker {
	struct rrsig_maker maker;
	uint64_t generation;
	struct dnssec_batch batch;
	uint8_t *out; /* a reply's payload */
	size_t out_len, out_cap;
};

/* ---- the queue --------------------------------------------------------------------------------
 */

struct bulk *bulk_new(const struct bulk_options *opt)
{
	struct bulk *bulk = calloc(1, sizeof(*bulk));
	if (bulk == NULL)
		return NULL;
	bulk->opt = *opt;
	bulk->end = &bulk->first;
	pthread_mutex_init(&bulk->lock, NULL);
	pthread_cond_init(&bulk->wake, NULL);
	return bulk;
}

struct bulk *bulk_free(struct bulk *bulk)
{
	if (bulk == NULL)
		return NULL;
	pthread_mutex_destroy(&bulk->lock);
	pthread_cond_destroy(&bulk->wake);
	free(bulk);
	return NULL;
}

void bulk_submit(struct bulk *bulk, const struct protocol_message *msg)
{
	struct job *job = malloc(sizeof(*job) + msg->apex_len + msg->batch_len);
	if (job == NULL) {
		bulk->opt.reply(bulk->opt.ctx, msg->seq, VERDICT_NO_MEMORY, NULL, 0);
		return;
	}
	*job = (struct job){
		.seq = msg->seq,
		.live_id = {msg->live_id[0], msg->live_id[1]},
		.batch_len = msg->batch_len,
		.apex_len = msg->apex_len,
	};
	memcpy(job->octet, msg->apex, msg->apex_len);
	memcpy(job->octet + msg->apex_len, msg->batch, msg->batch_len);
	pthread_mutex_lock(&bulk->lock);
	*bulk->end = job;
	bulk->end = &job->next;
	pthread_cond_signal(&bulk->wake);
	pthread_mutex_unlock(&bulk->lock);
}

/* The next job; NULL: there will be none. */
static struct job *take_job(struct bulk *bulk)
{
	pthread_mutex_lock(&bulk->lock);
	while (bulk->first == NULL && !bulk->stopped)
		pthread_cond_wait(&bulk->wake, &bulk->lock);
	struct job *job = bulk->first;
	if (job != NULL)
		bulk->first = job->next;
	if (bulk->first == NULL)
		bulk->end = &bulk->first;
	pthread_mutex_unlock(&bulk->lock);
	return job;
}

void bulk_stop(struct bulk *bulk)
{
	pthread_mutex_lock(&bulk->lock);
	bulk->stopped = true;
	pthread_cond_broadcast(&bulk->wake);
	pthread_mutex_unlock(&bulk->lock);
}

/* ---- one batch ---------------------------------------------------------------------------------
 */

static int make_room(struct worker *w, size_t len)
{
	if (w->out_len + len <= w->out_cap)
		return 0;
	size_t cap = 2 * (w->out_len + len);
	uint8_t *grown = realloc(w->out, cap);
	if (grown == NULL)
		return -1;
	w->out = grown;
	w->out_cap = cap;
	return 0;
}

/* Appends an RRSIG by one key, packed. 0 or -1. */
static int add_sig(struct worker *w, const struct tbs_rrset *what, const struct keytab_set *set,
	const struct keytab_key *key)
{
	const struct tbs_signer who = {
		.inception_s = w->batch.window.inception_s,
		.expiration_s = w->batch.window.expiration_s,
		.tag = key->tag,
		.algorithm = key->algorithm,
	};
	size_t head_len = tbs_head_len(what);
	if (make_room(w, SIG_ROOM) < 0)
		return -1;
	uint8_t *at = w->out + w->out_len;
	tbs_head(&w->maker.tbs, what, &who);
	int sig_len = rrsig_sign_message(&w->maker, set, key, at + PACK_HEAD_LEN + head_len,
		SIG_ROOM - PACK_HEAD_LEN - head_len);
	if (sig_len < 0)
		return -1;
	wire_put_u16(at, (uint16_t)(head_len + (size_t)sig_len));
	memcpy(at + PACK_HEAD_LEN, w->maker.tbs.msg, head_len);
	w->out_len += PACK_HEAD_LEN + head_len + (size_t)sig_len;
	return 0;
}

/* Signs an item, whose records are at rrs; fills in its head at head_at. */
static int sign_item(struct worker *w, const struct keytab_set *set,
	const struct dnssec_batch_item *item, const uint8_t *rrs, size_t head_at)
{
	const struct tbs_rrset what = {
		.apex = keytab_apex(set),
		.apex_len = set->apex_len,
		.label_cnt = item->label_cnt,
		.ttl_s = item->ttl_s,
		.type = item->type,
	};
	size_t begin = w->out_len;
	unsigned cnt = 0;
	if (tbs_begin(&w->maker.tbs, &what, 1, item->rrs_len) < 0)
		return -1;
	tbs_add_record(&w->maker.tbs, rrs, item->rrs_len);
	for (unsigned i = 0; i < set->key_cnt; i++) {
		if (!keyset_role_signs(set->key[i].role, item->type))
			continue;
		if (add_sig(w, &what, set, &set->key[i]) < 0)
			return -1;
		cnt++;
	}
	wire_put_u16(w->out + head_at, (uint16_t)cnt);
	wire_put_u32(w->out + head_at + 2, (uint32_t)(w->out_len - begin));
	return 0;
}

static unsigned sign_batch(struct worker *w, const struct keytab_set *set)
{
	const uint8_t *rrs = w->batch.rrs;
	w->out_len = 0;
	if (make_room(w, w->batch.cnt * ITEM_REPLY_LEN) < 0)
		return VERDICT_NO_MEMORY;
	w->out_len = w->batch.cnt * ITEM_REPLY_LEN;
	for (unsigned i = 0; i < w->batch.cnt; i++) {
		if (sign_item(w, set, &w->batch.item[i], rrs, i * ITEM_REPLY_LEN) < 0)
			return VERDICT_BAD_KEY;
		rrs += w->batch.item[i].rrs_len;
	}
	return VERDICT_DONE;
}

static unsigned do_job(struct worker *w, struct keytab *keytab, const struct job *job)
{
	if (protocol_read_batch(&w->batch, job->octet + job->apex_len, job->batch_len) < 0)
		return VERDICT_MALFORMED;
	struct keytab_state state = keytab_enter(keytab);
	if (state.generation != w->generation)
		rrsig_forget(&w->maker);
	w->generation = state.generation;
	const struct keytab_set *set = keytab_find(keytab, job->octet, job->apex_len, job->live_id);
	unsigned verdict = set != NULL ? sign_batch(w, set) : VERDICT_NOT_LENT;
	keytab_leave(keytab);
	return verdict;
}

void bulk_run(struct bulk *bulk)
{
	struct worker *w = calloc(1, sizeof(*w));
	if (w == NULL || rrsig_init(&w->maker, 0) < 0)
		abort(); /* while starting */
	for (struct job *job; (job = take_job(bulk)) != NULL; free(job)) {
		unsigned verdict = do_job(w, bulk->opt.keytab, job);
		bool done = verdict == VERDICT_DONE;
		bulk->opt.reply(bulk->opt.ctx, job->seq, verdict, w->out, done ? w->out_len : 0);
	}
	rrsig_deinit(&w->maker);
	free(w->out);
	free(w);
}
