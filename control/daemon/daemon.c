/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/daemon.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "control/daemon/commands.h"
#include "control/daemon/keeper.h"
#include "control/daemon/log.h"
#include "control/daemon/loop.h"
#include "control/daemon/memory_use.h"
#include "control/daemon/notify.h"
#include "control/daemon/pool.h"
#include "control/daemon/protocol.h"
#include "control/daemon/sandbox.h"
#include "control/daemon/server.h"
#include "control/daemon/show.h"
#include "control/daemon/signer_keys.h"
#include "control/daemon/watch.h"
#include "control/dnssec/key.h"
#include "zonedb/publish.h"
#include "zonedb/settings.h"

#define TICK_MS	     200 /* looks at the database, progress */
#define COMPILER_MAX 256

/* A pool's completions, in the loop. */
struct pool_source {
	struct loop_source source;
	struct pool *pool;
};

struct daemon {
	const struct settings *settings;
	struct databases databases;
	struct identity identity;
	struct loop *loop;
	struct loop_source signals;
	struct publisher *publisher;
	struct server *server;
	struct watch *watch;
	struct pool_source look;
	struct pool_source compile;
	struct worker look_worker;
	struct worker compile_worker[COMPILER_MAX];
	struct keeper keeper;
	struct signer_keys signer;
	struct commands commands;
	struct memory_use memory;
	struct show show;
	char socket_path[4096];
	int notify_fd;
};

static int fail(const char *what, const char *cause)
{
	log_line(LOG_CRITICAL, "%s: %s", what, cause);
	return -1;
}

/* ---- zone memory --------------------------------------------------------------------------- */

/* Whether a directory that may be yet to be made will be on hugetlbfs. */
static bool on_hugepages(const char *dir)
{
	char path[4096];
	struct statfs fs;
	snprintf(path, sizeof(path), "%s", dir);
	while (statfs(path, &fs) < 0) {
		char *slash = strrchr(path, '/');
		if (slash == NULL || slash == path)
			return false;
		*slash = '\0';
	}
	return fs.f_type == HUGETLBFS_MAGIC;
}

static int open_zone_memory(struct daemon *d)
{
	const struct settings *s = d->settings;
	struct publish_options opt = {
		.dir = s->zone_memory_dir,
		.size_max = s->zone_memory_max << 20,
		.hugepages = on_hugepages(s->zone_memory_dir),
		.reader_uid = d->identity.uid,
		.reader_gid = d->identity.gid,
	};
	struct publish_attach found;
	char err[256];
	struct publish_writer *writer = publish_writer_new(&opt, &found, err);
	if (writer == NULL)
		return fail("zone-memory-dir", err);
	if (found.dropped_cnt > 0)
		log_line(LOG_WARN, "%u damaged images are no longer served: %s", found.dropped_cnt,
			found.dropped);
	log_line(LOG_NOTE, "%s%s: %u zones of an earlier run are served on", opt.dir,
		opt.hugepages ? "" : " (no hugepages)", found.kept_cnt);
	d->publisher = publisher_new(writer);
	if (d->publisher != NULL)
		return 0;
	publish_writer_free(writer);
	return fail("start", "out of memory");
}

static void reclaim(struct daemon *d)
{
	uint64_t retired_len, used_len;
	if (publisher_try_reclaim(d->publisher, &retired_len, &used_len))
		d->memory = (struct memory_use){used_len, retired_len};
}

/* The rings are there before there are zones: a data plane that finds these finds those, too. */
static int open_signer(struct daemon *d)
{
	char err[256];
	if (publish_dir_make(d->settings->zone_memory_dir, d->identity.gid, err) < 0)
		return fail("zone-memory-dir", err);
	if (signer_keys_open(&d->signer, d->settings, &d->identity, err) < 0)
		return fail("signer", err);
	return 0;
}

/* ---- control socket ------------------------------------------------------------------------ */

static int open_server(struct daemon *d)
{
	const char *dir = d->settings->socket_dir;
	char err[256];
	if (mkdir(dir, 0755) == 0) {
		if (chown(dir, d->identity.uid, d->identity.gid) < 0)
			return fail(dir, strerror(errno));
	} else if (errno != EEXIST) {
		return fail(dir, strerror(errno));
	}
	snprintf(d->socket_path, sizeof(d->socket_path), "%s/" PROTOCOL_SOCKET_NAME, dir);
	struct server_options opt = {
		.loop = d->loop,
		.path = d->socket_path,
		.uid = d->identity.uid,
		.gid = d->identity.gid,
		.handle = commands_handle,
		.ctx = &d->commands,
	};
	d->server = server_new(&opt, err);
	return d->server == NULL ? fail("control socket", err) : 0;
}

/* ---- signals ------------------------------------------------------------------------------- */

static void reload_done(struct request *request)
{
	report_deinit(&request->report);
	free(request);
}

static void reload_all(struct daemon *d)
{
	struct request *request = calloc(1, sizeof(*request));
	if (request == NULL)
		return log_line(LOG_ERROR, "no reload: out of memory");
	request->done = reload_done;
	keeper_request(&d->keeper, request);
}

static void signals_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	struct daemon *d = (struct daemon *)((char *)source - offsetof(struct daemon, signals));
	struct signalfd_siginfo info;
	while (read(source->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload_all(d);
		else
			loop_stop(d->loop);
	}
}

static int open_signals(struct daemon *d)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals.ready = signals_ready;
	d->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (d->signals.fd < 0 || loop_add(d->loop, &d->signals, EPOLLIN) < 0)
		return fail("signals", strerror(errno));
	return 0;
}

/* ---- threads ------------------------------------------------------------------------------- */

static void pool_ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	pool_collect(((struct pool_source *)source)->pool);
}

static int start_pool(struct daemon *d, struct pool_source *ps, const char *name, unsigned cnt,
	struct worker *worker)
{
	for (unsigned i = 0; i < cnt; i++)
		worker[i].databases = &d->databases;
	ps->pool = pool_new(name, cnt, worker, sizeof(*worker));
	if (ps->pool == NULL)
		return fail("threads", strerror(errno));
	ps->source = (struct loop_source){pool_fd(ps->pool), pool_ready};
	if (loop_add(d->loop, &ps->source, EPOLLIN) < 0)
		return fail("threads", strerror(errno));
	return 0;
}

static unsigned cores(void)
{
	cpu_set_t set;
	int cnt = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return cnt > COMPILER_MAX ? COMPILER_MAX : (unsigned)cnt;
}

static int start_threads(struct daemon *d)
{
	unsigned cnt = cores();
	if (start_pool(d, &d->look, "look", 1, &d->look_worker) < 0 ||
		start_pool(d, &d->compile, "compile", cnt, d->compile_worker) < 0)
		return -1;
	d->keeper.core_cnt = cnt;
	d->keeper.look_pool = d->look.pool;
	d->keeper.compile_pool = d->compile.pool;
	return 0;
}

/* ---- life ---------------------------------------------------------------------------------- */

static uint64_t now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec;
}

static void file_changed(void *ctx, const char *path)
{
	struct daemon *d = ctx;
	if (d->settings->bind_check_interval > 0)
		keeper_file_changed(&d->keeper, path);
}

static void tick(void *ctx)
{
	struct daemon *d = ctx;
	signer_keys_tick(&d->signer);
	keeper_tick(&d->keeper);
	server_tick(d->server);
	show_tick(&d->show, &d->keeper);
	reclaim(d);
}

/* All that needs privileges or a path. */
static int open_all(struct daemon *d)
{
	char err[256];
	if (databases_from_settings(&d->databases, d->settings, err) < 0)
		return fail("start", err);
	if (identity_find(&d->identity, d->settings->setuid, d->settings->setgid, err) < 0)
		return fail("start", err);
	d->loop = loop_new();
	if (d->loop == NULL)
		return fail("start", strerror(errno));
	if (open_signals(d) < 0 || open_signer(d) < 0 || open_zone_memory(d) < 0 ||
		open_server(d) < 0)
		return -1;
	d->watch = watch_new(d->loop, file_changed, d);
	if (d->watch == NULL)
		log_line(LOG_WARN, "inotify: %s; changed files are found later", strerror(errno));
	d->notify_fd = notify_open();
	return 0;
}

/* The directory that the database's files are made in: SQLite goes by where a link leads. */
static void database_dir(char dir[static PATH_MAX], const char *path)
{
	if (realpath(path, dir) == NULL)
		snprintf(dir, PATH_MAX, "%s", path); /* yet to be made */
	char *slash = strrchr(dir, '/');
	if (slash == NULL)
		strcpy(dir, ".");
	else
		slash[slash == dir] = '\0'; /* of "/file", the "/" stays */
}

static int close_sandbox(struct daemon *d)
{
	char db_dir[DATABASE_CNT][PATH_MAX], err[256];
	const char *dir[1 + DATABASE_CNT] = {d->settings->socket_dir};
	struct sandbox_options opt = {.dir = dir, .dir_cnt = 1};
	for (unsigned i = 0; i < DATABASE_CNT; i++) {
		const struct store_config *config = &d->databases.config[i];
		if (d->databases.place[i] == NULL)
			continue;
		opt.connects |= !store_config_is_file(config);
		if (!store_config_is_file(config))
			continue;
		database_dir(db_dir[i], config->name);
		dir[opt.dir_cnt++] = db_dir[i];
	}
	if (sandbox_enter(&d->identity, &opt, err) < 0)
		return fail("sandbox", err);
	return 0;
}

static void signer_started(void *ctx)
{
	struct daemon *d = ctx;
	keeper_keys_lost(&d->keeper);
}

static int begin(struct daemon *d)
{
	if (key_memory_init() > 0)
		log_line(LOG_WARN, "memory for keys cannot be locked: see RLIMIT_MEMLOCK");
	key_gost_init(); /* whoever has such keys is told */
	if (open_all(d) < 0 || close_sandbox(d) < 0 || start_threads(d) < 0)
		return -1;
	d->keeper.settings = d->settings;
	d->keeper.databases = &d->databases;
	d->keeper.publisher = d->publisher;
	d->keeper.watch = d->watch;
	d->keeper.now_s = now_s;
	d->keeper.live_keys = &d->signer.live_keys;
	d->keeper.remote = &d->signer.remote;
	if (signer_keys_start(&d->signer, d->loop, signer_started, d) < 0)
		return fail("signer", strerror(errno));
	keeper_start(&d->keeper);
	notify_send(d->notify_fd, "READY=1");
	return 0;
}

static void close_workers(struct daemon *d)
{
	worker_reset(&d->look_worker);
	for (unsigned i = 0; i < COMPILER_MAX; i++)
		worker_reset(&d->compile_worker[i]);
}

static bool is_busy(const struct pool_source *ps)
{
	return ps->pool != NULL && pool_outstanding(ps->pool) > 0;
}

static void end(struct daemon *d)
{
	log_status("");
	notify_send(d->notify_fd, "STOPPING=1");
	d->server = server_free(d->server);
	if (is_busy(&d->look) || is_busy(&d->compile)) {
		signer_keys_end(&d->signer);
		_exit(EXIT_SUCCESS); /* nobody waits for what threads still make */
	}
	pool_free(d->look.pool);
	pool_free(d->compile.pool);
	signer_keys_close(&d->signer);
	close_workers(d);
	watch_free(d->watch);
	keeper_deinit(&d->keeper);
	publisher_free(d->publisher);
	if (d->signals.fd > 0)
		close(d->signals.fd);
	loop_free(d->loop);
}

int daemon_run(const struct settings *settings)
{
	struct daemon *d = calloc(1, sizeof(*d));
	if (d == NULL) {
		fail("start", "out of memory");
		return EXIT_FAILURE;
	}
	d->settings = settings;
	d->notify_fd = -1;
	d->commands = (struct commands){.keeper = &d->keeper, .memory = &d->memory};
	int r = begin(d);
	if (r == 0) {
		d->commands.started_at_s = now_s();
		d->commands.loop = d->loop;
		r = loop_run(d->loop, TICK_MS, tick, d);
	}
	end(d);
	free(d);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
