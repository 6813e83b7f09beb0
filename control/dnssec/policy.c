/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/policy.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/dnssec/key.h"

/* ---- NSEC3PARAM ----------------------------------------------------------------------------- */

/* Reads a decimal number of at most max from *text and the white space behind it. */
static int take_number(const char **text, unsigned max, unsigned *number)
{
	char *end;
	if (!isdigit((unsigned char)**text))
		return -1;
	unsigned long value = strtoul(*text, &end, 10);
	if (value > max || (*end && !isspace((unsigned char)*end)))
		return -1;
	*text = end + strspn(end, " \t");
	*number = (unsigned)value;
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* Salt in hexadecimal, or "-" for none, to the end of text. */
static int take_salt(const char *text, struct zone_nsec3_param *param)
{
	size_t len = strcspn(text, " \t");
	if (text[len + strspn(text + len, " \t")] || !len)
		return -1;
	if (len == 1 && text[0] == '-')
		return 0;
	if (len % 2 || len / 2 > NSEC3_SALT_MAX)
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
		if (high < 0 || low < 0)
			return -1;
		param->salt[i / 2] = (uint8_t)(high << 4 | low);
	}
	param->salt_len = (uint8_t)(len / 2);
	return 0;
}

int policy_nsec3_from_text(struct zone_nsec3_param *param, const char *text, char err[static 256])
{
	struct zone_nsec3_param made = {0};
	unsigned algorithm, flags, iterations;
	const char *at = text + strspn(text, " \t");
	const char *fault = NULL;
	if (take_number(&at, UINT8_MAX, &algorithm) || algorithm != 1)
		fault = "the algorithm must be 1 (SHA-1)";
	else if (take_number(&at, UINT8_MAX, &flags) || flags > 1)
		fault = "the flags must be 0, or 1 for opt-out";
	else if (take_number(&at, NSEC3_ITERATIONS_MAX, &iterations))
		fault = "the iterations must be a number of at most 2500";
	else if (take_salt(at, &made))
		fault = "the salt must be hexadecimal of at most 255 octets, or -";
	if (fault) {
		snprintf(err, 256, "NSEC3PARAM '%.60s': %s; the form is '1 0 0 -'", text, fault);
		return -1;
	}
	made.iterations = (uint16_t)iterations;
	made.optout = flags == 1;
	*param = made;
	return 0;
}
static_assert(NSEC3_ITERATIONS_MAX == 2500, "the message above says so");

char *policy_nsec3_to_text(
	char dst[static POLICY_NSEC3_TEXT_MAX], const struct zone_nsec3_param *param)
{
	int len = snprintf(dst, POLICY_NSEC3_TEXT_MAX, "1 %d %u %s", param->optout,
		param->iterations, param->salt_len ? "" : "-");
	for (unsigned i = 0; i < param->salt_len; i++)
		len += snprintf(
			dst + len, POLICY_NSEC3_TEXT_MAX - (size_t)len, "%02x", param->salt[i]);
	return dst;
}

/* ---- metadata ------------------------------------------------------------------------------- */

static int set_nsec3param(struct zone_policy *policy, const char *content, char err[static 256])
{
	if (policy_nsec3_from_text(&policy->nsec3_param, content, err))
		return -1;
	policy->nsec3 = true;
	return 0;
}

/* "1" or "0". */
static int take_flag(const char *kind, const char *content, bool *flag, char err[static 256])
{
	if (strcmp(content, "0") != 0 && strcmp(content, "1") != 0) {
		snprintf(err, 256, "%s '%.60s': must be 1 or 0", kind, content);
		return -1;
	}
	*flag = content[0] == '1';
	return 0;
}

static int set_narrow(struct zone_policy *policy, const char *content, char err[static 256])
{
	return take_flag("NSEC3NARROW", content, &policy->narrow, err);
}

static int set_presigned(struct zone_policy *policy, const char *content, char err[static 256])
{
	return take_flag("PRESIGNED", content, &policy->presigned, err);
}

static int set_publish_cdnskey(
	struct zone_policy *policy, const char *content, char err[static 256])
{
	if (take_flag("PUBLISH-CDNSKEY", content, &policy->publish_cdnskey, err))
		return -1;
	policy->delete_cdnskey = !policy->publish_cdnskey;
	return 0;
}

static int add_cds_digest(struct zone_policy *policy, unsigned digest)
{
	for (unsigned i = 0; i < policy->cds_digest_cnt; i++)
		if (policy->cds_digest[i] == digest)
			return 0;
	if (!key_digest_name(digest) || policy->cds_digest_cnt == POLICY_CDS_MAX)
		return -1;
	policy->cds_digest[policy->cds_digest_cnt++] = (uint8_t)digest;
	return 0;
}

static int set_publish_cds(struct zone_policy *policy, const char *content, char err[static 256])
{
	policy->cds_digest_cnt = 0;
	policy->delete_cds = !strcmp(content, "0");
	for (const char *at = content; !policy->delete_cds;) {
		char *end;
		unsigned long digest = strtoul(at, &end, 10);
		end += strspn(end, " ");
		if (end == at || digest > UINT8_MAX || (*end && *end != ',') ||
			add_cds_digest(policy, (unsigned)digest)) {
			snprintf(err, 256, "PUBLISH-CDS '%.60s': must be 0 or a list of 1, 2 and 4",
				content);
			return -1;
		}
		if (!*end)
			break;
		at = end + 1;
	}
	return 0;
}

static int set_signing(struct zone_policy *policy, const char *content, char err[static 256])
{
	static const char *const word[] = {
		[POLICY_SIGNING_LIVE] = "live",
		[POLICY_SIGNING_EAGER] = "eager",
	};
	for (unsigned i = POLICY_SIGNING_LIVE; i <= POLICY_SIGNING_EAGER; i++) {
		if (strcmp(content, word[i]) != 0)
			continue;
		policy->signing = (uint8_t)i;
		return 0;
	}
	snprintf(err, 256, "X-ENSIGN-SIGNING '%.60s': must be live or eager", content);
	return -1;
}

static int set_denial(struct zone_policy *policy, const char *content, char err[static 256])
{
	if (strcmp(content, "compact") != 0) {
		snprintf(err, 256, "X-ENSIGN-DENIAL '%.60s': must be compact", content);
		return -1;
	}
	policy->compact = true;
	return 0;
}

static int set_rollover(struct zone_policy *policy, const char *content, char err[static 256])
{
	if (rollover_from_text(&policy->rollover, content) != 0) {
		snprintf(err, 256, "%s '%.100s' cannot be read", ROLLOVER_META_KIND, content);
		return -1;
	}
	policy->is_rolling = true;
	return 0;
}

static const struct policy_kind {
	const char *name;
	int (*set)(struct zone_policy *policy, const char *content, char err[static 256]);
} policy_kind[] = {
	{"PRESIGNED", set_presigned},
	{"NSEC3PARAM", set_nsec3param},
	{"NSEC3NARROW", set_narrow},
	{"PUBLISH-CDS", set_publish_cds},
	{"PUBLISH-CDNSKEY", set_publish_cdnskey},
	{"X-ENSIGN-SIGNING", set_signing},
	{"X-ENSIGN-DENIAL", set_denial},
	{ROLLOVER_META_KIND, set_rollover},
};

int policy_set(
	struct zone_policy *policy, const char *kind, const char *content, char err[static 256])
{
	for (size_t i = 0; i < sizeof(policy_kind) / sizeof(policy_kind[0]); i++)
		if (!strcasecmp(kind, policy_kind[i].name))
			return policy_kind[i].set(policy, content, err);
	return 1;
}

int policy_clamp(struct zone_policy *policy, unsigned iterations_max)
{
	if (policy->presigned || policy->nsec3_param.iterations <= iterations_max)
		return 0;
	policy->nsec3_param.iterations = (uint16_t)iterations_max;
	return 1;
}

/* ---- what follows from it ------------------------------------------------------------------- */

bool policy_is_live(const struct zone_policy *policy, const char *by_default)
{
	if (policy->presigned)
		return false;
	if (policy->signing == POLICY_SIGNING_UNSET)
		return strcmp(by_default, "live") == 0;
	return policy->signing == POLICY_SIGNING_LIVE;
}

enum policy_denial policy_denial(const struct zone_policy *policy, bool live)
{
	if (live && policy->compact)
		return POLICY_COMPACT;
	if (!policy->nsec3)
		return POLICY_NSEC;
	return live && policy->narrow ? POLICY_NARROW : POLICY_NSEC3;
}
