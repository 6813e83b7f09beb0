/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/rollover.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum wait { WAIT_DNSKEY, WAIT_DATA, WAIT_DS, WAIT_DS_ALONE };
enum cds { CDS_OLD, CDS_NEW };

#define BACK_REMOVE UINT8_MAX

struct step {
	const char *name; /* NULL: the end of the kind's steps */
	uint8_t old_state;
	uint8_t new_state;
	uint8_t cds;  /* enum cds */
	uint8_t wait; /* enum wait */
	uint8_t back; /* index of the step, old and new having changed places; BACK_REMOVE */
};

#define SIGNS ROLLOVER_SIGNS
#define SHOWN ROLLOVER_SHOWN
#define BOTH  (ROLLOVER_SIGNS | ROLLOVER_SHOWN)

/* clang-format off */
static const struct kind {
	const char *name;
	struct step step[5];
} kind_table[ROLLOVER_KIND_CNT] = {
	[ROLLOVER_ZSK] = {"zsk", {
		{"published", BOTH,  SHOWN, CDS_OLD, WAIT_DNSKEY,   BACK_REMOVE},
		{"signing",   SHOWN, BOTH,  CDS_NEW, WAIT_DATA,     1}}},
	[ROLLOVER_KSK] = {"ksk", {
		{"both",      BOTH,  BOTH,  CDS_OLD, WAIT_DNSKEY,   BACK_REMOVE},
		{"parent",    BOTH,  BOTH,  CDS_NEW, WAIT_DS,       1}}},
	[ROLLOVER_CSK] = {"csk", {
		{"both",      BOTH,  BOTH,  CDS_OLD, WAIT_DATA,     BACK_REMOVE},
		{"parent",    BOTH,  BOTH,  CDS_NEW, WAIT_DS,       1},
		{"retired",   SHOWN, BOTH,  CDS_NEW, WAIT_DATA,     0}}},
	[ROLLOVER_ALGORITHM] = {"algorithm", {
		{"signed",    BOTH,  SIGNS, CDS_OLD, WAIT_DATA,     BACK_REMOVE},
		{"published", BOTH,  BOTH,  CDS_OLD, WAIT_DNSKEY,   3},
		{"parent",    BOTH,  BOTH,  CDS_NEW, WAIT_DS_ALONE, 2},
		{"withdrawn", SIGNS, BOTH,  CDS_NEW, WAIT_DNSKEY,   1}}},
};
/* clang-format on */

static const struct step *step_of(const struct rollover *r)
{
	return &kind_table[r->kind].step[r->step];
}

static uint32_t ttl_of(const struct rollover_facts *facts, enum wait wait)
{
	if (wait == WAIT_DNSKEY)
		return facts->dnskey_ttl_s;
	return wait == WAIT_DATA ? facts->data_ttl_s : facts->ds_ttl_s;
}

static bool parent_is_ready(const struct rollover *r, const struct rollover_facts *facts)
{
	return facts->ds_has_new && !(rollover_wants_new_alone(r) && facts->ds_has_old);
}

enum rollover_outcome rollover_look(struct rollover *r, const struct rollover_facts *facts)
{
	uint32_t ttl_s = ttl_of(facts, step_of(r)->wait);
	if (ttl_s > r->ttl_s)
		r->ttl_s = ttl_s;
	if (r->since_s == 0 && !facts->is_served)
		return ROLLOVER_WAIT_SERVED;
	if (rollover_asks_parent(r) && !parent_is_ready(r, facts)) {
		r->since_s = 0; /* also where the parent has changed its mind */
		return ROLLOVER_WAIT_PARENT;
	}
	if (r->since_s == 0)
		r->since_s = facts->now_s;
	return facts->now_s > rollover_until(r, facts) ? ROLLOVER_STEP : ROLLOVER_WAIT;
}

uint64_t rollover_until(const struct rollover *r, const struct rollover_facts *facts)
{
	uint32_t propagation_s =
		rollover_asks_parent(r) ? facts->parent_propagation_s : facts->zone_propagation_s;
	return r->since_s == 0 ? 0 : r->since_s + r->ttl_s + propagation_s;
}

static void enter(struct rollover *r, uint8_t step)
{
	r->step = step;
	r->since_s = 0;
	r->ttl_s = 0;
}

bool rollover_advance(struct rollover *r)
{
	if (step_of(r)[1].name == NULL)
		return false;
	enter(r, r->step + 1);
	return true;
}

bool rollover_turn_back(struct rollover *r)
{
	struct rollover_keys old_keys = r->old_keys;
	if (step_of(r)->back == BACK_REMOVE)
		return false;
	r->old_keys = r->new_keys;
	r->new_keys = old_keys;
	enter(r, step_of(r)->back);
	return true;
}

unsigned rollover_old_state(const struct rollover *r)
{
	return step_of(r)->old_state;
}

unsigned rollover_new_state(const struct rollover *r)
{
	return step_of(r)->new_state;
}

bool rollover_asks_parent(const struct rollover *r)
{
	return step_of(r)->wait == WAIT_DS || step_of(r)->wait == WAIT_DS_ALONE;
}

bool rollover_wants_new_alone(const struct rollover *r)
{
	return step_of(r)->wait == WAIT_DS_ALONE;
}

bool rollover_hides(const struct rollover *r, uint64_t key_id)
{
	const struct rollover_keys *hidden =
		step_of(r)->cds == CDS_NEW ? &r->old_keys : &r->new_keys;
	for (unsigned i = 0; i < hidden->cnt; i++)
		if (hidden->id[i] == key_id)
			return true;
	return false;
}

/* ---- words ---------------------------------------------------------------------------------- */

const char *rollover_kind_name(enum rollover_kind kind)
{
	return kind_table[kind].name;
}

const char *rollover_step_name(const struct rollover *r)
{
	return step_of(r)->name;
}

int rollover_kind_from_text(const char *text)
{
	for (unsigned i = 0; i < ROLLOVER_KIND_CNT; i++)
		if (!strcasecmp(text, kind_table[i].name))
			return (int)i;
	return -1;
}

static int step_from_text(unsigned kind, const char *text)
{
	const struct step *step = kind_table[kind].step;
	for (int i = 0; step[i].name; i++)
		if (!strcmp(text, step[i].name))
			return i;
	return -1;
}

static void append_keys(char *text, const char *field, const struct rollover_keys *keys)
{
	size_t len = strlen(text);
	len += (size_t)snprintf(text + len, ROLLOVER_TEXT_MAX - len, " %s=", field);
	for (unsigned i = 0; i < keys->cnt; i++)
		len += (size_t)snprintf(text + len, ROLLOVER_TEXT_MAX - len, "%s%" PRIu64,
			i ? "," : "", keys->id[i]);
}

char *rollover_to_text(char dst[static ROLLOVER_TEXT_MAX], const struct rollover *r)
{
	snprintf(dst, ROLLOVER_TEXT_MAX, "%s %s since=%" PRIu64 " ttl=%" PRIu32,
		rollover_kind_name(r->kind), rollover_step_name(r), r->since_s, r->ttl_s);
	append_keys(dst, "old", &r->old_keys);
	append_keys(dst, "new", &r->new_keys);
	return dst;
}

/* "1,2,3", at least one. */
static int keys_from_text(struct rollover_keys *keys, const char *text)
{
	keys->cnt = 0;
	do {
		char *end;
		if (keys->cnt == ROLLOVER_KEY_MAX || !isdigit((unsigned char)*text))
			return -1;
		keys->id[keys->cnt++] = strtoull(text, &end, 10);
		text = end + (*end == ',');
	} while (*text);
	return text[-1] == ',' ? -1 : 0;
}

int rollover_from_text(struct rollover *r, const char *text)
{
	char kind[16], step[16], old_ids[200], new_ids[200];
	int end = -1;
	*r = (struct rollover){0};
	if (sscanf(text, "%15s %15s since=%" SCNu64 " ttl=%" SCNu32 " old=%199s new=%199s%n", kind,
		    step, &r->since_s, &r->ttl_s, old_ids, new_ids, &end) != 6 ||
		end < 0 || text[end])
		return -1;
	int kind_i = rollover_kind_from_text(kind);
	int step_i = kind_i < 0 ? -1 : step_from_text((unsigned)kind_i, step);
	if (step_i < 0)
		return -1;
	r->kind = (uint8_t)kind_i;
	r->step = (uint8_t)step_i;
	return keys_from_text(&r->old_keys, old_ids) || keys_from_text(&r->new_keys, new_ids) ? -1
											      : 0;
}
