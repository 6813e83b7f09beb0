/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * conf_lexer: tokens of BIND's configuration language, from memory.
 *
 * Tokens are "{", "}", ";", words, and strings in double quotes (a backslash takes the next
 * character as it is; a string ends on its line). White space and comments (C, C++ and shell style)
 * separate. The text may hold any octets.
 */
#ifndef CONTROL_SOURCE_CONF_LEXER_H
#define CONTROL_SOURCE_CONF_LEXER_H

#include <stddef.h>

enum conf_token_kind {
	CONF_END, /* of the text */
	CONF_WORD,
	CONF_STRING,
	CONF_OPEN,
	CONF_CLOSE,
	CONF_SEMICOLON,
	CONF_BAD, /* no token begins here: .text says why */
};

/* The current token and where it began. */
struct conf_token {
	enum conf_token_kind kind;
	unsigned line;	  /* from 1 */
	unsigned column;  /* octets, from 1 */
	const char *text; /* words and strings: content, NUL-terminated; else for messages; valid
			     until the next token */
};

struct conf_lexer {
	const char *name; /* of the file, for messages */
	const char *pos;
	const char *end;
	const char *line_start;
	unsigned line;
	char *buf; /* content of the token */
	size_t buf_cap;
	struct conf_token token;
};

/* Starts at the first token of len octets at text, which outlive the lexer, as name does. */
void conf_lexer_init(struct conf_lexer *lexer, const char *name, const char *text, size_t len);
void conf_lexer_deinit(struct conf_lexer *lexer);
/* Goes to the next token and returns it; CONF_END and CONF_BAD stay. */
const struct conf_token *conf_lexer_next(struct conf_lexer *lexer);

#endif
