/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/store/db_text.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

struct expansion {
	char *dst;
	size_t len;
	uint8_t *value;
	unsigned value_cnt;
};

static void put(struct expansion *e, char c)
{
	assert(e->len < STATEMENT_LEN_MAX - 1);
	e->dst[e->len++] = c;
}

static void put_text(struct expansion *e, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		put(e, text[i]);
		if (text[i] != '?')
			continue;
		assert(e->value_cnt < STATEMENT_VALUE_MAX);
		e->value[e->value_cnt++] = (uint8_t)(text[++i] - '1');
	}
}

/* Takes a word out of "word|yes|no}" and puts what it is about; returns what follows. */
static const char *put_choice(
	struct expansion *e, const char *text, db_word_fn *is_true, const void *ctx)
{
	char word[64];
	size_t len = strcspn(text, "|}");
	assert(len < sizeof(word) && text[len] == '|');
	memcpy(word, text, len);
	word[len] = '\0';
	const char *yes = text + len + 1;
	size_t yes_len = strcspn(yes, "|}");
	const char *no = yes + yes_len + (yes[yes_len] == '|');
	size_t no_len = strcspn(no, "}");
	if (is_true(ctx, word))
		put_text(e, yes, yes_len);
	else
		put_text(e, no, no_len);
	return no + no_len + 1;
}

unsigned db_text_expand(char dst[static STATEMENT_LEN_MAX],
	uint8_t value[static STATEMENT_VALUE_MAX], const char *text, db_word_fn *is_true,
	const void *ctx)
{
	struct expansion e = {.dst = dst, .value = value};
	while (*text != '\0') {
		size_t len = strcspn(text, "{");
		put_text(&e, text, len);
		text += len;
		if (*text == '{')
			text = put_choice(&e, text + 1, is_true, ctx);
	}
	put(&e, '\0');
	return e.value_cnt;
}
