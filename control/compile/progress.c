/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/progress.h"

#include <stdio.h>
#include <time.h>

static const char *const stage_name[PROGRESS_STAGE_CNT] = {
#define X(id, name, unit) [PROGRESS_##id] = name,
	PROGRESS_STAGE_TABLE(X)
#undef X
};

const char *progress_stage_name(enum progress_stage stage)
{
	return stage_name[stage];
}

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

void progress_start(struct progress *p)
{
	*p = (struct progress){.stage = PROGRESS_WAIT, .entered_ns = now_ns()};
}

void progress_enter(struct progress *p, enum progress_stage stage, uint64_t total)
{
	uint64_t at_ns = now_ns();
	p->spent_ns[p->stage] += at_ns - p->entered_ns;
	p->entered_ns = at_ns;
	progress_set(p, 0, total);
	__atomic_store_n(&p->stage, stage, __ATOMIC_RELAXED);
}

char *progress_finish(struct progress *p, char dst[static PROGRESS_TEXT_MAX])
{
	size_t len = 0;
	progress_enter(p, PROGRESS_WAIT, 0);
	dst[0] = '\0';
	for (unsigned i = PROGRESS_PARSE; i < PROGRESS_STAGE_CNT; i++)
		len += (size_t)snprintf(dst + len, PROGRESS_TEXT_MAX - len, "%s%s %.3f s",
			len > 0 ? ", " : "", stage_name[i], (double)p->spent_ns[i] / 1e9);
	return dst;
}
