/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * rollover: the steps by which keys of a zone give way to others without its becoming bogus
 * (RFC 6781, 4.1; timing: RFC 7583). Pure: what the world is like comes in as facts, what is to be
 * done goes out as the states keys are to have.
 *
 *   kind       step       old  new  CDS  waits for                           back
 *   zsk        published  S P    P  old  DNSKEY TTL                          remove
 *              signing      P  S P  new  TTL of the zone's data              signing
 *   ksk        both       S P  S P  old  DNSKEY TTL                          remove
 *              parent     S P  S P  new  DS of new at the parent, then TTL   parent
 *   csk        both       S P  S P  old  TTL of the zone's data              remove
 *              parent     S P  S P  new  DS of new at the parent, then TTL   parent
 *              retired      P  S P  new  TTL of the zone's data              both
 *   algorithm  signed     S P  S    old  TTL of the zone's data              remove
 *              published  S P  S P  old  DNSKEY TTL                          withdrawn
 *              parent     S P  S P  new  DS of new alone there, then TTL     parent
 *              withdrawn  S    S P  new  DNSKEY TTL                          published
 *
 * S: the keys sign; P: they are shown, published as DNSKEY.
 * Behind the last step old keys are removed. A step's time counts from when all servers of the zone
 * were seen to serve it, or the parent's to have the DS; each wait also has a propagation delay,
 * for servers that were not asked. TTLs are the largest seen since the step began: lowering one
 * does not empty a cache. CDS and CDNSKEY, where the zone publishes them, tell the parent of those
 * keys only.
 *
 * Back: what becomes of a rollover that is given up. New keys nobody relies on can be removed at
 * once; else old and new change places and it goes on, by the same rules, with the step named here.
 *
 * A rollover is kept as one line of text, metadata X-ENSIGN-ROLLOVER of the zone.
 */
#ifndef CONTROL_DNSSEC_ROLLOVER_H
#define CONTROL_DNSSEC_ROLLOVER_H

#include <stdbool.h>
#include <stdint.h>

#define ROLLOVER_META_KIND "X-ENSIGN-ROLLOVER"
#define ROLLOVER_KEY_MAX   8 /* keys of one zone that go at once: two of each of four algorithms */
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
	uint32_t ttl_s;	  /* largest TTL seen of what the step waits for */
	struct rollover_keys old_keys, new_keys;
};

struct rollover_facts {
	uint64_t now_s;
	uint32_t dnskey_ttl_s;
	uint32_t data_ttl_s; /* largest of the zone, that of DNSKEY included */
	uint32_t ds_ttl_s;   /* at the parent */
	uint32_t zone_propagation_s;
	uint32_t parent_propagation_s;
	bool is_served;	 /* every server asked shows and uses the keys as the step wants it */
	bool ds_has_new; /* every server of the parent has a DS of each new entry point */
	bool ds_has_old; /* some server has one of an old one */
};

enum rollover_outcome {
	ROLLOVER_WAIT,	      /* until rollover_until() */
	ROLLOVER_WAIT_SERVED, /* until all servers serve the step */
	ROLLOVER_WAIT_PARENT, /* until the parent has what it is to have */
	ROLLOVER_STEP,	      /* the next step may be taken, or, behind the last, the end */
};

/* Whether the step is over. Notes in r what it waits for and since when: the caller keeps r. */
enum rollover_outcome rollover_look(struct rollover *r, const struct rollover_facts *facts);
/* When the step will be over, as far as is known: 0 before its time counts. Of facts only the
 * propagation delays are looked at. */
uint64_t rollover_until(const struct rollover *r, const struct rollover_facts *facts);
/* Takes the next step; false if there is none: old keys are to be removed, r is over. */
bool rollover_advance(struct rollover *r);
/* Gives the rollover up; false if it is over by that: new keys are to be removed. */
bool rollover_turn_back(struct rollover *r);
/* States keys are to have in the step: enum rollover_key_state. */
unsigned rollover_old_state(const struct rollover *r);
unsigned rollover_new_state(const struct rollover *r);
/* Whether the step waits for the parent, and whether for old DS to be gone, too. */
bool rollover_asks_parent(const struct rollover *r);
bool rollover_wants_new_alone(const struct rollover *r);
/* Whether the parent is not (or no longer) to be told of this key: CDS, CDNSKEY. */
bool rollover_hides(const struct rollover *r, uint64_t key_id);

const char *rollover_kind_name(enum rollover_kind kind);
const char *rollover_step_name(const struct rollover *r);
/* The kind of a word, or -1. */
int rollover_kind_from_text(const char *text);

/* "zsk published since=1795600000 ttl=900 old=1,2 new=3" and back; -1 if the text is none such. */
char *rollover_to_text(char dst[static ROLLOVER_TEXT_MAX], const struct rollover *r);
int rollover_from_text(struct rollover *r, const char *text) __attribute__((warn_unused_result));

#endif
