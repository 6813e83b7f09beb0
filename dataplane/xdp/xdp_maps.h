/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * xdp_maps: the data plane's side of the XDP program on one interface.
 *
 *   xdp_iface_init    claims the interface, takes off a program a dead data plane has left,
 *                     gives the program as a file (it is part of the binary, nothing to install)
 *   (the net_af_xdp driver loads and attaches it, and puts its sockets into xsks_map)
 *   xdp_iface_fill    writes addresses and port into its maps; from now on it redirects
 *
 * One data plane per interface: the claim is an abstract UNIX socket, gone with its process, so a
 * second process is told so instead of taking the interface away from the first.
 *
 * A program left behind by a killed data plane does no harm: its socket map is empty then, and all
 * traffic goes to the kernel.
 */
#ifndef DATAPLANE_XDP_XDP_MAPS_H
#define DATAPLANE_XDP_XDP_MAPS_H

#include <stdbool.h>
#include <stdint.h>

#define XDP_ERR_LEN 512

struct xdp_iface {
	unsigned ifindex; /* 0 = zero state */
	int claim_fd;
	int object_fd;
};

/* What is redirected. addr4 and addr6 are tables of 4 and 16 octets per slot, empty slots zero. */
struct xdp_filter {
	uint16_t port_be;
	bool any4;
	bool any6;
	const uint8_t *addr4;
	const uint8_t *addr6;
	unsigned slot4_cnt;
	unsigned slot6_cnt;
};

/* 0, or -1 with err: no such interface, claimed by another process, or a foreign XDP program on it
 * (which is left alone). Needs CAP_NET_ADMIN, and CAP_SYS_ADMIN to look at programs. */
int xdp_iface_init(struct xdp_iface *iface, const char *name, char err[static XDP_ERR_LEN])
	__attribute__((warn_unused_result));
/* Path under which the driver finds the program, until xdp_iface_deinit. */
void xdp_iface_object_path(const struct xdp_iface *iface, char path[static 32]);
/* 0, or -1 with err. The driver has attached the program. */
int xdp_iface_fill(struct xdp_iface *iface, const struct xdp_filter *filter,
	char err[static XDP_ERR_LEN]) __attribute__((warn_unused_result));
/* Gives the claim back. The driver takes its program off when the port is closed, if privileges
 * still allow it. */
void xdp_iface_deinit(struct xdp_iface *iface);

#endif
