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
 *   signer -> control   seq 8 | verdict 1: one for each order
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

struct signer_key_set;

enum protocol_order { ORDER_SET = 1, ORDER_REMOVE };

/* clang-format off */
#define PROTOCOL_VERDICT_TABLE(X) \
	X(DONE,      "done") \
	X(MALFORMED, "the signer does not understand it") \
	X(BAD_KEY,   "the signer has no use for a key of it") \
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
#define PROTOCOL_REPLY_LEN 9U
/* Octets behind the length: KEYSET_KEY_MAX keys of RSA-4096, and room for longer field names. */
#define PROTOCOL_FRAME_MAX (KEYSET_KEY_MAX * 8192U)

/* Whole frames, from key_secret_alloc(); *len their octets. NULL: memory is out. */
uint8_t *protocol_set(size_t *len, const struct signer_key_set *set);
uint8_t *protocol_remove(size_t *len, const uint8_t *apex);
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
};

/* Reads the len octets behind a frame's length. 0, or -1: malformed; .seq is then what stands where
 * it should. */
int protocol_read(struct protocol_message *msg, const uint8_t *frame, size_t len)
	__attribute__((warn_unused_result));

#endif
