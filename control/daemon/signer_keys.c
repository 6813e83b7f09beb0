/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/signer_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "control/signer/link.h"
#include "control/signer/spawner.h"
#include "zonedb/settings.h"
#include "zonedb/sigring.h"

#define LEND_MS 5000 /* one that is being started is waited for */
#define HAND_MS 2000 /* for a signer to take a set: it does in a fraction of one */

static int hand(void *ctx, const struct live_key_set *set, char err[static 256])
{
	struct signer_keys *keys = ctx;
	const struct signer_key_set given = {
		.apex = set->apex,
		.live_id = {set->live_id[0], set->live_id[1]},
		.inception_margin_s = set->inception_margin_s,
		.expiry_extend_s = set->expiry_extend_s,
		.keys = set->keys,
	};
	return signer_link_set(keys->link, &given, HAND_MS, err);
}
static_assert(SIGNER_LINK_ERR_LEN == 256, "as live_keys.hand has it");

static void forget(void *ctx, const uint8_t *apex)
{
	struct signer_keys *keys = ctx;
	signer_link_remove(keys->link, apex);
}

static int lend(void *ctx, const uint8_t *apex, const struct keyset *set, uint64_t *ticket,
	char err[static 256])
{
	struct signer_keys *keys = ctx;
	return signer_link_lend(keys->link, apex, set, LEND_MS, ticket, err);
}

static int sign(void *ctx, uint64_t ticket, struct dnssec_batch *batch, char err[static 256])
{
	struct signer_keys *keys = ctx;
	return signer_link_sign(keys->link, ticket, batch, err);
}

static void give_back(void *ctx, const uint8_t *apex)
{
	struct signer_keys *keys = ctx;
	signer_link_return(keys->link, apex);
}

int signer_keys_open(struct signer_keys *keys, const struct settings *settings,
	const struct identity *id, char err[static 256])
{
	*keys = (struct signer_keys){
		.live_keys = {hand, forget, keys},
		.remote = {lend, sign, give_back, keys},
		.spawner_fd = -1,
	};
	int rings_fd = sigring_create(settings->zone_memory_dir, id->uid, id->gid, err);
	if (rings_fd < 0)
		return -1;
	keys->spawner_fd = signer_spawner_start(settings, rings_fd);
	int cause = errno;
	close(rings_fd); /* the spawner has it */
	if (keys->spawner_fd >= 0)
		return 0;
	snprintf(err, 256, "cannot start a process: %s", strerror(cause));
	return -1;
}

int signer_keys_start(
	struct signer_keys *keys, struct loop *loop, void (*started)(void *ctx), void *ctx)
{
	const struct signer_link_options opt = {loop, keys->spawner_fd, started, ctx};
	keys->spawner_fd = -1; /* the link's */
	keys->link = signer_link_new(&opt);
	return keys->link != NULL ? 0 : -1;
}

void signer_keys_tick(struct signer_keys *keys)
{
	signer_link_tick(keys->link);
}

void signer_keys_end(struct signer_keys *keys)
{
	signer_link_end(keys->link);
}

void signer_keys_close(struct signer_keys *keys)
{
	keys->link = signer_link_free(keys->link);
	if (keys->spawner_fd > 0)
		close(keys->spawner_fd);
	keys->spawner_fd = -1;
}
