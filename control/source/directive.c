/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/directive.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "zonedb/dname.h"

struct word {
	const char *text;
	size_t len;
};

#define WORD_MAX 3 /* $INCLUDE path origin */

static bool ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ';';
}

/* The words before a comment; more than WORD_MAX are not counted. */
static unsigned split(struct word word[static WORD_MAX], const char *entry, size_t len)
{
	const char *p = entry, *end = entry + len;
	unsigned cnt = 0;
	while (cnt < WORD_MAX) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		const char *start = p;
		while (p < end && !ends_word(*p))
			p += *p == '\\' && end - p >= 2 ? 2 : 1;
		if (p == start)
			break;
		word[cnt++] = (struct word){start, (size_t)(p - start)};
	}
	return cnt;
}

static bool is(const struct word *word, const char *text)
{
	return word->len == strlen(text) && strncasecmp(word->text, text, word->len) == 0;
}

/* A name ends in a dot that no backslash belongs to. */
static bool is_absolute(const struct word *word)
{
	size_t backslashes = 0;
	if (word->text[word->len - 1] != '.')
		return false;
	while (backslashes + 1 < word->len && word->text[word->len - 2 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 0;
}

size_t directive_absolute(
	char dst[static DIRECTIVE_LEN_MAX], const char *entry, size_t len, const uint8_t *origin)
{
	struct word word[WORD_MAX];
	if (len == 0 || entry[0] != '$')
		return 0;
	unsigned cnt = split(word, entry, len);
	if (cnt == 0 ||
		!((is(&word[0], "$ORIGIN") && cnt == 2) || (is(&word[0], "$INCLUDE") && cnt == 3)))
		return 0;
	const struct word *name = &word[cnt - 1];
	if (is_absolute(name))
		return 0;

	char base[DNAME_TEXT_MAX];
	dname_to_text(base, origin);
	const char *dot = is(name, "@") || strcmp(base, ".") == 0 ? "" : ".";
	int n = snprintf(dst, DIRECTIVE_LEN_MAX, "%.*s%.*s%s%s\n", (int)(name->text - entry), entry,
		is(name, "@") ? 0 : (int)name->len, name->text, dot, base);
	return n < DIRECTIVE_LEN_MAX ? (size_t)n : 0;
}
