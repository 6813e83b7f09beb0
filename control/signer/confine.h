/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * confine: what is left to the signer once it is set up.
 *
 *   user, group     as set; no capabilities, also of root, but to lock memory
 *   no_new_privs
 *   not dumpable    no core file, no ptrace by the same user
 *   Landlock        no file is made, written or removed (where the kernel has it)
 *   seccomp         reading its socket and writing to it and to standard error, waiting, private
 *                   memory that is never executable, randomness, ending. No call that takes a path,
 *                   makes a descriptor, a thread or a process. Others fail with EPERM; those only
 *                   an attacker needs kill the process
 */
#ifndef CONTROL_SIGNER_CONFINE_H
#define CONTROL_SIGNER_CONFINE_H

#include "control/daemon/identity.h"

/* Lock memory as it comes to be used: what there is now, without a limit from here on; and what is
 * mapped later. Zone memory is mapped in between: the kernel takes neither on-fault nor the rest of
 * it into account for huge pages, but brings in all of the file, holes included. 0; 1 if the
 * process may not. Before privileges are dropped. */
int confine_lock_memory(void);
int confine_lock_memory_to_come(void);
/* All but seccomp; in the main thread, before there are others. 0, or -1 with err. */
int confine_drop(const struct identity *id, char err[static 256])
	__attribute__((warn_unused_result));
/* seccomp, for all threads of the process. 0, or -1 with err. */
int confine_calls(char err[static 256]) __attribute__((warn_unused_result));

#endif
