/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * live_fixture: the engine over live zones, with rings to a signer that is a few lines of this
 * file: it finds what it is asked for as the real one does, and signs as fixture_sign() does, so
 * that answers can be compared octet by octet with those of an eager zone. It can be told to fail
 * in every way there is. What fails here aborts the program.
 *
 *   live_fixture_init(&f);
 *   answer_fixture_live_zones(&f.answer); ...
 *   live_fixture_start(&f);
 *   answer_fixture_ask(&f.answer, ...)        messages that are parked wait for the signer there
 */
#ifndef TESTS_UNIT_LIVE_FIXTURE_H
#define TESTS_UNIT_LIVE_FIXTURE_H

#include "tests/unit/answer_fixture.h"
#include "zonedb/sigring.h"

#define LIVE_FIXTURE_NOW_S UINT64_C(1750000000) /* in the middle of a week */

/* What the signer does with requests. */
enum live_signer {
	LIVE_SIGNER_GOOD = 0,
	LIVE_SIGNER_DEAD,      /* reads nothing */
	LIVE_SIGNER_REFUSES,   /* all */
	LIVE_SIGNER_WRONG_KEY, /* signs something else, as far as the key tells */
	LIVE_SIGNER_RUBBISH,   /* payloads that are none */
};

struct live_fixture {
	struct answer_fixture answer; /* first: what the wait of answer_fixture gets */
	struct sigring *rings;
	struct sigring_server server;
	struct sigthread sigs;
	struct wallclock clock;
	uint64_t tick; /* milliseconds */
	uint32_t place_cnt;
	enum live_signer signer;
	bool forgetful;	     /* the cache is emptied whenever a message goes again */
	unsigned signed_cnt; /* requests answered with signatures */
	unsigned again_cnt;  /* times a message went through the engine again */
	void (*before_again)(struct live_fixture *f); /* called then; NULL = nothing */
};

void live_fixture_init(struct live_fixture *f);
/* place_cnt: messages that may wait. */
void live_fixture_start(struct live_fixture *f, uint32_t place_cnt);
void live_fixture_deinit(struct live_fixture *f);

/* Answers what the engine has asked for, as f->signer says. */
void live_fixture_sign(struct live_fixture *f);
/* Empties the cache. */
void live_fixture_forget(struct live_fixture *f);

#endif
