/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/stream/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "zonedb/limits.h"

/* One setsockopt; which sockets it is for: type or family 0 = all. */
struct option {
	int type, family;
	int level, name, value;
	bool shared_only;
	bool optional; /* failing costs convenience, not correctness */
	const char *text;
};

static const struct option options[] = {
	/* restart while connections of the last run are in TIME_WAIT */
	{SOCK_STREAM, 0, SOL_SOCKET, SO_REUSEADDR, 1, false, false, "SO_REUSEADDR"},
	{0, 0, SOL_SOCKET, SO_REUSEPORT, 1, true, false, "SO_REUSEPORT"},
	{0, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, 1, false, false, "IPV6_V6ONLY"},
	{SOCK_DGRAM, AF_INET, IPPROTO_IP, IP_PKTINFO, 1, false, false, "IP_PKTINFO"},
	{SOCK_DGRAM, AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, false, false, "IPV6_RECVPKTINFO"},
	{SOCK_DGRAM, AF_INET, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_INTERFACE, false, false,
		"IP_MTU_DISCOVER"},
	{SOCK_DGRAM, AF_INET6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_INTERFACE, false,
		false, "IPV6_MTU_DISCOVER"},
	/* a burst that arrives while the thread is elsewhere; the kernel caps it at rmem_max */
	{SOCK_DGRAM, 0, SOL_SOCKET, SO_RCVBUF, UDP_RECV_BUFFER, false, true, "SO_RCVBUF"},
	{SOCK_DGRAM, 0, SOL_SOCKET, SO_SNDBUF, UDP_SEND_BUFFER, false, true, "SO_SNDBUF"},
	/* kernel memory a slow client can hold; connections inherit it all */
	{SOCK_STREAM, 0, SOL_SOCKET, SO_RCVBUF, TCP_RECV_BUFFER, false, false, "SO_RCVBUF"},
	{SOCK_STREAM, 0, SOL_SOCKET, SO_SNDBUF, TCP_SEND_BUFFER, false, false, "SO_SNDBUF"},
	/* answers are written whole, so there is nothing to wait for */
	{SOCK_STREAM, 0, IPPROTO_TCP, TCP_NODELAY, 1, false, false, "TCP_NODELAY"},
};

static bool option_applies(const struct option *o, int type, int family, bool shared)
{
	return (!o->type || o->type == type) && (!o->family || o->family == family) &&
	       (!o->shared_only || shared);
}

/* Returns NULL, or the name of the option that failed, with errno. */
static const char *options_set(int fd, int type, int family, bool shared)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct option *o = &options[i];
		if (!option_applies(o, type, family, shared))
			continue;
		if (setsockopt(fd, o->level, o->name, &o->value, sizeof(o->value)) < 0 &&
			!o->optional)
			return o->text;
	}
	return NULL;
}

static int inet6_read(struct listen_address *addr, const char *text, uint16_t port)
{
	char host[INET6_ADDRSTRLEN];
	size_t host_len = strcspn(text, "%");
	if (host_len >= sizeof(host))
		return -1;
	memcpy(host, text, host_len);
	host[host_len] = 0;
	addr->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	addr->len = sizeof(addr->in6);
	if (inet_pton(AF_INET6, host, &addr->in6.sin6_addr) != 1)
		return -1;
	addr->wildcard = IN6_IS_ADDR_UNSPECIFIED(&addr->in6.sin6_addr);
	if (!text[host_len])
		return 0;
	addr->in6.sin6_scope_id = if_nametoindex(text + host_len + 1);
	return addr->in6.sin6_scope_id ? 0 : -1;
}

static int inet_read(struct listen_address *addr, const char *text, uint16_t port)
{
	addr->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	addr->len = sizeof(addr->in);
	if (inet_pton(AF_INET, text, &addr->in.sin_addr) != 1)
		return -1;
	addr->wildcard = addr->in.sin_addr.s_addr == htonl(INADDR_ANY);
	return 0;
}

int listen_address_read(struct listen_address *addr, const char *text, uint16_t port,
	char err[static LISTEN_ERR_LEN])
{
	memset(addr, 0, sizeof(*addr));
	if (!inet_read(addr, text, port) || !inet6_read(addr, text, port))
		return 0;
	snprintf(err, LISTEN_ERR_LEN, "local-address: %.80s is not an address of this host", text);
	return -1;
}

char *listen_address_text(char *dst, const struct listen_address *addr)
{
	char host[INET6_ADDRSTRLEN] = "?", scope[IF_NAMESIZE + 1] = "";
	if (addr->sa.sa_family == AF_INET) {
		inet_ntop(AF_INET, &addr->in.sin_addr, host, sizeof(host));
		snprintf(dst, LISTEN_TEXT_MAX, "%s:%u", host, ntohs(addr->in.sin_port));
		return dst;
	}
	inet_ntop(AF_INET6, &addr->in6.sin6_addr, host, sizeof(host));
	if (addr->in6.sin6_scope_id && if_indextoname(addr->in6.sin6_scope_id, scope + 1))
		scope[0] = '%';
	snprintf(dst, LISTEN_TEXT_MAX, "[%s%s]:%u", host, scope, ntohs(addr->in6.sin6_port));
	return dst;
}

static int listen_fail(int fd, const struct listen_address *addr, const char *what,
	char err[static LISTEN_ERR_LEN])
{
	char text[LISTEN_TEXT_MAX];
	snprintf(err, LISTEN_ERR_LEN, "%s: %s: %s", listen_address_text(text, addr), what,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int listen_open(int *fd_out, const struct listen_address *addr, int type, bool shared,
	char err[static LISTEN_ERR_LEN])
{
	int fd = socket(addr->sa.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno == EAFNOSUPPORT && addr->wildcard)
		return LISTEN_NO_FAMILY;
	if (fd < 0)
		return listen_fail(fd, addr, "socket", err);
	const char *failed = options_set(fd, type, addr->sa.sa_family, shared);
	if (failed)
		return listen_fail(fd, addr, failed, err);
	if (bind(fd, &addr->sa, addr->len) < 0)
		return listen_fail(fd, addr, "bind", err);
	if (type == SOCK_STREAM && listen(fd, TCP_BACKLOG) < 0)
		return listen_fail(fd, addr, "listen", err);
	*fd_out = fd;
	return LISTEN_OPEN;
}
