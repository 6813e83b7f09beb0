/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * identity: user, group and capabilities of a process, and giving up what it need not have.
 */
#ifndef CONTROL_DAEMON_IDENTITY_H
#define CONTROL_DAEMON_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

/* Whom to run as; (uid_t)-1, (gid_t)-1 = stay. */
struct identity {
	uid_t uid;
	gid_t gid;
};

/* user and group by name or number; empty = stay, and a user's group is his own. 0, or -1 with err.
 */
int identity_find(struct identity *id, const char *user, const char *group, char err[static 256])
	__attribute__((warn_unused_result));
/* Capabilities (CAP_*) to keep, as far as they are there. */
struct identity_caps {
	const unsigned *cap;
	unsigned cnt;
	bool any_user; /* else root's only, as long as it stays root */
};

/* Becomes id, supplementary groups dropped, and gives up all capabilities but these. 0, or -1 with
 * err. */
int identity_assume(const struct identity *id, const struct identity_caps *kept,
	char err[static 256]) __attribute__((warn_unused_result));

#endif
