/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands that show and change metadata, as such and as the settings they stand for.
 */
#include "control/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/cli/meta_kind.h"
#include "zonedb/nsec3.h"

/* ==== get-meta ============================================================================== */

static int compare_kind(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **cli_metas_kinds(const struct store_metas *metas)
{
	char **kind = calloc(metas->cnt + 1UL, sizeof(*kind));
	unsigned cnt = 0;
	if (!kind)
		return NULL;
	for (unsigned i = 0; i < metas->cnt; i++)
		kind[i] = metas->meta[i].kind;
	qsort(kind, metas->cnt, sizeof(*kind), compare_kind);
	for (unsigned i = 0; i < metas->cnt; i++)
		if (cnt == 0 || strcmp(kind[i], kind[cnt - 1]) != 0)
			kind[cnt++] = kind[i];
	kind[cnt] = NULL;
	return kind;
}

static void print_values(const struct store_metas *metas, const char *kind)
{
	const char *separator = "";
	printf("%s = ", kind);
	for (unsigned i = 0; i < metas->cnt; i++) {
		if (strcasecmp(metas->meta[i].kind, kind) != 0)
			continue;
		printf("%s%s", separator, metas->meta[i].content);
		separator = ", ";
	}
	putchar('\n');
}

static json_t *values_to_json(const struct store_metas *metas, const char *kind)
{
	json_t *array = json_array();
	for (unsigned i = 0; i < metas->cnt; i++)
		if (strcasecmp(metas->meta[i].kind, kind) == 0)
			json_array_append_new(array, json_string(metas->meta[i].content));
	return array;
}

json_t *cli_metas_to_json(const struct store_metas *metas, char *const *kinds)
{
	json_t *object = json_object();
	for (; kinds && *kinds; kinds++)
		json_object_set_new(object, *kinds, values_to_json(metas, *kinds));
	return object;
}

/* Zones that are not listed have no metadata to work on. */
static int find_listed_zone(struct cli *cli, struct cli_zone *zone, const char *text)
{
	if (cli_zone_find(cli, zone, text) != 0)
		return -1;
	if (cli_zone_exists(zone))
		return 0;
	cli_error("Invalid zone '%s' (it is not listed)", zone->name);
	return -1;
}

int cmd_get_meta(struct cli *cli, char **args)
{
	struct cli_zone zone;
	struct store_metas metas;
	if (find_listed_zone(cli, &zone, args[0]) != 0 || !cli_store(cli, &zone, false))
		return 1;
	int rc = store_zone_meta(cli->store, zone.fqdn, NULL, &metas) == 0 ? 0
									   : cli_store_failed(cli);
	char **all = cli_metas_kinds(&metas);
	char *const *kinds = args[1] ? args + 1 : all;
	if (rc == 0 && cli->opt.json) {
		rc = cli_print_json(cli_metas_to_json(&metas, kinds));
	} else if (rc == 0) {
		printf("Metadata for '%s'\n", zone.name);
		for (; kinds && *kinds; kinds++)
			print_values(&metas, *kinds);
	}
	free(all);
	store_metas_deinit(&metas);
	return rc;
}

/* ==== set-meta, add-meta ==================================================================== */

/* Refuses a value that would not mean anything; a kind that nobody knows may be a misspelt one. */
static int check_values(const struct cli *cli, const char *kind, char *const *values)
{
	char err[256];
	if (!meta_kind_is_known(kind))
		cli_note(cli, "Note: neither PowerDNS nor ensign know metadata '%s'", kind);
	for (; *values; values++) {
		if (meta_kind_check(kind, *values, err) != 0) {
			cli_error("Error: %s", err);
			return -1;
		}
	}
	return 0;
}

static int print_new_values(struct cli *cli, const struct cli_zone *zone, const char *kind)
{
	struct store_metas metas;
	if (store_zone_meta(cli->store, zone->fqdn, kind, &metas) != 0) {
		store_metas_deinit(&metas);
		return cli_store_failed(cli);
	}
	printf("Set '%s' meta ", zone->name);
	print_values(&metas, kind);
	store_metas_deinit(&metas);
	return 0;
}

static unsigned count(char *const *values)
{
	unsigned cnt = 0;
	while (values[cnt])
		cnt++;
	return cnt;
}

int cmd_set_meta(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (find_listed_zone(cli, &zone, args[0]) != 0 ||
		check_values(cli, args[1], args + 2) != 0 || !cli_store(cli, &zone, true))
		return 1;
	if (store_meta_set(cli->store, zone.fqdn, args[1], (const char *const *)(args + 2),
		    count(args + 2)) != 0)
		return cli_store_failed(cli);
	return print_new_values(cli, &zone, args[1]) || cli_changed(cli, &zone);
}

static int add_values(struct cli *cli, const struct cli_zone *zone, char *const *args)
{
	if (store_begin(cli->store) != 0)
		return -1;
	for (char *const *value = args + 1; *value; value++)
		if (store_meta_add(cli->store, zone->fqdn, args[0], *value) != 0)
			return -1;
	return store_commit(cli->store);
}

int cmd_add_meta(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (!meta_kind_takes_several(args[1])) {
		cli_error("Refusing to add metadata to single-value metadata %s (set-meta replaces "
			  "it)",
			args[1]);
		return 1;
	}
	if (find_listed_zone(cli, &zone, args[0]) != 0 ||
		check_values(cli, args[1], args + 2) != 0 || !cli_store(cli, &zone, true))
		return 1;
	if (add_values(cli, &zone, args + 1) != 0) {
		store_rollback(cli->store);
		return cli_store_failed(cli);
	}
	return print_new_values(cli, &zone, args[1]) || cli_changed(cli, &zone);
}

/* ==== metadata with commands of their own =================================================== */

/* Sets one kind to value, or removes it where value is NULL. */
static int set_kind(struct cli *cli, const char *zone_text, const char *kind, const char *value)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, zone_text) != 0 || !cli_store(cli, &zone, true))
		return 1;
	if (store_meta_set(cli->store, zone.fqdn, kind, &value, value ? 1 : 0) != 0)
		return cli_store_failed(cli);
	return cli_changed(cli, &zone);
}

int cmd_set_presigned(struct cli *cli, char **args)
{
	return set_kind(cli, args[0], "PRESIGNED", "1");
}

int cmd_unset_presigned(struct cli *cli, char **args)
{
	return set_kind(cli, args[0], "PRESIGNED", NULL);
}

int cmd_set_publish_cds(struct cli *cli, char **args)
{
	const char *digests = args[1] ? args[1] : "2";
	char *const values[] = {(char *)(uintptr_t)digests, NULL};
	if (check_values(cli, "PUBLISH-CDS", values) != 0)
		return 1;
	return set_kind(cli, args[0], "PUBLISH-CDS", digests);
}

int cmd_unset_publish_cds(struct cli *cli, char **args)
{
	return set_kind(cli, args[0], "PUBLISH-CDS", NULL);
}

int cmd_set_publish_cdnskey(struct cli *cli, char **args)
{
	if (args[1] && strcmp(args[1], "delete") != 0) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	return set_kind(cli, args[0], "PUBLISH-CDNSKEY", args[1] ? "0" : "1");
}

int cmd_unset_publish_cdnskey(struct cli *cli, char **args)
{
	return set_kind(cli, args[0], "PUBLISH-CDNSKEY", NULL);
}

/* ---- NSEC3 ------------------------------------------------------------------------------------
 */

#define NSEC3_APEX_LEN_MAX (DNAME_LEN_MAX - NSEC3_LABEL_LEN - 1) /* room for the hash's label */

static int check_nsec3(
	struct cli *cli, const struct cli_zone *zone, const struct zone_nsec3_param *param)
{
	const struct settings *settings = cli_settings(cli);
	size_t apex_len = dname_len(zone->apex);
	if (!settings)
		return -1;
	if (apex_len > NSEC3_APEX_LEN_MAX) {
		cli_error("Cannot enable NSEC3 for %s as it is too long (%zu bytes, maximum is %d "
			  "bytes)",
			zone->name, apex_len, NSEC3_APEX_LEN_MAX);
		return -1;
	}
	if (param->iterations > settings->max_nsec3_iterations) {
		cli_error("Error: NSEC3PARAMs provided for zone '%s' are invalid: Number of NSEC3 "
			  "iterations is above 'max-nsec3-iterations' (%llu).",
			zone->name, (unsigned long long)settings->max_nsec3_iterations);
		return -1;
	}
	return 0;
}

/* NSEC3PARAM, and NSEC3NARROW set or removed; param NULL removes both. */
static int store_nsec3(struct cli *cli, const struct cli_zone *zone, const char *param, bool narrow)
{
	const char *one = "1";
	if (store_begin(cli->store) == 0 &&
		store_meta_set(cli->store, zone->fqdn, "NSEC3PARAM", &param, param ? 1 : 0) == 0 &&
		store_meta_set(cli->store, zone->fqdn, "NSEC3NARROW", &one, narrow ? 1 : 0) == 0 &&
		store_commit(cli->store) == 0)
		return 0;
	store_rollback(cli->store);
	return cli_store_failed(cli);
}

static bool is_secured(struct cli *cli, const struct cli_zone *zone)
{
	struct cli_zone_data data;
	bool secured = cli_zone_data_read(cli, zone, &data) == 0 && data.is_secured;
	cli_zone_data_deinit(&data);
	return secured;
}

int cmd_set_nsec3(struct cli *cli, char **args)
{
	struct cli_zone zone;
	struct zone_nsec3_param param;
	char err[256], text[POLICY_NSEC3_TEXT_MAX];
	bool narrow = args[1] && args[2] && strcmp(args[2], "narrow") == 0;
	if (args[1] && args[2] && !narrow) {
		command_print_syntax(cli->command, stderr);
		return 1;
	}
	if (policy_nsec3_from_text(&param, args[1] ? args[1] : "1 0 0 -", err) != 0) {
		cli_error("Error: %s", err);
		return 1;
	}
	if (cli_zone_find(cli, &zone, args[0]) != 0 || check_nsec3(cli, &zone, &param) != 0 ||
		!cli_store(cli, &zone, true))
		return 1;
	if (store_nsec3(cli, &zone, policy_nsec3_to_text(text, &param), narrow) != 0)
		return 1;
	cli_note(cli, "NSEC3%s set%s", param.optout ? " (opt-out)" : "",
		is_secured(cli, &zone) ? "" : ", it takes effect once the zone is secured");
	return cli_changed(cli, &zone);
}

int cmd_unset_nsec3(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (cli_zone_find(cli, &zone, args[0]) != 0 || !cli_store(cli, &zone, true) ||
		store_nsec3(cli, &zone, NULL, false) != 0)
		return 1;
	return cli_changed(cli, &zone);
}

int cmd_hash_zone_record(struct cli *cli, char **args)
{
	struct cli_zone zone, name;
	struct cli_zone_data data;
	uint8_t hash[NSEC3_HASH_LEN];
	char text[NSEC3_LABEL_LEN + 1] = "";
	if (cli_zone_read(&zone, args[0]) != 0 || cli_zone_read(&name, args[1]) != 0)
		return 1;
	int rc = cli_zone_data_read(cli, &zone, &data) == 0 ? 0 : 1;
	const struct zone_nsec3_param *param = &data.policy.nsec3_param;
	if (rc == 0 && !data.policy.nsec3) {
		cli_error("The '%s' zone does not use NSEC3 (see set-nsec3)", zone.name);
		rc = 1;
	}
	if (rc == 0 && data.policy.narrow)
		cli_note(cli, "The '%s' zone uses narrow NSEC3, but calculating hash anyhow",
			zone.name);
	nsec3_hash(hash, name.apex, dname_len(name.apex), param->salt, param->salt_len,
		param->iterations);
	nsec3_to_text(text, hash);
	cli_zone_data_deinit(&data);
	if (rc == 0 && cli->opt.json)
		return cli_print_json(json_pack("{s:s, s:s}", "name", name.fqdn, "hash", text));
	if (rc == 0)
		puts(text);
	return rc;
}
