/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * threads: runs a function in every thread of the process, for attributes the kernel keeps per
 * thread. Each other thread runs it in a handler of SIGRTMAX, so it must be async-signal-safe.
 */
#ifndef DATAPLANE_THREADS_H
#define DATAPLANE_THREADS_H

#define THREADS_WAIT_MS 2000 /* a thread that has not run fn by then blocks all signals */

/* Calls fn(ctx) in all threads, the calling one last, one after the other. fn returns 0 or an
 * errno. No thread may be started meanwhile. Returns 0 with *cnt, or the first errno; ETIMEDOUT for
 * a thread that takes no signal. */
int threads_each(int (*fn)(void *ctx), void *ctx, unsigned *cnt);

#endif
