/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wall_clock: preloaded into servers under test, it makes their time of day differ from the
 * machine's. Steady clocks are left alone.
 *
 * /etc/ld.so.preload names this library, so that the dynamic linker loads it into all processes of
 * a mount namespace whose /etc that is: also into those that are started with an empty environment,
 * as the signer is. A comment there says by how much: "# WALL_CLOCK_OFFSET_S=-3600".
 *
 * libfaketime does more and cannot be used: it allocates while it finds the real functions,
 * jemalloc asks for the time while it is set up, and the two call each other until one gives up.
 * What this needs it finds in its constructor; who asks before goes to the kernel. A sandbox
 * entered later notices nothing.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define OFFSET_WORD "WALL_CLOCK_OFFSET_S="

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static long offset_s;

static void read_offset(void)
{
	char text[4096];
	int fd = open("/etc/ld.so.preload", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	const char *at = strstr(text, OFFSET_WORD);
	offset_s = at ? strtol(at + strlen(OFFSET_WORD), NULL, 10) : 0;
}

__attribute__((constructor)) static void find_real(void)
{
	read_offset();
	*(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = real_clock_gettime ? real_clock_gettime(id, ts)
				   : (int)syscall(SYS_clock_gettime, id, ts);
	if (r == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += offset_s;
	return r;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	(void)zone;
	struct timespec ts;
	int r = clock_gettime(CLOCK_REALTIME, &ts);
	*tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = ts.tv_nsec / 1000};
	return r;
}

time_t time(time_t *out)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	if (out)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
