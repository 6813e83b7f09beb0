/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands on TSIG keys (RFC 8945), and which zones they are for.
 */
#include "control/store/tsig.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "control/cli/cli.h"

/* RFC 8945, 6; gss-tsig has no secrets to store. */
static const struct {
	const char *name;
	unsigned secret_len; /* octets of a new secret: the hash's block, as pdnsutil makes them */
} algorithm_table[] = {
	{"hmac-md5", 32},
	{"hmac-sha1", 32},
	{"hmac-sha224", 32},
	{"hmac-sha256", 64},
	{"hmac-sha384", 64},
	{"hmac-sha512", 64},
};

#define SECRET_MAX	64
#define SECRET_TEXT_MAX (SECRET_MAX / 3 * 4 + 5)

/* Octets of a new secret; 0 if there is no such algorithm. */
static unsigned secret_len(const char *algorithm)
{
	for (unsigned i = 0; i < sizeof(algorithm_table) / sizeof(algorithm_table[0]); i++)
		if (strcasecmp(algorithm, algorithm_table[i].name) == 0)
			return algorithm_table[i].secret_len;
	return 0;
}

/* As it is stored. */
static void lower(char *dst, size_t dst_size, const char *text)
{
	size_t i = 0;
	for (; text[i] && i < dst_size - 1; i++)
		dst[i] = (char)tolower((unsigned char)text[i]);
	dst[i] = '\0';
}

/* ==== base64 (RFC 4648, 4) ================================================================== */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void to_base64(char *text, const uint8_t *octets, unsigned len)
{
	for (unsigned i = 0; i < len; i += 3) {
		unsigned left = len - i;
		uint32_t three = (uint32_t)octets[i] << 16;
		three |= left > 1 ? (uint32_t)octets[i + 1] << 8 : 0;
		three |= left > 2 ? octets[i + 2] : 0;
		*text++ = digits[three >> 18];
		*text++ = digits[three >> 12 & 63];
		*text++ = left > 1 ? digits[three >> 6 & 63] : '=';
		*text++ = left > 2 ? digits[three & 63] : '=';
	}
	*text = '\0';
}

static bool is_base64(const char *text)
{
	size_t len = strlen(text), plain = strspn(text, digits);
	return len && len % 4 == 0 && len - plain <= 2 && strspn(text + plain, "=") == len - plain;
}

/* ==== keys ================================================================================== */

static int check_algorithm(const char *algorithm)
{
	if (secret_len(algorithm))
		return 0;
	cli_error("Invalid TSIG algorithm: %s (hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, "
		  "hmac-sha384, hmac-sha512)",
		algorithm);
	return -1;
}

/* Stores a key under its name without final dot, both in lower case; says what has been done. */
static int store_tsig(struct cli *cli, char **args, const char *secret, bool is_new)
{
	struct cli_zone key;
	char algorithm[32], name[DNAME_TEXT_MAX];
	if (cli_zone_read(&key, args[0]) != 0 || check_algorithm(args[1]) != 0 ||
		!cli_store(cli, NULL, true))
		return 1;
	lower(name, sizeof(name), key.name);
	lower(algorithm, sizeof(algorithm), args[1]);
	if (store_tsig_key_set(cli->store, name, algorithm, secret) != 0)
		return cli_store_failed(cli);
	if (is_new)
		printf("Create new TSIG key %s %s %s\n", key.name, args[1], secret);
	else
		printf("Imported TSIG key %s %s\n", key.name, args[1]);
	return 0;
}

int cmd_import_tsig_key(struct cli *cli, char **args)
{
	if (!is_base64(args[2])) {
		cli_error("Error: the key is no base64");
		return 1;
	}
	return store_tsig(cli, args, args[2], false);
}

int cmd_generate_tsig_key(struct cli *cli, char **args)
{
	uint8_t secret[SECRET_MAX];
	char text[SECRET_TEXT_MAX];
	unsigned len = secret_len(args[1]);
	if (check_algorithm(args[1]) != 0)
		return 1;
	if (getrandom(secret, len, 0) != (ssize_t)len) {
		cli_error("Error: no random octets to be had");
		return 1;
	}
	to_base64(text, secret, len);
	int rc = store_tsig(cli, args, text, true);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(text, sizeof(text));
	return rc;
}

int cmd_delete_tsig_key(struct cli *cli, char **args)
{
	struct cli_zone key;
	char name[DNAME_TEXT_MAX];
	if (cli_zone_read(&key, args[0]) != 0 || !cli_store(cli, NULL, true))
		return 1;
	lower(name, sizeof(name), key.name);
	if (store_tsig_key_remove(cli->store, name) < 0)
		return cli_store_failed(cli);
	printf("Deleted TSIG key %s\n", key.name);
	return 0;
}

static json_t *keys_to_json(const struct store_tsig_keys *keys)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < keys->cnt; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s}", "name", keys->key[i].name, "algorithm",
				      keys->key[i].algorithm, "key", keys->key[i].secret));
	return list;
}

int cmd_list_tsig_keys(struct cli *cli, char **args)
{
	struct store_tsig_keys keys = {0};
	(void)args;
	if (!cli_store(cli, NULL, false))
		return 1;
	int rc = store_tsig_keys(cli->store, NULL, &keys) == 0 ? 0 : cli_store_failed(cli);
	if (rc == 0 && cli->opt.json)
		rc = cli_print_json(keys_to_json(&keys));
	else
		for (unsigned i = 0; rc == 0 && i < keys.cnt; i++)
			printf("%s. %s. %s\n", keys.key[i].name, keys.key[i].algorithm,
				keys.key[i].secret);
	store_tsig_keys_deinit(&keys);
	return rc;
}

/* ==== zones of a key ======================================================================== */

/* Where it says which keys a zone takes: of those who fetch it, or to fetch it with. */
static const char *kind_of(const char *role)
{
	static const struct {
		const char *role;
		const char *kind;
	} table[] = {
		{"primary", "TSIG-ALLOW-AXFR"},
		{"master", "TSIG-ALLOW-AXFR"},
		{"producer", "TSIG-ALLOW-AXFR"},
		{"secondary", "AXFR-MASTER-TSIG"},
		{"slave", "AXFR-MASTER-TSIG"},
		{"consumer", "AXFR-MASTER-TSIG"},
	};
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(role, table[i].role) == 0)
			return table[i].kind;
	return NULL;
}

struct mapping {
	struct cli *cli;
	struct cli_zone zone;
	const char *kind;
	const char *key;
	bool activate;
};

static bool same_key(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	a_len -= a_len && a[a_len - 1] == '.';
	b_len -= b_len && b[b_len - 1] == '.';
	return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

/* The values without the key, then, if it is to be active, the key behind them. */
static int write_values(struct mapping *mapping, const struct store_metas *metas)
{
	struct store *store = mapping->cli->store;
	if (store_meta_set(store, mapping->zone.fqdn, mapping->kind, NULL, 0) != 0)
		return -1;
	for (unsigned i = 0; i < metas->cnt; i++)
		if (!same_key(metas->meta[i].content, mapping->key) &&
			store_meta_add(store, mapping->zone.fqdn, mapping->kind,
				metas->meta[i].content) != 0)
			return -1;
	return mapping->activate
		       ? store_meta_add(store, mapping->zone.fqdn, mapping->kind, mapping->key)
		       : 0;
}

static int map_key(void *ctx)
{
	struct mapping *mapping = ctx;
	struct store_metas metas;
	int rc = store_zone_meta(mapping->cli->store, mapping->zone.fqdn, mapping->kind, &metas);
	if (rc == 0)
		rc = write_values(mapping, &metas);
	store_metas_deinit(&metas);
	return rc == 0 ? 0 : cli_store_failed(mapping->cli);
}

static int map(struct cli *cli, char **args, bool activate)
{
	struct mapping mapping = {
		.cli = cli, .kind = kind_of(args[2]), .key = args[1], .activate = activate};
	if (!mapping.kind) {
		cli_error("Invalid parameter '%s', expected primary or secondary type", args[2]);
		return 1;
	}
	if (cli_zone_find(cli, &mapping.zone, args[0]) != 0)
		return 1;
	if (!cli_zone_exists(&mapping.zone)) {
		cli_error("Zone '%s' does not exist", mapping.zone.name);
		return 1;
	}
	if (!cli_store(cli, &mapping.zone, true) || cli_transaction(cli, map_key, &mapping) != 0)
		return 1;
	printf("%s TSIG key %s for %s\n", activate ? "Enabled" : "Disabled", args[1],
		mapping.zone.name);
	fflush(stdout);
	return cli_changed(cli, &mapping.zone);
}

int cmd_activate_tsig_key(struct cli *cli, char **args)
{
	return map(cli, args, true);
}

int cmd_deactivate_tsig_key(struct cli *cli, char **args)
{
	return map(cli, args, false);
}
