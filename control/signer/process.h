/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * process: the signer, `ensignd --role=signer`: the one process that holds private keys for good.
 *
 *   control ==socket: key sets==> main thread --> keytab <-- worker threads <==rings==> data plane
 *                                                               |
 *                                       zones file, read-only --+
 *
 * Started by the spawner with two descriptors and a few settings as arguments. It opens zone
 * memory, starts its threads, gives up all else (confine.h), and only then reads the first key.
 * From there on it opens nothing, connects to nothing, starts nothing.
 *
 * It is the only signer at its rings: it holds a lock on them. A signer left over from an ensignd
 * that was killed goes on with the keys it has, until the next one takes the lock by killing it, or
 * the directory of zones is removed.
 *
 * Memory: all of it is locked, if the process may (ensignd started as root), else the pools and the
 * keys in use. It is not dumpable and writes no core.
 */
#ifndef CONTROL_SIGNER_PROCESS_H
#define CONTROL_SIGNER_PROCESS_H

struct settings;

/* Where the spawner puts them. */
#define SIGNER_LINK_FD	3
#define SIGNER_RINGS_FD 4

/* Runs the signer; returns the process's exit status. */
int signer_process_run(const struct settings *settings);

#endif
