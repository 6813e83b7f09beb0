/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/key.h"
#include "control/dnssec/key_gost.h"

#include <stdlib.h>
#include <strings.h>

/* clang-format off */
static const struct key_algorithm algorithm_table[] = {
	/* RFC 3110, RFC 5155: one algorithm with two numbers, see keyset_assign_roles() */
	{ .number = 5,  .kind = KEY_RSA,   .mnemonic = "RSASHA1",            .name = "rsasha1",
	  .digest = "SHA1",   .bits_default = 2048, .bits_min = 512,  .bits_max = 4096 },
	{ .number = 7,  .kind = KEY_RSA,   .mnemonic = "RSASHA1-NSEC3-SHA1", .name = "rsasha1-nsec3-sha1",
	  .digest = "SHA1",   .bits_default = 2048, .bits_min = 512,  .bits_max = 4096 },
	/* RFC 5702, 2 */
	{ .number = 8,  .kind = KEY_RSA,   .mnemonic = "RSASHA256",          .name = "rsasha256",
	  .digest = "SHA256", .bits_default = 2048, .bits_min = 512,  .bits_max = 4096 },
	{ .number = 10, .kind = KEY_RSA,   .mnemonic = "RSASHA512",          .name = "rsasha512",
	  .digest = "SHA512", .bits_default = 2048, .bits_min = 1024, .bits_max = 4096 },
	/* RFC 5933 */
	{ .number = 12, .kind = KEY_GOST,  .mnemonic = "ECC-GOST",           .name = "gost",
	  .digest = "md_gost94", .bits_default = 256, .bits_min = 256, .bits_max = 256,
	  .public_len = KEY_GOST_PUBLIC_LEN, .private_len = KEY_GOST_DER_LEN, .sig_len = 64 },
	/* RFC 6605, 4 */
	{ .number = 13, .kind = KEY_ECDSA, .mnemonic = "ECDSAP256SHA256",    .name = "ecdsa256",
	  .digest = "SHA256", .group = "P-256", .bits_default = 256, .bits_min = 256, .bits_max = 256,
	  .public_len = 64, .private_len = 32, .sig_len = 64 },
	{ .number = 14, .kind = KEY_ECDSA, .mnemonic = "ECDSAP384SHA384",    .name = "ecdsa384",
	  .digest = "SHA384", .group = "P-384", .bits_default = 384, .bits_min = 384, .bits_max = 384,
	  .public_len = 96, .private_len = 48, .sig_len = 96 },
	/* RFC 8080, 3 and 4 */
	{ .number = 15, .kind = KEY_EDDSA, .mnemonic = "ED25519",            .name = "ed25519",
	  .group = "ED25519", .bits_default = 256, .bits_min = 256, .bits_max = 256,
	  .public_len = 32, .private_len = 32, .sig_len = 64 },
	{ .number = 16, .kind = KEY_EDDSA, .mnemonic = "ED448",              .name = "ed448",
	  .group = "ED448", .bits_default = 456, .bits_min = 456, .bits_max = 456,
	  .public_len = 57, .private_len = 57, .sig_len = 114 },
};
/* clang-format on */

#define ALGORITHM_CNT (sizeof(algorithm_table) / sizeof(algorithm_table[0]))

const struct key_algorithm *key_algorithm_at(unsigned i)
{
	return i < ALGORITHM_CNT ? &algorithm_table[i] : NULL;
}

bool key_algorithm_is_there(const struct key_algorithm *alg)
{
	return alg->kind != KEY_GOST || key_gost_digest();
}

const struct key_algorithm *key_algorithm(unsigned number)
{
	for (unsigned i = 0; i < ALGORITHM_CNT; i++)
		if (algorithm_table[i].number == number)
			return &algorithm_table[i];
	return NULL;
}

const struct key_algorithm *key_algorithm_from_text(const char *text)
{
	for (unsigned i = 0; i < ALGORITHM_CNT; i++) {
		const struct key_algorithm *alg = &algorithm_table[i];
		if (!strcasecmp(text, alg->name) || !strcasecmp(text, alg->mnemonic))
			return alg;
	}
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || number > UINT8_MAX)
		return NULL;
	return key_algorithm((unsigned)number);
}
