/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * task: one message on its way through the engine (private to dataplane/answer).
 *
 *   parse ----> question, EDNS, limit
 *   respond --> kind, answer part, authority parts     what goes into the message, as references
 *   denial ---> more authority parts
 *   compose --> octets
 *
 * A part is an RRset on its way into a section. Deciding and copying are apart so that the memory a
 * part refers to is on its way to the cache while other messages of the burst are decided.
 *
 * Offsets are octets from the start of the message. A task lives in its struct answer for one
 * burst.
 */
#ifndef DATAPLANE_ANSWER_TASK_H
#define DATAPLANE_ANSWER_TASK_H

#include "dataplane/answer/answer.h"
#include "zonedb/dname.h"
#include "zonedb/image.h"
#include "zonedb/limits.h"
#include "zonedb/lookup.h"
#include "zonedb/rrtype.h"

/* RFC 1035, 4.1.1; RFC 2136, 2.2; RFC 6891, 9 */
enum rcode {
	RCODE_NOERROR = 0,
	RCODE_FORMERR = 1,
	RCODE_SERVFAIL = 2,
	RCODE_NXDOMAIN = 3,
	RCODE_NOTIMP = 4,
	RCODE_REFUSED = 5,
	RCODE_YXDOMAIN = 6,
	RCODE_BADVERS = 16,
};

/* How the answer for the current name looks. */
enum reply_kind {
	REPLY_EMPTY = 0, /* header, question, OPT: errors, and ANY sent to TCP */
	REPLY_DATA,	 /* the RRset asked for */
	REPLY_ANY,	 /* several RRsets of a node: ANY, RRSIG */
	REPLY_CNAME,	 /* a CNAME, to be followed */
	REPLY_DNAME,	 /* a DNAME and the CNAME made from it, to be followed */
	REPLY_NODATA,
	REPLY_NXDOMAIN,
	REPLY_REFERRAL,
	REPLY_CHAOS,
};

enum task_flag {
	TASK_TCP = 1 << 0,
	TASK_EDNS = 1 << 1, /* the query has an OPT, so the answer gets one */
	TASK_DO = 1 << 2,
	TASK_NSID = 1 << 3,	/* NSID asked for */
	TASK_QUESTION = 1 << 4, /* the question parsed: it is echoed */
	TASK_AA = 1 << 5,
	TASK_TC = 1 << 6,
	TASK_HASHING = 1 << 7, /* the next closer name is to be hashed, and its cover added */
};

/* A zone as seen from one message. */
struct zone_view {
	const struct image_header *img;
	uint16_t apex_off;  /* of the apex name in the message */
	uint8_t apex_far;   /* the apex does not lie there in one run within reach of pointers */
	uint8_t has_denial; /* DO is set and the zone has denial: proofs are due */
	uint8_t part_what;  /* enum part_what: what its parts are like */
	uint16_t sig_len;   /* of the SOA's RRSIGs if DO is set: what others' will be like */
	struct live *live;  /* where RRSIGs come from, if they are due and not in the image */
};

enum part_what {
	PART_DATA = 1 << 0,
	PART_SIG = 1 << 1,
	PART_UNUSUAL = 1 << 2, /* not to be copied as it is: owner labels, no data, a far apex */
	PART_LIVE = 1 << 3,    /* of a live zone: RRSIGs come from the cache (live.h) */
	/* records made while answering (zonedb/synth.h); .made holds what they are made of */
	PART_COVER = 1 << 4,	/* narrow NSEC3 of a next closer name, which stands at .owner_off */
	PART_COMPACT = 1 << 5,	/* NSEC of the current name, which is missing */
	PART_EXPANDED = 1 << 6, /* a wildcard's RRset, signed as the current name's */
};
#define PART_MADE (PART_COVER | PART_COMPACT | PART_EXPANDED)

/* Of a record made while answering. */
struct made {
	struct sig_key key;
	uint8_t hash[NSEC3_HASH_LEN]; /* PART_COVER */
};

/* An RRset bound for a section. Its owner is .owner_labels (often none) followed by the name at
 * .owner_off; NSEC3 records carry their owner themselves. */
struct part {
	const struct image_rrset *rrset; /* PART_COVER, PART_COMPACT: NULL */
	const struct zone_view *zone;
	union {
		const uint8_t *owner_labels;
		struct made *made; /* PART_MADE; such have no owner labels */
	};
	uint16_t owner_off;
	uint8_t owner_labels_len;
	uint8_t what; /* enum part_what */
};

/* Authority of one answer at most: each step of a chain may add a wildcard's proof, the last one
 * SOA and three records, or NS and DS, or NS and two records. */
#define TASK_AUTHORITY_MAX (ANSWER_CHAIN_MAX + 1 + 4)
#define TASK_PART_MAX	   (1 + TASK_AUTHORITY_MAX)

/* Records made for one answer at most: each step of a chain may make one, the last name two. */
#define TASK_MADE_MAX (ANSWER_CHAIN_MAX + 1 + 1)

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTION_CNT };

struct task {
	struct answer_job *job;
	uint8_t *msg;
	uint32_t pos;	       /* octets of the answer so far */
	uint32_t limit;	       /* octets its RRs may take it to: room for the OPT is left */
	uint32_t size_max;     /* octets it may have with the OPT */
	uint16_t question_end; /* of the question section */
	uint16_t qtype;
	uint16_t qclass;
	uint16_t rcode; /* enum rcode */
	uint16_t ede;	/* info-code (RFC 8914) plus 1; 0 = none */
	uint16_t rr_cnt[SECTION_CNT];
	uint8_t flags;	    /* enum task_flag */
	uint8_t kind;	    /* enum reply_kind */
	bool compact_ok;    /* CO and DO: NXDOMAIN may stand beside a compact proof */
	uint8_t chain_cnt;  /* CNAME/DNAME steps taken */
	uint8_t sname_flat; /* the current name stands at .sname_off in one run */
	uint16_t sname_off; /* current name: the question, then each chain target */
	uint16_t chain_off[ANSWER_CHAIN_MAX]; /* of those targets */

	uint8_t authority_cnt;
	uint16_t extra_base;		/* where the fragment of .extra_part begins */
	const struct image_header *img; /* the question's zone, if it is known before a search */
	const struct zone_view *zone;
	const struct image_node *node; /* REPLY_ANY: whose RRsets */
	const struct part *extra_part; /* part whose additional data is due; NULL = none */
	struct part answer;
	struct part authority[TASK_AUTHORITY_MAX];
	uint8_t made_cnt;
	uint8_t next_closer_idx;      /* TASK_HASHING: labels of .q in front of that name */
	uint8_t hash[NSEC3_HASH_LEN]; /* and its hash */

	struct lookup lookup;
	struct zone_view first_zone; /* of the question */
	struct publish_zone_search search;
	struct qname q; /* the current name */
	struct made made[TASK_MADE_MAX];
	/* live zones, by part: bit and index 0 the answer's, from 1 on those of .authority */
	uint16_t signed_parts;	/* RRSIGs are due, and .spot says where they may be */
	uint16_t pending_parts; /* of these, not recalled by the cache; in the end, not there */
	struct sigcache_spot spot[TASK_PART_MAX];
};
static_assert(
	offsetof(struct task, authority) == offsetof(struct task, answer) + sizeof(struct part),
	"parts are numbered from the answer's on");
static_assert(TASK_PART_MAX <= 16, "a bit each");

/* Live zones: what signatures come from, and those the message being composed lacks. */
struct live {
	struct sigthread *sigs; /* NULL, or without a cache: there is no signer */
	bool is_met;		/* by a message of the burst */
	unsigned want_cnt;
	struct sigwait_want want[SIGWAIT_WANT_MAX];
	uint8_t name[SIGWAIT_WANT_MAX][DNAME_LEN_MAX]; /* theirs */
};

struct answer {
	const struct answer_config *cfg;
	const struct publish_reader *reader;
	struct counters *counters;
	struct publish_recent recent; /* zone found last; checked anew by each answer_burst() */
	uint8_t opt[16]; /* OPT without options, ready but for DO and the extended rcode */
	struct task task[ANSWER_BURST_MAX];
	struct zone_view chain_zone[ANSWER_CHAIN_MAX]; /* zones of the chain being composed */
	struct live live;
};

/* Message offset of the current name with its first label_idx labels taken off. */
uint16_t task_suffix_off(const struct task *t, unsigned label_idx);

/* Whether the answer part is one RRset. (Those of REPLY_ANY come one after the other.) */
static inline bool task_has_answer(const struct task *t)
{
	return t->kind == REPLY_DATA || t->kind == REPLY_CNAME || t->kind == REPLY_DNAME;
}

/* Ends t with an error: nothing but header, question and OPT. ede is an info-code, or -1. */
static inline void task_error(struct task *t, enum rcode rcode, int ede)
{
	t->rcode = rcode;
	t->ede = (uint16_t)(ede + 1);
	t->kind = REPLY_EMPTY;
}

#endif
