/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "dataplane/notify.h"

static void nobody_to_notify_is_fine(void **state)
{
	char too_long[300];
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_open(), -1);
	setenv("NOTIFY_SOCKET", "", 1);
	assert_int_equal(notify_open(), -1);
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	assert_int_equal(notify_open(), -1);
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = 0;
	setenv("NOTIFY_SOCKET", too_long, 1);
	assert_int_equal(notify_open(), -1);
	notify_send(-1, "READY=1");
}

/* path: a file name, or '@' and an abstract name. */
static void assert_reaches(const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char got[64] = "";
	size_t len = strlen(path);
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = 0;
	int server = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t un_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	assert_int_equal(bind(server, (struct sockaddr *)&un, un_len), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	int fd = notify_open();
	assert_true(fd >= 0);
	notify_send(fd, "READY=1\nSTATUS=x");
	assert_int_equal(recv(server, got, sizeof(got), MSG_DONTWAIT), 16);
	assert_string_equal(got, "READY=1\nSTATUS=x");
	close(fd);
	close(server);
}

static void service_manager_is_told(void **state)
{
	char path[64];
	snprintf(path, sizeof(path), "@ensign-test-notify-%d", getpid());
	assert_reaches(path);
	snprintf(path, sizeof(path), "/tmp/ensign-test-notify-%d", getpid());
	assert_reaches(path);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_to_notify_is_fine),
		cmocka_unit_test(service_manager_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
