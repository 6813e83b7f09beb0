/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * show-zone and export-zone-ds: what the database and the zone file say about a zone and its keys.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/cli/key_show.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

#define APEX_DNSKEY_MAX 64 /* of a pre-signed zone; more fit no message */

struct apex_dnskey {
	uint16_t len;
	uint8_t rdata[KEY_DNSKEY_MAX];
};

/* What is shown of the zone file. */
struct apex_data {
	const uint8_t *apex;
	bool has_soa;
	uint32_t serial;
	uint32_t refresh_s;
	struct apex_dnskey dnskey[APEX_DNSKEY_MAX];
	unsigned dnskey_cnt;
};

/* A zone with all that is known of it. */
struct shown_zone {
	struct cli_zone zone;
	struct cli_zone_data data;
	struct apex_data apex;
};

/* ==== gathering ============================================================================= */

static void take_soa(struct apex_data *apex, const struct zone_file_record *record)
{
	/* the last five words are serial, refresh, retry, expire, minimum (RFC 1035, 3.3.13) */
	struct wire_reader r = wire_reader_init(record->rdata, record->rdata_len);
	wire_read(&r, record->rdata_len - 5U * 4);
	apex->serial = wire_read_u32(&r);
	apex->refresh_s = wire_read_u32(&r);
	apex->has_soa = wire_reader_ok(&r);
}

static int take_dnskey(
	struct apex_data *apex, const struct zone_file_record *record, char err[static 256])
{
	struct apex_dnskey *dnskey = &apex->dnskey[apex->dnskey_cnt];
	if (apex->dnskey_cnt == APEX_DNSKEY_MAX || record->rdata_len < 5 ||
		record->rdata_len > KEY_DNSKEY_MAX) {
		snprintf(err, 256, "a DNSKEY record too large or too many to be shown");
		return -1;
	}
	dnskey->len = record->rdata_len;
	memcpy(dnskey->rdata, record->rdata, record->rdata_len);
	apex->dnskey_cnt++;
	return 0;
}

static int take_record(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	struct apex_data *apex = ctx;
	if (record->type != RRTYPE_SOA && record->type != RRTYPE_DNSKEY)
		return 0;
	if (dname_cmp(record->owner, apex->apex) != 0)
		return 0;
	if (record->type == RRTYPE_DNSKEY)
		return take_dnskey(apex, record, err);
	take_soa(apex, record);
	return 0;
}

/* Highest flags first, then highest algorithm: pdnsutil's order. */
static int compare_dnskey(const void *a, const void *b)
{
	const struct apex_dnskey *left = a, *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int order = memcmp(right->rdata, left->rdata, len);
	return order ? order : right->len - left->len;
}

/* KSKs last, otherwise by id: pdnsutil's order. */
static int compare_key(const void *a, const void *b)
{
	const struct key *left = a, *right = b;
	bool left_ksk = left->role == KEY_ROLE_KSK, right_ksk = right->role == KEY_ROLE_KSK;
	if (left_ksk != right_ksk)
		return left_ksk - right_ksk;
	return left->id < right->id ? -1 : left->id > right->id;
}

void cli_keys_sort(struct keyset *keys)
{
	if (keys->key_cnt)
		qsort(keys->key, keys->key_cnt, sizeof(keys->key[0]), compare_key);
}

static void gather_apex(struct cli *cli, struct shown_zone *shown)
{
	shown->apex.apex = shown->zone.apex;
	/* a file with errors is told of on standard error; the rest is shown all the same */
	if (cli_zone_records(cli, &shown->zone, take_record, &shown->apex) != 0)
		cli_note(cli, "(check-zone %s says more)", shown->zone.name);
	qsort(shown->apex.dnskey, shown->apex.dnskey_cnt, sizeof(shown->apex.dnskey[0]),
		compare_dnskey);
}

/* Gathers what there is to show; NULL when the reason has been said. The zone file is read only if
 * asked for, or where the keys are in it. */
static struct shown_zone *gather(struct cli *cli, const char *text, bool with_file)
{
	struct shown_zone *shown = calloc(1, sizeof(*shown));
	if (!shown || cli_zone_find(cli, &shown->zone, text) != 0) {
		free(shown);
		return NULL;
	}
	if (!cli_zone_exists(&shown->zone)) {
		cli_error("No such zone in the database (named.conf does not list '%s')",
			shown->zone.name);
		free(shown);
		return NULL;
	}
	if (cli_zone_data_read(cli, &shown->zone, &shown->data) != 0) {
		cli_zone_data_deinit(&shown->data);
		free(shown);
		return NULL;
	}
	cli_keys_sort(&shown->data.keys);
	if (with_file || shown->data.policy.presigned)
		gather_apex(cli, shown);
	return shown;
}

static void forget(struct shown_zone *shown)
{
	cli_zone_data_deinit(&shown->data);
	free(shown);
}

/* ==== as text =============================================================================== */

static void print_master(const struct shown_zone *shown)
{
	const struct store_domain *domain = shown->zone.domain;
	uint32_t notified =
		domain && domain->notified_serial > 0 ? (uint32_t)domain->notified_serial : 0;
	if (shown->apex.has_soa)
		printf("Last SOA serial number we notified: %u %s %u (serial in the database)\n",
			notified, shown->apex.serial == notified ? "==" : "!=", shown->apex.serial);
}

/* One of a list of primaries, with its port. */
static void print_primary(const char *text, size_t len)
{
	const char *colon = memchr(text, ':', len), *last = memrchr(text, ':', len);
	bool is_bracketed = *text == '[';
	if (is_bracketed ? last > (const char *)memchr(text, ']', len) : colon && colon == last)
		printf("%.*s ", (int)len, text);
	else if (colon && !is_bracketed)
		printf("[%.*s]:53 ", (int)len, text);
	else
		printf("%.*s:53 ", (int)len, text);
}

static void print_primaries(const char *masters)
{
	static const char separators[] = ", \t";
	size_t first_len = strcspn(masters, separators);
	bool is_one = *masters && !masters[first_len];
	fputs(is_one ? "Primary: " : "Primaries: ", stdout);
	for (masters += strspn(masters, separators); *masters;
		masters += strspn(masters, separators)) {
		size_t len = strcspn(masters, separators);
		print_primary(masters, len);
		masters += len;
	}
	putchar('\n');
}

static void print_last_check(int64_t last_check)
{
	char text[64] = "Never";
	time_t time = (time_t)last_check;
	struct tm tm;
	if (last_check > 0 && localtime_r(&time, &tm))
		strftime(text, sizeof(text), "%a %F %H:%M:%S", &tm);
	printf("Last time we got update from primary: %s\n", text);
}

static void print_slave(const struct shown_zone *shown)
{
	const struct store_domain *domain = shown->zone.domain;
	if (domain) {
		print_primaries(domain->masters ? domain->masters : "");
		print_last_check(domain->last_check);
	}
	if (shown->apex.has_soa)
		printf("SOA serial in database: %u\nRefresh interval: %u seconds\n",
			shown->apex.serial, shown->apex.refresh_s);
	else if (domain)
		puts("No SOA serial found in database");
}

static void print_native(const struct shown_zone *shown)
{
	(void)shown;
}

static const struct {
	const char *kind;
	void (*print)(const struct shown_zone *shown);
} kind_table[] = {
	{"Master", print_master},
	{"Slave", print_slave},
	{"Native", print_native},
	{"Producer", print_master},
	{"Consumer", print_slave},
};

static void print_kind(const struct shown_zone *shown)
{
	const char *kind = cli_zone_kind(&shown->zone);
	printf("This is a %s zone\n", kind);
	for (unsigned i = 0; i < sizeof(kind_table) / sizeof(kind_table[0]); i++)
		if (strcmp(kind, kind_table[i].kind) == 0)
			kind_table[i].print(shown);
}

/* By kind, each with its values in the order they were stored. */
static void print_metas(const struct store_metas *metas)
{
	char **kinds = cli_metas_kinds(metas);
	puts(metas->cnt ? "Metadata items: " : "Metadata items: None");
	for (char **kind = kinds; kinds && *kind; kind++)
		for (unsigned i = 0; i < metas->cnt; i++)
			if (strcmp(metas->meta[i].kind, *kind) == 0)
				printf("\t%s\t%s\n", *kind, metas->meta[i].content);
	free(kinds);
}

static void print_denial(const struct cli *cli, const struct zone_policy *policy)
{
	char text[POLICY_NSEC3_TEXT_MAX];
	bool live = policy_is_live(policy, cli->settings.signing_policy);
	if (policy_denial(policy, live) == POLICY_COMPACT)
		puts("Zone has compact NSEC semantics (RFC 9824)");
	else if (!policy->nsec3)
		puts("Zone has NSEC semantics");
	else
		printf("Zone has %shashed NSEC3 semantics, configuration: %s\n",
			policy->narrow ? "NARROW " : "",
			policy_nsec3_to_text(text, &policy->nsec3_param));
}

static unsigned dnskey_flags(const struct apex_dnskey *dnskey)
{
	return wire_get_u16(dnskey->rdata);
}

/* Bits of the key, 0 if its algorithm is not known. */
static unsigned dnskey_bits(const struct apex_dnskey *dnskey)
{
	const struct key_algorithm *algorithm = key_algorithm(dnskey->rdata[3]);
	if (!algorithm)
		return 0;
	if (algorithm->kind != KEY_RSA)
		return algorithm->bits_default;
	/* exponent length in one octet, or zero and two (RFC 3110, 2); then exponent, modulus */
	struct wire_reader r = wire_reader_init(dnskey->rdata + 4, dnskey->len - 4U);
	unsigned exponent_len = wire_read_u8(&r);
	if (exponent_len == 0)
		exponent_len = wire_read_u16(&r);
	wire_read(&r, exponent_len);
	return (unsigned)wire_reader_left(&r) * 8;
}

static void print_presigned(const struct cli *cli, const struct shown_zone *shown)
{
	char text[DNSKEY_TEXT_MAX];
	puts("Zone is presigned");
	if (shown->apex.dnskey_cnt == 0) {
		cli_error("No keys for zone '%s'.", shown->zone.name);
		return;
	}
	print_denial(cli, &shown->data.policy);
	puts("keys: ");
	for (unsigned i = 0; i < shown->apex.dnskey_cnt; i++) {
		const struct apex_dnskey *dnskey = &shown->apex.dnskey[i];
		printf("%s, tag = %u, algo = %u, bits = %u\n",
			dnskey_flags(dnskey) == KEY_FLAGS_SEP ? "KSK" : "ZSK",
			key_tag(dnskey->rdata, dnskey->len), dnskey->rdata[3], dnskey_bits(dnskey));
		printf("DNSKEY = %s IN DNSKEY %s; ( %s ) \n", shown->zone.fqdn,
			dnskey_to_text(text, dnskey->rdata, dnskey->len),
			key_show_algorithm(dnskey->rdata[3]));
		key_show_ds(&shown->zone, dnskey->rdata, dnskey->len, "DS = ", cli->opt.verbose);
	}
}

static void print_keys(const struct cli *cli, const struct shown_zone *shown)
{
	const struct keyset *keys = &shown->data.keys;
	if (keys->key_cnt == 0) {
		cli_error("No keys for zone '%s'.", shown->zone.name);
		return;
	}
	print_denial(cli, &shown->data.policy);
	puts("keys: ");
	for (unsigned i = 0; i < keys->key_cnt; i++)
		key_show(&shown->zone, &keys->key[i], cli->opt.verbose);
}

static void print_zone(const struct cli *cli, const struct shown_zone *shown)
{
	const struct cli_zone_data *data = &shown->data;
	print_kind(shown);
	if (!data->is_secured && !data->policy.presigned)
		puts("Zone is not actively secured");
	print_metas(&data->metas);
	if (data->policy.presigned)
		print_presigned(cli, shown);
	else
		print_keys(cli, shown);
}

/* ==== as JSON =============================================================================== */

static json_t *dnskey_to_json(const struct cli_zone *zone, const struct apex_dnskey *dnskey)
{
	char text[DNSKEY_TEXT_MAX];
	return json_pack("{s:s, s:i, s:s, s:i, s:i, s:s, s:o}", "keytype",
		dnskey_flags(dnskey) == KEY_FLAGS_SEP ? "ksk" : "zsk", "flags",
		(int)dnskey_flags(dnskey), "algorithm", key_show_algorithm(dnskey->rdata[3]),
		"bits", (int)dnskey_bits(dnskey), "tag", key_tag(dnskey->rdata, dnskey->len),
		"dnskey", dnskey_to_text(text, dnskey->rdata, dnskey->len), "ds",
		key_ds_to_json(zone, dnskey->rdata, dnskey->len));
}

static json_t *keys_to_json(const struct shown_zone *shown)
{
	json_t *array = json_array();
	const struct keyset *keys = &shown->data.keys;
	if (!shown->data.policy.presigned)
		for (unsigned i = 0; i < keys->key_cnt; i++)
			json_array_append_new(array, key_to_json(&shown->zone, &keys->key[i]));
	else
		for (unsigned i = 0; i < shown->apex.dnskey_cnt; i++)
			json_array_append_new(
				array, dnskey_to_json(&shown->zone, &shown->apex.dnskey[i]));
	return array;
}

static json_t *zone_to_json(const struct shown_zone *shown)
{
	const struct cli_zone_data *data = &shown->data;
	char text[POLICY_NSEC3_TEXT_MAX] = "";
	char **kinds = cli_metas_kinds(&data->metas);
	if (data->policy.nsec3)
		policy_nsec3_to_text(text, &data->policy.nsec3_param);
	/* the names of PowerDNS' HTTP API, where it has one */
	json_t *object = json_pack("{s:s, s:s, s:s?, s:b, s:b, s:s, s:b, s:o, s:o}", "name",
		shown->zone.fqdn, "kind", cli_zone_kind(&shown->zone), "file",
		shown->zone.conf ? shown->zone.conf->file : NULL, "dnssec", data->is_secured,
		"presigned", data->policy.presigned, "nsec3param", text, "nsec3narrow",
		data->policy.narrow, "metadata", cli_metas_to_json(&data->metas, kinds), "keys",
		keys_to_json(shown));
	if (object && shown->apex.has_soa)
		json_object_set_new(object, "serial", json_integer(shown->apex.serial));
	free(kinds);
	return object;
}

/* ==== commands ============================================================================== */

int cmd_show_zone(struct cli *cli, char **args)
{
	struct shown_zone *shown = gather(cli, args[0], true);
	int rc = 0;
	if (!shown)
		return 1;
	if (cli->opt.json)
		rc = cli_print_json(zone_to_json(shown));
	else
		print_zone(cli, shown);
	forget(shown);
	return rc;
}

/* The DS records of one DNSKEY, as lines or into list. */
static void export_ds(const struct cli *cli, const struct cli_zone *zone, const uint8_t *dnskey,
	size_t dnskey_len, json_t *list)
{
	if (!list) {
		key_show_ds(zone, dnskey, dnskey_len, "", cli->opt.verbose);
		return;
	}
	json_t *ds = key_ds_to_json(zone, dnskey, dnskey_len);
	json_array_extend(list, ds);
	json_decref(ds);
}

/* DS records of a pre-signed zone's secure entry points; of all keys if none is marked as one. */
static void export_presigned(const struct cli *cli, const struct shown_zone *shown, json_t *list)
{
	bool has_entry =
		shown->apex.dnskey_cnt && dnskey_flags(&shown->apex.dnskey[0]) == KEY_FLAGS_SEP;
	for (unsigned i = 0; i < shown->apex.dnskey_cnt; i++) {
		const struct apex_dnskey *dnskey = &shown->apex.dnskey[i];
		if (!has_entry || dnskey_flags(dnskey) == KEY_FLAGS_SEP)
			export_ds(cli, &shown->zone, dnskey->rdata, dnskey->len, list);
	}
}

static void export_keys(const struct cli *cli, const struct shown_zone *shown, json_t *list)
{
	const struct keyset *keys = &shown->data.keys;
	for (unsigned i = 0; i < keys->key_cnt; i++)
		if (keys->key[i].role != KEY_ROLE_ZSK)
			export_ds(cli, &shown->zone, keys->key[i].dnskey, keys->key[i].dnskey_len,
				list);
}

static int export_all_ds(const struct cli *cli, const struct shown_zone *shown)
{
	json_t *list = cli->opt.json ? json_array() : NULL;
	(shown->data.policy.presigned ? export_presigned : export_keys)(cli, shown, list);
	return cli->opt.json ? cli_print_json(list) : 0;
}

int cmd_export_zone_ds(struct cli *cli, char **args)
{
	struct shown_zone *shown = gather(cli, args[0], false);
	int rc = 1;
	if (!shown)
		return 1;
	if (shown->data.policy.presigned || shown->data.is_secured)
		rc = export_all_ds(cli, shown);
	else
		cli_error("Zone is not actively secured (secure-zone does that)");
	forget(shown);
	return rc;
}
