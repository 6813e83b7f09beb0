/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/daemon/watch.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "control/daemon/log.h"

#define FINISHED (IN_CLOSE_WRITE | IN_MOVED_TO)

struct directory {
	int wd;	     /* -1: could not be watched */
	char path[]; /* up to and with the last "/", as the files' paths have it; may be empty */
};

struct watch {
	struct loop *loop;
	struct loop_source source;
	void (*changed)(void *ctx, const char *path);
	void *ctx;
	void *by_path;		  /* tsearch() tree of struct directory */
	struct directory **by_wd; /* [wd_cap]; several paths of one directory: the last */
	int wd_cap;
	const struct directory *last; /* of the last watch_file(): files come in runs */
};

/* ---- events -------------------------------------------------------------------------------- */

static void tell(struct watch *watch, const struct inotify_event *event)
{
	if (event->wd < 0 || event->wd >= watch->wd_cap || event->len == 0 ||
		(event->mask & FINISHED) == 0)
		return;
	const struct directory *dir = watch->by_wd[event->wd];
	char *path;
	if (dir == NULL || asprintf(&path, "%s%s", dir->path, event->name) < 0)
		return;
	watch->changed(watch->ctx, path);
	free(path);
}

static void ready(struct loop_source *source, uint32_t events)
{
	(void)events;
	struct watch *watch = (struct watch *)((char *)source - offsetof(struct watch, source));
	_Alignas(struct inotify_event) char buf[16384];
	ssize_t len = read(source->fd, buf, sizeof(buf));
	for (ssize_t at = 0; at < len;) {
		const struct inotify_event *event = (const struct inotify_event *)(buf + at);
		tell(watch, event);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
}

/* ---- directories --------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct directory *)a)->path, ((const struct directory *)b)->path);
}

static struct directory *directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	struct directory *dir = malloc(sizeof(*dir) + len + 1);
	if (dir == NULL)
		return NULL;
	memcpy(dir->path, path, len);
	dir->path[len] = '\0';
	return dir;
}

static int note_wd(struct watch *watch, struct directory *dir)
{
	if (dir->wd >= watch->wd_cap) {
		int cap = dir->wd + 64;
		struct directory **by_wd = reallocarray(watch->by_wd, (size_t)cap, sizeof(*by_wd));
		if (by_wd == NULL)
			return -1;
		memset(by_wd + watch->wd_cap, 0, (size_t)(cap - watch->wd_cap) * sizeof(*by_wd));
		watch->by_wd = by_wd;
		watch->wd_cap = cap;
	}
	watch->by_wd[dir->wd] = dir;
	return 0;
}

static void begin(struct watch *watch, struct directory *dir)
{
	const char *path = dir->path[0] != '\0' ? dir->path : ".";
	dir->wd = inotify_add_watch(watch->source.fd, path, FINISHED | IN_ONLYDIR);
	if (dir->wd < 0 || note_wd(watch, dir) < 0)
		log_line(LOG_WARN, "%s cannot be watched, its files are looked at now and then: %s",
			path, strerror(errno));
}

static bool in_last(const struct watch *watch, const char *path)
{
	if (watch->last == NULL)
		return false;
	size_t len = strlen(watch->last->path);
	return strncmp(path, watch->last->path, len) == 0 && strchr(path + len, '/') == NULL;
}

void watch_file(struct watch *watch, const char *path)
{
	if (watch == NULL || in_last(watch, path))
		return;
	struct directory *dir = directory_of(path);
	struct directory **found = dir != NULL ? tsearch(dir, &watch->by_path, compare) : NULL;
	if (found == NULL) {
		free(dir);
		return;
	}
	if (*found == dir)
		begin(watch, dir);
	else
		free(dir);
	watch->last = *found;
}

/* ---- start and end ------------------------------------------------------------------------- */

struct watch *watch_new(struct loop *loop, void (*changed)(void *ctx, const char *path), void *ctx)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	if (watch == NULL)
		return NULL;
	watch->loop = loop;
	watch->changed = changed;
	watch->ctx = ctx;
	watch->source.ready = ready;
	watch->source.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->source.fd >= 0 && loop_add(loop, &watch->source, EPOLLIN) == 0)
		return watch;
	int cause = errno;
	watch_free(watch);
	errno = cause;
	return NULL;
}

struct watch *watch_free(struct watch *watch)
{
	if (watch == NULL)
		return NULL;
	if (watch->source.fd >= 0) {
		loop_remove(watch->loop, &watch->source);
		close(watch->source.fd);
	}
	tdestroy(watch->by_path, free);
	free(watch->by_wd);
	free(watch);
	return NULL;
}
