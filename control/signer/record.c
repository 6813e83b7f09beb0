/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/record.h"

#include <string.h>

#include "control/signer/canon.h"
#include "zonedb/lookup.h"
#include "zonedb/nsec3.h"
#include "zonedb/rrtype.h"

/* A request being looked up. */
struct search {
	struct record *record;
	struct record_space *space;
	const struct image_header *img;
	const struct sigring_request *req;
	struct lookup lookup;
};

/* ---- results --------------------------------------------------------------------------------- */

static unsigned label_cnt(const uint8_t *name)
{
	bool is_wildcard = name[0] == 1 && name[1] == '*';
	return dname_label_cnt(name) - is_wildcard;
}

static void describe(
	struct search *s, const uint8_t *owner, size_t owner_len, uint16_t type, uint32_t ttl_s)
{
	s->record->what = (struct tbs_rrset){
		.apex = image_apex(s->img),
		.apex_len = s->img->apex_len,
		.owner = owner,
		.owner_len = (unsigned)owner_len,
		.label_cnt = label_cnt(owner),
		.ttl_s = ttl_s,
		.type = type,
	};
	s->record->sig_ttl_s = ttl_s;
}

/* An RRset of the image. Without a key of its own it is none to be signed: glue, a cut's NS. */
static enum sign_status found(
	struct search *s, struct rrset_ref ref, const uint8_t *owner, size_t owner_len)
{
	if (ref.v == 0)
		return SIGN_NO_RECORD;
	const struct image_rrset *rrset = image_rrset(s->img, ref);
	if (rrset->key_len != sizeof(struct sig_key))
		return SIGN_NO_RECORD;
	s->record->rrset = rrset;
	s->record->key = *image_rrset_key(rrset);
	describe(s, owner, owner_len, rrset->type, rrset->ttl_s);
	return SIGN_OK;
}

/* A record made for the request, made_len octets in space->made. */
static enum sign_status made(struct search *s, const uint8_t *owner, size_t owner_len,
	uint16_t type, size_t made_len, struct sig_key key)
{
	s->record->made = s->space->made;
	s->record->made_len = made_len;
	s->record->key = key;
	describe(s, owner, owner_len, type, image_rrset(s->img, s->img->soa_negative)->ttl_s);
	return SIGN_OK;
}

static enum sign_status found_at(struct search *s, const struct image_node *node, uint16_t type)
{
	uint8_t *owner = s->space->owner;
	memcpy(owner, image_node_name(node), node->name_len);
	memcpy(owner + node->name_len, image_apex(s->img), s->img->apex_len);
	return found(s, lookup_rrset(node, type), owner, node->name_len + (size_t)s->img->apex_len);
}

/* ---- names ------------------------------------------------------------------------------------
 */

static enum lookup_outcome look(struct search *s)
{
	if (qname_read(&s->space->name, s->req->name, s->req->name_len) != s->req->name_len)
		return LOOKUP_DELEGATION; /* checked before; nothing is signed there */
	return lookup_run(&s->lookup, s->img, &s->space->name);
}

/* Labels of the name below the closest encloser. */
static unsigned labels_below(const struct search *s)
{
	return s->space->name.label_cnt - s->img->apex_label_cnt - s->lookup.label_cnt;
}

static bool is_cut_itself(const struct search *s)
{
	return s->lookup.outcome == LOOKUP_DELEGATION && labels_below(s) == 0;
}

/* The node of the wildcard that stands for a missing name, or NULL. */
static const struct image_node *wildcard(const struct search *s)
{
	struct node_ref ref = s->lookup.node->wildcard;
	return ref.v != 0 ? image_node(s->img, ref) : NULL;
}

/* ---- kinds ------------------------------------------------------------------------------------
 */

static enum sign_status find_rrset(struct search *s)
{
	enum lookup_outcome outcome = look(s);
	if (outcome == LOOKUP_FOUND || is_cut_itself(s))
		return found_at(s, s->lookup.node, s->req->type);
	const struct image_node *node = outcome == LOOKUP_MISSING ? wildcard(s) : NULL;
	return node != NULL ? found_at(s, node, s->req->type) : SIGN_NO_RECORD;
}

/* Signed with the TTL of the zone's SOA, as at compile time; given out with the shorter one. */
static enum sign_status find_negative_soa(struct search *s)
{
	const struct image_node *apex = image_node(s->img, s->img->apex);
	struct rrset_ref soa = lookup_rrset(apex, RRTYPE_SOA);
	enum sign_status status =
		found(s, s->img->soa_negative, image_apex(s->img), s->img->apex_len);
	if (status == SIGN_OK && soa.v != 0)
		s->record->what.ttl_s = image_rrset(s->img, soa)->ttl_s;
	return status;
}

static size_t hashed_owner(struct search *s, const uint8_t *hash)
{
	uint8_t *owner = s->space->owner;
	owner[0] = NSEC3_LABEL_LEN;
	nsec3_to_text((char *)owner + 1, hash);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, image_apex(s->img), s->img->apex_len);
	return 1U + NSEC3_LABEL_LEN + s->img->apex_len;
}

static enum sign_status find_nsec3(struct search *s)
{
	bool match;
	if (!(s->img->flags & IMAGE_NSEC3) || s->img->nsec3_cnt == 0)
		return SIGN_NO_RECORD;
	uint32_t i = nsec3_find(s->img, s->req->name, &match);
	if (!match)
		return SIGN_NO_RECORD;
	const struct image_nsec3 *record = image_at(s->img, s->img->nsec3_off);
	size_t owner_len = hashed_owner(s, s->req->name);
	return found(s, record[i].rrset, s->space->owner, owner_len);
}

/* Whether it is a name the zone may deny: nothing is there, and nothing above hands it to others.
 */
static enum sign_status check_missing(struct search *s)
{
	switch (look(s)) {
	case LOOKUP_MISSING:
		return SIGN_OK;
	case LOOKUP_FOUND:
		return SIGN_EXISTS;
	default:
		return is_cut_itself(s) ? SIGN_EXISTS : SIGN_NO_RECORD;
	}
}

static enum sign_status find_narrow_cover(struct search *s)
{
	const struct image_header *img = s->img;
	uint8_t hash[NSEC3_HASH_LEN];
	bool match;
	if (!(img->flags & IMAGE_NARROW))
		return SIGN_NO_RECORD;
	enum sign_status status = check_missing(s);
	if (status != SIGN_OK || labels_below(s) != 1)
		return status != SIGN_OK ? status : SIGN_NO_RECORD;
	nsec3_hash(hash, s->req->name, s->req->name_len, image_salt(img), img->nsec3_salt_len,
		img->nsec3_iterations);
	nsec3_find(img, hash, &match);
	if (match)
		return SIGN_EXISTS; /* two names of one hash: not before the sun goes out */
	size_t len = synth_cover(s->space->made, img, hash, SYNTH_CANONICAL);
	size_t owner_len = 1U + NSEC3_LABEL_LEN + img->apex_len;
	return made(
		s, s->space->made, owner_len, RRTYPE_NSEC3, len, sig_key_cover(img->live_id, hash));
}

static enum sign_status find_compact(struct search *s)
{
	const struct sigring_request *req = s->req;
	if (!(s->img->flags & IMAGE_COMPACT))
		return SIGN_NO_RECORD;
	enum sign_status status = check_missing(s);
	if (status != SIGN_OK || wildcard(s) != NULL)
		return status != SIGN_OK ? status : SIGN_EXISTS;
	size_t len =
		synth_compact(s->space->made, s->img, req->name, req->name_len, SYNTH_CANONICAL);
	return made(s, req->name, req->name_len, RRTYPE_NSEC, len,
		sig_key_compact(s->img->live_id, req->name, req->name_len));
}

/* A wildcard's NSEC, given to a name, has the name that follows that one. */
static void expand_nsec(struct search *s, const struct image_rrset *nsec)
{
	struct record *record = s->record;
	record->made = s->space->made;
	record->made_len = synth_expanded(
		s->space->made, s->img, nsec, s->req->name, s->req->name_len, SYNTH_CANONICAL);
	record->rrset = NULL;
}

static enum sign_status find_expanded(struct search *s)
{
	if (!(s->img->flags & IMAGE_COMPACT))
		return SIGN_NO_RECORD;
	enum sign_status status = check_missing(s);
	if (status != SIGN_OK)
		return status;
	const struct image_node *node = wildcard(s);
	status = node != NULL ? found_at(s, node, s->req->type) : SIGN_NO_RECORD;
	if (status != SIGN_OK)
		return status;
	const struct image_rrset *rrset = s->record->rrset;
	describe(s, s->req->name, s->req->name_len, rrset->type, rrset->ttl_s);
	s->record->key = sig_key_expanded(s->record->key, s->req->name, s->req->name_len);
	if (rrset->type == RRTYPE_NSEC)
		expand_nsec(s, rrset);
	return SIGN_OK;
}

typedef enum sign_status find_fn(struct search *s);

static find_fn *const find_kind[SIGN_KIND_CNT] = {
	[SIGN_RRSET] = find_rrset,
	[SIGN_NEGATIVE_SOA] = find_negative_soa,
	[SIGN_NSEC3] = find_nsec3,
	[SIGN_NARROW_COVER] = find_narrow_cover,
	[SIGN_COMPACT] = find_compact,
	[SIGN_EXPANDED] = find_expanded,
};

enum sign_status record_find(struct record *record, struct record_space *space,
	const struct image_header *img, const struct sigring_request *req)
{
	struct search search = {.record = record, .space = space, .img = img, .req = req};
	if (req->kind >= SIGN_KIND_CNT || find_kind[req->kind] == NULL)
		return SIGN_BAD_REQUEST;
	*record = (struct record){.img = img};
	return find_kind[req->kind](&search);
}

int record_write(struct tbs *tbs, const struct record *record)
{
	if (record->rrset != NULL)
		return canon_rrset(tbs, &record->what, record->img, record->rrset);
	if (tbs_begin(tbs, &record->what, 1, record->made_len) < 0)
		return -1;
	tbs_add_record(tbs, record->made, record->made_len);
	return 0;
}
