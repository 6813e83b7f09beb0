/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * listen: sockets for the addresses of local-address, with every option they need.
 *
 * Each stream thread has sockets of its own; with several threads the kernel spreads clients over
 * them (SO_REUSEPORT). IPv6 sockets take no IPv4. No answer is ever fragmented: UDP sockets ignore
 * what ICMP claims about the path and refuse what does not fit the interface
 * (IP_PMTUDISC_INTERFACE), and udp.c then answers with TC.
 */
#ifndef DATAPLANE_STREAM_LISTEN_H
#define DATAPLANE_STREAM_LISTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#define LISTEN_ERR_LEN	256
#define LISTEN_TEXT_MAX (INET6_ADDRSTRLEN + 1 + 16 + 8) /* address, scope, port */

struct listen_address {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
	bool wildcard; /* all addresses of the family */
};

/* How listen_open ended. */
enum listen_outcome {
	LISTEN_OPEN = 0,
	LISTEN_NO_FAMILY, /* the wildcard address of a family this kernel does not have */
};

/* Reads "192.0.2.1", "2001:db8::1" or "fe80::1%eth0". Returns 0, or -1 with err. */
int listen_address_read(struct listen_address *addr, const char *text, uint16_t port,
	char err[static LISTEN_ERR_LEN]) __attribute__((warn_unused_result));
/* Address and port for messages; dst of LISTEN_TEXT_MAX. Returns dst. */
char *listen_address_text(char *dst, const struct listen_address *addr);

/* Opens a non-blocking socket of type SOCK_DGRAM or SOCK_STREAM (then listening) at addr. shared:
 * other threads' sockets are there, too. Returns LISTEN_OPEN with *fd, LISTEN_NO_FAMILY, or -1 with
 * err. */
int listen_open(int *fd, const struct listen_address *addr, int type, bool shared,
	char err[static LISTEN_ERR_LEN]) __attribute__((warn_unused_result));

#endif
