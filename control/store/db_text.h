/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * db_text: the text of a statement for one database, from the one for all (private to
 * control/store; statements.h has the syntax).
 */
#ifndef CONTROL_STORE_DB_TEXT_H
#define CONTROL_STORE_DB_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "control/store/statements.h"

typedef bool db_word_fn(const void *ctx, const char *word);

/* Writes the text with "?" for each value; value[i] is the index, from 0, of the one that stands
 * i-th. Returns how many there are. Texts are ours: one that does not fit its bounds aborts. */
unsigned db_text_expand(char dst[static STATEMENT_LEN_MAX],
	uint8_t value[static STATEMENT_VALUE_MAX], const char *text, db_word_fn *is_true,
	const void *ctx);

#endif
