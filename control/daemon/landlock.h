/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * landlock: leaves a process that may read files anywhere the few directories it may write in
 * (landlock(7)), by raw system calls: glibc of Debian 12 has no wrappers.
 *
 * Files that are open already stay as they are. Reading is not restricted: zone files lie wherever
 * named.conf says.
 */
#ifndef CONTROL_DAEMON_LANDLOCK_H
#define CONTROL_DAEMON_LANDLOCK_H

/* From now on this thread, and those it starts, may make, write and remove files below the dir_cnt
 * directories only, and execute none. Those that do not exist are passed over. It has no_new_privs.
 * 0; 1 if the kernel has no Landlock; -1 with errno set. */
int landlock_limit_writes(const char *const *dir, unsigned dir_cnt)
	__attribute__((warn_unused_result));

#endif
