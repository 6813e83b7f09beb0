/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keeper with its threads, files, database and published images, on a clock of the test's own.
 * No event loop: the test waits for the pools and collects what they have done.
 */
#include "control/daemon/keeper.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/compile/live.h"
#include "control/daemon/log.h"
#include "control/daemon/pool.h"
#include "control/store/schema.h"
#include "zonedb/settings.h"

#define WEEK_S 604800U

static const uint8_t a_apex[32] = "\1a\7example";
static const uint8_t b_apex[32] = "\1b\7example";

static const char soa[] = "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
static const char two_zones[] = "zone a.example { type primary; file \"a\"; };\n"
				"zone b.example { type primary; file \"b\"; };\n";
static const char key[] = "Private-key-format: v1.2\nAlgorithm: 15 (ED25519)\n"
			  "PrivateKey: ODIyNjAzODQ2MjgwODAxMjI2NDUxOTAyMDQxNDIyNjI=\n";

static uint64_t clock_s;

static uint64_t now_s(void)
{
	return __atomic_load_n(&clock_s, __ATOMIC_RELAXED);
}

/* Who is to sign live zones, as far as the keeper sees. The jobs that call it have ended when the
 * test looks. */
struct signer {
	int verdict; /* of hand() */
	unsigned hand_cnt;
	unsigned forget_cnt;
	uint64_t live_id[2]; /* of the last set */
	uint64_t served[2];  /* of the image a.example had then */
	unsigned key_cnt;
	bool has_secret;
};

struct fixture {
	char dir[64];
	struct settings settings;
	struct databases databases;
	struct publisher *publisher;
	struct worker look_worker;
	struct worker compile_worker[2];
	struct keeper keeper;
	struct request request;
	bool done;
	char error[512];
	struct signer signer;
	struct live_keys live_keys;
};

/* ---- files --------------------------------------------------------------------------------- */

static const char *path_of(const struct fixture *f, const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *dst = path[next++ % 4];
	snprintf(dst, sizeof(path[0]), "%s/%s", f->dir, name);
	return dst;
}

/* Replaces the file: a new inode, whatever the clock of the file system. */
static void write_file(
	const struct fixture *f, const char *name, const char *text, const char *more)
{
	FILE *file = fopen(path_of(f, "new"), "w");
	assert_non_null(file);
	assert_true(fprintf(file, "%s%s", text, more) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(path_of(f, "new"), path_of(f, name)), 0);
}

static void add_key(const struct fixture *f)
{
	char err[STORE_ERR_LEN];
	struct store *store = store_open_file(f->settings.bind_dnssec_db, STORE_WRITE, err);
	struct store_key row = {
		.flags = 257, .active = true, .published = true, .content = (char *)key};
	uint64_t id;
	assert_non_null(store);
	assert_int_equal(store_key_add(store, "a.example", &row, &id), 0);
	store_close(store);
}

/* ---- control's life ------------------------------------------------------------------------ */

static void start(struct fixture *f)
{
	struct publish_options opt = {.dir = path_of(f, "memory"),
		.size_max = 64 << 20,
		.reader_uid = (uint32_t)-1,
		.reader_gid = (uint32_t)-1};
	struct publish_attach found;
	char err[256];
	struct publish_writer *writer = publish_writer_new(&opt, &found, err);
	assert_non_null(writer);
	f->publisher = publisher_new(writer);
	assert_int_equal(databases_from_settings(&f->databases, &f->settings, err), 0);
	f->look_worker.databases = &f->databases;
	f->compile_worker[0].databases = f->compile_worker[1].databases = &f->databases;
	f->keeper = (struct keeper){.settings = &f->settings,
		.databases = &f->databases,
		.publisher = f->publisher,
		.live_keys = &f->live_keys,
		.core_cnt = 2,
		.now_s = now_s,
		.look_pool = pool_new("look", 1, &f->look_worker, 0),
		.compile_pool =
			pool_new("compile", 2, f->compile_worker, sizeof(f->compile_worker[0]))};
	assert_non_null(f->keeper.look_pool);
	assert_non_null(f->keeper.compile_pool);
}

/* Takes what the pools have done; waits for them to do something. */
static void collect(struct fixture *f)
{
	struct pollfd fds[] = {{pool_fd(f->keeper.look_pool), POLLIN, 0},
		{pool_fd(f->keeper.compile_pool), POLLIN, 0}};
	assert_true(poll(fds, 2, 60000) > 0);
	pool_collect(f->keeper.look_pool);
	pool_collect(f->keeper.compile_pool);
}

static void stop(struct fixture *f)
{
	while (pool_outstanding(f->keeper.look_pool) + pool_outstanding(f->keeper.compile_pool) > 0)
		collect(f);
	pool_free(f->keeper.look_pool);
	pool_free(f->keeper.compile_pool);
	worker_reset(&f->look_worker);
	worker_reset(&f->compile_worker[0]);
	worker_reset(&f->compile_worker[1]);
	f->look_worker = (struct worker){0};
	keeper_deinit(&f->keeper);
	report_deinit(&f->keeper.first_request.report);
	f->publisher = publisher_free(f->publisher);
}

static void set(struct fixture *f, const char *name, const char *value)
{
	char text[256], err[512];
	snprintf(text, sizeof(text), "%s=%s", name, value);
	assert_int_equal(settings_set(&f->settings, text, err), 0);
}

static struct publisher_image published(struct fixture *f, const uint8_t *apex);

static int hand(void *ctx, const struct live_key_set *given, char err[static 256])
{
	struct fixture *f = ctx;
	struct signer *signer = &f->signer;
	signer->hand_cnt++;
	memcpy(signer->live_id, given->live_id, sizeof(signer->live_id));
	memcpy(signer->served, published(f, given->apex).live_id, sizeof(signer->served));
	signer->key_cnt = given->keys->key_cnt;
	signer->has_secret = given->keys->key[0].pkey != NULL;
	snprintf(err, 256, "not today");
	return signer->verdict;
}

static void forget(void *ctx, const uint8_t *apex)
{
	struct fixture *f = ctx;
	assert_memory_equal(apex, a_apex, sizeof("\1a\7example"));
	f->signer.forget_cnt++;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char err[512];
	strcpy(f->dir, "/tmp/ensign-test-keeper-XXXXXX");
	if (mkdtemp(f->dir) == NULL || settings_read(&f->settings, NULL, err) < 0 ||
		settings_set(&f->settings, "signing-policy=eager", err) < 0)
		return -1;
	log_init(0);
	set(f, "bind-config", path_of(f, "named.conf"));
	set(f, "bind-dnssec-db", path_of(f, "keys.sqlite"));
	set(f, "bind-check-interval", "1");
	clock_s = 2000 * WEEK_S + 1000;
	if (store_create(f->settings.bind_dnssec_db, err) < 0)
		return -1;
	write_file(f, "named.conf", two_zones, "");
	write_file(f, "a", soa, "");
	write_file(f, "b", soa, "");
	f->live_keys = (struct live_keys){hand, forget, f};
	start(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	stop(f);
	settings_deinit(&f->settings);
	snprintf(command, sizeof(command), "rm -r %s", f->dir);
	int r = system(command);
	free(f);
	return r;
}

/* ---- waiting ------------------------------------------------------------------------------- */

static void request_done(struct request *request)
{
	struct fixture *f = (struct fixture *)((char *)request - offsetof(struct fixture, request));
	f->done = true;
	snprintf(f->error, sizeof(f->error), "%s", report_first_error(&request->report));
	report_deinit(&request->report);
}

static void ask(struct fixture *f, const uint8_t *apex, bool forced)
{
	f->request = (struct request){.apex = apex, .forced = forced, .done = request_done};
	f->done = false;
	keeper_request(&f->keeper, &f->request);
	while (!f->done)
		collect(f);
}

static void assert_outcome(const struct fixture *f, unsigned compiled, unsigned unchanged,
	unsigned failed, unsigned removed)
{
	assert_int_equal(f->request.compiled_cnt, compiled);
	assert_int_equal(f->request.unchanged_cnt, unchanged);
	assert_int_equal(f->request.failed_cnt, failed);
	assert_int_equal(f->request.removed_cnt, removed);
}

static void bring_up(struct fixture *f)
{
	keeper_start(&f->keeper);
	while (!f->keeper.running)
		collect(f);
}

static void restart(struct fixture *f)
{
	stop(f);
	start(f);
	bring_up(f);
}

/* Ticks, with the next poll and sweep due at once, until the zone has been compiled again. */
static void tick_until_compiled(struct fixture *f)
{
	uint64_t before = f->keeper.stats.compiled;
	while (f->keeper.stats.compiled == before) {
		f->keeper.polled_ms = f->keeper.swept_ms = 0;
		keeper_tick(&f->keeper);
		collect(f);
	}
}

/* ---- what is published ---------------------------------------------------------------------- */

struct search {
	const uint8_t *apex;
	struct publisher_image found;
};

static int match(void *ctx, const uint8_t *apex, const struct publisher_image *published)
{
	struct search *search = ctx;
	if (memcmp(apex, search->apex, 11) == 0)
		search->found = *published;
	return 0;
}

static struct publisher_image published(struct fixture *f, const uint8_t *apex)
{
	struct search search = {.apex = apex};
	publisher_each(f->publisher, match, &search);
	return search.found;
}

/* ---- refused ------------------------------------------------------------------------------- */

static void test_missing_config(void **state)
{
	struct fixture *f = *state;
	unlink(path_of(f, "named.conf"));
	ask(f, NULL, false);
	assert_true(f->request.config_failed);
	assert_non_null(strstr(f->error, "named.conf: No such file or directory"));
	assert_string_equal(f->keeper.config_error, f->error);
}

static void test_bad_config_changes_nothing(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	write_file(f, "named.conf", "zone a.example {", "");
	ask(f, NULL, false);
	assert_true(f->request.config_failed);
	assert_int_equal(f->keeper.registry.published_cnt, 2);
	assert_true(published(f, b_apex).size > 0);
	write_file(f, "named.conf", two_zones, "");
	ask(f, NULL, false);
	assert_outcome(f, 0, 2, 0, 0);
	assert_null(f->keeper.config_error);
}

static void test_bad_zone_is_not_served(void **state)
{
	struct fixture *f = *state;
	write_file(f, "a", soa, "x A y\n");
	ask(f, NULL, false);
	assert_outcome(f, 1, 0, 1, 0);
	assert_non_null(strstr(f->error, "/a:5: "));
	assert_int_equal(published(f, a_apex).size, 0);
	write_file(f, "a", soa, "x A 192.0.2.2\n");
	ask(f, a_apex, false);
	assert_outcome(f, 1, 0, 0, 0);
	assert_true(published(f, a_apex).size > 0);
}

static void test_bad_zone_keeps_the_old(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	struct publisher_image before = published(f, a_apex);
	write_file(f, "a", "$TTL 60\n@ NS ns\n", "");
	ask(f, a_apex, false);
	assert_outcome(f, 0, 0, 1, 0);
	struct publisher_image after = published(f, a_apex);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_non_null(registry_find(&f->keeper.registry, a_apex)->error);
	restart(f); /* and across a restart */
	after = published(f, a_apex);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void test_missing_zone_file(void **state)
{
	struct fixture *f = *state;
	unlink(path_of(f, "a"));
	bring_up(f);
	assert_int_equal(published(f, a_apex).size, 0);
	write_file(f, "a", soa, "");
	tick_until_compiled(f);
	assert_true(published(f, a_apex).size > 0);
}

static void test_unknown_zone(void **state)
{
	struct fixture *f = *state;
	static const uint8_t c_apex[32] = "\1c\7example";
	ask(f, c_apex, false);
	assert_true(f->request.unknown_zone);
}

static void test_bad_key(void **state)
{
	struct fixture *f = *state;
	char err[STORE_ERR_LEN];
	bring_up(f);
	struct store *store = store_open_file(f->settings.bind_dnssec_db, STORE_WRITE, err);
	struct store_key row = {.flags = 257, .active = true, .content = (char *)"Algorithm: 15\n"};
	uint64_t id;
	assert_int_equal(store_key_add(store, "a.example", &row, &id), 0);
	store_close(store);
	ask(f, a_apex, false);
	assert_outcome(f, 0, 0, 1, 0);
	assert_true(published(f, a_apex).size > 0);
}

/* ---- served -------------------------------------------------------------------------------- */

static void test_unchanged(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	assert_int_equal(f->keeper.registry.published_cnt, 2);
	clock_s += WEEK_S;
	ask(f, NULL, false);
	assert_outcome(f, 0, 2, 0, 0);
	ask(f, a_apex, true);
	assert_outcome(f, 1, 0, 0, 0);
	assert_int_equal(published(f, a_apex).made_at_s, clock_s);
}

static void test_restart_compiles_nothing(void **state)
{
	struct fixture *f = *state;
	write_file(f, "a", soa, "$INCLUDE more\n");
	write_file(f, "more", "x A 192.0.2.3\n", "");
	bring_up(f);
	assert_int_equal(f->keeper.stats.compiled, 2);
	clock_s++;
	restart(f);
	assert_int_equal(f->keeper.stats.compiled, 0);
	assert_int_equal(f->keeper.registry.published_cnt, 2);
	write_file(f, "more", "x A 192.0.2.4\n", "");
	restart(f);
	assert_int_equal(f->keeper.stats.compiled, 1);
	assert_int_equal(published(f, a_apex).made_at_s, clock_s);
}

static void test_removed_zone(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	write_file(f, "named.conf", "zone b.example { type primary; file \"b\"; };", "");
	ask(f, NULL, false);
	assert_outcome(f, 0, 1, 0, 1);
	ask(f, NULL, false); /* its look comes after the removal */
	assert_int_equal(published(f, a_apex).size, 0);
	assert_true(published(f, b_apex).size > 0);
}

static void test_removed_while_down(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	write_file(f, "named.conf", "zone b.example { type slave; file \"b\"; };", "");
	restart(f);
	ask(f, NULL, false);
	assert_int_equal(published(f, a_apex).size, 0);
	assert_int_equal(published(f, b_apex).size, 0);
}

static void test_file_renamed_in_config(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	write_file(f, "c", soa, "x A 192.0.2.2\n");
	write_file(f, "named.conf", "zone a.example { file \"c\"; };", "");
	uint64_t before = published(f, a_apex).size;
	ask(f, a_apex, false);
	assert_outcome(f, 1, 0, 0, 1);
	assert_true(published(f, a_apex).size > before);
}

/* ---- noticed ------------------------------------------------------------------------------- */

static void test_new_key_is_noticed(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	assert_int_equal(published(f, a_apex).flags & IMAGE_SIGNED, 0);
	add_key(f);
	tick_until_compiled(f);
	assert_int_equal(published(f, a_apex).flags & IMAGE_SIGNED, IMAGE_SIGNED);
	assert_int_equal(f->keeper.stats.compiled, 3); /* b is left alone */
}

static void test_signed_again_when_the_window_moves(void **state)
{
	struct fixture *f = *state;
	add_key(f);
	bring_up(f);
	struct publisher_image before = published(f, a_apex);
	assert_int_equal(before.resign_at_s, 2001 * WEEK_S);
	clock_s = 2001 * WEEK_S - 1;
	keeper_tick(&f->keeper);
	ask(f, NULL, false);
	assert_outcome(f, 0, 2, 0, 0);
	clock_s = 2001 * WEEK_S;
	f->settings.bind_check_interval = 0; /* by the clock alone */
	keeper_tick(&f->keeper);
	while (f->keeper.stats.compiled < 3)
		collect(f);
	assert_int_equal(published(f, a_apex).made_at_s, clock_s);
	assert_int_equal(published(f, a_apex).resign_at_s, 2002 * WEEK_S);
}

static void test_sweep_waits_until_a_file_rests(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	write_file(f, "a", soa, "x A 192.0.2.2\n");
	f->keeper.swept_ms = 0;
	f->databases.place[DATABASE_BIND] = NULL; /* sweeps only */
	keeper_tick(&f->keeper);
	while (f->keeper.sweeping)
		collect(f);
	assert_int_equal(registry_find(&f->keeper.registry, a_apex)->state, ZONE_IDLE);
	tick_until_compiled(f);
	assert_int_equal(f->keeper.stats.compiled, 3);
}

static void test_sweep_finds_a_changed_config(void **state)
{
	struct fixture *f = *state;
	bring_up(f);
	write_file(f, "c", soa, "");
	write_file(f, "named.conf", two_zones, "zone c.example { file \"c\"; };");
	tick_until_compiled(f);
	assert_int_equal(f->keeper.registry.published_cnt, 3);
}

static void test_told_of_a_file(void **state)
{
	struct fixture *f = *state;
	write_file(f, "a", soa, "$INCLUDE more\n");
	write_file(f, "more", "x A 192.0.2.3\n", "");
	bring_up(f);
	write_file(f, "more", "x A 192.0.2.4\n", "");
	keeper_file_changed(&f->keeper, path_of(f, "nothing"));
	keeper_file_changed(&f->keeper, path_of(f, "more"));
	while (f->keeper.stats.compiled < 3)
		collect(f);
	assert_int_equal(f->keeper.stats.looks, 1);
}

/* ---- keys of live zones --------------------------------------------------------------------- */

static void set_meta(const struct fixture *f, const char *kind, const char *value)
{
	char err[STORE_ERR_LEN];
	struct store *store = store_open_file(f->settings.bind_dnssec_db, STORE_WRITE, err);
	assert_non_null(store);
	assert_int_equal(store_meta_set(store, "a.example", kind, &value, 1), 0);
	store_close(store);
}

static void make_live(struct fixture *f)
{
	add_key(f);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
}

static void assert_handed(const struct fixture *f, unsigned hand_cnt)
{
	assert_int_equal(f->signer.hand_cnt, hand_cnt);
}

static void test_refused_keys_keep_the_zone_out(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	f->signer.verdict = -1;
	bring_up(f);
	assert_int_equal(published(f, a_apex).size, 0);
	ask(f, a_apex, false);
	assert_non_null(strstr(f->error, "signer: not today"));
	f->signer.verdict = 0;
	ask(f, a_apex, false);
	assert_int_equal(published(f, a_apex).flags, IMAGE_LIVE | IMAGE_NSEC);
}

static void test_no_signer_keeps_no_zone_out(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	f->signer.verdict = 1;
	bring_up(f);
	assert_int_equal(published(f, a_apex).flags, IMAGE_LIVE | IMAGE_NSEC);
	assert_handed(f, 1);
	f->signer.verdict = 0; /* it has come up */
	keeper_keys_lost(&f->keeper);
	ask(f, a_apex, false);
	assert_outcome(f, 0, 1, 0, 0);
	assert_handed(f, 2);
}

/* The signer comes up after the zone's keys were to be handed over, before it is known to be
 * served: it is not forgotten. */
static void test_signer_that_comes_while_compiling(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	f->signer.verdict = 1;
	keeper_start(&f->keeper);
	while (__atomic_load_n(&f->signer.hand_cnt, __ATOMIC_RELAXED) == 0) {
		pool_collect(f->keeper.look_pool); /* not what the compilation has done */
		usleep(100);
	}
	__atomic_store_n(&f->signer.verdict, 0, __ATOMIC_RELAXED);
	keeper_keys_lost(&f->keeper);
	while (!f->keeper.running || f->signer.hand_cnt < 2)
		collect(f);
	while (keeper_lacks_keys(&f->keeper, registry_find(&f->keeper.registry, a_apex)))
		collect(f);
}

/* A signer that was too slow to take them is asked again. */
static void test_keys_not_taken_are_tried_again(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	f->signer.verdict = 1;
	bring_up(f);
	struct zone_entry *entry = registry_find(&f->keeper.registry, a_apex);
	assert_true(keeper_lacks_keys(&f->keeper, entry));
	f->signer.verdict = 0;
	f->settings.bind_check_interval = 0; /* by the clock alone */
	clock_s += KEEPER_RETRY_S;
	keeper_tick(&f->keeper);
	while (keeper_lacks_keys(&f->keeper, entry))
		collect(f);
	assert_handed(f, 2);
	assert_int_equal(f->keeper.stats.compiled, 2);
}

static void test_keys_come_before_the_image(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	bring_up(f);
	assert_handed(f, 1); /* b is unsigned */
	assert_int_equal(f->signer.served[0] | f->signer.served[1], 0);
	assert_memory_equal(f->signer.live_id, published(f, a_apex).live_id, 16);
	assert_int_equal(f->signer.key_cnt, 1);
	assert_true(f->signer.has_secret);
	assert_int_equal(published(f, a_apex).resign_at_s, 0);
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	ask(f, a_apex, false);
	assert_handed(f, 2);
	assert_memory_not_equal(f->signer.served, f->signer.live_id, 16);
	assert_memory_equal(f->signer.live_id, published(f, a_apex).live_id, 16);
	/* nothing is due, nothing is handed over again */
	ask(f, NULL, false);
	assert_outcome(f, 0, 2, 0, 0);
	assert_handed(f, 2);
}

static void test_lost_keys_are_handed_over_again(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	bring_up(f);
	keeper_keys_lost(&f->keeper);
	ask(f, a_apex, false);
	assert_handed(f, 2);
	restart(f);
	assert_handed(f, 3);
	assert_int_equal(f->keeper.stats.compiled, 0);
	assert_memory_equal(f->signer.live_id, published(f, a_apex).live_id, 16);
}

/* A key the image does not show may not sign for it. */
static void test_new_keys_wait_for_their_image(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	bring_up(f);
	add_key(f);
	set_meta(f, "NSEC3PARAM", "1 0 0 -");
	keeper_keys_lost(&f->keeper);
	ask(f, a_apex, false);
	assert_handed(f, 2); /* by the compilation, not by the look before it */
	assert_int_equal(f->signer.key_cnt, 2);
}

static void test_keys_are_taken_back(void **state)
{
	struct fixture *f = *state;
	make_live(f);
	bring_up(f);
	set_meta(f, "X-ENSIGN-SIGNING", "eager");
	ask(f, a_apex, false);
	assert_int_equal(published(f, a_apex).flags, IMAGE_SIGNED | IMAGE_NSEC);
	assert_int_equal(f->signer.forget_cnt, 1);
	set_meta(f, "X-ENSIGN-SIGNING", "live");
	ask(f, a_apex, false);
	write_file(f, "named.conf", "zone b.example { type primary; file \"b\"; };", "");
	ask(f, NULL, false);
	assert_int_equal(f->signer.forget_cnt, 2);
	assert_handed(f, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_missing_config),
		TEST(test_bad_config_changes_nothing),
		TEST(test_bad_zone_is_not_served),
		TEST(test_bad_zone_keeps_the_old),
		TEST(test_missing_zone_file),
		TEST(test_unknown_zone),
		TEST(test_bad_key),
		TEST(test_unchanged),
		TEST(test_restart_compiles_nothing),
		TEST(test_removed_zone),
		TEST(test_removed_while_down),
		TEST(test_file_renamed_in_config),
		TEST(test_new_key_is_noticed),
		TEST(test_signed_again_when_the_window_moves),
		TEST(test_sweep_waits_until_a_file_rests),
		TEST(test_sweep_finds_a_changed_config),
		TEST(test_told_of_a_file),
		TEST(test_refused_keys_keep_the_zone_out),
		TEST(test_no_signer_keeps_no_zone_out),
		TEST(test_signer_that_comes_while_compiling),
		TEST(test_keys_not_taken_are_tried_again),
		TEST(test_keys_come_before_the_image),
		TEST(test_lost_keys_are_handed_over_again),
		TEST(test_new_keys_wait_for_their_image),
		TEST(test_keys_are_taken_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
