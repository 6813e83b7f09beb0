/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * report: what a reader of text files has to say about them: errors and warnings, each one line
 * "FILE:LINE: cause" or "FILE:LINE:COLUMN: cause", in the order they were met.
 *
 * At most REPORT_LINE_MAX lines are kept, the rest is counted: a file of another format must not
 * fill the log. A report never fails: without memory it counts only.
 */
#ifndef CONTROL_SOURCE_REPORT_H
#define CONTROL_SOURCE_REPORT_H

#include <stdbool.h>

#define REPORT_LINE_MAX 100 /* more errors than an operator fixes in one go */

enum report_severity { REPORT_WARNING, REPORT_ERROR };

struct report_line {
	enum report_severity severity;
	char *text;
};

/* The zero state is empty and safe to deinit. */
struct report {
	struct report_line *line; /* [REPORT_LINE_MAX] as soon as there is one */
	unsigned line_cnt;
	unsigned long error_cnt;   /* of all errors, kept or not */
	unsigned long warning_cnt; /* likewise */
};

void report_add(struct report *report, enum report_severity severity, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Text of the first error kept; "" if there is none. Lives as long as the report. */
const char *report_first_error(const struct report *report);
/* Lines that were counted but not kept. */
unsigned long report_omitted(const struct report *report);
void report_deinit(struct report *report);

#endif
