/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * notify: tells the service manager how far the process is (sd_notify(3), Type=notify).
 *
 * Opened before the sandbox closes; nothing happens where $NOTIFY_SOCKET names no socket.
 */
#ifndef CONTROL_DAEMON_NOTIFY_H
#define CONTROL_DAEMON_NOTIFY_H

/* The socket, or -1. */
int notify_open(void);
/* state: "READY=1", "STATUS=...". */
void notify_send(int fd, const char *state);

#endif
