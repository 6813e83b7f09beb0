/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring: the one thing data plane and signer share: requests for signatures, and signatures.
 *
 * File `sigrings` in the directory of published zones (zonedb/publish.h), made by control, mapped
 * writable by both sides. A pair of rings for each reader slot number, so the lock that holds a
 * slot makes its pair exclusive too:
 *
 *                      requests: what to sign, by name
 *      data-plane  ---[ | | | | | | | | | ]--->  signer          (each ring: one producer,
 *      thread      <--[ | | | | | | | | | ]---   thread           one consumer)
 *                      responses: RRSIGs
 *
 * A ring is units of 64 octets. Positions count units since ever; each lies in a cache line of its
 * own with one writer, and its other side looks at it only when what it saw last does not suffice.
 * A record takes whole units and may go on at the start of the ring. The producer writes records
 * and then stores its position (release, COMMIT): a side killed at any moment leaves no half
 * record. Loads of the other side's position (acquire) pair with that; the consumer's store
 * (release) says the units are free, and pairs with the producer's load in the same way. A stale
 * position only makes a ring look fuller to its producer or emptier to its consumer.
 *
 * Neither side trusts the other. What a consumer uses it has copied out first, and checked after
 * that, so nothing it has checked can change. Positions that cannot be: the consumer takes the ring
 * for empty from there on, the producer takes it for full. Every call does a bounded amount of work
 * whatever the other side writes. (What would hurt is truncating the file. The data plane gives up
 * the system calls for that before it reads its first packet: dataplane/sandbox.h.)
 *
 * No call here but those that open, create and close enters the kernel, or allocates.
 *
 * Order of octets: host, as both sides run on one host; names and RRSIGs are wire format.
 */
#ifndef ZONEDB_SIGRING_H
#define ZONEDB_SIGRING_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonedb/dname.h"
#include "zonedb/limits.h"
#include "zonedb/sigkey.h"

/* The signing window moves on Thursdays 00:00 UTC, as weeks of Unix time do. */
#define SIG_WEEK_S 604800U

static inline uint32_t sig_week(uint64_t now_s)
{
	return (uint32_t)(now_s / SIG_WEEK_S);
}

/* ==== records =============================================================================== */

/* What is to be signed. Names: apex of the zone, and `name`. */
enum sign_kind {
	SIGN_RRSET = 1,	   /* the RRset of `type` that answers for name: at its node, or at the
			      wildcard that stands for it, then signed as the wildcard's; DS also at a
			      cut, NSEC at a node */
	SIGN_NEGATIVE_SOA, /* the SOA of negative answers. No name, no type */
	SIGN_NSEC3, /* the record of the image's NSEC3 table with the owner hash that stands in
		       place of name (NSEC3_HASH_LEN octets) */
	SIGN_NARROW_COVER, /* the narrow cover of name, a next closer name that does not exist */
	SIGN_COMPACT,	   /* the compact NSEC of name, which does not exist (RFC 9824) */
	SIGN_EXPANDED, /* compact zones: the RRset of `type` at the wildcard that stands for name,
			  signed with name as owner */
	SIGN_KIND_CNT,
};

enum sign_flag {
	SIGN_AHEAD = 1 << 0, /* nobody waits for it: made ahead of time */
};

/* clang-format off */
#define SIGN_STATUS_TABLE(X) \
	X(OK,          "signed") \
	X(NO_ZONE,     "no such live-signed zone") \
	X(NO_RECORD,   "no such record") \
	X(EXISTS,      "denial of what exists") \
	X(STALE_KEYS,  "zone and keys do not belong together") \
	X(BAD_WEEK,    "week neither current nor next to it") \
	X(BAD_REQUEST, "malformed") \
	X(NO_KEY,      "no active key for it") \
	X(FAILED,      "signing failed")
/* clang-format on */

enum sign_status {
#define X(id, help) SIGN_##id,
	SIGN_STATUS_TABLE(X)
#undef X
		SIGN_STATUS_CNT,
};

/* For people. */
const char *sign_status_text(enum sign_status status);

struct sigring_request {
	uint64_t ticket; /* comes back with the response; the asker's own */
	uint32_t week;	 /* sig_week() the signature is to be of */
	uint16_t type;
	uint8_t kind;  /* enum sign_kind */
	uint8_t flags; /* enum sign_flag */
	uint8_t apex_len;
	uint8_t name_len;
	const uint8_t *apex; /* lower case, with the root label */
	const uint8_t *name; /* the same, at or below apex; or a hash, or nothing: see the kind */
};

/* A signature made, or why not. Payload, for each of sig_cnt RRSIGs:
 *
 *      type 46 | class | TTL | RDLENGTH | 18 octets of rdata | (signer's name left out) | signature
 *       2        2       4     2          type covered .. key tag
 *
 * RDLENGTH is that of the whole rdata, signer's name included. Owner and signer's name (the apex)
 * are put in when it goes into a message. */
struct sigring_response {
	uint64_t ticket;
	uint32_t week;
	uint16_t len;	    /* octets of payload; 0 unless SIGN_OK */
	uint8_t status;	    /* enum sign_status */
	uint8_t sig_cnt;    /* 0 unless SIGN_OK */
	struct sig_key key; /* of what was signed, as the signer sees it */
	const uint8_t *payload;
};

#define SIG_FIXED_LEN 28U /* octets of an RRSIG in a payload, before the signature */

/* Octets of the largest records. */
#define SIGRING_REQUEST_HEAD	 18U
#define SIGRING_RESPONSE_HEAD	 32U
#define SIGRING_REQUEST_LEN_MAX	 (SIGRING_REQUEST_HEAD + 2 * DNAME_LEN_MAX)
#define SIGRING_RESPONSE_LEN_MAX (SIGRING_RESPONSE_HEAD + SIG_PAYLOAD_MAX)

#define SIGRING_UNIT 64U

/* Octets of a record, as they lie in a ring. */
static inline uint32_t sigring_request_len(const struct sigring_request *req)
{
	return SIGRING_REQUEST_HEAD + req->apex_len + req->name_len;
}

/* Units it takes there. */
static inline uint32_t sigring_request_units(const struct sigring_request *req)
{
	return (sigring_request_len(req) + SIGRING_UNIT - 1) / SIGRING_UNIT;
}

static inline uint32_t sigring_response_len(const struct sigring_response *resp)
{
	return SIGRING_RESPONSE_HEAD + resp->len;
}

/* Checks all there is to check without the zone: kind, type, names valid, lower case and of the
 * lengths given, name under apex. 0 or -1. */
int sigring_request_check(const struct sigring_request *req) __attribute__((warn_unused_result));
/* Checks status, and that the payload is sig_cnt RRSIGs of a zone whose apex has apex_len octets,
 * all covering the same type. 0 or -1. */
int sigring_response_check(const struct sigring_response *resp, uint8_t apex_len)
	__attribute__((warn_unused_result));

/* ==== file ================================================================================== */

/* One process's mapping. */
struct sigring;

/* Creates dir/sigrings if it is missing, owned by uid and gid (UINT32_MAX: the caller's), mode
 * 0660, all its memory allocated. Returns an open descriptor of it (close-on-exec), to be kept by
 * control and handed to each signer, or -1 with err: no memory, or a file of another layout. Goes
 * on with the file that exists. In libzonedb-build. */
int sigring_create(const char *dir, uint32_t uid, uint32_t gid, char err[static 256])
	__attribute__((warn_unused_result));
/* Maps dir/sigrings (data plane). NULL with err. */
struct sigring *sigring_open(const char *dir, char err[static 256]);
/* Maps the file open as fd, which stays the caller's (signer). NULL with err. */
struct sigring *sigring_map(int fd, char err[static 256]);
/* Takes NULL. Returns NULL. */
struct sigring *sigring_close(struct sigring *rings);

/* ==== ends of a ring ======================================================================== */

/* Private to sigring.c: one end, in the memory of its one user. */
struct sigring_end {
	struct sigring_ring *ring;
	uint8_t *unit;
	uint64_t own;	/* this side's position */
	uint64_t shown; /* what the other side has been shown of it */
	uint64_t other; /* the other side's, as last seen */
};

/* ==== data plane ============================================================================ */

/* One thread's; pair = index of its reader slot (publish_slot_idx()). */
struct sigring_client {
	struct sigring_end requests;
	struct sigring_end responses;
	uint64_t fault_cnt; /* times the other side wrote what cannot be */
	alignas(8) uint8_t record[(SIGRING_RESPONSE_LEN_MAX + 63) / 64 * 64];
};

/* Responses meant for who had the slot before are dropped, as far as they are there; later ones
 * come, with foreign tickets. */
void sigring_client_init(struct sigring_client *client, struct sigring *rings, unsigned pair);
/* Puts a request that sigring_request_check() would accept into the ring. Returns 0, or 1 if there
 * is no room. The signer sees it after sigring_client_flush(). */
int sigring_client_ask(struct sigring_client *client, const struct sigring_request *req)
	__attribute__((warn_unused_result));
/* Whether requests of so many units in all can be put into the ring now. */
bool sigring_client_has_room(struct sigring_client *client, uint32_t unit_cnt);
/* The next response, if there is one: 1, with resp->payload valid until the next call; else 0.
 * Nothing is checked but that it is a record: the caller knows the ticket, and calls
 * sigring_response_check(). */
int sigring_client_next(struct sigring_client *client, struct sigring_response *resp)
	__attribute__((warn_unused_result));
/* Shows the signer what was asked and taken since. Once per burst. */
void sigring_client_flush(struct sigring_client *client);

/* ==== signer ================================================================================ */

/* Of the thread that serves this pair. */
struct sigring_server {
	struct sigring_end requests;
	struct sigring_end responses;
	uint64_t fault_cnt; /* records and positions that were refused here */
	uint32_t open_cnt;  /* requests taken, not replied to */
	alignas(8) uint8_t record[(SIGRING_REQUEST_LEN_MAX + 63) / 64 * 64 + DNAME_PAD];
};

/* Goes on where the signer before stopped; requests it had taken are lost (they time out). */
void sigring_server_init(struct sigring_server *server, struct sigring *rings, unsigned pair);
/* The next request, checked with sigring_request_check(), if there is one and room for the longest
 * response to it and to all others still open: 1; else 0. Both names are valid until the next call,
 * with DNAME_PAD readable octets behind them. */
int sigring_server_next(struct sigring_server *server, struct sigring_request *req)
	__attribute__((warn_unused_result));
/* Replies to one of the requests taken: exactly once for each, in any order. There is always room.
 * resp->len of at most SIG_PAYLOAD_MAX. */
void sigring_server_reply(struct sigring_server *server, const struct sigring_response *resp);
/* Shows the data plane what was replied and taken since. */
void sigring_server_flush(struct sigring_server *server);

#endif
