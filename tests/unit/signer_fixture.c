/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/signer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/dnssec/chain.h"
#include "tests/unit/zone_fixture.h"
#include "zonedb/image_build.h"

uint64_t signer_fixture_now_s = SIGNER_FIXTURE_NOW_S;

static uint64_t now_s(void)
{
	return signer_fixture_now_s;
}

/* ---- zones ------------------------------------------------------------------------------------
 */

static void read_zone(struct zone *zone, const char *apex, const char *text, const char *path)
{
	if (path != NULL)
		dnssec_fixture_file(zone, apex, path, DNSSEC_SIGNED);
	else
		dnssec_fixture_zone(zone, apex, text, DNSSEC_SIGNED);
}

static const struct zone_nsec3_param param = {.iterations = 1, .salt_len = 2, .salt = {0xab, 0xcd}};

static void add_chain(struct zone *zone, enum signer_denial denial)
{
	char err[256];
	if (denial == DENIAL_NARROW)
		fixture_narrow(
			zone, param.iterations, param.salt_len, (const char *)param.salt, false);
	else if (denial == DENIAL_COMPACT)
		fixture_compact(zone);
	else
		assert_int_equal(
			dnssec_chain(zone, denial == DENIAL_NSEC3 ? &param : NULL, 1, err), 0);
}

static void make_zones(struct signer_fixture *f, const char *apex, const char *text,
	const char *path, enum signer_denial denial)
{
	char err[256] = "";
	/* fixture_narrow() makes its own NSEC3PARAM */
	struct zone_policy policy = {.nsec3 = denial == DENIAL_NSEC3,
		.nsec3_param = param,
		.publish_cdnskey = true,
		.cds_digest_cnt = 1,
		.cds_digest = {2}};
	const struct dnssec_options opt = {
		.keys = &f->keys,
		.policy = &policy,
		.window = dnssec_window_at(now_s(), SIGNER_FIXTURE_MARGIN_S, 0),
		.thread_cnt = 1,
	};
	keyset_assign_roles(&f->keys, policy.nsec3);
	read_zone(&f->eager, apex, text, path);
	if (dnssec_secure(&f->eager, &opt, err) != 0)
		fail_msg("%s", err);
	read_zone(&f->live, apex, text, path);
	if (dnssec_apex_records(&f->live, &opt, err) != 0)
		fail_msg("%s", err);
	add_chain(&f->live, denial);
	fixture_live(&f->live);
}

void signer_fixture_publish(struct signer_fixture *f)
{
	char err[256];
	struct publish_writer *writer = f->publish.writer;
	struct image_build *build = image_build_new(&f->live, publish_writer_seed(writer), err);
	if (build == NULL)
		fail_msg("%s", err);
	void *image = publish_alloc(writer, image_build_size(build));
	assert_non_null(image);
	image_build_write(build, image);
	image_build_free(build);
	if (publish_commit(writer, image, err) != 0)
		fail_msg("%s", err);
}

/* ---- the signer -------------------------------------------------------------------------------
 */

static void start(struct signer_fixture *f, uint32_t pool_size)
{
	char err[256] = "";
	f->rings_fd = sigring_create(f->publish.dir, UINT32_MAX, UINT32_MAX, err);
	f->rings = f->rings_fd >= 0 ? sigring_map(f->rings_fd, err) : NULL;
	f->reader = f->rings != NULL ? publish_reader_new(f->publish.dir, err) : NULL;
	if (f->reader == NULL)
		fail_msg("%s", err);
	f->slot = publish_slot_take(f->reader, "worker0");
	publish_offline(f->slot);
	f->keytab = keytab_new();
	const struct serve_options opt = {
		.reader = f->reader,
		.rings = f->rings,
		.keytab = f->keytab,
		.now_s = now_s,
		.thread_cnt = 1,
		.pool_size = pool_size,
	};
	f->serve = serve_new(&opt, 0, err);
	if (f->serve == NULL)
		fail_msg("%s", err);
	sigring_client_init(&f->client, f->rings, publish_slot_idx(f->slot));
}

void signer_fixture_begin(struct signer_fixture *f, const char *apex, const char *text,
	const char *path, enum signer_denial denial, uint32_t pool_size)
{
	signer_fixture_now_s = SIGNER_FIXTURE_NOW_S;
	assert_true(publish_fixture_begin(&f->publish, false));
	publish_fixture_open(&f->publish);
	make_zones(f, apex, text, path, denial);
	signer_fixture_publish(f);
	start(f, pool_size);
}

void signer_fixture_end(struct signer_fixture *f)
{
	serve_free(f->serve);
	keytab_free(f->keytab);
	publish_slot_give(f->slot);
	publish_reader_free(f->reader);
	sigring_close(f->rings);
	close(f->rings_fd);
	zone_deinit(&f->eager);
	zone_deinit(&f->live);
	keyset_deinit(&f->keys);
	publish_fixture_end(&f->publish);
	*f = (struct signer_fixture){0};
}

unsigned signer_fixture_put(struct keytab *tab, const struct signer_key_set *set)
{
	struct protocol_message msg;
	size_t len;
	uint8_t *frame = protocol_set(&len, ORDER_SET, set);
	assert_non_null(frame);
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	unsigned verdict = keytab_put(tab, &msg);
	key_secret_free(frame);
	return verdict;
}

unsigned signer_fixture_keys(struct signer_fixture *f)
{
	const struct signer_key_set set = {
		.apex = f->live.apex,
		.live_id = {f->live.live_id[0], f->live.live_id[1]},
		.inception_margin_s = SIGNER_FIXTURE_MARGIN_S,
		.keys = &f->keys,
	};
	return signer_fixture_put(f->keytab, &set);
}

enum sign_status signer_fixture_ask(struct signer_fixture *f, const struct signer_ask *ask)
{
	struct sigring_request req = {
		.ticket = ++f->ticket,
		.week = ask->week != 0 ? ask->week : sig_week(now_s()),
		.type = ask->type,
		.kind = (uint8_t)ask->kind,
		.apex = ask->apex != NULL ? ask->apex : f->live.apex,
		.name = ask->name,
		.name_len = ask->name_len,
	};
	req.apex_len = (uint8_t)dname_len(req.apex);
	if (req.name_len == 0 && req.name != NULL)
		req.name_len = (uint8_t)dname_len(req.name);
	assert_int_equal(sigring_client_ask(&f->client, &req), 0);
	sigring_client_flush(&f->client);
	serve_round(f->serve);
	assert_int_equal(sigring_client_next(&f->client, &f->resp), 1);
	assert_int_equal(f->resp.ticket, req.ticket);
	assert_int_equal(sigring_response_check(&f->resp, req.apex_len), 0);
	sigring_client_flush(&f->client);
	return f->resp.status;
}

enum sign_status signer_fixture_ask_name(
	struct signer_fixture *f, enum sign_kind kind, const char *name, uint16_t type)
{
	uint8_t wire[DNAME_LEN_MAX];
	int len = dname_from_text(wire, name);
	assert_true(len > 0);
	const struct signer_ask ask = {.kind = kind, .type = type, .name = wire};
	return signer_fixture_ask(f, &ask);
}
