/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* 0 if the name is none of a socket's. */
static socklen_t address_of(struct sockaddr_un *address, const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len >= sizeof(address->sun_path))
		return 0;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0'; /* in the abstract name space */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

int notify_open(void)
{
	struct sockaddr_un address;
	const char *name = getenv("NOTIFY_SOCKET");
	socklen_t len = name != NULL ? address_of(&address, name) : 0;
	if (len == 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, len) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void notify_send(int fd, const char *state)
{
	/* a manager that does not listen is no reason to fail */
	ssize_t n = fd >= 0 ? send(fd, state, strlen(state), MSG_NOSIGNAL) : 0;
	(void)n;
}
