/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What others say of our signed zones: ldns-verify-zone, dnssec-verify (BIND) and kzonecheck (Knot)
 * must accept every algorithm with every kind of chain, and notice spoilt ones; ldns-signzone,
 * given the same zone, keys and times, must come to the same records and signatures, where
 * signatures are deterministic.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/dnssec/presigned.h"
#include "control/dnssec/zone_print.h"
#include "tests/unit/dnssec_fixture.h"

extern char **environ;

/* A directory for one test, the current one meanwhile. */
struct workshop {
	char dir[40];
	char old_dir[512];
};

static int setup(void **state)
{
	static struct workshop w;
	strcpy(w.dir, "/tmp/ensign-test-validators-XXXXXX");
	if (!getcwd(w.old_dir, sizeof(w.old_dir)) || !mkdtemp(w.dir) || chdir(w.dir))
		return -1;
	*state = &w;
	return 0;
}

static int run(const char *const argv[], const char *log)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	int failed = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		fail_msg("%s is not installed", argv[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int teardown(void **state)
{
	struct workshop *w = *state;
	const char *const argv[] = {"rm", "-rf", w->dir, NULL};
	return chdir(w->old_dir) || run(argv, "/dev/null") ? -1 : 0;
}

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static const char *read_log(void)
{
	static char text[4096];
	FILE *in = fopen("log", "r");
	size_t len = in ? fread(text, 1, sizeof(text) - 1, in) : 0;
	text[len] = '\0';
	if (in)
		fclose(in);
	return text;
}

/* ---- validators ------------------------------------------------------------------------------ */

static const char *const validator[][8] = {
	{"ldns-verify-zone", "zone"},
	{"dnssec-verify", "-z", "-o", "example.", "zone"},
	{"kzonecheck", "-d", "on", "-o", "example.", "zone"},
};

#define VALIDATOR_CNT (sizeof(validator) / sizeof(validator[0]))

/* The example zone signed with a KSK and a ZSK of each algorithm, 0-terminated. */
static char *signed_text(const uint8_t *algorithm, const char *nsec3)
{
	struct zone zone;
	struct keyset keys = {0};
	for (; *algorithm; algorithm++) {
		dnssec_fixture_generate(&keys, *algorithm, KEY_FLAGS_SEP);
		dnssec_fixture_generate(&keys, *algorithm, KEY_FLAGS_ZSK);
	}
	dnssec_fixture_zone(&zone, "example.", fixture_example, DNSSEC_SIGNED);
	dnssec_fixture_secure(&zone, &keys, nsec3);
	char *text = dnssec_fixture_print(&zone);
	zone_deinit(&zone);
	keyset_deinit(&keys);
	return text;
}

/* Flips a bit in the middle of the first signature over an A record. */
static void spoil(char *text)
{
	char *at = strstr(text, "\tRRSIG\tA ");
	assert_non_null(at);
	at = strchr(at, '\n') - 40;
	*at = *at == 'A' ? 'B' : 'A';
}

static void test_spoilt_zone_is_noticed(void **state)
{
	char *text = signed_text((const uint8_t[]){13, 0}, "1 0 0 -");
	spoil(text);
	write_file("zone", text);
	for (size_t i = 0; i < VALIDATOR_CNT; i++)
		assert_int_not_equal(run(validator[i], "log"), 0);
	free(text);
}

static void check_accepted(const uint8_t *algorithm, const char *nsec3)
{
	char *text = signed_text(algorithm, nsec3);
	write_file("zone", text);
	for (size_t i = 0; i < VALIDATOR_CNT; i++)
		if (run(validator[i], "log"))
			fail_msg("%s refuses algorithm %u with %s: %s", validator[i][0], *algorithm,
				nsec3 ? nsec3 : "NSEC", read_log());
	free(text);
}

static void test_zones_are_accepted(void **state)
{
	static const char *const nsec3[] = {NULL, "1 0 0 -", "1 1 0 -", "1 0 5 abcd"};
	const struct key_algorithm *alg;
	for (unsigned i = 0; (alg = key_algorithm_at(i)) != NULL; i++) {
		const uint8_t algorithm[] = {alg->number, 0};
		if (alg->kind == KEY_GOST)
			continue; /* none of them knows it any more */
		for (size_t n = 0; n < sizeof(nsec3) / sizeof(nsec3[0]); n++)
			check_accepted(algorithm, nsec3[n]);
	}
}

static void test_several_algorithms_are_accepted(void **state)
{
	static const uint8_t algorithm[] = {8, 13, 15, 0};
	check_accepted(algorithm, NULL);
	check_accepted(algorithm, "1 1 0 -");
}

/* ---- ldns-signzone ----------------------------------------------------------------------------
 */

/* Writes the key as ldns wants it: K<zone>+<algorithm>+<tag>.private and .key; its name to base. */
static void write_key(const struct key *key, char base[static 64])
{
	char path[80], record[KEY_DNSKEY_MAX * 2], rdata[KEY_DNSKEY_MAX * 2];
	snprintf(base, 64, "Kexample.+%03u+%05u", key->algorithm, key->tag);
	snprintf(path, sizeof(path), "%s.private", base);
	char *content = key_to_content(key);
	write_file(path, content);
	key_secret_free(content);
	snprintf(path, sizeof(path), "%s.key", base);
	assert_true(rdata_to_text(rdata, sizeof(rdata), 48, key->dnskey, key->dnskey_len) > 0);
	snprintf(record, sizeof(record), "example. 3600 IN DNSKEY %.2000s\n", rdata);
	write_file(path, record);
}

/* The zone signed by ldns-signzone, read as a pre-signed one and printed. */
static char *ldns_text(const struct keyset *keys, bool nsec3)
{
	const struct presigned_options opt = {.now_s = FIXTURE_NOW_S};
	struct zone zone;
	char base[2][64], err[256];
	write_key(&keys->key[0], base[0]);
	write_key(&keys->key[1], base[1]);
	const char *argv[20] = {"ldns-signzone", "-i", "20200101000000", "-e", "20371231000000",
		"-o", "example.", "-f", "zone.signed"};
	unsigned cnt = 9;
	for (const char *const *more = (const char *const[]){"-n", "-t", "5", "-s", "abcd", NULL};
		nsec3 && *more; more++)
		argv[cnt++] = *more;
	argv[cnt++] = "zone";
	argv[cnt++] = base[0];
	argv[cnt++] = base[1];
	if (run(argv, "log"))
		fail_msg("%s", read_log());
	dnssec_fixture_file(&zone, "example.", "zone.signed", DNSSEC_PRESIGNED);
	if (presigned_adopt(&zone, &opt, err))
		fail_msg("%s", err);
	char *text = dnssec_fixture_print(&zone);
	zone_deinit(&zone);
	return text;
}

static void check_same_as_ldns(unsigned algorithm, bool nsec3)
{
	struct zone zone;
	struct keyset keys = {0};
	dnssec_fixture_generate(&keys, algorithm, KEY_FLAGS_SEP);
	dnssec_fixture_generate(&keys, algorithm, KEY_FLAGS_ZSK);
	dnssec_fixture_zone(&zone, "example.", fixture_example, DNSSEC_SIGNED);
	char *plain = dnssec_fixture_print(&zone);
	zone_deinit(&zone);
	/* labels that ldns prints in a form libzscanner does not read */
	assert_int_equal(dnssec_fixture_cut(plain, "bang.ent", ""), 1);
	write_file("zone", plain);
	dnssec_fixture_zone(&zone, "example.", plain, DNSSEC_SIGNED);
	dnssec_fixture_secure(&zone, &keys, nsec3 ? "1 0 5 abcd" : NULL);
	char *ours = dnssec_fixture_print(&zone), *theirs = ldns_text(&keys, nsec3);
	assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
	free(plain);
	zone_deinit(&zone);
	keyset_deinit(&keys);
}

static void test_same_as_ldns(void **state)
{
	static const unsigned algorithm[] = {8, 10, 15, 16};
	for (size_t i = 0; i < sizeof(algorithm) / sizeof(algorithm[0]); i++) {
		check_same_as_ldns(algorithm[i], false);
		check_same_as_ldns(algorithm[i], true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_spoilt_zone_is_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zones_are_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_several_algorithms_are_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_as_ldns, setup, teardown),
	};
	return cmocka_run_group_tests_name("validators", tests, NULL, NULL);
}
