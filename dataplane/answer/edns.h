/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * edns: the OPT record of answers (RFC 6891), with NSID (RFC 5001) and extended errors (RFC 8914).
 */
#ifndef DATAPLANE_ANSWER_EDNS_H
#define DATAPLANE_ANSWER_EDNS_H

#include "dataplane/answer/task.h"

#define EDNS_OPT_LEN	11		      /* root owner, type, class, TTL, RDLENGTH */
#define EDNS_OPTION_LEN 4		      /* option code and length */
#define EDNS_EDE_LEN	(EDNS_OPTION_LEN + 2) /* info-code without text */

enum edns_option { EDNS_NSID = 3, EDNS_EDE = 15 };

/* In the low 16 bits of an OPT's TTL: DNSSEC answers OK (RFC 3225), compact ones (RFC 9824, 5.1) */
enum edns_flag { EDNS_FLAG_DO = 0x8000, EDNS_FLAG_CO = 0x4000 };

/* Extended error info-codes we give (RFC 8914, 4; 30: RFC 9824) */
enum ede {
	EDE_NONE = -1,
	EDE_RRSIGS_MISSING = 10,
	EDE_NOT_READY = 14,
	EDE_PROHIBITED = 18,
	EDE_NOT_AUTHORITATIVE = 20,
	EDE_NOT_SUPPORTED = 21,
	EDE_INVALID_QUERY_TYPE = 30,
};

/* Makes the ready OPT of a. */
void edns_init(struct answer *a);
/* Octets the OPT of t's answer takes, an extended error aside: those go only on answers that have
 * room, as they carry no records. */
unsigned edns_reserve(const struct answer *a, const struct task *t);
/* Makes the message a query again, from what has been read of it: the question, and the OPT if it
 * had one. Returns its octets, at most ANSWER_PARKED_LEN_MAX. */
unsigned edns_write_question(struct task *t);
/* Appends the OPT to t's answer if the query had one. */
void edns_write(const struct answer *a, struct task *t);

#endif
