/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * key: one DNSSEC key pair: its algorithm, the text form it is stored in, its DNSKEY and DS.
 *
 *   cryptokeys.content --key_from_content--> struct key --key_dnskey_rdata/key_ds_rdata--> records
 *   (Private-key-format v1.2)  <--key_to_content--
 *
 * Keys are stored as PowerDNS stores them, which is also what BIND, ldns and Knot write: the text
 * of a .private file, without the DNSKEY. The DNSKEY is made from the public part and the flags.
 *
 * Secrets: private numbers live inside OpenSSL and, while text is converted, in buffers from
 * key_secret_alloc(), locked into memory after key_memory_init() and wiped before they are freed.
 * No error message ever quotes a value, only the name of its field.
 */
#ifndef CONTROL_DNSSEC_KEY_H
#define CONTROL_DNSSEC_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

/* ---- algorithms ---------------------------------------------------------------------------- */

enum key_kind { KEY_RSA, KEY_ECDSA, KEY_EDDSA, KEY_GOST };

/* One row of the algorithm table. */
struct key_algorithm {
	uint8_t number;	      /* IANA */
	uint8_t kind;	      /* enum key_kind */
	const char *mnemonic; /* "ECDSAP256SHA256" */
	const char *name;     /* pdnsutil's: "ecdsa256" */
	const char *digest; /* OpenSSL's name of the hash signed; NULL: signs the message itself */
	const char *group;  /* OpenSSL's curve or key type; NULL for RSA, GOST */
	unsigned bits_default; /* of the key */
	unsigned bits_min;
	unsigned bits_max;
	unsigned public_len;  /* octets of the DNSKEY's key field; 0 = varies */
	unsigned private_len; /* octets of PrivateKey, or GostAsn1; 0 = RSA's eight numbers */
	unsigned sig_len;     /* octets of a signature; 0 = those of the modulus */
};

/* key_gost_init loads OpenSSL's gost engine, without which there are no keys of ECC-GOST and no DS
 * digest 3: what wants them then fails. Call it once, before threads, and before the process may no
 * longer load code. Returns 0; 1: it is not installed. */
int key_gost_init(void);

/* Row of an algorithm number, or NULL if ensign cannot sign with it. */
const struct key_algorithm *key_algorithm(unsigned number);
/* Row of a pdnsutil name, mnemonic or number ("ecdsa256", "ECDSAP256SHA256", "13"), or NULL. */
const struct key_algorithm *key_algorithm_from_text(const char *text);
/* Whether this OpenSSL has what the algorithm needs. */
bool key_algorithm_is_there(const struct key_algorithm *alg);
/* The i-th row, i from 0, or NULL behind the last: for listing. */
const struct key_algorithm *key_algorithm_at(unsigned i);

/* ---- keys ---------------------------------------------------------------------------------- */

#define KEY_FLAGS_ZSK 256U /* zone key (RFC 4034, 2.1.1) */
#define KEY_FLAGS_SEP 257U /* zone key, secure entry point */
/* DNSKEY rdata of the largest key: flags, protocol, algorithm; RSA exponent and modulus with a
 * three-octet length between (RFC 3110, 2), both at most 4096 bits. */
#define KEY_DNSKEY_MAX (4 + 3 + 512 + 512)
#define KEY_DS_MAX     (4 + 48) /* tag, algorithm, digest type; SHA-384 */

enum key_role {
	KEY_ROLE_NONE = 0, /* not yet assigned: keyset.h does */
	KEY_ROLE_KSK,
	KEY_ROLE_ZSK,
	KEY_ROLE_CSK,
};

struct key {
	uint32_t id; /* of the database row; 0 = not stored */
	uint16_t flags;
	uint8_t algorithm;
	uint8_t role; /* enum key_role */
	bool active;
	bool published;
	uint16_t tag;  /* RFC 4034, appendix B */
	uint16_t bits; /* of the modulus or curve, as show-zone prints them */
	uint16_t dnskey_len;
	uint8_t dnskey[KEY_DNSKEY_MAX]; /* rdata */
	EVP_PKEY *pkey;			/* with the private part */
};

/* key_from_content makes a key of the text of a .private file (v1.2 and later v1.x): field names in
 * either case, unknown fields skipped. flags become the DNSKEY's; id, active, published and role
 * are the caller's to set. Returns 0, or -1 with err naming the field at fault. key is an empty one
 * and stays so on failure. */
int key_from_content(struct key *key, uint16_t flags, const char *text, size_t len,
	char err[static 256]) __attribute__((warn_unused_result));
/* key_content_sig_len tells from the text, without making the key, how many octets its signatures
 * have; of an RSA key whose modulus is not there: at most. 0 if it names no algorithm of ours. */
unsigned key_content_sig_len(const char *text, size_t len);
/* key_to_content writes the text PowerDNS would store and export-zone-key prints. Returns a
 * NUL-terminated string from key_secret_alloc() for the caller to key_secret_free(), or NULL. */
char *key_to_content(const struct key *key) __attribute__((warn_unused_result));

/* key_from_pem: a private key as `openssl genpkey` or `genrsa` writes it; algorithm must fit. */
int key_from_pem(struct key *key, const struct key_algorithm *alg, uint16_t flags, const char *text,
	size_t len, char err[static 256]) __attribute__((warn_unused_result));
/* key_to_pem: PKCS#8 PEM, from key_secret_alloc(), or NULL. */
char *key_to_pem(const struct key *key) __attribute__((warn_unused_result));

/* key_generate makes a new key pair. bits 0: the algorithm's default; others are checked against
 * its bounds. */
int key_generate(struct key *key, const struct key_algorithm *alg, uint16_t flags, unsigned bits,
	char err[static 256]) __attribute__((warn_unused_result));

/* key_check signs a text and verifies it: whether private and public part belong together, and
 * whether validators will have an RSA key's exponent. For keys that come from outside; 0, or -1
 * with err. */
int key_check(const struct key *key, char err[static 256]) __attribute__((warn_unused_result));

/* key_set_identity changes flags and algorithm number (RSASHA1 is served as 5 or 7, see keyset.h)
 * and makes DNSKEY and tag anew. */
void key_set_identity(struct key *key, uint16_t flags, uint8_t algorithm);

void key_deinit(struct key *key); /* wipes; the zero state is safe */

/* ---- records -------------------------------------------------------------------------------- */

/* Key tag of DNSKEY rdata (RFC 4034, appendix B; not algorithm 1). */
uint16_t key_tag(const uint8_t *dnskey, size_t len);
/* DS rdata (RFC 4034, 5.1.4) of a DNSKEY of owner (wire, lower case). digest: 1 SHA-1, 2 SHA-256,
 * 3 GOST R 34.11-94, 4 SHA-384. Returns its octets, or -1 if the digest type is unknown, or
 * there is no gost engine for it. */
int key_ds_rdata(uint8_t ds[static KEY_DS_MAX], const uint8_t *owner, const uint8_t *dnskey,
	size_t dnskey_len, unsigned digest) __attribute__((warn_unused_result));
/* Name of a DS digest type as show-zone prints it ("SHA256"); NULL if it cannot be made. */
const char *key_digest_name(unsigned digest);
/* "KSK", "ZSK", "CSK". */
const char *key_role_name(enum key_role role);

/* ---- memory for secrets ---------------------------------------------------------------------- */

/* key_memory_init sets up the process's locked heap for secrets, guard pages round it; call it
 * once, before any key is read and before threads. Returns 0; 1 if the memory could not be locked
 * (RLIMIT_MEMLOCK): keys then work, unlocked; -1 if it failed altogether. */
int key_memory_init(void);
/* Zeroed octets for a secret, or NULL. */
void *key_secret_alloc(size_t len) __attribute__((warn_unused_result));
/* Wipes and frees what key_secret_alloc() gave; takes NULL. Returns NULL. */
void *key_secret_free(void *secret);

#endif
