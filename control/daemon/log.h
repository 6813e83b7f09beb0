/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * log: lines on standard error, for a person or for the journal.
 *
 * Not a terminal: each line begins with its severity as sd-daemon(3) has it, "<4>". A terminal:
 * without; a line being drawn there (log_status) gives way and comes back.
 *
 * Any thread. A line is one write(2): lines never mix. No secret is ever logged: keys are named by
 * id.
 */
#ifndef CONTROL_DAEMON_LOG_H
#define CONTROL_DAEMON_LOG_H

#include <stdbool.h>

/* syslog's severities, as loglevel counts them */
enum log_severity {
	LOG_CRITICAL = 2,
	LOG_ERROR = 3,
	LOG_WARN = 4,
	LOG_NOTE = 5,
	LOG_INFORM = 6,
	LOG_DETAIL = 7,
};

/* Lines of severity above level are left out. Call it before threads. */
void log_init(unsigned level);
void log_line(enum log_severity severity, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* True if standard error is a terminal that shows log_status(). */
bool log_has_status(void);
/* Draws text in the terminal's last line, in place of the last one; "" takes it away. */
void log_status(const char *text);

#endif
