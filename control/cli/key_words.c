/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/key_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/dnssec/key.h"

/* Smaller numbers are algorithms, larger ones sizes. */
#define BITS_MIN 256U
#define BITS_MAX 65535U

static void set_zsk(struct key_words *request)
{
	request->flags = KEY_FLAGS_ZSK;
}

static void set_ksk(struct key_words *request)
{
	request->flags = KEY_FLAGS_SEP;
}

static void set_active(struct key_words *request)
{
	request->active = true;
}

static void set_inactive(struct key_words *request)
{
	request->active = false;
}

static void set_published(struct key_words *request)
{
	request->published = true;
}

static void set_unpublished(struct key_words *request)
{
	request->published = false;
}

static const struct {
	const char *word;
	void (*set)(struct key_words *request);
} word_table[] = {
	{"zsk", set_zsk},
	{"ksk", set_ksk},
	{"active", set_active},
	{"inactive", set_inactive},
	{"passive", set_inactive}, /* pdnsutil's old spelling */
	{"published", set_published},
	{"unpublished", set_unpublished},
};

static bool take_flag(struct key_words *request, const char *word)
{
	for (unsigned i = 0; i < sizeof(word_table) / sizeof(word_table[0]); i++)
		if (strcasecmp(word, word_table[i].word) == 0) {
			word_table[i].set(request);
			return true;
		}
	return false;
}

static bool take_bits(struct key_words *request, const char *word)
{
	size_t len = strlen(word);
	if (len != strspn(word, "0123456789") || len > 5)
		return false;
	unsigned long bits = strtoul(word, NULL, 10);
	if (bits < BITS_MIN || bits > BITS_MAX)
		return false;
	request->bits = (unsigned)bits;
	return true;
}

static bool take_algorithm(struct key_words *request, const char *word)
{
	const struct key_algorithm *algorithm = key_algorithm_from_text(word);
	if (algorithm)
		request->algorithm = algorithm;
	return algorithm;
}

int key_words_read(
	struct key_words *request, char *const *words, bool with_algorithm, char err[static 256])
{
	for (; *words; words++) {
		if (take_flag(request, *words))
			continue;
		if (with_algorithm &&
			(take_bits(request, *words) || take_algorithm(request, *words)))
			continue;
		snprintf(err, 256, "Unknown %s '%s'",
			with_algorithm ? "algorithm, key flag or size" : "key flag", *words);
		return -1;
	}
	return 0;
}
