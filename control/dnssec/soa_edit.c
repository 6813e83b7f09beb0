/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/soa_edit.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define DAY_S	    86400
#define WEEK_S	    (7 * DAY_S)
#define NUMBERS_LEN 20 /* serial to minimum, at the end of a SOA */

struct soa_edit {
	const char *name;
	bool moves;
	uint32_t (*edit)(uint32_t serial, uint64_t now_s);
};

static uint64_t thursday(uint64_t now_s)
{
	return now_s - now_s % WEEK_S;
}

/* YYYYMMDD00 of the local date. */
static uint32_t day_serial(uint64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm tm = {0};
	localtime_r(&at, &tm);
	return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday) * 100;
}

static uint32_t increment_weeks(uint32_t serial, uint64_t now_s)
{
	return serial + (uint32_t)(now_s / WEEK_S);
}

static uint32_t inception_epoch(uint32_t serial, uint64_t now_s)
{
	uint32_t inception = (uint32_t)thursday(now_s);
	return serial < inception ? inception : serial;
}

static uint32_t inception_increment(uint32_t serial, uint64_t now_s)
{
	uint32_t day = day_serial(thursday(now_s));
	if (serial < day)
		return day + 1;
	if (serial <= day + 1)
		return day + 2;
	return serial <= day_serial(thursday(now_s) + 2 * DAY_S) + 99 ? serial + 1 : serial;
}

static uint32_t epoch(uint32_t serial, uint64_t now_s)
{
	(void)serial;
	return (uint32_t)now_s;
}

static uint32_t inception(uint32_t serial, uint64_t now_s)
{
	(void)serial;
	return day_serial(thursday(now_s)) + 1;
}

static uint32_t inception_week(uint32_t serial, uint64_t now_s)
{
	(void)serial;
	return (uint32_t)(now_s / WEEK_S);
}

static uint32_t none(uint32_t serial, uint64_t now_s)
{
	(void)now_s;
	return serial;
}

static const struct soa_edit kinds[] = {
	{"INCREMENT-WEEKS", true, increment_weeks},
	{"INCEPTION-EPOCH", true, inception_epoch},
	{"INCEPTION-INCREMENT", true, inception_increment},
	{"EPOCH", true, epoch},
	{"INCEPTION", true, inception},
	{"INCEPTION-WEEK", true, inception_week},
	{"NONE", false, none},
};

const struct soa_edit *soa_edit_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcasecmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

bool soa_edit_moves(const struct soa_edit *kind)
{
	return kind && kind->moves;
}

uint32_t soa_edit_serial(const struct soa_edit *kind, uint32_t serial, uint64_t now_s)
{
	return kind ? kind->edit(serial, now_s) : serial;
}

/* The packed rdata may be shared: the edited one is a copy. */
static int set_serial(struct zone *zone, uint32_t serial)
{
	struct zone_rrset *soa = zone_node_rrset(&zone->node[0], RRTYPE_SOA);
	uint8_t *rdata = zone_arena_alloc(&zone->arena, soa->rdata_len);
	if (!rdata)
		return -1;
	memcpy(rdata, soa->rdata, soa->rdata_len);
	wire_put_u32(rdata + soa->rdata_len - NUMBERS_LEN, serial);
	soa->rdata = rdata;
	zone->serial = serial;
	return 0;
}

int soa_edit_zone(struct zone *zone, const struct soa_edit *kind, uint64_t now_s)
{
	uint32_t serial = soa_edit_serial(kind, zone->serial, now_s);
	return serial == zone->serial ? 0 : set_serial(zone, serial);
}
