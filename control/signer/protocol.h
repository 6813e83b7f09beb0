/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol: what control and signer say to each other over their socket.
 *
 * Frames, numbers in network byte order:
 *
 *   control -> signer   len 4 | seq 8 | order 1 | body           len: octets behind it
 *     ORDER_SET      apex (wire) | live_id 2 x 8 | margin 4 | extend 4 | key_cnt 1 | keys:
 *                    flags 2 | role 1 | algorithm 1 | tag 2 | secret_len 2 | secret: of ECDSA the
 *                    private number, else the text of key_to_content()
 *     ORDER_REMOVE   apex
 *     ORDER_LEND     as ORDER_SET: the keys of a zone that is about to be signed as a whole
 *     ORDER_RETURN   apex
 *     ORDER_SIGN     apex | live_id 2 x 8: those lent with it | inception 8 | expiration 8 | cnt 2
 * | items: type 2 | label_cnt 1 | ttl 4 | rrs_len 4 | records of all, canonical signer -> control
 * seq 8 | verdict 1 | len 4 | payload: one for each order ORDER_SIGN     items: sig_cnt 2 | sig_len
 * 4 | packed RRSIGs of all
 *
 * Frames come from key_secret_alloc(). The signer takes nothing for granted about them: they are
 * read through a bounded cursor. That keys are whole, and go with their tag, is control's to see
 * to: it has read them from the database; taking a set costs a signer 1 us, so that after a restart
 * it soon has a million.
 */
#ifndef CONTROL_SIGNER_PROTOCOL_H
#define CONTROL_SIGNER_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#include "control/dnssec/keyset.h"
#include "control/dnssec/sign.h"

struct signer_key_set;

enum protocol_order { ORDER_SET = 1, ORDER_REMOVE, ORDER_LEND, ORDER_RETURN, ORDER_SIGN };

/* clang-format off */
#define PROTOCOL_VERDICT_TABLE(X) \
	X(DONE,      "done") \
	X(MALFORMED, "the signer does not understand it") \
	X(BAD_KEY,   "the signer has no use for a key of it") \
	X(NOT_LENT,  "the signer does not have the keys any more") \
	X(NO_MEMORY, "the signer is out of memory")
/* clang-format on */

enum protocol_verdict {
#define X(id, text) VERDICT_##id,
	PROTOCOL_VERDICT_TABLE(X)
#undef X
		VERDICT_CNT,
};
/* For people; any number. */
const char *protocol_verdict_text(unsigned verdict);

/* Whether the secret of keys of this algorithm is their private number. */
bool protocol_is_number(unsigned algorithm);

#define PROTOCOL_LEN_LEN   4U
#define PROTOCOL_HEAD_LEN  (PROTOCOL_LEN_LEN + 8U + 1U)
#define PROTOCOL_REPLY_LEN 13U /* without payload */
/* Octets behind the length: a full batch, and an RRset as large as RRSET_WIRE_MAX lets it be whose
 * names have been written out. 64 keys of RSA-4096 are less. */
#define PROTOCOL_FRAME_MAX (4U << 20)
#define PROTOCOL_PAYLOAD_MAX                                                                       \
	(32U << 20) /* octets: DNSSEC_BATCH_MAX items, with all keys there may be */

/* Whole frames, from key_secret_alloc(); *len their octets. NULL: memory is out. */
uint8_t *protocol_set(size_t *len, enum protocol_order order, const struct signer_key_set *set);
uint8_t *protocol_remove(size_t *len, enum protocol_order order, const uint8_t *apex);
/* The same without secrets, from malloc(); NULL also if it would be too long. */
uint8_t *protocol_sign(
	size_t *len, const uint64_t live_id[static 2], const struct dnssec_batch *batch);
/* Numbers a frame: seq is not part of making it. */
void protocol_number(uint8_t *frame, uint64_t seq);

/* A frame taken apart; what it points to lies in the frame. */
struct protocol_key {
	uint16_t flags;
	uint8_t role;
	uint8_t algorithm; /* as served */
	uint16_t tag;
	uint16_t secret_len;
	const uint8_t *secret;
};

struct protocol_message {
	uint64_t seq;
	uint8_t order;
	uint8_t apex_len;
	uint8_t key_cnt;
	const uint8_t *apex;
	uint64_t live_id[2];
	uint32_t inception_margin_s;
	uint32_t expiry_extend_s;
	struct protocol_key key[KEYSET_KEY_MAX];
	const uint8_t *batch; /* ORDER_SIGN: what follows live_id, batch_len octets */
	size_t batch_len;
};

/* Reads the len octets behind a frame's length. 0, or -1: malformed; .seq is then what stands where
 * it should. */
int protocol_read(struct protocol_message *msg, const uint8_t *frame, size_t len)
	__attribute__((warn_unused_result));
/* Reads the batch of an ORDER_SIGN, but for .apex; .rrs lies in the frame. 0, or -1: malformed. */
int protocol_read_batch(struct dnssec_batch *batch, const uint8_t *octets, size_t len)
	__attribute__((warn_unused_result));
/* Reads the outcome of a batch from a reply's payload; .sigs is malloc()ed. 0, or -1. */
int protocol_read_sigs(struct dnssec_batch *batch, const uint8_t *payload, size_t len)
	__attribute__((warn_unused_result));

#endif
