/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * answer_fixture: an engine over published zones in a directory of its own, for its tests, its fuzz
 * target and whoever wants answers from zones given as text. What fails here aborts the program.
 *
 * answer_fixture_zones() publishes the same content four times:
 *
 *   plain.test.   unsigned
 *   nsec.test.    signed, NSEC
 *   nsec3.test.   signed, NSEC3, 1 iteration, a salt
 *   optout.test.  signed, NSEC3 with opt-out
 *
 * and "other.test.", "child.plain.test." (below a delegation of plain.test.) unsigned.
 */
#ifndef TESTS_UNIT_ANSWER_FIXTURE_H
#define TESTS_UNIT_ANSWER_FIXTURE_H

#include "dataplane/answer/answer.h"
#include "tests/unit/message.h"
#include "zonedb/zone.h"

struct answer_fixture {
	char dir[64];
	struct publish_writer *writer;
	struct publish_reader *reader;
	struct answer *answer;
	struct answer_config cfg; /* policies may be changed between questions */
	struct counters counters;
	/* Waits for signatures of a message parked at place (live_fixture.h). */
	enum sigwait_outcome (*wait)(struct answer_fixture *f, uint32_t place);
	uint8_t msg[MSG_LEN_MAX];
	struct message read;
	char text[MESSAGE_TEXT_MAX];
};

/* Makes the directory and publishes nothing yet. */
void answer_fixture_init(struct answer_fixture *f);
/* Publishes a finished zone. */
void answer_fixture_publish(struct answer_fixture *f, const struct zone *zone);
/* Publishes the zones above. */
void answer_fixture_zones(struct answer_fixture *f);
/* Publishes the same content as zones that are signed live: livensec.test., livensec3.test.,
 * liveoptout.test., narrow.test., compact.test. */
void answer_fixture_live_zones(struct answer_fixture *f);
/* The first three of those, signed eagerly. */
void answer_fixture_eager_twins(struct answer_fixture *f);
/* Attaches reader and engine, and removes the directory; nothing can be published any more. */
void answer_fixture_start(struct answer_fixture *f);
void answer_fixture_deinit(struct answer_fixture *f);

/* Answers len octets of f->msg in place; returns octets of the answer, or -1 - verdict. */
int answer_fixture_run(struct answer_fixture *f, size_t len, uint8_t flags, uint16_t out_cap);
/* Asks, and reads the answer, which must be well-formed. */
const struct message *answer_fixture_ask(
	struct answer_fixture *f, const struct message_query *query, uint8_t flags);
/* The same as text (message_text). */
const char *answer_fixture_ask_text(
	struct answer_fixture *f, const struct message_query *query, uint8_t flags);

#endif
