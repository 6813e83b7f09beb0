/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/signing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "control/dnssec/rollover_policy.h"
#include "zonedb/dname.h"
#include "zonedb/settings.h"
#include "zonedb/sigring.h"

/* A zone's rows of the database. */
struct rows {
	struct store_keys keys;
	struct store_metas metas;
};

static void rows_deinit(struct rows *rows)
{
	store_keys_deinit(&rows->keys);
	store_metas_deinit(&rows->metas);
}

static int rows_read(
	struct rows *rows, struct store *store, const uint8_t *apex, char err[static 256])
{
	char name[DNAME_TEXT_MAX];
	*rows = (struct rows){0};
	if (store == NULL)
		return 0;
	dname_to_text(name, apex);
	if (store_zone_keys(store, name, &rows->keys) == 0 &&
		store_zone_meta(store, name, NULL, &rows->metas) == 0)
		return 0;
	snprintf(err, 256, "%.255s", store_error(store));
	return -1;
}

/* ---- digest -------------------------------------------------------------------------------- */

/* Of a rollover its times change nothing in the zone, nor does what decides when there is one. */
static void hash_meta(struct digest *digest, const struct store_meta *meta)
{
	char text[ROLLOVER_TEXT_MAX];
	struct rollover rollover;
	const char *content = meta->content;
	if (!strcasecmp(meta->kind, ROLLOVER_POLICY_META_KIND) ||
		!strcasecmp(meta->kind, ROLLOVER_SINCE_META_KIND))
		return;
	if (!strcasecmp(meta->kind, ROLLOVER_META_KIND) &&
		rollover_from_text(&rollover, content) == 0) {
		rollover.since_s = 0;
		rollover.ttl_s = 0;
		content = rollover_to_text(text, &rollover);
	}
	digest_text(digest, meta->kind);
	digest_text(digest, content);
}

static void hash_rows(struct digest *digest, const struct rows *rows)
{
	digest_number(digest, rows->keys.cnt);
	for (unsigned i = 0; i < rows->keys.cnt; i++) {
		const struct store_key *key = &rows->keys.key[i];
		digest_number(digest, key->id);
		digest_number(digest, key->flags);
		digest_number(digest, key->active);
		digest_number(digest, key->published);
		digest_text(digest, key->content);
	}
	for (unsigned i = 0; i < rows->metas.cnt; i++)
		hash_meta(digest, &rows->metas.meta[i]);
}

static bool any_active(const struct store_keys *keys)
{
	for (unsigned i = 0; i < keys->cnt; i++)
		if (keys->key[i].active)
			return true;
	return false;
}

/* What the signatures over one RRset take of a response of the signer's: all active keys sign CDS
 * and CDNSKEY. */
struct sig_room {
	unsigned cnt;
	unsigned len;
};

static struct sig_room sig_room_of(const struct store_keys *keys)
{
	struct sig_room room = {0};
	for (unsigned i = 0; i < keys->cnt; i++) {
		const char *content = keys->key[i].content;
		if (!keys->key[i].active)
			continue;
		room.cnt++;
		room.len += SIG_FIXED_LEN + key_content_sig_len(content, strlen(content));
	}
	return room;
}

static bool fits_response(const struct sig_room *room)
{
	return room->cnt <= SIG_CNT_MAX && room->len <= SIG_PAYLOAD_MAX;
}

/* Whether the rows of a zone with active keys have it signed live. What does not parse here fails
 * signing_read(). */
static bool is_live(const struct rows *rows, const struct settings *settings)
{
	struct zone_policy policy = {0};
	char err[256];
	for (unsigned i = 0; i < rows->metas.cnt; i++)
		if (policy_set(&policy, rows->metas.meta[i].kind, rows->metas.meta[i].content,
			    err) < 0)
			return false;
	const struct sig_room room = sig_room_of(&rows->keys);
	return room.cnt > 0 && fits_response(&room) &&
	       policy_is_live(&policy, settings->signing_policy);
}

/* The window moves weekly, and eager signatures with it; those of a live zone do so by themselves.
 */
static void hash_times(struct digest *digest, const struct rows *rows,
	const struct settings *settings, const struct dnssec_window *window)
{
	bool live = is_live(rows, settings);
	digest_number(digest, live);
	digest_number(digest, live ? settings->signature_inception_margin : window->inception_s);
	digest_number(digest, live ? settings->rrsig_expiry_extend : window->expiration_s);
}

static bool is_presigned(const struct store_metas *metas)
{
	const char *content = store_metas_find(metas, "PRESIGNED");
	return content != NULL && strcmp(content, "1") == 0;
}

/* What is said of the zone's serial: a kind, or an empty text. */
static const char *soa_edit_name(const struct rows *rows, const struct settings *settings)
{
	const char *content = store_metas_find(&rows->metas, "SOA-EDIT");
	if (is_presigned(&rows->metas))
		return "";
	if (content != NULL && content[0] != '\0')
		return content;
	if (any_active(&rows->keys) && settings->default_soa_edit_signed[0] != '\0')
		return settings->default_soa_edit_signed;
	return settings->default_soa_edit;
}

/* The week matters to serials that move with it. */
static void hash_serial(struct digest *digest, const struct rows *rows,
	const struct settings *settings, const struct dnssec_window *window)
{
	const char *name = soa_edit_name(rows, settings);
	digest_text(digest, name);
	digest_number(digest, soa_edit_moves(soa_edit_find(name)) ? window->resign_at_s : 0);
}

/* Without an active key nothing is signed here: then the digest must not move with the window. */
static int hash_all(uint8_t value[static DIGEST_LEN], const struct rows *rows,
	const struct settings *settings, const struct dnssec_window *window)
{
	struct digest digest;
	digest_begin(&digest);
	hash_rows(&digest, rows);
	hash_serial(&digest, rows, settings, window);
	if (any_active(&rows->keys)) {
		digest_number(&digest, settings->max_nsec3_iterations);
		digest_number(&digest, settings->direct_dnskey);
		hash_times(&digest, rows, settings, window);
	}
	return digest_end(&digest, value);
}

static struct dnssec_window window_now(const struct settings *settings, uint64_t now_s)
{
	return dnssec_window_at(
		now_s, settings->signature_inception_margin, settings->rrsig_expiry_extend);
}

int signing_digest(uint8_t digest[static DIGEST_LEN], struct store *store,
	const struct settings *settings, const uint8_t *apex, uint64_t now_s, char err[static 256])
{
	struct rows rows;
	struct dnssec_window window = window_now(settings, now_s);
	int r = rows_read(&rows, store, apex, err);
	if (r == 0 && (r = hash_all(digest, &rows, settings, &window)) < 0)
		snprintf(err, 256, "out of memory");
	rows_deinit(&rows);
	return r;
}

/* ---- keys and policy ------------------------------------------------------------------------ */

static int take_metas(
	struct zone_policy *policy, const struct store_metas *metas, char err[static 256])
{
	for (unsigned i = 0; i < metas->cnt; i++)
		if (policy_set(policy, metas->meta[i].kind, metas->meta[i].content, err) < 0)
			return -1;
	return 0;
}

static int take_key(struct keyset *keys, const struct store_key *row, char err[static 256])
{
	struct key key = {0};
	char cause[256];
	if (key_from_content(&key, row->flags, row->content, strlen(row->content), cause) < 0) {
		snprintf(err, 256, "key %lu: %.200s", (unsigned long)row->id, cause);
		return -1;
	}
	key.id = (uint32_t)row->id;
	key.active = row->active;
	key.published = row->published;
	if (keyset_add(keys, &key) == 0)
		return 0;
	key_deinit(&key);
	snprintf(err, 256, "more than %u keys", KEYSET_KEY_MAX);
	return -1;
}

/* Keys that neither sign nor are shown may be of any kind: they are not looked at. */
static int take_keys(struct keyset *keys, const struct store_keys *rows, char err[static 256])
{
	for (unsigned i = 0; i < rows->cnt; i++)
		if ((rows->key[i].active || rows->key[i].published) &&
			take_key(keys, &rows->key[i], err) < 0)
			return -1;
	return 0;
}

/* Adds a note to those there are. Returns 1. */
static int add_note(char err[static 256], const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int add_note(char err[static 256], const char *format, ...)
{
	size_t len = strlen(err);
	if (len > 0)
		len += (size_t)snprintf(err + len, 256 - len, "; ");
	va_list args;
	va_start(args, format);
	if (len < 256)
		vsnprintf(err + len, 256 - len, format, args);
	va_end(args);
	return 1;
}

static int clamp(struct signing *signing, const struct settings *settings, char err[static 256])
{
	unsigned max = (unsigned)settings->max_nsec3_iterations;
	if (signing->policy.presigned || policy_clamp(&signing->policy, max) == 0)
		return 0;
	return add_note(err, "NSEC3 iterations reduced to max-nsec3-iterations, %u", max);
}

static int take_soa_edit(struct signing *signing, const char *name, char err[static 256])
{
	signing->soa_edit = soa_edit_find(name);
	if (signing->soa_edit != NULL || name[0] == '\0')
		return 0;
	return add_note(
		err, "SOA-EDIT '%.60s' is no kind there is: the serial is left as it is", name);
}

static int take_live(struct signing *signing, const struct rows *rows,
	const struct settings *settings, char err[static 256])
{
	const struct sig_room room = sig_room_of(&rows->keys);
	if (signing->mode != DNSSEC_SIGNED ||
		!policy_is_live(&signing->policy, settings->signing_policy))
		return 0;
	signing->live = fits_response(&room);
	if (signing->live && signing->policy.compact)
		signing->policy.nsec3 = false; /* no NSEC3PARAM where there is no NSEC3 */
	if (signing->live)
		return 0;
	return add_note(err,
		"signed as a whole, not live: its active keys make up to %u RRSIGs of %u octets "
		"for "
		"an RRset, live it can have %u, of %u octets",
		room.cnt, room.len, SIG_CNT_MAX, SIG_PAYLOAD_MAX);
}

static int take_rows(struct signing *signing, const struct rows *rows,
	const struct settings *settings, char err[static 256])
{
	if (hash_all(signing->digest, rows, settings, &signing->window) < 0) {
		snprintf(err, 256, "out of memory");
		return -1;
	}
	if (take_metas(&signing->policy, &rows->metas, err) < 0 ||
		take_keys(&signing->keys, &rows->keys, err) < 0)
		return -1;
	signing->mode = dnssec_mode(&signing->policy, &signing->keys);
	err[0] = '\0';
	int r = take_live(signing, rows, settings, err);
	keyset_assign_roles(&signing->keys, signing->policy.nsec3);
	r |= take_soa_edit(signing, soa_edit_name(rows, settings), err);
	return clamp(signing, settings, err) | r;
}

int signing_read(struct signing *signing, struct store *store, const struct settings *settings,
	const uint8_t *apex, uint64_t now_s, char err[static 256])
{
	struct rows rows;
	*signing = (struct signing){
		.window = window_now(settings, now_s),
		.inception_margin_s = (uint32_t)settings->signature_inception_margin,
		.expiry_extend_s = (uint32_t)settings->rrsig_expiry_extend,
	};
	int r = rows_read(&rows, store, apex, err);
	if (r == 0)
		r = take_rows(signing, &rows, settings, err);
	rows_deinit(&rows);
	return r;
}

void signing_deinit(struct signing *signing)
{
	keyset_deinit(&signing->keys);
	*signing = (struct signing){0};
}
