/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/answer_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/zone_fixture.h"
#include "zonedb/image_build.h"

#define ZONES_LEN_MAX (UINT64_C(64) << 20)

static const char content[] = "@ 3600 SOA ns1 host 1 7200 3600 1209600 300\n"
			      "@ 3600 NS ns1\n"
			      "@ 3600 NS ns.elsewhere.net.\n"
			      "@ 3600 MX 10 mail\n"
			      "ns1 3600 A 192.0.2.1\n"
			      "ns1 3600 AAAA 2001:db8::1\n"
			      "mail 3600 A 192.0.2.25\n"
			      "mx 3600 MX 10 mail\n"
			      "srv 3600 SRV 0 0 5060 mail\n"
			      "www 3600 A 192.0.2.80\n"
			      "www 3600 A 192.0.2.81\n"
			      "www 3600 TXT hello\n"
			      /* chains */
			      "alias 3600 CNAME www\n"
			      "alias2 3600 CNAME alias\n"
			      "out 3600 CNAME www.elsewhere.net.\n"
			      "dangling 3600 CNAME missing\n"
			      "nodata 3600 CNAME mail\n"
			      "self 3600 CNAME self\n"
			      "loop1 3600 CNAME loop2\n"
			      "loop2 3600 CNAME loop1\n"
			      "cross 3600 CNAME www.other.test.\n"
			      "crossnx 3600 CNAME missing.other.test.\n"
			      "crossmx 3600 CNAME mx.other.test.\n"
			      "tosub 3600 CNAME www.sub\n"
			      "c0 3600 CNAME c1\n"
			      "c1 3600 CNAME c2\n"
			      "c2 3600 CNAME c3\n"
			      "c3 3600 CNAME c4\n"
			      "c4 3600 CNAME c5\n"
			      "c5 3600 CNAME c6\n"
			      "c6 3600 CNAME c7\n"
			      "c7 3600 CNAME c8\n"
			      "c8 3600 CNAME c9\n"
			      "c9 3600 CNAME www\n"
			      /* DNAME */
			      "dn 3600 DNAME target\n"
			      "dn 3600 TXT owner\n"
			      "a.target 3600 A 192.0.2.90\n"
			      "alias.target 3600 CNAME www\n"
			      "dnloop 3600 DNAME dnloop\n"
			      "dnout 3600 DNAME elsewhere.net.\n"
			      "dncross 3600 DNAME other.test.\n"
			      "dnlong 3600 DNAME "
			      "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllll."
			      "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllll."
			      "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllll.net.\n"
			      /* wildcards */
			      "*.wild 3600 A 192.0.2.100\n"
			      "sub.wild 3600 TXT child\n"
			      "*.wildcname 3600 CNAME www\n"
			      "*.wildloop 3600 CNAME x.y.wildloop\n"
			      "*.wildmx 3600 MX 10 mail\n"
			      "*.wilddn 3600 DNAME target\n"
			      "a.*.wildent 3600 TXT below\n"
			      /* empty non-terminals */
			      "a.b.ent 3600 A 192.0.2.110\n"
			      /* delegations */
			      "sub 3600 NS ns.sub\n"
			      "sub 3600 NS ns.elsewhere.net.\n"
			      "ns.sub 3600 A 192.0.2.120\n"
			      "ns.sub 3600 AAAA 2001:db8::120\n"
			      "secure 3600 NS ns.elsewhere.net.\n"
			      "secure 3600 DS 4711 13 2 "
			      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
			      "sibling 3600 NS ns.sub\n"
			      "ownhost 3600 NS ns1\n"
			      "insecure.deep 3600 NS ns.elsewhere.net.\n"
			      "child 3600 NS ns.child\n"
			      "ns.child 3600 A 192.0.2.130\n";

static void require(bool ok, const char *what, const char *detail)
{
	if (ok)
		return;
	fprintf(stderr, "answer_fixture: %s: %s\n", what, detail);
	abort();
}

void answer_fixture_init(struct answer_fixture *f)
{
	char err[256];
	struct publish_attach found;
	memset(f, 0, sizeof(*f));
	strcpy(f->dir, "/dev/shm/ensign_test_XXXXXX");
	require(mkdtemp(f->dir) != NULL, "mkdtemp", f->dir);
	struct publish_options opt = {.dir = f->dir,
		.size_max = ZONES_LEN_MAX,
		.reader_uid = (uint32_t)-1,
		.reader_gid = (uint32_t)-1};
	f->writer = publish_writer_new(&opt, &found, err);
	require(f->writer != NULL, "publish_writer_new", err);
	f->cfg = (struct answer_config){
		.udp_size_max = 1232,
		.any_to_tcp = true,
		.any_minimal = true,
		.minimal_responses = true,
	};
}

void answer_fixture_publish(struct answer_fixture *f, const struct zone *zone)
{
	char err[256];
	struct image_build *build = image_build_new(zone, publish_writer_seed(f->writer), err);
	require(build != NULL, "image_build_new", err);
	void *image = publish_alloc(f->writer, image_build_size(build));
	require(image != NULL, "publish_alloc", "no space");
	image_build_write(build, image);
	image_build_free(build);
	require(publish_commit(f->writer, image, err) == 0, "publish_commit", err);
}

static void deny_nsec3(struct zone *zone)
{
	fixture_nsec3(zone, 1, 2, "\xab\xcd", false);
}

static void deny_optout(struct zone *zone)
{
	fixture_nsec3(zone, 1, 2, "\xab\xcd", true);
}

static void deny_narrow(struct zone *zone)
{
	fixture_narrow(zone, 1, 2, "\xab\xcd", false);
}

/* deny, sign: NULL = not. */
static void publish_text(struct answer_fixture *f, const char *apex, const char *text,
	void (*deny)(struct zone *zone), void (*sign)(struct zone *zone))
{
	struct zone zone;
	fixture_zone(&zone, apex, text);
	if (deny != NULL)
		deny(&zone);
	if (sign != NULL)
		sign(&zone);
	answer_fixture_publish(f, &zone);
	zone_deinit(&zone);
}

void answer_fixture_live_zones(struct answer_fixture *f)
{
	publish_text(f, "livensec.test.", content, fixture_nsec, fixture_live);
	publish_text(f, "livensec3.test.", content, deny_nsec3, fixture_live);
	publish_text(f, "liveoptout.test.", content, deny_optout, fixture_live);
	publish_text(f, "narrow.test.", content, deny_narrow, fixture_live);
	publish_text(f, "compact.test.", content, fixture_compact, fixture_live);
}

void answer_fixture_eager_twins(struct answer_fixture *f)
{
	publish_text(f, "livensec.test.", content, fixture_nsec, fixture_sign);
	publish_text(f, "livensec3.test.", content, deny_nsec3, fixture_sign);
	publish_text(f, "liveoptout.test.", content, deny_optout, fixture_sign);
}

void answer_fixture_zones(struct answer_fixture *f)
{
	publish_text(f, "plain.test.", content, NULL, NULL);
	publish_text(f, "nsec.test.", content, fixture_nsec, fixture_sign);
	publish_text(f, "nsec3.test.", content, deny_nsec3, fixture_sign);
	publish_text(f, "optout.test.", content, deny_optout, fixture_sign);
	publish_text(f, "other.test.",
		"@ 3600 SOA ns1.plain.test. host 1 7200 3600 1209600 300\n"
		"@ 3600 NS ns1.plain.test.\n"
		"www 3600 A 198.51.100.1\n"
		"back 3600 CNAME www.plain.test.\n"
		"mx 3600 MX 10 www\n",
		NULL, NULL);
	publish_text(f, "child.plain.test.",
		"@ 3600 SOA ns host 1 7200 3600 1209600 300\n"
		"@ 3600 NS ns\n"
		"ns 3600 A 192.0.2.130\n",
		NULL, NULL);
}

/* The mappings stay; nothing is left behind, however the program ends. */
static void remove_dir(const char *dir)
{
	static const char *const names[] = {"zones", "readers", "lock"};
	char path[128];
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	require(rmdir(dir) == 0, "rmdir", dir);
}

void answer_fixture_start(struct answer_fixture *f)
{
	char err[256];
	f->reader = publish_reader_new(f->dir, err);
	require(f->reader != NULL, "publish_reader_new", err);
	void *mem = aligned_alloc(64, (answer_size() + 63) / 64 * 64);
	require(mem != NULL, "aligned_alloc", "out of memory");
	f->answer = answer_init(mem, &f->cfg, f->reader, &f->counters);
	remove_dir(f->dir);
}

void answer_fixture_deinit(struct answer_fixture *f)
{
	free(f->answer);
	publish_reader_free(f->reader);
	publish_writer_free(f->writer);
}

/* Goes through the engine until the message has not been parked. */
static void run_job(struct answer_fixture *f, struct answer_job *job)
{
	answer_burst(f->answer, job, 1);
	while (job->verdict == ANSWER_PARKED) {
		require(job->msg_len <= ANSWER_PARKED_LEN_MAX, "parked", "too long");
		enum sigwait_outcome outcome = f->wait(f, job->place);
		job->round++;
		if (outcome == SIGWAIT_READY)
			answer_burst(f->answer, job, 1);
		else
			answer_unsigned(f->answer, job, outcome);
	}
}

int answer_fixture_run(struct answer_fixture *f, size_t len, uint8_t flags, uint16_t out_cap)
{
	/* a buffer exactly as large as the engine is told: a write beyond it is one ASan sees */
	uint8_t *msg = malloc(out_cap);
	require(msg != NULL, "malloc", "out of memory");
	memcpy(msg, f->msg, len);
	struct answer_job job = {
		.msg = msg, .msg_len = (uint16_t)len, .out_cap = out_cap, .flags = flags};
	run_job(f, &job);
	memcpy(f->msg, msg, job.out_len);
	free(msg);
	return job.verdict == ANSWER_SEND ? job.out_len : -1 - job.verdict;
}

const struct message *answer_fixture_ask(
	struct answer_fixture *f, const struct message_query *query, uint8_t flags)
{
	char err[256];
	size_t len = message_make_query(f->msg, query);
	uint16_t out_cap = flags & ANSWER_TCP ? MSG_LEN_MAX : 2048;
	int out_len = answer_fixture_run(f, len, flags, out_cap);
	require(out_len >= 0, "dropped", query->qname);
	int rc = message_read(&f->read, f->msg, (size_t)out_len, err);
	require(rc == 0, query->qname, err);
	require(f->read.qr && f->read.id == 0x4711, "header", query->qname);
	return &f->read;
}

const char *answer_fixture_ask_text(
	struct answer_fixture *f, const struct message_query *query, uint8_t flags)
{
	return message_text(answer_fixture_ask(f, query, flags), f->text);
}
