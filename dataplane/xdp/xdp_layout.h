/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * xdp_layout: what dns_redirect.bpf.c and the data plane share. Names are those of BPF objects,
 * which hold 15 octets at most.
 *
 *   xsks_map      XSKMAP, receive queue -> AF_XDP socket; the name the net_af_xdp driver looks for
 *   ensign_conf   ARRAY of one struct xdp_conf
 *   ensign_addr4  HASH, IPv4 address -> 1 octet, unused
 *   ensign_addr6  HASH, IPv6 address -> 1 octet, unused
 */
#ifndef DATAPLANE_XDP_XDP_LAYOUT_H
#define DATAPLANE_XDP_XDP_LAYOUT_H

#include <linux/types.h>

#define XDP_PROGRAM_NAME "ensign_dns"
#define XDP_CONF_NAME	 "ensign_conf"
#define XDP_ADDR4_NAME	 "ensign_addr4"
#define XDP_ADDR6_NAME	 "ensign_addr6"

#define XDP_QUEUE_MAX 64
#define XDP_ADDR_MAX  256 /* of one family: SERVED_ADDRESS_MAX */

/* All zero redirects nothing: so it is between attaching and filling. */
struct xdp_conf {
	__u16 port_be;
	__u8 any4; /* every unicast address of the family */
	__u8 any6;
};

#endif
