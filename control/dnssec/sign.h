/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sign: makes a zone a signed one.
 *
 *   zone_finish()            order, authority, empty non-terminals
 *   dnssec_apex_records()    DNSKEY, CDS, CDNSKEY, NSEC3PARAM at the apex
 *   dnssec_chain()           NSEC or NSEC3 records; what denies each name (chain.h)
 *   dnssec_sign()            RRSIGs beside every authoritative RRset
 *
 * dnssec_secure() does the three in order. DNSSEC records that stand in the source are kept or left
 * out as dnssec_keeps() says, before zone_add_rr():
 *
 *                          unsigned    signed here   pre-signed
 *   RRSIG, NSEC, NSEC3     left out    left out      kept (presigned.h)
 *   NSEC3PARAM             left out    left out      kept
 *   DNSKEY, CDS, CDNSKEY   kept        left out *    kept
 *   all else               kept        kept          kept
 *
 * With * the setting direct-dnskey keeps them, and they are joined to those of the zone's keys.
 *
 * Signing runs in threads over chunks of the zone handed out by a counter. Signatures of
 * deterministic algorithms do not depend on the number of threads or who signs what.
 *
 * TTLs: DNSKEY, CDS, CDNSKEY and NSEC3PARAM the SOA's minimum; NSEC and NSEC3 min(SOA TTL,
 * minimum) (RFC 9077); RRSIGs that of what they cover.
 */
#ifndef CONTROL_DNSSEC_SIGN_H
#define CONTROL_DNSSEC_SIGN_H

#include "control/dnssec/keyset.h"
#include "control/dnssec/policy.h"
#include "zonedb/zone.h"

/* ---- records of the source ------------------------------------------------------------------ */

enum dnssec_mode { DNSSEC_UNSIGNED, DNSSEC_SIGNED, DNSSEC_PRESIGNED };

/* dnssec_mode: presigned wins over keys, as in PowerDNS. */
enum dnssec_mode dnssec_mode(const struct zone_policy *policy, const struct keyset *keys);
/* dnssec_keeps says whether a record of type in the source is data of the zone. */
bool dnssec_keeps(enum dnssec_mode mode, bool direct_dnskey, uint16_t type);

/* ---- validity window ------------------------------------------------------------------------ */

/* The week of signatures that now lies in, PowerDNS' way: weeks begin on Thursdays 00:00 UTC, as
 * Unix time did. */
struct dnssec_window {
	uint64_t inception_s;  /* last Thursday - margin */
	uint64_t expiration_s; /* last Thursday + 14 days + extend */
	uint64_t resign_at_s;  /* next Thursday: the window moves */
};

/* dnssec_window_at: margin_s and extend_s are signature-inception-margin, rrsig-expiry-extend. */
struct dnssec_window dnssec_window_at(uint64_t now_s, uint64_t margin_s, uint64_t extend_s);

/* ---- signing -------------------------------------------------------------------------------- */

/* RRsets to be signed by somebody else, who has the keys: many at a time. */
#define DNSSEC_BATCH_MAX 256	 /* 6 ms of P-256 signatures */
#define DNSSEC_BATCH_LEN 0x10000 /* octets of .rrs it may have before the last one is added */
struct dnssec_batch_item {
	uint32_t ttl_s;
	uint32_t rrs_len; /* octets of .rrs that are its */
	uint16_t type;
	uint8_t label_cnt; /* for the RRSIG (RFC 4034, 3.1.3) */
	uint16_t sig_cnt;  /* the outcome; */
	uint32_t sig_len;  /* octets of .sigs that are its */
};
struct dnssec_batch {
	const uint8_t *apex;
	struct dnssec_window window;
	unsigned cnt;
	struct dnssec_batch_item item[DNSSEC_BATCH_MAX];
	const uint8_t *rrs; /* of one item behind the other, in canonical form and order */
	size_t rrs_len;
	uint8_t *sigs; /* the outcome, malloc()ed: packed rdata of RRSIGs (zonedb/zone.h) */
};
struct dnssec_remote {
	/* 0 with the outcome in batch, or -1 with err. Any thread. */
	int (*sign)(void *ctx, struct dnssec_batch *batch, char err[static 256]);
	void *ctx;
};

struct dnssec_options {
	const struct keyset *keys;	    /* roles assigned */
	const struct dnssec_remote *remote; /* signs; NULL = keys do, here */
	const struct zone_policy *policy;
	struct dnssec_window window;
	unsigned thread_cnt; /* 0 = one per core the process may use */
	/* Told now and then, from the calling thread; NULL = nobody. done counts names and NSEC3
	 * records. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* All of these: 0, or -1 with err a sentence; the zone is then to be thrown away. */

/* dnssec_apex_records adds the records keys and policy ask for at the apex. */
int dnssec_apex_records(struct zone *zone, const struct dnssec_options *opt, char err[static 256])
	__attribute__((warn_unused_result));
/* dnssec_sign signs every authoritative RRset and every NSEC3 record; sets zone->flags'
 * IMAGE_SIGNED and zone->resign_at_s. */
int dnssec_sign(struct zone *zone, const struct dnssec_options *opt, char err[static 256])
	__attribute__((warn_unused_result));
/* dnssec_secure: apex records, chain, signatures. */
int dnssec_secure(struct zone *zone, const struct dnssec_options *opt, char err[static 256])
	__attribute__((warn_unused_result));

#endif
