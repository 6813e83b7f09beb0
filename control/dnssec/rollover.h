/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rollover: the steps by which keys of a zone give way to others without its becoming bogus
 * (RFC 6781, 4.1; timing: RFC 7583). Pure: what the world is like comes in as facts, what is to be
 * done goes out as the states keys are to have.
 *
 *   kind        step        old keys       new keys       over when
 *   zsk         published   sign, shown    shown          DNSKEY TTL
 *               signing     shown          sign, shown    TTL of the zone's data
 *   ksk         both        sign, shown    sign, shown    DNSKEY TTL
 *               parent      sign, shown    sign, shown    the parent has the new DS, and its TTL
 *   csk         both        sign, shown    sign, shown    TTL of the zone's data
 *               parent      sign, shown    sign, shown    the parent has the new DS, and its TTL
 *               retired     shown          sign, shown    TTL of the zone's data
 *   algorithm   signed      sign, shown    sign           TTL of the zone's data
 *               published   sign, shown    sign, shown    DNSKEY TTL
 *               parent      sign, shown    sign, shown    the parent has the new DS only, and its
 * TTL withdrawn   sign           sign, shown    DNSKEY TTL
 *
 * Behind the last step old keys are removed. Each wait also has the propagation delay: the time
 * until every server of the zone, or of its parent, says the new.
 *
 * A rollover is kept as one line of text, metadata X-ENSIGN-ROLLOVER of the zone.
 */
#ifndef CONTROL_DNSSEC_ROLLOVER_H
#define CONTROL_DNSSEC_ROLLOVER_H

#include <stdbool.h>
#include <stdint.h>

#define ROLLOVER_META_KIND "X-ENSIGN-ROLLOVER"
#define ROLLOVER_KEY_MAX   8
#define ROLLOVER_TEXT_MAX  512

enum rollover_kind {
	ROLLOVER_ZSK,
	ROLLOVER_KSK,
	ROLLOVER_CSK,
	ROLLOVER_ALGORITHM,
	ROLLOVER_KIND_CNT,
};

/* What keys do in a step; none: removed. */
enum rollover_key_state {
	ROLLOVER_SIGNS = 1 << 0, /* active */
	ROLLOVER_SHOWN = 1 << 1, /* published */
};

struct rollover_keys {
	uint64_t id[ROLLOVER_KEY_MAX];
	unsigned cnt;
};

struct rollover {
	uint8_t kind;	  /* enum rollover_kind */
	uint8_t step;	  /* index of the table above */
	uint64_t since_s; /* Unix time from which on the step's TTL counts; 0: not yet */
	struct rollover_keys old_keys, new_keys;
};

struct rollover_facts {
	uint64_t now_s;
	uint32_t dnskey_ttl_s;
	uint32_t data_ttl_s;	/* largest of the zone, that of DNSKEY included */
	uint32_t ds_ttl_s;	/* at the parent */
	uint32_t propagation_s; /* of the zone or the parent */
	bool ds_has_new;	/* every server of the parent has a DS of each new entry point */
	bool ds_has_old;	/* some server has one of an old one */
};

enum rollover_outcome {
	ROLLOVER_WAIT,	      /* until *until_s */
	ROLLOVER_WAIT_PARENT, /* until the parent has what it is to have */
	ROLLOVER_STEP,	      /* the next step may be taken, or, behind the last, the end */
};

/* Whether the step is over. Sets r->since_s when what it waits for begins to count: the caller
 * keeps r. */
enum rollover_outcome rollover_look(
	struct rollover *r, const struct rollover_facts *facts, uint64_t *until_s);
/* Takes the next step at now_s; false if there is none: old keys are to be removed, r is over. */
bool rollover_advance(struct rollover *r, uint64_t now_s);
/* States keys are to have in the step: enum rollover_key_state. */
unsigned rollover_old_state(const struct rollover *r);
unsigned rollover_new_state(const struct rollover *r);
/* Whether the step waits for the parent. */
bool rollover_asks_parent(const struct rollover *r);
/* Whether the new keys may still be taken back: the old ones sign, and are shown. */
bool rollover_can_abort(const struct rollover *r);

const char *rollover_kind_name(enum rollover_kind kind);
const char *rollover_step_name(const struct rollover *r);
/* The kind of a word, or -1. */
int rollover_kind_from_text(const char *text);

/* "zsk published 1795600000 old=1,2 new=3" and back; -1 if the text is none such. */
char *rollover_to_text(char dst[static ROLLOVER_TEXT_MAX], const struct rollover *r);
int rollover_from_text(struct rollover *r, const char *text) __attribute__((warn_unused_result));

#endif
