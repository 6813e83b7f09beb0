/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/row_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "control/dnssec/zone_print.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

/* Types with a field of hexadecimal digits: the words of the text before it. */
static const struct {
	uint16_t type;
	uint8_t word_cnt;
} hex_table[] = {
	{RRTYPE_DS, 3},
	{RRTYPE_CDS, 3},
	{RRTYPE_SSHFP, 2},
	{RRTYPE_TLSA, 3},
	{RRTYPE_SMIMEA, 3},
	{RRTYPE_NSEC3PARAM, 3},
	{RRTYPE_ZONEMD, 3},
	{RRTYPE_EUI48, 0},
	{RRTYPE_EUI64, 0},
};

static bool has_prio(uint16_t type)
{
	return type == RRTYPE_MX || type == RRTYPE_SRV;
}

/* Behind the next word and the blank that ends it. */
static char *skip_word(char *at)
{
	at += strcspn(at, " ");
	return at + (*at == ' ');
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

static void lower_hex(char *content, uint16_t type)
{
	if (strncmp(content, "\\# ", 3) == 0) /* RFC 3597 */
		lower(content);
	for (unsigned i = 0; i < sizeof(hex_table) / sizeof(hex_table[0]); i++) {
		if (hex_table[i].type != type)
			continue;
		for (unsigned word = 0; word < hex_table[i].word_cnt; word++)
			content = skip_word(content);
		lower(content);
	}
}

/* Behind a word or a quoted string. */
static const char *word_end(const char *at)
{
	bool quoted = false;
	for (; *at && (quoted || *at != ' '); at++) {
		if (*at == '\\' && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
	}
	return at;
}

/* Leaves one blank between words, and takes the final dot off those that are names but the root's;
 * only names end in one. */
static void tidy_words(char *content)
{
	char *to = content;
	const char *at = content + strspn(content, " ");
	while (*at) {
		const char *end = word_end(at);
		size_t len = (size_t)(end - at);
		size_t kept = len > 1 && end[-1] == '.' && end[-2] != '\\' ? len - 1 : len;
		memmove(to, at, kept);
		to += kept;
		at = end + strspn(end, " ");
		if (*at)
			*to++ = ' ';
	}
	*to = '\0';
}

int row_text(char *content, size_t content_size, int *prio, uint16_t type, const uint8_t *rdata,
	size_t rdata_len)
{
	*prio = 0;
	if (rdata_to_text(content, content_size, type, rdata, rdata_len) < 0)
		return -1;
	if (has_prio(type) && rdata_len >= 2) {
		const char *rest = skip_word(content);
		*prio = wire_get_u16(rdata);
		memmove(content, rest, strlen(rest) + 1);
	}
	tidy_words(content);
	lower_hex(content, type);
	return 0;
}
