/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/compile/progress.h"

static const char *const stage_name[PROGRESS_STAGE_CNT] = {
#define X(id, name, unit) [PROGRESS_##id] = name,
	PROGRESS_STAGE_TABLE(X)
#undef X
};

const char *progress_stage_name(enum progress_stage stage)
{
	return stage_name[stage];
}
