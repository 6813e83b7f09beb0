/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whatever a data plane asks the signer for, what is found to be signed is the zone's, or denies a
 * name the zone has not: by a search of its own in the zone the image was made of.
 *
 * Input: which zone; kind; type, two octets; a name or hash. Names are below the apex where they do
 * not say so themselves.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "control/signer/record.h"
#include "tests/unit/zone_fixture.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define LINES                                                                                      \
	"@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n@ 3600 NS ns1\nns1 60 A 192.0.2.1\n"         \
	"a 60 A 192.0.2.7\na 60 MX 1 a\na 60 MX 2 ns1\nb 60 CNAME a\n*.w 60 TXT wild\n"            \
	"x.w 60 A 192.0.2.3\nc 60 NS ns.c\nns.c 60 A 192.0.2.9\ns 60 NS ns1\n"                     \
	"s 60 DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"    \
	"t 60 DNAME other.net.\nd.e 60 A 192.0.2.8\n* 60 A 192.0.2.4\n"

enum { NSEC_ZONE, NSEC3_ZONE, NARROW_ZONE, COMPACT_ZONE, ROOT_ZONE, ZONE_CNT };

static struct {
	struct zone zone;
	struct image_header *img;
} made[ZONE_CNT];

static void set_up(void)
{
	for (unsigned i = 0; i < ZONE_CNT; i++) {
		struct zone *zone = &made[i].zone;
		fixture_zone(zone, i == ROOT_ZONE ? "." : "z.", LINES);
		if (i == NSEC_ZONE)
			fixture_nsec(zone);
		else if (i == NSEC3_ZONE)
			fixture_nsec3(zone, 0, 0, "", true);
		else if (i == COMPACT_ZONE)
			fixture_compact(zone);
		else
			fixture_narrow(zone, 1, 1, "s", false);
		fixture_live(zone);
		made[i].img = fixture_image(zone, 42);
	}
}

/* ---- what the zone says ------------------------------------------------------------------------
 */

/* The way to a name. */
struct way {
	const struct zone_node *node;	  /* the name itself; NULL: it does not exist */
	const struct zone_node *encloser; /* the closest name at or above it */
	unsigned missing_cnt;		  /* labels below that */
	bool cut; /* something above it, or it being below a cut, makes it not the zone's */
};

static const struct zone_node *node_at(const struct zone *zone, const uint8_t *name)
{
	uint32_t i = zone_find(zone, name);
	return i == ZONE_NODE_NONE ? NULL : &zone->node[i];
}

static struct way way_to(const struct zone *zone, const uint8_t *name)
{
	struct way way = {.node = node_at(zone, name)};
	for (const uint8_t *at = name;; at += at[0] + 1) {
		const struct zone_node *node = node_at(zone, at);
		if (way.encloser == NULL)
			way.encloser = node;
		if (way.encloser == NULL)
			way.missing_cnt++;
		if (node != NULL && at != name && (node->flags & (NODE_DELEGATION | NODE_DNAME)))
			way.cut = true;
		if (node == &zone->node[0])
			return way;
	}
}

static const struct zone_rrset *signed_rrset(const struct zone_node *node, uint16_t type)
{
	const struct zone_rrset *rrset = node != NULL ? zone_node_rrset(node, type) : NULL;
	return rrset != NULL && rrset->authoritative ? rrset : NULL;
}

static const struct zone_node *wildcard_of(const struct zone *zone, const struct way *way)
{
	uint32_t i = way->encloser->wildcard;
	return i == ZONE_NODE_NONE ? NULL : &zone->node[i];
}

static bool may_sign_rrset(const struct zone *zone, const struct sigring_request *req)
{
	struct way way = way_to(zone, req->name);
	const struct zone_node *node = way.node != NULL ? way.node : wildcard_of(zone, &way);
	return !way.cut && signed_rrset(node, req->type) != NULL;
}

static bool may_sign_nsec3(const struct zone *zone, const struct sigring_request *req)
{
	for (uint32_t i = 0; i < zone->nsec3_cnt; i++)
		if (memcmp(zone->nsec3[i].hash, req->name, NSEC3_HASH_LEN) == 0)
			return true;
	return false;
}

static bool may_cover(const struct zone *zone, const struct sigring_request *req)
{
	struct way way = way_to(zone, req->name);
	return (zone->flags & IMAGE_NARROW) && !way.cut && way.node == NULL &&
	       way.missing_cnt == 1 && !(way.encloser->flags & (NODE_DELEGATION | NODE_DNAME));
}

static bool may_deny(const struct zone *zone, const struct sigring_request *req)
{
	struct way way = way_to(zone, req->name);
	return (zone->flags & IMAGE_COMPACT) && !way.cut && way.node == NULL &&
	       wildcard_of(zone, &way) == NULL;
}

static bool may_expand(const struct zone *zone, const struct sigring_request *req)
{
	struct way way = way_to(zone, req->name);
	return (zone->flags & IMAGE_COMPACT) && !way.cut && way.node == NULL &&
	       signed_rrset(wildcard_of(zone, &way), req->type) != NULL;
}

static bool may_sign_soa(const struct zone *zone, const struct sigring_request *req)
{
	(void)zone;
	(void)req;
	return true;
}

static bool (*const may[SIGN_KIND_CNT])(const struct zone *, const struct sigring_request *) = {
	[SIGN_RRSET] = may_sign_rrset,
	[SIGN_NEGATIVE_SOA] = may_sign_soa,
	[SIGN_NSEC3] = may_sign_nsec3,
	[SIGN_NARROW_COVER] = may_cover,
	[SIGN_COMPACT] = may_deny,
	[SIGN_EXPANDED] = may_expand,
};

/* ---- what the signer finds ---------------------------------------------------------------------
 */

/* All that is signed is below the apex, and of the type asked for. */
static void check_record(const struct record *record, const struct sigring_request *req)
{
	const struct tbs_rrset *what = &record->what;
	FUZZ_CHECK(dname_check(what->owner, what->owner_len) == (int)what->owner_len);
	FUZZ_CHECK(dname_is_under(what->owner, req->apex));
	FUZZ_CHECK(!sig_key_is_none(record->key));
	if (req->kind == SIGN_RRSET || req->kind == SIGN_EXPANDED)
		FUZZ_CHECK(what->type == req->type);
}

static void check_canonical(const struct record *record)
{
	static struct tbs tbs;
	size_t len;
	FUZZ_CHECK(record_write(&tbs, record) == 0);
	struct wire_reader r = wire_reader_init(
		tbs.msg + tbs_head_len(&record->what), tbs.len - tbs_head_len(&record->what));
	while (wire_reader_left(&r) > 0) {
		const uint8_t *owner = wire_read_dname(&r, &len);
		FUZZ_CHECK(owner != NULL && len == record->what.owner_len &&
			   memcmp(owner, record->what.owner, len) == 0);
		FUZZ_CHECK(wire_read_u16(&r) == record->what.type);
		FUZZ_CHECK(wire_read_u16(&r) == RRCLASS_IN);
		FUZZ_CHECK(wire_read_u32(&r) == record->what.ttl_s);
		uint16_t rdata_len = wire_read_u16(&r);
		const uint8_t *rdata = wire_read(&r, rdata_len);
		FUZZ_CHECK(wire_reader_ok(&r));
		FUZZ_CHECK(rrtype_check_rdata(record->what.type, rdata, rdata_len) == 0);
	}
}

/* A request out of octets; the name ends in the apex. */
static size_t read_name(
	uint8_t name[static 2 * DNAME_LEN_MAX], const struct zone *zone, struct wire_reader *r)
{
	size_t len = wire_reader_left(r);
	if (len >= DNAME_LEN_MAX)
		return 0;
	memcpy(name, wire_read(r, len), len);
	if (len == 0 || name[len - 1] != 0) {
		memcpy(name + len, zone->apex, zone->apex_len);
		len += zone->apex_len;
	}
	return len <= DNAME_LEN_MAX ? len : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct record_space space;
	uint8_t name[2 * DNAME_LEN_MAX + DNAME_PAD] = {0}, apex[DNAME_LEN_MAX + DNAME_PAD] = {0};
	struct record record;
	if (made[0].img == NULL)
		set_up();
	struct wire_reader r = wire_reader_init(data, len);
	unsigned i = wire_read_u8(&r) % ZONE_CNT;
	const struct zone *zone = &made[i].zone;
	struct sigring_request req = {.apex = apex, .apex_len = zone->apex_len, .name = name};
	memcpy(apex, zone->apex, zone->apex_len);
	req.kind = wire_read_u8(&r);
	req.type = wire_read_u16(&r);
	if (!wire_reader_ok(&r))
		return 0;
	if (req.kind == SIGN_NSEC3 && wire_reader_left(&r) == NSEC3_HASH_LEN)
		memcpy(name, wire_read(&r, req.name_len = NSEC3_HASH_LEN), NSEC3_HASH_LEN);
	else if (req.kind != SIGN_NEGATIVE_SOA)
		req.name_len = (uint8_t)read_name(name, zone, &r);
	if (sigring_request_check(&req) != 0)
		return 0;
	enum sign_status status = record_find(&record, &space, made[i].img, &req);
	FUZZ_CHECK((status == SIGN_OK) == may[req.kind](zone, &req));
	if (status != SIGN_OK)
		return 0;
	check_record(&record, &req);
	check_canonical(&record);
	return 0;
}
