/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/protocol.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "control/signer/link.h"
#include "zonedb/dname.h"
#include "zonedb/wire.h"

#define SET_FIXED_LEN	(PROTOCOL_HEAD_LEN + DNAME_LEN_MAX + 16U + 4U + 4U + 1U)
#define KEY_FIXED_LEN	8U
#define BATCH_FIXED_LEN 18U
#define BATCH_ITEM_LEN	11U

const char *protocol_verdict_text(unsigned verdict)
{
	static const char *const text[] = {
#define X(id, sentence) sentence,
		PROTOCOL_VERDICT_TABLE(X)
#undef X
	};
	return verdict < VERDICT_CNT ? text[verdict] : "the signer answers nonsense";
}

bool protocol_is_number(unsigned algorithm)
{
	const struct key_algorithm *alg = key_algorithm(algorithm);
	return alg != NULL && alg->kind == KEY_ECDSA;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Secrets of the active keys. */
struct secrets {
	uint8_t *secret[KEYSET_KEY_MAX];
	size_t secret_len[KEYSET_KEY_MAX];
	unsigned cnt;
	size_t len; /* octets they take in a frame */
};

static void secrets_deinit(struct secrets *secrets)
{
	for (unsigned i = 0; i < secrets->cnt; i++)
		key_secret_free(secrets->secret[i]);
}

/* The private number of an ECDSA key. */
static uint8_t *number_of(const struct key *key, size_t *len)
{
	BIGNUM *number = NULL;
	*len = key_algorithm(key->algorithm)->private_len;
	uint8_t *octets = key_secret_alloc(*len);
	if (octets != NULL &&
		(EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1 ||
			BN_bn2binpad(number, octets, (int)*len) != (int)*len))
		octets = key_secret_free(octets);
	BN_clear_free(number);
	return octets;
}

static uint8_t *text_of(const struct key *key, size_t *len)
{
	char *text = key_to_content(key);
	*len = text != NULL ? strlen(text) : 0;
	return (uint8_t *)text;
}

static int secrets_make(struct secrets *secrets, const struct keyset *keys)
{
	for (unsigned i = 0; i < keys->key_cnt; i++) {
		const struct key *key = &keys->key[i];
		size_t len;
		if (!key->active)
			continue;
		uint8_t *secret =
			(protocol_is_number(key->algorithm) ? number_of : text_of)(key, &len);
		if (secret == NULL)
			return -1;
		secrets->secret[secrets->cnt] = secret;
		secrets->secret_len[secrets->cnt++] = len;
		secrets->len += KEY_FIXED_LEN + len;
	}
	return 0;
}

static void write_head(struct wire_writer *w, enum protocol_order order, const uint8_t *apex)
{
	wire_write_u32(w, 0); /* length: at the end */
	wire_write_u32(w, 0); /* protocol_number() */
	wire_write_u32(w, 0);
	wire_write_u8(w, order);
	wire_write(w, apex, dname_len(apex));
}

static void write_u64(struct wire_writer *w, uint64_t v)
{
	wire_write_u32(w, (uint32_t)(v >> 32));
	wire_write_u32(w, (uint32_t)v);
}

static void write_keys(
	struct wire_writer *w, const struct keyset *keys, const struct secrets *secrets)
{
	wire_write_u8(w, (uint8_t)secrets->cnt);
	for (unsigned i = 0, next = 0; i < keys->key_cnt; i++) {
		const struct key *key = &keys->key[i];
		if (!key->active)
			continue;
		wire_write_u16(w, key->flags);
		wire_write_u8(w, key->role);
		wire_write_u8(w, key->algorithm);
		wire_write_u16(w, key->tag);
		wire_write_u16(w, (uint16_t)secrets->secret_len[next]);
		wire_write(w, secrets->secret[next], secrets->secret_len[next]);
		next++;
	}
}

/* Fills in the length. NULL, and the buffer freed, if it did not suffice. */
static uint8_t *finish(struct wire_writer *w, size_t *len)
{
	*len = wire_writer_len(w);
	if (!wire_writer_ok(w))
		return key_secret_free(w->start);
	wire_put_u32(w->start, (uint32_t)(*len - PROTOCOL_LEN_LEN));
	return w->start;
}

static uint8_t *write_set(size_t *len, enum protocol_order order, const struct signer_key_set *set,
	const struct secrets *secrets)
{
	size_t room = SET_FIXED_LEN + secrets->len;
	uint8_t *frame = key_secret_alloc(room);
	if (frame == NULL)
		return NULL;
	struct wire_writer w = wire_writer_init(frame, room);
	write_head(&w, order, set->apex);
	write_u64(&w, set->live_id[0]);
	write_u64(&w, set->live_id[1]);
	wire_write_u32(&w, set->inception_margin_s);
	wire_write_u32(&w, set->expiry_extend_s);
	write_keys(&w, set->keys, secrets);
	return finish(&w, len);
}

uint8_t *protocol_set(size_t *len, enum protocol_order order, const struct signer_key_set *set)
{
	struct secrets secrets = {.cnt = 0};
	uint8_t *frame = NULL;
	if (secrets_make(&secrets, set->keys) == 0)
		frame = write_set(len, order, set, &secrets);
	secrets_deinit(&secrets);
	return frame;
}

uint8_t *protocol_remove(size_t *len, enum protocol_order order, const uint8_t *apex)
{
	uint8_t *frame = key_secret_alloc(SET_FIXED_LEN);
	if (frame == NULL)
		return NULL;
	struct wire_writer w = wire_writer_init(frame, SET_FIXED_LEN);
	write_head(&w, order, apex);
	return finish(&w, len);
}

static void write_batch(struct wire_writer *w, const struct dnssec_batch *batch)
{
	write_u64(w, batch->window.inception_s);
	write_u64(w, batch->window.expiration_s);
	wire_write_u16(w, (uint16_t)batch->cnt);
	for (unsigned i = 0; i < batch->cnt; i++) {
		wire_write_u16(w, batch->item[i].type);
		wire_write_u8(w, batch->item[i].label_cnt);
		wire_write_u32(w, batch->item[i].ttl_s);
		wire_write_u32(w, batch->item[i].rrs_len);
	}
	wire_write(w, batch->rrs, batch->rrs_len);
}

uint8_t *protocol_sign(
	size_t *len, const uint64_t live_id[static 2], const struct dnssec_batch *batch)
{
	size_t room =
		SET_FIXED_LEN + BATCH_FIXED_LEN + batch->cnt * BATCH_ITEM_LEN + batch->rrs_len;
	uint8_t *frame = room <= PROTOCOL_FRAME_MAX ? malloc(room) : NULL;
	if (frame == NULL)
		return NULL;
	struct wire_writer w = wire_writer_init(frame, room);
	write_head(&w, ORDER_SIGN, batch->apex);
	write_u64(&w, live_id[0]);
	write_u64(&w, live_id[1]);
	write_batch(&w, batch);
	*len = wire_writer_len(&w);
	wire_put_u32(frame, (uint32_t)(*len - PROTOCOL_LEN_LEN));
	return frame;
}

void protocol_number(uint8_t *frame, uint64_t seq)
{
	wire_put_u32(frame + PROTOCOL_LEN_LEN, (uint32_t)(seq >> 32));
	wire_put_u32(frame + PROTOCOL_LEN_LEN + 4, (uint32_t)seq);
}

/* ---- reading ------------------------------------------------------------------------------- */

static uint64_t read_u64(struct wire_reader *r)
{
	uint64_t high = wire_read_u32(r);
	return high << 32 | wire_read_u32(r);
}

static void read_key(struct wire_reader *r, struct protocol_key *key)
{
	key->flags = wire_read_u16(r);
	key->role = wire_read_u8(r);
	key->algorithm = wire_read_u8(r);
	key->tag = wire_read_u16(r);
	key->secret_len = wire_read_u16(r);
	key->secret = wire_read(r, key->secret_len);
	if (key->role < KEY_ROLE_KSK || key->role > KEY_ROLE_CSK)
		wire_reader_fail(r);
}

static void read_set(struct wire_reader *r, struct protocol_message *msg)
{
	msg->live_id[0] = read_u64(r);
	msg->live_id[1] = read_u64(r);
	msg->inception_margin_s = wire_read_u32(r);
	msg->expiry_extend_s = wire_read_u32(r);
	msg->key_cnt = wire_read_u8(r);
	if (msg->key_cnt == 0 || msg->key_cnt > KEYSET_KEY_MAX) {
		wire_reader_fail(r);
		return;
	}
	for (unsigned i = 0; i < msg->key_cnt; i++)
		read_key(r, &msg->key[i]);
}

static void read_batch(struct wire_reader *r, struct protocol_message *msg)
{
	msg->live_id[0] = read_u64(r);
	msg->live_id[1] = read_u64(r);
	msg->batch_len = wire_reader_left(r);
	msg->batch = wire_read(r, msg->batch_len);
}

static void read_nothing(struct wire_reader *r, struct protocol_message *msg)
{
	(void)r;
	(void)msg;
}

int protocol_read(struct protocol_message *msg, const uint8_t *frame, size_t len)
{
	static void (*const read_order[])(struct wire_reader *, struct protocol_message *) = {
		[ORDER_SET] = read_set,
		[ORDER_REMOVE] = read_nothing,
		[ORDER_LEND] = read_set,
		[ORDER_RETURN] = read_nothing,
		[ORDER_SIGN] = read_batch,
	};
	struct wire_reader r = wire_reader_init(frame, len);
	size_t apex_len;
	*msg = (struct protocol_message){.seq = read_u64(&r)};
	msg->order = wire_read_u8(&r);
	msg->apex = wire_read_dname(&r, &apex_len);
	msg->apex_len = (uint8_t)apex_len;
	if (msg->order == 0 || msg->order > ORDER_SIGN)
		return -1;
	read_order[msg->order](&r, msg);
	return wire_reader_ok(&r) && wire_reader_left(&r) == 0 ? 0 : -1;
}

static void read_item(struct wire_reader *r, struct dnssec_batch_item *item)
{
	item->type = wire_read_u16(r);
	item->label_cnt = wire_read_u8(r);
	item->ttl_s = wire_read_u32(r);
	item->rrs_len = wire_read_u32(r);
}

int protocol_read_batch(struct dnssec_batch *batch, const uint8_t *octets, size_t len)
{
	struct wire_reader r = wire_reader_init(octets, len);
	uint64_t rrs_len = 0;
	batch->window.inception_s = read_u64(&r);
	batch->window.expiration_s = read_u64(&r);
	batch->cnt = wire_read_u16(&r);
	if (batch->cnt > DNSSEC_BATCH_MAX)
		return -1;
	for (unsigned i = 0; i < batch->cnt; i++) {
		read_item(&r, &batch->item[i]);
		rrs_len += batch->item[i].rrs_len;
	}
	batch->rrs_len = wire_reader_left(&r);
	batch->rrs = wire_read(&r, batch->rrs_len);
	return wire_reader_ok(&r) && rrs_len == batch->rrs_len ? 0 : -1;
}

int protocol_read_sigs(struct dnssec_batch *batch, const uint8_t *payload, size_t len)
{
	struct wire_reader r = wire_reader_init(payload, len);
	uint64_t sigs_len = 0;
	for (unsigned i = 0; i < batch->cnt; i++) {
		batch->item[i].sig_cnt = wire_read_u16(&r);
		batch->item[i].sig_len = wire_read_u32(&r);
		sigs_len += batch->item[i].sig_len;
	}
	size_t left = wire_reader_left(&r);
	if (!wire_reader_ok(&r) || sigs_len != left)
		return -1;
	batch->sigs = malloc(left + 1);
	if (batch->sigs == NULL)
		return -1;
	memcpy(batch->sigs, wire_read(&r, left), left);
	return 0;
}
