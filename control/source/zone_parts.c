/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/zone_parts.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "control/source/plain_record.h"
#include "control/source/zone_reader.h"
#include "zonedb/dname.h"

#define GIVE_LEN_MIN	 (TEXT_INPUT_BLOCK_LEN / 8) /* octets worth the hand-over */
#define BLOCK_LEN_MAX	 (2 * TEXT_INPUT_BLOCK_LEN) /* what the input's buffer holds */
#define BLOCK_PER_THREAD 2			    /* one being read, one waiting */

/* A stretch of the file, and the state its first line starts from. */
struct block {
	struct block *next;
	uint64_t run;
	size_t len;
	uint32_t default_ttl_s;
	uint32_t ttl_stated_s;
	uint32_t origin_len;
	uint32_t owner_len;
	uint8_t origin[DNAME_LEN_MAX];
	uint8_t owner[DNAME_LEN_MAX];
	char text[BLOCK_LEN_MAX];
};

/* One thread's own. */
struct part {
	struct zone_parts *parts;
	struct zone_reading all;
	struct report report;
	struct zone_reader *reader;
	pthread_t id;
	bool started;
};

struct zone_parts {
	const struct zone_file_parts *opt;
	uint64_t run;	       /* the last one given out */
	pthread_mutex_t mutex; /* of the members below */
	pthread_cond_t wanted; /* something in queue, or ended */
	struct block *queue;
	struct block **queue_end;
	struct block *free;
	bool ended; /* nothing will be queued any more */
	bool failed;
	struct part part[];
};

/* ---- reading a block ----------------------------------------------------------------------- */

static void load_state(struct zone_reader *r, const struct block *block)
{
	zs_scanner_t *s = &r->scanner;
	memcpy(s->zone_origin, block->origin, block->origin_len);
	s->zone_origin_length = block->origin_len;
	memcpy(s->r_owner, block->owner, block->owner_len);
	s->r_owner_length = block->owner_len;
	s->default_ttl = block->default_ttl_s;
	r->all->ttl_stated_s = block->ttl_stated_s;
}

static void save_state(struct block *block, const struct zone_reader *r)
{
	const zs_scanner_t *s = &r->scanner;
	memcpy(block->origin, s->zone_origin, s->zone_origin_length);
	block->origin_len = s->zone_origin_length;
	memcpy(block->owner, s->r_owner, s->r_owner_length);
	block->owner_len = s->r_owner_length;
	block->default_ttl_s = s->default_ttl;
	block->ttl_stated_s = r->all->ttl_stated_s;
}

static void read_block(struct part *part, struct block *block)
{
	struct zone_reader *r = part->reader;
	load_state(r, block);
	r->input = (struct text_input){.fd = -1,
		.eof = true,
		.buf = block->text,
		.pos = block->text,
		.end = block->text + block->len};
	part->parts->opt->begin_run(part->all.ctx, block->run);
	zone_reader_entries(r);
}

/* ---- queues; the mutex is held -------------------------------------------------------------- */

static struct block *queue_take(struct zone_parts *parts)
{
	struct block *block = parts->queue;
	parts->queue = block->next;
	if (parts->queue == NULL)
		parts->queue_end = &parts->queue;
	return block;
}

/* Reads the oldest block of the queue, the mutex released meanwhile. */
static void read_next(struct zone_parts *parts, struct part *part)
{
	struct block *block = queue_take(parts);
	bool skip = parts->failed;
	pthread_mutex_unlock(&parts->mutex);
	if (!skip)
		read_block(part, block);
	pthread_mutex_lock(&parts->mutex);
	parts->failed |= part->report.error_cnt + part->report.warning_cnt > 0;
	block->next = parts->free;
	parts->free = block;
}

static void *work(void *arg)
{
	struct part *part = arg;
	struct zone_parts *parts = part->parts;
	pthread_mutex_lock(&parts->mutex);
	for (;;) {
		while (parts->queue == NULL && !parts->ended)
			pthread_cond_wait(&parts->wanted, &parts->mutex);
		if (parts->queue == NULL)
			break;
		read_next(parts, part);
	}
	pthread_mutex_unlock(&parts->mutex);
	return NULL;
}

/* A free block; if there is none, the calling thread reads until there is. */
static struct block *get_block(struct zone_parts *parts)
{
	pthread_mutex_lock(&parts->mutex);
	while (parts->free == NULL)
		read_next(parts, &parts->part[0]);
	struct block *block = parts->free;
	parts->free = block->next;
	pthread_mutex_unlock(&parts->mutex);
	return block;
}

static void put_block(struct zone_parts *parts, struct block *block)
{
	pthread_mutex_lock(&parts->mutex);
	block->next = NULL;
	*parts->queue_end = block;
	parts->queue_end = &block->next;
	pthread_cond_signal(&parts->wanted);
	pthread_mutex_unlock(&parts->mutex);
}

/* ---- giving text away ----------------------------------------------------------------------- */

/* Octets of the text at hand up to the last line behind which one begins with an owner. */
static size_t stretch_len(const struct text_input *input)
{
	const char *pos = input->pos, *end = input->end;
	while (end > pos + 1) {
		const char *newline = memrchr(pos, '\n', (size_t)(end - pos) - 1);
		if (newline == NULL)
			return 0;
		if (memchr(" \t\r\n;", newline[1], 5) == NULL)
			return (size_t)(newline + 1 - pos);
		end = newline + 1;
	}
	return 0;
}

/* Whether each line is an entry of its own and leaves origin and default TTL alone. */
static bool is_plain(const char *text, size_t len)
{
	return memchr(text, '(', len) == NULL && memchr(text, '$', len) == NULL;
}

/* Without a $TTL, lines depend on the TTL stated before them. Learns that of the stretch's last
 * line, which is what the line behind it starts from; false if that cannot be told. */
static bool learn_ttl(struct zone_reader *r, size_t len)
{
	zs_scanner_t *s = &r->scanner;
	const char *text = r->input.pos;
	if (s->default_ttl != ZONE_TTL_UNSET)
		return true;
	const char *newline = memrchr(text, '\n', len - 1);
	const char *line = newline != NULL ? newline + 1 : text;
	if (!plain_record(s, line, (size_t)(text + len - 1 - line)) || s->r_ttl == ZONE_TTL_UNSET)
		return false;
	r->all->ttl_stated_s = s->r_ttl;
	return true;
}

void zone_parts_give(struct zone_parts *parts, struct zone_reader *r)
{
	size_t len = stretch_len(&r->input);
	if (len < GIVE_LEN_MIN || len > BLOCK_LEN_MAX || !is_plain(r->input.pos, len))
		return;
	struct block *block = get_block(parts);
	save_state(block, r);
	block->len = len;
	block->run = ++parts->run;
	memcpy(block->text, r->input.pos, len);
	if (learn_ttl(r, len)) {
		r->input.pos += len;
		put_block(parts, block);
	} else {
		load_state(r, block);
		pthread_mutex_lock(&parts->mutex);
		block->next = parts->free;
		parts->free = block;
		pthread_mutex_unlock(&parts->mutex);
	}
	parts->opt->begin_run(r->all->ctx, ++parts->run);
}

/* ---- start and end ------------------------------------------------------------------------- */

static int part_init(
	struct part *part, struct zone_parts *parts, const struct zone_file_options *opt, void *ctx)
{
	part->parts = parts;
	part->all = (struct zone_reading){
		.sink = opt->sink, .ctx = ctx, .report = &part->report, .opt = opt};
	part->reader = calloc(1, sizeof(*part->reader));
	if (part->reader == NULL)
		return -1;
	part->reader->path = opt->path;
	return zone_reader_init(part->reader, &part->all, ".", ZONE_TTL_UNSET);
}

static void part_deinit(struct part *part)
{
	if (part->started)
		pthread_join(part->id, NULL);
	if (part->reader != NULL)
		zs_deinit(&part->reader->scanner);
	free(part->reader);
	report_deinit(&part->report);
}

static int start(struct zone_parts *parts, const struct zone_file_options *opt)
{
	for (unsigned i = 0; i < parts->opt->cnt * BLOCK_PER_THREAD; i++) {
		struct block *block = malloc(sizeof(*block));
		if (block == NULL)
			return -1;
		block->next = parts->free;
		parts->free = block;
	}
	for (unsigned i = 0; i < parts->opt->cnt; i++) {
		struct part *part = &parts->part[i];
		if (part_init(part, parts, opt, parts->opt->ctx[i]) < 0)
			return -1;
		/* part 0 is the calling thread; fewer threads than wanted will do */
		part->started = i > 0 && pthread_create(&part->id, NULL, work, part) == 0;
	}
	parts->opt->begin_run(parts->opt->ctx[0], parts->run);
	return 0;
}

struct zone_parts *zone_parts_new(
	const struct zone_file_options *opt, const struct zone_file_parts *file_parts)
{
	struct zone_parts *parts =
		calloc(1, sizeof(*parts) + file_parts->cnt * sizeof(parts->part[0]));
	if (parts == NULL)
		return NULL;
	parts->opt = file_parts;
	parts->queue_end = &parts->queue;
	pthread_mutex_init(&parts->mutex, NULL);
	pthread_cond_init(&parts->wanted, NULL);
	if (start(parts, opt) == 0)
		return parts;
	(void)zone_parts_end(parts);
	return NULL;
}

int zone_parts_end(struct zone_parts *parts)
{
	pthread_mutex_lock(&parts->mutex);
	parts->ended = true;
	pthread_cond_broadcast(&parts->wanted);
	while (parts->queue != NULL)
		read_next(parts, &parts->part[0]);
	pthread_mutex_unlock(&parts->mutex);
	for (unsigned i = 0; i < parts->opt->cnt; i++)
		part_deinit(&parts->part[i]);
	while (parts->free != NULL) {
		struct block *next = parts->free->next;
		free(parts->free);
		parts->free = next;
	}
	int r = parts->failed ? 1 : 0;
	pthread_cond_destroy(&parts->wanted);
	pthread_mutex_destroy(&parts->mutex);
	free(parts);
	return r;
}
