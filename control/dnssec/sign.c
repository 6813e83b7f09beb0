/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/chain.h"
#include "control/dnssec/parallel.h"
#include "control/dnssec/records.h"
#include "control/dnssec/sign_batch.h"
#include "control/dnssec/signer.h"
#include "control/dnssec/tbs.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"

#define SIGN_CHUNK_LEN 32 /* names a thread takes at once: about 1 ms of work with ECDSA */

/* What one thread has for itself. */
struct sign_worker {
	struct zone_arena arena; /* of the signatures it makes; merged into the zone's at the end */
	struct signer signer[KEYSET_KEY_MAX];
	unsigned signer_cnt;
	struct tbs tbs;		  /* what is signed */
	struct sign_batch *batch; /* on its way to opt->remote; NULL: signatures are made here */
	char fault[256];	  /* empty, or why it stopped */
};

struct sign_job {
	struct zone *zone;
	const struct dnssec_options *opt;
	struct sign_worker *worker;
	unsigned worker_cnt;
};

/* An RRset to sign, and the name it is signed under. */
struct signee {
	struct zone_rrset *rrset;
	const uint8_t *owner;
	unsigned owner_len;
	unsigned label_cnt; /* without the root and a leading "*" (RFC 4034, 3.1.3) */
};

/* ---- one RRset ------------------------------------------------------------------------------ */

static struct tbs_rrset describe(const struct zone *zone, const struct signee *what)
{
	return (struct tbs_rrset){
		.apex = zone->apex,
		.apex_len = zone->apex_len,
		.owner = what->owner,
		.owner_len = what->owner_len,
		.label_cnt = what->label_cnt,
		.ttl_s = what->rrset->ttl_s,
		.type = what->rrset->type,
	};
}

static int write_rrs(struct tbs *tbs, const struct tbs_rrset *what, const struct zone_rrset *rrset)
{
	const uint8_t *packed = rrset->rdata, *end = packed + rrset->rdata_len;
	struct packed_rr rr;
	if (tbs_begin(tbs, what, rrset->rr_cnt, rrset->rdata_len))
		return -1;
	while (records_next(&packed, end, &rr))
		tbs_add(tbs, what, rr.rdata, rr.len);
	return 0;
}

/* Octets and number of the signatures an RRset gets. */
static size_t measure_sigs(const struct sign_worker *w, const struct tbs_rrset *what, unsigned *cnt)
{
	size_t len = 0;
	*cnt = 0;
	for (unsigned i = 0; i < w->signer_cnt; i++) {
		if (!keyset_key_signs(w->signer[i].key, what->type))
			continue;
		len += PACK_HEAD_LEN + tbs_head_len(what) + w->signer[i].sig_len;
		++*cnt;
	}
	return len;
}

/* Signs the message with one key; appends the RRSIG at *at. */
static int append_sig(struct tbs *tbs, const struct tbs_rrset *what,
	const struct dnssec_window *window, struct signer *signer, uint8_t **at)
{
	size_t head = tbs_head_len(what);
	const struct tbs_signer who = {
		.inception_s = window->inception_s,
		.expiration_s = window->expiration_s,
		.tag = signer->key->tag,
		.algorithm = signer->key->algorithm,
	};
	tbs_head(tbs, what, &who);
	wire_put_u16(*at, (uint16_t)(head + signer->sig_len));
	memcpy(*at + PACK_HEAD_LEN, tbs->msg, head);
	*at += PACK_HEAD_LEN + head;
	if (signer_sign(signer, *at, tbs->msg, tbs->len))
		return -1;
	*at += signer->sig_len;
	return 0;
}

/* Leaves it to whoever has the keys. */
static int send_rrset(
	struct sign_worker *w, const struct sign_job *job, const struct signee *signee)
{
	const struct tbs_rrset what = describe(job->zone, signee);
	if (write_rrs(&w->tbs, &what, signee->rrset))
		return -1;
	return sign_batch_add(w->batch, &w->arena, &what, signee->rrset, tbs_rrs(&w->tbs, &what),
		w->tbs.len - tbs_head_len(&what), w->fault);
}

static int sign_rrset(
	struct sign_worker *w, const struct sign_job *job, const struct signee *signee)
{
	unsigned cnt;
	struct zone_rrset *rrset = signee->rrset;
	const struct tbs_rrset what = describe(job->zone, signee);
	size_t sig_len = measure_sigs(w, &what, &cnt);
	uint8_t *sig = zone_arena_alloc(&w->arena, sig_len), *at = sig;
	if (!sig || write_rrs(&w->tbs, &what, rrset))
		return -1;
	for (unsigned i = 0; i < w->signer_cnt; i++) {
		struct signer *signer = &w->signer[i];
		if (keyset_key_signs(signer->key, what.type) &&
			append_sig(&w->tbs, &what, &job->opt->window, signer, &at))
			return -1;
	}
	rrset->sig = cnt ? sig : NULL;
	rrset->sig_len = (uint32_t)sig_len;
	rrset->sig_cnt = (uint16_t)cnt;
	rrset->sig_ttl_s = rrset->ttl_s;
	return 0;
}

static int sign_or_say(struct sign_worker *w, const struct sign_job *job, const struct signee *what)
{
	char owner[DNAME_TEXT_MAX], type[12];
	if (!(w->batch ? send_rrset : sign_rrset)(w, job, what))
		return 0;
	if (w->fault[0])
		return -1;
	snprintf(w->fault, sizeof(w->fault), "%.200s %s: signing failed",
		dname_to_text(owner, what->owner), rrtype_to_text(type, what->rrset->type));
	return -1;
}

/* ---- items: the nodes, then the NSEC3 records ------------------------------------------------ */

static int sign_node(struct sign_worker *w, const struct sign_job *job, struct zone_node *node)
{
	struct signee what = {
		.owner = node->owner,
		.owner_len = node->owner_len,
		.label_cnt = job->zone->apex_label_cnt + node->label_cnt -
			     (node->flags & NODE_WILDCARD ? 1U : 0),
	};
	for (what.rrset = node->rrset; what.rrset; what.rrset = what.rrset->next)
		if (what.rrset->authoritative && sign_or_say(w, job, &what))
			return -1;
	return 0;
}

static int sign_nsec3(struct sign_worker *w, const struct sign_job *job, struct zone_nsec3 *nsec3)
{
	const struct zone *zone = job->zone;
	uint8_t owner[1 + NSEC3_LABEL_LEN + DNAME_LEN_MAX] = {NSEC3_LABEL_LEN};
	struct signee what = {
		.rrset = nsec3->rrset,
		.owner = owner,
		.owner_len = 1U + NSEC3_LABEL_LEN + zone->apex_len,
		.label_cnt = zone->apex_label_cnt + 1U,
	};
	nsec3_to_text((char *)owner + 1, nsec3->hash);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, zone->apex, zone->apex_len);
	return sign_or_say(w, job, &what);
}

static int sign_items(void *ctx, unsigned worker, uint64_t first, uint64_t end)
{
	const struct sign_job *job = ctx;
	struct sign_worker *w = &job->worker[worker];
	struct zone *zone = job->zone;
	int result = 0;
	for (uint64_t i = first; !result && i < end; i++)
		result = i < zone->node_cnt ? sign_node(w, job, &zone->node[i])
					    : sign_nsec3(w, job, &zone->nsec3[i - zone->node_cnt]);
	return result;
}

/* ---- the zone -------------------------------------------------------------------------------- */

static int worker_init(struct sign_worker *w, const struct sign_job *job)
{
	const struct keyset *keys = job->opt->keys;
	if (job->opt->remote) {
		w->batch = sign_batch_new(job->opt->remote, job->zone->apex, &job->opt->window);
		return w->batch ? 0 : -1;
	}
	for (unsigned i = 0; i < keys->key_cnt; i++)
		if (keys->key[i].active && signer_init(&w->signer[w->signer_cnt++], &keys->key[i]))
			return -1;
	return 0;
}

static void worker_deinit(struct sign_worker *w, struct zone *zone)
{
	for (unsigned i = 0; i < w->signer_cnt; i++)
		signer_deinit(&w->signer[i]);
	sign_batch_free(w->batch);
	tbs_deinit(&w->tbs);
	zone_arena_merge(&zone->arena, &w->arena);
}

static int init_workers(struct sign_job *job, char err[static 256])
{
	for (unsigned i = 0; i < job->worker_cnt; i++) {
		if (worker_init(&job->worker[i], job)) {
			snprintf(err, 256, "OpenSSL does not sign with a key of this zone");
			return -1;
		}
	}
	return 0;
}

/* What is left in batches that are not full. */
static int flush_workers(struct sign_job *job)
{
	int result = 0;
	for (unsigned i = 0; !result && i < job->worker_cnt; i++) {
		struct sign_worker *w = &job->worker[i];
		if (w->batch)
			result = sign_batch_flush(w->batch, &w->arena, w->fault);
	}
	return result;
}

/* Runs the job; the first fault found is the one told. */
static int run(struct sign_job *job, const struct parallel_job *work, char err[static 256])
{
	if (init_workers(job, err))
		return -1;
	if (!parallel_run(work, job->worker_cnt) && !flush_workers(job))
		return 0;
	for (unsigned i = 0; i < job->worker_cnt; i++)
		if (job->worker[i].fault[0])
			memcpy(err, job->worker[i].fault, sizeof(job->worker[i].fault));
	return -1;
}

int dnssec_sign(struct zone *zone, const struct dnssec_options *opt, char err[static 256])
{
	struct sign_job job = {.zone = zone, .opt = opt};
	const struct parallel_job work = {
		.item_cnt = (uint64_t)zone->node_cnt + zone->nsec3_cnt,
		.chunk_len = SIGN_CHUNK_LEN,
		.work = sign_items,
		.ctx = &job,
		.progress = opt->progress,
		.progress_ctx = opt->progress_ctx,
	};
	job.worker_cnt = parallel_worker_cnt(&work, opt->thread_cnt);
	job.worker = calloc(job.worker_cnt, sizeof(*job.worker));
	if (!job.worker) {
		snprintf(err, 256, "out of memory");
		return -1;
	}
	int result = run(&job, &work, err);
	for (unsigned i = 0; i < job.worker_cnt; i++)
		worker_deinit(&job.worker[i], zone);
	free(job.worker);
	zone->flags |= IMAGE_SIGNED;
	zone->resign_at_s = opt->window.resign_at_s;
	return result;
}

int dnssec_secure(struct zone *zone, const struct dnssec_options *opt, char err[static 256])
{
	const struct zone_policy *policy = opt->policy;
	if (dnssec_apex_records(zone, opt, err) ||
		dnssec_chain(
			zone, policy->nsec3 ? &policy->nsec3_param : NULL, opt->thread_cnt, err) ||
		dnssec_sign(zone, opt, err))
		return -1;
	return 0;
}
