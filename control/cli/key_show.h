/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key_show: how keys and what is made of them are written: pdnsutil's lines, and the objects of
 * PowerDNS' HTTP API for --json.
 */
#ifndef CONTROL_CLI_KEY_SHOW_H
#define CONTROL_CLI_KEY_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/cli/cli.h"

/* "257 3 13 8/lxWKt..." for the lifetime of the buffer. */
#define DNSKEY_TEXT_MAX (KEY_DNSKEY_MAX / 3 * 4 + 32)
char *dnskey_to_text(char dst[static DNSKEY_TEXT_MAX], const uint8_t *dnskey, size_t dnskey_len);

/* Mnemonic of an algorithm number, "?" for those ensign does not know. */
const char *key_show_algorithm(unsigned number);
/* DS lines of a DNSKEY, each behind prefix; SHA-1 with verbose only. */
void key_show_ds(const struct cli_zone *zone, const uint8_t *dnskey, size_t dnskey_len,
	const char *prefix, bool verbose);
/* What show-zone says of a key. */
void key_show(const struct cli_zone *zone, const struct key *key, bool verbose);
/* The key as an object, DS records included if it is a secure entry point. NULL: out of memory. */
json_t *key_to_json(const struct cli_zone *zone, const struct key *key);
/* The DS records of a DNSKEY, SHA-256 and SHA-384, as an array of texts. */
json_t *key_ds_to_json(const struct cli_zone *zone, const uint8_t *dnskey, size_t dnskey_len);

#endif
