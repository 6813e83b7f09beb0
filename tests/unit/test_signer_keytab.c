/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Key sets on their way to the signer and in it: frames cut short and garbled, which set signs
 * what, what is forgotten when.
 */
#include "control/signer/keytab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/signer_fixture.h"

static const uint8_t apex[] = "\7example";

static struct keyset keys;
static struct signer_key_set set;

static int setup(void **state)
{
	dnssec_fixture_generate(&keys, 13, 257);
	dnssec_fixture_generate(&keys, 13, 256);
	dnssec_fixture_generate(&keys, 15, 257);
	keyset_assign_roles(&keys, false);
	set = (struct signer_key_set){.apex = apex, .live_id = {1, 2}, .keys = &keys};
	return 0;
}

static int teardown(void **state)
{
	keyset_deinit(&keys);
	return 0;
}

/* ---- frames -------------------------------------------------------------------------------------
 */

static void frame_cut_short(void **state)
{
	struct protocol_message msg;
	size_t len;
	uint8_t *frame = protocol_set(&len, ORDER_SET, &set);
	assert_non_null(frame);
	for (size_t cut = PROTOCOL_LEN_LEN; cut < len; cut++)
		assert_int_equal(
			protocol_read(&msg, frame + PROTOCOL_LEN_LEN, cut - PROTOCOL_LEN_LEN), -1);
	key_secret_free(frame);
}

/* Whatever octet is another, it is read within its bounds, and refused or not. */
static void frame_garbled(void **state)
{
	struct keytab *tab = keytab_new();
	struct protocol_message msg;
	size_t len;
	uint8_t *frame = protocol_set(&len, ORDER_SET, &set);
	size_t body = len - PROTOCOL_LEN_LEN;
	for (size_t i = 0; i < body; i++) {
		uint8_t *garbled = malloc(body); /* its end is the end, for ASan */
		memcpy(garbled, frame + PROTOCOL_LEN_LEN, body);
		garbled[i] ^= (uint8_t)(1 + i % 255);
		if (protocol_read(&msg, garbled, body) == 0 && msg.order == ORDER_SET)
			keytab_put(tab, &msg);
		free(garbled);
	}
	key_secret_free(frame);
	keytab_free(tab);
}

static void frame_round(void **state)
{
	struct protocol_message msg;
	size_t len;
	set.inception_margin_s = 77;
	set.expiry_extend_s = 88;
	keys.key[1].active = false;
	uint8_t *frame = protocol_set(&len, ORDER_SET, &set);
	protocol_number(frame, UINT64_C(0x1122334455667788));
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	assert_int_equal(msg.seq, UINT64_C(0x1122334455667788));
	assert_int_equal(msg.order, ORDER_SET);
	assert_int_equal(msg.apex_len, sizeof(apex));
	assert_memory_equal(msg.apex, apex, sizeof(apex));
	assert_int_equal(msg.inception_margin_s, 77);
	assert_int_equal(msg.expiry_extend_s, 88);
	assert_int_equal(msg.live_id[0], 1);
	assert_int_equal(msg.live_id[1], 2);
	assert_int_equal(msg.key_cnt, 2); /* the inactive one stays at home */
	assert_int_equal(msg.key[1].algorithm, 15);
	key_secret_free(frame);
	frame = protocol_remove(&len, ORDER_REMOVE, apex);
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	assert_int_equal(msg.order, ORDER_REMOVE);
	key_secret_free(frame);
	keys.key[1].active = true;
}

/* ---- batches ------------------------------------------------------------------------------------
 */

static struct dnssec_batch batch_of_two(void)
{
	return (struct dnssec_batch){
		.apex = apex,
		.window = {.inception_s = UINT64_C(5) << 32, .expiration_s = 6},
		.cnt = 2,
		.item = {{.type = 1, .label_cnt = 2, .ttl_s = 60, .rrs_len = 3},
			{.type = 16, .label_cnt = 3, .ttl_s = 61, .rrs_len = 4}},
		.rrs = (const uint8_t *)"abcdefg",
		.rrs_len = 7,
	};
}

static void batch_round(void **state)
{
	static struct dnssec_batch got;
	struct dnssec_batch batch = batch_of_two();
	struct protocol_message msg;
	const uint64_t live_id[2] = {7, 8};
	size_t len;
	uint8_t *frame = protocol_sign(&len, live_id, &batch);
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	assert_int_equal(msg.order, ORDER_SIGN);
	assert_int_equal(msg.live_id[0], 7);
	assert_int_equal(protocol_read_batch(&got, msg.batch, msg.batch_len), 0);
	assert_int_equal(got.window.inception_s, UINT64_C(5) << 32);
	assert_int_equal(got.cnt, 2);
	assert_memory_equal(got.item, batch.item, 2 * sizeof(batch.item[0]));
	assert_memory_equal(got.rrs, "abcdefg", 7);
	for (size_t cut = 0; cut < msg.batch_len; cut++)
		assert_int_equal(protocol_read_batch(&got, msg.batch, cut), -1);
	free(frame);
}

/* Counts and lengths that do not agree with what is there. */
static void batch_garbled(void **state)
{
	static struct dnssec_batch got;
	struct dnssec_batch batch = batch_of_two();
	struct protocol_message msg;
	const uint64_t live_id[2] = {7, 8};
	size_t len;
	uint8_t *frame = protocol_sign(&len, live_id, &batch);
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	for (size_t i = 0; i < msg.batch_len; i++) {
		uint8_t *garbled = malloc(msg.batch_len);
		memcpy(garbled, msg.batch, msg.batch_len);
		garbled[i] ^= 0x81;
		int r = protocol_read_batch(&got, garbled, msg.batch_len);
		if (r == 0)
			assert_int_equal(got.item[0].rrs_len + got.item[1].rrs_len, 7);
		free(garbled);
	}
	free(frame);
}

static void batch_too_long(void **state)
{
	struct dnssec_batch batch = batch_of_two();
	const uint64_t live_id[2] = {7, 8};
	size_t len;
	batch.rrs_len = PROTOCOL_FRAME_MAX;
	assert_null(protocol_sign(&len, live_id, &batch));
}

static void signatures_garbled(void **state)
{
	static const uint8_t payload[] = "\0\1\0\0\0\2\0\3\0\0\0\1xyz";
	struct dnssec_batch batch = batch_of_two();
	assert_int_equal(protocol_read_sigs(&batch, payload, sizeof(payload) - 1), 0);
	assert_int_equal(batch.item[0].sig_cnt, 1);
	assert_int_equal(batch.item[1].sig_cnt, 3);
	assert_memory_equal(batch.sigs, "xyz", 3);
	free(batch.sigs);
	batch.sigs = NULL;
	for (size_t cut = 0; cut < sizeof(payload) - 1; cut++)
		assert_int_equal(protocol_read_sigs(&batch, payload, cut), -1);
	assert_int_equal(protocol_read_sigs(&batch, payload, sizeof(payload)), -1);
	assert_null(batch.sigs);
}

/* ---- the table ----------------------------------------------------------------------------------
 */

static const struct keytab_set *find(struct keytab *tab, uint64_t a, uint64_t b)
{
	const uint64_t live_id[2] = {a, b};
	keytab_enter(tab);
	const struct keytab_set *found = keytab_find(tab, apex, sizeof(apex), live_id);
	keytab_leave(tab);
	return found;
}

static void put(struct keytab *tab, uint64_t a, uint64_t b)
{
	set.live_id[0] = a;
	set.live_id[1] = b;
	assert_int_equal(signer_fixture_put(tab, &set), VERDICT_DONE);
}

static uint64_t generation(struct keytab *tab)
{
	uint64_t v = keytab_enter(tab).generation;
	keytab_leave(tab);
	return v;
}

static bool is_served(
	void *ctx, const uint8_t *name, size_t name_len, const uint64_t live_id[static 2])
{
	assert_int_equal(name_len, sizeof(apex));
	assert_memory_equal(name, apex, sizeof(apex));
	return live_id[0] == *(const uint64_t *)ctx;
}

static void signs_for_its_live_id_alone(void **state)
{
	struct keytab *tab = keytab_new();
	assert_null(find(tab, 1, 2));
	put(tab, 1, 2);
	assert_non_null(find(tab, 1, 2));
	assert_null(find(tab, 1, 3));
	assert_null(find(tab, 2, 2));
	assert_int_equal(keytab_zone_cnt(tab), 1);
	keytab_remove(tab, apex, sizeof(apex));
	keytab_remove(tab, apex, sizeof(apex));
	assert_null(find(tab, 1, 2));
	assert_int_equal(keytab_zone_cnt(tab), 0);
	keytab_free(tab);
}

static void keeps_one_older_set_until_the_new_is_served(void **state)
{
	struct keytab *tab = keytab_new();
	uint64_t served = 1;
	put(tab, 1, 0);
	put(tab, 2, 0);
	assert_non_null(find(tab, 1, 0));
	assert_non_null(find(tab, 2, 0));
	put(tab, 3, 0);
	assert_null(find(tab, 1, 0));
	assert_non_null(find(tab, 2, 0));
	keytab_drop_older(tab, is_served, &served);
	assert_non_null(find(tab, 2, 0));
	uint64_t before = generation(tab);
	served = 3;
	keytab_drop_older(tab, is_served, &served);
	assert_null(find(tab, 2, 0));
	assert_non_null(find(tab, 3, 0));
	assert_int_not_equal(generation(tab), before);
	put(tab, 4, 0);
	keytab_remove(tab, apex, sizeof(apex));
	assert_null(find(tab, 3, 0));
	assert_null(find(tab, 4, 0));
	keytab_drop_older(tab, is_served, &served); /* nothing left to look at */
	keytab_free(tab);
}

static void takes_the_same_set_again(void **state)
{
	struct keytab *tab = keytab_new();
	put(tab, 1, 0);
	uint64_t before = generation(tab);
	uint64_t id = find(tab, 1, 0)->id;
	put(tab, 1, 0);
	assert_int_equal(find(tab, 1, 0)->id, id);
	assert_int_equal(generation(tab), before);
	set.expiry_extend_s++; /* not the same */
	put(tab, 1, 0);
	assert_int_not_equal(find(tab, 1, 0)->id, id);
	assert_int_not_equal(generation(tab), before);
	keytab_free(tab);
}

static void keeps_of_a_key_what_signs(void **state)
{
	struct keytab *tab = keytab_new();
	put(tab, 1, 0);
	const struct keytab_set *found = find(tab, 1, 0);
	assert_int_equal(found->key_cnt, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(found->key[i].tag, keys.key[i].tag);
		assert_int_equal(found->key[i].role, keys.key[i].role);
		assert_int_equal(found->key[i].algorithm, keys.key[i].algorithm);
	}
	assert_int_equal(found->key[0].secret_len, 32);
	assert_true(found->len < 512);
	struct keytab_state state_now = keytab_enter(tab);
	keytab_leave(tab);
	assert_int_equal(state_now.algorithms, 1U << 13 | 1U << 15);
	keytab_free(tab);
}

static void refuses_keys_it_cannot_use(void **state)
{
	struct keytab *tab = keytab_new();
	struct protocol_message msg;
	size_t len;
	uint8_t *frame = protocol_set(&len, ORDER_SET, &set);
	assert_int_equal(protocol_read(&msg, frame + PROTOCOL_LEN_LEN, len - PROTOCOL_LEN_LEN), 0);
	msg.key[0].algorithm = 14; /* another curve: numbers of another length */
	assert_int_equal(keytab_put(tab, &msg), VERDICT_BAD_KEY);
	msg.key[0].algorithm = 200;
	assert_int_equal(keytab_put(tab, &msg), VERDICT_BAD_KEY);
	msg.key[0].algorithm = 13;
	msg.key[2].secret_len = 0;
	assert_int_equal(keytab_put(tab, &msg), VERDICT_BAD_KEY);
	assert_int_equal(keytab_zone_cnt(tab), 0);
	key_secret_free(frame);
	keytab_free(tab);
}

#define ZONE_CNT 70000 /* the table grows */

static void finds_one_of_many(void **state)
{
	struct keytab *tab = keytab_new();
	uint8_t name[DNAME_LEN_MAX];
	char text[32];
	const uint64_t live_id[2] = {1, 2};
	set.live_id[0] = 1;
	set.live_id[1] = 2;
	for (unsigned i = 0; i < ZONE_CNT; i++) {
		snprintf(text, sizeof(text), "z%u.", i);
		assert_true(dname_from_text(name, text) > 0);
		set.apex = name;
		assert_int_equal(signer_fixture_put(tab, &set), VERDICT_DONE);
	}
	set.apex = apex;
	keytab_enter(tab);
	for (unsigned i = 0; i < ZONE_CNT; i += 10) {
		snprintf(text, sizeof(text), "z%u.", i);
		int len = dname_from_text(name, text);
		assert_non_null(keytab_find(tab, name, (size_t)len, live_id));
		name[1] = 'y';
		assert_null(keytab_find(tab, name, (size_t)len, live_id));
	}
	keytab_leave(tab);
	keytab_free(tab);
}

static uint64_t served_cnt;

static bool every_third_is_served(
	void *ctx, const uint8_t *name, size_t name_len, const uint64_t live_id[static 2])
{
	(void)ctx;
	served_cnt++;
	return name[name_len - 2] % 3 == 0 && live_id[0] == 2;
}

#define DOUBLE_CNT (3 * KEYTAB_DROP_MAX)

/* The i-th zone's name. */
static size_t numbered(uint8_t name[static DNAME_LEN_MAX], unsigned i)
{
	char text[32];
	snprintf(text, sizeof(text), "z%u.", i);
	int len = dname_from_text(name, text);
	assert_true(len > 0);
	return (size_t)len;
}

/* Sets come, go and are looked at in any order; each is looked at by turns. */
static void looks_at_doubles_by_turns(void **state)
{
	struct keytab *tab = keytab_new();
	uint8_t name[DNAME_LEN_MAX];
	set.apex = name;
	for (unsigned i = 0; i < 2 * DOUBLE_CNT; i++) {
		numbered(name, i % DOUBLE_CNT);
		put(tab, 1 + i / DOUBLE_CNT, 0);
	}
	for (unsigned i = 0; i < 3; i++)
		assert_true(keytab_drop_older(tab, every_third_is_served, NULL));
	assert_int_equal(served_cnt, DOUBLE_CNT);
	const uint64_t first[2] = {1, 0};
	for (unsigned i = 0; i < DOUBLE_CNT; i++) {
		size_t len = numbered(name, i);
		keytab_enter(tab);
		assert_true(
			(keytab_find(tab, name, len, first) == NULL) == (name[len - 2] % 3 == 0));
		keytab_leave(tab);
	}
	for (unsigned i = 0; i < DOUBLE_CNT; i += 2)
		keytab_remove(tab, name, numbered(name, i));
	assert_int_equal(keytab_zone_cnt(tab), DOUBLE_CNT / 2);
	for (unsigned i = 0; i < 8; i++)
		(void)keytab_drop_older(tab, every_third_is_served, NULL);
	set.apex = apex;
	put(tab, 1, 0);
	put(tab, 2, 0);
	assert_non_null(find(tab, 1, 0));
	keytab_free(tab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_cut_short),
		cmocka_unit_test(frame_garbled),
		cmocka_unit_test(frame_round),
		cmocka_unit_test(batch_round),
		cmocka_unit_test(batch_garbled),
		cmocka_unit_test(batch_too_long),
		cmocka_unit_test(signatures_garbled),
		cmocka_unit_test(signs_for_its_live_id_alone),
		cmocka_unit_test(keeps_one_older_set_until_the_new_is_served),
		cmocka_unit_test(takes_the_same_set_again),
		cmocka_unit_test(keeps_of_a_key_what_signs),
		cmocka_unit_test(refuses_keys_it_cannot_use),
		cmocka_unit_test(looks_at_doubles_by_turns),
		cmocka_unit_test(finds_one_of_many),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
