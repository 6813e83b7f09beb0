/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/live_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/signer/record.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define CACHE_LEN (UINT64_C(1) << 20)

static void require(bool ok, const char *what, const char *detail)
{
	if (ok)
		return;
	fprintf(stderr, "live_fixture: %s: %s\n", what, detail);
	abort();
}

/* ---- signer --------------------------------------------------------------------------------- */

/* Octet i of the owner as fixture_sign() looks at it: round and round, of NSEC3 records only the
 * hash. */
static uint8_t owner_octet(const struct record *record, unsigned i)
{
	const uint8_t *owner = record->what.owner;
	if (record->what.type != RRTYPE_NSEC3)
		return owner[i % record->what.owner_len];
	i %= 1 + NSEC3_LABEL_LEN + 1;
	return i <= NSEC3_LABEL_LEN ? owner[i] : 0;
}

static uint16_t make_payload(uint8_t *payload, const struct record *record)
{
	const struct tbs_rrset *what = &record->what;
	struct wire_writer w = wire_writer_init(payload, SIG_PAYLOAD_MAX);
	wire_write_u16(&w, RRTYPE_RRSIG);
	wire_write_u16(&w, RRCLASS_IN);
	wire_write_u32(&w, record->sig_ttl_s);
	wire_write_u16(&w, (uint16_t)(18 + what->apex_len + 64));
	wire_write_u16(&w, what->type);
	wire_write_u8(&w, 13);
	wire_write_u8(&w, (uint8_t)what->label_cnt);
	wire_write_u32(&w, what->ttl_s);
	wire_write_u32(&w, 1800000000);
	wire_write_u32(&w, 1700000000);
	wire_write_u16(&w, 12345);
	for (unsigned i = 0; i < 64; i++)
		wire_write_u8(&w, (uint8_t)(owner_octet(record, i) * 7 + what->type + i));
	return (uint16_t)wire_writer_len(&w);
}

static const struct image_header *find_image(
	struct live_fixture *f, const struct sigring_request *req)
{
	struct publish_zone_search search;
	struct qname q;
	require(qname_read(&q, req->apex, req->apex_len) == req->apex_len, "request", "apex");
	publish_zone_prepare(f->answer.reader, &search, &q);
	return publish_zone_find(f->answer.reader, &search, &q, q.label_cnt);
}

static void reply(struct live_fixture *f, const struct sigring_request *req)
{
	static struct record_space space;
	static uint8_t payload[SIG_PAYLOAD_MAX];
	struct record record;
	struct sigring_response resp = {
		.ticket = req->ticket, .week = req->week, .payload = payload};
	const struct image_header *img = find_image(f, req);
	resp.status = img == NULL ? SIGN_NO_ZONE : record_find(&record, &space, img, req);
	if (f->signer == LIVE_SIGNER_REFUSES)
		resp.status = SIGN_NO_KEY;
	if (resp.status == SIGN_OK) {
		resp.sig_cnt = 1;
		resp.key = record.key;
		resp.len = make_payload(payload, &record);
		f->signed_cnt++;
	}
	if (f->signer == LIVE_SIGNER_WRONG_KEY)
		resp.key.v[1] ^= 1;
	if (f->signer == LIVE_SIGNER_RUBBISH)
		memset(payload, 0xff, 32);
	sigring_server_reply(&f->server, &resp);
}

void live_fixture_sign(struct live_fixture *f)
{
	struct sigring_request req;
	if (f->signer == LIVE_SIGNER_DEAD)
		return;
	while (sigring_server_next(&f->server, &req))
		reply(f, &req);
	sigring_server_flush(&f->server);
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* What the caller of the engine does while its one message is parked. */
static enum sigwait_outcome wait_for(struct answer_fixture *answer, uint32_t place)
{
	struct live_fixture *f = (struct live_fixture *)answer;
	struct sigwait_done done;
	unsigned cnt = sigthread_poll(&f->sigs, f->tick, &done, 1);
	if (cnt == 0) {
		live_fixture_sign(f);
		cnt = sigthread_poll(&f->sigs, f->tick, &done, 1);
	}
	if (cnt == 0) {
		f->tick += SIGWAIT_TIMEOUT_MS;
		cnt = sigthread_poll(&f->sigs, f->tick, &done, 1);
	}
	require(cnt == 1 && done.place == place, "wait", "another place");
	require(sigwait_parked(f->sigs.wait) == 0, "wait", "places left");
	if (f->forgetful)
		live_fixture_forget(f);
	if (f->before_again != NULL)
		f->before_again(f);
	sigthread_begin(&f->sigs, f->tick);
	f->again_cnt++;
	return done.outcome;
}

/* ---- life ----------------------------------------------------------------------------------- */

void live_fixture_init(struct live_fixture *f)
{
	char err[256], path[96];
	memset(f, 0, sizeof(*f));
	answer_fixture_init(&f->answer);
	int fd = sigring_create(f->answer.dir, UINT32_MAX, UINT32_MAX, err);
	require(fd >= 0, "sigring_create", err);
	f->rings = sigring_map(fd, err);
	require(f->rings != NULL, "sigring_map", err);
	close(fd);
	snprintf(path, sizeof(path), "%s/sigrings", f->answer.dir);
	unlink(path);
	sigring_server_init(&f->server, f->rings, 0);
	wallclock_set(&f->clock, LIVE_FIXTURE_NOW_S);
}

void live_fixture_start(struct live_fixture *f, uint32_t place_cnt)
{
	char err[256];
	answer_fixture_start(&f->answer);
	f->place_cnt = place_cnt;
	const struct sigthread_config cfg = {.rings = f->rings,
		.clock = &f->clock,
		.cache_len = CACHE_LEN,
		.place_cnt = place_cnt};
	require(sigthread_init(&f->sigs, &cfg, 0, 1000, &f->answer.counters, err) == 0,
		"sigthread_init", err);
	sigthread_begin(&f->sigs, f->tick);
	answer_set_live(f->answer.answer, &f->sigs);
	f->answer.wait = wait_for;
}

void live_fixture_deinit(struct live_fixture *f)
{
	answer_fixture_deinit(&f->answer);
	sigthread_deinit(&f->sigs);
	sigring_close(f->rings);
}

/* By way of another one. */
void live_fixture_forget(struct live_fixture *f)
{
	char err[256];
	struct sigthread fresh;
	const struct sigthread_config cfg = {.rings = f->rings,
		.clock = &f->clock,
		.cache_len = CACHE_LEN,
		.place_cnt = f->place_cnt};
	require(sigthread_init(&fresh, &cfg, 0, 1000, &f->answer.counters, err) == 0,
		"sigthread_init", err);
	sigthread_deinit(&f->sigs);
	f->sigs = fresh;
	sigthread_begin(&f->sigs, f->tick);
}
