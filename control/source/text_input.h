/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * text_input: a master file as a sequence of entries.
 *
 * An entry is one line, or several where parentheses hold lines together (RFC 1035, 5.1): the unit
 * a parser needs at once. The file passes through one buffer, which grows only for an entry that
 * is longer than it.
 *
 *   buf  [ entries taken | entry, entry, entry, part of one | free ]
 *                        pos                                end
 */
#ifndef CONTROL_SOURCE_TEXT_INPUT_H
#define CONTROL_SOURCE_TEXT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_INPUT_BLOCK_LEN (1U << 18) /* octets read at once: stays in a second-level cache */

struct text_input {
	int fd;
	bool eof; /* nothing left but what is in the buffer */
	char *buf;
	size_t buf_cap;
	char *pos;
	char *end;
	uint64_t line; /* of pos, from 1 */
	uint64_t read_len;
};

/* Takes over fd. -1: out of memory (fd is closed). */
int text_input_init(struct text_input *input, int fd) __attribute__((warn_unused_result));
void text_input_deinit(struct text_input *input);

/* Length of the entry at pos, with its newline; 0 at the end of the file. The last entry may lack
 * the newline. -1 with errno set: the file cannot be read, or the entry exceeds
 * ZONE_FILE_ENTRY_LEN_MAX (EFBIG). */
ptrdiff_t text_input_entry(struct text_input *input) __attribute__((warn_unused_result));
/* Length of the line at pos, without its newline, if it is in the buffer with it; else -1. Costs
 * next to nothing. */
ptrdiff_t text_input_line(const struct text_input *input);
/* Steps over len octets and counts their lines. */
void text_input_skip(struct text_input *input, size_t len);

#endif
