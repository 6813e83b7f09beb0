/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sandbox: what is left to ensignd once it is set up. Entered before it starts a thread or reads a
 * zone; there is no way back and no setting to leave it out.
 *
 *   user, group      as set, supplementary groups dropped
 *   capabilities     none; of root, as long as it stays root, those to read whatever file it is
 *                    told to read
 *   no_new_privs     nothing it could execute would give privileges; and it may execute nothing
 *   Landlock         files are made, written and removed in directories of databases and of the
 *                    control socket only (where the kernel has it)
 *   not dumpable     no core file, no ptrace by the same user
 *   seccomp          the system calls of sandbox.c: files, the database, threads, sockets that are
 *                    open; such to connect with where a database is behind one. Others fail with
 *                    EPERM, those only an attacker needs kill the process
 *
 * The private keys of zones signed here are in this process, in locked memory (dnssec/key.h). It
 * reads no packet from the network: zone files, the database and the control socket are the
 * operator's.
 */
#ifndef CONTROL_DAEMON_SANDBOX_H
#define CONTROL_DAEMON_SANDBOX_H

#include <stdbool.h>

#include "control/daemon/identity.h"

struct sandbox_options {
	const char *const *dir; /* where it may go on writing; may be missing */
	unsigned dir_cnt;
	bool connects; /* to database servers */
};

/* 0, or -1 with err, and then the process must end: it may be half inside. */
int sandbox_enter(const struct identity *id, const struct sandbox_options *opt,
	char err[static 256]) __attribute__((warn_unused_result));

#endif
