/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever stands in the columns of a row, it is one record of that owner and type, or none and a
 * message.
 *
 * Input: priority (0xff: NULL), type as text to a zero octet, content.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "control/source/sql_zone.h"
#include "zonedb/rrtype.h"

#define ROW_TTL_S 77

static const uint8_t apex[32] = "\7example";
static const uint8_t owner[32] = "\1a\7example";

struct seen {
	uint16_t type;
	unsigned cnt;
};

static int take(void *ctx, const struct zone_file_record *rr, char err[static 256])
{
	struct seen *seen = ctx;
	(void)err;
	FUZZ_CHECK(memcmp(rr->owner, owner, sizeof("\1a\7example")) == 0);
	FUZZ_CHECK(rr->type == seen->type && rr->ttl_s == ROW_TTL_S);
	FUZZ_CHECK(rrtype_check_rdata(rr->type, rr->rdata, rr->rdata_len) == 0);
	seen->cnt++;
	return 0;
}

static void read_row(const struct store_row *row)
{
	struct seen seen = {0};
	struct report report = {0};
	const struct sql_zone_options opt = {apex, "db", take, &seen, &report};
	struct sql_zone *zone = sql_zone_new(&opt);
	bool known = rrtype_from_text(&seen.type, row->type) == 0;
	FUZZ_CHECK(zone != NULL);
	FUZZ_CHECK(sql_zone_row(zone, row) == 0 && sql_zone_end(zone) == 0);
	FUZZ_CHECK(seen.cnt + report.warning_cnt == (row->type[0] != '\0'));
	FUZZ_CHECK(known || seen.cnt == 0);
	FUZZ_CHECK(report.error_cnt == 0);
	sql_zone_free(zone);
	report_deinit(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *end = len > 0 ? memchr(data, '\0', len) : NULL;
	if (end == NULL || end == data)
		return 0;
	char *content = calloc(1, (size_t)(data + len - end));
	FUZZ_CHECK(content != NULL);
	memcpy(content, end + 1, (size_t)(data + len - end) - 1);
	const struct store_row row = {
		.id = 1,
		.name = "a.example",
		.type = (const char *)data + 1,
		.content = content,
		.ttl_s = ROW_TTL_S,
		.prio = data[0] == 0xff ? -1 : data[0],
	};
	read_row(&row);
	free(content);
	return 0;
}
