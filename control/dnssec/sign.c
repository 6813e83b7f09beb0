/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/dnssec/chain.h"
#include "control/dnssec/parallel.h"
#include "control/dnssec/records.h"
#include "control/dnssec/signer.h"
#include "zonedb/dname.h"
#include "zonedb/nsec3.h"

#define SIGN_CHUNK_LEN 32 /* names a thread takes at once: about 1 ms of work with ECDSA */
#define RR_HEAD_LEN    10 /* type, class, TTL, rdata length */

/* What one thread has for itself. */
struct sign_worker {
	struct zone_arena arena; /* of the signatures it makes; merged into the zone's at the end */
	struct signer signer[KEYSET_KEY_MAX];
	unsigned signer_cnt;
	uint8_t *msg; /* what is signed; grows to the largest RRset met */
	size_t msg_cap;
	char fault[256]; /* empty, or why it stopped */
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

/* Octets of RRSIG rdata before the signature: they stand at the start of what is signed. */
static size_t head_len(const struct zone *zone)
{
	return RRSIG_FIXED_LEN + zone->apex_len;
}

static int msg_room(struct sign_worker *w, size_t len)
{
	if (len <= w->msg_cap)
		return 0;
	uint8_t *grown = realloc(w->msg, 2 * len);
	if (!grown)
		return -1;
	w->msg = grown;
	w->msg_cap = 2 * len;
	return 0;
}

/* Puts the canonical form of the RRset (RFC 4034, 6.2 and 3.1.8.1) behind the room for the head.
 * Returns the message's length, or 0 when memory is out. */
static size_t write_rrs(struct sign_worker *w, const struct zone *zone, const struct signee *what)
{
	const struct zone_rrset *rrset = what->rrset;
	const uint8_t *packed = rrset->rdata, *end = packed + rrset->rdata_len;
	struct packed_rr rr;
	if (msg_room(w, head_len(zone) + rrset->rdata_len +
				(size_t)rrset->rr_cnt * (what->owner_len + RR_HEAD_LEN)))
		return 0;
	uint8_t *at = w->msg + head_len(zone);
	while (records_next(&packed, end, &rr)) {
		memcpy(at, what->owner, what->owner_len);
		at += what->owner_len;
		wire_put_u16(at, rrset->type);
		wire_put_u16(at + 2, RRCLASS_IN);
		wire_put_u32(at + 4, rrset->ttl_s);
		wire_put_u16(at + 8, (uint16_t)rr.len);
		rrtype_canonical_rdata(rrset->type, at + RR_HEAD_LEN, rr.rdata, rr.len);
		at += RR_HEAD_LEN + rr.len;
	}
	return (size_t)(at - w->msg);
}

/* RFC 4034, 3.1: the RRSIG's rdata up to the signature. Times are modulo 2^32 (3.1.5). */
static void write_head(struct sign_worker *w, const struct sign_job *job, const struct signee *what,
	const struct key *key)
{
	const struct zone *zone = job->zone;
	uint8_t *at = w->msg;
	wire_put_u16(at, what->rrset->type);
	at[2] = key->algorithm;
	at[3] = (uint8_t)what->label_cnt;
	wire_put_u32(at + 4, what->rrset->ttl_s);
	wire_put_u32(at + 8, (uint32_t)job->opt->window.expiration_s);
	wire_put_u32(at + 12, (uint32_t)job->opt->window.inception_s);
	wire_put_u16(at + 16, key->tag);
	memcpy(at + RRSIG_FIXED_LEN, zone->apex, zone->apex_len);
}

/* Octets and number of the signatures an RRset gets. */
static size_t measure_sigs(
	const struct sign_worker *w, const struct zone *zone, uint16_t type, unsigned *cnt)
{
	size_t len = 0;
	*cnt = 0;
	for (unsigned i = 0; i < w->signer_cnt; i++) {
		if (!keyset_key_signs(w->signer[i].key, type))
			continue;
		len += PACK_HEAD_LEN + head_len(zone) + w->signer[i].sig_len;
		++*cnt;
	}
	return len;
}

/* Signs the message in w->msg with one key; appends the RRSIG at *at. */
static int append_sig(struct sign_worker *w, const struct sign_job *job, const struct signee *what,
	struct signer *signer, size_t msg_len, uint8_t **at)
{
	size_t head = head_len(job->zone);
	write_head(w, job, what, signer->key);
	wire_put_u16(*at, (uint16_t)(head + signer->sig_len));
	memcpy(*at + PACK_HEAD_LEN, w->msg, head);
	*at += PACK_HEAD_LEN + head;
	if (signer_sign(signer, *at, w->msg, msg_len))
		return -1;
	*at += signer->sig_len;
	return 0;
}

static int sign_rrset(struct sign_worker *w, const struct sign_job *job, const struct signee *what)
{
	unsigned cnt;
	size_t sig_len = measure_sigs(w, job->zone, what->rrset->type, &cnt);
	size_t msg_len = write_rrs(w, job->zone, what);
	uint8_t *sig = zone_arena_alloc(&w->arena, sig_len), *at = sig;
	if (!msg_len || !sig)
		return -1;
	for (unsigned i = 0; i < w->signer_cnt; i++) {
		struct signer *signer = &w->signer[i];
		if (keyset_key_signs(signer->key, what->rrset->type) &&
			append_sig(w, job, what, signer, msg_len, &at))
			return -1;
	}
	what->rrset->sig = cnt ? sig : NULL;
	what->rrset->sig_len = (uint32_t)sig_len;
	what->rrset->sig_cnt = (uint16_t)cnt;
	what->rrset->sig_ttl_s = what->rrset->ttl_s;
	return 0;
}

static int sign_or_say(struct sign_worker *w, const struct sign_job *job, const struct signee *what)
{
	char owner[DNAME_TEXT_MAX], type[12];
	if (!sign_rrset(w, job, what))
		return 0;
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

static int worker_init(struct sign_worker *w, const struct keyset *keys)
{
	for (unsigned i = 0; i < keys->key_cnt; i++)
		if (keys->key[i].active && signer_init(&w->signer[w->signer_cnt++], &keys->key[i]))
			return -1;
	return 0;
}

static void worker_deinit(struct sign_worker *w, struct zone *zone)
{
	for (unsigned i = 0; i < w->signer_cnt; i++)
		signer_deinit(&w->signer[i]);
	free(w->msg);
	zone_arena_merge(&zone->arena, &w->arena);
}

static int init_workers(struct sign_job *job, char err[static 256])
{
	for (unsigned i = 0; i < job->worker_cnt; i++) {
		if (worker_init(&job->worker[i], job->opt->keys)) {
			snprintf(err, 256, "OpenSSL does not sign with a key of this zone");
			return -1;
		}
	}
	return 0;
}

/* Runs the job; the first fault found is the one told. */
static int run(struct sign_job *job, const struct parallel_job *work, char err[static 256])
{
	if (init_workers(job, err))
		return -1;
	if (!parallel_run(work, job->worker_cnt))
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
