/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * daemon: ensignd's process: what it opens, in which order, and its end.
 *
 *   as started    locked memory for keys, published zones attached, control socket
 *   sandboxed     (sandbox.h) from here on
 *   then          threads, named.conf, zones; READY=1 as soon as commands are taken
 *
 * Threads: main (event loop: sockets, inotify, signals, bookkeeping), one that looks (named.conf,
 * files, database), one per core that compiles zones. Published zones are served whatever becomes
 * of this process.
 *
 * SIGHUP reloads everything, SIGTERM and SIGINT end it.
 */
#ifndef CONTROL_DAEMON_DAEMON_H
#define CONTROL_DAEMON_DAEMON_H

struct settings;

/* Runs until it is told to stop. Exit code; what went wrong has been logged. */
int daemon_run(const struct settings *settings);

#endif
