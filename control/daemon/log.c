/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LEN 2048
#define ERASE_LINE   "\r\033[K"

static struct {
	unsigned level;
	bool terminal;
	pthread_mutex_t mutex; /* of status */
	char status[256];
} sink = {.level = LOG_WARN, .mutex = PTHREAD_MUTEX_INITIALIZER};

void log_init(unsigned level)
{
	sink.level = level;
	sink.terminal = isatty(STDERR_FILENO);
}

static void put(const char *text, size_t len)
{
	/* where the log cannot be written there is nobody to tell */
	ssize_t n = write(STDERR_FILENO, text, len);
	(void)n;
}

static void put_terminal(const char *line)
{
	char text[LINE_MAX_LEN + sizeof(sink.status) + 16];
	pthread_mutex_lock(&sink.mutex);
	const char *erase = sink.status[0] != '\0' ? ERASE_LINE : "";
	int len = snprintf(text, sizeof(text), "%s%s\n%s", erase, line, sink.status);
	put(text, (size_t)len);
	pthread_mutex_unlock(&sink.mutex);
}

void log_line(enum log_severity severity, const char *format, ...)
{
	if ((unsigned)severity > sink.level)
		return;
	char line[LINE_MAX_LEN];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (sink.terminal)
		return put_terminal(line);

	char text[LINE_MAX_LEN + 16];
	int len = snprintf(text, sizeof(text), "<%u>%s\n", severity, line);
	put(text, (size_t)len);
}

bool log_has_status(void)
{
	return sink.terminal;
}

void log_status(const char *text)
{
	char line[sizeof(sink.status) + 16];
	if (!sink.terminal)
		return;
	pthread_mutex_lock(&sink.mutex);
	if (strcmp(text, sink.status) != 0) {
		snprintf(sink.status, sizeof(sink.status), "%s", text);
		int len = snprintf(line, sizeof(line), ERASE_LINE "%s", sink.status);
		put(line, (size_t)len);
	}
	pthread_mutex_unlock(&sink.mutex);
}
