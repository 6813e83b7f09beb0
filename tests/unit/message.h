/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * message: an answer as a suspicious resolver reads it; for the engine's tests and its fuzz target.
 *
 * message_read() takes nothing on trust: counts, lengths, sections, names that loop, run forward,
 * grow too long, or are compressed in types where RFC 3597 forbids it. It shares no code with the
 * engine.
 */
#ifndef TESTS_UNIT_MESSAGE_H
#define TESTS_UNIT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/limits.h"

enum { MESSAGE_AN, MESSAGE_AU, MESSAGE_AD, MESSAGE_SECTION_CNT };

#define MESSAGE_RR_MAX	 (MSG_LEN_MAX / 11) /* root owner and empty rdata: 11 octets */
#define MESSAGE_TEXT_MAX (1 << 20)

struct message_rr {
	uint8_t section;
	uint16_t owner_off;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	uint16_t rdata_off;
	uint16_t rdata_len;
};

struct message {
	const uint8_t *wire;
	size_t len;
	uint16_t id;
	uint8_t opcode;
	bool qr, aa, tc, rd, ra, ad, cd;
	uint16_t rcode; /* extended */
	bool has_question;
	uint16_t qtype, qclass;
	bool has_opt;
	bool opt_do, opt_co;
	uint8_t opt_version;
	uint16_t opt_udp_size;
	const uint8_t *opt_rdata;
	uint16_t opt_rdata_len;
	unsigned cnt; /* of .rr: all sections, the OPT not among them */
	struct message_rr rr[MESSAGE_RR_MAX];
};

/* Reads a message of len octets; 0, or -1 with err saying where it is broken. */
int message_read(struct message *m, const uint8_t *wire, size_t len, char err[static 256]);

/* Uncompressed name at an offset message_read() has accepted, case kept; returns its octets. */
unsigned message_name_at(const struct message *m, uint32_t off, uint8_t dst[static DNAME_LEN_MAX]);
/* Data of an option of the OPT, its octets in *len; NULL if it is not there. */
const uint8_t *message_option(const struct message *m, uint16_t code, uint16_t *len);

/* The message as sorted lines: "RCODE flags", then per record "SECTION owner TYPE rest", rest being
 * the type an RRSIG covers, the name in NS, CNAME, DNAME, PTR, NSEC, MX, SRV, an address. Owners of
 * NSEC3 are "-". dst of MESSAGE_TEXT_MAX octets; returns dst. */
char *message_text(const struct message *m, char *dst);

/* Makes a query in dst (at least 512 octets): qname in presentation format. edns_size 0: no OPT.
 * Returns its octets. */
struct message_query {
	const char *qname;
	uint16_t qtype;
	uint16_t qclass; /* 0 = IN */
	uint16_t edns_size;
	bool dnssec_ok, compact_ok, rd, cd, nsid;
	uint8_t edns_version;
	uint8_t opcode;
};
size_t message_make_query(uint8_t *dst, const struct message_query *query);

#endif
