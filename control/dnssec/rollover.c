/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/rollover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum wait { WAIT_DNSKEY, WAIT_DATA, WAIT_DS, WAIT_DS_ALONE };

struct step {
	const char *name; /* NULL: the end of the kind's steps */
	uint8_t old_state;
	uint8_t new_state;
	uint8_t wait; /* enum wait */
};

#define BOTH (ROLLOVER_SIGNS | ROLLOVER_SHOWN)

static const struct kind {
	const char *name;
	struct step step[5];
} kind_table[ROLLOVER_KIND_CNT] = {
	[ROLLOVER_ZSK] = {"zsk", {{"published", BOTH, ROLLOVER_SHOWN, WAIT_DNSKEY},
					 {"signing", ROLLOVER_SHOWN, BOTH, WAIT_DATA}}},
	[ROLLOVER_KSK] = {"ksk",
		{{"both", BOTH, BOTH, WAIT_DNSKEY}, {"parent", BOTH, BOTH, WAIT_DS}}},
	[ROLLOVER_CSK] = {"csk", {{"both", BOTH, BOTH, WAIT_DATA}, {"parent", BOTH, BOTH, WAIT_DS},
					 {"retired", ROLLOVER_SHOWN, BOTH, WAIT_DATA}}},
	[ROLLOVER_ALGORITHM] = {"algorithm",
		{{"signed", BOTH, ROLLOVER_SIGNS, WAIT_DATA},
			{"published", BOTH, BOTH, WAIT_DNSKEY},
			{"parent", BOTH, BOTH, WAIT_DS_ALONE},
			{"withdrawn", ROLLOVER_SIGNS, BOTH, WAIT_DNSKEY}}},
};

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

static bool parent_is_ready(const struct rollover_facts *facts, enum wait wait)
{
	return facts->ds_has_new && (wait == WAIT_DS || !facts->ds_has_old);
}

enum rollover_outcome rollover_look(
	struct rollover *r, const struct rollover_facts *facts, uint64_t *until_s)
{
	const struct step *step = step_of(r);
	*until_s = 0;
	if (rollover_asks_parent(r) && !parent_is_ready(facts, step->wait)) {
		r->since_s = 0; /* also where the parent has changed its mind */
		return ROLLOVER_WAIT_PARENT;
	}
	if (r->since_s == 0)
		r->since_s = facts->now_s;
	*until_s = r->since_s + ttl_of(facts, step->wait) + facts->propagation_s;
	return facts->now_s > *until_s ? ROLLOVER_STEP : ROLLOVER_WAIT;
}

bool rollover_advance(struct rollover *r, uint64_t now_s)
{
	if (step_of(r)[1].name == NULL)
		return false;
	r->step++;
	r->since_s = rollover_asks_parent(r) ? 0 : now_s;
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

bool rollover_can_abort(const struct rollover *r)
{
	return step_of(r)->old_state == BOTH;
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
	snprintf(dst, ROLLOVER_TEXT_MAX, "%s %s %" PRIu64, rollover_kind_name(r->kind),
		rollover_step_name(r), r->since_s);
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
		if (keys->cnt == ROLLOVER_KEY_MAX || *text < '0' || *text > '9')
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
	if (sscanf(text, "%15s %15s %" SCNu64 " old=%199s new=%199s%n", kind, step, &r->since_s,
		    old_ids, new_ids, &end) != 5 ||
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
