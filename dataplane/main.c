/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * ensign-dataplane: answers questions from published zones.
 *
 *   settings -> attach zone memory -> map rings -> open sockets -> EAL and ports -> sandbox ->
 * threads -> READY
 *
 * Crash-only: nothing is written, nothing needs an orderly end; after kill -9 the next start
 * attaches the same zones. Where control has never run there is no zone memory: then the process
 * waits for it and answers nothing, not even REFUSED, so that resolvers go on to another server of
 * the zones.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <time.h>

#include "dataplane/answer_settings.h"
#include "dataplane/notify.h"
#include "dataplane/options.h"
#include "dataplane/packet/packet.h"
#include "dataplane/sandbox.h"
#include "dataplane/stream/stream.h"
#include "zonedb/publish.h"
#include "zonedb/sigring.h"

#define ERR_LEN		512
#define TICK_MS		250  /* of the clock that signatures go by; they count in seconds */
#define RINGS_WAIT_MS	1000 /* for a new ensignd beside zones of one that made none */
#define ATTACH_RETRY_MS 100  /* waiting for control: short against the second a restart may take */
#define FD_RESERVE	128  /* descriptors beside those of sockets: epoll, EAL, zone memory */

static_assert(ERR_LEN >= OPTIONS_ERR_LEN && ERR_LEN >= STREAM_ERR_LEN && ERR_LEN >= PACKET_ERR_LEN,
	"one buffer for all messages");

struct server {
	struct settings settings;
	struct answer_config answer;
	struct publish_reader *reader;
	struct sigring *rings; /* to the signer; NULL: there are none */
	struct wallclock clock;
	struct stream *stream;
	struct packet *packet; /* NULL without DPDK ports */
	sigset_t stop_signals; /* blocked in all threads, waited for in the main one */
	int notify_fd;
	uint64_t started_us;
	uint64_t attach_us; /* how long attaching took */
};

static uint64_t now_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Writes a line to standard error if loglevel lets it through. */
__attribute__((format(printf, 3, 4))) static void report(
	const struct server *server, int severity, const char *format, ...)
{
	char line[1024];
	va_list args;
	if ((uint64_t)severity > server->settings.loglevel)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "ensign-dataplane: %s\n", line);
}

/* ---- start, step by step: each returns 0, or -1 with err ---------------------------------------
 */

/* Sleeps; true if a stop signal has come. */
static bool stop_wait_ms(const struct server *server, unsigned ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	return sigtimedwait(&server->stop_signals, NULL, &ts) > 0;
}

/* Attaches, waiting for control to have made zone memory. 1 = stopped while waiting. */
static int server_attach(struct server *server, char err[static ERR_LEN])
{
	char last[256] = "";
	for (;;) {
		uint64_t begin_us = now_us();
		server->reader = publish_reader_new(server->settings.zone_memory_dir, err);
		server->attach_us = now_us() - begin_us;
		if (server->reader)
			return 0;
		if (strcmp(err, last)) {
			report(server, LOG_WARNING, "waiting for zones in %s: %s",
				server->settings.zone_memory_dir, err);
			snprintf(last, sizeof(last), "%s", err);
			notify_send(
				server->notify_fd, "STATUS=waiting for ensignd to publish zones");
		}
		if (stop_wait_ms(server, ATTACH_RETRY_MS))
			return 1;
	}
}

/* Maps the rings to the signer, which control makes before the zones. Without them everything is
 * served but signed answers of live zones. 1 = stopped while waiting. */
static int server_open_rings(struct server *server)
{
	char err[256];
	for (unsigned waited_ms = 0;; waited_ms += ATTACH_RETRY_MS) {
		server->rings = sigring_open(server->settings.zone_memory_dir, err);
		if (server->rings)
			return 0;
		if (waited_ms >= RINGS_WAIT_MS)
			break;
		if (stop_wait_ms(server, ATTACH_RETRY_MS))
			return 1;
	}
	report(server, LOG_WARNING,
		"no signer: zones that are signed live are answered SERVFAIL until this process is "
		"started again: %s",
		err);
	return 0;
}

/* Lets the process have all the descriptors that max-tcp-connections asks for. */
static void descriptors_raise(const struct server *server)
{
	const struct settings *s = &server->settings;
	struct rlimit limit;
	rlim_t need =
		s->max_tcp_connections + FD_RESERVE + 2 * s->local_address.cnt * s->stream_threads;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
		return;
	struct rlimit wanted = {need, limit.rlim_max > need ? limit.rlim_max : need};
	if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	report(server, LOG_WARNING, "only %llu open files allowed, max-tcp-connections needs %llu",
		(unsigned long long)limit.rlim_max, (unsigned long long)need);
}

static int server_open(struct server *server, char err[static ERR_LEN])
{
	const struct settings *s = &server->settings;
	const struct sigthread_config sigs = {
		.rings = server->rings,
		.clock = &server->clock,
		.cache_len = s->sigcache_size << 20,
		.place_cnt = (uint32_t)s->max_parked_queries,
	};
	const struct stream_config stream = {s, server->answer, server->reader, sigs};
	const struct packet_config packet = {s, server->answer, server->reader, sigs, 0};
	server->stream = stream_new(&stream, err);
	if (!server->stream)
		return -1;
	if (!s->dataplane_ports.cnt)
		return 0;
	server->packet = packet_new(&packet, err);
	return server->packet ? 0 : -1;
}

static int server_confine(struct server *server, char err[static ERR_LEN])
{
	struct sandbox_report sandbox;
	struct sandbox_options opt = {
		.user = server->settings.setuid,
		.group = server->settings.setgid,
		.packet = server->packet,
	};
	if (sandbox_enter(&opt, &sandbox, err) < 0)
		return -1;
	report(server, LOG_INFO, "sandboxed: seccomp, no capabilities, %s%s",
		sandbox.landlock_abi ? "Landlock" : "no Landlock in this kernel",
		opt.user[0] ? "" : ", user unchanged (setuid is not set)");
	return 0;
}

static int server_run(struct server *server, char err[static ERR_LEN])
{
	if (stream_start(server->stream, err) < 0)
		return -1;
	return server->packet ? packet_start(server->packet, err) : 0;
}

static int server_start(struct server *server, char err[static ERR_LEN])
{
	int rc = answer_settings_read(&server->answer, &server->settings, err);
	if (!rc)
		rc = server_attach(server, err);
	if (!rc)
		rc = server_open_rings(server);
	if (!rc) {
		descriptors_raise(server);
		rc = server_open(server, err);
	}
	if (!rc)
		rc = server_confine(server, err);
	if (!rc)
		rc = server_run(server, err);
	return rc;
}

static void server_ready(const struct server *server)
{
	/* a warning only so that it shows at the default loglevel, as PowerDNS' own does */
	report(server, LOG_WARNING,
		"answering: attached %llu zones in %.1f ms, started in %.1f ms, %llu stream "
		"threads, %u workers",
		(unsigned long long)publish_zone_cnt(server->reader),
		(double)server->attach_us / 1000, (double)(now_us() - server->started_us) / 1000,
		(unsigned long long)server->settings.stream_threads,
		server->packet ? packet_worker_cnt(server->packet) : 0);
	notify_send(server->notify_fd, "READY=1\nSTATUS=answering");
}

/* ---- at work ------------------------------------------------------------------------------- */

static void clock_tick(struct server *server)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	wallclock_set(&server->clock, (uint64_t)now.tv_sec);
}

/* Does what the threads leave to this one, until a stop signal comes, which is returned. */
static int server_tend(struct server *server)
{
	const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	for (;;) {
		int sig = sigtimedwait(&server->stop_signals, NULL, &tick);
		if (sig > 0)
			return sig;
		clock_tick(server);
		stream_tick(server->stream);
		if (server->packet)
			packet_tick(server->packet);
	}
}

/* ---- end ----------------------------------------------------------------------------------- */

static void server_stop(struct server *server)
{
	notify_send(server->notify_fd, "STOPPING=1");
	if (server->packet) {
		packet_stop(server->packet);
		packet_join(server->packet);
	}
	if (server->stream) {
		stream_stop(server->stream);
		stream_join(server->stream);
	}
	server->packet = packet_free(server->packet);
	server->stream = stream_free(server->stream);
	server->reader = publish_reader_free(server->reader);
	server->rings = sigring_close(server->rings);
	settings_deinit(&server->settings);
}

/* Stop signals are waited for, not handled; SIGHUP has no meaning here (control reads the files),
 * and a client that is gone must not be a signal. */
static void signals_prepare(struct server *server)
{
	sigemptyset(&server->stop_signals);
	sigaddset(&server->stop_signals, SIGTERM);
	sigaddset(&server->stop_signals, SIGINT);
	sigprocmask(SIG_BLOCK, &server->stop_signals, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct server server = {.started_us = now_us(), .settings.loglevel = LOG_WARNING};
	char err[ERR_LEN] = "";
	int rc = options_read(&server.settings, argc, argv, err);
	if (rc == OPTIONS_DONE) {
		settings_deinit(&server.settings);
		return EXIT_SUCCESS;
	}
	signals_prepare(&server);
	clock_tick(&server);
	server.notify_fd = notify_open();
	if (!rc)
		rc = server_start(&server, err);
	if (!rc) {
		server_ready(&server);
		int sig = server_tend(&server);
		report(&server, LOG_NOTICE, "stopping: %s", strsignal(sig));
	}
	if (rc < 0)
		report(&server, LOG_ERR, "%s", err);
	server_stop(&server);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
