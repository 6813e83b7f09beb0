/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two threads of the signer at their rings, while key sets come and go and images are published
 * beside them: whatever is signed is signed with the keys of the image that was served.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/signer/bulk.h"
#include "tests/unit/signer_fixture.h"
#include "zonedb/rrtype.h"

#define TEXT	    "@ 3600 SOA a b 1 7200 3600 1209600 300\n@ 3600 NS a\nwww 60 A 192.0.2.7\n"
#define THREAD_CNT  2U
#define VERSION_CNT 40U
#define BATCH_CNT   64U

static struct signer_fixture fixture;
static atomic_bool asked_enough, served_enough;

static uint64_t now_s(void)
{
	return SIGNER_FIXTURE_NOW_S;
}

/* ---- rings -------------------------------------------------------------------------------------
 */

static void *serve_thread(void *arg)
{
	struct serve *serve = arg;
	while (!atomic_load(&served_enough))
		if (serve_round(serve) == 0 && !serve_prepare(serve))
			serve_nap(serve);
	return NULL;
}

/* A thread of the data plane: its pair of rings, and what it has seen. */
struct asker {
	struct publish_slot *slot;
	struct sigring_client client;
	uint64_t cnt[SIGN_STATUS_CNT];
	atomic_uint done_cnt;
};

static void ask_once(struct asker *a, uint64_t ticket)
{
	static const uint8_t www[] = "\3www\7example";
	struct sigring_response resp;
	const struct sigring_request req = {
		.ticket = ticket,
		.week = SIGNER_FIXTURE_WEEK,
		.type = RRTYPE_A,
		.kind = SIGN_RRSET,
		.apex = www + 4,
		.apex_len = 9,
		.name = www,
		.name_len = sizeof(www),
	};
	if (sigring_client_ask(&a->client, &req) != 0)
		return;
	sigring_client_flush(&a->client);
	while (!sigring_client_next(&a->client, &resp))
		sched_yield();
	if (resp.ticket == ticket && resp.status < SIGN_STATUS_CNT)
		a->cnt[resp.status]++;
	sigring_client_flush(&a->client);
	atomic_fetch_add(&a->done_cnt, 1);
}

static void *ask_thread(void *arg)
{
	struct asker *a = arg;
	for (uint64_t ticket = 1; !atomic_load(&asked_enough); ticket++)
		ask_once(a, ticket);
	return NULL;
}

static struct serve *start_serve(unsigned i)
{
	char err[256];
	const struct serve_options opt = {
		.reader = fixture.reader,
		.rings = fixture.rings,
		.keytab = fixture.keytab,
		.now_s = now_s,
		.thread_cnt = THREAD_CNT,
		.pool_size = 64,
	};
	struct serve *serve = serve_new(&opt, i, err);
	assert_non_null(serve);
	return serve;
}

static bool always_served(
	void *ctx, const uint8_t *apex, size_t apex_len, const uint64_t live_id[static 2])
{
	(void)ctx;
	(void)apex;
	(void)apex_len;
	(void)live_id;
	return true;
}

/* Until each has asked once more. */
static void await_questions(struct asker asker[static THREAD_CNT])
{
	for (unsigned i = 0; i < THREAD_CNT; i++) {
		unsigned before = atomic_load(&asker[i].done_cnt);
		while (atomic_load(&asker[i].done_cnt) == before)
			sched_yield();
	}
}

/* Keys before the image, as control does it: no request may meet an image without its keys. */
static void change_keys(struct asker asker[static THREAD_CNT])
{
	for (unsigned i = 0; i < VERSION_CNT; i++) {
		fixture.live.live_id[1] += 1000;
		assert_int_equal(signer_fixture_keys(&fixture), VERDICT_DONE);
		signer_fixture_publish(&fixture);
		(void)keytab_drop_older(fixture.keytab, always_served, NULL);
		publish_reclaim(fixture.publish.writer);
		await_questions(asker);
	}
}

static void keys_change_under_load(void **state)
{
	struct serve *serve[THREAD_CNT];
	static struct asker asker[THREAD_CNT];
	pthread_t serve_id[THREAD_CNT], ask_id[THREAD_CNT];
	dnssec_fixture_generate(&fixture.keys, 13, 257);
	dnssec_fixture_generate(&fixture.keys, 15, 257);
	signer_fixture_begin(&fixture, "example.", TEXT, NULL, DENIAL_NSEC, 0);
	serve_free(fixture.serve); /* it would serve the same rings */
	fixture.serve = NULL;
	assert_int_equal(signer_fixture_keys(&fixture), VERDICT_DONE);
	for (unsigned i = 0; i < THREAD_CNT; i++) {
		serve[i] = start_serve(i);
		asker[i].slot = publish_slot_take(fixture.reader, "asker");
		publish_offline(asker[i].slot);
		sigring_client_init(
			&asker[i].client, fixture.rings, publish_slot_idx(asker[i].slot));
		assert_int_equal(pthread_create(&serve_id[i], NULL, serve_thread, serve[i]), 0);
		assert_int_equal(pthread_create(&ask_id[i], NULL, ask_thread, &asker[i]), 0);
	}
	change_keys(asker);
	atomic_store(&asked_enough, true);
	for (unsigned i = 0; i < THREAD_CNT; i++)
		assert_int_equal(pthread_join(ask_id[i], NULL), 0);
	atomic_store(&served_enough, true);
	for (unsigned i = 0; i < THREAD_CNT; i++) {
		assert_int_equal(pthread_join(serve_id[i], NULL), 0);
		assert_true(asker[i].cnt[SIGN_OK] > 0);
		for (unsigned status = 0; status < SIGN_STATUS_CNT; status++)
			if (status != SIGN_OK)
				assert_int_equal(asker[i].cnt[status], 0);
		publish_slot_give(asker[i].slot);
		serve_free(serve[i]);
	}
	signer_fixture_end(&fixture);
}

/* ---- batches -----------------------------------------------------------------------------------
 */

static struct {
	pthread_mutex_t lock;
	unsigned cnt[VERDICT_CNT];
} replies = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void take_reply(
	void *ctx, uint64_t seq, unsigned verdict, const uint8_t *payload, size_t payload_len)
{
	(void)ctx;
	(void)seq;
	(void)payload;
	pthread_mutex_lock(&replies.lock);
	replies.cnt[verdict]++;
	pthread_mutex_unlock(&replies.lock);
	if (verdict == VERDICT_DONE)
		assert_true(payload_len > 6);
}

static void *bulk_thread(void *arg)
{
	bulk_run(arg);
	return NULL;
}

static void submit(struct bulk *bulk, uint64_t ticket)
{
	static const uint8_t apex[] = "\7example";
	const struct dnssec_batch batch = {
		.apex = apex,
		.cnt = 1,
		.item = {{.type = RRTYPE_A, .label_cnt = 1, .rrs_len = 4}},
		.rrs = (const uint8_t *)"rrrr",
		.rrs_len = 4,
	};
	struct protocol_message msg;
	size_t len;
	uint8_t *frame = protocol_sign(&len, (const uint64_t[2]){ticket, 0}, &batch);
	assert_non_null(frame);
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	bulk_submit(bulk, &msg);
	free(frame);
}

static void batches_go_to_several(void **state)
{
	static const uint8_t apex[] = "\7example";
	struct keyset keys = {0};
	struct keytab *lent = keytab_new();
	const struct bulk_options opt = {.keytab = lent, .reply = take_reply};
	struct bulk *bulk = bulk_new(&opt);
	pthread_t id[THREAD_CNT];
	dnssec_fixture_generate(&keys, 15, 257);
	keyset_assign_roles(&keys, false);
	const struct signer_key_set set = {.apex = apex, .live_id = {5, 0}, .keys = &keys};
	assert_int_equal(signer_fixture_put(lent, &set), VERDICT_DONE);
	for (unsigned i = 0; i < THREAD_CNT; i++)
		assert_int_equal(pthread_create(&id[i], NULL, bulk_thread, bulk), 0);
	for (unsigned i = 0; i < BATCH_CNT; i++)
		submit(bulk, i % 4 == 0 ? 6 : 5); /* every fourth with a foreign ticket */
	bulk_stop(bulk);
	for (unsigned i = 0; i < THREAD_CNT; i++)
		assert_int_equal(pthread_join(id[i], NULL), 0);
	assert_int_equal(replies.cnt[VERDICT_DONE], BATCH_CNT / 4 * 3);
	assert_int_equal(replies.cnt[VERDICT_NOT_LENT], BATCH_CNT / 4);
	bulk_free(bulk);
	keytab_free(lent);
	keyset_deinit(&keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_change_under_load),
		cmocka_unit_test(batches_go_to_several),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
