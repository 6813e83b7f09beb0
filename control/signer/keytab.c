/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/keytab.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "zonedb/dname.h"

#define BUCKET_CNT_MIN 65536

struct keytab {
	pthread_rwlock_t lock;
	struct keytab_set **bucket;
	size_t bucket_cnt; /* a power of two */
	size_t zone_cnt;
	struct keytab_set *doubled; /* the next one to look at of the zones with two sets */
	size_t doubled_cnt;
	struct keytab_state state;
	uint64_t next_id;
	uint64_t seed;
};

/* ---- sets ----------------------------------------------------------------------------------- */

static struct keytab_set *set_free(struct keytab_set *set)
{
	if (set != NULL)
		OPENSSL_cleanse(set, set->len);
	free(set);
	return NULL;
}

/* Whether a key can be one to sign with. */
static bool is_usable(const struct protocol_key *key)
{
	const struct key_algorithm *alg = key_algorithm(key->algorithm);
	if (alg == NULL || key->secret_len == 0)
		return false;
	return !protocol_is_number(key->algorithm) || key->secret_len == alg->private_len;
}

static int take_keys(struct keytab_set *set, const struct protocol_message *msg)
{
	size_t off = msg->apex_len;
	for (unsigned i = 0; i < msg->key_cnt; i++) {
		const struct protocol_key *from = &msg->key[i];
		if (!is_usable(from))
			return -1;
		set->key[i] = (struct keytab_key){
			.secret_off = (uint32_t)off,
			.secret_len = from->secret_len,
			.flags = from->flags,
			.tag = from->tag,
			.algorithm = from->algorithm,
			.role = from->role,
		};
		memcpy((uint8_t *)(set->key + set->key_cnt) + off, from->secret, from->secret_len);
		off += from->secret_len;
	}
	return 0;
}

static size_t set_len(const struct protocol_message *msg)
{
	size_t len = sizeof(struct keytab_set) + msg->key_cnt * sizeof(struct keytab_key) +
		     msg->apex_len;
	for (unsigned i = 0; i < msg->key_cnt; i++)
		len += msg->key[i].secret_len;
	return len;
}

/* The set a message describes. NULL with *verdict. */
static struct keytab_set *set_new(const struct protocol_message *msg, unsigned *verdict)
{
	size_t len = set_len(msg);
	struct keytab_set *set = calloc(1, len);
	if (set == NULL) {
		*verdict = VERDICT_NO_MEMORY;
		return NULL;
	}
	set->len = (uint32_t)len;
	set->live_id[0] = msg->live_id[0];
	set->live_id[1] = msg->live_id[1];
	set->inception_margin_s = msg->inception_margin_s;
	set->expiry_extend_s = msg->expiry_extend_s;
	set->key_cnt = msg->key_cnt;
	set->apex_len = msg->apex_len;
	memcpy(set->key + set->key_cnt, msg->apex, msg->apex_len);
	if (take_keys(set, msg) == 0)
		return set;
	*verdict = VERDICT_BAD_KEY;
	return set_free(set);
}

static bool is_for(const struct keytab_set *set, const uint64_t live_id[static 2])
{
	return set->live_id[0] == live_id[0] && set->live_id[1] == live_id[1];
}

/* Whether two sets of one zone sign the same way. */
static bool same_keys(const struct keytab_set *a, const struct keytab_set *b)
{
	size_t head = offsetof(struct keytab_set, live_id);
	return a->len == b->len &&
	       CRYPTO_memcmp((const char *)a + head, (const char *)b + head, a->len - head) == 0;
}

/* ---- table ----------------------------------------------------------------------------------- */

struct keytab *keytab_new(void)
{
	struct keytab *tab = calloc(1, sizeof(*tab));
	pthread_rwlockattr_t attr;
	if (tab == NULL)
		return NULL;
	tab->bucket_cnt = BUCKET_CNT_MIN;
	tab->bucket = calloc(tab->bucket_cnt, sizeof(*tab->bucket));
	if (tab->bucket == NULL || RAND_bytes((uint8_t *)&tab->seed, sizeof(tab->seed)) != 1) {
		free(tab->bucket);
		free(tab);
		return NULL;
	}
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&tab->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	return tab;
}

static void free_chain(struct keytab_set *set)
{
	for (struct keytab_set *next; set != NULL; set = next) {
		next = set->next;
		set_free(set->older);
		set_free(set);
	}
}

struct keytab *keytab_free(struct keytab *tab)
{
	if (tab == NULL)
		return NULL;
	for (size_t i = 0; i < tab->bucket_cnt; i++)
		free_chain(tab->bucket[i]);
	pthread_rwlock_destroy(&tab->lock);
	free(tab->bucket);
	free(tab);
	return NULL;
}

static uint64_t hash_of(const struct keytab *tab, const uint8_t *apex, size_t apex_len)
{
	uint8_t padded[DNAME_LEN_MAX + DNAME_PAD] = {0};
	memcpy(padded, apex, apex_len);
	return dname_hash(padded, tab->seed);
}

/* Where the zone's set hangs, or would. */
static struct keytab_set **place_of(
	const struct keytab *tab, const uint8_t *apex, size_t apex_len, uint64_t hash)
{
	struct keytab_set **at = &tab->bucket[hash & (tab->bucket_cnt - 1)];
	for (; *at != NULL; at = &(*at)->next)
		if ((*at)->hash == hash && (*at)->apex_len == apex_len &&
			memcmp(keytab_apex(*at), apex, apex_len) == 0)
			break;
	return at;
}

/* Twice the buckets; if memory is out, longer chains do as well. */
static void grow(struct keytab *tab)
{
	size_t cnt = 2 * tab->bucket_cnt;
	struct keytab_set **bucket = calloc(cnt, sizeof(*bucket));
	if (bucket == NULL)
		return;
	for (size_t i = 0; i < tab->bucket_cnt; i++) {
		for (struct keytab_set *set = tab->bucket[i], *next; set != NULL; set = next) {
			next = set->next;
			set->next = bucket[set->hash & (cnt - 1)];
			bucket[set->hash & (cnt - 1)] = set;
		}
	}
	free(tab->bucket);
	tab->bucket = bucket;
	tab->bucket_cnt = cnt;
}

/* ---- the main thread's ------------------------------------------------------------------------
 */

static void forget(struct keytab *tab, struct keytab_set *set)
{
	if (set == NULL)
		return;
	set_free(set);
	tab->state.generation++;
}

static void forget_older(struct keytab *tab, struct keytab_set *set)
{
	forget(tab, set->older);
	set->older = NULL;
}

/* The zones with two sets are a ring. */
static void undouble(struct keytab *tab, struct keytab_set *set)
{
	set->prev_doubled->next_doubled = set->next_doubled;
	set->next_doubled->prev_doubled = set->prev_doubled;
	if (tab->doubled == set)
		tab->doubled = set->next_doubled != set ? set->next_doubled : NULL;
	tab->doubled_cnt--;
}

static void redouble(struct keytab *tab, struct keytab_set *set)
{
	struct keytab_set *first = tab->doubled != NULL ? tab->doubled : set;
	set->next_doubled = first;
	set->prev_doubled = first != set ? first->prev_doubled : set;
	set->prev_doubled->next_doubled = set;
	first->prev_doubled = set;
	tab->doubled = first;
	tab->doubled_cnt++;
}

/* Puts set in place of old, which it keeps until its own image is published. */
static void replace(struct keytab *tab, struct keytab_set **at, struct keytab_set *set)
{
	struct keytab_set *old = *at;
	if (old->older != NULL)
		undouble(tab, old);
	forget_older(tab, old);
	set->next = old->next;
	if (is_for(old, set->live_id)) {
		forget(tab, old);
	} else {
		set->older = old;
		old->next = NULL;
		redouble(tab, set);
	}
	*at = set;
}

static void insert(struct keytab *tab, struct keytab_set *set)
{
	struct keytab_set **at = place_of(tab, keytab_apex(set), set->apex_len, set->hash);
	if (*at != NULL && same_keys(*at, set)) {
		set_free(set);
		return;
	}
	set->id = ++tab->next_id;
	for (unsigned i = 0; i < set->key_cnt; i++)
		tab->state.algorithms |= UINT32_C(1) << (set->key[i].algorithm & 31);
	if (*at != NULL) {
		replace(tab, at, set);
		return;
	}
	*at = set;
	if (++tab->zone_cnt > tab->bucket_cnt)
		grow(tab);
}

unsigned keytab_put(struct keytab *tab, const struct protocol_message *msg)
{
	unsigned verdict = VERDICT_DONE;
	struct keytab_set *set = set_new(msg, &verdict);
	if (set == NULL)
		return verdict;
	set->hash = hash_of(tab, msg->apex, msg->apex_len);
	pthread_rwlock_wrlock(&tab->lock);
	insert(tab, set);
	pthread_rwlock_unlock(&tab->lock);
	return verdict;
}

void keytab_remove(struct keytab *tab, const uint8_t *apex, size_t apex_len)
{
	pthread_rwlock_wrlock(&tab->lock);
	struct keytab_set **at = place_of(tab, apex, apex_len, hash_of(tab, apex, apex_len));
	struct keytab_set *set = *at;
	if (set != NULL) {
		if (set->older != NULL)
			undouble(tab, set);
		*at = set->next;
		forget_older(tab, set);
		forget(tab, set);
		tab->zone_cnt--;
	}
	pthread_rwlock_unlock(&tab->lock);
}

bool keytab_drop_older(struct keytab *tab,
	bool (*is_served)(
		void *ctx, const uint8_t *apex, size_t apex_len, const uint64_t live_id[static 2]),
	void *ctx)
{
	pthread_rwlock_wrlock(&tab->lock);
	size_t cnt = tab->doubled_cnt < KEYTAB_DROP_MAX ? tab->doubled_cnt : KEYTAB_DROP_MAX;
	bool more = cnt < tab->doubled_cnt;
	for (; cnt > 0; cnt--) {
		struct keytab_set *set = tab->doubled;
		tab->doubled = set->next_doubled;
		if (is_served(ctx, keytab_apex(set), set->apex_len, set->live_id)) {
			undouble(tab, set);
			forget_older(tab, set);
		}
	}
	pthread_rwlock_unlock(&tab->lock);
	return more;
}

size_t keytab_zone_cnt(struct keytab *tab)
{
	return tab->zone_cnt;
}

/* ---- workers' ---------------------------------------------------------------------------------
 */

struct keytab_state keytab_enter(struct keytab *tab)
{
	pthread_rwlock_rdlock(&tab->lock);
	return tab->state;
}

void keytab_leave(struct keytab *tab)
{
	pthread_rwlock_unlock(&tab->lock);
}

const struct keytab_set *keytab_find(const struct keytab *tab, const uint8_t *apex, size_t apex_len,
	const uint64_t live_id[static 2])
{
	const struct keytab_set *set = *place_of(tab, apex, apex_len, hash_of(tab, apex, apex_len));
	while (set != NULL && !is_for(set, live_id))
		set = set->older;
	return set;
}
