/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/signer/contexts.h"

#include <stdlib.h>

static struct context *context_free(struct context *context)
{
	if (context != NULL) {
		signer_deinit(&context->signer);
		key_deinit(&context->key);
	}
	free(context);
	return NULL;
}

static struct context *context_new(const struct keytab_set *set, const struct keytab_key *key)
{
	char err[256];
	struct context *context = calloc(1, sizeof(*context));
	if (context == NULL)
		return NULL;
	context->set_id = set->id;
	context->key_idx = (unsigned)(key - set->key);
	if (key_from_content(&context->key, key->flags, (const char *)keytab_secret(set, key),
		    key->secret_len, err) < 0)
		return context_free(context);
	key_set_identity(&context->key, key->flags, key->algorithm);
	return signer_init(&context->signer, &context->key) < 0 ? context_free(context) : context;
}

struct signer *contexts_signer(
	struct contexts *contexts, const struct keytab_set *set, const struct keytab_key *key)
{
	unsigned key_idx = (unsigned)(key - set->key);
	struct context **place = &contexts->place[(set->id * 7 + key_idx) % CONTEXT_CNT];
	if (*place == NULL || (*place)->set_id != set->id || (*place)->key_idx != key_idx) {
		context_free(*place);
		*place = context_new(set, key);
	}
	return *place != NULL ? &(*place)->signer : NULL;
}

void contexts_forget(struct contexts *contexts)
{
	for (unsigned i = 0; i < CONTEXT_CNT; i++)
		contexts->place[i] = context_free(contexts->place[i]);
}
