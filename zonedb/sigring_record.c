/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sigring_record: what of a request and a response can be checked by itself.
 */
#include <string.h>

#include "zonedb/rrtype.h"
#include "zonedb/sigring.h"
#include "zonedb/wire.h"

const char *sign_status_text(enum sign_status status)
{
	static const char *const text[] = {
#define X(id, help) [SIGN_##id] = help,
		SIGN_STATUS_TABLE(X)
#undef X
	};
	return status < SIGN_STATUS_CNT ? text[status] : "unknown status";
}

/* ==== request =============================================================================== */

/* What stands in the place of the name. */
enum name_use { NAME_NONE, NAME_BELOW, NAME_HASH };

static const struct kind_rule {
	uint8_t name; /* enum name_use */
	bool type;    /* names a type; else it is 0 */
} kind_rule[SIGN_KIND_CNT] = {
	[SIGN_RRSET] = {NAME_BELOW, true},
	[SIGN_NEGATIVE_SOA] = {NAME_NONE, false},
	[SIGN_NSEC3] = {NAME_HASH, false},
	[SIGN_NARROW_COVER] = {NAME_BELOW, false},
	[SIGN_COMPACT] = {NAME_BELOW, false},
	[SIGN_EXPANDED] = {NAME_BELOW, true},
};

/* A name in lower case of exactly len octets. */
static bool is_name(const uint8_t *name, uint8_t len)
{
	uint8_t lower[DNAME_LEN_MAX];
	if (!len || dname_check(name, len) != len)
		return false;
	dname_lower(lower, name, len);
	return !memcmp(lower, name, len);
}

static bool name_fits(const struct sigring_request *req, enum name_use use)
{
	if (use == NAME_NONE)
		return req->name_len == 0;
	if (use == NAME_HASH)
		return req->name_len == NSEC3_HASH_LEN;
	return is_name(req->name, req->name_len) && dname_is_under(req->name, req->apex);
}

int sigring_request_check(const struct sigring_request *req)
{
	if (req->kind < SIGN_RRSET || req->kind >= SIGN_KIND_CNT)
		return -1;
	const struct kind_rule *rule = &kind_rule[req->kind];
	bool good = rule->type == (req->type != 0) && !(req->flags & ~SIGN_AHEAD) &&
		    is_name(req->apex, req->apex_len) && name_fits(req, rule->name);
	return good ? 0 : -1;
}

/* ==== response ============================================================================== */

/* Reads one RRSIG of a payload: the type it covers, or -1. */
static int sig_read(struct wire_reader *r, uint8_t apex_len)
{
	uint16_t type = wire_read_u16(r), class = wire_read_u16(r);
	wire_read_u32(r); /* TTL */
	uint16_t rdlength = wire_read_u16(r);
	uint16_t covered = wire_read_u16(r);
	wire_read(r, 16);
	if (!wire_reader_ok(r) || type != RRTYPE_RRSIG || class != RRCLASS_IN ||
		rdlength <= 18 + apex_len)
		return -1;
	return wire_read(r, rdlength - 18U - apex_len) ? covered : -1;
}

static int payload_check(const struct sigring_response *resp, uint8_t apex_len)
{
	if (!resp->sig_cnt || resp->sig_cnt > SIG_CNT_MAX || resp->len > SIG_PAYLOAD_MAX)
		return -1;
	struct wire_reader r = wire_reader_init(resp->payload, resp->len);
	int covered = sig_read(&r, apex_len);
	for (unsigned i = 1; i < resp->sig_cnt && covered >= 0; i++)
		if (sig_read(&r, apex_len) != covered)
			covered = -1;
	return covered >= 0 && wire_reader_ok(&r) && !wire_reader_left(&r) ? 0 : -1;
}

int sigring_response_check(const struct sigring_response *resp, uint8_t apex_len)
{
	if (resp->status >= SIGN_STATUS_CNT)
		return -1;
	if (resp->status == SIGN_OK)
		return payload_check(resp, apex_len);
	return resp->sig_cnt || resp->len ? -1 : 0;
}
