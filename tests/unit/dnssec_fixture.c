/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/dnssec_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/dnssec/zone_print.h"
#include "control/source/zone_file.h"
#include "zonedb/dname.h"
#include "zonedb/zone_finish.h"

#define DIGEST32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

const char fixture_example[] =
	"$TTL 3600\n"
	"@ SOA ns1 hostmaster 2026112200 3600 900 1209600 3600\n"
	"@ NS NS1.example.\n"
	"@ NS ns2.Other.net.\n"
	"@ MX 10 Mail.Example.\n"
	"@ TXT \"a\" \"b\\195\"\n"
	"ns1 A 192.0.2.1\n"
	"ns1 AAAA 2001:db8::1\n"
	"mail 60 A 192.0.2.2\n"
	"*.wild A 192.0.2.3\n"
	"*.wild TXT w\n"
	"a.b.c.ent A 192.0.2.4\n"
	"\\033bang.ent A 192.0.2.5\n"
	"\\000\\255.ent A 192.0.2.6\n"
	"sub NS ns.sub\n"
	"sub NS ns1\n"
	"ns.sub A 192.0.2.53\n"
	"sec NS ns.sec\n"
	"sec DS 12345 13 2 " DIGEST32 "\n"
	"ns.sec A 192.0.2.54\n"
	"deep.only.insecure NS ns1\n"
	"deep2.only.insecure NS ns1\n"
	"x.mixed.insecure NS ns1\n"
	"y.mixed.insecure NS ns1\n"
	"y.mixed.insecure DS 12345 13 2 " DIGEST32 "\n"
	"alias CNAME www\n"
	"www A 192.0.2.7\n"
	"tree DNAME target.example.net.\n"
	"_srv._tcp SRV 0 0 53 Ns1.Example.\n"
	"caa CAA 0 issue \"ca.example\"\n"
	"svc HTTPS 1 . alpn=h2\n"
	"big TYPE65534 \\# 5 07ED260001\n"
	"naptr NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:x@example!\" Foo.Example.\n"
	"rp RP MBox.Example. Txt.Example.\n";

/* ---- zones --------------------------------------------------------------------------------- */

struct reading {
	struct zone *zone;
	enum dnssec_mode mode;
};

static int take(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	const struct reading *reading = ctx;
	if (dnssec_keeps(reading->mode, false, record->type))
		assert_int_equal(zone_add_rr(reading->zone, record->owner, record->type,
					 record->ttl_s, record->rdata, record->rdata_len),
			ZONE_ADD_DONE);
	return 0;
}

void dnssec_fixture_file(
	struct zone *zone, const char *apex, const char *path, enum dnssec_mode mode)
{
	uint8_t name[DNAME_LEN_MAX];
	char err[256];
	struct reading reading = {zone, mode};
	struct file_list files = {0};
	static struct report report;
	assert_true(dname_from_text(name, apex) > 0);
	zone_init(zone, name);
	const struct zone_file_options opt = {
		.apex = name, .path = path, .sink = take, .ctx = &reading};
	if (zone_file_read(&opt, &files, &report))
		fail_msg("%s", report_first_error(&report));
	file_list_deinit(&files);
	report_deinit(&report);
	if (zone_finish(zone, err))
		fail_msg("%s", err);
}

void dnssec_fixture_zone(
	struct zone *zone, const char *apex, const char *text, enum dnssec_mode mode)
{
	char path[] = "/tmp/ensign-test-zone-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	dnssec_fixture_file(zone, apex, path, mode);
	unlink(path);
}

char *dnssec_fixture_print(const struct zone *zone)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	assert_int_equal(zone_print(zone, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

unsigned dnssec_fixture_cut(char *text, const char *a, const char *b)
{
	unsigned cnt = 0;
	char *to = text;
	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		char *end = next - 1;
		*end = '\0';
		bool cut = strstr(line, a) && strstr(line, b);
		*end = '\n';
		cnt += cut;
		if (cut)
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	*to = '\0';
	return cnt;
}

struct zone_node *dnssec_fixture_node(struct zone *zone, const char *name)
{
	uint8_t owner[DNAME_LEN_MAX];
	assert_true(dname_from_text(owner, name) > 0);
	uint32_t index = zone_find(zone, owner);
	if (index == ZONE_NODE_NONE)
		fail_msg("there is no %s", name);
	return &zone->node[index];
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void add(struct keyset *keys, struct key *key)
{
	key->active = key->published = true;
	assert_int_equal(keyset_add(keys, key), 0);
}

void dnssec_fixture_generate(struct keyset *keys, unsigned algorithm, uint16_t flags)
{
	const struct key_algorithm *alg = key_algorithm(algorithm);
	struct key key = {0};
	char err[256];
	if (key_generate(&key, alg, flags, alg->kind == KEY_RSA ? 1024 : 0, err))
		fail_msg("%s", err);
	add(keys, &key);
}

void dnssec_fixture_key(struct keyset *keys, uint16_t flags, const char *content)
{
	struct key key = {0};
	char err[256];
	if (key_from_content(&key, flags, content, strlen(content), err))
		fail_msg("%s", err);
	add(keys, &key);
}

void dnssec_fixture_secure(struct zone *zone, struct keyset *keys, const char *nsec3)
{
	struct zone_policy policy = {0};
	char err[256] = "";
	struct dnssec_options opt = {
		.keys = keys,
		.policy = &policy,
		.window = {FIXTURE_INCEPTION_S, FIXTURE_EXPIRATION_S, FIXTURE_NOW_S},
	};
	if ((nsec3 && policy_set(&policy, "NSEC3PARAM", nsec3, err)))
		fail_msg("%s", err);
	keyset_assign_roles(keys, policy.nsec3);
	if (dnssec_secure(zone, &opt, err))
		fail_msg("%s", err);
}
