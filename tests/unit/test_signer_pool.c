/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Halves of ECDSA signatures made ahead: each used once, wiped, in no child and no core dump; and
 * what is signed with them is good, whatever the key.
 */
#include "control/signer/ecdsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

#include "control/dnssec/key.h"

#define SIG_MAX (2 * ECDSA_NUM_MAX)

/* ---- pool -------------------------------------------------------------------------------------
 */

static void pool_of_nothing(void **state)
{
	struct pool pool = {0};
	uint8_t item[8];
	assert_true(pool_is_full(&pool));
	assert_null(pool_room(&pool));
	assert_false(pool_take(&pool, item));
	pool_deinit(&pool);
}

static void push(struct pool *pool, uint64_t v)
{
	uint8_t *room = pool_room(pool);
	assert_non_null(room);
	memcpy(room, &v, sizeof(v));
	pool_push(pool);
}

static void pool_wipes_what_is_taken(void **state)
{
	struct pool pool;
	uint64_t v;
	assert_true(pool_init(&pool, sizeof(v), 3) >= 0);
	for (uint64_t i = 1; i <= 3; i++)
		push(&pool, i);
	assert_null(pool_room(&pool));
	for (uint64_t i = 3; i >= 1; i--) {
		assert_true(pool_take(&pool, (uint8_t *)&v));
		assert_int_equal(v, i);
		memcpy(&v, pool_room(&pool), sizeof(v)); /* where it was */
		assert_int_equal(v, 0);
	}
	assert_false(pool_take(&pool, (uint8_t *)&v));
	pool_deinit(&pool);
}

static void pool_does_not_survive_fork(void **state)
{
	struct pool pool;
	uint64_t v;
	int status;
	assert_true(pool_init(&pool, sizeof(v), 3) >= 0);
	push(&pool, 1);
	pid_t pid = fork();
	if (pid == 0)
		_exit(pool_cnt(&pool) != 0 || pool_take(&pool, (uint8_t *)&v));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(pool_take(&pool, (uint8_t *)&v));
	assert_int_equal(v, 1);
	pool_deinit(&pool);
}

/* Flags of the mapping that starts at an address: "rd wr mr mw me ac wf dd" (proc(5)). */
static void flags_of(const void *map, char flags[static 256])
{
	char line[256], start[32];
	bool inside = false;
	FILE *in = fopen("/proc/self/smaps", "r");
	assert_non_null(in);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)map);
	flags[0] = '\0';
	while (fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, start, strlen(start)) == 0)
			inside = true;
		if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			snprintf(flags, 256, "%s", line);
			break;
		}
	}
	fclose(in);
}

/* Sanitizers make mlock() do nothing. */
static bool mlock_locks(void)
{
	char flags[256];
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_int_equal(mlock(map, 4096), 0);
	flags_of(map, flags);
	munmap(map, 4096);
	return strstr(flags, " lo") != NULL;
}

static void pool_is_kept_apart(void **state)
{
	struct pool pool;
	char flags[256];
	int r = pool_init(&pool, 64, 100);
	assert_true(r >= 0);
	flags_of(pool.head, flags);
	assert_non_null(strstr(flags, " wf")); /* wiped on fork */
	assert_non_null(strstr(flags, " dd")); /* in no dump */
	if (r == 0 && mlock_locks())
		assert_non_null(strstr(flags, " lo")); /* locked */
	pool_deinit(&pool);
}

/* ---- signatures -------------------------------------------------------------------------------
 */

static void generate(struct key *key, unsigned algorithm, uint8_t scalar[static ECDSA_NUM_MAX])
{
	char err[256];
	BIGNUM *number = NULL;
	const struct key_algorithm *alg = key_algorithm(algorithm);
	assert_int_equal(key_generate(key, alg, 257, 0, err), 0);
	assert_int_equal(EVP_PKEY_get_bn_param(key->pkey, OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
	assert_int_equal(BN_bn2binpad(number, scalar, (int)alg->private_len), alg->private_len);
	BN_clear_free(number);
}

static bool verifies(const struct key *key, const uint8_t *sig, unsigned num_len,
	const uint8_t *digest, size_t digest_len)
{
	uint8_t *der = NULL;
	ECDSA_SIG *numbers = ECDSA_SIG_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	ECDSA_SIG_set0(numbers, BN_bin2bn(sig, (int)num_len, NULL),
		BN_bin2bn(sig + num_len, (int)num_len, NULL));
	int der_len = i2d_ECDSA_SIG(numbers, &der);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	int result = EVP_PKEY_verify(ctx, der, (size_t)der_len, digest, digest_len);
	EVP_PKEY_CTX_free(ctx);
	ECDSA_SIG_free(numbers);
	OPENSSL_free(der);
	return result == 1;
}

/* Two keys by turns, with pairs and, when they have run out, without. */
static void sign_in_turns(unsigned algorithm, unsigned pair_cnt)
{
	struct ecdsa e;
	struct key key[2] = {{0}};
	uint8_t scalar[2][ECDSA_NUM_MAX], sig[SIG_MAX], digest[ECDSA_NUM_MAX];
	for (unsigned i = 0; i < 2; i++)
		generate(&key[i], algorithm, scalar[i]);
	assert_true(ecdsa_init(&e, algorithm, pair_cnt) >= 0);
	while (ecdsa_prepare(&e) == 0)
		;
	assert_int_equal(pool_cnt(&e.pool), pair_cnt);
	for (unsigned i = 0; i < pair_cnt + 4; i++) {
		memset(digest, (int)i, sizeof(digest));
		assert_int_equal(ecdsa_sign(&e, sig, scalar[i % 2], digest, e.num_len), 0);
		assert_true(verifies(&key[i % 2], sig, e.num_len, digest, e.num_len));
		assert_false(verifies(&key[1 - i % 2], sig, e.num_len, digest, e.num_len));
	}
	assert_int_equal(e.pooled_cnt, pair_cnt);
	ecdsa_forget(&e);
	assert_int_equal(ecdsa_sign(&e, sig, scalar[0], digest, e.num_len), 0);
	assert_true(verifies(&key[0], sig, e.num_len, digest, e.num_len));
	ecdsa_deinit(&e);
	for (unsigned i = 0; i < 2; i++)
		key_deinit(&key[i]);
}

static void signs_with_pairs_of_any_key(void **state)
{
	sign_in_turns(13, 12);
	sign_in_turns(14, 4);
	sign_in_turns(13, 0);
}

/* A child that goes on with its parent's pairs would sign with the same k. */
static void child_makes_its_own(void **state)
{
	struct ecdsa e;
	uint8_t scalar[ECDSA_NUM_MAX] = {[31] = 7}, digest[32] = {1};
	uint8_t parent[SIG_MAX], child[SIG_MAX];
	int pipe_fd[2], status;
	assert_int_equal(pipe(pipe_fd), 0);
	assert_true(ecdsa_init(&e, 13, 4) >= 0);
	while (ecdsa_prepare(&e) == 0)
		;
	pid_t pid = fork();
	if (pid == 0) {
		int r = ecdsa_sign(&e, child, scalar, digest, sizeof(digest));
		_exit(r != 0 || e.pooled_cnt != 0 || write(pipe_fd[1], child, 64) != 64);
	}
	assert_int_equal(ecdsa_sign(&e, parent, scalar, digest, sizeof(digest)), 0);
	assert_int_equal(read(pipe_fd[0], child, 64), 64);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_memory_not_equal(parent, child, 32);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
	ecdsa_deinit(&e);
}

#define SAMPLE_CNT 4096

static int num_cmp(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* r is a hash of k, as it were: if r never comes twice, k does not; and each of its bits is set
 * half of the time: 4096 throws of a coin, 6 standard deviations. */
static void never_uses_a_pair_twice(void **state)
{
	struct ecdsa e;
	static uint8_t r[SAMPLE_CNT][32];
	uint8_t scalar[ECDSA_NUM_MAX] = {[31] = 7}, digest[32] = {1}, sig[SIG_MAX];
	unsigned set_cnt[256] = {0};
	assert_true(ecdsa_init(&e, 13, 1024) >= 0);
	for (unsigned i = 0; i < SAMPLE_CNT; i++) {
		while (i % 1500 == 0 && ecdsa_prepare(&e) == 0)
			;
		assert_int_equal(ecdsa_sign(&e, sig, scalar, digest, sizeof(digest)), 0);
		memcpy(r[i], sig, 32);
		for (unsigned bit = 0; bit < 256; bit++)
			set_cnt[bit] += sig[bit / 8] >> bit % 8 & 1;
	}
	assert_true(e.pooled_cnt > 1024 && e.pooled_cnt < SAMPLE_CNT);
	qsort(r, SAMPLE_CNT, 32, num_cmp);
	for (unsigned i = 1; i < SAMPLE_CNT; i++)
		assert_memory_not_equal(r[i - 1], r[i], 32);
	for (unsigned bit = 0; bit < 256; bit++)
		assert_in_range(set_cnt[bit], SAMPLE_CNT / 2 - 192, SAMPLE_CNT / 2 + 192);
	ecdsa_deinit(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool_of_nothing),
		cmocka_unit_test(pool_wipes_what_is_taken),
		cmocka_unit_test(pool_does_not_survive_fork),
		cmocka_unit_test(pool_is_kept_apart),
		cmocka_unit_test(signs_with_pairs_of_any_key),
		cmocka_unit_test(child_makes_its_own),
		cmocka_unit_test(never_uses_a_pair_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
