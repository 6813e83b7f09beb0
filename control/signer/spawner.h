/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * spawner: a small process that starts signers for ensignd.
 *
 * Once inside its sandbox ensignd can neither fork nor execute, and has no privileges to give a
 * signer a user of its own or locked memory. So before that it leaves behind a child that does, and
 * does nothing else: it waits for an octet on a socket. It has read no key, no zone and no packet,
 * and takes no other input: what it executes, and with which arguments, is fixed when it is made.
 *
 *   ensignd         spawner
 *     'S' ------->    kills the signer it started before, if it lives, and starts one
 *         <-------    an octet with one end of the signer's socket attached, or none: it failed
 *     'Q' ------->    kills the signer and ends
 *     (gone) ---->    ends; the signer goes on with the keys it has, for the data plane does too,
 *                     until a signer of a new ensignd takes its place (process.h)
 */
#ifndef CONTROL_SIGNER_SPAWNER_H
#define CONTROL_SIGNER_SPAWNER_H

struct settings;

enum signer_spawner_order {
	SPAWNER_START = 'S',
	SPAWNER_QUIT = 'Q',
};

/* Makes the process, before ensignd drops privileges and before it has threads. rings_fd:
 * sigring_create()'s, which the signers inherit. Returns the socket to it, non-blocking, or -1 with
 * errno set. */
int signer_spawner_start(const struct settings *settings, int rings_fd)
	__attribute__((warn_unused_result));

/* Reads the answer to SPAWNER_START from the socket: a descriptor, or -1 with errno set (EAGAIN: it
 * has not come yet; EPIPE: the spawner is gone). */
int signer_spawner_receive(int spawner_fd) __attribute__((warn_unused_result));

#endif
