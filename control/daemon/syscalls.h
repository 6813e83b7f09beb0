/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * syscalls: lists of system calls for the filters of ensignd and of the signer.
 */
#ifndef CONTROL_DAEMON_SYSCALLS_H
#define CONTROL_DAEMON_SYSCALLS_H

#include <stdint.h>

#include <seccomp.h>

/* Has the filter take action for the calls of these names, whatever their arguments; names that the
 * architecture does not have are none to decide about. 0, or libseccomp's negative error. */
int syscalls_add(scmp_filter_ctx filter, uint32_t action, const char *const *name, unsigned cnt)
	__attribute__((warn_unused_result));

#endif
