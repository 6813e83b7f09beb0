/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/conf_lexer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BUF_LEN_MIN 256

void conf_lexer_init(struct conf_lexer *lexer, const char *name, const char *text, size_t len)
{
	*lexer = (struct conf_lexer){
		.name = name, .pos = text, .end = text + len, .line_start = text, .line = 1};
	conf_lexer_next(lexer);
}

void conf_lexer_deinit(struct conf_lexer *lexer)
{
	free(lexer->buf);
	lexer->buf = NULL;
}

static bool at_end(const struct conf_lexer *lexer)
{
	return lexer->pos == lexer->end;
}

static bool looking_at(const struct conf_lexer *lexer, const char *two)
{
	return lexer->end - lexer->pos >= 2 && memcmp(lexer->pos, two, 2) == 0;
}

static void step(struct conf_lexer *lexer)
{
	if (*lexer->pos++ == '\n') {
		lexer->line++;
		lexer->line_start = lexer->pos;
	}
}

static void mark(struct conf_lexer *lexer)
{
	lexer->token.line = lexer->line;
	lexer->token.column = (unsigned)(lexer->pos - lexer->line_start) + 1;
}

static void set(struct conf_lexer *lexer, enum conf_token_kind kind, const char *text)
{
	lexer->token.kind = kind;
	lexer->token.text = text;
}

static void skip_line(struct conf_lexer *lexer)
{
	while (!at_end(lexer) && *lexer->pos != '\n')
		step(lexer);
}

/* False if the comment has no end. */
static bool skip_c_comment(struct conf_lexer *lexer)
{
	mark(lexer); /* of a comment without end, the start is the place to look at */
	step(lexer);
	step(lexer);
	while (!looking_at(lexer, "*/")) {
		if (at_end(lexer))
			return false;
		step(lexer);
	}
	step(lexer);
	step(lexer);
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool skip_space(struct conf_lexer *lexer)
{
	while (!at_end(lexer)) {
		if (is_space(*lexer->pos))
			step(lexer);
		else if (*lexer->pos == '#' || looking_at(lexer, "//"))
			skip_line(lexer);
		else if (!looking_at(lexer, "/*"))
			return true;
		else if (!skip_c_comment(lexer))
			return false;
	}
	return true;
}

static bool put(struct conf_lexer *lexer, size_t at, char c)
{
	if (at == lexer->buf_cap) {
		size_t cap = lexer->buf_cap > 0 ? lexer->buf_cap * 2 : BUF_LEN_MIN;
		char *buf = realloc(lexer->buf, cap);
		if (buf == NULL)
			return false;
		lexer->buf = buf;
		lexer->buf_cap = cap;
	}
	lexer->buf[at] = c;
	return true;
}

static void take_string(struct conf_lexer *lexer)
{
	size_t len = 0;
	bool ok = true;
	step(lexer);
	while (ok && !at_end(lexer) && *lexer->pos != '"' && *lexer->pos != '\n') {
		if (*lexer->pos == '\\' && lexer->end - lexer->pos >= 2 && lexer->pos[1] != '\n')
			step(lexer);
		/* a name with a NUL in it would be cut there by everything that follows */
		ok = *lexer->pos != '\0' && put(lexer, len++, *lexer->pos);
		step(lexer);
	}
	if (!ok || !put(lexer, len, '\0'))
		return set(lexer, CONF_BAD, "NUL octet, or a string larger than memory");
	if (at_end(lexer) || *lexer->pos != '"')
		return set(lexer, CONF_BAD, "string without a closing quote on its line");
	step(lexer);
	set(lexer, CONF_STRING, lexer->buf);
}

static bool ends_word(const struct conf_lexer *lexer)
{
	return at_end(lexer) || is_space(*lexer->pos) || memchr("{};\"#", *lexer->pos, 5) != NULL ||
	       looking_at(lexer, "//") || looking_at(lexer, "/*");
}

static void take_word(struct conf_lexer *lexer)
{
	size_t len = 0;
	bool ok = true;
	while (ok && !ends_word(lexer)) {
		ok = *lexer->pos != '\0' && put(lexer, len++, *lexer->pos);
		step(lexer);
	}
	if (!ok || !put(lexer, len, '\0'))
		return set(lexer, CONF_BAD, "NUL octet, or a word larger than memory");
	set(lexer, CONF_WORD, lexer->buf);
}

static void take_mark(struct conf_lexer *lexer, enum conf_token_kind kind, const char *text)
{
	step(lexer);
	set(lexer, kind, text);
}

static void take(struct conf_lexer *lexer)
{
	mark(lexer);
	if (at_end(lexer))
		return set(lexer, CONF_END, "end of file");
	switch (*lexer->pos) {
	case '{':
		return take_mark(lexer, CONF_OPEN, "{");
	case '}':
		return take_mark(lexer, CONF_CLOSE, "}");
	case ';':
		return take_mark(lexer, CONF_SEMICOLON, ";");
	case '"':
		return take_string(lexer);
	default:
		return take_word(lexer);
	}
}

const struct conf_token *conf_lexer_next(struct conf_lexer *lexer)
{
	if (lexer->token.kind == CONF_BAD)
		return &lexer->token;
	if (skip_space(lexer))
		take(lexer);
	else
		set(lexer, CONF_BAD, "comment without an end");
	return &lexer->token;
}
