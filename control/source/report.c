/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void report_add(struct report *report, enum report_severity severity, const char *format, ...)
{
	unsigned long *cnt = severity == REPORT_ERROR ? &report->error_cnt : &report->warning_cnt;
	(*cnt)++;
	if (report->line == NULL)
		report->line = calloc(REPORT_LINE_MAX, sizeof(*report->line));
	if (report->line == NULL || report->line_cnt == REPORT_LINE_MAX)
		return;

	va_list args;
	va_start(args, format);
	char *text;
	int len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return;
	report->line[report->line_cnt++] = (struct report_line){severity, text};
}

const char *report_first_error(const struct report *report)
{
	for (unsigned i = 0; i < report->line_cnt; i++)
		if (report->line[i].severity == REPORT_ERROR)
			return report->line[i].text;
	return "";
}

unsigned long report_omitted(const struct report *report)
{
	return report->error_cnt + report->warning_cnt - report->line_cnt;
}

void report_deinit(struct report *report)
{
	for (unsigned i = 0; i < report->line_cnt; i++)
		free(report->line[i].text);
	free(report->line);
	*report = (struct report){0};
}
