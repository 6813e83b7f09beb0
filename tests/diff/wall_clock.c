/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * wall_clock: preloaded into a server under test, it makes its time of day differ from the
 * machine's by the seconds in the environment variable WALL_CLOCK_OFFSET_S. Steady clocks are left
 * alone.
 *
 * libfaketime does more and cannot be used: it allocates while it finds the real functions,
 * jemalloc asks for the time while it is set up, and the two call each other until one gives up.
 * What this needs it finds in its constructor; who asks before goes to the kernel. A sandbox
 * entered later notices nothing.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static long offset_s;

__attribute__((constructor)) static void find_real(void)
{
	const char *text = getenv("WALL_CLOCK_OFFSET_S");
	offset_s = text ? strtol(text, NULL, 10) : 0;
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
