/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * progress: how far the compilation of a zone has come, told by the thread that compiles to whoever
 * looks.
 *
 * One writer; readers see each field as of a moment ago, and the three not quite of the same
 * moment. That is harmless: it is shown to people.
 */
#ifndef CONTROL_COMPILE_PROGRESS_H
#define CONTROL_COMPILE_PROGRESS_H

#include <stdint.h>

/* In the order a zone goes through them: id, name in the control protocol, what done counts. */
#define PROGRESS_STAGE_TABLE(X)                                                                    \
	X(WAIT, "wait", "")                                                                        \
	X(PARSE, "parse", "octets")                                                                \
	X(ORDER, "order", "")                                                                      \
	X(CHAIN, "chain", "")                                                                      \
	X(SIGN, "sign", "RRsets")                                                                  \
	X(IMAGE, "image", "octets")

enum progress_stage {
#define X(id, name, unit) PROGRESS_##id,
	PROGRESS_STAGE_TABLE(X)
#undef X
		PROGRESS_STAGE_CNT,
};

struct progress {
	uint32_t stage; /* enum progress_stage */
	uint64_t done;
	uint64_t total; /* 0 = not known */
	/* for when it is over, by the writer or after it */
	uint64_t entered_ns;
	uint64_t spent_ns[PROGRESS_STAGE_CNT];
};

const char *progress_stage_name(enum progress_stage stage);

/* Begins at PROGRESS_WAIT, with nothing spent. */
void progress_start(struct progress *p);
/* Ends the time of the stage before; total 0 = not known. */
void progress_enter(struct progress *p, enum progress_stage stage, uint64_t total);
/* Ends the last stage. Writes what each took, as "parse 0.9 s, order 0.2 s"; returns dst. */
#define PROGRESS_TEXT_MAX (PROGRESS_STAGE_CNT * 24)
char *progress_finish(struct progress *p, char dst[static PROGRESS_TEXT_MAX]);

/* A callback of the shape the stages want; ctx is the struct progress. relaxed, here and below: see
 * above. */

static inline void progress_set(void *ctx, uint64_t done, uint64_t total)
{
	struct progress *p = ctx;
	__atomic_store_n(&p->total, total, __ATOMIC_RELAXED);
	__atomic_store_n(&p->done, done, __ATOMIC_RELAXED);
}

static inline struct progress progress_get(const struct progress *p)
{
	return (struct progress){
		.stage = __atomic_load_n(&p->stage, __ATOMIC_RELAXED),
		.done = __atomic_load_n(&p->done, __ATOMIC_RELAXED),
		.total = __atomic_load_n(&p->total, __ATOMIC_RELAXED),
	};
}

#endif
