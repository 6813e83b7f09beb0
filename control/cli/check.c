/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * check-zone: pdnsutil's checks of a zone, and whether ensignd would take it.
 *
 * check_table lists what is looked for. An error keeps the zone from working as meant, a warning
 * points at data that has no effect or surprises.
 */
#include "control/cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/cli/records.h"
#include "control/cli/rectify_rows.h"
#include "control/dnssec/zone_print.h"
#include "zonedb/rrtype.h"
#include "zonedb/wire.h"

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

struct check {
	struct cli *cli;
	struct cli_zone zone;
	struct cli_zone_data data;
	struct records records;
	json_t *findings; /* NULL: findings are printed */
	unsigned long cnt[SEVERITY_ERROR + 1];
	size_t row_cnt; /* of a database, those of empty non-terminals included; 0: not counted */
};

__attribute__((format(printf, 3, 4))) static void found(
	struct check *check, enum severity severity, const char *format, ...)
{
	static const char *const word[] = {"Info", "Warning", "Error"};
	char text[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check->cnt[severity]++;
	if (check->findings)
		json_array_append_new(check->findings,
			json_pack("{s:s, s:s}", "severity", word[severity], "text", text));
	else
		printf("[%s] %s\n", word[severity], text);
}

/* ==== showing names and records ============================================================= */

struct shown_name {
	char text[DNAME_TEXT_MAX];
};

/* Without the final dot. */
static struct shown_name show(const uint8_t *name)
{
	struct shown_name shown;
	dname_to_text(shown.text, name);
	size_t len = strlen(shown.text);
	if (len > 1)
		shown.text[len - 1] = '\0';
	return shown;
}

struct shown_type {
	char text[12];
};

static struct shown_type show_type(uint16_t type)
{
	struct shown_type shown;
	rrtype_to_text(shown.text, type);
	return shown;
}

struct shown_rdata {
	char text[1024];
};

static struct shown_rdata show_rdata(const struct record *record)
{
	struct shown_rdata shown;
	if (rdata_to_text(shown.text, sizeof(shown.text), record->type, record->rdata,
		    record->rdata_len) < 0)
		strcpy(shown.text, "...");
	return shown;
}

/* ==== the zone as a whole =================================================================== */

static void check_soa(struct check *check)
{
	if (!records_has(&check->records, check->zone.apex, RRTYPE_SOA))
		found(check, SEVERITY_ERROR, "No SOA record present, or active, in zone '%s'",
			check->zone.name);
}

static void check_apex_ns(struct check *check)
{
	if (!records_has(&check->records, check->zone.apex, RRTYPE_NS))
		found(check, SEVERITY_ERROR, "No NS record at zone apex in zone '%s'",
			check->zone.name);
}

static void check_keys(struct check *check)
{
	if (check->data.bad_key_cnt)
		found(check, SEVERITY_ERROR, "zone '%s' has at least one invalid DNS Private Key.",
			check->zone.name);
}

static void check_nsec3(struct check *check)
{
	const struct zone_policy *policy = &check->data.policy;
	size_t len = dname_len(check->zone.apex);
	if (!policy->nsec3)
		return;
	if (check->data.is_secured && len > DNAME_LEN_MAX - NSEC3_LABEL_LEN - 1)
		found(check, SEVERITY_ERROR,
			"zone '%s' has NSEC3 semantics but is too long to have the hash prepended. "
			"Zone name is %zu bytes long, whereas the maximum is %d bytes.",
			check->zone.name, len, DNAME_LEN_MAX - NSEC3_LABEL_LEN - 1);
	if (policy->nsec3_param.iterations || policy->nsec3_param.salt_len)
		found(check, SEVERITY_INFO,
			"zone '%s' has %u iterations and a salt of %u octets for NSEC3; RFC 9276 "
			"recommends none of either ('1 0 0 -').",
			check->zone.name, policy->nsec3_param.iterations,
			policy->nsec3_param.salt_len);
}

static bool has_earlier_double(const struct store_metas *metas, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (strcasecmp(metas->meta[k].kind, metas->meta[i].kind) == 0 &&
			strcmp(metas->meta[k].content, metas->meta[i].content) == 0)
			return true;
	return false;
}

static void check_metadata(struct check *check)
{
	const struct store_metas *metas = &check->data.metas;
	for (unsigned i = 0; i < metas->cnt; i++)
		if (has_earlier_double(metas, i))
			found(check, SEVERITY_ERROR,
				"Found duplicate metadata key value pair for zone %s with key '%s' "
				"and "
				"value '%s'",
				check->zone.name, metas->meta[i].kind, metas->meta[i].content);
}

/* ---- delegation from a parent served here
 * -------------------------------------------------------- */

struct parent_look {
	const uint8_t *child;
	bool has_ns;
};

static int look_for_ns(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	struct parent_look *look = ctx;
	if (record->type == RRTYPE_NS && dname_cmp(record->owner, look->child) == 0)
		look->has_ns = true;
	return 0;
}

/* The closest zone above that named.conf lists; false if there is none. */
static bool find_parent(struct check *check, struct cli_zone *parent)
{
	const uint8_t *name = check->zone.apex;
	while (*name) {
		char text[DNAME_TEXT_MAX];
		name += 1 + *name;
		if (cli_zone_find(check->cli, parent, dname_to_text(text, name)) == 0 &&
			parent->conf)
			return true;
	}
	return false;
}

static void check_parent(struct check *check)
{
	struct cli_zone parent;
	struct parent_look look = {.child = check->zone.apex};
	if (!find_parent(check, &parent) ||
		cli_zone_records(check->cli, &parent, look_for_ns, &look) != 0)
		return;
	if (!look.has_ns)
		found(check, SEVERITY_ERROR, "No delegation for zone '%s' in parent '%s'",
			check->zone.name, parent.name);
}

/* ==== RRsets ================================================================================ */

static bool same_rdata(const struct record *a, const struct record *b)
{
	return a->rdata_len == b->rdata_len && memcmp(a->rdata, b->rdata, a->rdata_len) == 0;
}

static void check_member(
	struct check *check, const struct record *first, const struct record *record)
{
	const struct record *before = first;
	if (record->ttl_s != first->ttl_s)
		found(check, SEVERITY_ERROR, "TTL mismatch in rrset: '%s IN %s %s' (%u != %u)",
			show(record->owner).text, show_type(record->type).text,
			show_rdata(record).text, first->ttl_s, record->ttl_s);
	while (before < record && !same_rdata(before, record))
		before++;
	if (before < record)
		found(check, SEVERITY_ERROR, "Duplicate record found in rrset: '%s IN %s %s'",
			show(record->owner).text, show_type(record->type).text,
			show_rdata(record).text);
}

static void check_rrsets(struct check *check)
{
	const struct records *records = &check->records;
	struct record_range rrset;
	for (size_t i = 0; i < records->cnt; i = rrset.end) {
		rrset = records_rrset(records, i);
		/* signatures over different types are no set, and have their TTLs (RFC 4034, 3) */
		if (records->record[i].type == RRTYPE_RRSIG)
			continue;
		for (size_t k = rrset.begin + 1; k < rrset.end; k++)
			check_member(check, &records->record[rrset.begin], &records->record[k]);
	}
}

static void check_cnames(struct check *check)
{
	const struct records *records = &check->records;
	struct record_range range;
	for (size_t i = 0; i < records->cnt; i = range.end) {
		unsigned cname_cnt = 0, other_cnt = 0;
		range = records_of(records, records->record[i].owner);
		for (size_t k = range.begin; k < range.end; k++) {
			cname_cnt += records->record[k].type == RRTYPE_CNAME;
			other_cnt += records->record[k].type != RRTYPE_CNAME &&
				     records->record[k].type != RRTYPE_RRSIG;
		}
		if (cname_cnt && other_cnt)
			found(check, SEVERITY_ERROR,
				"CNAME %s found, but other records with same label exist.",
				show(records->record[i].owner).text);
	}
}

/* ==== cuts ================================================================================== */

static bool is_cut(const struct check *check, const struct record *record)
{
	return record->type == RRTYPE_DNAME ||
	       (record->type == RRTYPE_NS && dname_cmp(record->owner, check->zone.apex) != 0);
}

/* A pre-signed zone signs the DS and the NSEC of a delegation. */
static bool signs_cut(const struct check *check, const struct record *record)
{
	uint16_t covered = record->type == RRTYPE_RRSIG ? wire_get_u16(record->rdata) : 0;
	return check->data.policy.presigned && (covered == RRTYPE_DS || covered == RRTYPE_NSEC);
}

/* Whether record, at or below cut, has no effect because of it. */
static bool is_occluded(
	const struct check *check, const struct record *record, const struct record *cut)
{
	bool at_cut = dname_cmp(record->owner, cut->owner) == 0;
	if (cut->type == RRTYPE_DNAME)
		return !at_cut;
	if (at_cut && (record->type == RRTYPE_NS || record->type == RRTYPE_DS ||
			      signs_cut(check, record)))
		return false;
	return record->type != RRTYPE_A && record->type != RRTYPE_AAAA;
}

static void check_occlusion(struct check *check)
{
	const struct records *records = &check->records;
	struct record_range rrset;
	for (size_t i = 0; i < records->cnt; i = rrset.end) {
		const struct record *cut = &records->record[i];
		rrset = records_rrset(records, i);
		if (!is_cut(check, cut))
			continue;
		struct record_range below = records_below(records, cut->owner);
		for (size_t k = below.begin; k < below.end; k++) {
			const struct record *record = &records->record[k];
			if (is_occluded(check, record, cut))
				found(check, SEVERITY_WARNING,
					"'%s|%s' in zone '%s' is occluded by a %s at '%s'",
					show(record->owner).text, show_type(record->type).text,
					check->zone.name,
					cut->type == RRTYPE_NS ? "delegation" : "DNAME",
					show(cut->owner).text);
		}
	}
}

/* The name a record points to, in lower case; false if its type has none. */
static bool read_target(const struct record *record, uint8_t target[static DNAME_LEN_MAX])
{
	static const struct {
		uint16_t type;
		uint16_t name_off;
	} table[] = {{RRTYPE_NS, 0}, {RRTYPE_MX, 2}, {RRTYPE_SRV, 6}};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (record->type != table[i].type || record->rdata_len < table[i].name_off)
			continue;
		const uint8_t *name = record->rdata + table[i].name_off;
		int len = dname_check(name, (size_t)record->rdata_len - table[i].name_off);
		if (len > 0)
			dname_lower(target, name, (size_t)len);
		return len > 0;
	}
	return false;
}

static void check_glue(struct check *check, const struct record *record)
{
	uint8_t target[DNAME_LEN_MAX];
	if (record->type != RRTYPE_NS || !is_cut(check, record) || !read_target(record, target) ||
		!dname_is_under(target, record->owner))
		return;
	if (!records_has(&check->records, target, RRTYPE_A) &&
		!records_has(&check->records, target, RRTYPE_AAAA))
		found(check, SEVERITY_WARNING, "Missing glue for '%s' in zone '%s'",
			show(target).text, check->zone.name);
}

static void check_ds(struct check *check, const struct record *record)
{
	if (record->type == RRTYPE_DS && dname_cmp(record->owner, check->zone.apex) != 0 &&
		!records_has(&check->records, record->owner, RRTYPE_NS))
		found(check, SEVERITY_WARNING, "DS record without a delegation '%s'.",
			show(record->owner).text);
}

/* ==== single records ======================================================================== */

static void check_in_zone(struct check *check, const struct record *record)
{
	if (!dname_is_under(record->owner, check->zone.apex))
		found(check, SEVERITY_ERROR, "Record '%s IN %s %s' in zone '%s' is out-of-zone.",
			show(record->owner).text, show_type(record->type).text,
			show_rdata(record).text, check->zone.name);
}

static void check_target(struct check *check, const struct record *record)
{
	uint8_t target[DNAME_LEN_MAX];
	if (read_target(record, target) && records_has(&check->records, target, RRTYPE_CNAME))
		found(check, SEVERITY_WARNING, "'%s|%s has a target (%s) that is a CNAME.",
			show(record->owner).text, show_type(record->type).text, show(target).text);
}

static void check_signature(struct check *check, const struct record *record)
{
	if (record->type == RRTYPE_RRSIG && !check->data.policy.presigned)
		found(check, SEVERITY_ERROR,
			"RRSIG found at '%s' in non-presigned zone. These do not belong in the "
			"database.",
			show(record->owner).text);
	if (record->type == RRTYPE_DNSKEY && !check->data.policy.presigned)
		found(check, SEVERITY_WARNING,
			"DNSKEY at '%s' in non-presigned zone will mostly be ignored and can cause "
			"problems.",
			show(record->owner).text);
}

static bool is_wildcard(const uint8_t *name)
{
	return name[0] == 1 && name[1] == '*';
}

static void check_wildcard(struct check *check, const struct record *record)
{
	const struct zone_policy *policy = &check->data.policy;
	if (!is_wildcard(record->owner) || !policy->nsec3 || !policy->nsec3_param.optout ||
		(!check->data.is_secured && !policy->presigned))
		return;
	found(check, SEVERITY_WARNING, "wildcard record '%s IN %s %s' is insecure",
		show(record->owner).text, show_type(record->type).text, show_rdata(record).text);
	found(check, SEVERITY_INFO,
		"Wildcard records in opt-out zones are insecure. Disable the opt-out flag for this "
		"zone "
		"to avoid this warning. Command: ensign set-nsec3 %s",
		check->zone.name);
}

/* Letters, digits and inner hyphens (RFC 1123, 2.1). */
static bool is_hostname(const uint8_t *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	for (; *name; name += 1 + *name) {
		if (name[1] == '-' || name[*name] == '-')
			return false;
		for (unsigned i = 1; i <= *name; i++)
			if (!name[i] || !strchr(allowed, name[i]))
				return false;
	}
	return true;
}

static void check_hostname(struct check *check, const struct record *record)
{
	if ((record->type == RRTYPE_A || record->type == RRTYPE_AAAA) &&
		!is_wildcard(record->owner) && !is_hostname(record->owner))
		found(check, SEVERITY_INFO, "%s. record for '%s' is not a valid hostname.",
			show(record->owner).text, show_type(record->type).text);
}

/* ==== all of it ============================================================================= */

static void (*const zone_check_table[])(struct check *check) = {
	check_soa,
	check_nsec3,
	check_keys,
	check_parent,
	check_apex_ns,
	check_metadata,
	check_rrsets,
	check_cnames,
	check_occlusion,
};

static void (*const record_check_table[])(struct check *check, const struct record *record) = {
	check_in_zone,
	check_signature,
	check_wildcard,
	check_hostname,
	check_glue,
	check_target,
	check_ds,
};

static void run_checks(struct check *check)
{
	for (unsigned i = 0; i < sizeof(zone_check_table) / sizeof(zone_check_table[0]); i++)
		zone_check_table[i](check);
	for (size_t k = 0; k < check->records.cnt; k++)
		for (unsigned i = 0; i < sizeof(record_check_table) / sizeof(record_check_table[0]);
			i++)
			record_check_table[i](check, &check->records.record[k]);
}

/* What the checks found nothing wrong with ensignd must also take. */
static void check_makes(struct check *check)
{
	struct cli_made made;
	if (check->cnt[SEVERITY_ERROR] != 0)
		return;
	if (cli_zone_make(check->cli, &check->zone, false, &made) != 0)
		found(check, SEVERITY_ERROR, "ensignd would refuse zone '%s': %s", check->zone.name,
			report_first_error(&made.result.report));
	cli_made_deinit(&made);
}

static int take_record(void *ctx, const struct zone_file_record *record, char err[static 256])
{
	/* part of the denial chain, not of the data */
	if (record->type == RRTYPE_NSEC || record->type == RRTYPE_NSEC3)
		return 0;
	return records_take(ctx, record, err);
}

/* ==== rows of a database ==================================================================== */

static int wrong_authority(void *ctx, const struct store_row *row)
{
	found(ctx, SEVERITY_ERROR,
		"Following record is auth=%d, run ensign rectify-zone?: %s IN %s %s", row->auth,
		row->name, row->type, row->content ? row->content : "");
	return 0;
}

/* PowerDNS serves by it, ensignd does not. A pre-signed zone's comes with it. */
static void check_authority(struct check *check)
{
	if (check->zone.domain && !check->data.policy.presigned &&
		rectify_rows_wrong(
			check->cli, &check->zone, wrong_authority, check, &check->row_cnt) != 0)
		found(check, SEVERITY_ERROR, "The rows of zone '%s' cannot be read",
			check->zone.name);
}

/* Takes the records; rows that are none are errors, each with its place. */
static void check_records(struct check *check)
{
	struct report rows = {0};
	if (cli_zone_records_report(
		    check->cli, &check->zone, take_record, &check->records, &rows) != 0)
		found(check, SEVERITY_ERROR, "The file of zone '%s' has errors", check->zone.name);
	for (unsigned i = 0; i < rows.line_cnt; i++)
		found(check, SEVERITY_ERROR, "%s", rows.line[i].text);
	report_deinit(&rows);
}

static void check_all(struct check *check)
{
	check_records(check);
	records_sort(&check->records);
	run_checks(check);
	check_makes(check);
	check_authority(check);
}

/* The result as an object, findings and all. */
static json_t *result_to_json(const struct check *check, size_t record_cnt)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:O}", "name", check->zone.fqdn, "records",
		(json_int_t)record_cnt, "errors", (json_int_t)check->cnt[SEVERITY_ERROR],
		"warnings", (json_int_t)check->cnt[SEVERITY_WARNING], "findings", check->findings);
}

/* Prints the result, or adds it to list. */
static void show_result(struct check *check, json_t *list)
{
	size_t cnt = check->row_cnt ? check->row_cnt
				    : check->records.cnt +
					      records_empty_cnt(&check->records, check->zone.apex);
	if (list)
		json_array_append_new(list, result_to_json(check, cnt));
	else
		printf("Checked %zu records of '%s', %lu errors, %lu warnings.\n", cnt,
			check->zone.name, check->cnt[SEVERITY_ERROR], check->cnt[SEVERITY_WARNING]);
}

/* 1 if there are errors. list: where the result goes as JSON; NULL: it is printed. */
static int check_zone(struct cli *cli, const struct cli_zone *zone, void *list)
{
	struct check check = {.cli = cli, .zone = *zone, .findings = list ? json_array() : NULL};
	int rc = 1;
	if (cli_zone_data_read(cli, &check.zone, &check.data) == 0) {
		check_all(&check);
		show_result(&check, list);
		rc = check.cnt[SEVERITY_ERROR] ? 1 : 0;
	}
	json_decref(check.findings);
	records_deinit(&check.records);
	cli_zone_data_deinit(&check.data);
	return rc;
}

int cmd_check_zone(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (!cli_zone_exists(&zone)) {
		printf("[Error] Unable to get zone information for zone '%s'\n", zone.name);
		return 1;
	}
	json_t *list = cli->opt.json ? json_array() : NULL;
	int rc = check_zone(cli, &zone, list);
	if (json_array_size(list))
		rc |= cli_print_json(json_incref(json_array_get(list, 0)));
	json_decref(list);
	return rc;
}

/* ==== check-all-zones ======================================================================= */

struct checking {
	json_t *list; /* NULL: results are printed */
	bool exit_on_error;
	unsigned long cnt;
	unsigned long error_cnt; /* zones with errors */
};

static int check_next(struct cli *cli, const struct cli_zone *zone, void *ctx)
{
	struct checking *checking = ctx;
	if (checking->exit_on_error && checking->error_cnt)
		return 1;
	int rc = check_zone(cli, zone, checking->list);
	checking->cnt++;
	checking->error_cnt += rc != 0;
	return rc;
}

int cmd_check_all_zones(struct cli *cli, char **args)
{
	struct checking checking = {.exit_on_error = args[0]};
	if (args[0] && strcmp(args[0], "exit-on-error") != 0) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	checking.list = cli->opt.json ? json_array() : NULL;
	int rc = cli_zones_each(cli, check_next, &checking);
	if (checking.list)
		return cli_print_json(checking.list) | rc;
	if (!(checking.exit_on_error && checking.error_cnt))
		printf("Checked %lu zones, %lu had errors.\n", checking.cnt, checking.error_cnt);
	return rc;
}
