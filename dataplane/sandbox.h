/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sandbox: what is left to the process once it parses packets. Entered after every socket, port and
 * file is open, before the first packet is taken; there is no way back and no setting to leave it
 * out.
 *
 *   user, group      as set, supplementary groups dropped
 *   capabilities     none, and none to be gained (bounding set, no_new_privs)
 *   Landlock         no file and no TCP port can be opened (where the kernel has it)
 *   seccomp          the system calls below; others fail with EPERM, those only an attacker needs
 *                    (execve, ptrace, bpf, ...) kill the process
 *   not dumpable     no core file, no ptrace by the same user
 *
 * System calls: sending, receiving and accepting on open sockets; epoll; closing; time; futexes and
 * memory without PROT_EXEC; starting threads; ending. With DPDK ports also poll, ioctl and
 * getsockopt on open descriptors, as the port drivers do. Nothing that takes memory from files
 * others have mapped: readers and sigrings are written by this process and read by control and
 * signer.
 *
 * Threads: applies to all of the process, those EAL has started included. Capabilities and Landlock
 * are a thread's own in the kernel, so each thread that already runs is made to drop them in a
 * signal handler (SIGRTMAX, restored afterwards); threads started later inherit all of it.
 */
#ifndef DATAPLANE_SANDBOX_H
#define DATAPLANE_SANDBOX_H

#include <stdbool.h>

#define SANDBOX_ERR_LEN 256

struct sandbox_options {
	const char *user;  /* name or number; empty = stay */
	const char *group; /* empty = the user's, or stay */
	bool packet;	   /* DPDK ports are open */
};

/* What is in force; for the log. */
struct sandbox_report {
	int landlock_abi; /* 0 = the kernel has none */
	unsigned thread_cnt;
};

/* Enters. Returns 0, or -1 with err, and then the process must end: it may be half inside. */
int sandbox_enter(const struct sandbox_options *opt, struct sandbox_report *report,
	char err[static SANDBOX_ERR_LEN]) __attribute__((warn_unused_result));

#endif
