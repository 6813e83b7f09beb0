/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/dnssec/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonedb/dname.h"

#define HEAD(number) "Private-key-format: v1.2\nAlgorithm: " #number "\n"
#define ED25519	     "ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI="
/* PKCS #8 of ED25519, and of GOST R 34.10-2001 with CryptoPro's parameter set B */
#define DER_ED25519 "MC4CAQAwBQYDK2VwBCIEIK1R56ajzsWrjee/DX9dshYYUHl5VCVnh092bwcP8jMF"
#define DER_SET_B                                                                                  \
	"MEMCAQAwHAYGKoUDAgITMBIGByqFAwICIwIGByqFAwICHgEEIBZ9yGcK0y+2IFJBp9xP3b/"                  \
	"t94QYjmDnpiZFaB/5Y/hK"
/* RFC 5933, 2.2 */
#define GOST_ASN1                                                                                  \
	"MEUCAQAwHAYGKoUDAgITMBIGByqFAwICIwEGByqFAwICHgEEIgQg/9MiXtXKg9FDXDN/R9CmVhJDyuzRAIgh4tPw" \
	"Cu4NHIs="

/* Before the engine is loaded it is as if it were not there. */
static void test_gost_without_the_engine(void **state)
{
	static const char text[] = HEAD(12) "GostAsn1: " GOST_ASN1 "\n";
	const struct key_algorithm *alg = key_algorithm(12);
	static const char missing[] =
		"ECC-GOST needs OpenSSL's gost engine, which is not installed";
	struct key key = {0};
	char err[256];
	uint8_t ds[KEY_DS_MAX], dnskey[68] = {1, 1, 3, 12};
	assert_false(key_algorithm_is_there(alg));
	assert_int_equal(key_from_content(&key, 257, text, strlen(text), err), -1);
	assert_memory_equal(err, missing, strlen(missing));
	assert_int_equal(key_generate(&key, alg, 257, 0, err), -1);
	assert_memory_equal(err, missing, strlen(missing));
	assert_int_equal(key_from_pem(&key, alg, 257, "", 0, err), -1);
	assert_memory_equal(err, missing, strlen(missing));
	assert_int_equal(key_ds_rdata(ds, (const uint8_t *)"", dnskey, sizeof(dnskey), 3), -1);
	assert_null(key_digest_name(3));
	assert_int_equal(key_gost_init(), 0);
	assert_string_equal(key_digest_name(3), "GOST R 34.11-94");
	assert_true(key_algorithm_is_there(alg));
}

/* ---- refusing ------------------------------------------------------------------------------- */

static const struct {
	const char *content;
	const char *err;
} bad_content[] = {
	{"", "Algorithm: missing"},
	{"PrivateKey: " ED25519 "\n", "Algorithm: missing"},
	{"Algorithm:\n", "Algorithm: 0 is not supported"},
	{HEAD(x), "Algorithm: 0 is not supported"},
	{HEAD(6), "Algorithm: 6 is not supported"},
	{HEAD(269), "Algorithm: 269 is not supported"},
	{"Private-key-format: v2.0\nAlgorithm: 15\n", "Private-key-format: not v1.x"},
	{HEAD(13) "Engine: softhsm2\nSlot: a\nPIN: 1\n", "Engine: "},
	{HEAD(15), "PrivateKey: missing"},
	{HEAD(15) "PrivateKey:\n", "PrivateKey: missing"},
	{HEAD(15) "PrivateKeys: " ED25519 "\n", "PrivateKey: missing"},
	{HEAD(15) "PrivateKey: %%%%\n", "PrivateKey: not base64"},
	{HEAD(15) "PrivateKey: ODIyNj==ODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n",
		"PrivateKey: not base64"},
	{HEAD(15) "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyN===\n",
		"PrivateKey: not base64"},
	{HEAD(15) "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNj=I\n",
		"PrivateKey: not base64"},
	{HEAD(15) "PrivateKey: =\n", "PrivateKey: not base64"},
	{HEAD(15) "PrivateKey: ODIyNjAz" ED25519 "\n", "PrivateKey: 38 octets, ED25519 has 32"},
	{HEAD(15) "PrivateKey: ODIyNjAz\n", "PrivateKey: 6 octets, ED25519 has 32"},
	{HEAD(16) "PrivateKey: " ED25519 "\n", "PrivateKey: 32 octets, ED448 has 57"},
	{HEAD(13) "PrivateKey: AAAA\n", "PrivateKey: not a number of curve P-256"},
	{HEAD(13) "PrivateKey: //////////////////////////////////////////8=\n",
		"PrivateKey: not a number of curve P-256"},
	{HEAD(12) "PrivateKey: " ED25519 "\n", "GostAsn1: missing"},
	{HEAD(12) "GostAsn1: " ED25519 "\n", "GostAsn1: not a private key of ECC-GOST"},
	{HEAD(12) "GostAsn1: " DER_ED25519 "\n", "the key is not one of ECC-GOST"},
	{HEAD(12) "GostAsn1: " DER_SET_B "\n", "the key is not one of ECC-GOST"},
	{HEAD(8) "PublicExponent: AQAB\n", "Modulus: missing"},
	{HEAD(8) "Modulus: AQAB\nPublicExponent: AQAB\n", "PrivateExponent: missing"},
};

static void test_content_refused(void **state)
{
	for (size_t i = 0; i < sizeof(bad_content) / sizeof(bad_content[0]); i++) {
		struct key key = {0};
		char err[256] = "";
		const char *text = bad_content[i].content;
		assert_int_equal(key_from_content(&key, 257, text, strlen(text), err), -1);
		if (strncmp(err, bad_content[i].err, strlen(bad_content[i].err)) != 0)
			fail_msg("\"%s\" instead of \"%s\"", err, bad_content[i].err);
		assert_null(strstr(err, "ODIy"));
		assert_null(key.pkey);
	}
}

static void test_content_cut_short_refused(void **state)
{
	static const char text[] = HEAD(15) "PrivateKey: " ED25519;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct key key = {0};
		char err[256] = "";
		char *copy = malloc(len + 1); /* so that a sanitizer sees reads beyond it */
		memcpy(copy, text, len);
		assert_int_equal(key_from_content(&key, 257, copy, len, err), -1);
		assert_string_not_equal(err, "");
		free(copy);
	}
}

static void test_number_too_long_refused(void **state)
{
	char text[4096] = HEAD(8) "Modulus: ", err[256];
	struct key key = {0};
	memset(text + strlen(text), 'A', 1000);
	assert_int_equal(key_from_content(&key, 257, text, strlen(text), err), -1);
	assert_string_equal(err, "Modulus: too long");
}

static void test_algorithm_names_refused(void **state)
{
	static const char *const name[] = {"", "rsa", "ecdsa", "6", "13x", "-13", "013 ", "269"};
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		assert_null(key_algorithm_from_text(name[i]));
	assert_null(key_algorithm(11));
}

static void test_sizes_refused(void **state)
{
	static const struct {
		unsigned algorithm, bits;
	} bad[] = {{8, 511}, {8, 4097}, {10, 1023}, {13, 257}, {14, 256}, {15, 255}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct key key = {0};
		char err[256];
		assert_int_equal(
			key_generate(&key, key_algorithm(bad[i].algorithm), 257, bad[i].bits, err),
			-1);
		assert_null(key.pkey);
	}
}

static void test_pem_refused(void **state)
{
	struct key key = {0}, other = {0};
	char err[256];
	static const char garbage[] = "-----BEGIN PRIVATE KEY-----\nAAAA\n";
	assert_int_equal(
		key_from_pem(&other, key_algorithm(15), 257, garbage, strlen(garbage), err), -1);
	assert_int_equal(key_generate(&key, key_algorithm(13), 257, 0, err), 0);
	char *pem = key_to_pem(&key);
	assert_int_equal(key_from_pem(&other, key_algorithm(14), 257, pem, strlen(pem), err), -1);
	assert_int_equal(key_from_pem(&other, key_algorithm(15), 257, pem, strlen(pem), err), -1);
	assert_int_equal(key_from_pem(&other, key_algorithm(8), 257, pem, strlen(pem), err), -1);
	assert_null(other.pkey);
	key_secret_free(pem);
	key_deinit(&key);
}

/* Copies the line of field from src over that in dst, both private key texts. */
static void swap_line(char *dst, size_t size, const char *src, const char *field)
{
	char made[8192];
	const char *mine = strstr(dst, field), *theirs = strstr(src, field);
	int len = snprintf(made, sizeof(made), "%.*s%.*s%s", (int)(mine - dst), dst,
		(int)strcspn(theirs, "\n"), theirs, strchr(mine, '\n'));
	assert_true(len > 0 && (size_t)len < size);
	memcpy(dst, made, (size_t)len + 1);
}

static void test_halves_of_two_keys_are_noticed(void **state)
{
	struct key a = {0}, b = {0}, mixed = {0};
	char err[256], text[8192];
	assert_int_equal(key_generate(&a, key_algorithm(8), 257, 1024, err), 0);
	assert_int_equal(key_generate(&b, key_algorithm(8), 257, 1024, err), 0);
	char *content_a = key_to_content(&a), *content_b = key_to_content(&b);
	strcpy(text, content_a);
	swap_line(text, sizeof(text), content_b, "Modulus");
	assert_int_equal(key_from_content(&mixed, 257, text, strlen(text), err), -1);
	assert_string_equal(err, "Modulus: not the product of Prime1 and Prime2");
	strcpy(text, content_a);
	swap_line(text, sizeof(text), content_b, "PrivateExponent");
	swap_line(text, sizeof(text), content_b, "Exponent1");
	assert_int_equal(key_from_content(&mixed, 257, text, strlen(text), err), 0);
	assert_int_equal(key_check(&mixed, err), -1);
	assert_string_equal(
		err, "private and public part of the RSASHA256 key do not belong together");
	assert_int_equal(key_check(&a, err), 0);
	key_secret_free(content_a);
	key_secret_free(content_b);
	key_deinit(&mixed);
	key_deinit(&a);
	key_deinit(&b);
}

static void test_exponents_that_are_none(void **state)
{
	static const char *const exponent[] = {"AQ==", "AQAA", "EAAAAAE="}; /* 1, even, 37 bits */
	struct key key = {0};
	char err[256], text[8192], line[64];
	assert_int_equal(key_generate(&key, key_algorithm(8), 257, 1024, err), 0);
	char *content = key_to_content(&key);
	for (size_t i = 0; i < sizeof(exponent) / sizeof(exponent[0]); i++) {
		struct key bad = {0};
		strcpy(text, content);
		snprintf(line, sizeof(line), "PublicExponent: %s\n", exponent[i]);
		swap_line(text, sizeof(text), line, "PublicExponent");
		assert_int_equal(key_from_content(&bad, 257, text, strlen(text), err), 0);
		assert_int_equal(key_check(&bad, err), -1);
		assert_string_equal(err, "PublicExponent: not an odd number from 3 to 35 bits");
		key_deinit(&bad);
	}
	key_secret_free(content);
	key_deinit(&key);
}

/* ---- vectors -------------------------------------------------------------------------------- */

/* Private keys with what their RFC says the DNSKEY and DS are. */
static const struct {
	const char *content;
	const char *owner;
	const char *public_key; /* base64 */
	const char *ds;		/* hex of the digest */
	uint16_t tag;
	uint8_t digest;
} vector[] = {
	/* RFC 5933, 2.2 */
	{HEAD(12) "GostAsn1: " GOST_ASN1 "\n", "example.net.",
		"aRS/DcPWGQj2wVJydT8EcAVoC0kXn5pDVm2IMvDDPXeD32dsSKcmq8KNVzigjL4OXZTV+t/6w4X1gpNrZi"
		"C01g==",
		"4f5cbc7bb4ba71fb9e8c26b2b7f9a972aa9626cd79e0fcfffae056b34539a26e", 59732 + 1, 3},
	/* RFC 6605, 6.1 and 6.2 */
	{HEAD(13) "PrivateKey: GU6SnQ/Ou+xC5RumuIUIuJZteXT2z0O/ok1s38Et6mQ=\n", "example.net.",
		"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc"
		"8NAA==",
		"b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17", 55648, 2},
	{HEAD(14) "PrivateKey: WURgWHCcYIYUPWgeLmiPY2DJJk02vgrmTfitxgqcL4vwW7BOrbawVmVe0d9V94SR\n",
		"example.net.",
		"xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ"
		"+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
		"72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405c3"
		"008a946df983d6",
		10771, 4},
	/* RFC 8080, 6.1 and 6.2 */
	{HEAD(15) "PrivateKey: " ED25519 "\n", "example.com.",
		"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
		"3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b", 3613, 2},
	{HEAD(15) "PrivateKey: DSSF3o0s0f+ElWzj9E/Osxw8hLpk55chkmx0LYN5WiY=\n", "example.com.",
		"zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=",
		"401781b934e392de492ec77ae2e15d70f6575a1c0bc59c5275c04ebe80c6614c", 35217, 2},
	{HEAD(16) "PrivateKey: xZ+5Cgm463xugtkY5B0Jx6erFTXp13rYegst0qRtNsOYnaVpMx0Z/c5EiA9x8wWbDDc"
		  "t/U3FhYWA\n",
		"example.com.",
		"3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
		"6ccf18d5bc5d7fc2fceb1d59d17321402f2aa8d368048db93dd811f5cb2b19c7", 9713, 2},
};

static void check_vector(size_t i, const struct key *key)
{
	uint8_t owner[DNAME_LEN_MAX], ds[KEY_DS_MAX];
	char text[256], hex[2 * KEY_DS_MAX + 1] = "";
	EVP_EncodeBlock((uint8_t *)text, key->dnskey + 4, key->dnskey_len - 4);
	assert_string_equal(text, vector[i].public_key);
	assert_int_equal(key->tag, vector[i].tag);
	assert_true(dname_from_text(owner, vector[i].owner) > 0);
	int len = key_ds_rdata(ds, owner, key->dnskey, key->dnskey_len, vector[i].digest);
	for (int k = 4; k < len; k++)
		snprintf(hex + strlen(hex), 3, "%02x", ds[k]);
	assert_string_equal(hex, vector[i].ds);
	assert_int_equal(ds[0] << 8 | ds[1], vector[i].tag);
	assert_int_equal(ds[2], key->algorithm);
	assert_int_equal(ds[3], vector[i].digest);
}

static void test_rfc_keys(void **state)
{
	for (size_t i = 0; i < sizeof(vector) / sizeof(vector[0]); i++) {
		struct key key = {0};
		char err[256];
		const char *text = vector[i].content;
		assert_int_equal(key_from_content(&key, 257, text, strlen(text), err), 0);
		check_vector(i, &key);
		assert_int_equal(key_check(&key, err), 0);
		key_deinit(&key);
	}
}

/* RFC 4034, 5.4 and RFC 4509, 2.3: a DNSKEY whose private part nobody has. */
static void test_rfc_rsa_ds(void **state)
{
	static const char base64[] =
		"AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9B"
		"MzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6D"
		"hweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
	static const uint8_t sha1[] = {0x2b, 0xb1, 0x83, 0xaf, 0x5f, 0x22, 0x58, 0x81, 0x79, 0xa5,
		0x3b, 0x0a, 0x98, 0x63, 0x1f, 0xad, 0x1a, 0x29, 0x21, 0x18};
	static const uint8_t sha256[] = {0xd4, 0xb7, 0xd5, 0x20, 0xe7, 0xbb, 0x5f, 0x0f, 0x67, 0x67,
		0x4a, 0x0c, 0xce, 0xb1, 0xe3, 0xe0, 0x61, 0x4b, 0x93, 0xc4, 0xf9, 0xe9, 0x9b, 0x83,
		0x83, 0xf6, 0xa1, 0xe4, 0x46, 0x9d, 0xa5, 0x0a};
	uint8_t dnskey[256] = {1, 0, 3, 5}, owner[DNAME_LEN_MAX], ds[KEY_DS_MAX];
	int len = 4 + EVP_DecodeBlock(dnskey + 4, (const uint8_t *)base64, sizeof(base64) - 1) - 2;
	assert_int_equal(key_tag(dnskey, (size_t)len), 60485);
	assert_true(dname_from_text(owner, "dskey.example.com.") > 0);
	assert_int_equal(key_ds_rdata(ds, owner, dnskey, (size_t)len, 5), -1);
	assert_int_equal(key_ds_rdata(ds, owner, dnskey, (size_t)len, 1), 4 + 20);
	assert_memory_equal(ds + 4, sha1, sizeof(sha1));
	assert_int_equal(key_ds_rdata(ds, owner, dnskey, (size_t)len, 2), 4 + 32);
	assert_memory_equal(ds + 4, sha256, sizeof(sha256));
}

/* RFC 5933, 4.1: the same. */
static void test_rfc_gost_ds(void **state)
{
	static const char base64[] =
		"LMgXRHzSbIJGn6i16K+sDjaDf/k1o9DbxScOgEYqYS/rlh2Mf+BRAY3QHPbwoPh2fkDKBroFSRGR7ZYcx"
		"+YIQw==";
	static const uint8_t digest[] = {0x22, 0x26, 0x1a, 0x8b, 0x0e, 0x0d, 0x79, 0x91, 0x83, 0xe3,
		0x5e, 0x24, 0xe2, 0xad, 0x6b, 0xb5, 0x85, 0x33, 0xcb, 0xa7, 0xe3, 0xb1, 0x4d, 0x65,
		0x9e, 0x9c, 0xa0, 0x9b, 0x20, 0x71, 0x39, 0x8f};
	uint8_t dnskey[128] = {1, 1, 3, 12}, owner[DNAME_LEN_MAX], ds[KEY_DS_MAX];
	assert_int_equal(
		EVP_DecodeBlock(dnskey + 4, (const uint8_t *)base64, sizeof(base64) - 1), 66);
	assert_int_equal(key_tag(dnskey, 68), 40692);
	assert_true(dname_from_text(owner, "example.net.") > 0);
	assert_int_equal(key_ds_rdata(ds, owner, dnskey, 68, 3), 4 + 32);
	assert_memory_equal(ds + 4, digest, sizeof(digest));
}

/* ---- there and back ------------------------------------------------------------------------- */

static void test_spellings(void **state)
{
	static const char *const spelling[] = {
		"private-KEY-format: v1.3\r\nALGORITHM: 15 (whatever)\r\nprivatekey:   " ED25519
		"  \r\nCreated: 20260101000000\r\n",
		"Unknown: x\nAlgorithm:15\nPrivateKey:" ED25519,
		"\n\nCreated\nAlgorithm: 15\nFlags: 256\n PrivateKey: " ED25519 "\n",
	};
	for (size_t i = 0; i < sizeof(spelling) / sizeof(spelling[0]); i++) {
		struct key key = {0};
		char err[256];
		assert_int_equal(
			key_from_content(&key, 257, spelling[i], strlen(spelling[i]), err), 0);
		assert_int_equal(key.tag, 3613);
		char *content = key_to_content(&key);
		assert_string_equal(content, "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
					     "PrivateKey: " ED25519 "\n");
		key_secret_free(content);
		key_deinit(&key);
	}
}

static void check_round_trip(const struct key_algorithm *alg)
{
	struct key key = {0}, from_content = {0}, from_pem = {0};
	char err[256];
	unsigned bits = alg->kind == KEY_RSA ? 1024 : 0;
	assert_int_equal(key_generate(&key, alg, 256, bits, err), 0);
	assert_int_equal(key_check(&key, err), 0);
	assert_int_equal(key.bits, bits ? bits : alg->bits_default);
	char *content = key_to_content(&key), *pem = key_to_pem(&key);
	assert_int_equal(key_from_content(&from_content, 256, content, strlen(content), err), 0);
	assert_int_equal(key_from_pem(&from_pem, alg, 256, pem, strlen(pem), err), 0);
	assert_memory_equal(from_content.dnskey, key.dnskey, key.dnskey_len);
	assert_memory_equal(from_pem.dnskey, key.dnskey, key.dnskey_len);
	char *again = key_to_content(&from_content);
	assert_string_equal(again, content);
	key_secret_free(again);
	key_secret_free(content);
	key_secret_free(pem);
	key_deinit(&from_content);
	key_deinit(&from_pem);
	key_deinit(&key);
}

static void test_round_trips(void **state)
{
	const struct key_algorithm *alg;
	for (unsigned i = 0; (alg = key_algorithm_at(i)) != NULL; i++) {
		char number[8];
		check_round_trip(alg);
		snprintf(number, sizeof(number), "%u", alg->number);
		assert_ptr_equal(key_algorithm_from_text(number), alg);
		assert_ptr_equal(key_algorithm_from_text(alg->name), alg);
		assert_ptr_equal(key_algorithm_from_text(alg->mnemonic), alg);
	}
}

/* A private number that begins with zeros keeps its length (RFC 6605, 4). */
static void test_short_private_number_is_padded(void **state)
{
	static const char text[] = HEAD(13) "PrivateKey: AQ==\n";
	struct key key = {0};
	char err[256];
	assert_int_equal(key_from_content(&key, 257, text, strlen(text), err), 0);
	char *content = key_to_content(&key);
	assert_non_null(strstr(content, "\nPrivateKey: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="
					"\n"));
	key_secret_free(content);
	key_deinit(&key);
}

static void test_identity(void **state)
{
	static const char text[] = HEAD(15) "PrivateKey: " ED25519 "\n";
	struct key key = {0};
	char err[256];
	assert_int_equal(key_from_content(&key, 257, text, strlen(text), err), 0);
	key_set_identity(&key, 256, 16);
	assert_memory_equal(key.dnskey, "\x01\x00\x03\x10", 4);
	assert_int_equal(key.tag, 3613); /* flags one less, algorithm one more: the same sum */
	key_deinit(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gost_without_the_engine), /* first */
		cmocka_unit_test(test_content_refused),
		cmocka_unit_test(test_content_cut_short_refused),
		cmocka_unit_test(test_number_too_long_refused),
		cmocka_unit_test(test_algorithm_names_refused),
		cmocka_unit_test(test_sizes_refused),
		cmocka_unit_test(test_pem_refused),
		cmocka_unit_test(test_halves_of_two_keys_are_noticed),
		cmocka_unit_test(test_exponents_that_are_none),
		cmocka_unit_test(test_rfc_keys),
		cmocka_unit_test(test_rfc_rsa_ds),
		cmocka_unit_test(test_rfc_gost_ds),
		cmocka_unit_test(test_spellings),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_short_private_number_is_padded),
		cmocka_unit_test(test_identity),
	};
	if (key_memory_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
