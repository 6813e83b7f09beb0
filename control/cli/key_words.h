/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key_words: the words after the zone that say what kind of key is meant, in any order and either
 * case: zsk ksk active inactive published unpublished, a size in bits, an algorithm.
 */
#ifndef CONTROL_CLI_KEY_WORDS_H
#define CONTROL_CLI_KEY_WORDS_H

#include <stdbool.h>
#include <stdint.h>

struct key_algorithm;

struct key_words {
	const struct key_algorithm *algorithm; /* NULL: not named */
	unsigned bits;			       /* 0: not named */
	uint16_t flags;			       /* KEY_FLAGS_* */
	bool active;
	bool published;
};

/* Takes the words (NULL-terminated) into request, which holds what counts where nothing is said.
 * A later word overrides an earlier one. with_algorithm: sizes and algorithms are words, too.
 * 0, or -1 with err. */
int key_words_read(struct key_words *request, char *const *words, bool with_algorithm,
	char err[static 256]) __attribute__((warn_unused_result));

#endif
