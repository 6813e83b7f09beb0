/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * dns_ask: one question to one server, over TCP: nobody who is not on the path can answer it.
 */
#ifndef CONTROL_CLI_DNS_ASK_H
#define CONTROL_CLI_DNS_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include <ldns/ldns.h>

#define DNS_ASK_ERR_LEN 256

/* Asks the server, "address", "address:port" or "[address]:port", or, with NULL, the resolver of
 * resolv.conf, with DO. name: wire. The answer, of rcode NOERROR, for ldns_pkt_free(); NULL with
 * err, which names the server: it did not answer, or not so. */
ldns_pkt *dns_ask(const char *server, const uint8_t *name, ldns_rr_type type,
	char err[static DNS_ASK_ERR_LEN]) __attribute__((warn_unused_result));

#endif
