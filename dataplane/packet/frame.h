/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * frame: what a received frame is, and the headers of the frame that answers it. Pure functions
 * over bytes: no DPDK, no state.
 *
 *   question  | Ethernet 14 | 802.1Q 0/4 | IPv4 20..60 or IPv6 40 | UDP 8 | DNS message |
 *   answer         | Ethernet 14 | 0/4 | IPv4 20 or IPv6 40       | UDP 8 | DNS message |
 *
 * The answer is written over the question: the DNS message stays where it is, IPv4 options are left
 * out (they are the sender's wishes for his packet, and source routes are not to be followed), so
 * the frame may begin later in the buffer.
 *
 * Read and answered are: one 802.1Q tag at most, IPv4 with options, IPv6 without extension headers,
 * UDP. Everything else has a verdict that says why not.
 */
#ifndef DATAPLANE_PACKET_FRAME_H
#define DATAPLANE_PACKET_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "zonedb/limits.h"

#define FRAME_ETHER_LEN 14
#define FRAME_VLAN_LEN	4
#define FRAME_IPV4_LEN	20 /* of answers, and the least of questions */
#define FRAME_IPV6_LEN	40
#define FRAME_UDP_LEN	8
#define FRAME_LEN_MIN	FRAME_ETHER_LEN

/* What is not a question: verdict, its counter, and whether the kernel may make something of the
 * frame (punt). Damaged frames are never handed on. */
/* clang-format off */
#define FRAME_VERDICT_TABLE(X) \
	X(MALFORMED, DROP_MALFORMED, false) /* cut short, or in several buffers */ \
	X(ETHER,     DROP_ETHER,     true)  /* not IP, or more than one tag */ \
	X(BAD_IP,    DROP_IP,        false) /* version, lengths, header checksum, source address */ \
	X(NOT_OURS,  DROP_NOT_OURS,  true)  /* address, protocol, port, extension headers */ \
	X(FRAGMENT,  DROP_FRAGMENT,  true) \
	X(BAD_UDP,   DROP_UDP,       false) /* length, checksum, source port 0 */
/* clang-format on */

enum frame_verdict {
	FRAME_QUESTION = 0,
#define X(id, counter, punt) FRAME_##id,
	FRAME_VERDICT_TABLE(X)
#undef X
		FRAME_VERDICT_CNT
};

/* Addresses answered: open addressing, at most half full, empty slots all zero (the unspecified
 * address is not an address; it is .any). */
struct frame_served {
	uint16_t port_be;
	bool any4; /* every unicast address of the family */
	bool any6;
	uint16_t cnt4;
	uint16_t cnt6;
	uint32_t addr4_be[SERVED_ADDRESS_MAX * 2];
	uint8_t addr6[SERVED_ADDRESS_MAX * 2][16];
};

/* Adds an address; 0.0.0.0 and :: stand for all. 0, or -1 if SERVED_ADDRESS_MAX are in. */
int frame_served_add4(struct frame_served *served, const uint8_t addr[static 4])
	__attribute__((warn_unused_result));
int frame_served_add6(struct frame_served *served, const uint8_t addr[static 16])
	__attribute__((warn_unused_result));

/* Work the port has done or will do. */
enum frame_offload {
	FRAME_IP_SUM = 1 << 0,	/* IPv4 header checksum: verified on receive, filled in on send */
	FRAME_UDP_SUM = 1 << 1, /* UDP checksum, the same */
};

/* Where things are in a question; offsets from the start of the frame. */
struct frame {
	uint64_t addr_sum; /* of both IP addresses (checksum.h): the same in the answer */
	uint16_t ip_off;
	uint16_t msg_off; /* the DNS message; UDP's header is right before it */
	uint16_t msg_len;
	uint16_t ip_len; /* octets of the IP header an answer has: FRAME_IPV4_LEN or FRAME_IPV6_LEN
			  */
};

/* Classifies len octets at data. verified: enum frame_offload the port has found good. *f is set
 * for FRAME_QUESTION only. */
enum frame_verdict frame_classify(const struct frame_served *served, const uint8_t *data,
	uint32_t len, unsigned verified, struct frame *f);

/* Makes the frame at data the answer to the question f describes, its message being msg_len octets
 * at f->msg_off now. offload: enum frame_offload the port will fill in; the UDP checksum field then
 * holds the sum of the pseudo header, as DPDK wants it. Returns the offset where the frame begins.
 */
uint16_t frame_reply(uint8_t *data, const struct frame *f, uint16_t msg_len, unsigned offload);

#endif
