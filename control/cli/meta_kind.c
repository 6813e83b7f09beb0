/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/meta_kind.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/dnssec/policy.h"
#include "control/dnssec/rollover_policy.h"
#include "control/dnssec/soa_edit.h"
#include "zonedb/dname.h"

/* Each says whether a value means something. */
static bool is_anything(const char *value)
{
	(void)value;
	return true;
}

static bool is_flag(const char *value)
{
	return strcmp(value, "0") == 0 || strcmp(value, "1") == 0;
}

static bool is_name(const char *value)
{
	uint8_t wire[DNAME_LEN_MAX];
	return *value && dname_from_text(wire, value) > 0;
}

/* The first len octets of text. */
static bool is_address(const char *text, size_t len)
{
	char host[INET6_ADDRSTRLEN];
	uint8_t address[16];
	if (len >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)len, text);
	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static bool is_number(const char *text, unsigned long max)
{
	return *text && strspn(text, "0123456789") == strlen(text) && strlen(text) < 6 &&
	       strtoul(text, NULL, 10) <= max;
}

static bool is_plain_address(const char *value)
{
	return is_address(value, strlen(value));
}

/* ADDRESS, ADDRESS:PORT of IPv4, [ADDRESS]:PORT. */
static bool is_destination(const char *value)
{
	const char *colon = strrchr(value, ':'), *bracket = strchr(value, ']');
	if (*value == '[')
		return bracket && is_address(value + 1, (size_t)(bracket - value - 1)) &&
		       (!bracket[1] || (bracket[1] == ':' && is_number(bracket + 2, UINT16_MAX)));
	if (colon && strchr(value, ':') == colon)
		return is_address(value, (size_t)(colon - value)) &&
		       is_number(colon + 1, UINT16_MAX);
	return is_plain_address(value);
}

static bool is_netmask(const char *value)
{
	size_t len = strcspn(value, "/");
	unsigned long bits = strchr(value, ':') ? 128 : 32;
	return is_address(value, len) && (!value[len] || is_number(value + len + 1, bits));
}

static bool is_netmask_or_ns(const char *value)
{
	return strcasecmp(value, "AUTO-NS") == 0 || is_netmask(value);
}

static bool is_soa_edit(const char *value)
{
	return soa_edit_find(value) != NULL;
}

/* SOA-EDIT-API and SOA-EDIT-DNSUPDATE. */
static bool is_soa_edit_store(const char *value)
{
	static const char *const table[] = {
		"DEFAULT", "INCREASE", "EPOCH", "SOA-EDIT", "SOA-EDIT-INCREASE", "OFF"};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcasecmp(value, table[i]) == 0)
			return true;
	return false;
}

static bool is_age(const char *value)
{
	struct rollover_ages ages = {.cnt = 0};
	return rollover_ages_add(&ages, value) == 0;
}

static bool is_rollover_policy(const char *value)
{
	struct rollover_policy policy = {0};
	char err[256];
	return rollover_policy_set(&policy, value, err) == 0;
}

/* What policy_set() knows it checks, too. */
static const struct kind {
	const char *name;
	bool takes_several;
	bool (*is_value)(const char *value);
	const char *wanted;
} kind_table[] = {
	{"ALLOW-AXFR-FROM", true, is_netmask_or_ns, "a network (192.0.2.0/24) or AUTO-NS"},
	{"ALLOW-DNSUPDATE-FROM", true, is_netmask, "a network (192.0.2.0/24)"},
	{"ALSO-NOTIFY", true, is_destination, "an address, with :PORT if it is not 53"},
	{"API-RECTIFY", false, is_flag, "0 or 1"},
	{"AXFR-MASTER-TSIG", false, is_name, "the name of a TSIG key"},
	{"AXFR-SOURCE", false, is_plain_address, "an address"},
	{"CATALOG-HASH", false, is_anything, ""},
	{"ENABLE-LUA-RECORDS", false, is_flag, "0 or 1"},
	{"FORWARD-DNSUPDATE", false, is_anything, ""},
	{"GSS-ACCEPTOR-PRINCIPAL", false, is_anything, ""},
	{"GSS-ALLOW-AXFR-PRINCIPAL", true, is_anything, ""},
	{"IXFR", false, is_flag, "0 or 1"},
	{"LUA-AXFR-SCRIPT", false, is_anything, ""},
	{"NOTIFY-DNSUPDATE", false, is_flag, "0 or 1"},
	{"NSEC3NARROW", false, is_flag, "0 or 1"},
	{"NSEC3PARAM", false, is_anything, ""},
	{"PRESIGNED", false, is_flag, "0 or 1"},
	{"PUBLISH-CDNSKEY", false, is_flag, "0 or 1"},
	{"PUBLISH-CDS", true, is_anything, ""},
	{"RFC1123-CONFORMANCE", false, is_flag, "0 or 1"},
	{"SIGNALING-ZONE", false, is_flag, "0 or 1"},
	{"SLAVE-RENOTIFY", false, is_flag, "0 or 1"},
	{"SOA-EDIT", false, is_soa_edit,
		"INCREMENT-WEEKS, INCEPTION-EPOCH, INCEPTION-INCREMENT, EPOCH or NONE"},
	{"SOA-EDIT-API", false, is_soa_edit_store,
		"DEFAULT, INCREASE, EPOCH, SOA-EDIT, SOA-EDIT-INCREASE or OFF"},
	{"SOA-EDIT-DNSUPDATE", false, is_soa_edit_store,
		"DEFAULT, INCREASE, EPOCH, SOA-EDIT, SOA-EDIT-INCREASE or OFF"},
	{"TSIG-ALLOW-AXFR", true, is_name, "the name of a TSIG key"},
	{"TSIG-ALLOW-DNSUPDATE", true, is_name, "the name of a TSIG key"},
	{"X-ENSIGN-DENIAL", false, is_anything, ""},
	{"X-ENSIGN-KEY-SINCE", true, is_age, "a KEY-ID and a Unix time"},
	{"X-ENSIGN-ROLLOVER", false, is_anything, ""},
	{"X-ENSIGN-ROLLOVER-POLICY", false, is_rollover_policy,
		"words as zsk-lifetime=SECONDS parent-servers=ADDRESS,ADDRESS"},
	{"X-ENSIGN-SIGNING", false, is_anything, ""},
};

static const struct kind *find(const char *name)
{
	for (unsigned i = 0; i < sizeof(kind_table) / sizeof(kind_table[0]); i++)
		if (strcasecmp(name, kind_table[i].name) == 0)
			return &kind_table[i];
	return NULL;
}

static bool is_anybodys(const char *name)
{
	return strncasecmp(name, "X-", 2) == 0 && strncasecmp(name, "X-ENSIGN-", 9) != 0;
}

bool meta_kind_is_known(const char *kind)
{
	return find(kind) || is_anybodys(kind);
}

bool meta_kind_takes_several(const char *kind)
{
	const struct kind *found = find(kind);
	return found ? found->takes_several : is_anybodys(kind);
}

int meta_kind_check(const char *name, const char *value, char err[static 256])
{
	const struct kind *kind = find(name);
	struct zone_policy policy = {0};
	if (kind && !kind->is_value(value)) {
		snprintf(err, 256, "%s is to be %s, not '%.60s'", kind->name, kind->wanted, value);
		return -1;
	}
	return policy_set(&policy, name, value, err) < 0 ? -1 : 0;
}
