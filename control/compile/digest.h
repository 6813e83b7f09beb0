/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * digest: SHA-256 over a sequence of numbers and texts, to notice changes by. Each item goes in
 * with its length, so neighbours cannot run into one another. An error sticks until digest_end().
 */
#ifndef CONTROL_COMPILE_DIGEST_H
#define CONTROL_COMPILE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_LEN 32

struct digest {
	void *md; /* EVP_MD_CTX; NULL after an error */
};

void digest_begin(struct digest *digest);
void digest_number(struct digest *digest, uint64_t number);
void digest_octets(struct digest *digest, const void *octets, size_t len);
void digest_text(struct digest *digest, const char *text);
/* Frees the state. 0, or -1: out of memory. */
int digest_end(struct digest *digest, uint8_t value[static DIGEST_LEN])
	__attribute__((warn_unused_result));

#endif
