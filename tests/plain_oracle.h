/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * plain_oracle: a line read by plain_record() and by libzscanner, compared. For the unit test and
 * the fuzzer.
 */
#ifndef TESTS_PLAIN_ORACLE_H
#define TESTS_PLAIN_ORACLE_H

#include <stdlib.h>
#include <string.h>

#include "control/source/plain_record.h"
#include "zonedb/dname.h"

struct plain_oracle {
	zs_scanner_t plain;
	zs_scanner_t scanner;
	int start_state;
};

static inline void plain_oracle_begin(zs_scanner_t *s)
{
	static const uint8_t owner[] = "\6before\7example";
	if (zs_init(s, "Origin.example.", 1, 77) < 0)
		abort();
	memcpy(s->r_owner, owner, sizeof(owner));
	s->r_owner_length = sizeof(owner);
}

static inline struct plain_oracle *plain_oracle_new(void)
{
	struct plain_oracle *o = calloc(1, sizeof(*o));
	if (o == NULL)
		abort();
	plain_oracle_begin(&o->plain);
	plain_oracle_begin(&o->scanner);
	o->start_state = o->scanner.cs;
	return o;
}

static inline void plain_oracle_free(struct plain_oracle *o)
{
	zs_deinit(&o->plain);
	zs_deinit(&o->scanner);
	free(o);
}

static inline const char *plain_oracle_difference(const zs_scanner_t *a, zs_scanner_t *b)
{
	dname_lower(b->r_owner, b->r_owner, b->r_owner_length);
	if (a->r_owner_length != b->r_owner_length ||
		memcmp(a->r_owner, b->r_owner, a->r_owner_length) != 0)
		return "owner";
	if (a->r_ttl != b->r_ttl)
		return "TTL";
	if (a->r_class != b->r_class || a->r_type != b->r_type)
		return "class or type";
	if (a->r_data_length != b->r_data_length ||
		memcmp(a->r_data, b->r_data, a->r_data_length) != 0)
		return "rdata";
	return NULL;
}

/* 1: both give the same record. 0: the line is not plain. -1 with *difference. */
static inline int plain_oracle_compare(
	struct plain_oracle *o, const char *line, size_t len, const char **difference)
{
	zs_scanner_t *s = &o->scanner;
	*difference = "not taken";
	if (!plain_record(&o->plain, line, len))
		return 0;
	char *text = malloc(len + 1);
	if (text == NULL)
		abort();
	memcpy(text, line, len);
	text[len] = '\n';
	s->cs = o->start_state;
	s->top = 0;
	s->multiline = false;
	*difference = "the scanner refuses it";
	if (zs_set_input_string(s, text, len + 1) == 0 && zs_parse_record(s) == 0 &&
		s->state == ZS_STATE_DATA)
		*difference = plain_oracle_difference(&o->plain, s);
	free(text);
	return *difference == NULL ? 1 : -1;
}

#endif
