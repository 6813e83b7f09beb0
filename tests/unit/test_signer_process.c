/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The signer as a process: started by the spawner, given keys over the link, asked through the
 * rings; killed, and started again; left over from a control that died. This program plays ensignd,
 * also in the role of the signer.
 */
#include "control/signer/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/daemon/log.h"
#include "control/daemon/loop.h"
#include "control/signer/spawner.h"
#include "tests/unit/signer_fixture.h"
#include "zonedb/rrtype.h"
#include "zonedb/settings.h"

#define TEXT "@ 3600 SOA a b 1 7200 3600 1209600 300\n@ 3600 NS a\nwww 60 A 192.0.2.7\n"

/* ---- control -----------------------------------------------------------------------------------
 */

static struct signer_fixture fixture; /* its own signer is not used */

struct control {
	struct settings settings;
	struct loop *loop;
	struct signer_link *link;
	unsigned started_cnt;
	unsigned until; /* .started_cnt to run for */
	unsigned done_cnt;
	int result; /* of the last order */
	uint64_t give_up_ms;
};

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void started(void *ctx)
{
	struct control *c = ctx;
	if (++c->started_cnt == c->until)
		loop_stop(c->loop);
}

static void order_done(void *ctx, int result, const char *fault)
{
	struct control *c = ctx;
	c->done_cnt++;
	c->result = result;
	if (fault != NULL)
		print_message("%s\n", fault);
	loop_stop(c->loop);
}

static void tick(void *ctx)
{
	struct control *c = ctx;
	signer_link_tick(c->link);
	if (now_ms() > c->give_up_ms)
		loop_stop(c->loop);
}

/* Runs the loop until something stops it. */
static void run(struct control *c)
{
	c->give_up_ms = now_ms() + 20000;
	assert_int_equal(loop_run(c->loop, 20, tick, c), 0);
	assert_true(now_ms() <= c->give_up_ms);
}

static void run_until_started(struct control *c, unsigned cnt)
{
	c->until = cnt;
	while (c->started_cnt < cnt)
		run(c);
}

static void control_begin(struct control *c)
{
	char err[512], assignment[256];
	*c = (struct control){.loop = loop_new()};
	assert_int_equal(settings_read(&c->settings, NULL, err), 0);
	snprintf(assignment, sizeof(assignment), "zone-memory-dir=%s", fixture.publish.dir);
	assert_int_equal(settings_set(&c->settings, assignment, err), 0);
	assert_int_equal(settings_set(&c->settings, "signer-pool-size=16", err), 0);
	assert_int_equal(settings_set(&c->settings, "loglevel=2", err), 0);
	const struct signer_link_options opt = {
		.loop = c->loop,
		.spawner_fd = signer_spawner_start(&c->settings, fixture.rings_fd),
		.started = started,
		.ctx = c,
	};
	assert_true(opt.spawner_fd >= 0);
	c->link = signer_link_new(&opt);
	assert_non_null(c->link);
}

static void control_end(struct control *c)
{
	c->link = signer_link_free(c->link);
	loop_free(c->loop);
	settings_deinit(&c->settings);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void zone_begin(unsigned algorithm)
{
	dnssec_fixture_generate(&fixture.keys, algorithm, 257);
	signer_fixture_now_s = (uint64_t)time(NULL);
	signer_fixture_begin(&fixture, "example.", TEXT, NULL, DENIAL_NSEC, 0);
}

static struct signer_key_set key_set(void)
{
	return (struct signer_key_set){
		.apex = fixture.live.apex,
		.live_id = {fixture.live.live_id[0], fixture.live.live_id[1]},
		.inception_margin_s = SIGNER_FIXTURE_MARGIN_S,
		.keys = &fixture.keys,
	};
}

static void give_keys(struct control *c)
{
	char err[SIGNER_LINK_ERR_LEN];
	const struct signer_key_set set = key_set();
	unsigned before = c->done_cnt;
	assert_int_equal(signer_link_post(c->link, &set, order_done, c, err), 0);
	while (c->done_cnt == before)
		run(c);
}

/* Through the rings, to whatever process serves them. */
static enum sign_status ask(const char *name, uint16_t type)
{
	uint8_t wire[DNAME_LEN_MAX];
	int len = dname_from_text(wire, name);
	const struct timespec wait = {.tv_nsec = 100000};
	const struct sigring_request req = {
		.ticket = ++fixture.ticket,
		.week = sig_week((uint64_t)time(NULL)),
		.type = type,
		.kind = SIGN_RRSET,
		.apex = fixture.live.apex,
		.apex_len = fixture.live.apex_len,
		.name = wire,
		.name_len = (uint8_t)len,
	};
	assert_int_equal(sigring_client_ask(&fixture.client, &req), 0);
	sigring_client_flush(&fixture.client);
	for (unsigned i = 0; i < 100000; i++) {
		if (sigring_client_next(&fixture.client, &fixture.resp)) {
			sigring_client_flush(&fixture.client);
			assert_int_equal(fixture.resp.ticket, req.ticket);
			return fixture.resp.status;
		}
		nanosleep(&wait, NULL);
	}
	return SIGN_STATUS_CNT;
}

/* A child's descendant: the process that holds the rings' lock. */
static pid_t signer_pid(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	assert_int_equal(fcntl(fixture.rings_fd, F_GETLK, &lock), 0);
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

/* ---- tests -------------------------------------------------------------------------------------
 */

static void signs_for_the_data_plane(void **state)
{
	static const unsigned algorithm[] = {8, 13, 14, 15, 16};
	for (size_t i = 0; i < sizeof(algorithm) / sizeof(algorithm[0]); i++) {
		struct control c;
		zone_begin(algorithm[i]);
		control_begin(&c);
		run_until_started(&c, 1);
		assert_true(signer_link_is_up(c.link));
		assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_STALE_KEYS);
		give_keys(&c);
		assert_int_equal(c.result, 0);
		for (unsigned k = 0; k < 40; k++) /* more than the pool has */
			assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_OK);
		assert_int_equal(ask("cut.example.", RRTYPE_A), SIGN_NO_RECORD);
		signer_link_remove(c.link, fixture.live.apex);
		while (ask("www.example.", RRTYPE_A) == SIGN_OK)
			;
		assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_STALE_KEYS);
		control_end(&c);
		signer_fixture_end(&fixture);
	}
}

static void starts_a_killed_signer_again(void **state)
{
	struct control c;
	zone_begin(13);
	control_begin(&c);
	for (unsigned i = 1; i <= 3; i++) {
		run_until_started(&c, i);
		give_keys(&c);
		assert_int_equal(c.result, 0);
		assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_OK);
		pid_t pid = signer_pid();
		assert_true(pid > 0);
		kill(pid, SIGKILL);
	}
	run_until_started(&c, 4);
	control_end(&c);
	signer_fixture_end(&fixture);
}

static void tells_who_waits_that_it_died(void **state)
{
	struct control c;
	char err[SIGNER_LINK_ERR_LEN];
	const struct timespec wait = {.tv_nsec = 1000000};
	zone_begin(13);
	const struct signer_key_set set = key_set();
	control_begin(&c);
	/* before it is up */
	assert_int_equal(signer_link_set(c.link, &set, 10, err), 1);
	assert_string_equal(err, "no signer is running");
	run_until_started(&c, 1);
	while (signer_pid() == 0)
		nanosleep(&wait, NULL);
	/* stopped, it does not answer; killed, it is gone */
	pid_t pid = signer_pid();
	kill(pid, SIGSTOP);
	assert_int_equal(signer_link_set(c.link, &set, 10, err), 1);
	assert_string_equal(err, "the signer does not answer");
	assert_int_equal(signer_link_post(c.link, &set, order_done, &c, err), 0);
	kill(pid, SIGKILL);
	while (c.done_cnt == 0)
		run(&c);
	assert_int_equal(c.result, 1);
	control_end(&c);
	signer_fixture_end(&fixture);
}

static void refuses_bad_keys(void **state)
{
	struct control c;
	zone_begin(13);
	control_begin(&c);
	run_until_started(&c, 1);
	fixture.keys.key[0].active = false; /* a set without keys */
	give_keys(&c);
	assert_int_equal(c.result, -1);
	fixture.keys.key[0].active = true;
	fixture.keys.key[0].role = KEY_ROLE_NONE;
	give_keys(&c);
	assert_int_equal(c.result, -1);
	control_end(&c);
	signer_fixture_end(&fixture);
}

/* Control dies as by SIGKILL: the signer signs on, and makes way for the next one's. */
static void outlives_control(void **state)
{
	struct control c;
	zone_begin(13);
	pid_t control = fork();
	if (control == 0) {
		control_begin(&c);
		run_until_started(&c, 1);
		give_keys(&c);
		kill(getpid(), SIGKILL);
	}
	int status;
	assert_int_equal(waitpid(control, &status, 0), control);
	assert_true(WIFSIGNALED(status));
	pid_t left_over = signer_pid();
	assert_true(left_over > 0);
	assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_OK);
	control_begin(&c);
	run_until_started(&c, 1);
	give_keys(&c);
	assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_OK);
	assert_int_not_equal(signer_pid(), left_over);
	control_end(&c);
	assert_int_equal(signer_pid(), 0);
	signer_fixture_end(&fixture);
}

/* ---- zones as a whole
 * ---------------------------------------------------------------------------- */

#define BULK_NAME_CNT 1000

/* A zone being signed in a thread of control's, as compile threads do it. */
struct bulk_sign {
	struct control *control;
	struct zone zone;
	struct keyset keys;
	uint64_t ticket;
	int result;
	int result_later; /* of a batch after the keys have been given back */
	char err[256];
};

static int sign_remotely(void *ctx, struct dnssec_batch *batch, char err[static 256])
{
	struct bulk_sign *b = ctx;
	return signer_link_sign(b->control->link, b->ticket, batch, err) == 0 ? 0 : -1;
}

static void *bulk_thread(void *arg)
{
	struct bulk_sign *b = arg;
	const struct dnssec_remote remote = {sign_remotely, b};
	const struct zone_policy policy = {.nsec3 = true};
	const struct dnssec_options opt = {
		.keys = &b->keys,
		.remote = &remote,
		.policy = &policy,
		.window = {FIXTURE_INCEPTION_S, FIXTURE_EXPIRATION_S, 0},
		.thread_cnt = 3,
	};
	b->result = signer_link_lend(
		b->control->link, b->zone.apex, &b->keys, 5000, &b->ticket, b->err);
	if (b->result == 0) {
		struct dnssec_batch empty = {.apex = b->zone.apex};
		keyset_forget_private(&b->keys);
		b->result = dnssec_secure(&b->zone, &opt, b->err);
		signer_link_return(b->control->link, b->zone.apex);
		b->result_later = sign_remotely(b, &empty, b->err);
	}
	loop_stop(b->control->loop);
	return NULL;
}

static void read_bulk_zone(struct zone *zone)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	fputs("@ 3600 SOA a b 1 7200 3600 1209600 300\n@ 3600 NS a\nlong 60 TXT x\n", out);
	for (unsigned i = 0; i < BULK_NAME_CNT; i++)
		fprintf(out, "n%u 60 MX %u N%u\nn%u 60 MX 1 other.example.\n", i, i, i, i);
	fclose(out);
	dnssec_fixture_zone(zone, "bulk.example.", text, DNSSEC_SIGNED);
	free(text);
}

/* In a thread, this one being the loop's. */
static void run_bulk(struct bulk_sign *b, struct control *c)
{
	pthread_t id;
	b->control = c;
	assert_int_equal(pthread_create(&id, NULL, bulk_thread, b), 0);
	run(c);
	assert_int_equal(pthread_join(id, NULL), 0);
}

static void signs_zones_as_a_whole(void **state)
{
	static const unsigned algorithm[] = {8, 15};
	struct control c;
	struct bulk_sign b = {.err = ""};
	struct zone eager;
	for (unsigned i = 0; i < 2; i++) {
		dnssec_fixture_generate(&b.keys, algorithm[i], 257);
		dnssec_fixture_generate(&b.keys, algorithm[i], 256);
	}
	zone_begin(13);
	read_bulk_zone(&eager);
	dnssec_fixture_secure(&eager, &b.keys, "1 0 0 -");
	read_bulk_zone(&b.zone);
	control_begin(&c);
	run_bulk(&b, &c);
	if (b.result != 0)
		fail_msg("%s", b.err);
	assert_int_equal(b.result_later, -1);
	assert_string_equal(b.err, "the signer does not have the keys any more");
	char *here = dnssec_fixture_print(&eager), *there = dnssec_fixture_print(&b.zone);
	assert_string_equal(here, there);
	free(here);
	free(there);
	zone_deinit(&eager);
	zone_deinit(&b.zone);
	keyset_deinit(&b.keys);
	control_end(&c);
	signer_fixture_end(&fixture);
}

static void refuses_to_be_lent_nothing(void **state)
{
	struct control c;
	struct bulk_sign b = {.err = ""};
	zone_begin(13);
	control_begin(&c);
	run_until_started(&c, 1);
	dnssec_fixture_generate(&b.keys, 15, 257);
	read_bulk_zone(&b.zone);
	b.keys.key[0].active = false; /* none to lend */
	run_bulk(&b, &c);
	assert_int_equal(b.result, -1);
	assert_string_equal(b.err, "the signer does not understand it");
	assert_int_equal(ask("www.example.", RRTYPE_A), SIGN_STALE_KEYS);
	zone_deinit(&b.zone);
	keyset_deinit(&b.keys);
	control_end(&c);
	signer_fixture_end(&fixture);
}

static int be_signer(int argc, char **argv)
{
	struct settings settings;
	char err[512];
	if (settings_read(&settings, NULL, err) < 0)
		return EXIT_FAILURE;
	for (int i = 2; i < argc; i++)
		if (settings_set(&settings, argv[i] + 2, err) < 0)
			return EXIT_FAILURE;
	log_init((unsigned)settings.loglevel);
	return signer_process_run(&settings);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_for_the_data_plane),
		cmocka_unit_test(starts_a_killed_signer_again),
		cmocka_unit_test(tells_who_waits_that_it_died),
		cmocka_unit_test(refuses_bad_keys),
		cmocka_unit_test(outlives_control),
		cmocka_unit_test(signs_zones_as_a_whole),
		cmocka_unit_test(refuses_to_be_lent_nothing),
	};
	if (argc > 1 && strcmp(argv[1], "--role=signer") == 0)
		return be_signer(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
