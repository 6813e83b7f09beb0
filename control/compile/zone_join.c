/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/zone_join.h"

#include <stdlib.h>
#include <string.h>

struct zone_run {
	uint64_t number;
	uint32_t node_start; /* in its piece's .node */
	/* known when all records are there */
	uint32_t node_cnt;
	const struct zone_piece *piece;
};

void zone_piece_begin_run(struct zone_piece *piece, uint64_t number)
{
	if (piece->run_cnt == piece->run_cap) {
		size_t cap = piece->run_cap > 0 ? piece->run_cap * 2 : 64;
		struct zone_run *run = reallocarray(piece->run, cap, sizeof(*run));
		piece->out_of_memory |= run == NULL;
		if (run == NULL)
			return;
		piece->run = run;
		piece->run_cap = cap;
	}
	piece->run[piece->run_cnt++] =
		(struct zone_run){.number = number, .node_start = piece->zone.node_cnt};
}

void zone_piece_deinit(struct zone_piece *piece)
{
	zone_deinit(&piece->zone);
	free(piece->run);
	*piece = (struct zone_piece){0};
}

static void close_runs(struct zone_piece *piece)
{
	uint32_t end = piece->zone.node_cnt;
	for (size_t i = piece->run_cnt; i-- > 0; end = piece->run[i].node_start) {
		piece->run[i].piece = piece;
		piece->run[i].node_cnt = end - piece->run[i].node_start;
	}
}

static int compare_runs(const void *a, const void *b)
{
	const struct zone_run *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

/* All runs, in order of the file; *cnt of them, malloc. */
static struct zone_run *collect_runs(struct zone_piece *piece, unsigned piece_cnt, size_t *cnt)
{
	size_t total = 0;
	*cnt = 0;
	for (unsigned i = 0; i < piece_cnt; i++)
		total += piece[i].run_cnt;
	struct zone_run *run = reallocarray(NULL, total + 1, sizeof(*run));
	if (run == NULL)
		return NULL;
	for (unsigned i = 0; i < piece_cnt; i++) {
		close_runs(&piece[i]);
		if (piece[i].run_cnt > 0)
			memcpy(run + *cnt, piece[i].run, piece[i].run_cnt * sizeof(*run));
		*cnt += piece[i].run_cnt;
	}
	qsort(run, *cnt, sizeof(*run), compare_runs);
	return run;
}

static int reserve(struct zone *zone, const struct zone_piece *piece, unsigned piece_cnt)
{
	uint64_t node_cnt = 0, nsec3_cnt = 0;
	for (unsigned i = 0; i < piece_cnt; i++) {
		node_cnt += piece[i].zone.node_cnt;
		nsec3_cnt += piece[i].zone.nsec3_cnt;
	}
	if (node_cnt >= ZONE_NODE_MAX || nsec3_cnt >= ZONE_NODE_MAX)
		return -1;
	zone->node = reallocarray(NULL, node_cnt + 1, sizeof(*zone->node));
	zone->nsec3 = reallocarray(NULL, nsec3_cnt + 1, sizeof(*zone->nsec3));
	if (zone->node == NULL || zone->nsec3 == NULL)
		return -1;
	zone->node_cap = (uint32_t)node_cnt + 1;
	zone->nsec3_cap = (uint32_t)nsec3_cnt + 1;
	return 0;
}

static void move_piece(struct zone *zone, struct zone *from)
{
	if (from->nsec3_cnt > 0)
		memcpy(zone->nsec3 + zone->nsec3_cnt, from->nsec3,
			from->nsec3_cnt * sizeof(*from->nsec3));
	zone->nsec3_cnt += from->nsec3_cnt;
	zone->rr_cnt += from->rr_cnt;
	zone_arena_merge(&zone->arena, &from->arena);
}

static void copy_run(struct zone *zone, const struct zone_run *run)
{
	if (run->node_cnt > 0)
		memcpy(zone->node + zone->node_cnt, run->piece->zone.node + run->node_start,
			run->node_cnt * sizeof(*zone->node));
	zone->node_cnt += run->node_cnt;
}

int zone_join(struct zone *zone, struct zone_piece *piece, unsigned piece_cnt)
{
	size_t run_cnt;
	for (unsigned i = 0; i < piece_cnt; i++)
		if (piece[i].out_of_memory)
			return -1;
	if (reserve(zone, piece, piece_cnt) < 0)
		return -1;
	struct zone_run *run = collect_runs(piece, piece_cnt, &run_cnt);
	if (run == NULL)
		return -1;
	for (size_t i = 0; i < run_cnt; i++)
		copy_run(zone, &run[i]);
	for (unsigned i = 0; i < piece_cnt; i++)
		move_piece(zone, &piece[i].zone);
	free(run);
	return 0;
}
