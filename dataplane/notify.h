/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notify: tells the service manager how far the process is (sd_notify(3), Type=notify). The socket
 * is opened early, so that a sandboxed process can still write to it.
 */
#ifndef DATAPLANE_NOTIFY_H
#define DATAPLANE_NOTIFY_H

/* Opens the socket $NOTIFY_SOCKET names. Returns it, or -1 if there is none to notify. */
int notify_open(void);
/* Sends state ("READY=1"); does nothing if fd is -1. */
void notify_send(int fd, const char *state);

#endif
