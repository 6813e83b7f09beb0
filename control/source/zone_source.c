/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/source/zone_source.h"

#include <stdlib.h>
#include <string.h>

bool zone_source_same(const struct zone_source *a, const struct zone_source *b)
{
	return a->origin == b->origin && strcmp(a->place, b->place) == 0;
}

int zone_source_copy(struct zone_source *copy, const struct zone_source *source)
{
	*copy = (struct zone_source){0};
	char *place = strdup(source->place);
	if (place == NULL)
		return -1;
	*copy = (struct zone_source){source->origin, place};
	return 0;
}

void zone_source_deinit(struct zone_source *source)
{
	free(source->place);
	*source = (struct zone_source){0};
}
