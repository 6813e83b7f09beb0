/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key_gost: keys of ECC-GOST (algorithm 12, RFC 5933) and digest 3 of DS, both by OpenSSL's gost
 * engine, which a system has (Debian: libengine-gost-openssl) or has not.
 *
 * Keys are GOST R 34.10-2001 on the curve of CryptoPro's parameter set A, and no other. OpenSSL
 * knows them by the form they have in certificates (RFC 4491), which DNSKEY took over: x and y,
 * little-endian. The private text has them in PKCS #8, as ldns and PowerDNS 3 wrote it.
 */
#ifndef CONTROL_DNSSEC_KEY_GOST_H
#define CONTROL_DNSSEC_KEY_GOST_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define KEY_GOST_PUBLIC_LEN 64
#define KEY_GOST_DER_LEN    71 /* of PKCS #8 as key_gost_der() writes it */

/* GOST R 34.11-94, or NULL: there is no engine. Not to be freed, though EVP_MD_free() may. */
const EVP_MD *key_gost_digest(void);

/* NULL if it cannot be made. */
EVP_PKEY *key_gost_generate(void);
/* Of PKCS #8, NULL if it is none. */
EVP_PKEY *key_gost_from_der(const uint8_t *der, size_t len);
/* The key field of its DNSKEY. 0, or -1: no such key, or of other parameters. */
int key_gost_public(const EVP_PKEY *pkey, uint8_t dst[static KEY_GOST_PUBLIC_LEN])
	__attribute__((warn_unused_result));
int key_gost_der(const EVP_PKEY *pkey, uint8_t dst[static KEY_GOST_DER_LEN])
	__attribute__((warn_unused_result));

#endif
