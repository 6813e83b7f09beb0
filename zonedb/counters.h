/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * counters: what the data plane counts, one block per thread, in the readers file
 * (zonedb/publish.h).
 *
 * One writer each (the slot's thread), plain relaxed increments; readers sum the blocks and may see
 * a figure a few packets old. COUNTER_TABLE is the one place a counter is added: name (as shown by
 * `ensign stats`), and help.
 */
#ifndef ZONEDB_COUNTERS_H
#define ZONEDB_COUNTERS_H

#include <stdalign.h>
#include <stdint.h>

/* clang-format off */
#define COUNTER_TABLE(X) \
	/* packet path: where a frame went */ \
	X(RX_FRAMES,          "rx-frames",           "frames received from ports") \
	X(TX_FRAMES,          "tx-frames",           "frames sent to ports") \
	X(TX_FULL,            "tx-full-drops",       "answers dropped because the port took no more") \
	X(PUNT,               "punted-frames",       "frames handed on to the kernel") \
	X(UNPUNT,             "unpunted-frames",     "frames sent for the kernel") \
	X(DROP_MALFORMED,     "drop-malformed",      "frames cut short or in several buffers") \
	X(DROP_ETHER,         "drop-ethertype",      "frames that are neither IP nor punted") \
	X(DROP_IP,            "drop-bad-ip",         "bad IP header, length or checksum") \
	X(DROP_FRAGMENT,      "drop-fragment",       "IP fragments where nothing takes punted frames") \
	X(DROP_NOT_OURS,      "drop-not-ours",       "other address, protocol or port, not punted") \
	X(DROP_UDP,           "drop-bad-udp",        "bad UDP length or checksum") \
	X(DROP_SHORT,         "drop-short-message",  "DNS message below 12 octets") \
	X(DROP_RESPONSE,      "drop-response",       "DNS message with QR set") \
	/* questions by transport */ \
	X(UDP_QUERIES,        "udp-queries",         "questions answered over UDP") \
	X(TCP_QUERIES,        "tcp-queries",         "questions answered over TCP") \
	X(TCP_CONNECTIONS,    "tcp-connections",     "TCP connections accepted") \
	X(TCP_REFUSED,        "tcp-refused",         "TCP connections closed at once: over a limit") \
	X(TCP_TIMEOUTS,       "tcp-timeouts",        "TCP connections closed by a time-out") \
	X(DO_QUERIES,         "do-queries",          "questions with the DO bit") \
	/* answers by outcome */ \
	X(ANSWER_POSITIVE,    "answers-positive",    "NOERROR with an answer section") \
	X(ANSWER_NODATA,      "answers-nodata",      "NOERROR without the type asked for") \
	X(ANSWER_NXDOMAIN,    "answers-nxdomain",    "NXDOMAIN") \
	X(ANSWER_REFERRAL,    "answers-referral",    "referrals to a child zone") \
	X(ANSWER_REFUSED,     "answers-refused",     "REFUSED: outside the served zones, or by policy") \
	X(ANSWER_FORMERR,     "answers-formerr",     "FORMERR") \
	X(ANSWER_NOTIMP,      "answers-notimp",      "NOTIMP: unknown opcode") \
	X(ANSWER_BADVERS,     "answers-badvers",     "BADVERS: EDNS version above 0") \
	X(ANSWER_SERVFAIL,    "answers-servfail",    "SERVFAIL") \
	X(ANSWER_YXDOMAIN,    "answers-yxdomain",    "YXDOMAIN: DNAME made the name too long") \
	X(ANSWER_CHAOS,       "answers-chaos",       "CHAOS version and id") \
	X(TRUNCATED,          "truncated",           "answers with TC set") \
	X(NSEC3_HASHES,       "nsec3-hashes",        "NSEC3 hash chains computed for negative answers") \
	/* live signatures */ \
	X(SIG_HITS,           "signature-hits",      "live signatures found in the cache") \
	X(SIG_MISSES,         "signature-misses",    "live signatures not found there") \
	X(SIG_EVICTIONS,      "signature-evictions", "signatures that made room for others") \
	X(PARKED,             "parked-queries",      "questions put aside until signatures come") \
	X(DROP_SIGN_FULL,     "drop-signing-full",   "questions that found no room to wait") \
	X(DROP_SIGN_SHARE,    "drop-signing-share",  "questions whose zone has its share of waiting ones") \
	X(SIGN_REQUESTS,      "signing-requests",    "signatures asked for") \
	X(SIGN_AHEAD,         "signing-ahead",       "of these, with no question waiting") \
	X(SIGN_MERGED,        "signing-merged",      "signatures wanted that were asked for already") \
	X(SIGN_REFUSED,       "signing-refused",     "requests the signer refused") \
	X(SIGN_CHANGED,       "signing-changed",     "signatures of records that changed meanwhile") \
	X(SIGN_INVALID,       "signing-invalid",     "responses that made no sense") \
	X(SIGN_LATE,          "signing-late",        "responses nobody asked for, or not any more") \
	X(SIGN_TIMEOUTS,      "signing-timeouts",    "requests without a response in time") \
	/* the signer */ \
	X(SIGNER_REQUESTS,    "signer-requests",     "requests for signatures") \
	X(SIGNER_SIGNATURES,  "signer-signatures",   "signatures made") \
	X(SIGNER_POOLED,      "signer-pooled",       "signatures half made ahead") \
	X(SIGNER_REFUSED,     "signer-refused",      "requests refused") \
	X(SIGNER_FAILED,      "signer-failed",       "requests that failed for want of memory or a working key") \
	X(LOOP_BURSTS,        "bursts",              "non-empty receive bursts") \
	X(LOOP_IDLE,          "idle-polls",          "receive calls that found nothing")
/* clang-format on */

enum counter {
#define X(id, name, help) COUNTER_##id,
	COUNTER_TABLE(X)
#undef X
		COUNTER_CNT,
};

struct counters {
	alignas(64) uint64_t v[COUNTER_CNT];
};

struct counter_info {
	const char *name;
	const char *help;
};
extern const struct counter_info counter_info[COUNTER_CNT];

/* The thread that owns c adds n. */
static inline void counter_add(struct counters *c, enum counter which, uint64_t n)
{
	/* relaxed: single writer, readers only want a recent figure */
	__atomic_store_n(&c->v[which], c->v[which] + n, __ATOMIC_RELAXED);
}

static inline uint64_t counter_get(const struct counters *c, enum counter which)
{
	return __atomic_load_n(&c->v[which], __ATOMIC_RELAXED);
}

#endif
