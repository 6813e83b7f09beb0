/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/text_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/source/zone_file.h"

int text_input_init(struct text_input *input, int fd)
{
	*input = (struct text_input){.fd = fd, .line = 1, .buf_cap = 2 * TEXT_INPUT_BLOCK_LEN};
	input->buf = malloc(input->buf_cap);
	input->pos = input->end = input->buf;
	if (input->buf != NULL)
		return 0;
	text_input_deinit(input);
	return -1;
}

void text_input_deinit(struct text_input *input)
{
	if (input->fd >= 0)
		close(input->fd);
	free(input->buf);
	*input = (struct text_input){.fd = -1};
}

/* Makes room for a block behind end: moves what is left to the front, or grows. */
static int make_room(struct text_input *input)
{
	size_t left = (size_t)(input->end - input->pos);
	if (left > ZONE_FILE_ENTRY_LEN_MAX) {
		errno = EFBIG;
		return -1;
	}
	memmove(input->buf, input->pos, left);
	if (input->buf_cap - left < TEXT_INPUT_BLOCK_LEN) {
		char *buf = realloc(input->buf, input->buf_cap * 2);
		if (buf == NULL)
			return -1;
		input->buf = buf;
		input->buf_cap *= 2;
	}
	input->pos = input->buf;
	input->end = input->buf + left;
	return 0;
}

static int read_block(struct text_input *input)
{
	if (make_room(input) < 0)
		return -1;
	ssize_t n;
	do
		n = read(input->fd, input->end, TEXT_INPUT_BLOCK_LEN);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	input->eof = n == 0;
	input->end += n;
	input->read_len += (uint64_t)n;
	return 0;
}

/* Where in an entry a scan for its end stands. */
struct entry_scan {
	unsigned depth; /* of parentheses */
	bool quoted;
	bool comment;
};

/* Takes one octet; true if it ends the entry. */
static bool scan_octet(struct entry_scan *scan, char c)
{
	if (c == '\n') {
		scan->comment = false;
		scan->quoted = scan->quoted && scan->depth > 0;
		return scan->depth == 0;
	}
	if (scan->comment)
		return false;
	if (c == '"')
		scan->quoted = !scan->quoted;
	else if (scan->quoted)
		return false;
	else if (c == ';')
		scan->comment = true;
	else if (c == '(')
		scan->depth++;
	else if (c == ')' && scan->depth > 0)
		scan->depth--;
	return false;
}

/* Length of the entry at pos, or 0 if its end is not in the buffer. */
static size_t find_end(const struct text_input *input)
{
	struct entry_scan scan = {0};
	for (const char *p = input->pos; p < input->end; p++) {
		if (*p == '\\' && !scan.comment && p + 1 < input->end && p[1] != '\n')
			p++;
		else if (scan_octet(&scan, *p))
			return (size_t)(p + 1 - input->pos);
	}
	return 0;
}

ptrdiff_t text_input_entry(struct text_input *input)
{
	for (;;) {
		size_t len = find_end(input);
		if (len > 0)
			return (ptrdiff_t)len;
		if (input->eof)
			return input->end - input->pos;
		if (read_block(input) < 0)
			return -1;
	}
}

ptrdiff_t text_input_line(const struct text_input *input)
{
	const char *end = memchr(input->pos, '\n', (size_t)(input->end - input->pos));
	return end == NULL ? -1 : end - input->pos;
}

void text_input_skip(struct text_input *input, size_t len)
{
	char *end = input->pos + len;
	for (char *p = input->pos; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		input->line++;
	input->pos = end;
}
