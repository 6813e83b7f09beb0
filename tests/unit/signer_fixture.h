/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signer_fixture: a published live-signed zone, the same zone signed the eager way, and a signer
 * thread's work in this thread, asked through the rings as a data plane would. What fails here
 * fails the test.
 */
#ifndef TESTS_UNIT_SIGNER_FIXTURE_H
#define TESTS_UNIT_SIGNER_FIXTURE_H

#include "control/signer/link.h"
#include "control/signer/serve.h"
#include "tests/unit/dnssec_fixture.h"
#include "tests/unit/publish_fixture.h"

#define SIGNER_FIXTURE_WEEK	2968U /* the one FIXTURE_NOW_S lies in */
#define SIGNER_FIXTURE_NOW_S	(SIGNER_FIXTURE_WEEK * UINT64_C(604800) + 1000)
#define SIGNER_FIXTURE_MARGIN_S 604800U

enum signer_denial { DENIAL_NSEC, DENIAL_NSEC3, DENIAL_NARROW, DENIAL_COMPACT };

struct signer_fixture {
	struct publish_fixture publish;
	struct keyset keys; /* to be filled before signer_fixture_begin() */
	struct zone eager;  /* NSEC or NSEC3 */
	struct zone live;
	int rings_fd;
	struct sigring *rings;
	struct publish_reader *reader;
	struct publish_slot *slot; /* the data plane's */
	struct keytab *keytab;
	struct serve *serve;
	struct sigring_client client;
	struct sigring_response resp; /* the last one; payload in .client */
	uint64_t ticket;
};

extern uint64_t signer_fixture_now_s; /* the signer's clock */

/* Publishes the zone, as master-file text or a file, and starts; no keys are handed over. */
void signer_fixture_begin(struct signer_fixture *f, const char *apex, const char *text,
	const char *path, enum signer_denial denial, uint32_t pool_size);
void signer_fixture_end(struct signer_fixture *f);
/* Makes the live zone's image anew, and publishes it. */
void signer_fixture_publish(struct signer_fixture *f);

/* Hands over the keys, in the words control would use. Returns the verdict. */
unsigned signer_fixture_keys(struct signer_fixture *f);
unsigned signer_fixture_put(struct keytab *tab, const struct signer_key_set *set);

/* Puts a request through the rings; f->resp is the response, its status is returned. week 0: the
 * current one. name in wire format, or NULL for none. */
struct signer_ask {
	enum sign_kind kind;
	uint16_t type;
	uint32_t week;
	const uint8_t *apex; /* NULL: the zone's */
	const uint8_t *name;
	uint8_t name_len; /* 0: a name, take its length */
};
enum sign_status signer_fixture_ask(struct signer_fixture *f, const struct signer_ask *ask);
/* The same for an owner in presentation format. */
enum sign_status signer_fixture_ask_name(
	struct signer_fixture *f, enum sign_kind kind, const char *name, uint16_t type);

#endif
