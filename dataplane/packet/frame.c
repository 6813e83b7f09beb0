/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "dataplane/packet/checksum.h"
#include "dataplane/packet/frame.h"

#define ETHER_TYPE_IPV4 0x0800
#define ETHER_TYPE_IPV6 0x86dd
#define ETHER_TYPE_VLAN 0x8100
#define PROTO_UDP	17
#define PROTO_FRAGMENT	44     /* IPv6 fragment header */
#define IPV4_DF		0x4000 /* don't fragment */
#define IPV4_FRAGMENT	0x3fff /* more-fragments flag and offset */
#define HOP_LIMIT	64

/* Headers as they stand in a frame, at any alignment, in network byte order. */
struct ether_head {
	uint8_t pair[12]; /* destination, source */
	uint16_t type_be;
} __attribute__((packed));

struct vlan_head {
	uint16_t tci_be;
	uint16_t type_be;
} __attribute__((packed));

struct ipv4_head {
	uint8_t version_ihl;
	uint8_t tos;
	uint16_t len_be;
	uint16_t id_be;
	uint16_t frag_be;
	uint8_t ttl;
	uint8_t proto;
	uint16_t sum;
	uint8_t pair[8]; /* source, destination */
} __attribute__((packed));

struct ipv6_head {
	uint32_t version_class_flow_be;
	uint16_t len_be;
	uint8_t next;
	uint8_t hop_limit;
	uint8_t pair[32]; /* source, destination */
} __attribute__((packed));

struct udp_head {
	uint16_t src_be;
	uint16_t dst_be;
	uint16_t len_be;
	uint16_t sum;
} __attribute__((packed));

static_assert(sizeof(struct ether_head) == FRAME_ETHER_LEN, "as on the wire");
static_assert(sizeof(struct vlan_head) == FRAME_VLAN_LEN, "as on the wire");
static_assert(sizeof(struct ipv4_head) == FRAME_IPV4_LEN, "as on the wire");
static_assert(sizeof(struct ipv6_head) == FRAME_IPV6_LEN, "as on the wire");
static_assert(sizeof(struct udp_head) == FRAME_UDP_LEN, "as on the wire");

/* ---- served addresses ----------------------------------------------------------------------- */

#define SERVED_SLOT_CNT (SERVED_ADDRESS_MAX * 2)
static_assert((SERVED_SLOT_CNT & (SERVED_SLOT_CNT - 1)) == 0, "slots are masked");

static const uint8_t addr6_none[16];

/* The operator chooses the addresses, so the hash need not withstand an attacker. */
static unsigned addr4_slot(uint32_t addr_be)
{
	return (addr_be * UINT32_C(0x9e3779b1)) >> 16 & (SERVED_SLOT_CNT - 1);
}

static unsigned addr6_slot(const uint8_t *addr)
{
	uint64_t high, low;
	memcpy(&high, addr, 8);
	memcpy(&low, addr + 8, 8);
	return ((high ^ low) * UINT64_C(0x9e3779b97f4a7c15)) >> 48 & (SERVED_SLOT_CNT - 1);
}

/* Slot that holds the address, or the empty one where it would be put. */
static unsigned addr4_find(const struct frame_served *served, uint32_t addr_be)
{
	unsigned slot = addr4_slot(addr_be);
	while (served->addr4_be[slot] && served->addr4_be[slot] != addr_be)
		slot = (slot + 1) & (SERVED_SLOT_CNT - 1);
	return slot;
}

static unsigned addr6_find(const struct frame_served *served, const uint8_t *addr)
{
	unsigned slot = addr6_slot(addr);
	while (memcmp(served->addr6[slot], addr6_none, 16) && memcmp(served->addr6[slot], addr, 16))
		slot = (slot + 1) & (SERVED_SLOT_CNT - 1);
	return slot;
}

int frame_served_add4(struct frame_served *served, const uint8_t addr[static 4])
{
	uint32_t addr_be;
	memcpy(&addr_be, addr, 4);
	if (!addr_be) {
		served->any4 = true;
		return 0;
	}
	unsigned slot = addr4_find(served, addr_be);
	if (served->addr4_be[slot])
		return 0;
	if (served->cnt4 == SERVED_ADDRESS_MAX)
		return -1;
	served->addr4_be[slot] = addr_be;
	served->cnt4++;
	return 0;
}

int frame_served_add6(struct frame_served *served, const uint8_t addr[static 16])
{
	if (!memcmp(addr, addr6_none, 16)) {
		served->any6 = true;
		return 0;
	}
	unsigned slot = addr6_find(served, addr);
	if (memcmp(served->addr6[slot], addr6_none, 16))
		return 0;
	if (served->cnt6 == SERVED_ADDRESS_MAX)
		return -1;
	memcpy(served->addr6[slot], addr, 16);
	served->cnt6++;
	return 0;
}

/* One station: not "this network", loopback, multicast, reserved or broadcast (RFC 6890). */
static bool addr4_is_unicast(const uint8_t *addr)
{
	return addr[0] != 0 && addr[0] != 127 && addr[0] < 224;
}

static bool addr6_is_unicast(const uint8_t *addr)
{
	return addr[0] != 0xff && memcmp(addr, addr6_none, 16);
}

static bool served_has4(const struct frame_served *served, const uint8_t *addr)
{
	uint32_t addr_be;
	memcpy(&addr_be, addr, 4);
	return served->addr4_be[addr4_find(served, addr_be)] ||
	       (served->any4 && addr4_is_unicast(addr));
}

static bool served_has6(const struct frame_served *served, const uint8_t *addr)
{
	return memcmp(served->addr6[addr6_find(served, addr)], addr6_none, 16) ||
	       (served->any6 && addr6_is_unicast(addr));
}

/* ---- classify ------------------------------------------------------------------------------- */

/* Sum of the pseudo header (RFC 768; RFC 8200, 8.1). */
static uint64_t pseudo_sum(const struct frame *f, uint16_t udp_len)
{
	return checksum_add(f->addr_sum, (uint64_t)htons(PROTO_UDP) + htons(udp_len));
}

static bool udp_sum_is_good(const struct frame *f, const struct udp_head *udp, uint16_t udp_len)
{
	/* zero says "not computed", which only IPv4 allows */
	if (!udp->sum)
		return f->ip_len == FRAME_IPV4_LEN;
	uint64_t sum = checksum_add(pseudo_sum(f, udp_len), checksum_sum(udp, udp_len));
	return checksum_fold(sum) == 0xffff;
}

/* f->addr_sum is set; header options make it longer than the fixed part. */
static bool ipv4_sum_is_good(const struct frame *f, const struct ipv4_head *ip, size_t head_len)
{
	uint64_t sum =
		checksum_add(f->addr_sum, checksum_words(ip, offsetof(struct ipv4_head, pair)));
	if (head_len > FRAME_IPV4_LEN)
		sum = checksum_add(sum, checksum_words(ip + 1, head_len - FRAME_IPV4_LEN));
	return checksum_fold(sum) == 0xffff;
}

/* The rest of f is set; the IP payload is udp_max octets. */
static enum frame_verdict classify_udp(const struct frame_served *served, const uint8_t *data,
	size_t udp_max, unsigned verified, struct frame *f)
{
	const struct udp_head *udp = (const void *)(data + f->msg_off - FRAME_UDP_LEN);
	if (udp_max < FRAME_UDP_LEN)
		return FRAME_BAD_UDP;
	if (udp->dst_be != served->port_be)
		return FRAME_NOT_OURS;
	uint16_t udp_len = ntohs(udp->len_be);
	if (udp_len < FRAME_UDP_LEN || udp_len > udp_max || !udp->src_be)
		return FRAME_BAD_UDP;
	if (!(verified & FRAME_UDP_SUM) && !udp_sum_is_good(f, udp, udp_len))
		return FRAME_BAD_UDP;
	f->msg_len = udp_len - FRAME_UDP_LEN;
	return FRAME_QUESTION;
}

static enum frame_verdict classify_ipv4(const struct frame_served *served, const uint8_t *data,
	uint32_t len, unsigned verified, struct frame *f)
{
	const struct ipv4_head *ip = (const void *)(data + f->ip_off);
	size_t ip_max = len - f->ip_off;
	if (ip_max < FRAME_IPV4_LEN)
		return FRAME_MALFORMED;
	size_t head_len = (ip->version_ihl & 0xf) * 4U, ip_len = ntohs(ip->len_be);
	if (ip->version_ihl >> 4 != 4 || head_len < FRAME_IPV4_LEN || ip_len < head_len ||
		ip_len > ip_max)
		return FRAME_BAD_IP;
	f->addr_sum = checksum_words(ip->pair, sizeof(ip->pair));
	if (!(verified & FRAME_IP_SUM) && !ipv4_sum_is_good(f, ip, head_len))
		return FRAME_BAD_IP;
	if (!served_has4(served, ip->pair + 4) || ip->proto != PROTO_UDP)
		return FRAME_NOT_OURS;
	if (ip->frag_be & htons(IPV4_FRAGMENT))
		return FRAME_FRAGMENT;
	if (!addr4_is_unicast(ip->pair))
		return FRAME_BAD_IP;
	f->ip_len = FRAME_IPV4_LEN;
	f->msg_off = f->ip_off + head_len + FRAME_UDP_LEN;
	return classify_udp(served, data, ip_len - head_len, verified, f);
}

static enum frame_verdict classify_ipv6(const struct frame_served *served, const uint8_t *data,
	uint32_t len, unsigned verified, struct frame *f)
{
	const struct ipv6_head *ip = (const void *)(data + f->ip_off);
	size_t ip_max = len - f->ip_off;
	if (ip_max < FRAME_IPV6_LEN)
		return FRAME_MALFORMED;
	size_t payload_len = ntohs(ip->len_be);
	if (ntohl(ip->version_class_flow_be) >> 28 != 6 || payload_len > ip_max - FRAME_IPV6_LEN)
		return FRAME_BAD_IP;
	if (!served_has6(served, ip->pair + 16))
		return FRAME_NOT_OURS;
	if (ip->next != PROTO_UDP)
		return ip->next == PROTO_FRAGMENT ? FRAME_FRAGMENT : FRAME_NOT_OURS;
	if (!addr6_is_unicast(ip->pair))
		return FRAME_BAD_IP;
	f->addr_sum = checksum_words(ip->pair, sizeof(ip->pair));
	f->ip_len = FRAME_IPV6_LEN;
	f->msg_off = f->ip_off + FRAME_IPV6_LEN + FRAME_UDP_LEN;
	return classify_udp(served, data, payload_len, verified, f);
}

enum frame_verdict frame_classify(const struct frame_served *served, const uint8_t *data,
	uint32_t len, unsigned verified, struct frame *f)
{
	if (len < FRAME_LEN_MIN)
		return FRAME_MALFORMED;
	const struct ether_head *ether = (const void *)data;
	uint16_t type_be = ether->type_be;
	f->ip_off = FRAME_ETHER_LEN;
	if (type_be == htons(ETHER_TYPE_VLAN)) {
		if (len < FRAME_ETHER_LEN + FRAME_VLAN_LEN)
			return FRAME_MALFORMED;
		type_be = ((const struct vlan_head *)(data + FRAME_ETHER_LEN))->type_be;
		f->ip_off += FRAME_VLAN_LEN;
	}
	if (ether->pair[0] & 1) /* a group: ARP, ND, mDNS; never a question to us alone */
		return FRAME_NOT_OURS;
	if (type_be == htons(ETHER_TYPE_IPV4))
		return classify_ipv4(served, data, len, verified, f);
	if (type_be == htons(ETHER_TYPE_IPV6))
		return classify_ipv6(served, data, len, verified, f);
	return FRAME_ETHER;
}

/* ---- reply ---------------------------------------------------------------------------------- */

/* Sums are made from values at hand, never from what was just stored: a wide load of freshly stored
 * narrow fields waits until they have reached the cache. */

/* Two addresses of len octets behind each other change places. */
static void swap(uint8_t *pair, size_t len)
{
	uint8_t first[16];
	memcpy(first, pair, len);
	memcpy(pair, pair + len, len);
	memcpy(pair + len, first, len);
}

/* The DNS message follows udp. */
static void reply_udp(
	struct udp_head *udp, const struct frame *f, uint16_t udp_len, unsigned offload)
{
	uint16_t server_be = udp->dst_be, client_be = udp->src_be, len_be = htons(udp_len);
	udp->src_be = server_be;
	udp->dst_be = client_be;
	udp->len_be = len_be;
	uint64_t sum = pseudo_sum(f, udp_len);
	if (offload & FRAME_UDP_SUM) {
		udp->sum = checksum_fold(sum);
		return;
	}
	sum = checksum_add(sum, (uint64_t)server_be + client_be + len_be);
	sum = checksum_add(sum, checksum_sum(udp + 1, udp_len - FRAME_UDP_LEN));
	/* zero means "none": its other form is sent (RFC 768) */
	uint16_t folded = checksum_fold(sum);
	udp->sum = folded == 0xffff ? folded : (uint16_t)~folded;
}

static void reply_ipv4(
	struct ipv4_head *ip, const struct frame *f, uint16_t udp_len, unsigned offload)
{
	const uint16_t first_be = htons(0x4500), frag_be = htons(IPV4_DF),
		       ttl_proto_be = htons(HOP_LIMIT << 8 | PROTO_UDP),
		       len_be = htons(FRAME_IPV4_LEN + udp_len);
	uint64_t sum = (uint64_t)first_be + frag_be + ttl_proto_be + len_be;
	ip->version_ihl = 0x45;
	ip->tos = 0;
	ip->len_be = len_be;
	ip->id_be = 0; /* never a fragment, so the id means nothing (RFC 6864, 4.1) */
	ip->frag_be = frag_be;
	ip->ttl = HOP_LIMIT;
	ip->proto = PROTO_UDP;
	ip->sum = 0;
	if (!(offload & FRAME_IP_SUM))
		ip->sum = (uint16_t)~checksum_fold(checksum_add(f->addr_sum, sum));
	swap(ip->pair, 4);
	reply_udp((void *)(ip + 1), f, udp_len, offload);
}

static void reply_ipv6(
	struct ipv6_head *ip, const struct frame *f, uint16_t udp_len, unsigned offload)
{
	ip->version_class_flow_be = htonl(UINT32_C(6) << 28);
	ip->len_be = htons(udp_len);
	ip->hop_limit = HOP_LIMIT;
	swap(ip->pair, 16);
	reply_udp((void *)(ip + 1), f, udp_len, offload);
}

uint16_t frame_reply(uint8_t *data, const struct frame *f, uint16_t msg_len, unsigned offload)
{
	uint16_t ip_off = f->msg_off - FRAME_UDP_LEN - f->ip_len, skip = ip_off - f->ip_off;
	if (skip) /* options go: all before them moves up to the UDP header */
		memmove(data + skip, data, f->ip_off + FRAME_IPV4_LEN);
	if (f->ip_len == FRAME_IPV4_LEN)
		reply_ipv4((void *)(data + ip_off), f, msg_len + FRAME_UDP_LEN, offload);
	else
		reply_ipv6((void *)(data + ip_off), f, msg_len + FRAME_UDP_LEN, offload);
	swap(data + skip, 6);
	return skip;
}
