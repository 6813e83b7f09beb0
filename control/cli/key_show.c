/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/cli/key_show.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "control/dnssec/zone_print.h"
#include "zonedb/rrtype.h"

#define ALGORITHM_ECC_GOST 12

/* Digests shown, in pdnsutil's order and spelling; that of GOST as PowerDNS 3 did. */
static const struct {
	unsigned number;
	const char *name;
	bool verbose_only;
	unsigned algorithm; /* shown of its keys only; 0: of all */
} digest_table[] = {
	{1, "SHA1", true, 0},
	{2, "SHA256", false, 0},
	{3, "GOST R 34.11-94", false, ALGORITHM_ECC_GOST},
	{4, "SHA-384", false, 0},
};

#define DIGEST_CNT  (sizeof(digest_table) / sizeof(digest_table[0]))
#define DS_TEXT_MAX (sizeof("65535 255 255 ") + 2 * KEY_DS_MAX)

char *dnskey_to_text(char dst[static DNSKEY_TEXT_MAX], const uint8_t *dnskey, size_t dnskey_len)
{
	if (rdata_to_text(dst, DNSKEY_TEXT_MAX, RRTYPE_DNSKEY, dnskey, dnskey_len) < 0)
		*dst = '\0'; /* only if it were no DNSKEY */
	return dst;
}

/* False if the digest cannot be made. */
static bool ds_to_text(char dst[static DS_TEXT_MAX], const struct cli_zone *zone,
	const uint8_t *dnskey, size_t dnskey_len, unsigned digest)
{
	uint8_t ds[KEY_DS_MAX];
	int ds_len = key_ds_rdata(ds, zone->apex, dnskey, dnskey_len, digest);
	if (ds_len < 0)
		return false;
	/* digest in lower case, as pdnsutil shows it */
	int len = snprintf(dst, DS_TEXT_MAX, "%u %u %u ", ds[0] << 8 | ds[1], ds[2], ds[3]);
	for (int i = 4; i < ds_len; i++)
		len += snprintf(dst + len, DS_TEXT_MAX - (size_t)len, "%02x", ds[i]);
	return true;
}

static bool is_shown(unsigned i, const uint8_t *dnskey, bool verbose)
{
	return (verbose || !digest_table[i].verbose_only) &&
	       (!digest_table[i].algorithm || digest_table[i].algorithm == dnskey[3]);
}

const char *key_show_algorithm(unsigned number)
{
	const struct key_algorithm *algorithm = key_algorithm(number);
	return algorithm ? algorithm->mnemonic : "?";
}

void key_show_ds(const struct cli_zone *zone, const uint8_t *dnskey, size_t dnskey_len,
	const char *prefix, bool verbose)
{
	char text[DS_TEXT_MAX];
	for (unsigned i = 0; i < DIGEST_CNT; i++)
		if (is_shown(i, dnskey, verbose) &&
			ds_to_text(text, zone, dnskey, dnskey_len, digest_table[i].number))
			printf("%s%s IN DS %s ; ( %s digest )\n", prefix, zone->fqdn, text,
				digest_table[i].name);
}

static bool is_entry(const struct key *key)
{
	return key->role == KEY_ROLE_KSK || key->role == KEY_ROLE_CSK;
}

void key_show(const struct cli_zone *zone, const struct key *key, bool verbose)
{
	char text[DNSKEY_TEXT_MAX];
	const char *role = key_role_name(key->role), *name = key_show_algorithm(key->algorithm);
	printf("ID = %u (%s), flags = %u, tag = %u, algo = %u, bits = %u\t%s\t %s  ( %s ) \n",
		key->id, role, key->flags, key->tag, key->algorithm, key->bits,
		key->active ? "  Active" : "Inactive", key->published ? "Published" : "Unpublished",
		name);
	/* the DNSKEY of a ZSK is of no use to a parent */
	if (!is_entry(key))
		return;
	printf("%s DNSKEY = %s IN DNSKEY %s ; ( %s )\n", role, zone->fqdn,
		dnskey_to_text(text, key->dnskey, key->dnskey_len), name);
	key_show_ds(zone, key->dnskey, key->dnskey_len, "DS = ", verbose);
}

json_t *key_ds_to_json(const struct cli_zone *zone, const uint8_t *dnskey, size_t dnskey_len)
{
	char text[DS_TEXT_MAX];
	json_t *array = json_array();
	for (unsigned i = 0; i < DIGEST_CNT; i++)
		if (is_shown(i, dnskey, false) &&
			ds_to_text(text, zone, dnskey, dnskey_len, digest_table[i].number))
			json_array_append_new(array, json_string(text));
	return array;
}

json_t *key_to_json(const struct cli_zone *zone, const struct key *key)
{
	char text[DNSKEY_TEXT_MAX], role[4];
	snprintf(role, sizeof(role), "%s", key_role_name(key->role));
	for (char *c = role; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	dnskey_to_text(text, key->dnskey, key->dnskey_len);
	json_t *object = json_pack("{s:s, s:i, s:s, s:b, s:b, s:i, s:s, s:i, s:i, s:s}", "type",
		"Cryptokey", "id", (int)key->id, "keytype", role, "active", key->active,
		"published", key->published, "flags", key->flags, "algorithm",
		key_show_algorithm(key->algorithm), "bits", key->bits, "tag", key->tag, "dnskey",
		text);
	if (object && is_entry(key))
		json_object_set_new(
			object, "ds", key_ds_to_json(zone, key->dnskey, key->dnskey_len));
	return object;
}
