/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any named.conf text is either refused with an error that names its place, or gives
 * zones in canonical order, each with a name and, if it is to be served, a file. Includes lead to
 * the same text once and nowhere from then on.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include "control/source/named_conf.h"
#include "zonedb/dname.h"

struct input {
	const uint8_t *data;
	size_t len;
	unsigned reads;
};

static int read_input(void *ctx, const char *path, char **text, size_t *len)
{
	struct input *input = ctx;
	(void)path;
	errno = ENOENT;
	if (input->reads++ == 2)
		return -1;
	*text = malloc(input->len + 1);
	FUZZ_CHECK(*text != NULL);
	memcpy(*text, input->data, input->len);
	*len = input->len;
	return 0;
}

static void check_zones(const struct named_conf *conf)
{
	for (size_t i = 0; i < conf->zone_cnt; i++) {
		const struct named_zone *zone = &conf->zone[i];
		FUZZ_CHECK(dname_check(zone->apex, zone->apex_len) == zone->apex_len);
		FUZZ_CHECK(i == 0 || dname_cmp(conf->zone[i - 1].apex, zone->apex) < 0);
		FUZZ_CHECK(zone->kind != NAMED_ZONE_PRIMARY || zone->file != NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = {data, len, 0};
	struct report report = {0};
	struct named_conf conf;
	if (named_conf_read(&conf, "dir/named.conf", read_input, &input, &report) == 0)
		check_zones(&conf);
	else
		FUZZ_CHECK(strstr(report_first_error(&report), ": ") != NULL);
	named_conf_deinit(&conf);
	report_deinit(&report);
	return 0;
}
