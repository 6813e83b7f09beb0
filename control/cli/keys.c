/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands that make, take in, change, show and remove keys.
 */
#include "control/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/cli/key_show.h"
#include "control/cli/key_words.h"

/* ==== adding ================================================================================ */

int cli_key_store(struct cli *cli, const struct cli_zone *zone, const struct key *key, uint64_t *id)
{
	char *content = key_to_content(key);
	if (!content) {
		cli_error("Error: out of memory");
		return 1;
	}
	const struct store_key stored = {.flags = key->flags,
		.active = key->active,
		.published = key->published,
		.content = content};
	int rc =
		store_key_add(cli->store, zone->fqdn, &stored, id) == 0 ? 0 : cli_store_failed(cli);
	key_secret_free(content);
	return rc;
}

/* Stores the key, prints its id, has it served. */
static int add_key(struct cli *cli, const struct cli_zone *zone, const struct key *key)
{
	uint64_t id;
	if (!cli_store(cli, zone, true) || cli_key_store(cli, zone, key, &id) != 0)
		return 1;
	printf("%llu\n", (unsigned long long)id);
	return cli_changed(cli, zone);
}

int cli_key_generate(struct cli *cli, const struct cli_zone *zone,
	const struct key_algorithm *algorithm, uint16_t flags, unsigned bits)
{
	char err[256];
	uint64_t id;
	struct key key = {0};
	if (key_generate(&key, algorithm, flags, bits, err) != 0) {
		cli_error("Error: %s", err);
		return 1;
	}
	key.active = true;
	key.published = true;
	int rc = cli_key_store(cli, zone, &key, &id);
	key_deinit(&key);
	return rc;
}

/* What default-ksk-* or default-zsk-* say, for what the words left open. */
static int fill_in_defaults(struct cli *cli, struct key_words *request)
{
	const struct settings *s = cli_settings(cli);
	bool zsk = request->flags == KEY_FLAGS_ZSK;
	if (!s)
		return -1;
	const char *name = zsk ? s->default_zsk_algorithm : s->default_ksk_algorithm;
	if (!request->algorithm)
		request->algorithm = key_algorithm_from_text(*name ? name : "ecdsa256");
	if (!request->bits)
		request->bits = (unsigned)(zsk ? s->default_zsk_size : s->default_ksk_size);
	if (request->algorithm)
		return 0;
	cli_error("Error: default-%s-algorithm: unknown algorithm '%s' (see list-algorithms)",
		zsk ? "zsk" : "ksk", name);
	return -1;
}

/* Makes the key that is asked for. 0, or 1 when the reason has been said. */
static int make_key(struct cli *cli, struct key_words *request, struct key *key)
{
	char err[256];
	if (fill_in_defaults(cli, request) != 0)
		return 1;
	if (key_generate(key, request->algorithm, request->flags, request->bits, err) == 0)
		return 0;
	cli_error("Error: %s", err);
	return 1;
}

int cmd_add_zone_key(struct cli *cli, char **args)
{
	struct cli_zone zone;
	struct key key = {0};
	char err[256] = "";
	/* a ZSK unless told otherwise: pdnsutil's default */
	struct key_words request = {.flags = KEY_FLAGS_ZSK, .published = true};
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (!cli_zone_exists(&zone)) {
		cli_error(
			"No such zone in the database (named.conf does not list '%s')", zone.name);
		return 1;
	}
	if (key_words_read(&request, args + 1, true, err) != 0) {
		cli_error("%s", err);
		return 1;
	}
	if (make_key(cli, &request, &key) != 0)
		return 1;
	key.active = request.active;
	key.published = request.published;
	cli_note(cli, "Added a %s with algorithm = %u, active=%d",
		request.flags == KEY_FLAGS_ZSK ? "ZSK" : "KSK", key.algorithm, key.active);
	if (request.bits)
		cli_note(cli, "Requested specific key size of %u bits", request.bits);
	int rc = add_key(cli, &zone, &key);
	key_deinit(&key);
	return rc;
}

#define KEY_FILE_MAX 65536U /* a 4096-bit RSA key takes 7000 octets */

/* Reads a file of at most KEY_FILE_MAX octets into text; its length, or -1 with errno set. */
static ssize_t read_key_text(int fd, char *text)
{
	size_t len = 0;
	while (len < KEY_FILE_MAX) {
		ssize_t part = read(fd, text + len, KEY_FILE_MAX - len);
		if (part < 0)
			return -1;
		if (part == 0)
			return (ssize_t)len;
		len += (size_t)part;
	}
	errno = EFBIG;
	return -1;
}

/* The text of a file, to be freed as a secret, or NULL when the reason has been said. */
static char *read_key_file(const char *path, size_t *text_len)
{
	char *text = key_secret_alloc(KEY_FILE_MAX);
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = text && fd >= 0 ? read_key_text(fd, text) : -1;
	if (len < 0) {
		cli_error("Error: Unable to read file '%s' for generating DNS Private Key: %s",
			path, text ? strerror(errno) : "out of memory");
		text = key_secret_free(text);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	*text_len = len < 0 ? 0 : (size_t)len;
	return text;
}

/* Takes a key of the file in, as request says; algorithm NULL: the file names it, else it is PEM.
 */
static int import_key(struct cli *cli, const struct cli_zone *zone, const char *path,
	const struct key_words *request)
{
	struct key key = {0};
	char err[256];
	size_t len;
	char *text = read_key_file(path, &len);
	if (!text)
		return 1;
	int r = request->algorithm
			? key_from_pem(&key, request->algorithm, request->flags, text, len, err)
			: key_from_content(&key, request->flags, text, len, err);
	key_secret_free(text);
	if (r != 0 || key_check(&key, err) != 0) {
		cli_error("Error: '%s': %s", path, err);
		key_deinit(&key);
		return 1;
	}
	/* one algorithm under two numbers; which is served depends on the zone (keyset.h) */
	if (key.algorithm == 7)
		key_set_identity(&key, request->flags, 5);
	key.active = request->active;
	key.published = request->published;
	int rc = add_key(cli, zone, &key);
	key_deinit(&key);
	return rc;
}

int cmd_import_zone_key(struct cli *cli, char **args)
{
	struct cli_zone zone;
	char err[256];
	struct key_words request = {.flags = KEY_FLAGS_SEP, .active = true, .published = true};
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (key_words_read(&request, args + 2, false, err) != 0) {
		cli_error("%s", err);
		return 1;
	}
	return import_key(cli, &zone, args[1], &request);
}

int cmd_import_zone_key_pem(struct cli *cli, char **args)
{
	struct cli_zone zone;
	char err[256];
	struct key_words request = {.flags = KEY_FLAGS_SEP,
		.active = true,
		.published = true,
		.algorithm = key_algorithm_from_text(args[2])};
	if (cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (!request.algorithm) {
		cli_error("Error: unknown algorithm '%s' (see list-algorithms)", args[2]);
		return 1;
	}
	if (key_words_read(&request, args + 3, false, err) != 0) {
		cli_error("%s", err);
		return 1;
	}
	return import_key(cli, &zone, args[1], &request);
}

/* Prints a key as import-zone-key takes it. */
static int print_generated(const struct cli *cli, const struct key *key)
{
	int rc = 0;
	char *content = key_to_content(key);
	if (!content) {
		cli_error("Error: out of memory");
		return 1;
	}
	if (cli->opt.json)
		rc = cli_print_json(json_pack("{s:i, s:s, s:i, s:s}", "flags", key->flags,
			"algorithm", key_show_algorithm(key->algorithm), "bits", key->bits,
			"privatekey", content));
	else
		printf("Flags: %u\n%s\n", key->flags, content);
	key_secret_free(content);
	return rc;
}

int cmd_generate_zone_key(struct cli *cli, char **args)
{
	struct key key = {0};
	char err[256] = "";
	struct key_words request = {0};
	if (key_words_read(&request, args, true, err) != 0) {
		cli_error("%s", err);
		return 1;
	}
	if (request.flags == 0) {
		cli_error("Error: say ksk or zsk");
		return 1;
	}
	if (make_key(cli, &request, &key) != 0)
		return 1;
	cli_note(cli, "Generating a %s with algorithm = %u",
		request.flags == KEY_FLAGS_ZSK ? "ZSK" : "KSK", key.algorithm);
	if (request.bits)
		cli_note(cli, "Requesting specific key size of %u bits", request.bits);
	int rc = print_generated(cli, &key);
	key_deinit(&key);
	return rc;
}

/* ==== changing ============================================================================== */

typedef int change_fn(struct store *store, const char *zone, uint64_t id, bool value);

static int change_key(struct cli *cli, char **args, change_fn *change, bool value)
{
	struct cli_zone zone;
	uint64_t id;
	if (cli_zone_find(cli, &zone, args[0]) != 0 || !(id = cli_key_id(args[1])) ||
		!cli_store(cli, &zone, true))
		return 1;
	int rc = change(cli->store, zone.fqdn, id, value);
	if (rc < 0)
		return cli_store_failed(cli);
	if (rc > 0) {
		cli_error("Can't find a key with id %llu for zone '%s' (list-keys shows the ids)",
			(unsigned long long)id, zone.name);
		return 1;
	}
	return cli_changed(cli, &zone);
}

int cmd_activate_zone_key(struct cli *cli, char **args)
{
	return change_key(cli, args, store_key_set_active, true);
}

int cmd_deactivate_zone_key(struct cli *cli, char **args)
{
	return change_key(cli, args, store_key_set_active, false);
}

int cmd_publish_zone_key(struct cli *cli, char **args)
{
	return change_key(cli, args, store_key_set_published, true);
}

int cmd_unpublish_zone_key(struct cli *cli, char **args)
{
	return change_key(cli, args, store_key_set_published, false);
}

int cmd_remove_zone_key(struct cli *cli, char **args)
{
	struct cli_zone zone;
	uint64_t id;
	if (cli_zone_find(cli, &zone, args[0]) != 0 || !(id = cli_key_id(args[1])) ||
		!cli_store(cli, &zone, true))
		return 1;
	int rc = store_key_remove(cli->store, zone.fqdn, id);
	if (rc < 0)
		return cli_store_failed(cli);
	if (rc == 0)
		return cli_changed(cli, &zone);
	/* done with, one way or the other, as with pdnsutil */
	cli_note(cli, "Zone '%s' has no key %llu", zone.name, (unsigned long long)id);
	return 0;
}

/* ==== showing =============================================================================== */

/* The key an argument names; NULL when the reason has been said. */
static const struct key *find_key(
	const struct cli_zone *zone, const struct cli_zone_data *data, uint64_t id)
{
	const struct key *key = keyset_find(&data->keys, id);
	if (!key)
		cli_error("Error: Can't find a key with id %llu for zone '%s' (list-keys shows the "
			  "ids)",
			(unsigned long long)id, zone->name);
	return key;
}

/* The key as list-keys --json has it, with its private part, which is freed, as field. */
static int print_private_json(
	const struct cli_zone *zone, const struct key *key, const char *field, char *secret)
{
	json_t *object = key_to_json(zone, key);
	json_object_set_new(object, field, json_string(secret));
	key_secret_free(secret);
	return cli_print_json(object);
}

/* The private part, which is freed, as text with end behind it, or as field. */
static int print_private(const struct cli *cli, const struct cli_zone *zone, const struct key *key,
	const char *field, char *secret, const char *end)
{
	if (!secret) {
		cli_error("Error: out of memory");
		return 1;
	}
	if (cli->opt.json)
		return print_private_json(zone, key, field, secret);
	printf("%s%s", secret, end);
	key_secret_free(secret);
	return 0;
}

typedef int print_fn(const struct cli *cli, const struct cli_zone *zone, const struct key *key);

static int print_content(const struct cli *cli, const struct cli_zone *zone, const struct key *key)
{
	return print_private(cli, zone, key, "privatekey", key_to_content(key), "\n");
}

static int print_pem(const struct cli *cli, const struct cli_zone *zone, const struct key *key)
{
	return print_private(cli, zone, key, "pem", key_to_pem(key), "");
}

static int print_dnskey(const struct cli *cli, const struct cli_zone *zone, const struct key *key)
{
	char text[DNSKEY_TEXT_MAX];
	if (cli->opt.json)
		return cli_print_json(key_to_json(zone, key));
	printf("%s IN DNSKEY %s\n", zone->name, dnskey_to_text(text, key->dnskey, key->dnskey_len));
	return 0;
}

static int export_key(struct cli *cli, char **args, print_fn *print)
{
	struct cli_zone zone;
	struct cli_zone_data data;
	uint64_t id;
	if (cli_zone_read(&zone, args[0]) != 0 || !(id = cli_key_id(args[1])))
		return 1;
	const struct key *key = NULL;
	if (cli_zone_data_read(cli, &zone, &data) == 0)
		key = find_key(&zone, &data, id);
	int rc = key ? print(cli, &zone, key) : 1;
	cli_zone_data_deinit(&data);
	return rc;
}

int cmd_export_zone_key(struct cli *cli, char **args)
{
	return export_key(cli, args, print_content);
}

int cmd_export_zone_key_pem(struct cli *cli, char **args)
{
	return export_key(cli, args, print_pem);
}

int cmd_export_zone_dnskey(struct cli *cli, char **args)
{
	return export_key(cli, args, print_dnskey);
}

int cmd_list_algorithms(struct cli *cli, char **args)
{
	const struct key_algorithm *algorithm;
	json_t *list = cli->opt.json ? json_array() : NULL;
	if (!cli->opt.json)
		puts("DNSKEY algorithms supported by this installation of ensign:");
	for (unsigned i = 0; (algorithm = key_algorithm_at(i)); i++) {
		if (!key_algorithm_is_there(algorithm))
			continue;
		if (cli->opt.json)
			json_array_append_new(list,
				json_pack("{s:i, s:s, s:s}", "number", algorithm->number,
					"mnemonic", algorithm->mnemonic, "name", algorithm->name));
		else
			printf("%u - %s\n", algorithm->number, algorithm->mnemonic);
	}
	return cli->opt.json ? cli_print_json(list) : 0;
}

/* ---- list-keys ------------------------------------------------------------------------------- */

static void list_key(const struct cli_zone *zone, const struct key *key)
{
	/* a name too long for its column has a line of its own */
	printf(strlen(zone->name) <= 29 ? "%-30s" : "%s\n%30s", zone->name, "");
	printf("%s  %s %s %-7u %-15s %-4u cryptokeys  %u\n", key_role_name(key->role),
		key->active ? "Act" : "   ", key->published ? "Pub" : "   ", key->bits,
		key_show_algorithm(key->algorithm), key->id, key->tag);
}

/* The keys of one zone, as lines or into list. */
static int list_zone_keys(struct cli *cli, const struct cli_zone *zone, void *list)
{
	struct cli_zone_data data;
	int rc = cli_zone_data_read(cli, zone, &data) == 0 ? 0 : 1;
	cli_keys_sort(&data.keys);
	for (unsigned i = 0; rc == 0 && i < data.keys.key_cnt; i++) {
		const struct key *key = &data.keys.key[i];
		if (!list) {
			list_key(zone, key);
			continue;
		}
		json_t *object = key_to_json(zone, key);
		json_object_set_new(object, "zone", json_string(zone->fqdn));
		json_array_append_new(list, object);
	}
	cli_zone_data_deinit(&data);
	return rc;
}

int cmd_list_keys(struct cli *cli, char **args)
{
	struct cli_zone zone;
	if (args[0] && cli_zone_find(cli, &zone, args[0]) != 0)
		return 1;
	if (args[0] && !cli_zone_exists(&zone)) {
		cli_error("Zone %s not found.", zone.name);
		return 1;
	}
	json_t *list = cli->opt.json ? json_array() : NULL;
	if (!list)
		puts("Zone                          Type Act Pub Size    Algorithm       ID   "
		     "Location    Keytag\n"
		     "--------------------------------------------------------------------------"
		     "----------------");
	int rc = args[0] ? list_zone_keys(cli, &zone, list)
			 : cli_zones_each(cli, list_zone_keys, list);
	return cli_end_list(list, rc);
}
