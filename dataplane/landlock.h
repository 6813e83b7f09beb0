/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * landlock: the kernel's own restriction of what a thread may open (landlock(7)), by raw system
 * calls: glibc of Debian 12 has no wrappers.
 *
 * The rule set handles every kind of access the kernel knows to files and TCP ports and allows
 * none. What is open already stays usable.
 */
#ifndef DATAPLANE_LANDLOCK_H
#define DATAPLANE_LANDLOCK_H

/* Makes the rule set. Returns its descriptor with *abi >= 1; -1 with *abi 0 if the kernel has no
 * Landlock or it is switched off; -1 with *abi >= 1 and errno if it failed. */
int landlock_open(int *abi);

/* Restricts the calling thread, which has no_new_privs; does nothing if fd is -1.
 * Async-signal-safe. 0, or -1 with errno. */
int landlock_restrict(int fd);

#endif
