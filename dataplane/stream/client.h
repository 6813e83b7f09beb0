/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * client: how many TCP connections there are, and how many of each client.
 *
 * A client is an IPv4 address or an IPv6 /64: a host has all of its /64 to pick addresses from. One
 * table for all stream threads, because the kernel spreads the connections of one client over their
 * sockets. It is touched when a connection comes and goes, not for a question, so a mutex is
 * enough.
 *
 * Fixed memory: open addressing in twice as many slots as there can be connections. Hashes are
 * keyed by a random seed; clients choose their addresses.
 */
#ifndef DATAPLANE_STREAM_CLIENT_H
#define DATAPLANE_STREAM_CLIENT_H

#include <stdint.h>
#include <sys/socket.h>

struct client_table;

/* What connections are counted by; zero is no client. */
struct client_key {
	uint64_t prefix; /* IPv6: octets 0..7; IPv4: the address */
	uint64_t family;
};

enum client_outcome {
	CLIENT_WELCOME = 0,
	CLIENT_TABLE_FULL, /* total_max reached */
	CLIENT_TOO_MANY,   /* per_client_max reached */
};

/* per_client_max 0 = no limit. NULL when memory is out. */
struct client_table *client_table_new(uint32_t total_max, uint32_t per_client_max);
struct client_table *client_table_free(struct client_table *table);

struct client_key client_key(const struct sockaddr *sa);
/* Counts one more connection of key, if there may be one. Any thread. */
enum client_outcome client_enter(struct client_table *table, struct client_key key)
	__attribute__((warn_unused_result));
/* One connection that was welcome is gone. Any thread. */
void client_leave(struct client_table *table, struct client_key key);
/* Connections at the moment, of key or (with a zero key) of all. Any thread. */
uint32_t client_cnt(struct client_table *table, struct client_key key);

#endif
