/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * limits: every bound of ensign, in one place, each with its reason.
 *
 * A bound is either the protocol's (then the RFC section stands beside it) or ours (then the reason
 * does). Code never repeats a number that stands here.
 */
#ifndef ZONEDB_LIMITS_H
#define ZONEDB_LIMITS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the protocol's ------------------------------------------------------------------------ */
#define DNAME_LEN_MAX	    255	   /* octets of a name with its root label (RFC 1035, 2.3.4) */
#define DNAME_LABEL_MAX	    63	   /* octets of a label (RFC 1035, 2.3.4) */
#define DNAME_LABEL_CNT_MAX 127	   /* labels without the root: 127 * 2 + 1 = 255 */
#define MSG_HEADER_LEN	    12	   /* RFC 1035, 4.1.1 */
#define MSG_LEN_MAX	    65535  /* the TCP length field (RFC 1035, 4.2.2) */
#define MSG_UDP_LEN_MIN	    512	   /* answer size without EDNS (RFC 1035, 4.2.1) */
#define MSG_POINTER_MAX	    0x3fff /* farthest a compression pointer reaches (RFC 1035, 4.1.4) */
#define RDATA_LEN_MAX	    65535
#define NSEC3_HASH_LEN	    20	/* SHA-1, the only algorithm (RFC 5155, 11) */
#define NSEC3_LABEL_LEN	    32	/* base32hex of it, without padding */
#define NSEC3_SALT_MAX	    255 /* one length octet (RFC 5155, 3.1.5) */

/* ---- ours ---------------------------------------------------------------------------------- */
#define ANSWER_BURST_MAX 32 /* packets per burst: DPDK's own vector drivers hand out 32 */
/* CNAME/DNAME steps in one answer: BIND and Knot stop near here; a longer chain is the resolver's
 * to follow. */
#define ANSWER_CHAIN_MAX 8
/* Data-plane threads attached at once: cores plus stream threads. */
#define READER_SLOT_MAX 128
#define NODE_RRSET_MAX	255   /* types at one name: count is one octet of an image node */
#define RRSET_WIRE_MAX	65535 /* a larger RRset fits no message */
/* RFC 5155, 10.3; resolvers treat > 150 as insecure (RFC 9276). */
#define NSEC3_ITERATIONS_MAX 2500
#define ZONE_NODE_MAX	     (UINT32_C(1) << 31) /* refs are 32 bits of 8 octets: 32 GiB of image */

/* ---- ours: kernel sockets (dataplane/stream) ------------------------------------------------- */
#define STREAM_ADDRESS_MAX  64	      /* of local-address: two sockets each per thread */
#define STREAM_EVENTS_MAX   64	      /* per epoll_wait: descriptors served between time-outs */
#define UDP_QUERY_MAX	    4096      /* octets, ten times a real question; more is cut: FORMERR */
#define UDP_BURSTS_MAX	    8	      /* per ready socket: below 1 ms, then the others' turn */
#define UDP_RECV_BUFFER	    (4 << 20) /* octets of kernel memory: 5000 questions waiting */
#define UDP_SEND_BUFFER	    (1 << 20) /* the same: as many answers, none of them waits long */
#define TCP_LISTEN_MAX	    STREAM_ADDRESS_MAX
#define TCP_BACKLOG	    1024 /* connections before accept: a burst of resolvers */
#define TCP_QUERY_MAX	    4096 /* octets of a message kept, as UDP_QUERY_MAX */
#define TCP_OUTPUT_LEN	    (2 * (2 + MSG_LEN_MAX)) /* any message fits behind another one */
#define TCP_OUTPUT_CNT	    64		/* per thread, slow readers with unsent answers: 8 MiB */
#define TCP_READS_MAX	    8		/* of one connection, 4 KiB each, then the others' turn */
#define TCP_ACCEPT_MAX	    64		/* of one listening socket, then the connections' turn */
#define TCP_ACCEPT_PAUSE_MS 1000	/* out of descriptors or memory: accepting would spin */
#define TCP_RECV_BUFFER	    (32 << 10)	/* octets of kernel memory per connection: 8 reads */
#define TCP_SEND_BUFFER	    (256 << 10) /* the same: two full output buffers */

/* Addresses of one family answered on DPDK ports: an anycast cloud has dozens, and the table of
 * both families stays in the first-level cache. */
#define SERVED_ADDRESS_MAX 256

/* ---- ours: live signatures (zonedb/sigring.h, dataplane/sigcache) ---------------------------- */
#define SIG_CNT_MAX	8U    /* RRSIGs of one RRset: two algorithms, both rolling over, doubled */
#define SIG_PAYLOAD_MAX 2208U /* octets of them in a ring: four of RSA-4096 */
/* Units of 64 octets in each ring: requests of 1 or 2, P-256 responses of 2. Depth for 1 ms, the
 * longest nap of the signer, at 250 000 signatures a second; deeper rings only make waiting longer.
 */
#define SIGRING_REQUEST_UNITS  512U
#define SIGRING_RESPONSE_UNITS 512U
/* Seconds before the signing week ends in which the next week's signatures are made ahead for what
 * is in use, each at a moment of the first part of them: so no rate is above what hours can take,
 * and the last half hour is for what did not come through. */
#define SIG_AHEAD_S	   21600U
#define SIG_AHEAD_SPREAD_S 19800U
/* Seconds a signature must still hold to be given out: resolvers keep it that long at most if its
 * TTL is not more, and their clocks may be late. */
#define SIG_LEFT_MIN_S	   3600
#define SIGWAIT_PLACE_MAX  65536U /* messages of a thread that wait: its port's packet buffers */
#define SIGWAIT_WANT_MAX   32U	 /* signatures one message lacks: answer and authority, a chain's */
#define SIGWAIT_ROUND_MAX  3U	 /* times a message is parked: the zone may change under it */
#define SIGWAIT_SHARE	   2U	 /* what a zone may hold, in what is free (dataplane/sigcache) */
#define SIGWAIT_TIMEOUT_MS 2000U /* resolvers ask again by then */
/* Per poll, so that a poll is some tens of microseconds at most. */
#define SIGWAIT_RESPONSES_MAX 16U
#define SIGWAIT_TIMEOUTS_MAX  64U

static_assert(DNAME_LABEL_CNT_MAX * 2 + 1 == DNAME_LEN_MAX, "one-octet labels fill a name");
static_assert((NSEC3_HASH_LEN * 8 + 4) / 5 == NSEC3_LABEL_LEN, "base32hex of the hash");
static_assert(!(SIGRING_REQUEST_UNITS & (SIGRING_REQUEST_UNITS - 1)), "positions are masked");
static_assert(!(SIGRING_RESPONSE_UNITS & (SIGRING_RESPONSE_UNITS - 1)), "positions are masked");
static_assert(SIGRING_RESPONSE_UNITS * 64 >= 8 * (32 + SIG_PAYLOAD_MAX), "some of the longest fit");

#endif
