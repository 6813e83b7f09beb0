/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * arena against an oracle: a plain array that says for each unit who has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "zonedb/arena.h"

#define PAGE   (UINT64_C(2) << 20)
#define PAGES  16U
#define LEN    (PAGES * PAGE)
#define UNITS  (LEN / ARENA_UNIT)
#define PIECES 600U

struct fixture {
	struct arena arena;
	uint8_t *base;
	int fd;
};

static void fixture_begin(struct fixture *f)
{
	f->fd = memfd_create("arena", MFD_CLOEXEC);
	assert_true(f->fd >= 0);
	assert_int_equal(ftruncate(f->fd, (off_t)LEN), 0);
	f->base = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, f->fd, 0);
	assert_ptr_not_equal(f->base, MAP_FAILED);
	assert_int_equal(arena_init(&f->arena, f->fd, f->base, LEN, PAGE), 0);
}

static void fixture_end(struct fixture *f)
{
	arena_deinit(&f->arena);
	munmap(f->base, LEN);
	close(f->fd);
}

/* Octets of memory behind the file. */
static uint64_t file_memory(const struct fixture *f)
{
	struct stat st;
	assert_int_equal(fstat(f->fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

/* ---- negative ------------------------------------------------------------------------------ */

static void refuses_what_does_not_fit(void **state)
{
	struct fixture f;
	fixture_begin(&f);
	assert_true(arena_alloc(&f.arena, 0) == ARENA_NONE);
	assert_true(arena_alloc(&f.arena, LEN + 1) == ARENA_NONE);
	assert_true(arena_alloc(&f.arena, UINT64_MAX) == ARENA_NONE);
	assert_int_equal(arena_alloc(&f.arena, LEN), 0);
	errno = 0;
	assert_true(arena_alloc(&f.arena, 1) == ARENA_NONE);
	assert_int_equal(errno, ENOMEM);
	assert_int_equal(f.arena.used_len, LEN);
	fixture_end(&f);
}

static void assert_claim_fails(struct fixture *f, uint64_t off, uint64_t len, int cause)
{
	errno = 0;
	assert_int_equal(arena_claim(&f->arena, off, len, true), -1);
	assert_int_equal(errno, cause);
}

static void refuses_bad_claims(void **state)
{
	struct fixture f;
	fixture_begin(&f);
	assert_claim_fails(&f, 1, ARENA_UNIT, EINVAL);
	assert_claim_fails(&f, 0, 1, EINVAL);
	assert_claim_fails(&f, 0, 0, EINVAL);
	assert_claim_fails(&f, LEN, ARENA_UNIT, EINVAL);
	assert_claim_fails(&f, ARENA_UNIT, LEN, EINVAL);
	assert_claim_fails(&f, UINT64_MAX - ARENA_UNIT + 1, ARENA_UNIT, EINVAL);
	assert_int_equal(arena_claim(&f.arena, 4 * ARENA_UNIT, 4 * ARENA_UNIT, true), 0);
	assert_claim_fails(&f, 4 * ARENA_UNIT, 4 * ARENA_UNIT, EEXIST);
	assert_claim_fails(&f, 3 * ARENA_UNIT, 2 * ARENA_UNIT, EEXIST);
	assert_claim_fails(&f, 7 * ARENA_UNIT, 2 * ARENA_UNIT, EEXIST);
	assert_claim_fails(&f, 0, 64 * ARENA_UNIT, EEXIST);
	assert_int_equal(f.arena.used_len, 4 * ARENA_UNIT);
	fixture_end(&f);
}

/* In a mount namespace of its own, with a file system of 4 pages: fills 6. */
static int lack_of_memory_child(const char *dir)
{
	if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, "") ||
		mount("arena", dir, "tmpfs", 0, "size=8m,huge=never"))
		return 77;
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
	struct fixture f = {.fd = openat(dir_fd, "file", O_RDWR | O_CREAT, 0600)};
	if (f.fd < 0 || ftruncate(f.fd, (off_t)LEN))
		return 2;
	f.base = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, f.fd, 0);
	if (f.base == MAP_FAILED || arena_init(&f.arena, f.fd, f.base, LEN, PAGE))
		return 3;
	uint64_t kept = arena_alloc(&f.arena, PAGE);
	errno = 0;
	if (arena_alloc(&f.arena, 6 * PAGE) != ARENA_NONE || errno != ENOMEM)
		return 4;
	if (file_memory(&f) != PAGE || f.arena.used_len != PAGE)
		return 5; /* what the failed one had got was not given back */
	if (arena_alloc(&f.arena, 3 * PAGE) == ARENA_NONE)
		return 6;
	memset(f.base + kept, 1, PAGE); /* there for sure */
	fixture_end(&f);
	return 0;
}

static void lack_of_memory_is_an_error(void **state)
{
	char dir[] = "/tmp/ensign-test-arena-XXXXXX";
	assert_non_null(mkdtemp(dir));
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(lack_of_memory_child(dir));
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(dir), 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* may not mount here */
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- behaviour ----------------------------------------------------------------------------- */

static void takes_the_best_fit(void **state)
{
	struct fixture f;
	fixture_begin(&f);
	uint64_t at[6];
	static const unsigned units[6] = {5, 1, 2, 1, 3, 1};
	for (unsigned i = 0; i < 6; i++)
		at[i] = arena_alloc(&f.arena, units[i] * ARENA_UNIT);
	for (unsigned i = 0; i < 6; i += 2)
		arena_free(&f.arena, at[i], units[i] * ARENA_UNIT);
	assert_int_equal(arena_alloc(&f.arena, 3 * ARENA_UNIT), at[4]);
	assert_int_equal(arena_alloc(&f.arena, ARENA_UNIT + 1), at[2]); /* rounds up to 2 */
	assert_int_equal(arena_alloc(&f.arena, ARENA_UNIT), at[0]);
	fixture_end(&f);
}

static void merges_neighbours(void **state)
{
	struct fixture f;
	fixture_begin(&f);
	uint64_t at[3], off, len;
	for (unsigned i = 0; i < 3; i++)
		at[i] = arena_alloc(&f.arena, PAGE);
	arena_free(&f.arena, at[0], PAGE);
	arena_free(&f.arena, at[2], PAGE);
	arena_free(&f.arena, at[1], PAGE);
	assert_int_equal(arena_next_free(&f.arena, 0, &off, &len), 0);
	assert_int_equal(off, 0);
	assert_int_equal(len, LEN);
	assert_int_equal(arena_next_free(&f.arena, LEN, &off, &len), 1);
	assert_int_equal(f.arena.used_len, 0);
	fixture_end(&f);
}

static void gives_free_pages_back(void **state)
{
	struct fixture f;
	fixture_begin(&f);
	uint64_t at = arena_alloc(&f.arena, 10 * PAGE);
	memset(f.base + at, 1, 10 * PAGE);
	assert_int_equal(file_memory(&f), 10 * PAGE);
	arena_free(&f.arena, at, 10 * PAGE);
	assert_int_equal(file_memory(&f), ARENA_IDLE_PAGES * PAGE);
	/* taken and given in turns, the idle pages are neither lost nor counted twice */
	for (unsigned i = 0; i < 10; i++) {
		at = arena_alloc(&f.arena, 2 * PAGE + 1);
		arena_free(&f.arena, at, 2 * PAGE + 1);
		assert_int_equal(f.arena.idle_cnt, ARENA_IDLE_PAGES);
	}
	assert_int_equal(file_memory(&f), ARENA_IDLE_PAGES * PAGE);
	fixture_end(&f);
}

/* Space of unknown contents, as a writer that takes over claims it. */
static void punches_unknown_pages(void **state)
{
	struct fixture f;
	fixture_begin(&f);
	assert_int_equal(fallocate(f.fd, 0, 0, (off_t)(4 * PAGE)), 0);
	memset(f.base, 1, 4 * PAGE);
	assert_int_equal(arena_claim(&f.arena, PAGE, ARENA_UNIT, true), 0);
	assert_int_equal(arena_claim(&f.arena, 0, PAGE, false), 0);
	assert_int_equal(arena_claim(&f.arena, PAGE + ARENA_UNIT, 3 * PAGE - ARENA_UNIT, false), 0);
	arena_free(&f.arena, 0, PAGE);
	arena_free(&f.arena, PAGE + ARENA_UNIT, 3 * PAGE - ARENA_UNIT);
	assert_int_equal(file_memory(&f), PAGE); /* the one with a unit in use */
	assert_int_equal(f.base[PAGE], 1);
	assert_int_equal(f.arena.idle_cnt, 0);
	fixture_end(&f);
}

/* ---- oracle -------------------------------------------------------------------------------- */

struct piece {
	uint64_t off;
	uint64_t len;
	uint8_t mark;
};

struct oracle {
	struct fixture f;
	struct piece piece[PIECES];
	bool used[UNITS];
	uint64_t used_cnt;
	unsigned refused_cnt;
	uint64_t random;
};

static uint64_t next_random(struct oracle *o)
{
	o->random ^= o->random << 13; /* xorshift64 */
	o->random ^= o->random >> 7;
	o->random ^= o->random << 17;
	return o->random;
}

static bool all_are(const uint8_t *at, uint8_t value, uint64_t len)
{
	return !len || (at[0] == value && !memcmp(at, at + 1, len - 1));
}

static void oracle_take(struct oracle *o, struct piece *p)
{
	for (uint64_t unit = 0; unit < arena_round(p->len) / ARENA_UNIT; unit++) {
		bool *used = &o->used[p->off / ARENA_UNIT + unit];
		assert_false(*used);
		*used = true;
		o->used_cnt++;
	}
	assert_true(all_are(o->f.base + p->off, 0, arena_round(p->len)));
	memset(o->f.base + p->off, p->mark, arena_round(p->len));
}

static void oracle_give(struct oracle *o, struct piece *p)
{
	assert_true(all_are(o->f.base + p->off, p->mark, arena_round(p->len)));
	for (uint64_t unit = 0; unit < arena_round(p->len) / ARENA_UNIT; unit++)
		o->used[p->off / ARENA_UNIT + unit] = false;
	o->used_cnt -= arena_round(p->len) / ARENA_UNIT;
	arena_free(&o->f.arena, p->off, p->len);
	p->len = 0;
}

/* True if the oracle knows a free run of len octets. */
static bool oracle_fits(const struct oracle *o, uint64_t len)
{
	uint64_t run = 0;
	for (uint64_t unit = 0; unit < UNITS && run * ARENA_UNIT < len; unit++)
		run = o->used[unit] ? 0 : run + 1;
	return run * ARENA_UNIT >= len;
}

static void oracle_step(struct oracle *o)
{
	struct piece *p = &o->piece[next_random(o) % PIECES];
	if (p->len) {
		oracle_give(o, p);
		return;
	}
	/* from one octet to a page and a half, small ones more often */
	uint64_t len = 1 + next_random(o) % (PAGE * 3 / 2 >> next_random(o) % 20);
	p->off = arena_alloc(&o->f.arena, len);
	if (p->off == ARENA_NONE) {
		assert_false(oracle_fits(o, len));
		o->refused_cnt++;
		return;
	}
	p->len = len;
	p->mark = (uint8_t)(1 + next_random(o) % 255);
	oracle_take(o, p);
}

/* The free runs of both are the same. */
static void oracle_compare(const struct oracle *o)
{
	uint64_t off, len, at = 0;
	while (!arena_next_free(&o->f.arena, at * ARENA_UNIT, &off, &len)) {
		for (; at < off / ARENA_UNIT; at++)
			assert_true(o->used[at]);
		for (; at < (off + len) / ARENA_UNIT; at++)
			assert_false(o->used[at]);
		assert_true(at == UNITS || o->used[at]); /* neighbours are merged */
	}
	for (; at < UNITS; at++)
		assert_true(o->used[at]);
	assert_int_equal(o->f.arena.used_len, o->used_cnt * ARENA_UNIT);
}

static void agrees_with_the_oracle(void **state)
{
	struct oracle *o = calloc(1, sizeof(*o));
	assert_non_null(o);
	o->random = 88172645463325252U;
	fixture_begin(&o->f);
	for (unsigned step = 0; step < 6000; step++) {
		oracle_step(o);
		if (step % 500 == 0)
			oracle_compare(o);
	}
	assert_true(o->refused_cnt > 0); /* it was full at times */
	for (unsigned i = 0; i < PIECES; i++)
		if (o->piece[i].len)
			oracle_give(o, &o->piece[i]);
	oracle_compare(o);
	assert_int_equal(file_memory(&o->f), o->f.arena.idle_cnt * PAGE);
	assert_true(o->f.arena.idle_cnt <= ARENA_IDLE_PAGES);
	fixture_end(&o->f);
	free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(refuses_bad_claims),
		cmocka_unit_test(lack_of_memory_is_an_error),
		cmocka_unit_test(takes_the_best_fit),
		cmocka_unit_test(merges_neighbours),
		cmocka_unit_test(gives_free_pages_back),
		cmocka_unit_test(punches_unknown_pages),
		cmocka_unit_test(agrees_with_the_oracle),
	};
	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
