/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * signer_keys: the signer process (control/signer) as whoever has the keys of live zones sees it
 * (control/compile/live.h).
 *
 *   keeper --live_keys.hand--> signer_keys --link--> signer
 *          <--keeper_keys_lost--           <--started--
 */
#ifndef CONTROL_DAEMON_SIGNER_KEYS_H
#define CONTROL_DAEMON_SIGNER_KEYS_H

#include "control/compile/live.h"
#include "control/compile/remote.h"
#include "control/daemon/identity.h"

struct loop;
struct settings;
struct signer_link;

struct signer_keys {
	struct live_keys live_keys;  /* for the keeper */
	struct remote_signer remote; /* the same */
	struct signer_link *link;
	int spawner_fd;
};

/* Makes the rings and the process that starts signers. Before threads, the sandbox and the first
 * key; the directory of zone memory is there. 0, or -1 with err. */
int signer_keys_open(struct signer_keys *keys, const struct settings *settings,
	const struct identity *id, char err[static 256]) __attribute__((warn_unused_result));
/* Has a signer started. started is called in the loop's thread each time one has come up that has
 * no keys. 0, or -1 with errno set. */
int signer_keys_start(struct signer_keys *keys, struct loop *loop, void (*started)(void *ctx),
	void *ctx) __attribute__((warn_unused_result));
/* Several times a second, once started. */
void signer_keys_tick(struct signer_keys *keys);
/* Ends the signer. Other threads may be at it; nothing is freed. */
void signer_keys_end(struct signer_keys *keys);
/* Ends the signer and frees what is left, in any state. */
void signer_keys_close(struct signer_keys *keys);

#endif
