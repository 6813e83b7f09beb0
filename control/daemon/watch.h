/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * watch: tells of files that somebody has finished writing, or has moved into place (inotify).
 *
 * Directories are watched, not files: editors replace files, and a file may be yet to come. Only
 * finished changes count, so a file is not read half-written. What inotify does not see - network
 * file systems, targets of symbolic links - the keeper's sweeps find.
 */
#ifndef CONTROL_DAEMON_WATCH_H
#define CONTROL_DAEMON_WATCH_H

#include "control/daemon/loop.h"

struct watch;

/* changed is called from the loop with paths as they were given to watch_file(); also for other
 * files of the same directories. NULL with errno set. */
struct watch *watch_new(struct loop *loop, void (*changed)(void *ctx, const char *path), void *ctx);
struct watch *watch_free(struct watch *watch);
/* Watches a file that need not exist; its directory must, or it is left to the sweeps. Takes a NULL
 * watch. */
void watch_file(struct watch *watch, const char *path);

#endif
