/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dataplane/sigcache/sigthread.h"

int sigthread_init(struct sigthread *t, const struct sigthread_config *cfg, unsigned pair,
	uint64_t ticks_per_s, struct counters *counters, char err[static 256])
{
	*t = (struct sigthread){.clock = cfg->clock, .counters = counters};
	if (!cfg->rings)
		return 0;
	t->cache = sigcache_new(cfg->cache_len, counters, err);
	if (!t->cache)
		return -1;
	const struct sigwait_options opt = {
		.counters = counters,
		.cache = t->cache,
		.rings = cfg->rings,
		.pair = pair,
		.place_cnt = cfg->place_cnt,
		.timeout = SIGWAIT_TIMEOUT_MS * ticks_per_s / 1000,
	};
	t->wait = sigwait_new(&opt, err);
	if (t->wait)
		return 0;
	sigthread_deinit(t);
	return -1;
}

void sigthread_deinit(struct sigthread *t)
{
	sigwait_free(t->wait);
	sigcache_free(t->cache);
	*t = (struct sigthread){0};
}

void sigthread_populate(struct sigthread *t)
{
	if (!t->cache || t->is_populated || !counter_get(t->counters, COUNTER_SIG_MISSES))
		return;
	t->is_populated = true;
	(void)sigcache_populate(t->cache); /* without it, pages come one by one */
}
