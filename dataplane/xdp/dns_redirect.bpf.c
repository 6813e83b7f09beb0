/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dns_redirect: the XDP program of AF_XDP ports. Sends DNS over UDP for the served addresses to the
 * data plane's AF_XDP socket of the same receive queue; everything else goes on into the kernel:
 * ARP, ND, ICMP, TCP, fragments, other addresses and ports, and what it cannot read.
 *
 * With no socket bound to the queue (data plane dead or not there yet) the frame goes to the kernel
 * too, where the stream path may answer it.
 *
 * It looks only; lengths and checksums are the packet path's to verify (dataplane/packet/frame.h),
 * and what this redirects is a superset of what that answers.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xdp_layout.h"

#define IPV4_FRAGMENT 0x3fff /* more-fragments flag and offset */

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, XDP_QUEUE_MAX);
	__type(key, __u32);
	__type(value, __u32);
} xsks_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct xdp_conf);
} ensign_conf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XDP_ADDR_MAX);
	__type(key, __u32);
	__type(value, __u8);
} ensign_addr4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XDP_ADDR_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} ensign_addr6 SEC(".maps");

struct vlan_head {
	__be16 tci;
	__be16 type;
};

static __always_inline int is_unicast4(__be32 addr)
{
	__u8 first = *(__u8 *)&addr;
	return first != 0 && first != 127 && first < 224;
}

static __always_inline int serves_port(void *udp_start, void *end, const struct xdp_conf *conf)
{
	struct udphdr *udp = udp_start;
	return (void *)(udp + 1) <= end && udp->dest == conf->port_be;
}

static __always_inline int is_question4(void *start, void *end, const struct xdp_conf *conf)
{
	struct iphdr *ip = start;
	if ((void *)(ip + 1) > end || ip->ihl < 5 || ip->protocol != IPPROTO_UDP)
		return 0;
	if (ip->frag_off & bpf_htons(IPV4_FRAGMENT))
		return 0;
	if (!serves_port(start + ip->ihl * 4, end, conf))
		return 0;
	return bpf_map_lookup_elem(&ensign_addr4, &ip->daddr) ||
	       (conf->any4 && is_unicast4(ip->daddr));
}

static __always_inline int is_question6(void *start, void *end, const struct xdp_conf *conf)
{
	struct ipv6hdr *ip = start;
	if ((void *)(ip + 1) > end || ip->nexthdr != IPPROTO_UDP)
		return 0;
	if (!serves_port(ip + 1, end, conf))
		return 0;
	return bpf_map_lookup_elem(&ensign_addr6, &ip->daddr) ||
	       (conf->any6 && ip->daddr.s6_addr[0] != 0xff);
}

static __always_inline int is_question(void *start, void *end, const struct xdp_conf *conf)
{
	struct ethhdr *ether = start;
	if ((void *)(ether + 1) > end || ether->h_dest[0] & 1)
		return 0;
	__be16 type = ether->h_proto;
	void *ip = ether + 1;
	if (type == bpf_htons(ETH_P_8021Q)) {
		struct vlan_head *vlan = ip;
		if ((void *)(vlan + 1) > end)
			return 0;
		type = vlan->type;
		ip = vlan + 1;
	}
	if (type == bpf_htons(ETH_P_IP))
		return is_question4(ip, end, conf);
	return type == bpf_htons(ETH_P_IPV6) && is_question6(ip, end, conf);
}

SEC("xdp")
int ensign_dns(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct xdp_conf *conf = bpf_map_lookup_elem(&ensign_conf, &zero);
	if (!conf || !is_question((void *)(long)ctx->data, (void *)(long)ctx->data_end, conf))
		return XDP_PASS;
	return bpf_redirect_map(&xsks_map, ctx->rx_queue_index, XDP_PASS);
}

char _license[] SEC("license") = "GPL";
